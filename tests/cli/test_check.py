"""The command that checks a connection: what it prints, and when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from airflow import __version__ as airflow_version
from packaging.version import Version

from airflow_provider_cloudflows.__main__ import main
from airflow_provider_cloudflows.cli.check import PROBES, check
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.conftest import AIRFLOW_HOME, SetConnection
from tests.transport.servers import blackhole_port

SECRETS = [key.secret for key in world.BIRTH_KEYS]


@pytest.fixture(autouse=True)
def process_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says where connections are looked for; the next test must not inherit it."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", os.environ.get("_AIRFLOW_PROCESS_CONTEXT", ""))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "AIRFLOW_HOME": str(AIRFLOW_HOME), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command], env=environ, capture_output=True, text=True, check=False
    )


COMMANDS = [
    ("airflow_provider_cloudflows", "check"),
    pytest.param(
        ("airflow", "cloudflows", "check"),
        marks=pytest.mark.skipif(
            Version(airflow_version) < Version("3.2"),
            reason="Airflow 3.1 takes no commands of providers",
        ),
    ),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_it_says_who_and_where_and_exits_with_0(command: tuple[str, ...], connections: Running) -> None:
    told = run(*command, "huaweicloud_default")
    assert told.returncode == 0, told.stderr
    said = told.stdout.splitlines()[-11:]
    user = f"iam::{world.HUAWEI_DOMAIN_ID}:user:{world.HUAWEI_USER_NAME}"
    assert said[:6] == [
        f"Connection  huaweicloud_default (cloudflows_huawei), region {world.HUAWEI_REGION}",
        f"Caller      {user} (account {world.HUAWEI_DOMAIN_ID})",
        f"Asked       {connections.url}",
        f"Credential  the AK {world.HUAWEI_KEY.id} of the connection, with no expiry known",
        "Clock       the clocks agree",
        "Services",
    ]
    for name, line in zip(("sts", "iam", "secmaster", "fabric", "fabric_ep"), said[6:], strict=True):
        answers = "answers ListJobRuns with" if name == "fabric_ep" else "answers, after"  # there is no such workspace
        assert line.startswith(f"  {name:<11}{connections.url}  {answers} ")
        assert line.endswith(" ms")


def test_it_exits_with_1_when_the_secret_is_wrong(
    sandbox: Running, set_connection: SetConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = {"region": "cn-hangzhou", "endpoint": sandbox.url}
    set_connection(
        "wrong", conn_type="cloudflows_alibaba", login=world.ALIBABA_KEY.id, password="Wrong0000", extra=extra
    )
    with pytest.raises(SystemExit) as ended:
        main(["check", "wrong", "--service", "sts"])
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert (
        "Caller      FAILED  [CF201] STS GetCallerIdentity was not authenticated (HTTP 400, code Signature" in told.out
    )
    assert f"  sts        {sandbox.url}  not asked: the caller is not known" in told.out
    assert "Wrong0000" not in told.out + told.err


def test_a_caller_who_is_throttled_is_no_caller_who_is_not_known(
    sandbox: Running, set_connection: SetConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = {"region": "cn-hangzhou", "endpoint": sandbox.url, "timeout": 1}
    key = world.ALIBABA_KEY
    set_connection("busy", conn_type="cloudflows_alibaba", login=key.id, password=key.secret, extra=extra)
    sandbox.faults.add("GetCallerIdentity", "throttle", wait=30)
    assert not check("busy", ["dataworks"], None, 5.0)
    said = capsys.readouterr().out
    assert "was throttled" in said
    assert "not asked" not in said


def test_a_command_that_is_not_understood_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chek"])
    assert ended.value.code == 2
    assert "invalid choice: 'chek'" in capsys.readouterr().err


def test_a_service_that_answers_with_an_error_is_reachable(
    connections: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("alibabacloud_default", [], None, 5)
    said = capsys.readouterr().out
    assert f"  bpstudio   {connections.url}  answers GetTask with 8004, after " in said
    assert f"  dataworks  {connections.url}  answers, after " in said


def login(sandbox: Running, password: str) -> dict[str, Any]:
    """A connection that logs in as an IAM user."""
    extra = {"region": world.HUAWEI_REGION, "endpoint": sandbox.url, "auth_type": "password"}
    return {
        "conn_type": "cloudflows_huawei",
        "login": world.HUAWEI_USER_NAME,
        "password": password,
        "extra": {**extra, "domain_name": world.HUAWEI_DOMAIN_NAME},
    }


def test_a_token_is_not_shown_to_a_service_that_takes_none(
    sandbox: Running, set_connection: SetConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    set_connection("user", **login(sandbox, world.HUAWEI_USER_PASSWORD))
    assert check("user", [], None, 5)
    said = capsys.readouterr().out
    assert (
        f"Caller      the IAM user {world.HUAWEI_USER_NAME} (account {world.HUAWEI_DOMAIN_NAME}, scope project" in said
    )
    assert f"  sts        {sandbox.url}  not asked: a token proves itself to IAM" in said
    assert f"  fabric     {sandbox.url}  answers, after " in said
    assert [entry["operation"] for entry in sandbox.requests()].count("CreateToken") == 1


def test_a_wrong_password_is_tried_once(
    sandbox: Running, set_connection: SetConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several would lock the user."""
    set_connection("user", **login(sandbox, "WrongPassword01"))
    assert not check("user", [], None, 5)
    assert "WrongPassword01" not in capsys.readouterr().out
    assert [entry["operation"] for entry in sandbox.requests()] == ["CreateToken"]


def test_a_service_that_cannot_be_reached_fails_the_check_and_not_the_others(
    sandbox: Running, set_connection: SetConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    with blackhole_port() as port:
        nowhere = f"http://127.0.0.1:{port}"
        extra = {"region": "cn-hangzhou", "endpoint": sandbox.url, "dataworks_endpoint": nowhere, "connect_timeout": 1}
        login = {"login": world.ALIBABA_KEY.id, "password": world.ALIBABA_KEY.secret}
        set_connection("half", conn_type="cloudflows_alibaba", extra=extra, **login)
        assert not check("half", [], None, 2)
        said = capsys.readouterr().out
        assert f"  dataworks  {nowhere}  NOT REACHED  [CF301] DataWorks ListProjects could not connect" in said
        assert "  sts        " in said
        assert check("half", ["sts"], None, 2)
    assert "dataworks" not in capsys.readouterr().out


def test_a_service_without_a_host_says_what_to_set(
    set_connection: SetConnection, sandbox: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    login = {"login": world.HUAWEI_KEY.id, "password": world.HUAWEI_KEY.secret}
    extra = {"sts_endpoint": sandbox.url, "iam_endpoint": sandbox.url}
    set_connection("nowhere", conn_type="cloudflows_huawei", extra=extra, **login)
    assert not check("nowhere", [], None, 2)
    assert "  fabric     no address  [CF101] DataArts Fabric needs a region to find its host" in capsys.readouterr().out


def test_the_region_can_be_tried_out(connections: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("alibabacloud_default", ["sts"], "eu-central-1", 5)
    assert "region eu-central-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("conn_id", "services", "problem"),
    [
        ("no_such_connection", [], "The connection 'no_such_connection' does not exist"),
        (
            "postgres",
            [],
            "has the type 'postgres', which is none of cloudflows_alibaba, cloudflows_huawei",
        ),
        (
            "alibabacloud_default",
            ["fabric"],
            "There is no service 'fabric' here; choose among sts, dataworks",
        ),
    ],
)
@pytest.mark.usefixtures("connections")
def test_what_cannot_be_checked(
    conn_id: str,
    services: list[str],
    problem: str,
    set_connection: SetConnection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_connection("postgres", conn_type="postgres", login="me", password="Postgres0000")
    assert not check(conn_id, services, None, 5)
    said = capsys.readouterr().out
    assert "FAILED  " in said
    assert problem in said
    assert "Postgres0000" not in said


def test_a_connection_of_the_existing_provider(
    sandbox: Running, set_connection: SetConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its hosts are the vendor's, which nobody reaches from a test: what is read is told all the same."""
    keys = {"access_key_id": world.ALIBABA_KEY.id, "access_key_secret": world.ALIBABA_KEY.secret}
    set_connection("theirs", conn_type="alibaba_cloud", extra={**keys, "region": "cn-hangzhou"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nothing listens there
        assert not check("theirs", ["sts"], None, 2)
    said = capsys.readouterr().out
    assert "Connection  theirs (alibaba_cloud), region cn-hangzhou" in said
    assert "STS GetCallerIdentity could not connect" in said
    assert not [secret for secret in SECRETS if secret in said]


def test_every_service_of_a_hook_is_asked() -> None:
    for hook in (AlibabaCloudHook, HuaweiCloudHook):
        assert set(PROBES[hook]) == set(hook.service_names)
        assert {probe.service.name for probe in PROBES[hook].values()} == set(hook.service_names)
