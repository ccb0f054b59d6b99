"""A workflow that is made for one run, run, and removed again, whatever became of its run."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import (
    CreateSecMasterWorkflowOperator,
    DeleteSecMasterWorkflowOperator,
)
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator

with DAG("trial", schedule=None, start_date=pendulum.datetime(2026, 1, 1)):
    create_workflow = CreateSecMasterWorkflowOperator(
        task_id="create_workflow", name="trial", aop_type="NORMAL", dataclass_name="Alert"
    )
    run_workflow = RunSecMasterWorkflowOperator(task_id="run_workflow", workflow_id=create_workflow.output, retries=1)
    delete_workflow = DeleteSecMasterWorkflowOperator(
        task_id="delete_workflow", workflow_id=create_workflow.output
    ).as_teardown(setups=create_workflow)

    run_workflow >> delete_workflow
