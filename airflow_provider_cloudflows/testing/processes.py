"""Runs a DAG in a real Airflow beside the test: scheduler, DAG processor, triggerer, and a process for each task.

It starts when it is first wanted, takes half a minute, and serves all tests of the session that follow. What cannot be
shown in one process is shown here: a task that is killed at a named point, a triggerer that is lost.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.testing.kills import POINTS, UnknownPoint, check_point
from airflow_provider_cloudflows.testing.results import AssetEvent, DagRun
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

__all__ = ["DEFERRED", "AirflowProcesses", "ProcessRuns", "running_airflow"]

DEFERRED = "deferred"
"""One point more than those of a worker: the triggerer dies when the task's trigger has begun to wait."""

PLUGINS = Path(__file__).with_name("airflow_plugins")
POLL_SECONDS = 0.2
EAGER = {
    # New DAG files are looked for at once, known ones are read again when they change.
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
}
QUICK_TRIGGERER = {
    # A triggerer that is killed is missed within seconds, not within half a minute.
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
}
# Nobody waits for a retry, unless a task says so itself.
SOON = {"AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1"}


class AirflowProcesses:
    """A running Airflow with a folder for DAG files and a plan of what shall be killed."""

    def __init__(self, airflow: ThrowAwayAirflow, folder: Path, plan: Path) -> None:
        self.airflow = airflow
        self.folder = folder
        self._plan = plan

    def add(self, file: Path) -> None:
        """Let Airflow read a DAG file, with the modules and data files beside it."""
        if not file.is_file():
            raise FileNotFoundError(f"There is no DAG file {file}.")
        for source in file.parent.iterdir():
            if source == file or (source.is_file() and not _may_hold_a_dag(source)):
                shutil.copy(source, self.folder / source.name)

    def kill(self, dag_id: str, points: Mapping[str, str]) -> None:
        """Plan which task of the next run dies where."""
        self._plan.write_text(json.dumps({dag_id: dict(points)}))


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
    own = {"AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS), "CLOUDFLOWS_KILLS": str(plan), "PYTHONPATH": path}
    env = EAGER | QUICK_TRIGGERER | SOON | own
    with ThrowAwayAirflow(dags, connections=by_id, env=env, with_triggerer=True) as airflow:
        yield AirflowProcesses(airflow, dags, plan)


class ProcessRuns:
    """Runs DAG files in a running Airflow: ``run_dag_processes("dags/report.py", kill={"create": "after_commit"})``."""

    def __init__(self, processes: AirflowProcesses, sandbox: CloudflowsSandbox) -> None:
        self._processes = processes
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

        :param file: a DAG file; modules and data files beside it go along, other DAG files do not.
        :param dag_id: the DAG in it.
        :param conf: the run's params.
        :param kill: by task id the point at which its first try dies: one of
            :data:`~airflow_provider_cloudflows.testing.kills.POINTS`, or ``"deferred"`` for the triggerer that waits.
        :param timeout: seconds that it may take until the DAG is read and the run has ended.
        :raises UnknownPoint: there is no such point.
        :raises ThrowAwayAirflowError: the file cannot be imported, has no such DAG, or the run does not end in time.
        """
        points = dict(kill or {})
        deferred = [task_id for task_id, point in points.items() if point == DEFERRED]
        in_workers = {task_id: point for task_id, point in points.items() if point != DEFERRED}
        for point in in_workers.values():
            _check(point)
        self._processes.add(Path(file).resolve())
        self._processes.kill(dag_id, in_workers)
        before = self._sandbox.mark()
        deadline = time.monotonic() + timeout
        run = self._airflow.trigger(dag_id, conf, timeout)
        for task_id in deferred:
            self._kill_triggerer(run, task_id, deadline)
        self._airflow.wait_for(run, max(1.0, deadline - time.monotonic()))
        return self._result(run, before)

    def _kill_triggerer(self, run: Run, task_id: str, deadline: float) -> None:
        """Kill the triggerer when it waits for a task, and start the next one."""
        self._until(lambda: self._has_begun(run, task_id), f"the wait of {task_id!r} in the triggerer", deadline)
        self._airflow.kill("triggerer")
        self._until(lambda: "triggerer" in self._airflow.restart_ended(), "the end of the triggerer", deadline)

    def _has_begun(self, run: Run, task_id: str) -> bool:
        """Tell whether the trigger of a task runs: it has a log of its own then."""
        logs = self._airflow.home.glob(f"logs/dag_id={run.dag_id}/*/task_id={task_id}/*.trigger.*")
        return any(" starting" in log.read_text() for log in logs)

    def _until(self, holds: Callable[[], bool], what: str, deadline: float) -> None:
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"In time did not come: {what}.")
            time.sleep(POLL_SECONDS)

    def _result(self, run: Run, before: Any) -> DagRun:
        instances = self._airflow.task_instances(run)
        place = ("dags", run.dag_id, "dagRuns", run.run_id)
        said = (
            self._airflow.log(run, one.task_id, number, one.map_index)
            for one in instances
            for number in range(1, one.try_number + 1)
        )

        def read_xcom(task_id: str, key: str, map_index: int) -> Any:
            try:
                return self._airflow.xcom(run, task_id, key, map_index)
            except KeyError:
                return None

        return DagRun(
            dag_id=run.dag_id,
            run_id=run.run_id,
            state=self._airflow.rest.get(*place)["state"],
            states={one.label: str(one.state) for one in instances},
            tries={one.label: one.try_number for one in instances},
            asset_events=self._asset_events(run),
            sandbox=self._sandbox.changes(before),
            log="\n".join(str(line.get("event", line)) for lines in said for line in lines),
            home=self._airflow.home,
            read_xcom=read_xcom,
        )

    def _asset_events(self, run: Run) -> list[AssetEvent]:
        rows = self._airflow.rest.get(
            "assets", "events", source_dag_id=run.dag_id, source_run_id=run.run_id, order_by="timestamp", limit=100
        )["asset_events"]
        return [AssetEvent(row["uri"], row["name"], row["source_task_id"], row["extra"] or {}) for row in rows]


def _may_hold_a_dag(file: Path) -> bool:
    """Tell as Airflow does, which reads no file without these words."""
    text = file.read_bytes().lower()
    return file.suffix == ".py" and b"dag" in text and b"airflow" in text


def _check(point: str) -> None:
    try:
        check_point(point)
    except UnknownPoint as unknown:
        raise UnknownPoint(f"{unknown} Or {DEFERRED!r}, for the triggerer.") from None


assert DEFERRED not in POINTS
