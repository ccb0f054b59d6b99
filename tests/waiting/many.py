"""Thousands of waits in one real triggerer: how it copes, and what the cloud is asked.

The DAG run is real, and so is the triggerer. Its waits are not deferred by as many tasks, which would take an hour:
they are written into Airflow's database as a deferred task writes them, beside one that measures. Nothing is scheduled
while they wait, so that nothing but the triggerer is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, begun
from airflow_provider_cloudflows.sandbox.operations import Birth
from airflow_provider_cloudflows.sandbox.secmaster.workflow_instance import RESOURCE
from airflow_provider_cloudflows.services.secmaster.workflow_instance import WorkflowInstanceResource
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.watch import Watch

__all__ = ["Figures", "begin_wait", "count_calls", "measure"]

ROOT = Path(__file__).parents[2]
POLL_INTERVAL = 5.0
WATCHED = 30.0
"""Seconds in which the calls are counted, when all of them wait."""
SECONDS_EACH = 0.25
"""How long Airflow may take, at the most, to load, adopt or end one wait on a busy machine."""

DAG = """
import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

with DAG(dag_id="many", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    PythonOperator(task_id="wait", python_callable=lambda: None)
"""

# Runs in the throw-away Airflow's environment: writes the deferred tasks, or counts those that still are.
DATABASE = """
import datetime, json, sys, uuid
from sqlalchemy import func, insert, select
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.utils.session import create_session

with create_session() as session:
    if sys.argv[1] == "count":
        print(session.scalar(select(func.count()).where(TaskInstance.state == "deferred")))
    else:
        triggers = json.load(sys.stdin)
        task = session.scalar(select(TaskInstance).where(TaskInstance.map_index == -1))
        first = session.scalar(select(func.max(TaskInstance.map_index))) + 1
        columns = {one.name: getattr(task, key) for key, one in TaskInstance.__mapper__.columns.items()}
        rows = [Trigger(classpath=path, kwargs=kwargs) for path, kwargs in triggers]
        session.add_all(rows)
        session.flush()
        session.execute(insert(TaskInstance.__table__), [
            {**columns, "id": uuid.uuid4(), "map_index": index, "trigger_id": row.id, "state": "deferred"}
            for index, row in enumerate(rows, first)
        ])
"""


@dataclass
class Figures:
    """What was measured.

    :param waits: how many.
    :param lag: 99th percentile of the event loop's lag while all of them wait, in seconds.
    :param sockets: connections to the cloud at most, while all of them wait.
    :param kib: resident KiB of the triggerer for each wait.
    :param calls: calls to the cloud in :data:`WATCHED` seconds while all of them wait.
    :param single: how many calls as many single waits would have made in that time.
    :param adopted: seconds from a kill until the next triggerer has all of them.
    :param ended: seconds from the end of all runs until every task can go on; Airflow ends them one by one.
    """

    waits: int
    lag: float = 0.0
    sockets: int = 0
    kib: float = 0.0
    calls: int = 0
    single: int = 0
    adopted: float = 0.0
    ended: float = 0.0


def measure(waits: int, folder: Path, *, watched: float = WATCHED, to_the_end: bool = True) -> Figures:
    """Let ``waits`` runs be waited for by one triggerer, kill it, let the runs end.

    :param watched: seconds in which the calls are counted.
    :param to_the_end: whether there is more than the waiting; Airflow takes its time for the kill and for the end.
    """
    most_seconds = 120 + SECONDS_EACH * waits
    (folder / "many.py").write_text(DAG)
    figures = Figures(waits)
    with serve() as sandbox, _airflow(folder / "many.py", sandbox, waits) as airflow:
        run = airflow.trigger("many")
        assert airflow.wait_for(run) == "success"
        airflow.kill("scheduler")
        calls = count_calls(sandbox)
        report = folder / "report"
        base = _alone(airflow, sandbox, report)
        _write(airflow, [begin_wait(sandbox, POLL_INTERVAL) for _ in range(waits)])
        _until(lambda: _lines(report)[-1]["waits"] >= waits, most_seconds, "every wait is in the triggerer")
        _watch(figures, report, calls, base, watched)
        if to_the_end:
            figures.adopted = _kill(airflow, report, waits, most_seconds)
            sandbox.advance(100 * 3600)
            ended = time.monotonic()
            _until(lambda: _deferred(airflow) <= 1, most_seconds, "every task goes on")
            figures.ended = time.monotonic() - ended
    return figures


def count_calls(sandbox: Running) -> Counter[str]:
    """Count what ``sandbox`` is asked from now on, under ``all``."""
    calls: Counter[str] = Counter()
    handle = sandbox.sandbox.handle

    def counted(request: Any) -> Any:
        calls["all"] += 1
        return handle(request)

    sandbox.sandbox.handle = counted  # type: ignore[method-assign]
    return calls


def begin_wait(sandbox: Running, poll_interval: float) -> tuple[str, dict[str, Any]]:
    """Begin a run that lasts for hours; return the trigger that waits for it."""
    workspace_id = world.SECMASTER_WORKSPACE_ID
    store, account = sandbox.sandbox.store, world.HUAWEI_ACCOUNT
    course = begun(store.now(), Script(seconds=99 * 3600.0))
    birth = Birth(store.of(account.id), account, store.now())
    made = RESOURCE.insert(birth, {"workspace_id": workspace_id, "workflow": {"id": "w"}, COURSE: course})
    resource = WorkflowInstanceResource({"workflow_id": "w", "workspace_id": workspace_id}, {"project_id": None})
    return "airflow_provider_cloudflows.triggers.wait.WaitTrigger", {
        "cloud": "huawei",
        "conn_id": "huaweicloud_default",
        "region": None,
        "watch": Watch.of(resource, made["id"]).document(),
        "poll_interval": poll_interval,
        "deadline": time.time() + 24 * 3600,
        "cancel_on_kill": False,
    }


@contextmanager
def _airflow(dag: Path, sandbox: Running, waits: int) -> Iterator[ThrowAwayAirflow]:
    env = {**sandbox.connections, "PYTHONPATH": str(ROOT), "AIRFLOW__TRIGGERER__CAPACITY": str(2 * waits + 10)}
    quick = {"triggerer": {"job_heartbeat_sec": 1, "triggerer_health_check_threshold": 10}}
    with ThrowAwayAirflow(dag, env=env, settings=quick, with_triggerer=True) as airflow:
        yield airflow


def _alone(airflow: ThrowAwayAirflow, sandbox: Running, report: Path) -> int:
    """Let the measuring trigger run alone; return the size of the triggerer, in bytes."""
    _write(airflow, [("tests.waiting.probe.Probe", {"report": str(report), "port": sandbox.port})])
    _until(lambda: len(_lines(report)) >= 3, 120, "the measuring trigger runs")
    return int(_lines(report)[-1]["rss"])


def _watch(figures: Figures, report: Path, calls: Counter[str], base: int, watched: float) -> None:
    before, lines = calls["all"], len(_lines(report))
    time.sleep(watched)
    seen = _lines(report)[lines:]
    lags = sorted(lag for line in seen for lag in line["lags"])
    figures.lag = lags[int(len(lags) * 0.99)]
    figures.sockets = max(line["sockets"] for line in seen)
    figures.kib = (seen[-1]["rss"] - base) / 1024 / figures.waits
    figures.calls = calls["all"] - before
    figures.single = figures.waits * (Pace(POLL_INTERVAL).looks_within(watched) - 1)


def _kill(airflow: ThrowAwayAirflow, report: Path, waits: int, most_seconds: float) -> float:
    airflow.kill("triggerer")
    killed, lines = time.monotonic(), len(_lines(report))
    _until(lambda: "triggerer" in airflow.restart_ended(), 60, "the next triggerer starts")
    _until(lambda: any(one["waits"] >= waits for one in _lines(report)[lines:]), most_seconds, "it has every wait")
    return time.monotonic() - killed


def _write(airflow: ThrowAwayAirflow, triggers: list[tuple[str, dict[str, Any]]]) -> None:
    _database(airflow, "write", json.dumps(triggers))


def _deferred(airflow: ThrowAwayAirflow) -> int:
    return int(_database(airflow, "count").split()[-1])


def _database(airflow: ThrowAwayAirflow, what: str, given: str = "") -> str:
    command = [sys.executable, "-W", "ignore", "-c", DATABASE, what]
    done = subprocess.run(command, env=airflow.env, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _lines(report: Path) -> list[dict[str, Any]]:
    if not report.exists():
        return []
    return [json.loads(line) for line in report.read_text().splitlines() if line.endswith("}")]


def _until(holds: Any, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(1)
