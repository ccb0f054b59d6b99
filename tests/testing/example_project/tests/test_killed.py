"""Tests of the DAGs in real processes, one of which is killed; the first takes a minute, the next some seconds."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_cloudflows.testing import assert_exactly_once

DAGS = Path(__file__).parents[1] / "dags"
LEDGER, TRIAL = DAGS / "ledger.py", DAGS / "trial.py"


def test_a_killed_create_is_found_again(run_dag_processes, cloudflows_sandbox):
    run = run_dag_processes(LEDGER, dag_id="ledger", kill={"create_business": "after_commit"})

    assert (run.state, run.tries["create_business"]) == ("success", 2)
    business = assert_exactly_once(cloudflows_sandbox, "dataworks.business", BusinessName="ledger")
    assert run.xcom("create_business") == business["BusinessId"]


def test_a_killed_wait_starts_no_second_run(run_dag_processes, cloudflows_sandbox):
    run = run_dag_processes(TRIAL, dag_id="trial", kill={"run_workflow": "waiting"})

    assert (run.state, run.tries["run_workflow"]) == ("success", 2)
    started = assert_exactly_once(cloudflows_sandbox, "secmaster.workflow_instance")
    assert run.xcom("run_workflow") == started["id"]
