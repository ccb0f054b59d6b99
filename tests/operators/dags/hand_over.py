"""Every way in which a DAG passes the ids on: output, template, mapping, a task of one's own."""

# A task takes another task's output where its function takes the value, and default_args count as arguments.
# mypy: disable-error-code="arg-type, call-arg"

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import RunDataWorksWorkflowOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

with DAG("hand_over", schedule=None, default_args={"project_id": 10000}, params={"suffix": "x1"}):
    business = CreateBusinessOperator(task_id="business", business_name="first_{{ params.suffix }}")
    group = CreateDataServiceGroupOperator(
        task_id="group",
        group_name="group",
        api_gateway_group_id="1000abcd",
        description="business {{ ti.xcom_pull('business') }}",
    )
    workflow = CreateSecMasterWorkflowOperator(
        task_id="workflow",
        name="workflow",
        aop_type="NORMAL",
        dataclass_name="Alert",
        project_id=None,
        description="{{ ti.xcom_pull('business', key='response')['BusinessId'] }}",
    )
    fabric = CreateFabricWorkspaceOperator.partial(
        task_id="fabric", description="of {{ params.suffix }}"
    ).expand_kwargs([{"name": "lake-1", "tags": {"n": "1"}}, {"name": "lake-{{ params.suffix }}"}])

    @task
    def names(first: int) -> list[str]:
        """Compute names from an id."""
        return [f"mapped_{first}_{number}" for number in range(3)]

    mapped = CreateBusinessOperator.partial(task_id="mapped", use_type="MANUAL_BIZ").expand(
        business_name=names(business.output)
    )

    studio = CreateBPStudioTaskOperator(
        task_id="studio",
        task_name="studio",
        app_id="JXT3MLZJ56SANDBX",
        process_id="P3KTG43SW7SANDBX",
        variables={"${business}": business.output, "${all}": mapped.output, "${pair}": ("h", business.output)},
    )

    run = RunDataWorksWorkflowOperator(
        task_id="run",
        workflow_id=200001,
        biz_date="2019-12-31",
        run_name="of {{ ti.xcom_pull('business') }}",
        wait=False,
        settle=0,
    )

    @task(multiple_outputs=False)
    def collect(businesses: list[int], workspaces: list[str], task_id: int, group_id: str) -> dict[str, Any]:
        """Show that the ids arrive with their types."""
        return {
            "businesses": list(businesses),
            "workspaces": list(workspaces),
            "types": [type(task_id).__name__, type(group_id).__name__],
        }

    business >> [group, workflow, run]
    collect(mapped.output, fabric.output, studio.output, group.output)
