"""Deletes that get no id, each for another reason; they run whatever became of the create."""

# mypy: disable-error-code="arg-type"

from __future__ import annotations

from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator, DeleteBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import (
    CreateFabricWorkspaceOperator,
    DeleteFabricWorkspaceOperator,
)
from airflow_provider_cloudflows.operators.secmaster.workflow import (
    CreateSecMasterWorkflowOperator,
    DeleteSecMasterWorkflowOperator,
)

ALWAYS = {"trigger_rule": "all_done", "settle": 0.0}

with DAG("left_behind", schedule=None):

    @task.short_circuit
    def not_today() -> bool:
        """Skip what follows, as far as its trigger rule lets it."""
        return False

    skipped = CreateBusinessOperator(task_id="skipped", business_name="skipped", project_id=10000)
    not_today.override(task_id="not_today", ignore_downstream_trigger_rules=False)() >> skipped
    after_skipped = DeleteBusinessOperator(
        task_id="after_skipped", business_id=skipped.output, project_id=10000, **ALWAYS
    )

    refused = CreateFabricWorkspaceOperator.partial(task_id="refused", settle=0.0).expand(name=["lake-1"])
    refused >> DeleteFabricWorkspaceOperator(
        task_id="after_refused", workspace_id="{{ ti.xcom_pull('no_such_task') }}", **ALWAYS
    )

    unknown = CreateSecMasterWorkflowOperator(
        task_id="unknown", name="contain", aop_type="NORMAL", dataclass_name="Alert", settle=0.0
    )
    DeleteSecMasterWorkflowOperator(task_id="after_unknown", workflow_id=unknown.output, **ALWAYS)

    half_done = CreateBusinessOperator(
        task_id="half_done",
        business_name="theirs",
        project_id=10000,
        description="new",
        if_exists="update",
        settle=0.0,
    )
    DeleteBusinessOperator(task_id="after_half_done", business_id=half_done.output, project_id=10000, **ALWAYS)

    made = CreateBusinessOperator(task_id="made", business_name="made", project_id=10000)
    made >> DeleteBusinessOperator(
        task_id="misspelt", business_id="{{ ti.xcom_pull('maid') }}", project_id=10000, **ALWAYS
    )

    unknown >> after_skipped  # what may exist of another kind is no business of it
