"""Tests of the DAGs, with both clouds played on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_cloudflows.testing import (
    assert_calls_at_most,
    assert_exactly_once,
    assert_no_secret,
    assert_torn_down,
)

DAGS = Path(__file__).parents[1] / "dags"
LEDGER, TRIAL = DAGS / "ledger.py", DAGS / "trial.py"


def test_the_id_of_the_business_is_handed_on(run_dag, cloudflows_sandbox):
    run = run_dag(LEDGER)

    assert run.states == {"create_business": "success", "announce": "success"}
    (business,) = cloudflows_sandbox.resources("dataworks.business", BusinessName="ledger")
    assert run.xcom("create_business") == business["BusinessId"]
    assert run.xcom("announce") == f"Business {business['BusinessId']} is there."
    assert [event.uri for event in run.asset_events] == ["dataworks://ledger/"]
    assert run.sandbox.made == {"dataworks.business": [business]}


def test_the_workflow_is_removed_also_when_its_run_fails(run_dag, cloudflows_sandbox):
    cloudflows_sandbox.course("secmaster.workflow_instance", ending="bad", reason="the firewall said no", times=0)

    run = run_dag(TRIAL)

    assert (run.state, run.states["run_workflow"]) == ("failed", "failed")
    assert "the firewall said no" in run.log
    assert_torn_down(cloudflows_sandbox, "secmaster.workflow")


@pytest.mark.cloudflows_faults(
    [
        "CreateBusiness:drop:after:nth=1",
        "CreateBusiness:html:nth=1",
        {"operation": "ListBusiness", "kind": "error", "status": 500, "times": 2},
    ]
)
def test_whatever_goes_wrong_one_business_is_made(run_dag, cloudflows_sandbox):
    run = run_dag(LEDGER)

    business = assert_exactly_once(cloudflows_sandbox, "dataworks.business", BusinessName="ledger")
    assert run.xcom("create_business") == business["BusinessId"]


def test_a_run_that_takes_two_hours_costs_few_calls(run_dag, cloudflows_sandbox):
    cloudflows_sandbox.course("secmaster.workflow_instance", seconds=7200)

    assert run_dag(TRIAL).state == "success"
    assert_calls_at_most(cloudflows_sandbox, {"ShowAopWorkflowInstance": 30, "CreateWorkflow": 1, "*": 60})


def test_no_secret_is_written_anywhere(run_dag, cloudflows_sandbox):
    assert_no_secret(run_dag(LEDGER), cloudflows_sandbox)
