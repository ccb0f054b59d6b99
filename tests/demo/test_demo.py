"""The demo as a person runs it: a process, what it prints, its exit code, and what it leaves behind: nothing."""

from __future__ import annotations

import http.client
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.__main__ import RUNNING
from airflow_provider_cloudflows.demo.rest import AirflowRest
from tests.demo.demo_process import Demo, leftovers, starting_demos
from tests.demo.leftovers import all_gone, marked

PROBE = Path(__file__).parent / "dags" / "probe.py"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    with starting_demos(tmp_path) as start:
        yield start


@pytest.mark.xdist_group("demo")
def test_it_provisions_five_resources_and_stays_until_ctrl_c_even_while_a_task_runs(start: Callable[..., Demo]) -> None:
    demo = start("--ui")
    demo.wait_until(lambda: "Both run until Ctrl-C." in demo.out, seconds=600)
    made = re.findall(r"^  (create_\w+(?:\[\d\])?) +(\w+) +(\S+) +(https?://\S+)$", demo.out, re.MULTILINE)
    resources = {resource for _task, resource, _id, _where in made}
    assert resources == {"Business", "DataServiceGroup", "BPStudioTask", "SecMasterWorkflow", "FabricWorkspace"}
    ids = {resource: identifier for _task, resource, identifier, _where in made}
    ran, _, downstream = demo.out.partition("What the other tasks printed or returned:")
    assert ids["FabricWorkspace"] in downstream
    assert re.search(r"^  run_workflow +workflow instance \S+ is FINISHED after \d+ s\.$", ran, re.MULTILINE)
    assert any("[1]" in task for task, *_ in made)

    port, user, password = _found(r"Airflow +http://127\.0\.0\.1:(\d+) +user (\S+), password (\S+)", demo.out)
    (sandbox,) = _found(r"Sandbox +http://(127\.0\.0\.1:\d+)", demo.out)
    assert "<html" in _page(f"127.0.0.1:{port}", "/")
    assert "<html" in _page(sandbox, "/")
    airflow = AirflowRest(int(port), user, password)
    runs = ("dags", RUNNING.stem, "dagRuns")
    run_id = airflow.post(*runs, body={"logical_date": None, "conf": {"poll_interval": 600}})["dag_run_id"]
    waiting = (*runs, run_id, "taskInstances", "run_workflow")
    demo.wait_until(lambda: airflow.get(*waiting)["state"] == "running", every=0.5)

    demo.process.send_signal(signal.SIGINT)

    assert demo.end(20) == 0
    assert demo.err == ""
    assert leftovers(demo) == []


def test_sigterm_during_the_start_stops_everything(start: Callable[..., Demo]) -> None:
    demo = start(PROBE)
    demo.wait_until(lambda: len(marked(demo.mark)) >= 4)

    demo.process.send_signal(signal.SIGTERM)

    assert demo.end(20) == 128 + signal.SIGTERM
    assert demo.err == ""
    assert leftovers(demo) == []


def test_a_failure_is_explained_and_its_logs_are_kept(start: Callable[..., Demo], tmp_path: Path) -> None:
    shadow = tmp_path / "shadow" / "airflow"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise SystemExit('This Airflow is broken.')")
    demo = start(PROBE, PYTHONPATH=str(shadow.parent))
    assert demo.end(30) == 1
    assert re.match(r"\nThe demo failed\. Airflow.*This Airflow is broken\.\n$", demo.err, re.DOTALL)
    assert "Traceback" not in demo.err
    (kept,) = _found(r"kept Airflow's home with all its logs: (\S+)", demo.out)
    # Whichever component ended first was noticed; the others were stopped before they got so far.
    assert any("This Airflow is broken." in log.read_text() for log in Path(kept).glob("*.log"))
    assert all_gone(demo.mark) == []


def test_a_missing_dag_file_is_named(start: Callable[..., Demo]) -> None:
    demo = start("no/such/dag.py")
    assert demo.end(10) == 2
    assert demo.err == ("There is no no/such/dag.py here: run this in a checkout of the project or name a DAG file.\n")


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    assert match, f"{pattern!r} is not in:\n{text}"
    return match.groups()


def _page(address: str, path: str) -> str:
    connection = http.client.HTTPConnection(address, timeout=20)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        return response.read().decode().lower()
    finally:
        connection.close()
