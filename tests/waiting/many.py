"""Thousands of waits in one real triggerer: how it copes, and what the cloud is asked.

The triggerer is real, and so is its database. Its waits are not deferred by as many tasks, which would take an hour:
they are written as a deferred task writes them, beside one that measures. No other part of Airflow is started: none has
anything to do while tasks are deferred, and nothing but the triggerer is to be measured.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.demo.processes import Component, members, stop
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
from airflow.sdk import DAG, BaseOperator

with DAG("many", schedule=None):
    BaseOperator(task_id="wait")
"""

# A process in the environment of the triggerer. It makes the database and the run of the DAG, and then answers each
# line of its input with one of its output: a list of triggers is written as one deferred task each, an empty one counts
# those that still are.
DATABASE = """
import json, os, sys, uuid
from pathlib import Path

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # Airflow may have something to say of its own

from airflow.api.common.trigger_dag import trigger_dag
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from sqlalchemy import func, insert, select
from airflow_provider_cloudflows.testing.dag_runs import read_dags, record_dags

def defer(triggers):
    with create_session() as session:
        task = session.scalar(select(TaskInstance).where(TaskInstance.map_index == -1))
        first = session.scalar(select(func.max(TaskInstance.map_index))) + 1
        id_of = TaskInstance.__table__.c.id.type.python_type  # before 3.3 a text
        columns = {one.name: getattr(task, key) for key, one in TaskInstance.__mapper__.columns.items()}
        rows = [Trigger(classpath=path, kwargs=kwargs) for path, kwargs in triggers]
        session.add_all(rows)
        session.flush()
        session.execute(insert(TaskInstance.__table__), [
            {**columns, "id": id_of(str(uuid.uuid4())), "map_index": index, "trigger_id": row.id, "state": "deferred"}
            for index, row in enumerate(rows, first)
        ])

def count():
    with create_session() as session:
        return session.scalar(select(func.count()).where(TaskInstance.state == "deferred"))

initdb()
record_dags(read_dags(Path(sys.argv[1])))
trigger_dag("many", triggered_by=DagRunTriggeredByType.TEST)
print("ready", file=answers, flush=True)
for line in sys.stdin:
    triggers = json.loads(line)
    print(defer(triggers) if triggers else count(), file=answers, flush=True)
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


def measure(
    waits: int, folder: Path, *, watched: float = WATCHED, to_the_end: bool = True, is_thrifty: bool = False
) -> Figures:
    """Let ``waits`` runs be waited for by one triggerer, kill it, let the runs end.

    :param watched: seconds in which the calls are counted.
    :param to_the_end: whether there is more than the waiting; Airflow takes its time for the kill and for the end.
    :param is_thrifty: whether the triggerer neither logs the start of each wait nor decrypts it, half of its work.
    """
    most_seconds = 120 + SECONDS_EACH * waits
    figures = Figures(waits)
    with serve() as sandbox, _triggerer(folder, sandbox, waits, is_thrifty) as triggerer:
        calls = count_calls(sandbox)
        report = folder / "report"
        base = _alone(triggerer, sandbox, report)
        triggerer.defer([begin_wait(sandbox, POLL_INTERVAL) for _ in range(waits)])
        _until(lambda: _lines(report)[-1]["waits"] >= waits, most_seconds, "every wait is in the triggerer")
        _watch(figures, report, calls, base, watched)
        if to_the_end:
            figures.adopted = _kill(triggerer, report, waits, most_seconds)
            sandbox.advance(100 * 3600)
            ended = time.monotonic()
            _until(lambda: triggerer.deferred() <= 1, most_seconds, "every task goes on")
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


class Triggerer:
    """Airflow's triggerer on a database of its own, and the process that writes tasks into that.

    :param folder: an empty one, for Airflow's home.
    :param env: of both processes.
    """

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._env = env
        self._database = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", DATABASE, str(folder / "dags" / "many.py")],
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"
        self._component = self._start()

    def defer(self, triggers: list[tuple[str, dict[str, Any]]]) -> None:
        """Write a deferred task for each of the triggers."""
        self._ask(triggers)

    def deferred(self) -> int:
        """Return how many tasks are deferred."""
        return int(self._ask([]))

    def replace(self) -> None:
        """Kill the triggerer with all of its processes, and start the next one."""
        for pid in members([self._component.session]):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        stop([self._component])
        self._component = self._start()

    def stop(self) -> None:
        """Stop everything."""
        stop([self._component])
        self._database.communicate()

    def _start(self) -> Component:
        command = [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"]
        return Component("triggerer", command, self._env, self._folder)

    def _ask(self, triggers: list[tuple[str, dict[str, Any]]]) -> str:
        assert self._database.stdin is not None
        self._database.stdin.write(json.dumps(triggers) + "\n")
        self._database.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        """Return the next line of output."""
        assert self._database.stdout is not None
        line = self._database.stdout.readline()
        assert line, "the process at the database has ended; what it said is on standard error"
        return line.strip()


@contextmanager
def _triggerer(folder: Path, sandbox: Running, waits: int, is_thrifty: bool) -> Iterator[Triggerer]:
    (folder / "dags").mkdir()
    (folder / "dags" / "many.py").write_text(DAG)
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        **sandbox.connections,
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": "" if is_thrifty else base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING" if is_thrifty else "INFO",
        "AIRFLOW__TRIGGERER__CAPACITY": str(2 * waits + 10),
        # One that is killed is missed after seconds.
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
        "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
        "PYTHONPATH": str(ROOT),
    }
    triggerer = Triggerer(folder, env)
    try:
        yield triggerer
    finally:
        triggerer.stop()


def _alone(triggerer: Triggerer, sandbox: Running, report: Path) -> int:
    """Let the measuring trigger run alone; return the size of the triggerer, in bytes."""
    triggerer.defer([("tests.waiting.probe.Probe", {"report": str(report), "port": sandbox.port})])
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


def _kill(triggerer: Triggerer, report: Path, waits: int, most_seconds: float) -> float:
    killed, lines = time.monotonic(), len(_lines(report))
    triggerer.replace()
    _until(lambda: any(one["waits"] >= waits for one in _lines(report)[lines:]), most_seconds, "it has every wait")
    return time.monotonic() - killed


def _lines(report: Path) -> list[dict[str, Any]]:
    if not report.exists():
        return []
    return [json.loads(line) for line in report.read_text().splitlines() if line.endswith("}")]


def _until(holds: Any, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(1)
