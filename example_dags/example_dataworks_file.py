"""Write a SQL file in a workspace with the older DataStudio, deploy it, and delete it again.

The workspace comes from the DAG's params; its default is what the sandbox is born with. In a workspace with the newer
DataStudio, nodes and workflow definitions take the place of files.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.deployment import SubmitAndDeployFileOperator
from airflow_provider_cloudflows.operators.dataworks.file import (
    CreateDataWorksFileOperator,
    DeleteDataWorksFileOperator,
    UpdateDataWorksFileOperator,
)

PROJECT_ID = "{{ params.dataworks_project_id }}"

with DAG(
    dag_id="example_dataworks_file",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"dataworks_project_id": 10000},
):
    create_file = CreateDataWorksFileOperator(
        task_id="create_file",
        project_id=PROJECT_ID,
        file_name="load_orders",
        file_type=10,
        file_folder_path="Business Flow/daily/MaxCompute",
        content="INSERT OVERWRITE TABLE orders SELECT * FROM raw_orders;",
        cron_express="00 30 01 * * ?",
        cycle_type="DAY",
        input_list="dw_project_root",
    )
    deploy_file = SubmitAndDeployFileOperator(
        task_id="deploy_file",
        project_id=PROJECT_ID,
        file_id=create_file.output,
        comment="{{ run_id }}",
        deferrable=True,
        timeout=1800,
    )

    # What is changed is deployed by another submit; the task before has done its own.
    suspend_file = UpdateDataWorksFileOperator(
        task_id="suspend_file",
        project_id=PROJECT_ID,
        file_id=create_file.output,
        input_list="dw_project_root",
        scheduler_type="PAUSE",
    )
    deploy_again = SubmitAndDeployFileOperator(
        task_id="deploy_again", project_id=PROJECT_ID, file_id=create_file.output, timeout=1800
    )
    delete_file = DeleteDataWorksFileOperator(
        task_id="delete_file", project_id=PROJECT_ID, file_id=create_file.output
    ).as_teardown(setups=create_file)

    deploy_file >> suspend_file >> deploy_again >> delete_file
