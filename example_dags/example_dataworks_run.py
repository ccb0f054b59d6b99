"""Backfill a published DataWorks workflow for the DAG run's data interval, and run its last task once more.

The second run is what one does whose source was late: the task runs again, a sensor waits for it, and where it fails
again it is set to success, so that what depends on it goes on. Whatever happens, the runs are stopped in the end. It
takes a workspace with the newer DataStudio.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.alibaba.api import AlibabaCloudApiOperator
from airflow_provider_cloudflows.operators.dataworks.task_instance import (
    RerunDataWorksInstancesOperator,
    SetDataWorksInstancesSuccessOperator,
    StopDataWorksInstancesOperator,
)
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import (
    BackfillDataWorksOperator,
    StopDataWorksRunOperator,
)
from airflow_provider_cloudflows.sensors.dataworks.scheduled_instances import DataWorksInstanceSensor

with DAG(
    dag_id="example_dataworks_run",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"dataworks_project_id": 10000, "dataworks_workflow_id": 200001},
):
    backfill = BackfillDataWorksOperator(
        task_id="backfill",
        project_id="{{ params.dataworks_project_id }}",
        workflow_id="{{ params.dataworks_workflow_id }}",
        parallelism=2,
        timeout=6 * 3600,
    )

    # Any operation that has no operator of its own can be called all the same.
    find_task = AlibabaCloudApiOperator(
        task_id="find_task",
        product="dataworks",
        version="2024-05-18",
        action="ListTaskInstances",
        form={
            "ProjectId": "{{ params.dataworks_project_id }}",
            "Bizdate": "{{ ti.xcom_pull('backfill', key='response')['BizDate'] }}",
            "WorkflowInstanceId": "{{ ti.xcom_pull('backfill')[-1] }}",
            "SortBy": "Id Desc",
        },
        effect="read",
        result_path="PagingInfo.TaskInstances[0]",
    )
    run_again = RerunDataWorksInstancesOperator(
        task_id="run_again",
        instance_ids="{{ ti.xcom_pull('find_task')['Id'] }}",
        comment="its source was late",
    )
    wait_for_task = DataWorksInstanceSensor(
        task_id="wait_for_task",
        project_id="{{ params.dataworks_project_id }}",
        dataworks_task_id="{{ ti.xcom_pull('find_task')['TaskId'] }}",
        instance_type="SupplementData",
        poke_interval=30,
        timeout=3600,
    )
    set_to_success = SetDataWorksInstancesSuccessOperator(
        task_id="set_to_success",
        instance_ids="{{ ti.xcom_pull('find_task')['Id'] }}",
        trigger_rule="one_failed",
    )
    # What is over already is left as it is.
    stop_task = StopDataWorksInstancesOperator(
        task_id="stop_task",
        instance_ids="{{ ti.xcom_pull('find_task')['Id'] }}",
        trigger_rule="all_done",
    )
    stop = StopDataWorksRunOperator(task_id="stop", instance_ids=backfill.output).as_teardown(setups=backfill)

    backfill >> find_task >> run_again >> wait_for_task >> set_to_success >> stop_task >> stop
