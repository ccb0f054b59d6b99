"""Mapped creates of a kind whose names are not unique, as many as the run is told."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Param, task

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator


@task
def names(params: dict[str, int] | None = None) -> list[str]:
    """Return a name for each create."""
    assert params is not None
    return [f"many-{number:03}" for number in range(params["creates"])]


with DAG(
    dag_id="many_creates",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={"creates": Param(type="integer")},
):
    CreateSecMasterWorkflowOperator.partial(
        task_id="create",
        aop_type="NORMAL",
        dataclass_name="Alert",
        settle=1,
        if_exists="fail",
        retries=3,
        retry_delay=timedelta(seconds=0),
    ).expand(name=names())
