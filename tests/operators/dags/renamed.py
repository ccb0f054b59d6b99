"""A task whose name renders differently at each try."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

with DAG("renamed", schedule=None, default_args={"retries": 3, "retry_delay": timedelta(seconds=0)}):
    CreateSecMasterWorkflowOperator(
        task_id="renamed",
        name="orders-{{ ti.try_number }}",
        aop_type="NORMAL",
        dataclass_name="Alert",
        settle=0,
    )
