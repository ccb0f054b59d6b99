"""Celery workers beside a throw-away Airflow: each a separate process tree with a separate home, as on machines apart.

    with PostgreSQL() as database, Redis() as broker:
        with ThrowAwayAirflow(dags, settings=celery_settings(database, broker)) as airflow:
            with CeleryWorkers(airflow, ["worker-1", "worker-2"]):
                airflow.wait_for(airflow.trigger("my_dag"))

What real machines would share is shared here: the DAG files, the secrets in ``airflow.cfg``, and the folder of task
logs. Distribution is Airflow's own; this only starts what an operator of Airflow would start.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from types import TracebackType
from typing import Self

from airflow_provider_cloudflows.demo import servers, worker_name
from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from airflow_provider_cloudflows.demo.processes import Component, members, signals_held_back, stop

PYTHON_PACKAGES = ("apache-airflow-providers-celery", "psycopg2-binary", "asyncpg")
POLL_SECONDS = 0.05


class WorkerError(Exception):
    """A worker did not start; the message holds the end of its log."""


def check_installed() -> None:
    """Do nothing where both servers and Airflow's Celery executor can be started.

    :raises ServerMissing: when they cannot; says what to install.
    """
    servers.check_installed()
    for package in PYTHON_PACKAGES:
        try:
            distribution(package)
        except PackageNotFoundError as error:
            raise servers.ServerMissing(
                f"Not installed: {package}; install with 'pip install {' '.join(PYTHON_PACKAGES)}', or use "
                "'make demo-distributed'."
            ) from error


def celery_settings(
    database: servers.PostgreSQL, broker: servers.Redis, concurrency: int = 2
) -> dict[str, dict[str, object]]:
    """Return what airflow.cfg says when tasks go through ``broker`` to workers of ``concurrency`` slots each."""
    return {
        "core": {"executor": "CeleryExecutor"},
        # The driver is named, since SQLAlchemy 2.1 takes psycopg 3 where it is not.
        "database": {"sql_alchemy_conn": f"postgresql+psycopg2://{database.address}"},
        "celery": {
            "broker_url": f"redis://{broker.address}/0",
            "result_backend": f"db+postgresql+psycopg2://{database.address}",
            "worker_concurrency": concurrency,
        },
    }


class CeleryWorkers:
    """Running workers by name; a context manager.

    :param airflow: a running Airflow with :func:`celery_settings`.
    :param names: what Airflow shows as the host of a task.
    :param env: more environment of single workers, by name.
    :param timeout: seconds until a worker must be ready.
    """

    def __init__(
        self,
        airflow: ThrowAwayAirflow,
        names: Sequence[str],
        *,
        env: Mapping[str, Mapping[str, str]] | None = None,
        timeout: float = 120.0,
    ) -> None:
        self._airflow = airflow
        self._names = names
        self._env = dict(env or {})
        self._timeout = timeout
        self._workers: dict[str, Component] = {}

    def __enter__(self) -> Self:
        try:
            self.start(*self._names)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def start(self, *names: str) -> None:
        """Start the workers of these names, or new ones in place of dead ones; return when they take tasks."""
        for name in names:
            self._start(name)
        deadline = time.monotonic() + self._timeout
        while waiting := [name for name in names if not self._is_ready(name)]:
            for name in waiting:
                worker = self._workers[name]
                if worker.exit_code is not None or time.monotonic() > deadline:
                    raise WorkerError(f"The {name} did not start. The end of its log:\n{worker.last_lines()}")
            time.sleep(POLL_SECONDS)

    def main_process(self, name: str) -> int:
        """Return the pid of a worker's main process, the parent of its pool."""
        return self._workers[name].session

    def is_dead(self, name: str) -> bool:
        """Tell whether a worker's main process has ended."""
        return self._workers[name].exit_code is not None

    def processes(self, name: str) -> list[int]:
        """Return the pids of everything that a worker started and that lives, itself included."""
        return members([self._workers[name].session])

    def kill(self, name: str) -> None:
        """End every process of a worker at once, as losing the machine would."""
        worker = self._workers[name]
        for pid in self.processes(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        stop([worker])

    def _start(self, name: str) -> None:
        if name in self._workers:
            stop([self._workers[name]])  # what a dead main process left behind, as a service manager does
        home = self._airflow.home / "workers" / name
        if home.exists():
            shutil.rmtree(home)  # the pid file of a dead worker keeps its successor from starting
        home.mkdir(parents=True)
        shutil.copy(self._airflow.home / "airflow.cfg", home)
        env = {
            **self._airflow.env,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self._airflow.home / "logs"),
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": worker_name.CALLABLE,
            worker_name.VARIABLE: name,
            **self._env.get(name, {}),
        }
        command = [sys.executable, "-m", "airflow", "celery", "worker", "--celery-hostname", f"{name}@localhost"]
        command += ["--skip-serve-logs", "--without-gossip", "--without-mingle", "--pid", str(home / "worker.pid")]
        with signals_held_back():
            self._workers[name] = Component(name, command, env, home)

    def _is_ready(self, name: str) -> bool:
        return f"{name}@localhost ready." in self._workers[name].output()

    def _close(self) -> None:
        with signals_held_back():
            stop(list(self._workers.values()))
