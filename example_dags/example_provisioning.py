"""Every day: provision five kinds of resources on two clouds and hand their ids to later tasks.

The DAG uses the connections ``alibabacloud_default`` and ``huaweicloud_default`` and knows nothing of a sandbox. What
must exist beforehand comes from its params; their defaults are what the sandbox is born with, so the same file runs on
the real clouds with your own ids.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, Param, task

from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

DAY = "{{ dag_run.run_after | ds_nodash }}"

with DAG(
    dag_id="example_provisioning",
    schedule="@daily",
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["cloudflows", "example"],
    params={
        "dataworks_project_id": Param(10000, type="integer", title="DataWorks workspace id"),
        "api_gateway_group_id": Param("1000abcd", type="string", title="API Gateway group id"),
        "bpstudio_app_id": Param("JXT3MLZJ56SANDBX", type="string", title="BPStudio application id"),
        "bpstudio_process_id": Param("P3KTG43SW7SANDBX", type="string", title="BPStudio process id"),
        "secmaster_workspace_id": Param(
            "f44065f5-557b-4376-ae02-8c65ef1960f4", type="string", title="SecMaster workspace id"
        ),
        "dataclass_name": Param("Alert", type="string", title="SecMaster data class"),
    },
):
    # Alibaba Cloud: a data service group and a workflow in one DataWorks workspace.
    create_data_service_group = CreateDataServiceGroupOperator(
        task_id="create_data_service_group",
        project_id="{{ params.dataworks_project_id }}",
        api_gateway_group_id="{{ params.api_gateway_group_id }}",
        group_name=f"orders_api_{DAY}",
        description="APIs over the order tables",
    )
    create_business = CreateBusinessOperator(
        task_id="create_business",
        project_id="{{ params.dataworks_project_id }}",
        business_name=f"orders_{DAY}",
        description="Feeds data service group {{ ti.xcom_pull('create_data_service_group') }}",
        use_type="NORMAL",
    )

    # One workflow a team: the same operator, mapped over a list of names.
    create_team_business = CreateBusinessOperator.partial(
        task_id="create_team_business",
        project_id="{{ params.dataworks_project_id }}",
        use_type="MANUAL_BIZ",
    ).expand(business_name=[f"{team}_{DAY}" for team in ("finance", "marketing", "logistics")])

    # A BPStudio task that is told the id of the workflow.
    create_bpstudio_task = CreateBPStudioTaskOperator(
        task_id="create_bpstudio_task",
        app_id="{{ params.bpstudio_app_id }}",
        process_id="{{ params.bpstudio_process_id }}",
        task_name=f"capacity_{DAY}",
        variables={"${business_id}": create_business.output, "${count}": 3},
    )

    # Huawei Cloud: a SecMaster workflow for alerts, and a workspace in DataArts Fabric.
    create_secmaster_workflow = CreateSecMasterWorkflowOperator(
        task_id="create_secmaster_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        name=f"contain_{DAY}",
        aop_type="HEMOSTASIS",
        dataclass_name="{{ params.dataclass_name }}",
    )
    create_fabric_workspace = CreateFabricWorkspaceOperator(
        task_id="create_fabric_workspace",
        name=f"orders-{DAY}",
        description="Analysis of the day's orders",
        tags={"team": "data", "workflow": "{{ ti.xcom_pull('create_business') }}"},
    )

    @task
    def report(workspace_id: str, workflow_id: str, team_business_ids: list[int]) -> str:
        """Print the ids that arrived; a real DAG would use them."""
        line = (
            f"Fabric workspace {workspace_id}, SecMaster workflow {workflow_id}, "
            f"team workflows {', '.join(str(one) for one in team_business_ids)}"
        )
        print(line)
        return line

    create_data_service_group >> create_business >> create_fabric_workspace
    report(
        create_fabric_workspace.output,
        create_secmaster_workflow.output,
        create_team_business.output,
    )
