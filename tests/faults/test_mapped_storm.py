"""The throttle storm with real mapped tasks: each create in a process of its own, as Airflow runs it.

It takes minutes of processor time, so it belongs to ``make faults``; the suite's own storm is in ``test_storm.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from tests.demo.sandbox_control import control, existing

CREATES = 100
NEEDED = 3 * CREATES
"""A create lists, creates and reads what it made."""

PER_SECOND = 5

pytestmark = [
    pytest.mark.xdist_group("storm"),
    pytest.mark.skipif("CLOUDFLOWS_LONG" not in os.environ, reason="minutes of processor time: make faults runs it"),
]


def test_mapped_creates_all_end_with_few_calls(capsys: pytest.CaptureFixture[str]) -> None:
    dag = Path(__file__).parent / "dags" / "storm.py"
    with SandboxProcess() as sandbox, ThrowAwayAirflow(dag, connections=sandbox.connections, parallelism=8) as airflow:
        control(sandbox, "settings", {"requests_per_second": PER_SECOND})
        run = airflow.trigger("storm")
        assert airflow.wait_for(run, timeout=900) == "success"
        calls = control(sandbox, "requests")["requests"]
        made = existing(sandbox, "dataworks.business")
    with capsys.disabled():
        throttled = sum(call["status"] == 429 for call in calls)
        print(
            f"\n{CREATES} mapped creates: {len(calls)} calls where {NEEDED} are needed, {throttled} throttled", end=""
        )
    assert len(made) == CREATES
    # Eight processes that know nothing of each other share five requests a second.
    assert len(calls) <= 2 * NEEDED
