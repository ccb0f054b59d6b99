"""Set up a SecMaster workflow, run it twice, and tear it down again.

The first run is waited for by the task that starts it, the second by a sensor. The workflow of a real DAG is one that
somebody has drawn in the console and enabled: the new one of this DAG does nothing.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import (
    CreateSecMasterWorkflowOperator,
    DeleteSecMasterWorkflowOperator,
)
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator
from airflow_provider_cloudflows.sensors.secmaster.workflow_instance import SecMasterWorkflowInstanceSensor

with DAG(
    dag_id="example_secmaster_run",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={
        "secmaster_workspace_id": "f44065f5-557b-4376-ae02-8c65ef1960f4",
        "dataclass_name": "Alert",
        "poll_interval": 30,
    },
):
    create_workflow = CreateSecMasterWorkflowOperator(
        task_id="create_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        name="contain_{{ dag_run.run_after | ts_nodash }}",
        aop_type="HEMOSTASIS",
        dataclass_name="{{ params.dataclass_name }}",
    )
    # [START run_secmaster_workflow]
    run_workflow = RunSecMasterWorkflowOperator(
        task_id="run_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        workflow_id=create_workflow.output,
        dataclass_name="{{ params.dataclass_name }}",
        content={"title": "Login from nowhere", "severity": "High"},
        poll_interval="{{ params.poll_interval }}",
        timeout=3600,
    )
    # [END run_secmaster_workflow]

    start_workflow = RunSecMasterWorkflowOperator(
        task_id="start_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        workflow_id=create_workflow.output,
        wait=False,
    )
    wait_for_workflow = SecMasterWorkflowInstanceSensor(
        task_id="wait_for_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        instance_id=start_workflow.output,
        poke_interval=15,
        timeout=3600,
    )
    delete_workflow = DeleteSecMasterWorkflowOperator(
        task_id="delete_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        workflow_id=create_workflow.output,
    ).as_teardown(setups=create_workflow)

    run_workflow >> start_workflow >> wait_for_workflow >> delete_workflow
