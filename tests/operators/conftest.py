"""Fixtures of the operators' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_cloudflows.provisioning import protocol
from airflow_provider_cloudflows.testing.passing import time_passes_at_once
from airflow_provider_cloudflows.transport import retry
from airflow_provider_cloudflows.triggers import wait
from airflow_provider_cloudflows.waiting import waiter
from tests.conftest import SetConnection
from tests.dag_runs import run_dag
from tests.operators.played import BPStudio, Fabric, connected
from tests.supervisor import as_in_a_task

__all__ = ["as_in_a_task", "run_dag"]


@pytest.fixture(autouse=True)
def no_waiting(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let every pause pass at once, on the clock of the sandbox where a test has one."""
    has_sandbox = "sandbox" in request.fixturenames
    with time_passes_at_once(request.getfixturevalue("sandbox").advance if has_sandbox else lambda _: None):
        yield


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat a call, look again and resume at once."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(waiter, "SETTLE", 0.01)
    monkeypatch.setattr(wait, "EARLIEST_EVENT", 0.0)


@pytest.fixture
def leaves_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a request leave soon after its record, since the next try waits as long before it looks."""
    monkeypatch.setattr(protocol, "SEND_WITHIN", 0.3)


@pytest.fixture
def fabric(set_connection: SetConnection) -> Iterator[Fabric]:
    """DataArts Fabric as a script plays it; the default connections lead there."""
    cloud = Fabric()
    with connected(cloud, set_connection):
        yield cloud


@pytest.fixture
def bpstudio(set_connection: SetConnection) -> Iterator[BPStudio]:
    """BPStudio, likewise."""
    cloud = BPStudio()
    with connected(cloud, set_connection):
        yield cloud
