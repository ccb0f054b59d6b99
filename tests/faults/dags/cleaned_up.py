"""Deletes whose process is killed, or whose create's was: a SIGKILL of the real process, which says no word more."""

# A task takes another task's output where its function takes the value.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from collections.abc import Callable
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


def dies_after(operation: str) -> Callable[[Any], None]:
    """Return what a task calls before it begins: on the first try, its process dies when ``operation`` took effect."""

    def before(context: Any) -> None:
        if context["ti"].try_number == 1:
            arm(f"after_commit:{operation}")

    return before


with DAG(
    "cleaned_up",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    default_args={"settle": 0.0, "retry_delay": timedelta(seconds=0)},
):
    workflow = {"aop_type": "NORMAL", "dataclass_name": "Alert"}

    killed = CreateSecMasterWorkflowOperator(
        task_id="killed", name="cleaned-killed", pre_execute=dies_after("CreateWorkflow"), **workflow
    )
    DeleteSecMasterWorkflowOperator(task_id="after_killed", workflow_id=killed.output, trigger_rule="all_done")

    made = CreateSecMasterWorkflowOperator(task_id="made", name="cleaned-made", **workflow)
    DeleteSecMasterWorkflowOperator(
        task_id="delete", workflow_id=made.output, retries=1, pre_execute=dies_after("DeleteWorkflow")
    ).as_teardown(setups=made)

    lakes = CreateFabricWorkspaceOperator.partial(task_id="lakes").expand(name=["cleaned-1", "cleaned-2"])

    @task
    def fails() -> None:
        """Fail, so that only a teardown runs."""
        raise RuntimeError("the work went wrong")

    delete_lakes = DeleteFabricWorkspaceOperator.partial(task_id="delete_lakes").expand(workspace_id=lakes.output)
    lakes >> fails() >> delete_lakes.as_teardown(setups=lakes)
