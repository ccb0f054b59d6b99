"""Create a BPStudio (Cloud Architect Design Tools) task, execute it and wait for its end, and then use the result.

No operation of the service deletes a task or stops its execution, so there is nothing to tear down. What must exist
beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.bpstudio.task_execution import ExecuteBPStudioTaskOperator
from airflow_provider_cloudflows.sensors.bpstudio.task_execution import BPStudioTaskSensor

with DAG(
    dag_id="example_bpstudio_run",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"bpstudio_app_id": "JXT3MLZJ56SANDBX", "bpstudio_process_id": "P3KTG43SW7SANDBX"},
):
    create_task = CreateBPStudioTaskOperator(
        task_id="create_task",
        app_id="{{ params.bpstudio_app_id }}",
        process_id="{{ params.bpstudio_process_id }}",
        task_name="scale_out_{{ dag_run.run_after | ts_nodash }}",
        variables={"${count}": 3},
    )
    # [START execute_bpstudio_task]
    execute_task = ExecuteBPStudioTaskOperator(
        task_id="execute_task",
        bpstudio_task_id=create_task.output,
        poll_interval=10,
        timeout=3600,
    )
    # [END execute_bpstudio_task]

    # Somebody who did not start it can wait for it as well.
    wait_for_task = BPStudioTaskSensor(
        task_id="wait_for_task", bpstudio_task_id=create_task.output, poke_interval=10, timeout=3600
    )

    @task
    def print_instances(shown: dict[str, str]) -> None:
        """Show what the service says of the task at its end."""
        print(f"The task made the instances {shown['InstanceIds']}.")

    execute_task >> wait_for_task
    print_instances(execute_task.output["response"])
