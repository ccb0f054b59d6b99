"""Wait until somebody else's DataWorks workflow has run for yesterday, and go on with its tables.

This DAG starts nothing in DataWorks: the schedule there runs the workflow after midnight. The wait costs no worker
slot, and a hundred of such sensors look together. It takes a workspace with the newer DataStudio.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.sensors.dataworks.scheduled_instances import DataWorksInstanceSensor

with DAG(
    dag_id="example_dataworks_wait",
    schedule="@daily",
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"dataworks_project_id": 10000, "dataworks_workflow_name": "daily_sales"},
):
    # [START wait_for_dataworks]
    wait_for_sales = DataWorksInstanceSensor(
        task_id="wait_for_sales",
        project_id="{{ params.dataworks_project_id }}",
        workflow_name="{{ params.dataworks_workflow_name }}",
        deferrable=True,
        poke_interval=60,
        timeout=6 * 3600,
    )
    # [END wait_for_dataworks]

    @task
    def report(state: str) -> None:
        """Go on with what is there now."""
        print(f"Yesterday's sales are there: {state}.")

    report(wait_for_sales.output)
