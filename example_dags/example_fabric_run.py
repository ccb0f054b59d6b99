"""Set up a DataArts Fabric workspace, an endpoint and a job, run the job, and tear down what was set up.

The endpoint is deleted whatever becomes of the job: it costs money for as long as it exists. Creating it and waiting
until it is ready are two tasks, so that it is deleted when the wait fails, too. Its workspace can go only after it.

The codes of specifications are stand-ins; the service lists its own (``GET /v1/specs``).
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.calls.any_operation import HuaweiRequest
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.operators.fabric.endpoint import (
    CreateFabricEndpointOperator,
    DeleteFabricEndpointOperator,
)
from airflow_provider_cloudflows.operators.fabric.job_run import RunFabricJobOperator
from airflow_provider_cloudflows.operators.fabric.workspace import (
    CreateFabricWorkspaceOperator,
    DeleteFabricWorkspaceOperator,
)
from airflow_provider_cloudflows.sensors.fabric.endpoint import FabricEndpointSensor
from airflow_provider_cloudflows.sensors.fabric.job_run import FabricJobRunSensor

with DAG(
    dag_id="example_fabric_run",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
):
    create_workspace = CreateFabricWorkspaceOperator(
        task_id="create_workspace", name="run-{{ dag_run.run_after | ts_nodash }}"
    )

    @task(multiple_outputs=True)
    def create_job(workspace_id: str) -> dict[str, str]:
        """Create a job by a plain request; a real DAG runs one that is there."""
        job = {
            "name": "clean",
            "type": "PYTHON_JOB",
            "version": {"name": "v1", "config": {"python_job_config": {"resource_spec": "spec.code"}}},
        }
        path = f"/v1/workspaces/{workspace_id}/jobs"
        with HuaweiCloudHook() as hook:
            made = hook.call(HuaweiRequest(service="fabric", method="POST", path=path, body=job)).document()
        return {"id": made["id"], "version_id": made["version_id"]}

    job = create_job(create_workspace.output)

    # [START create_fabric_endpoint]
    create_endpoint = CreateFabricEndpointOperator(
        task_id="create_endpoint",
        workspace_id=create_workspace.output,
        name="jobs-{{ dag_run.run_after | ts_nodash }}",
        type="job",
        reserved_resource={"mu": {"spec_code": "spec.code", "min": 1, "max": 2}},
    )
    wait_for_endpoint = FabricEndpointSensor(
        task_id="wait_for_endpoint",
        workspace_id=create_workspace.output,
        endpoint_id=create_endpoint.output,
        poke_interval=15,
        timeout=1800,
    )
    # [END create_fabric_endpoint]

    # [START run_fabric_job]
    run_job = RunFabricJobOperator(
        task_id="run_job",
        workspace_id=create_workspace.output,
        job_id=job["id"],
        version_id=job["version_id"],
        endpoint_id=create_endpoint.output,
        run_name="clean {{ dag_run.run_after | ds }}",
        timeout=3600,
    )
    # [END run_fabric_job]

    # Another run, which is started here and waited for in a task of its own.
    start_job = RunFabricJobOperator(
        task_id="start_job",
        workspace_id=create_workspace.output,
        job_id=job["id"],
        version_id=job["version_id"],
        endpoint_id=create_endpoint.output,
        wait=False,
    )
    wait_for_job = FabricJobRunSensor(
        task_id="wait_for_job",
        workspace_id=create_workspace.output,
        job_run_id=start_job.output,
        poke_interval=15,
        timeout=3600,
    )

    delete_endpoint = DeleteFabricEndpointOperator(
        task_id="delete_endpoint", workspace_id=create_workspace.output, endpoint_id=create_endpoint.output
    ).as_teardown(setups=create_endpoint)
    # A teardown as well: what comes after the work does not decide whether the run succeeded.
    wait_until_gone = FabricEndpointSensor(
        task_id="wait_until_gone",
        workspace_id=create_workspace.output,
        endpoint_id=create_endpoint.output,
        target="deleted",
        poke_interval=15,
        timeout=1800,
    ).as_teardown()
    delete_workspace = DeleteFabricWorkspaceOperator(
        task_id="delete_workspace", workspace_id=create_workspace.output
    ).as_teardown(setups=create_workspace)

    wait_for_endpoint >> [run_job, start_job]
    start_job >> wait_for_job
    [run_job, wait_for_job] >> delete_endpoint >> wait_until_gone >> delete_workspace
