"""Tasks with retries left and long delays between them: what ends sooner was decided by the retry policy."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator

LONG = timedelta(seconds=300)

with DAG("policies", schedule=None, default_args={"retries": 3, "retry_delay": LONG}):
    CreateBusinessOperator(task_id="throttled", business_name="daily", project_id=10000)
    CreateFabricWorkspaceOperator(task_id="refused", name="lake-1")
    CreateDataServiceGroupOperator.partial(
        task_id="mapped", group_name="orders", project_id=10000, description="d"
    ).expand(api_gateway_group_id=["1000abcd", "no_such_group"])
