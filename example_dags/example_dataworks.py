"""Create a data service group and a workflow in one DataWorks workspace.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator

with DAG(
    dag_id="example_dataworks",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"dataworks_project_id": 10000, "api_gateway_group_id": "1000abcd"},
):
    # [START create_data_service_group]
    create_group = CreateDataServiceGroupOperator(
        task_id="create_group",
        project_id="{{ params.dataworks_project_id }}",
        api_gateway_group_id="{{ params.api_gateway_group_id }}",
        group_name="orders_{{ dag_run.run_after | ts_nodash }}",
        description="APIs over the order tables",
    )
    # [END create_data_service_group]

    # [START create_business]
    create_business = CreateBusinessOperator(
        task_id="create_business",
        project_id="{{ params.dataworks_project_id }}",
        business_name="orders_{{ dag_run.run_after | ts_nodash }}",
        description="Feeds data service group {{ ti.xcom_pull('create_group') }}",
        use_type="NORMAL",
    )
    # [END create_business]

    create_group >> create_business
