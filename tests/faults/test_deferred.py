"""Runs that Airflow's own triggerer waits for: their ends, and a mark. tests/testing/test_process_runs.py kills it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from airflow_provider_cloudflows.sandbox import world
from tests.airflow_versions import needs_state_store
from tests.demo.sandbox_control import control, eventually, existing
from tests.demo.shared_airflow import add_dag

KIND = "secmaster.workflow_instance"
NAMES = ("ends", "fails", "is_marked")
HOUR = 3600.0

pytestmark = [pytest.mark.xdist_group("airflow"), needs_state_store]


def states(airflow: ThrowAwayAirflow, run: Run) -> dict[str, str | None]:
    return {one.task_id: one.state for one in airflow.task_instances(run)}


@pytest.fixture(scope="module")
def ids(shared_sandbox: SandboxProcess) -> dict[str, str]:
    """The workflow that each task runs."""
    workflow = {"name": "to-wait-for", "workspace_id": world.SECMASTER_WORKSPACE_ID}
    made = {name: control(shared_sandbox, "resources/secmaster.workflow", workflow)["id"] for name in NAMES}
    courses: dict[str, dict[str, Any]] = {
        "ends": {"seconds": 3},
        "fails": {"seconds": 3, "ending": "bad", "reason": "the firewall said no"},
        "is_marked": {"seconds": HOUR},
    }
    for name, course in courses.items():
        match = {"workflow": {"id": made[name], "name": "to-wait-for", "version_id": ""}}
        control(shared_sandbox, "courses", {"kind": KIND, "match": match, **course})
    return made


def runs(sandbox: SandboxProcess, ids: dict[str, str], name: str) -> list[dict[str, Any]]:
    return [one for one in existing(sandbox, KIND) if one["workflow"]["id"] == ids[name]]


@pytest.fixture(scope="module")
def deferred(shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess, ids: dict[str, str]) -> Run:
    """The DAG run in which each task met its fate while it was deferred."""
    add_dag(shared_airflow, Path(__file__).parent / "dags" / "deferred.py")
    run = shared_airflow.trigger("deferred", conf=ids)
    place = ("dags", run.dag_id, "dagRuns", run.run_id, "taskInstances")
    eventually(lambda: states(shared_airflow, run)["is_marked"] == "deferred", "a long wait")
    eventually(lambda: shared_airflow.xcom(run, "is_marked", key="run_id"), "the id is known before the end")
    # Airflow tells a trigger that has not begun nothing of its task's end.
    eventually(lambda: shared_airflow.is_waited_for(run, "is_marked"), "its trigger")
    shared_airflow.rest.patch(*place, "is_marked", body={"new_state": "failed"})
    eventually(lambda: status(shared_sandbox, ids, "is_marked") == "TERMINATED", "the marked run is stopped")
    shared_airflow.wait_for(run)
    return run


def status(sandbox: SandboxProcess, ids: dict[str, str], name: str) -> str:
    (one,) = runs(sandbox, ids, name)
    return str(one["status"])


def test_a_good_end_is_handed_on(
    deferred: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess, ids: dict[str, str]
) -> None:
    (one,) = runs(shared_sandbox, ids, "ends")
    assert states(shared_airflow, deferred)["ends"] == "success"
    assert shared_airflow.xcom(deferred, "ends") == one["id"]
    assert shared_airflow.xcom(deferred, "ends", key="response")["status"] == "FINISHED"


def test_a_bad_end_fails_the_task_with_the_reason(deferred: Run, shared_airflow: ThrowAwayAirflow) -> None:
    assert states(shared_airflow, deferred)["fails"] == "failed"
    log = json.dumps(shared_airflow.log(deferred, "fails"))
    assert "ended as FAILED: The only step: the firewall said no" in log


def test_a_run_whose_task_is_marked_is_stopped(
    deferred: Run, shared_sandbox: SandboxProcess, ids: dict[str, str]
) -> None:
    assert status(shared_sandbox, ids, "is_marked") == "TERMINATED"
