"""Sets up, works and tears down: one of each kind, several at once, what was there before, what nobody made here."""

# A task takes another task's output where its function takes the value.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from typing import Any

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

with DAG(
    "torn_down", schedule=None, default_args={"settle": 0.0}, params={"stranger": 1, "other": 1, "only_if_made": False}
):

    @task
    def fails() -> None:
        """Fail, so that only a teardown runs."""
        raise RuntimeError("the work went wrong")

    make_business = CreateBusinessOperator(task_id="make_business", business_name="daily", project_id=10000)
    delete_business = DeleteBusinessOperator(
        task_id="delete_business", business_id=make_business.output, project_id=10000
    )
    make_business >> fails() >> delete_business.as_teardown(setups=make_business)

    @task
    def hand_on(business_id: int) -> str:
        """Stand between a create and its delete, and make a text of the id."""
        return str(business_id)

    far = CreateBusinessOperator(task_id="far", business_name="far", project_id=10000)
    DeleteBusinessOperator(task_id="delete_far", business_id=hand_on(far.output), project_id=10000)

    # The ids of DataWorks are numbers, which count alike in another workspace.
    DeleteBusinessOperator(task_id="elsewhere", business_id=far.output, project_id=10001)

    make_workflow = CreateSecMasterWorkflowOperator(
        task_id="make_workflow", name="contain", aop_type="NORMAL", dataclass_name="Alert"
    )
    DeleteSecMasterWorkflowOperator(
        task_id="delete_workflow", workflow_id="{{ ti.xcom_pull('make_workflow') }}"
    ).as_teardown(setups=make_workflow)

    make_lakes = CreateFabricWorkspaceOperator.partial(task_id="make_lakes").expand(name=["lake-1", "lake-2", "old-1"])
    DeleteFabricWorkspaceOperator.partial(task_id="delete_lakes").expand(workspace_id=make_lakes.output)

    take = CreateBusinessOperator(task_id="take", business_name="theirs", project_id=10000)
    DeleteBusinessOperator(task_id="keep", business_id=take.output, project_id=10000)

    @task
    def says_how(business_id: int, ti: Any = None) -> int:
        """Do as the create of another kind whose ids count alike."""
        ti.xcom_push(key="how", value={"kind": "BPStudio task", "id": business_id, "how": "made"})
        return business_id

    @task
    def says_something_else(business_id: int, ti: Any = None) -> int:
        """Use the key for something else."""
        ti.xcom_push(key="how", value=5)
        return business_id

    DeleteBusinessOperator(
        task_id="keep_number", business_id=says_something_else(says_how(take.output)), project_id=10000
    )

    DeleteBusinessOperator(task_id="stranger", business_id="{{ params.stranger }}", project_id=10000)
    DeleteBusinessOperator(
        task_id="by_word",
        business_id="{{ params.other }}",
        project_id=10000,
        only_if_made="{{ params.only_if_made }}",
    )
