"""Stands for the supervisor of a task: Airflow before 3.1.8 looks for one wherever it reads connections.

Import the fixture in a conftest.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.airflow_versions import READS_CONNECTIONS_IN_TASKS_ONLY

__all__ = ["as_in_a_task"]


class Environment:
    """Knows the connections that the environment holds, and no others."""

    def send(self, message: Any) -> Any:
        """Answer what is asked."""
        from airflow.sdk.exceptions import ErrorType
        from airflow.sdk.execution_time.comms import ConnectionResult, ErrorResponse
        from airflow.secrets.environment_variables import EnvironmentVariablesBackend

        found: Any = EnvironmentVariablesBackend().get_connection(message.conn_id)
        if found is None:
            return ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND, detail={"conn_id": message.conn_id})
        fields = ("conn_id", "conn_type", "host", "schema", "login", "password", "port", "extra")
        return ConnectionResult(**{field: getattr(found, field) for field in fields})

    async def asend(self, message: Any) -> Any:
        """Answer what is asked on an event loop."""
        return self.send(message)


@pytest.fixture(autouse=True)
def as_in_a_task(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an old Airflow find connections in this process, as it does in those that it starts itself."""
    if not READS_CONNECTIONS_IN_TASKS_ONLY or "run_dag" in request.fixturenames:
        return
    from airflow.sdk.execution_time import task_runner

    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", Environment(), raising=False)
