"""Real Airflow task processes that lose their place while they wait: they send nothing any more."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.rest import RestError
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from tests.airflow_versions import needs_state_store
from tests.demo.sandbox_control import control, creates_of_workflow, eventually, existing
from tests.demo.shared_airflow import add_dag

NAMES = ("cleared", "marked_failed", "timed_out")
WAIT = 9
"""Seconds: longer than Airflow needs to notice, shorter than it takes to kill a process that does not listen."""

pytestmark = [pytest.mark.xdist_group("airflow"), needs_state_store]


@pytest.fixture(scope="module")
def replaced(shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess) -> Run:
    """The run in which each task met its fate in the wait."""
    add_dag(shared_airflow, Path(__file__).parent / "dags" / "replaced.py")
    throttle = {"operation": "CreateWorkflow", "kind": "throttle", "times": 3, "wait": WAIT, "form": "retry-after"}
    rule = control(shared_sandbox, "faults", throttle)
    run = shared_airflow.trigger("replaced")
    place = ("dags", run.dag_id, "dagRuns", run.run_id, "taskInstances")
    eventually(lambda: creates_of_workflow(shared_sandbox, "cleared"), "the create of 'cleared'")
    body = {"task_ids": ["cleared"], "dag_run_id": run.run_id, "dry_run": False, "only_failed": False}

    def is_cleared() -> bool:
        """Clear it, unless a component that writes keeps SQLite locked: then nothing of it has happened."""
        try:
            shared_airflow.rest.post("dags", run.dag_id, "clearTaskInstances", body=body)
        except RestError as error:
            if error.status < 500:
                raise
            return False
        return True

    eventually(is_cleared, "the clear")
    eventually(lambda: creates_of_workflow(shared_sandbox, "marked_failed"), "the create of 'marked_failed'")
    shared_airflow.rest.patch(*place, "marked_failed", body={"new_state": "failed"})
    shared_airflow.wait_for(run)
    time.sleep(WAIT)  # a create that was to leave after the wait has left by now
    assert rule["times"] == 3
    return run


def log(airflow: ThrowAwayAirflow, run: Run, task_id: str, try_number: int) -> str:
    return json.dumps(airflow.log(run, task_id, try_number))


def test_a_try_that_hears_no_signal_is_stopped_by_the_store(
    replaced: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert creates_of_workflow(shared_sandbox, "cleared") == [429, 200]
    (made,) = existing(shared_sandbox, "secmaster.workflow", name="cleared")
    assert shared_airflow.xcom(replaced, "cleared") == made["id"]
    # It says so in its log, if it is not killed before it can.


def test_a_task_that_was_marked_failed_sends_nothing_any_more(
    replaced: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert creates_of_workflow(shared_sandbox, "marked_failed") == [429]
    assert "told to stop" in log(shared_airflow, replaced, "marked_failed", 1)


def test_a_task_whose_time_is_up_sends_nothing_any_more(replaced: Run, shared_sandbox: SandboxProcess) -> None:
    assert creates_of_workflow(shared_sandbox, "timed_out") == [429]
