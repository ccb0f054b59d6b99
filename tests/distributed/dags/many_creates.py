"""Three hundred mapped creates of a kind whose names are not unique."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

CREATES = 300

with DAG(dag_id="many_creates", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    CreateSecMasterWorkflowOperator.partial(
        task_id="create",
        aop_type="NORMAL",
        dataclass_name="Alert",
        settle=1,
        if_exists="fail",
        retries=3,
        retry_delay=timedelta(seconds=0),
    ).expand(name=[f"many-{number:03}" for number in range(CREATES)])
