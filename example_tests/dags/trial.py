"""A workflow that is made for one run, run, and removed again, with a business beside it that stays."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, Asset

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import (
    CreateSecMasterWorkflowOperator,
    DeleteSecMasterWorkflowOperator,
)
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator

with DAG("trial", schedule=None, start_date=pendulum.datetime(2026, 1, 1), params={"project_id": 10000}):
    create_business = CreateBusinessOperator(
        task_id="create_business",
        project_id="{{ params.project_id }}",
        business_name="trial",
        retries=1,
        outlets=[Asset("dataworks://trial/")],
    )
    create_workflow = CreateSecMasterWorkflowOperator(
        task_id="create_workflow",
        name="trial",
        aop_type="NORMAL",
        dataclass_name="Alert",
        description="For business {{ ti.xcom_pull(task_ids='create_business') }}",
    )
    run_workflow = RunSecMasterWorkflowOperator(task_id="run_workflow", workflow_id=create_workflow.output)
    delete_workflow = DeleteSecMasterWorkflowOperator(
        task_id="delete_workflow", workflow_id=create_workflow.output
    ).as_teardown(setups=create_workflow)

    create_business >> create_workflow >> run_workflow >> delete_workflow
