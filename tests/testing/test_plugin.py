"""What it costs to have the plugin installed, and what its parts do, without an Airflow."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.secmaster.create_workflow_instance import CreateWorkflowInstance
from airflow_provider_cloudflows.testing import kills
from airflow_provider_cloudflows.testing.loopback import LeftThisMachine, stay_on_this_machine
from airflow_provider_cloudflows.testing.sandbox import DELETABLE, CloudflowsSandbox
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
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


def test_a_mark_without_a_list_is_refused(tmp_path: Path) -> None:
    mark = 'cloudflows_faults("CreateBusiness:drop")'
    done = run_pytest(tmp_path, f"import pytest\n\n@pytest.mark.{mark}\ndef test_it(cloudflows_sandbox): pass\n")
    assert done.returncode != 0
    assert "give cloudflows_faults one list of rules" in done.stdout + done.stderr


def test_nothing_leaves_this_machine(sandbox: Running) -> None:
    with stay_on_this_machine():
        with socket.create_connection(("localhost", sandbox.port)):
            pass
        ways: list[Callable[[socket.socket], object]] = [
            lambda one: one.connect(("192.0.2.1", 80)),
            lambda one: one.connect_ex(("192.0.2.1", 80)),
            lambda one: one.sendto(b"hello", ("192.0.2.1", 53)),
        ]
        for leave in ways:
            with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(LeftThisMachine, match=r"192\.0\.2\.1"):
                leave(one)
        with pytest.raises(LeftThisMachine, match=r"api\.example"):
            socket.getaddrinfo("api.example", 443)
    assert "connect" not in vars(socket.socket)


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
def client_of(sandbox: Running) -> Iterator[CloudClient]:
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
    made = [one["name"] for one in CloudflowsSandbox(sandbox).resources("fabric.workspace")]
    assert made == ["commit-1", "other-request-1", "unplanned-1", "commit-2"]


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
    assert len(shown) == 6
    assert set(re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)) == shown


def functions_in(path: Path) -> list[str]:
    """The text of each function of a file, with its decorators."""
    lines = path.read_text().splitlines()
    functions = [one for one in ast.parse(path.read_text()).body if isinstance(one, ast.FunctionDef)]
    starts = [min([one.lineno, *(decorator.lineno for decorator in one.decorator_list)]) for one in functions]
    return ["\n".join(lines[start - 1 : one.end_lineno]) for start, one in zip(starts, functions, strict=True)]
