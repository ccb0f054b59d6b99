"""What the pages of BPStudio leave open, and what the sandbox does there; see ``sandbox/choices.py``."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.choices import Choice, Code

CODE_TYPE = Choice(
    "BPStudio: type of Code in answers",
    "text",
    "The SDK's model says text, the API page a number; a client must compare as text anyway.",
)
NOT_FOUND = Choice(
    "BPStudio: application, process or task that does not exist",
    Code(200, "8004"),
    "Code exists to be compared, so a failure is HTTP 200 with another Code; 8004 is the closest one.",
)
FAILED = Choice(
    "BPStudio: Code of a failure with HTTP 200 that a fault rule asks for without one",
    "500",
    "The published table has no code for an internal error.",
)
STATUS = Choice(
    "BPStudio: status of a task that was created and not executed",
    "CREATED",
    "Only FINISH and BINDING are published, for tasks that were executed.",
)
NAMES = Choice(
    "BPStudio task, created: name taken",
    "accepted, a second task is created",
    "Uniqueness is not documented; accepting is the harder case for a client.",
)
FIRST_ID = Choice("BPStudio: first task id", 1994, "The id of the vendor's sample.")
LOCAL_TIMES = Choice(
    "BPStudio GmtCreate: zone",
    "eight hours ahead of UTC",
    "The sample shows no zone at all.",
)
FINISHED = Choice(
    "BPStudio: status of a task whose execution has ended, well or not",
    "FINISH ",
    "The vendor's sample has the trailing blank, and an ErrorMessage beside it; no state of a failure is published.",
)
REPEATED = Choice(
    "BPStudio: ExecuteTask of a task that was executed before",
    "accepted, it is executed again",
    "Not documented; accepting is the harder case for a client.",
)
