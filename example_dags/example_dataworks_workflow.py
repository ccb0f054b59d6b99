"""Design a DataWorks workflow with two SQL nodes, publish it, run it for the data interval, and tear all of it down.

It takes a workspace with the newer DataStudio. What must exist beforehand comes from the DAG's params; their defaults
are what the sandbox is born with. What was published goes out of service before its design is deleted, whatever became
of the run.

A second workflow is imported as a whole, from a file beside this one.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.node import (
    CreateDataWorksNodeOperator,
    DeleteDataWorksNodeOperator,
    UpdateDataWorksNodeOperator,
)
from airflow_provider_cloudflows.operators.dataworks.pipeline_run import PublishDataWorksOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_definition import (
    CreateWorkflowDefinitionOperator,
    DeleteWorkflowDefinitionOperator,
    ImportWorkflowDefinitionOperator,
    UpdateWorkflowDefinitionOperator,
)
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import RunDataWorksWorkflowOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_rerun import RerunDataWorksRunOperator

PROJECT_ID = "{{ params.dataworks_project_id }}"
SUFFIX = "{{ dag_run.run_after | ts_nodash }}"


def workflow(name: str, **more: Any) -> dict[str, Any]:
    """A workflow that runs when it is told to."""
    workflow = {"name": name, "script": {"path": name, "runtime": {"command": "WORKFLOW"}}, **more}
    return {"version": "2.0.0", "kind": "ManualWorkflow", "spec": {"workflows": [workflow]}}


def sql_node(name: str, content: str, *needed: str) -> dict[str, Any]:
    """A node that runs ``content`` after the nodes ``needed``; its id is its name, by which others depend on it."""
    node = {
        "name": name,
        "id": name,
        "script": {"path": name, "language": "odps-sql", "runtime": {"command": "ODPS_SQL"}, "content": content},
        "trigger": {"type": "Manual"},
        "inputs": {"nodeOutputs": [{"data": f"example.{one}", "artifactType": "NodeOutput"} for one in needed]},
        "outputs": {"nodeOutputs": [{"data": f"example.{name}", "artifactType": "NodeOutput"}]},
    }
    return {"version": "2.0.0", "kind": "Node", "spec": {"nodes": [node]}}


LOAD, TOTAL = f"load_{SUFFIX}", f"total_{SUFFIX}"

with DAG(
    dag_id="example_dataworks_workflow",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"dataworks_project_id": 10000},
):
    create_workflow = CreateWorkflowDefinitionOperator(
        task_id="create_workflow", project_id=PROJECT_ID, spec=workflow(f"orders_{SUFFIX}")
    )
    create_load = CreateDataWorksNodeOperator(
        task_id="create_load",
        project_id=PROJECT_ID,
        container_id=create_workflow.output,
        scene="DATAWORKS_MANUAL_WORKFLOW",
        spec=sql_node(LOAD, "INSERT OVERWRITE TABLE orders SELECT * FROM raw_orders;"),
    )
    create_total = CreateDataWorksNodeOperator(
        task_id="create_total",
        project_id=PROJECT_ID,
        container_id=create_workflow.output,
        scene="DATAWORKS_MANUAL_WORKFLOW",
        spec=sql_node(TOTAL, "SELECT COUNT(*) FROM orders;", LOAD),
    )

    # A change names what changes, and nothing else.
    change_total = UpdateDataWorksNodeOperator(
        task_id="change_total",
        project_id=PROJECT_ID,
        dataworks_node_id=create_total.output,
        spec={
            "version": "2.0.0",
            "kind": "Node",
            "spec": {"nodes": [{"script": {"content": "SELECT SUM(price) FROM orders;"}}]},
        },
    )

    # [START publish_dataworks]
    publish = PublishDataWorksOperator(
        task_id="publish",
        project_id=PROJECT_ID,
        object_id=create_workflow.output,
        deferrable=True,
        timeout=1800,
    )
    run_workflow = RunDataWorksWorkflowOperator(
        task_id="run_workflow",
        project_id=PROJECT_ID,
        workflow_id=publish.output["workflow_id"],
        deferrable=True,
        timeout=3600,
    )
    # [END publish_dataworks]
    # What one does whose source was wrong; which="failed" runs what failed and what comes after it.
    run_again = RerunDataWorksRunOperator(
        task_id="run_again",
        project_id=PROJECT_ID,
        workflow_id=publish.output["workflow_id"],
        instance_ids=run_workflow.output,
        which="all",
    )

    take_out_of_service = PublishDataWorksOperator(
        task_id="take_out_of_service",
        project_id=PROJECT_ID,
        object_id=create_workflow.output,
        publish_type="Offline",
        timeout=1800,
    ).as_teardown(setups=publish)
    delete_load = DeleteDataWorksNodeOperator(
        task_id="delete_load", project_id=PROJECT_ID, dataworks_node_id=create_load.output
    ).as_teardown(setups=create_load)
    delete_total = DeleteDataWorksNodeOperator(
        task_id="delete_total", project_id=PROJECT_ID, dataworks_node_id=create_total.output
    ).as_teardown(setups=create_total)
    delete_workflow = DeleteWorkflowDefinitionOperator(
        task_id="delete_workflow", project_id=PROJECT_ID, workflow_definition_id=create_workflow.output
    ).as_teardown(setups=create_workflow)

    [create_load, create_total >> change_total] >> publish >> run_workflow >> run_again
    run_again >> take_out_of_service >> [delete_load, delete_total] >> delete_workflow

    import_workflow = ImportWorkflowDefinitionOperator(
        task_id="import_workflow", project_id=PROJECT_ID, spec="example_dataworks_workflow.spec.json"
    )
    describe_workflow = UpdateWorkflowDefinitionOperator(
        task_id="describe_workflow",
        project_id=PROJECT_ID,
        workflow_definition_id=import_workflow.output,
        spec={
            "version": "2.0.0",
            "kind": "CycleWorkflow",
            "spec": {"workflows": [{"description": "From a file, on {{ dag_run.run_after | ds }}"}]},
        },
    )
    delete_imported = DeleteWorkflowDefinitionOperator(
        task_id="delete_imported", project_id=PROJECT_ID, workflow_definition_id=import_workflow.output
    ).as_teardown(setups=import_workflow)

    describe_workflow >> delete_imported
