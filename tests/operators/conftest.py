"""Fixtures of the operators' tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.airflow_versions import READS_CONNECTIONS_IN_TASKS_ONLY
from tests.dag_runs import run_dag

__all__ = ["run_dag"]


class NothingStored:
    """Stands for the supervisor of a task, where nothing is known that the environment does not hold."""

    def send(self, message: Any) -> Any:
        from airflow.sdk.exceptions import ErrorType
        from airflow.sdk.execution_time.comms import ErrorResponse

        return ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND, detail={"conn_id": message.conn_id})

    async def asend(self, message: Any) -> Any:
        return self.send(message)


@pytest.fixture
def as_in_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the oldest Airflow find connections in this process, as it does in those that it starts itself."""
    if not READS_CONNECTIONS_IN_TASKS_ONLY:
        return
    from airflow.sdk.execution_time import task_runner

    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", NothingStored(), raising=False)
