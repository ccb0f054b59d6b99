"""The command, as a process of its own: what it prints, what stops it, what survives it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.__main__ import main
from airflow_provider_cloudflows.sandbox.faults import KINDS

from .signing import alibaba, get, huawei, workspace_path
from .test_rules import WORKFLOW

Failing = Callable[..., str]

COMMAND = [sys.executable, "-m", "airflow_provider_cloudflows.sandbox"]
PACKAGE_ROOT = Path(__file__).parents[2]


def environment(**extra: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(PACKAGE_ROOT)} | extra


@contextmanager
def process(*arguments: str, **extra: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The running command and its first three lines."""
    started = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**extra),
    )
    assert started.stdout is not None
    try:
        yield started, [started.stdout.readline().rstrip("\n") for _ in range(3)]
    finally:
        started.kill()
        started.communicate()


def url_of(lines: list[str]) -> str:
    match = re.fullmatch(r"Sandbox listening on (http://127\.0\.0\.1:[1-9]\d*)", lines[0])
    assert match, lines
    return match[1]


@pytest.fixture
def failing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Failing]:
    """Returns the one line of a command that cannot start: ``failing("--port", "0")``; it needs no process for that."""

    def line_of(*arguments: str, **extra: str) -> str:
        for name, value in extra.items():
            monkeypatch.setenv(name, value)
        signal.alarm(20)
        assert main([*arguments]) == 1
        signal.alarm(0)
        return only_line(*capsys.readouterr())

    def it_started(number: int, frame: object) -> None:
        raise AssertionError("The command started, and serves.")

    before = signal.signal(signal.SIGALRM, it_started)
    yield line_of
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def only_line(stdout: str, stderr: str) -> str:
    assert stdout == ""
    assert stderr.startswith("sandbox: ")
    assert stderr.count("\n") == 1
    return stderr


def test_prints_where_it_is_and_how_to_connect() -> None:
    with process("--port", "0") as (_, lines):
        url = url_of(lines)
        exported = subprocess.run(
            ["sh", "-c", "; ".join([*lines[1:], "env"])], capture_output=True, text=True, check=True
        ).stdout
        connections = {
            name: json.loads(value)
            for name, _, value in (line.partition("=") for line in exported.splitlines())
            if name.startswith("AIRFLOW_CONN_") and name.endswith("CLOUD_DEFAULT")
        }
        assert get(url, "/_sandbox/health").status == 200
    assert connections["AIRFLOW_CONN_ALIBABACLOUD_DEFAULT"] == {
        "conn_type": "cloudflows_alibaba",
        "login": world.ALIBABA_KEY.id,
        "password": world.ALIBABA_KEY.secret,
        "extra": {"region": "cn-hangzhou", "endpoint": url},
    }
    assert connections["AIRFLOW_CONN_HUAWEICLOUD_DEFAULT"]["conn_type"] == "cloudflows_huawei"


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_stops_quietly_when_asked(stop: signal.Signals) -> None:
    with process("--port", "0") as (running, lines):
        get(url_of(lines), "/v1/workspaces")
        with socket.create_connection(("127.0.0.1", urlsplit(url_of(lines)).port or 0)):
            running.send_signal(stop)
            stdout, stderr = running.communicate(timeout=10)
    assert (running.returncode, stdout, stderr) == (0, "", "")


def test_state_survives_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    business = {"ProjectId": "10000", "BusinessName": "daily"}
    with process("--port", "0", "--state", str(state)) as (running, lines):
        url = url_of(lines)
        first = alibaba(url, "CreateBusiness", business).json["BusinessId"]
        workflow = huawei(url, "POST", workspace_path("/soc/workflows"), WORKFLOW).json["data"]["id"]
        before = get(url, "/_sandbox/state").json
        running.kill()
        running.wait()
    with process("--port", "0", "--state", str(state)) as (_, lines):
        url = url_of(lines)
        assert get(url, "/_sandbox/state").json == before
        assert huawei(url, "GET", workspace_path(f"/soc/workflows/{workflow}")).status == 200
        assert alibaba(url, "CreateBusiness", business).status == 409
        other = alibaba(url, "CreateBusiness", business | {"BusinessName": "weekly"})
        assert other.json["BusinessId"] == first + 1


def test_port_taken(failing: Failing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        message = failing("--port", str(taken.getsockname()[1]))
    assert "--port 0" in message


def test_other_addresses_only_when_allowed(failing: Failing) -> None:
    assert "--allow-remote" in failing("--host", "0.0.0.0", "--port", "0")
    assert "--allow-remote" in failing("--host", "example.com", "--port", "0")
    with process("--host", "0.0.0.0", "--port", "0", "--allow-remote") as (_, lines):
        url = url_of(lines)
        for path in ("/", "/_sandbox/state"):
            assert get(url, path, host="build-machine:8470").status == 200


def test_state_file_that_is_no_database(tmp_path: Path, failing: Failing) -> None:
    state = tmp_path / "notes.txt"
    state.write_text("these are my notes, more than a hundred characters of them\n" * 5)
    assert str(state) in failing("--port", "0", "--state", str(state))
    assert state.read_text().startswith("these are my notes")


def test_state_file_of_something_else_is_left_alone(tmp_path: Path, failing: Failing) -> None:
    state = tmp_path / "airflow.db"
    with sqlite3.connect(state) as database:
        database.execute("CREATE TABLE dag (id TEXT)")
    database.close()
    before = state.read_bytes()
    assert "something else" in failing("--port", "0", "--state", str(state))
    assert state.read_bytes() == before


def test_state_file_in_a_missing_folder(tmp_path: Path, failing: Failing) -> None:
    state = tmp_path / "missing" / "state.db"
    assert str(state) in failing("--port", "0", "--state", str(state))


def test_state_file_in_use(tmp_path: Path, failing: Failing) -> None:
    state = tmp_path / "state.db"
    with process("--port", "0", "--state", str(state)):
        assert "in use by another process" in failing("--port", "0", "--state", str(state))


def test_keys_from_the_environment(failing: Failing) -> None:
    key = {"cloud": "alibaba", "id": "LTAIextra", "secret": "extra-5ecret"}
    with process("--port", "0", CLOUDFLOWS_SANDBOX_KEYS=json.dumps([key])) as (_, lines):
        extra = world.parse_keys(json.dumps([key]))[0]
        assert alibaba(url_of(lines), "ListProjects", key=extra).status == 200
    message = failing("--port", "0", CLOUDFLOWS_SANDBOX_KEYS='[{"secret": "5ecret"}]')
    assert "CLOUDFLOWS_SANDBOX_KEYS" in message
    assert "5ecret" not in message


def test_key_ids_must_differ(failing: Failing) -> None:
    key = {"cloud": "alibaba", "id": world.ALIBABA_KEY.id, "secret": "x"}
    assert "same id" in failing("--port", "0", CLOUDFLOWS_SANDBOX_KEYS=json.dumps([key]))


def test_misbehaves_as_told() -> None:
    rules = ["--fault", "CreateBusiness:drop:after:nth=1", "--fault", "*:error:probability=0,seed=3"]
    settings = ["--list-lag", "5", "--requests-per-second", "50", "--clock-offset", "30"]
    settings += ["--credential-seconds", "2.5", "--metadata", "v2"]
    with process("--port", "0", "--tcp-faults", *rules, *settings) as (running, lines):
        url = url_of(lines)
        with pytest.raises(http.client.RemoteDisconnected):
            alibaba(url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": "daily"})
        assert len(get(url, "/_sandbox/state").json["dataworks.business"]) == 1
        shown = get(url, "/_sandbox/settings").json
        assert [shown[name] for name in ("list_lag", "requests_per_second", "clock_offset")] == [5, 50, 30]
        assert [shown[name] for name in ("credential_seconds", "metadata")] == [2.5, "v2"]
        assert [each["hits"] for each in get(url, "/_sandbox/faults").json["faults"]] == [1, 0]
        with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)):
            running.send_signal(signal.SIGTERM)
            stdout, stderr = running.communicate(timeout=10)
    assert (running.returncode, stdout, stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "CreateBusiness:drop"], "--tcp-faults"),
        (["--fault", "CreateBusiness:dorp"], "no fault 'dorp'"),
        (["--list-lag", "-1"], "list_lag must be"),
        (["--credential-seconds", "1e9"], "credential_seconds must be"),
    ],
)
def test_cannot_misbehave_like_that(arguments: list[str], message: str, failing: Failing) -> None:
    assert message in failing("--port", "0", *arguments)


def test_truncated_answers_leave_no_trace_on_the_terminal() -> None:
    with process("--port", "0", "--fault", "*:truncated") as (running, lines):
        with pytest.raises(http.client.IncompleteRead):
            alibaba(url_of(lines), "GetCallerIdentity")
        running.send_signal(signal.SIGTERM)
        assert running.communicate(timeout=10) == ("", "")


def test_help_explains_the_rules() -> None:
    shown = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, env=environment(), check=True).stdout
    assert all(f"\n  {kind} " in shown for kind in KINDS)
    assert "CreateBusiness:drop:after:nth=1" in shown
    assert all(words in shown for words in ("--credential-seconds", "--metadata", "/_sandbox/oidc-token"))


@pytest.mark.parametrize("module", ["starlette", "uvicorn"])
def test_missing_extra_is_explained(tmp_path: Path, module: str) -> None:
    hidden = tmp_path / module
    hidden.mkdir()
    (hidden / "__init__.py").write_text(f'raise ModuleNotFoundError("No module named {module}", name="{module}")\n')
    paths = f"{tmp_path}{os.pathsep}{PACKAGE_ROOT}"
    ended = subprocess.run(
        COMMAND, capture_output=True, text=True, env=environment(PYTHONPATH=paths), timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "pip install 'airflow-provider-cloudflows[sandbox]'" in only_line(ended.stdout, ended.stderr)


def test_uses_nothing_of_the_client() -> None:
    """The modules that are loaded to serve both clouds."""
    script = "import sys; from airflow_provider_cloudflows.sandbox import app;print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True
    ).stdout.split()
    allowed = ("airflow_provider_cloudflows.sandbox", "airflow_provider_cloudflows")
    ours = [name for name in loaded if name.startswith("airflow_provider_cloudflows")]
    assert [name for name in ours if not name.startswith(allowed[0]) and name != allowed[1]] == []
    assert not {"airflow", "httpx", "pydantic", "tenacity"} & set(loaded)


def test_lags_caps_and_events_are_flags(failing: Failing) -> None:
    event = {"operation": "CreateBusiness", "action": "remove", "kind": "dataworks.business", "id": "oldest"}
    flags = ["--read-lag", "1", "--deleted-lag", "2", "--page-cap", "3", "--event", json.dumps(event)]
    with process("--port", "0", *flags) as (_, lines):
        url = url_of(lines)
        settings = get(url, "/_sandbox/settings").json
        assert [settings[name] for name in ("read_lag", "deleted_lag", "page_cap")] == [1, 2, 3]
        assert alibaba(url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": "daily"}).json["Success"] is True
        assert "dataworks.business" not in get(url, "/_sandbox/state").json
    assert "is not JSON" in failing("--event", "soon")
    assert "no kind 'thing'" in failing("--event", json.dumps(event | {"kind": "thing"}))
