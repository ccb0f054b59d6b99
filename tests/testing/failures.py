"""Tests that must fail, each by one assert of the plugin, beside a user's own: they show that each assert can."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.testing import (
    assert_calls_at_most,
    assert_exactly_once,
    assert_no_secret,
    assert_torn_down,
)
from airflow_provider_cloudflows.testing.dag_runs import DagRuns
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

TRIAL = Path(__file__).parents[1] / "dags" / "trial.py"


@pytest.fixture(scope="module")
def untidy() -> DAG:
    """A DAG that removes nothing, and says a secret aloud."""
    with DAG("untidy", schedule=None) as dag:
        CreateSecMasterWorkflowOperator(task_id="create", name="left", aop_type="NORMAL", dataclass_name="Alert")

        @task
        def confess() -> str:
            return "my own secret is Correct-Horse-Battery"

        confess()
    return dag


def test_made_twice(run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox, untidy: DAG) -> None:
    run_dag(untidy)
    (made,) = cloudflows_sandbox.resources("secmaster.workflow")
    cloudflows_sandbox.seed("secmaster.workflow", name="left", workspace_id=made["workspace_id"])
    cloudflows_sandbox.remove("secmaster.workflow", "oldest")
    assert_exactly_once(cloudflows_sandbox, "secmaster.workflow", name="left")


def test_made_under_another_name(cloudflows_sandbox: CloudflowsSandbox) -> None:
    cloudflows_sandbox.seed("dataworks.business", ProjectId=10000, BusinessName="other")
    assert_exactly_once(cloudflows_sandbox, "dataworks.business", BusinessName="trial")


def test_left_behind(run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox, untidy: DAG) -> None:
    run_dag(untidy)
    assert_torn_down(cloudflows_sandbox)


def test_nothing_made(cloudflows_sandbox: CloudflowsSandbox) -> None:
    cloudflows_sandbox.seed("dataworks.business", ProjectId=10000, BusinessName="there before")
    assert_torn_down(cloudflows_sandbox)


def test_called_too_often(run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox, untidy: DAG) -> None:
    run_dag(untidy)
    assert_calls_at_most(cloudflows_sandbox, {"CreateWorkflow": 0, "DeleteWorkflow": 0})


def test_secret_in_an_xcom(run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox, untidy: DAG) -> None:
    assert_no_secret(run_dag(untidy), cloudflows_sandbox, "Correct-Horse-Battery")


@pytest.mark.cloudflows_faults(["DeleteWorkspace:drop"])
def test_under_a_fault_that_never_happens(cloudflows_sandbox: CloudflowsSandbox) -> None:
    assert cloudflows_sandbox.requests() == []


@pytest.mark.cloudflows_faults(["CreateBusiness:drops"])
def test_under_a_fault_that_there_is_not(cloudflows_sandbox: CloudflowsSandbox) -> None:
    assert cloudflows_sandbox.requests() == []


def test_outside(cloudflows_connections: dict[str, str]) -> None:
    socket.create_connection(("192.0.2.1", 443), timeout=1)


def test_by_name(cloudflows_connections: dict[str, str]) -> None:
    socket.create_connection(("dataworks.cn-hangzhou.aliyuncs.com", 443), timeout=1)


def test_a_dag_of_another_place(run_dag: DagRuns, tmp_path: Path) -> None:
    run_dag(tmp_path / "nowhere.py")


def test_an_import_error(run_dag: DagRuns, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from nowhere import something")
    run_dag(tmp_path / "broken.py")


def test_a_dag_that_is_not_there(run_dag: DagRuns) -> None:
    run_dag(TRIAL, dag_id="another")
