"""Runs a DAG in a real Airflow beside the test: scheduler, DAG processor, triggerer, and a process for each task.

It starts when it is first wanted, takes half a minute, and serves all tests of the session that follow. What cannot be
shown in one process is shown here: a task that is killed at a named point, a triggerer that is lost.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.demo.airflow_home import FINISHED, PAGE, Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.dag_folder import IGNORE_FILE, all_but
from airflow_provider_cloudflows.testing.imports import root_of
from airflow_provider_cloudflows.testing.kills import POINTS, UnknownPoint, check_point, deaths_of
from airflow_provider_cloudflows.testing.results import AssetEvent, DagRun, label
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

__all__ = ["DEFERRED", "AirflowProcesses", "NotKilled", "ProcessRuns", "running_airflow"]

DEFERRED = "deferred"
"""One point more than those of a worker: the triggerer dies when the task's trigger has begun to wait."""

PLUGINS = Path(__file__).with_name("airflow_plugins")
POLL_SECONDS = 0.2
EAGER = {
    # New DAG files are looked for at once, known ones are read again when they change.
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    # A DAG that is another one now is not kept waiting either: by default what was written lately stays for a while.
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_FETCH_INTERVAL": "0",
}
QUICK_TRIGGERER = {
    # A triggerer that is killed is missed within seconds, not within half a minute.
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
}
# Nobody waits for a retry, unless a task says so itself.
SOON = {"AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1"}


class NotKilled(AssertionError):
    """What was to be killed did not come to the point where it should have been, so the run shows nothing."""


class AirflowProcesses:
    """A running Airflow with a folder for DAG files and a plan of what shall be killed."""

    def __init__(self, airflow: ThrowAwayAirflow, folder: Path, plan: Path) -> None:
        self.airflow = airflow
        self.folder = folder
        self._plan = plan
        self._root: Path | None = None
        self._read_since: dict[str, float] = {}

    def add(self, file: Path, root: Path) -> float:
        """Let Airflow read a DAG file; what is in ``root``, where it imports from, goes along.

        Return the time (seconds since 1970) since when it has been as it is now.
        """
        if not file.is_file():
            raise FileNotFoundError(f"There is no DAG file {file}.")
        if root != self._root:
            _empty(self.folder)
            self._root, self._read_since = root, {}
        name, now = file.relative_to(root).as_posix(), time.time()
        if _copy(root, self.folder) or name not in self._read_since:
            # Airflow reads a file again when it is newer than the last time.
            (self.folder / name).touch()
            self._read_since[name] = now
            (self.folder / IGNORE_FILE).write_text(all_but(self._read_since))
        return self._read_since[name]

    def kill(self, dag_id: str, points: Mapping[str, str]) -> None:
        """Plan which task of the next run dies where."""
        deaths_of(self._plan).unlink(missing_ok=True)
        self._plan.write_text(json.dumps({dag_id: dict(points)}))

    def killed(self) -> set[str]:
        """Return the tasks that died by the plan."""
        deaths = deaths_of(self._plan)
        return set(deaths.read_text().splitlines()) if deaths.exists() else set()


@contextmanager
def running_airflow(connections: Mapping[str, str], folder: Path) -> Iterator[AirflowProcesses]:
    """Start an Airflow, and stop all of it at the end of the block.

    :param connections: environment variable to value.
    :param folder: an empty folder for its DAG files and the plan of kills.
    """
    dags, plan = folder / "dags", folder / "kills.json"
    dags.mkdir()
    by_id = {name.removeprefix("AIRFLOW_CONN_").lower(): value for name, value in connections.items()}
    # A process that Airflow starts imports what this one can.
    path = os.pathsep.join(one for one in sys.path if one)
    env = EAGER | QUICK_TRIGGERER | SOON | reading_kills_from(plan) | {"PYTHONPATH": path}
    with ThrowAwayAirflow(dags, connections=by_id, env=env, with_triggerer=True) as airflow:
        yield AirflowProcesses(airflow, dags, plan)


def reading_kills_from(plan: Path) -> dict[str, str]:
    """Return the environment in which the tasks of an Airflow die by the plan in a file, and stay on this machine."""
    return {"AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS), "CLOUDFLOWS_KILLS": str(plan)}


class ProcessRuns:
    """Runs DAG files in a running Airflow: ``run_dag_processes("dags/report.py", kill={"create": "after_commit"})``."""

    def __init__(
        self, processes: AirflowProcesses, sandbox: CloudflowsSandbox, dags_folder: Path | None = None
    ) -> None:
        self._processes = processes
        self._dags_folder = dags_folder
        self._airflow = processes.airflow
        self._sandbox = sandbox

    def __call__(
        self,
        file: str | os.PathLike[str],
        *,
        dag_id: str,
        conf: Mapping[str, Any] | None = None,
        kill: Mapping[str, str] | None = None,
        timeout: float = 300.0,
    ) -> DagRun:
        """Run a DAG to its end, and return what it left behind; a task that fails is no exception.

        :param file: a DAG file; modules and data files of the folder that it imports from go along, and its other
            DAG files are not read.
        :param dag_id: the DAG in it.
        :param conf: the run's params.
        :param kill: by task id the point at which its first try dies: one of
            :data:`~airflow_provider_cloudflows.testing.kills.POINTS`, or ``"deferred"`` for the triggerer that waits.
        :param timeout: seconds that it may take until the DAG is read and the run has ended.
        :raises UnknownPoint: there is no such point.
        :raises NotKilled: the run ended, and what was to be killed did not come to its point.
        :raises ThrowAwayAirflowError: the file cannot be imported, has no such DAG, or the run does not end in time.
        """
        points = dict(kill or {})
        deferred = [task_id for task_id, point in points.items() if point == DEFERRED]
        in_workers = {task_id: point for task_id, point in points.items() if point != DEFERRED}
        for point in in_workers.values():
            _check(point)
        path = Path(file).resolve()
        since = self._processes.add(path, root_of(path, self._dags_folder))
        self._processes.kill(dag_id, in_workers)
        before = self._sandbox.mark()
        deadline = time.monotonic() + timeout
        run = self._airflow.trigger(dag_id, conf, timeout, since=since)
        for task_id in deferred:
            self._kill_triggerer(run, task_id, deadline)
        self._airflow.wait_for(run, max(1.0, deadline - time.monotonic()))
        result = self._result(run, before)
        check_that_all_died(in_workers, self._processes.killed(), result.states)
        return result

    def _kill_triggerer(self, run: Run, task_id: str, deadline: float) -> None:
        """Kill the triggerer when it waits for a task, and start the next one."""

        def has_begun() -> bool:
            if self._airflow.is_waited_for(run, task_id):
                return True
            if self._state(run) in FINISHED:
                raise _not_killed(
                    task_id, DEFERRED, {one.label: one.state for one in self._airflow.task_instances(run)}
                )
            return False

        self._until(has_begun, f"the wait of {task_id!r} in the triggerer", deadline)
        self._airflow.kill("triggerer")
        self._until(lambda: "triggerer" in self._airflow.restart_ended(), "the end of the triggerer", deadline)

    def _state(self, run: Run) -> str:
        state: str = self._airflow.rest.get("dags", run.dag_id, "dagRuns", run.run_id)["state"]
        return state

    def _until(self, holds: Callable[[], bool], what: str, deadline: float) -> None:
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"In time did not come: {what}.")
            time.sleep(POLL_SECONDS)

    def _result(self, run: Run, before: Any) -> DagRun:
        instances = self._airflow.task_instances(run)
        known = {(one.task_id, one.map_index) for one in instances}
        said = (
            self._airflow.log(run, one.task_id, number, one.map_index)
            for one in instances
            for number in range(1, one.try_number + 1)
        )

        def read_xcom(task_id: str, key: str, map_index: int) -> Any:
            if (task_id, map_index) not in known:
                raise KeyError(f"Run {run.run_id} has no task {label(task_id, map_index)}.")
            try:
                return self._airflow.xcom(run, task_id, key, map_index)
            except KeyError:
                return None

        return DagRun(
            dag_id=run.dag_id,
            run_id=run.run_id,
            state=self._state(run),
            states={one.label: str(one.state) for one in instances},
            tries={one.label: one.try_number for one in instances},
            asset_events=self._asset_events(run),
            sandbox=self._sandbox.changes(before),
            log="\n".join(_text(line) for lines in said for line in lines),
            home=self._airflow.home,
            read_xcom=read_xcom,
        )

    def _asset_events(self, run: Run) -> list[AssetEvent]:
        query = {"source_dag_id": run.dag_id, "source_run_id": run.run_id, "order_by": "timestamp", "limit": PAGE}
        rows: list[dict[str, Any]] = []
        while True:
            page = self._airflow.rest.get("assets", "events", **query, offset=len(rows))
            rows += page["asset_events"]
            if not page["asset_events"] or len(rows) >= page["total_entries"]:
                break
        return [AssetEvent(row["uri"], row["name"], row["source_task_id"], row["extra"] or {}) for row in rows]


def check_that_all_died(points: Mapping[str, str], died: set[str], states: Mapping[str, str | None]) -> None:
    """Check that each task of a plan died: what was not killed shows nothing of a kill.

    :raises NotKilled: one did not come to its point.
    """
    for task_id in sorted(points.keys() - died):
        raise _not_killed(task_id, points[task_id], states)


def _not_killed(task_id: str, point: str, states: Mapping[str, str | None]) -> NotKilled:
    ended = ", ".join(f"{task} {state}" for task, state in states.items())
    is_there = any(task.partition("[")[0] == task_id for task in states)
    why = "its first try did not come there" if is_there else "the DAG has no such task"
    return NotKilled(
        f"Task {task_id!r} did not die at {point}, since {why}, so this run shows nothing; its tasks ended as {ended}."
    )


def _text(line: Mapping[str, Any]) -> str:
    """A line of a log as a person reads it: what was said, what belongs to it, and the errors behind it."""
    more = " ".join(f"{name}={value}" for name, value in line.items() if name not in _FRAME)
    errors = [f"{error.get('exc_type')}: {error.get('exc_value')}" for error in line.get("error_detail") or ()]
    return "\n".join([f"{line.get('event', '')} {more}".strip(), *errors])


_FRAME = ("event", "error_detail", "timestamp", "level", "logger", "filename", "lineno", "chan", "loc")


def _copy(source: Path, target: Path) -> bool:
    """Copy a folder over another, without what is hidden or installed; tell whether anything was another one there."""
    is_other = False
    for file in source.iterdir():
        if file.name.startswith(".") or file.name == "__pycache__" or (file / "pyvenv.cfg").exists():
            continue
        copy = target / file.name
        if file.is_dir():
            copy.mkdir(exist_ok=True)
            is_other |= _copy(file, copy)
        elif not copy.is_file() or not filecmp.cmp(file, copy, shallow=False):
            shutil.copyfile(file, copy)
            is_other = True
    return is_other


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _check(point: str) -> None:
    try:
        check_point(point)
    except UnknownPoint as unknown:
        raise UnknownPoint(f"{unknown} Or {DEFERRED!r}, for the triggerer.") from None


assert DEFERRED not in POINTS
