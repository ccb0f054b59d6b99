"""``run_dag_processes`` on an Airflow that runs already: what dies where, and a plan that nobody came to.

``make release-check`` runs the example project's with an Airflow of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from airflow_provider_cloudflows.sandbox.app import serve
from airflow_provider_cloudflows.testing import assert_exactly_once, assert_torn_down
from airflow_provider_cloudflows.testing.processes import AirflowProcesses, NotKilled, ProcessRuns
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox
from tests.airflow_versions import needs_state_store

DAGS = Path(__file__).with_name("dags")
WATCHED = DAGS / "watched.py"

pytestmark = [pytest.mark.xdist_group("airflow"), needs_state_store]


@pytest.fixture(scope="module")
def beside() -> Iterator[CloudflowsSandbox]:
    """A sandbox in this process."""
    with serve() as running:
        yield CloudflowsSandbox(running)


@pytest.fixture(scope="module")
def run_dag_processes(shared_airflow: ThrowAwayAirflow, beside: CloudflowsSandbox) -> ProcessRuns:
    """Runs DAG files in the shared Airflow, from a folder in its DAG folder."""
    connection = json.loads(beside.connections["AIRFLOW_CONN_HUAWEICLOUD_DEFAULT"])
    body = {**connection, "connection_id": "beside_the_test", "extra": json.dumps(connection["extra"])}
    shared_airflow.rest.post("connections", body=body)
    folder = shared_airflow.dags_folder / "of_process_runs"
    folder.mkdir()
    processes = AirflowProcesses(shared_airflow, folder, Path(shared_airflow.env["CLOUDFLOWS_KILLS"]))
    return ProcessRuns(processes, beside, DAGS)


def test_a_create_and_a_wait_outlive_a_killed_task_and_a_killed_triggerer(
    run_dag_processes: ProcessRuns, beside: CloudflowsSandbox
) -> None:
    beside.course("secmaster.workflow_instance", seconds=12)

    run = run_dag_processes(
        WATCHED, dag_id="watched", kill={"create_workflow": "after_commit", "run_workflow": "deferred"}
    )

    assert (run.state, run.tries) == ("success", {"create_workflow": 2, "run_workflow": 1, "delete_workflow": 1})
    assert_exactly_once(beside, "secmaster.workflow", name="watched")
    started = assert_exactly_once(beside, "secmaster.workflow_instance")
    assert run.xcom("run_workflow") == started["id"]
    assert_torn_down(beside, "secmaster.workflow")


def test_a_task_that_never_was_in_the_triggerer_shows_nothing(run_dag_processes: ProcessRuns) -> None:
    with pytest.raises(NotKilled, match=r"^Task 'create_workflow' did not die at deferred, .* create_workflow success"):
        run_dag_processes(WATCHED, dag_id="not_watched", kill={"create_workflow": "deferred"})
