"""A workflow that is made, run while the triggerer waits, and removed; and one that is only made."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import (
    CreateSecMasterWorkflowOperator,
    DeleteSecMasterWorkflowOperator,
)
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator

AGAIN = {"huaweicloud_conn_id": "beside_the_test", "retries": 1, "retry_delay": timedelta(seconds=0)}

with DAG("watched", schedule=None, start_date=pendulum.datetime(2026, 1, 1), default_args=AGAIN):
    create_workflow = CreateSecMasterWorkflowOperator(
        task_id="create_workflow", name="watched", aop_type="NORMAL", dataclass_name="Alert", settle=0.5
    )
    run_workflow = RunSecMasterWorkflowOperator(
        task_id="run_workflow", workflow_id=create_workflow.output, poll_interval=1, deferrable=True
    )
    delete_workflow = DeleteSecMasterWorkflowOperator(task_id="delete_workflow", workflow_id=create_workflow.output)
    run_workflow >> delete_workflow

with DAG("not_watched", schedule=None, start_date=pendulum.datetime(2026, 1, 1), default_args=AGAIN):
    CreateSecMasterWorkflowOperator(
        task_id="create_workflow", name="not watched", aop_type="NORMAL", dataclass_name="Alert"
    )
