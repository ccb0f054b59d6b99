"""Recognizable secrets in every credential field: after a faulty run none of them is written anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from tests.airflow_versions import needs_state_store
from tests.demo.sandbox_control import control, control_text
from tests.demo.shared_airflow import CANARY_KEYS, add_dag, canary_connections

DAGS = Path(__file__).parent / "dags"
LEAK = "CanaryLeak0000000000000000000001"

pytestmark = [pytest.mark.xdist_group("airflow"), needs_state_store]


def secrets(sandbox: SandboxProcess) -> set[str]:
    """Every canary in the connections; of a proxy its password."""
    found = set()
    for text in canary_connections(sandbox.url).values():
        connection = json.loads(text)
        fields = {"password": connection.get("password"), **connection["extra"]}
        if fields.get("proxy"):
            fields["proxy"] = fields["proxy"].partition("user:")[2].partition("@")[0]
        found |= {value for value in fields.values() if str(value).startswith("Canary")}
    return found


def files_with(home: Path, secret: str) -> list[str]:
    """Every file of an Airflow that holds ``secret``: logs, database and what is not in it yet."""
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.suffix == ".db" for path in files)
    assert any(path.suffix == ".log" for path in files)
    return [str(path.relative_to(home)) for path in files if secret.encode() in path.read_bytes()]


@pytest.fixture(scope="module")
def ran(shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess) -> Run:
    """The faulty run; the sandbox says the secrets aloud in its errors."""
    alibaba, huawei = (f"you sent {key['secret']} and {key['security_token']}" for key in CANARY_KEYS)
    for rule in (
        {"operation": "CreateBusiness", "kind": "html", "when": "after", "times": 1},
        {"operation": "ListBusiness", "kind": "error", "status": 500, "code": "E", "message": alibaba, "times": 2},
        {"operation": "CreateTask", "kind": "error", "status": 400, "code": "Throttling.User", "message": alibaba}
        | {"times": 1},
        {"operation": "CreateWorkflow", "kind": "error", "status": 500, "code": "E", "message": huawei, "times": 3},
    ):
        control(shared_sandbox, "faults", rule)
    add_dag(shared_airflow, DAGS / "canaries.py")
    run = shared_airflow.trigger("canaries")
    shared_airflow.wait_for(run)
    control(shared_sandbox, "faults", method="DELETE")
    return run


def test_the_run_failed_retried_and_succeeded(ran: Run, shared_airflow: ThrowAwayAirflow) -> None:
    ended = {one.task_id: (one.state, one.try_number) for one in shared_airflow.task_instances(ran)}
    assert ended == {
        "business_session": ("success", 1),
        "workflow_session": ("success", 2),
        "task": ("success", 1),
        "business_proxy": ("failed", 2),
        "workflow_proxy": ("failed", 2),
        "token": ("failed", 1),
    }


def test_no_canary_is_in_any_file_of_airflow(
    ran: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    wanted = secrets(shared_sandbox)
    assert len(wanted) == 7
    assert {secret: files_with(shared_airflow.home, secret) for secret in wanted} == {secret: [] for secret in wanted}


def test_no_canary_is_in_the_journal_or_the_state(ran: Run, shared_sandbox: SandboxProcess) -> None:
    journal = control_text(shared_sandbox, "requests")
    assert "canary-session" in journal
    everything = journal + control_text(shared_sandbox, "state")
    assert [secret for secret in secrets(shared_sandbox) if secret in everything] == []


def test_no_canary_is_in_what_a_task_said(
    ran: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    said = "".join(json.dumps(shared_airflow.log(ran, one.task_id)) for one in shared_airflow.task_instances(ran))
    assert "you sent *** and ***" in said
    assert [secret for secret in secrets(shared_sandbox) if secret in said] == []


def test_the_search_finds_a_leak(shared_airflow: ThrowAwayAirflow) -> None:
    assert files_with(shared_airflow.home, LEAK) == []
    add_dag(shared_airflow, DAGS / "leaks.py")
    run = shared_airflow.trigger("leaks")
    assert shared_airflow.wait_for(run) == "success"
    assert any(name.startswith("airflow.db") for name in files_with(shared_airflow.home, LEAK))


def test_a_manual_clear_returns_the_same_id(
    ran: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    """The run is at hand: clear one of its tasks, as a person would in the web UI."""
    before = shared_airflow.xcom(ran, "workflow_session")
    body = {"dry_run": False, "only_failed": False, "dag_run_id": ran.run_id, "task_ids": ["workflow_session"]}
    shared_airflow.rest.post("dags", ran.dag_id, "clearTaskInstances", body=body)
    shared_airflow.wait_for(ran)
    (tries,) = [one.try_number for one in shared_airflow.task_instances(ran) if one.task_id == "workflow_session"]
    assert tries == 3
    assert shared_airflow.xcom(ran, "workflow_session") == before
    state = control(shared_sandbox, "state")
    made = [one["id"] for one in state["secmaster.workflow"] if one["name"] == "canary-session"]
    assert made == [before]
