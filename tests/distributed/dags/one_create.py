"""One create, retried at once, of a kind whose names are not unique: what is sent twice is there twice."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Param, task

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

with DAG(
    dag_id="one_create",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={"name": Param(type="string")},
):
    CreateSecMasterWorkflowOperator(
        task_id="create",
        name="{{ params.name }}",
        aop_type="NORMAL",
        dataclass_name="Alert",
        settle=1,
        if_exists="fail",
        retries=2,
        retry_delay=timedelta(seconds=0),
    )

with DAG(dag_id="clocks", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):

    @task
    def read_clock(number: int) -> float:
        """Return what this worker takes for the time."""
        import time

        time.sleep(1)  # so that no worker does all of it
        return time.time()

    read_clock.expand(number=[1, 2, 3, 4])
