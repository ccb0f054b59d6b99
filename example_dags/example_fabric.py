"""Create a DataArts Fabric workspace and print its id in a later task."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator

with DAG(
    dag_id="example_fabric",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
):
    # [START create_fabric_workspace]
    create_workspace = CreateFabricWorkspaceOperator(
        task_id="create_workspace",
        name="lake-{{ dag_run.run_after | ts_nodash }}",
        description="Ad-hoc analysis",
        tags={"team": "data", "cost-center": "4711"},
    )
    # [END create_fabric_workspace]

    @task
    def print_workspace(workspace_id: str) -> None:
        """Show that the id arrives as the task's output."""
        print(f"The new workspace is {workspace_id}.")

    print_workspace(create_workspace.output)
