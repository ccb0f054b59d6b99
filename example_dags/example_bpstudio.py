"""Create a task of a BPStudio (Cloud Architect Design Tools) application.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator

with DAG(
    dag_id="example_bpstudio",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"bpstudio_app_id": "JXT3MLZJ56SANDBX", "bpstudio_process_id": "P3KTG43SW7SANDBX"},
):
    # [START create_bpstudio_task]
    create_task = CreateBPStudioTaskOperator(
        task_id="create_task",
        app_id="{{ params.bpstudio_app_id }}",
        process_id="{{ params.bpstudio_process_id }}",
        task_name="scale_out_{{ dag_run.run_after | ts_nodash }}",
        variables={"${count}": 3, "${zone}": "cn-hangzhou-h"},
    )
    # [END create_bpstudio_task]
