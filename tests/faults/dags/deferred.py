"""Runs that are waited for in the triggerer."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator

with DAG(dag_id="deferred", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    for name in ("ends", "fails", "is_marked"):
        RunSecMasterWorkflowOperator(
            task_id=name,
            workflow_id=f"{{{{ dag_run.conf['{name}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=True,
        )
