"""Offer a table as an API of DataWorks for as long as somebody needs it, and take it out of service again.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with. The data
service group stays: the vendor has no operation that deletes one.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.dataworks.data_service_api import (
    AbolishDataServiceApiOperator,
    CreateDataServiceApiOperator,
    DeleteDataServiceApiOperator,
    PublishDataServiceApiOperator,
)
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator

PROJECT_ID = "{{ params.dataworks_project_id }}"

with DAG(
    dag_id="example_dataworks_service",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"dataworks_project_id": 10000, "api_gateway_group_id": "1000abcd"},
):
    create_group = CreateDataServiceGroupOperator(
        task_id="create_group",
        project_id=PROJECT_ID,
        group_name="orders",
        api_gateway_group_id="{{ params.api_gateway_group_id }}",
        description="Orders, for whoever asks",
    )
    create_api = CreateDataServiceApiOperator(
        task_id="create_api",
        project_id=PROJECT_ID,
        group_id=create_group.output,
        api_name="orders_of_a_day",
        api_path="/orders/day",
        api_description="The orders of a day",
        script_details={"Script": "SELECT * FROM orders WHERE dt = ${day};", "IsPagedResponse": True},
    )
    publish_api = PublishDataServiceApiOperator(task_id="publish_api", project_id=PROJECT_ID, api_id=create_api.output)

    @task
    def use(api_id: int) -> None:
        """Whatever calls the API."""
        print(f"API {api_id} is in service.")

    abolish_api = AbolishDataServiceApiOperator(
        task_id="abolish_api", project_id=PROJECT_ID, api_id=create_api.output
    ).as_teardown(setups=publish_api)
    delete_api = DeleteDataServiceApiOperator(
        task_id="delete_api", project_id=PROJECT_ID, api_id=create_api.output
    ).as_teardown(setups=create_api)

    use(publish_api.output) >> abolish_api >> delete_api
