"""A hundred mapped creates, eight at a time."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator

with DAG(dag_id="storm", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    CreateBusinessOperator.partial(task_id="create", project_id=10000, max_active_tis_per_dag=8).expand(
        business_name=[f"orders-{number:03}" for number in range(100)]
    )
