"""What the pages of DataArts Fabric leave open, and what the sandbox does there; see ``sandbox/choices.py``."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.choices import Choice, Code

DUPLICATE = Choice(
    "Fabric create and update workspace: name taken in the account",
    Code(400, "dataartsfabric.00010001"),
    "The page says duplicates are refused; a sibling product uses HTTP 400 and a code of its own.",
)
LIMIT_CODE = Choice(
    "Fabric create workspace: too many workspaces",
    Code(400, "dataartsfabric.00010002"),
    "The page says there is a limit; code and status are not published.",
)
LIMIT = Choice("Fabric: workspaces in an account", 100, "The limit is not published.")
INVALID = Choice(
    "Fabric: unknown, missing or wrong field or parameter",
    Code(400, "common.01000001"),
    "The page shows this code for a type mismatch only; the real service may ignore unknown fields.",
)
BAD_TOKEN = Choice(
    "Fabric: which answer for which bad token",
    "unknown: HTTP 403 with the nested body; expired: HTTP 401 APIG.1002",
    "The page documents both and does not say when each is sent.",
)
NUMBER_ZERO = Choice(
    "Fabric: enterprise_project_id of a workspace in the default project",
    "the number 0 after create, the text 0 after update and in lists",
    "The page's sample shows the number, the models say text; a client must take both.",
)
TAGS = Choice(
    "Fabric: tags in answers",
    "in the answer to create when tags were sent, not after update and not in lists",
    "The page's table has them, the models of the SDK do not.",
)
ORDER = Choice("Fabric list workspaces: order", "oldest first", "Not documented.")
UNSUCCESSFUL = Choice(
    "Fabric: failure with HTTP 200 that a fault rule asks for without a code",
    "common.00000500",
    "There is no success flag, so the error body is sent with HTTP 200.",
)
NOT_STOPPED = Choice(
    "Fabric: a run or an endpoint that cannot be stopped or deleted, because it has ended or a course says so",
    Code(400, "common.01000001"),
    "Neither code nor status is published.",
)
RUN_NAMES = Choice(
    "Fabric run job and create endpoint: name taken in the workspace",
    "accepted, a second one is made",
    "Uniqueness is not documented; accepting is the harder case for a client.",
)
