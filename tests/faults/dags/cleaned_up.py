"""Deletes whose process is killed, or whose create's was: a SIGKILL of the real process, which says no word more."""

# A task takes another task's output where its function takes the value.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.fabric.workspace import (
    CreateFabricWorkspaceOperator,
    DeleteFabricWorkspaceOperator,
)
from airflow_provider_cloudflows.operators.secmaster.workflow import (
    CreateSecMasterWorkflowOperator,
    DeleteSecMasterWorkflowOperator,
)
from airflow_provider_cloudflows.testing.kills import arm


class KilledCreate(CreateSecMasterWorkflowOperator):
    """Dies when its workflow is made."""

    def execute(self, context: Any) -> Any:
        """Create it."""
        arm("after_commit")
        return super().execute(context)


class KilledDelete(DeleteSecMasterWorkflowOperator):
    """Dies on the first try, when its workflow is gone."""

    def execute(self, context: Any) -> Any:
        """Delete it."""
        if context["ti"].try_number == 1:
            arm("after_commit:DeleteWorkflow")
        return super().execute(context)


with DAG(
    "cleaned_up",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    default_args={"settle": 0.0, "retry_delay": timedelta(seconds=0)},
):
    workflow = {"aop_type": "NORMAL", "dataclass_name": "Alert"}

    killed = KilledCreate(task_id="killed", name="cleaned-killed", **workflow)
    DeleteSecMasterWorkflowOperator(task_id="after_killed", workflow_id=killed.output, trigger_rule="all_done")

    made = CreateSecMasterWorkflowOperator(task_id="made", name="cleaned-made", **workflow)
    KilledDelete(task_id="delete", workflow_id=made.output, retries=1).as_teardown(setups=made)

    lakes = CreateFabricWorkspaceOperator.partial(task_id="lakes").expand(name=["cleaned-1", "cleaned-2"])

    @task
    def fails() -> None:
        """Fail, so that only a teardown runs."""
        raise RuntimeError("the work went wrong")

    delete_lakes = DeleteFabricWorkspaceOperator.partial(task_id="delete_lakes").expand(workspace_id=lakes.output)
    lakes >> fails() >> delete_lakes.as_teardown(setups=lakes)
