"""What several steps cost of the calls that an account may make in a day: known before any of them is taken."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.operators.dataworks.dag import BackfillDataWorksNodesOperator
from airflow_provider_cloudflows.operators.dataworks.deployment import SubmitAndDeployFileOperator
from airflow_provider_cloudflows.operators.dataworks.di_job import StartDIJobOperator
from airflow_provider_cloudflows.operators.dataworks.pipeline_run import PublishDataWorksOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import (
    BackfillDataWorksOperator,
    RunDataWorksWorkflowOperator,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.operators.played import allow_calls_a_day
from tests.operators.tries import run

THREE_DATES = {"start": "2026-03-01", "end": "2026-03-03"}
LONG: dict[str, Any] = {
    "task_id": "wait",
    "project_id": world.DATAWORKS_PROJECT_ID,
    "poll_interval": 1000,
    "timeout": 24 * 3600,
}
LOOKS_OF_A_DAY = 88
LOOKS_AT_A_CREATION = 45


@pytest.mark.parametrize(
    ("operator", "needed"),
    [
        (StartDIJobOperator(di_job_id=1, **LONG), LOOKS_OF_A_DAY + 6),
        (PublishDataWorksOperator(object_id="1", **LONG), LOOKS_OF_A_DAY + 6 + 3 * 2 + 1),
        (SubmitAndDeployFileOperator(file_id=1, **LONG), 2 * (45 + 6)),
        (
            RunDataWorksWorkflowOperator(workflow_id=1, biz_date="2026-03-01", **LONG),
            LOOKS_OF_A_DAY + 6 + LOOKS_AT_A_CREATION,
        ),
        (
            BackfillDataWorksOperator(workflow_id=1, task_ids=[1], dates=THREE_DATES, **LONG),
            3 * 30 + 6 + LOOKS_AT_A_CREATION,
        ),
        (BackfillDataWorksNodesOperator(root_node_id=1, dates=THREE_DATES, **LONG), 3 * 30 + 6),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, int) else None,
)
def test_all_calls_of_a_chain_count(
    operator: Any, needed: int, connections: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_calls_a_day(needed - 1, monkeypatch, "alibaba")
    with pytest.raises(ConfigurationError, match=f"'wait' may need {needed} calls a day to wait 86400 s, and the"):
        run(operator)
    sent = {one["operation"] for one in connections.requests()}
    assert all(one.startswith(("Get", "List")) for one in sent)
