"""Teardown in real Airflow processes: after work that failed, after kill -9 of the delete and of the create."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from tests.airflow_versions import RETRIES_THE_KILLED
from tests.demo.sandbox_control import existing
from tests.demo.shared_airflow import add_dag

pytestmark = pytest.mark.xdist_group("airflow")


@pytest.fixture(scope="module")
def run(shared_airflow: ThrowAwayAirflow) -> Run:
    """The run, when it has ended."""
    add_dag(shared_airflow, Path(__file__).parent / "dags" / "cleaned_up.py")
    run = shared_airflow.trigger("cleaned_up")
    shared_airflow.wait_for(run)
    return run


def tries(airflow: ThrowAwayAirflow, run: Run) -> dict[str, tuple[str | None, int]]:
    return {f"{one.task_id}[{one.map_index}]": (one.state, one.try_number) for one in airflow.task_instances(run)}


def left(sandbox: SandboxProcess) -> list[str]:
    things = existing(sandbox, "secmaster.workflow") + existing(sandbox, "fabric.workspace")
    return [one["name"] for one in things if one["name"].startswith("cleaned-")]


def test_only_what_a_killed_create_made_is_left(
    run: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert left(shared_sandbox) == ["cleaned-killed"]


def test_work_that_failed_keeps_no_mapped_teardown_from_running(run: Run, shared_airflow: ThrowAwayAirflow) -> None:
    ended = tries(shared_airflow, run)
    assert ended["fails[-1]"][0] == "failed"
    assert [ended[f"delete_lakes[{index}]"] for index in (0, 1)] == [("success", 1)] * 2
    assert [shared_airflow.xcom(run, "delete_lakes", map_index=index) for index in (0, 1)] == [True, True]


@pytest.mark.skipif(not RETRIES_THE_KILLED, reason="before 3.1.2 Airflow does not try a killed task again")
def test_the_retry_of_a_killed_delete_finds_it_gone(run: Run, shared_airflow: ThrowAwayAirflow) -> None:
    assert tries(shared_airflow, run)["delete[-1]"] == ("success", 2)
    assert shared_airflow.xcom(run, "delete") is False


def test_a_create_that_was_killed_leaves_no_word_and_the_delete_says_so(
    run: Run, shared_airflow: ThrowAwayAirflow
) -> None:
    assert tries(shared_airflow, run)["after_killed[-1]"] == ("failed", 1)
    log = json.dumps(shared_airflow.log(run, "after_killed"))
    assert "task 'killed' ended as failed and left no word whether it made something" in log
