"""What the pages of SecMaster leave open, and what the sandbox does there; see ``sandbox/choices.py``."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.choices import Choice, Code

INVALID = Choice(
    "SecMaster: unknown field or parameter",
    Code(400, "SecMaster.20030001"),
    "The documented code for invalid parameters; the real service may ignore unknown ones.",
)
DATACLASS = Choice(
    "SecMaster create workflow: data class that is not of the workspace",
    Code(400, "SecMaster.20030001"),
    "Data class ids belong to a workspace; the code for a wrong one is not published.",
)
ENABLE = Choice(
    "SecMaster update workflow: enabled without version_id",
    Code(400, "SecMaster.20030001"),
    "Enabling needs the id of an activated version; the code for leaving it out is not published.",
)
NAMES = Choice(
    "SecMaster create and update workflow: name taken",
    "accepted, a second workflow is created",
    "Uniqueness is not documented; accepting is the harder case for a client.",
)
NAME_FILTER = Choice(
    "SecMaster lists: filters by name and description",
    "case-sensitive substring",
    "Exact or substring is not documented; substring shows a client that does not compare itself.",
)
ENGINE = Choice(
    "SecMaster create workflow: engine_type",
    "any text",
    "public_engine is the only published literal, and a dedicated edition exists.",
)
FOREIGN_PROJECT = Choice(
    "SecMaster: path with a project that is not the caller's",
    Code(400, "SecMaster.20030002"),
    "The documented code for an invalid project id.",
)
ERROR_SHAPES = Choice(
    "SecMaster: error body of workspace and data class calls",
    "error_code and error_msg",
    "Both shapes are documented; workflow calls use code and message.",
)
LOCAL_TIMES = Choice(
    "SecMaster times: zone",
    "eight hours ahead of UTC",
    "The samples show +0800 after a literal Z.",
)
UNSUCCESSFUL = Choice(
    "SecMaster's other calls: failure with HTTP 200 that a fault rule asks for without a code",
    "common.00000500",
    "They have no success flag, so the error body is sent with HTTP 200.",
)
TRIGGER = Choice(
    "SecMaster: trigger_type of a run that the API started",
    "MANUAL",
    "Four triggers are published; which of them the API is, is not.",
)
UPDATED = Choice(
    "SecMaster: update_time of a run, which the list can be sorted by",
    "when it ended, or began where it goes on",
    "A run shows no such time.",
)
NO_INSTANCE = Choice(
    "SecMaster: run that does not exist",
    Code(400, "SecMaster.20030001"),
    "No code is published; what is missing in this service is an HTTP 400 everywhere else.",
)
NOT_STOPPED = Choice(
    "SecMaster: a run that cannot be stopped, because it has ended or a course says so",
    Code(400, "SecMaster.20030001"),
    "Neither code nor status is published.",
)
UNFINISHED_WORKFLOW = Choice(
    "SecMaster: run of a workflow that is not enabled",
    "accepted",
    "The vendor's pages want an enabled workflow; which code refuses another one is not published.",
)
