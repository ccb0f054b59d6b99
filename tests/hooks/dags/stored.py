"""One create with each of the connections that were put into Airflow's database."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator

with DAG("stored", schedule=None):
    CreateBusinessOperator(
        task_id="alibaba", business_name="stored", project_id=10000, alibabacloud_conn_id="stored_alibaba"
    )
    CreateFabricWorkspaceOperator(task_id="huawei", name="stored", huaweicloud_conn_id="stored_huawei")
