"""Tasks that wait in a throttle when somebody clears them, marks them failed, or their time is up.

The test's sandbox throttles the first create of each; by the time the wait is over, the task has lost its place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.transport import retry

# The waits end when the server said, so that the test knows when a create would leave.
retry.THROTTLED_SPREAD = 0.0


class Deaf(CreateSecMasterWorkflowOperator):
    """Hears no signal, as a process that hangs in a system call: only the state store can stop it."""

    def on_kill(self) -> None:
        """Go on."""


ARGUMENTS: dict[str, Any] = {"aop_type": "NORMAL", "dataclass_name": "Alert", "settle": 1}

with DAG(dag_id="replaced", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    Deaf(task_id="cleared", name="cleared", retries=1, **ARGUMENTS)
    CreateSecMasterWorkflowOperator(task_id="marked_failed", name="marked_failed", **ARGUMENTS)
    CreateSecMasterWorkflowOperator(
        task_id="timed_out", name="timed_out", execution_timeout=timedelta(seconds=8), **ARGUMENTS
    )
