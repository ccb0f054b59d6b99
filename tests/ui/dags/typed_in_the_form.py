"""One resource on each cloud, through the connections that the test of the form has typed in."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator

with DAG("typed_in_the_form", schedule=None):
    CreateBusinessOperator(
        task_id="create_business",
        alibabacloud_conn_id="typed_alibaba",
        project_id=10000,
        business_name="typed_in_the_form",
        use_type="NORMAL",
    )
    CreateFabricWorkspaceOperator(
        task_id="create_workspace",
        huaweicloud_conn_id="typed_huawei",
        name="typed-in-the-form",
    )
