"""A test of the DAG in real processes, one of which is killed; it takes a minute."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_cloudflows.testing import assert_exactly_once

LEDGER = Path(__file__).parents[1] / "dags" / "ledger.py"


def test_a_killed_create_is_found_again(run_dag_processes, cloudflows_sandbox):
    run = run_dag_processes(LEDGER, dag_id="ledger", kill={"create_business": "after_commit"})

    assert (run.state, run.tries["create_business"]) == ("success", 2)
    business = assert_exactly_once(cloudflows_sandbox, "dataworks.business", BusinessName="ledger")
    assert run.xcom("create_business") == business["BusinessId"]
