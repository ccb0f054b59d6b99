"""A business that stays, and a word about it."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, Asset, task

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator

with DAG("ledger", schedule=None, start_date=pendulum.datetime(2026, 1, 1), params={"project_id": 10000}):
    create_business = CreateBusinessOperator(
        task_id="create_business",
        project_id="{{ params.project_id }}",
        business_name="ledger",
        retries=1,
        outlets=[Asset("dataworks://ledger/")],
    )

    @task
    def announce(business_id: int) -> str:
        """Say that it is there."""
        return f"Business {business_id} is there."

    announce(create_business.output)
