"""What it costs to have the plugin installed, and what its parts do, without an Airflow."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.utils.file import list_py_file_paths

from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.sandbox import journal, world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.signatures import WireRequest
from airflow_provider_cloudflows.services.secmaster.create_workflow_instance import CreateWorkflowInstance
from airflow_provider_cloudflows.testing import (
    assert_calls_at_most,
    assert_exactly_once,
    home,
    imports,
    kills,
    loopback,
    plugin,
    processes,
    results,
)
from airflow_provider_cloudflows.testing.loopback import LeftThisMachine, stay_on_this_machine
from airflow_provider_cloudflows.testing.sandbox import DELETABLE, CloudflowsSandbox
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.proxies import proxy_of_the_environment
from tests.services.clients import project

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "testing.md").read_text()


def run_pytest(folder: Path, test: str, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(textwrap.dedent(test))
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    return subprocess.run(
        command, cwd=folder, env=inherited | env, capture_output=True, text=True, timeout=120, check=False
    )


def test_loading_it_imports_no_airflow_and_no_server_and_touches_no_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file: whatever looks for something below it fails")
    done = run_pytest(
        tmp_path,
        """
        import os, sys

        def test_it(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("cloudflows")
            assert not {"airflow", "httpx", "pydantic", "starlette", "uvicorn", "sqlalchemy"} & sys.modules.keys()
            assert "AIRFLOW_HOME" not in os.environ
        """,
        HOME=str(home),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_airflow_that_has_a_home_already_is_not_used(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
        import sys, types
        sys.modules["airflow.configuration"] = types.ModuleType("airflow.configuration")

        def test_it(run_dag):
            pass
        """,
        HOME=str(tmp_path / "home"),
    )
    assert done.returncode == 1, done.stdout
    assert "set cloudflows_throw_away_home = true in pytest's configuration" in done.stdout
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "given",
    ['"CreateBusiness:drop"', "[]", '{"operation": "CreateBusiness", "kind": "drop"}'],
    ids=["a text", "nothing, which pytest would skip", "one rule"],
)
def test_a_mark_without_a_list_is_refused(given: str) -> None:
    def function(cloudflows_sandbox: object) -> None: ...

    marked = getattr(pytest.mark, plugin.MARK)(ast.literal_eval(given))(function)
    definition = SimpleNamespace(nodeid="test_it", get_closest_marker=lambda name: marked.pytestmark[0])
    metafunc = SimpleNamespace(definition=definition, fixturenames=["cloudflows_sandbox"], parametrize=pytest.fail)
    with pytest.raises(pytest.UsageError, match="give cloudflows_faults one list of rules"):
        plugin.pytest_generate_tests(metafunc)  # type: ignore[arg-type]


def test_a_fault_may_be_expected_to_fail_and_one_that_cannot_be_is_no_success(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
        import unittest
        import pytest

        @pytest.mark.cloudflows_faults([pytest.param("CreateBusiness:drop", marks=pytest.mark.xfail(strict=True))])
        def test_expected(cloudflows_sandbox):
            pass

        @pytest.mark.cloudflows_faults(["CreateBusiness:drop"])
        class TestOther(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def sandbox(self, cloudflows_sandbox):
                pass

            def test_it(self):
                pass
        """,
    )
    assert "cloudflows_faults has no effect on a method of a unittest.TestCase; make it a function." in done.stdout
    assert "1 xfailed" in done.stdout, done.stdout + done.stderr
    assert "1 error" in done.stdout


def test_no_other_airflow_is_moved_into(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "environ", {"AIRFLOW_CONFIG": "/etc/airflow.cfg", "AIRFLOW__CORE__FERNET_KEY": "theirs"})
    home._move_in(tmp_path)
    assert home._is_told(tmp_path)
    assert not {"AIRFLOW_CONFIG", "AIRFLOW__CORE__FERNET_KEY"} & os.environ.keys()

    for name in ("AIRFLOW_HOME", "AIRFLOW_CONFIG", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"):
        with monkeypatch.context() as conftest:
            conftest.setitem(os.environ, name, "theirs")
            with pytest.raises(home.HomeIsTaken, match="take that out of your conftest"):
                home.check_that_airflow_lives_in(tmp_path)


def test_a_proxy_of_the_environment_does_not_see_the_sandbox(
    cloudflows_connections: dict[str, str], cloudflows_sandbox: CloudflowsSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert proxy_of_the_environment(cloudflows_sandbox.url) is None
    assert proxy_of_the_environment("http://another.example") == "http://proxy.example:3128"


def test_two_folders_may_have_a_module_of_one_name(tmp_path: Path) -> None:
    said = []
    for folder in (tmp_path / "one", tmp_path / "two", tmp_path / "two", tmp_path / "one"):
        folder.mkdir(exist_ok=True)
        (folder / "cloudflows_helpers.py").write_text(f"WHO = {folder.name!r}")
        with imports.importing_from(folder):
            said.append(importlib.import_module("cloudflows_helpers").WHO)
        assert str(folder) not in sys.path
    assert said == ["one", "two", "two", "one"]
    assert imports.root_of(tmp_path / "one" / "team" / "dag.py", tmp_path / "one") == tmp_path / "one"
    assert imports.root_of(tmp_path / "two" / "dag.py", tmp_path / "one") == tmp_path / "two"
    assert imports.root_of(tmp_path / "two" / "dag.py", None) == tmp_path / "two"


def test_what_is_misspelt_is_refused_and_not_absent(sandbox: Running) -> None:
    clouds = CloudflowsSandbox(sandbox)
    clouds.seed("dataworks.business", ProjectId=10000, BusinessName="there")
    for misspelt in (
        lambda: clouds.resources("dataworks.business", Name="there"),
        lambda: assert_exactly_once(clouds, "dataworks.business", businessName="there"),
        lambda: clouds.made("dataworks.busines"),
        lambda: clouds.requests("CreateBusines"),
        lambda: assert_calls_at_most(clouds, {"CreateBusines": 1}),
    ):
        with pytest.raises((LookupError, ValueError), match="There is no"):
            misspelt()
    assert clouds.resources("dataworks.business", BusinessId=0) == clouds.requests("CreateBusiness") == []


def test_what_was_renamed_was_made_all_the_same(sandbox: Running) -> None:
    clouds = CloudflowsSandbox(sandbox)
    clouds.seed("dataworks.business", ProjectId=10000, BusinessName="orders")
    clouds.alter("dataworks.business", "newest", BusinessName="old_orders", Description="renamed")
    assert_exactly_once(clouds, "dataworks.business", BusinessName="orders")
    clouds.seed("dataworks.business", ProjectId=10000, BusinessName="orders")
    with pytest.raises(AssertionError, match=r"Not exactly one .* with BusinessName='orders', but 2"):
        assert_exactly_once(clouds, "dataworks.business", BusinessName="orders")
    assert_exactly_once(clouds, "dataworks.business", BusinessName="old_orders", Description="renamed")


def test_work_that_ended_is_found_by_how_it_ended(sandbox: Running) -> None:
    clouds = CloudflowsSandbox(sandbox)
    clouds.seed("secmaster.workflow", workspace_id=world.SECMASTER_WORKSPACE_ID, name="to run")
    workflow = clouds.resources("secmaster.workflow")[0]["id"]
    with client_of(sandbox) as client:
        client.call(CreateWorkflowInstance(workspace_id=world.SECMASTER_WORKSPACE_ID, workflow_id=workflow))
    clouds.advance(60)
    assert_exactly_once(clouds, "secmaster.workflow_instance", status="FINISHED")


def test_as_many_calls_are_counted_as_the_journal_keeps(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    clouds = CloudflowsSandbox(sandbox)
    for _ in range(600):
        sandbox.sandbox.handle(WireRequest("GET", "/", "Action=ListBusiness", {}, b""))
    assert_calls_at_most(clouds, {"*": 600})
    monkeypatch.setattr(journal, "LENGTH", 600)
    with pytest.raises(AssertionError, match="There were 600 calls or more"):
        assert_calls_at_most(clouds, {"*": 1000})


def test_all_tables_that_tell_of_a_run_are_read(tmp_path: Path) -> None:
    tables = {
        "dag_run": ("id TEXT, dag_id TEXT, run_id TEXT", "dr", "mine", "r1"),
        "task_instance": ("id TEXT, dag_id TEXT, run_id TEXT, dag_version_id TEXT", "ti", "mine", "r1", "v2"),
        "xcom": ("dag_id TEXT, run_id TEXT, value TEXT", "mine", "r1", "SECRET"),
        "asset_event": ("source_dag_id TEXT, source_run_id TEXT, extra TEXT", "mine", "r1", "SECRET"),
        "hitl_detail": ("ti_id TEXT, body TEXT", "ti", "SECRET"),
        "dag_run_note": ("dag_run_id TEXT, content TEXT", "dr", "SECRET"),
        "dag_code": ("dag_id TEXT, dag_version_id TEXT, source_code TEXT", "mine", "v2", "SECRET"),
        "dag_tag": ("dag_id TEXT, name TEXT", "mine", "SECRET"),
    }
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as database, database:
        for name, (columns, *row) in tables.items():
            database.execute(f"CREATE TABLE {name} ({columns})")
            other = [{"r1": "r2", "ti": "t2", "dr": "d2", "v2": "v1", "SECRET": "OTHER"}.get(one, one) for one in row]
            database.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
            if name != "dag_tag":
                database.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", other)
    written = results.what_was_written(tmp_path, "mine", "r1")
    assert {place for place, text in written.items() if "SECRET" in text} == {
        f"table {name}" for name in tables if name not in ("dag_run", "task_instance")
    }
    assert "OTHER" not in "".join(written.values())


def test_nothing_leaves_this_machine(sandbox: Running) -> None:
    with stay_on_this_machine():
        with socket.create_connection(("localhost", sandbox.port)):
            pass
        ways: list[Callable[[socket.socket], object]] = [
            lambda one: one.connect(("192.0.2.1", 80)),
            lambda one: one.connect_ex(("192.0.2.1", 80)),
            lambda one: one.sendto(b"hello", ("192.0.2.1", 53)),
            lambda one: one.sendto(b"hello", 0, ("192.0.2.1", 53)),
            lambda one: one.sendmsg([b"hello"], [], 0, ("192.0.2.1", 53)),
        ]
        for leave in ways:
            with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(LeftThisMachine, match=r"192\.0\.2\.1"):
                leave(one)
        for look_up in (socket.gethostbyname, socket.gethostbyname_ex, socket.gethostbyaddr):
            with pytest.raises(LeftThisMachine, match=r"reach api\.example;"):
                look_up("api.example")
        with pytest.raises(LeftThisMachine, match=r"api\.example:443"):
            socket.getaddrinfo(host="api.example", port=443)
        with pytest.raises(LeftThisMachine, match=r"192\.0\.2\.1:53"):
            socket.getnameinfo(("192.0.2.1", 53), 0)
    assert "connect" not in vars(socket.socket)
    assert socket.gethostbyname.__module__ == "_socket"


def test_this_machine_is_known_by_each_of_its_names(sandbox: Running) -> None:
    with stay_on_this_machine():
        for name in ("127.0.0.1", "LOCALHOST", b"localhost", None):
            assert socket.getaddrinfo(name, sandbox.port)
        assert all(map(loopback._is_here, ("::1", "::ffff:127.0.0.1", "::1%lo", "0.0.0.0")))
        assert not any(map(loopback._is_here, ("localhost.", "::ffff:192.0.2.1", "fe80::1%lo", "127.1")))
        with socket.socket() as one, pytest.raises(TypeError):
            one.connect("no address")


@pytest.mark.parametrize(("word", "ends_as"), [("finish", "FINISHED"), ("fail", "FAILED")])
def test_work_that_goes_on_ends_by_a_word(word: str, ends_as: str, sandbox: Running) -> None:
    clouds = CloudflowsSandbox(sandbox)
    workflow = clouds.seed("secmaster.workflow", workspace_id=world.SECMASTER_WORKSPACE_ID, name="to run")
    clouds.course("secmaster.workflow_instance", ending="never")
    start = CreateWorkflowInstance(workspace_id=world.SECMASTER_WORKSPACE_ID, workflow_id=workflow["id"])
    with client_of(sandbox) as client:
        client.call(start)
    (running,) = clouds.made("secmaster.workflow_instance")["secmaster.workflow_instance"]
    assert running["status"] == "RUNNING"

    assert getattr(clouds, word)("secmaster.workflow_instance", running["id"])["status"] == ends_as

    assert [one["status"] for one in clouds.resources("secmaster.workflow_instance", id=running["id"])] == [ends_as]
    with pytest.raises(ValueError, match="is over"):
        clouds.fail("secmaster.workflow_instance")
    with pytest.raises(ValueError, match="does not go on by itself"):
        clouds.finish("secmaster.workflow")


@contextmanager
def client_of(sandbox: Running | CloudflowsSandbox) -> Iterator[CloudClient]:
    transport = Transport(TransportSettings(timeout=5))
    signer = SdkHmacSigner(AccessKey(world.HUAWEI_KEY.id, world.HUAWEI_KEY.secret))
    try:
        yield CloudClient(transport, Endpoints(everywhere=sandbox.url), signer, project)
    finally:
        transport.close()


def test_what_another_person_made_is_not_the_dags(sandbox: Running) -> None:
    clouds = CloudflowsSandbox(sandbox)
    before = clouds.mark()
    clouds.seed("fabric.workspace", project_id=world.HUAWEI_PROJECT_ID, name="theirs")
    assert clouds.made() == {}
    assert not clouds.has_made("fabric.workspace")
    assert [one["name"] for one in clouds.changes(before).made["fabric.workspace"]] == ["theirs"]
    clouds.remove("fabric.workspace", "newest")
    assert clouds.resources("fabric.workspace") == []
    assert [one["name"] for one in clouds.ever("fabric.workspace")] == ["theirs"]
    with pytest.raises(LookupError, match="There is no kind"):
        clouds.resources("fabric.lakes")


def test_what_can_be_deleted_is_what_the_provider_deletes() -> None:
    operators = (ROOT / "airflow_provider_cloudflows" / "operators").glob("*/*.py")
    deleting = {
        path.stem for path in operators if re.search(r"^class Delete\w+Operator", path.read_text(), re.MULTILINE)
    }
    named = {"data_service_api": "api"}
    assert {one.partition(".")[2] for one in DELETABLE} == {named.get(one, one) for one in deleting}


KILLED = """
import json, os, sys
from types import SimpleNamespace
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.testing.in_airflow import on_task_instance_running
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.proxies import proxy_of_the_environment
from tests.services.clients import project

url, key_id, secret = sys.argv[1:]
client = CloudClient(Transport(TransportSettings(timeout=5)), Endpoints(everywhere=url),
                     SdkHmacSigner(AccessKey(key_id, secret)), project)
for name, try_number in (("commit", 1), ("other-request", 1), ("unplanned", 1), ("commit", 2)):
    child = os.fork()
    if not child:
        on_task_instance_running(None, SimpleNamespace(dag_id="trial", task_id=name, try_number=try_number))
        client.call(CreateWorkspace(name=f"{name}-{try_number}"))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_process_of_airflow_dies_where_the_plan_says_on_the_first_try(sandbox: Running, tmp_path: Path) -> None:
    plan = tmp_path / "kills.json"
    plan.write_text(json.dumps({"trial": {"commit": "after_commit", "other-request": "after_commit:DeleteWorkspace"}}))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, sandbox.url, world.HUAWEI_KEY.id, world.HUAWEI_KEY.secret],
        env=os.environ | {"CLOUDFLOWS_KILLS": str(plan), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["-9", "0", "0", "0"], done.stderr
    assert kills.deaths_of(plan).read_text().split() == ["commit"]
    made = [one["name"] for one in CloudflowsSandbox(sandbox).resources("fabric.workspace")]
    assert made == ["commit-1", "other-request-1", "unplanned-1", "commit-2"]


def test_a_plan_that_nobody_came_to_fails_the_test() -> None:
    processes.check_that_all_died({"create": "after_commit"}, {"create"}, {})
    with pytest.raises(
        processes.NotKilled, match=r"'create' did not die at waiting, .* its tasks ended as create success"
    ):
        processes.check_that_all_died({"create": "waiting"}, set(), {"create": "success"})


def test_what_a_dag_file_imports_goes_along_and_no_other_dag_is_read(tmp_path: Path) -> None:
    root, folder = tmp_path / "dags", tmp_path / "copy"
    for path in (root / "team", root / "common", root / ".git", root / "venv", folder):
        path.mkdir(parents=True)
    dag = "from airflow.sdk import DAG  # a dag\n"
    files = ["other.py", "team/my dag [1].py", "common/helpers.py", "team/query.sql", ".git/x", "venv/pyvenv.cfg"]
    for name in files:
        (root / name).write_text(dag)
    there = processes.AirflowProcesses(None, folder, tmp_path / "kills.json")  # type: ignore[arg-type]

    since = there.add(root / files[1], root)
    assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.suffix) == sorted(files[:4])
    assert list_py_file_paths(folder) == [str(folder / files[1])]
    assert there.add(root / files[1], root) == since, "nothing has changed, so Airflow need not read it again"

    (root / "common/helpers.py").write_text(f"{dag}NEW = 1\n")
    assert there.add(root / files[1], root) > since
    assert there.add(root / "other.py", root) > since
    assert sorted(list_py_file_paths(folder)) == [str(folder / name) for name in files[:2]]

    alone = tmp_path / "alone" / "other.py"
    alone.parent.mkdir()
    alone.write_text(dag)
    there.add(alone, alone.parent)
    assert [one.name for one in folder.iterdir() if one.suffix] == ["other.py"]


def test_the_log_tells_what_failed() -> None:
    line = {"event": "Task failed", "level": "error", "error_detail": [{"exc_type": "Refused", "exc_value": "no disk"}]}
    assert processes._text(line) == "Task failed\nRefused: no disk"
    assert processes._text({"event": "Made", "id": 7, "timestamp": "2026-01-01"}) == "Made id=7"


@pytest.mark.parametrize("point", ["after", "waiting:Create", "after_commit:"])
def test_a_point_that_is_none_is_refused(point: str) -> None:
    with pytest.raises(kills.UnknownPoint, match="the points are before_intent"):
        kills.check_point(point)


def test_the_page_names_every_point() -> None:
    shown = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", DOC.partition("## Kill it")[2], re.MULTILINE))
    assert shown.pop("deferred")
    assert shown == kills.POINTS


def test_the_page_shows_the_example_verbatim() -> None:
    shown = {
        f"{text}\n"
        for path in (ROOT / "tests/testing/example_project/tests").glob("*.py")
        for text in functions_in(path)
    }
    assert len(shown) == 7
    assert set(re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)) == shown


def functions_in(path: Path) -> list[str]:
    """The text of each function of a file, with its decorators."""
    lines = path.read_text().splitlines()
    functions = [one for one in ast.parse(path.read_text()).body if isinstance(one, ast.FunctionDef)]
    starts = [min([one.lineno, *(decorator.lineno for decorator in one.decorator_list)]) for one in functions]
    return ["\n".join(lines[start - 1 : one.end_lineno]) for start, one in zip(starts, functions, strict=True)]
