"""The throw-away Airflow really runs DAGs, says what is wrong, and leaves nothing behind."""

from __future__ import annotations

import http.client
import re
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from airflow.utils.file import list_py_file_paths

from airflow_provider_cloudflows.demo import __main__ as demo
from airflow_provider_cloudflows.demo import report
from airflow_provider_cloudflows.demo.__main__ import RunFailed, run_dags
from airflow_provider_cloudflows.demo.airflow_home import (
    Run,
    ThrowAwayAirflow,
    ThrowAwayAirflowError,
)
from tests.demo.leftovers import MARK, all_gone
from tests.demo.shared_airflow import add_dag

pytestmark = pytest.mark.xdist_group("airflow")

PROBE = Path(__file__).parent / "dags" / "probe.py"


@pytest.fixture(scope="module")
def succeeded(shared_airflow: ThrowAwayAirflow) -> Run:
    add_dag(shared_airflow, PROBE)
    run = shared_airflow.trigger("probe", conf={"thing": "wheel"})
    assert shared_airflow.wait_for(run, timeout=90) == "success"
    return run


def test_a_run_returns_its_values(shared_airflow: ThrowAwayAirflow, succeeded: Run) -> None:
    assert shared_airflow.xcom(succeeded, "create_single") == "id-of-wheel"
    assert shared_airflow.xcom(succeeded, "create_many", map_index=1) == "id-of-right"
    assert shared_airflow.xcom(succeeded, "create_single", key="response")["name"] == "wheel"
    with pytest.raises(KeyError, match="no such key"):
        shared_airflow.xcom(succeeded, "create_single", key="no such key")


def test_tasks_run_in_processes_of_their_own(shared_airflow: ThrowAwayAirflow, succeeded: Run) -> None:
    pids = {shared_airflow.xcom(succeeded, "create_single", key="response")["pid"]} | {
        shared_airflow.xcom(succeeded, "create_many", key="response", map_index=index)["pid"] for index in (0, 1)
    }
    assert len(pids) == 3
    assert {task.pid for task in shared_airflow.task_instances(succeeded)} >= pids


def test_a_run_is_reported_with_ids_and_links(shared_airflow: ThrowAwayAirflow, succeeded: Run) -> None:
    rows = report.created(shared_airflow, succeeded, elsewhere="the sandbox")
    assert sorted(row[:-1] for row in rows) == [
        ("create_many[0]", "Thing", "id-of-left", "the sandbox"),
        ("create_many[1]", "Thing", "id-of-right", "the sandbox"),
        ("create_single", "Thing", "id-of-wheel", "the sandbox"),
    ]
    assert len({row[-1] for row in rows}) == 1, "one machine ran them all"
    assert report.received(shared_airflow, succeeded) == [("tell", "received id-of-wheel")]


@pytest.fixture(scope="module")
def failing(shared_airflow: ThrowAwayAirflow) -> str:
    """A DAG that fails; Airflow has read it, or will soon."""
    (shared_airflow.dags_folder / "failing.py").write_text(
        PROBE.read_text()
        .replace('"probe",', '"failing",', 1)
        .replace('"fail": Param("")', '"fail": Param("the quota is used up")', 1)
    )
    return "failing"


def test_a_failed_run_is_explained_with_the_task_and_its_reason(shared_airflow: ThrowAwayAirflow, failing: str) -> None:
    said: list[str] = []
    with pytest.raises(RunFailed) as failed:
        run_dags(shared_airflow, [failing], said.append)
    message = str(failed.value)
    assert message.startswith("The run of failing ended as failed.\nTask tell, failed on try 1:\n")
    assert message.endswith("AirflowFailException: the quota is used up") or "the quota is used up\n" in message
    assert "create_single" not in message
    assert said == ["running the DAG failing"]


def test_a_demo_that_nobody_keeps_open_prints_what_was_made_and_ends_with_0(
    shared_airflow: ThrowAwayAirflow,
    succeeded: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What it starts for itself and stops again is in ``test_demo.py``; here it gets an Airflow that runs."""
    asked: dict[str, Any] = {}

    def running(*_: Path, **more: Any) -> AbstractContextManager[ThrowAwayAirflow]:
        asked.update(more)
        return nullcontext(shared_airflow)

    monkeypatch.setattr(demo, "ThrowAwayAirflow", running)
    monkeypatch.setattr(demo, "STOP_SIGNALS", ())
    assert demo.main([str(PROBE), "--dag-id", succeeded.dag_id]) == 0
    assert asked["with_triggerer"], "a DAG that a user names may be deferred"
    printed = capsys.readouterr().out
    assert re.search(r"^  create_many\[1\] +Thing +id-of-right +https?://", printed, re.MULTILINE)
    assert re.search(r"s\] stopping Airflow and the sandbox\n.*s\] stopped everything that was started\n$", printed)


def test_several_dags_need_a_choice(shared_airflow: ThrowAwayAirflow, succeeded: Run, failing: str) -> None:
    deadline = time.monotonic() + 60
    while failing not in shared_airflow.dag_ids() and time.monotonic() < deadline:
        time.sleep(0.2)
    with pytest.raises(RunFailed, match=r"^There are several DAGs, name one with --dag-id: .*failing,.* probe\b.*\.$"):
        run_dags(shared_airflow, [], lambda _line: None)


def test_only_what_was_triggered_has_run(shared_airflow: ThrowAwayAirflow, succeeded: Run) -> None:
    """The DAG has a schedule in the past, so a scheduler that follows schedules would have run it as well."""
    runs = shared_airflow.rest.get("dags", "probe", "dagRuns")["dag_runs"]
    assert succeeded.run_id in {run["dag_run_id"] for run in runs}
    assert {run["run_type"] for run in runs} == {"manual"}


def test_it_is_private(shared_airflow: ThrowAwayAirflow, succeeded: Run) -> None:
    connection = http.client.HTTPConnection(shared_airflow.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/api/v2/dags")
    assert connection.getresponse().status == 401
    connection.close()
    assert shared_airflow.home.stat().st_mode & 0o077 == 0


def test_an_unknown_dag_is_named(shared_airflow: ThrowAwayAirflow) -> None:
    with pytest.raises(ThrowAwayAirflowError, match=r"^Airflow found no DAG 'absent' in .* within 0 s\."):
        shared_airflow.trigger("absent", timeout=0)


def test_a_file_that_cannot_be_imported_is_named_with_the_reason(shared_airflow: ThrowAwayAirflow) -> None:
    broken = shared_airflow.dags_folder / "broken.py"
    broken.write_text("from airflow.sdk import DAG\nimport no_such_module\n")
    try:
        with pytest.raises(ThrowAwayAirflowError, match=r"(?s)^Airflow could not import .*broken\.py.*no_such_module"):
            shared_airflow.trigger("absent", timeout=60)
    finally:
        broken.unlink()
        deadline = time.monotonic() + 30
        while shared_airflow.rest.get("importErrors")["import_errors"] and time.monotonic() < deadline:
            time.sleep(0.2)


def test_a_start_that_fails_stops_what_it_started_and_keeps_the_logs(tmp_path: Path) -> None:
    mark = tmp_path.name
    said: list[str] = []
    airflow = ThrowAwayAirflow(PROBE, env={MARK: mark}, startup_timeout=0, say=said.append)
    with pytest.raises(ThrowAwayAirflowError, match=r"(?s)not ready within 0 s\. .*--- api-server"), airflow:
        pytest.fail("It cannot have started in no time.")
    assert all_gone(mark) == []
    kept = re.fullmatch(r"kept Airflow's home with all its logs: (.+)", said[-1])
    assert kept
    assert Path(kept[1], "api-server.log").exists()
    airflow.forget()
    assert not Path(kept[1]).exists()


@pytest.mark.filterwarnings("ignore:GitWildMatchPattern")  # Airflow's
@pytest.mark.parametrize("name", ["orders.py", "orders [of 2026] !.py"])
def test_a_named_file_holds_the_only_dags_and_finds_what_lies_beside_it(tmp_path: Path, name: str) -> None:
    beside = tmp_path / "dags"
    (beside / "queries").mkdir(parents=True)
    for path in (name, "another.py", "queries/more.py"):
        (beside / path).write_text("from airflow.sdk import DAG")
    (beside / "orders.sql").write_text("SELECT 1")
    airflow = ThrowAwayAirflow(beside / name, startup_timeout=0)
    with pytest.raises(ThrowAwayAirflowError, match="not ready"), airflow:
        pytest.fail("It cannot have started in no time.")
    assert list_py_file_paths(airflow.dags_folder) == [str(airflow.dags_folder / name)]
    for path in ("another.py", "queries/more.py", "orders.sql"):
        assert (airflow.dags_folder / path).read_bytes() == (beside / path).read_bytes()
    airflow.forget()
