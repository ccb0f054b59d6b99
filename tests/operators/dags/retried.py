"""Tasks whose first try loses the answer of its create and cannot look either; the second try has to find it."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

with DAG("retried", schedule=None, default_args={"retries": 2, "retry_delay": timedelta(seconds=0)}, params={"n": "x"}):
    CreateSecMasterWorkflowOperator.partial(
        task_id="mapped",
        aop_type="NORMAL",
        dataclass_name="Alert",
        description="words of the description",
        settle="{{ 0.0 }}",
        if_exists="fail",
    ).expand(name=["orders-1", "orders-2"])
