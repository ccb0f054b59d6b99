"""Recognizable secrets in every way to obtain a credential: what a run writes holds none of them, asked for or not.

Keys that the sandbox issues carry a mark of their own; passwords, ID tokens and the secrets of the machine's services
are searched for as they are.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from airflow_provider_cloudflows.sandbox import world
from tests.airflow_versions import needs_state_store
from tests.demo.sandbox_control import control, control_text
from tests.demo.shared_airflow import CANARY_KEYS, add_dag
from tests.faults.dags.credential_canaries import ALIBABA, HUAWEI
from tests.faults.test_canaries import files_with

DAGS = Path(__file__).parent / "dags"

pytestmark = [pytest.mark.xdist_group("airflow"), needs_state_store]


@pytest.fixture(scope="module")
def secrets(credential_files: Path) -> set[str]:
    """Everything that must not be found; of the ID token its signature, which nobody else could make."""
    id_token = (credential_files / "id-token").read_text()
    keys = {value for key in CANARY_KEYS for value in (key["secret"], key["security_token"])}
    fixed = {world.HUAWEI_USER_PASSWORD, world.CREDENTIALS_URI_SECRET, world.POD_IDENTITY_TOKEN}
    return keys | fixed | {id_token, id_token.rpartition(".")[2], world.ISSUED_MARK}


@pytest.fixture(scope="module")
def ran(shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess, credential_files: Path) -> Run:
    """A run in which every call that hands out credentials fails at first, and repeats what it was sent."""
    id_token = (credential_files / "id-token").read_text()
    alibaba, huawei = (f"{key['secret']} and {key['security_token']}" for key in CANARY_KEYS)
    for operation, sent in {
        "AssumeRole": alibaba,
        "AssumeRoleWithOIDC": id_token,
        "GetProtectedCredentialsByUri": world.CREDENTIALS_URI_SECRET,
        "GetRoleCredentials": "",
        "CreateToken": world.HUAWEI_USER_PASSWORD,
        "CreateTemporaryAccessKeyByAgency": huawei,
        "AssumeAgency": huawei,
        "CreateTokenWithIdToken": id_token,
        "AssumeAgencyWithOidc": id_token,
        "GetSecurityKey": "",
        "GetPodIdentityCredentials": world.POD_IDENTITY_TOKEN,
    }.items():
        said = {"status": 500, "code": "E", "message": f"you sent {sent}."}
        control(shared_sandbox, "faults", {"operation": operation, "kind": "error", "times": 1, **said})
    add_dag(shared_airflow, DAGS / "credential_canaries.py")
    run = shared_airflow.trigger("credential_canaries")
    shared_airflow.wait_for(run)
    control(shared_sandbox, "faults", method="DELETE")
    return run


def test_every_credential_created_something(ran: Run, shared_airflow: ThrowAwayAirflow) -> None:
    ended = {one.task_id: one.state for one in shared_airflow.task_instances(ran)}
    assert ended == dict.fromkeys((*ALIBABA, *HUAWEI), "success")
    assert all(shared_airflow.xcom(ran, name) for name in ended)


def test_no_secret_is_in_any_file_of_airflow(ran: Run, shared_airflow: ThrowAwayAirflow, secrets: set[str]) -> None:
    """Logs, metadata database, XCom, task state, rendered fields, and what SQLite has not tidied away."""
    assert {secret: files_with(shared_airflow.home, secret) for secret in secrets} == {secret: [] for secret in secrets}


def test_no_secret_is_in_the_journal_or_the_state(ran: Run, shared_sandbox: SandboxProcess, secrets: set[str]) -> None:
    shown = control_text(shared_sandbox, "requests") + control_text(shared_sandbox, "state")
    assert "AssumeAgencyWithOidc" in shown
    assert "canary-" in shown
    assert [secret for secret in secrets if secret in shown] == []


def test_a_secret_that_a_task_prints_is_masked_in_its_log(shared_airflow: ThrowAwayAirflow, secrets: set[str]) -> None:
    """A person who looks for a mistake prints everything; what was obtained is masked like what was configured.

    Only the log of the task is looked at: Airflow 3 repeats the output of tasks unmasked on the executor's own console.
    """
    add_dag(shared_airflow, DAGS / "credential_confessions.py")
    run = shared_airflow.trigger("credential_confessions")
    assert shared_airflow.wait_for(run) == "success"
    said = json.dumps(shared_airflow.log(run, "confess"))
    for auth_type in (*ALIBABA, *HUAWEI):
        assert f"The secret of {auth_type} is ***" in said
    assert said.count("knows the caller as") >= len((*ALIBABA, *HUAWEI))
    assert [secret for secret in secrets if secret in said] == []
