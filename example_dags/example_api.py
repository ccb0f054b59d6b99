"""Call operations that have no operator of their own, on both clouds, and wait for the end of what one of them starts.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with. BPStudio has
operators of its own, which know more of it; it stands here for a service that has none.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.alibaba.api import AlibabaCloudApiOperator
from airflow_provider_cloudflows.operators.huawei.api import HuaweiCloudApiOperator
from airflow_provider_cloudflows.sensors.alibaba.api import AlibabaCloudApiSensor
from airflow_provider_cloudflows.sensors.huawei.api import HuaweiCloudApiSensor

with DAG(
    dag_id="example_api",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={
        "bpstudio_app_id": "JXT3MLZJ56SANDBX",
        "bpstudio_process_id": "P3KTG43SW7SANDBX",
    },
):
    create_task = AlibabaCloudApiOperator(
        task_id="create_task",
        product="bpstudio",
        version="2021-09-31",
        action="CreateTask",
        form={
            "AppId": "{{ params.bpstudio_app_id }}",
            "ProcessId": "{{ params.bpstudio_process_id }}",
            "TaskName": "scale_out_{{ dag_run.run_after | ts_nodash }}",
            "Variables": {"${count}": "3"},
        },
        json_parameters=["Variables"],
        result_path="Data",
    )
    # [START call_api]
    execute_task = AlibabaCloudApiOperator(
        task_id="execute_task",
        product="bpstudio",
        version="2021-09-31",
        action="ExecuteTask",
        form={"TaskId": "{{ ti.xcom_pull('create_task') }}"},
        effect="create",  # sent at most once by all tries together
        result_path="Data.Id",
        wait_for={
            "action": "GetTask",
            "form": {"TaskId": "{result}"},
            "state_path": "Data.Status",
            "good": ["FINISH"],
            "reason_path": "Data.ErrorMessage",
        },
        poll_interval=10,
        timeout=3600,
    )
    # [END call_api]

    # Somebody who did not start it can wait for it as well.
    wait_for_task = AlibabaCloudApiSensor(
        task_id="wait_for_task",
        product="bpstudio",
        version="2021-09-31",
        action="GetTask",
        form={"TaskId": "{{ ti.xcom_pull('create_task') }}"},
        state_path="Data.Status",
        good=["FINISH"],
        poke_interval=10,
        timeout=3600,
    )
    create_workspace = HuaweiCloudApiOperator(
        task_id="create_workspace",
        service="fabric",
        method="POST",
        path="/v1/workspaces",
        body={"name": "api-{{ dag_run.run_after | ts_nodash }}"},
        result_path="id",
    )
    wait_for_workspace = HuaweiCloudApiSensor(
        task_id="wait_for_workspace",
        service="fabric",
        path="/v1/workspaces",
        query={"enterprise_project_id": "0", "limit": 1},
        state_path="total",
        good=["1"],
        poke_interval=10,
        timeout=3600,
    )

    create_task >> execute_task >> wait_for_task
    create_workspace >> wait_for_workspace
