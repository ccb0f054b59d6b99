"""Copy a day's orders with a data integration job of DataWorks, and go on only if they keep the data quality rules.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with. Both waits
cost no worker slot. A job that goes on for ever is stopped by its teardown; one that has finished is left as it is.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.dataworks.data_quality_evaluation import RunDataQualityEvaluationOperator
from airflow_provider_cloudflows.operators.dataworks.di_job import StartDIJobOperator, StopDIJobOperator
from airflow_provider_cloudflows.sensors.dataworks.di_job import DIJobSensor

PROJECT_ID = "{{ params.dataworks_project_id }}"
JOB_ID = "{{ params.dataworks_di_job_id }}"

with DAG(
    dag_id="example_dataworks_integration",
    schedule="@daily",
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"dataworks_project_id": 10000, "dataworks_di_job_id": 220001, "dataworks_quality_task_id": 230001},
):
    # [START integrate_and_check]
    copy_orders = StartDIJobOperator(
        task_id="copy_orders", project_id=PROJECT_ID, di_job_id=JOB_ID, deferrable=True, timeout=6 * 3600
    )
    check_orders = RunDataQualityEvaluationOperator(
        task_id="check_orders",
        project_id=PROJECT_ID,
        evaluation_task_id="{{ params.dataworks_quality_task_id }}",
        on_warning="pass",
        deferrable=True,
        timeout=1800,
    )
    # [END integrate_and_check]

    # For who needs the orders and starts nothing.
    wait_for_orders = DIJobSensor(
        task_id="wait_for_orders", project_id=PROJECT_ID, di_job_id=JOB_ID, until="Stopped", timeout=6 * 3600
    )

    @task
    def report(check_id: int) -> None:
        """Go on with what was checked."""
        print(f"The orders are there, and run {check_id} found nothing wrong with them.")

    stop_job = StopDIJobOperator(task_id="stop_job", project_id=PROJECT_ID, di_job_id=JOB_ID).as_teardown(
        setups=copy_orders
    )

    copy_orders >> [check_orders, wait_for_orders] >> stop_job
    report(check_orders.output) >> stop_job
