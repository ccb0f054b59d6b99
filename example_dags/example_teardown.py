"""Set up a workspace for one run, work in it, and tear it down again, whatever became of the work.

A teardown deletes what its setup made in this run. What the setup only took over, since it existed, is refused; a
teardown that fails does not fail the run, unless ``on_failure_fail_dagrun`` says so.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
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
    dag_id="example_teardown",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={
        "dataworks_project_id": 10000,
        "secmaster_workspace_id": "f44065f5-557b-4376-ae02-8c65ef1960f4",
        "dataclass_name": "Alert",
    },
):
    # [START tear_down]
    create_business = CreateBusinessOperator(
        task_id="create_business",
        project_id="{{ params.dataworks_project_id }}",
        business_name="trial_{{ dag_run.run_after | ts_nodash }}",
    )
    delete_business = DeleteBusinessOperator(
        task_id="delete_business",
        project_id="{{ params.dataworks_project_id }}",
        business_id=create_business.output,
    ).as_teardown(setups=create_business)
    # [END tear_down]

    create_workflow = CreateSecMasterWorkflowOperator(
        task_id="create_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        name="trial_{{ dag_run.run_after | ts_nodash }}",
        aop_type="NORMAL",
        dataclass_name="{{ params.dataclass_name }}",
    )
    delete_workflow = DeleteSecMasterWorkflowOperator(
        task_id="delete_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        workflow_id=create_workflow.output,
    ).as_teardown(setups=create_workflow)

    # Several at once: each delete gets one of the ids.
    create_workspaces = CreateFabricWorkspaceOperator.partial(task_id="create_workspaces").expand(
        name=["trial-a-{{ dag_run.run_after | ts_nodash }}", "trial-b-{{ dag_run.run_after | ts_nodash }}"]
    )
    delete_workspaces = DeleteFabricWorkspaceOperator.partial(task_id="delete_workspaces").expand(
        workspace_id=create_workspaces.output
    )

    @task
    def work(business_id: int, workflow_id: str, workspace_ids: list[str]) -> None:
        """Stand for what the resources are made for."""
        print(f"Working with {business_id}, {workflow_id} and {', '.join(workspace_ids)}.")

    working = work(create_business.output, create_workflow.output, create_workspaces.output)
    working >> [delete_business, delete_workflow, delete_workspaces]
