"""``python -m airflow_provider_cloudflows.demo``: DAG runs on two clouds, on this machine alone.

It starts the sandbox and a throw-away Airflow, runs DAGs through scheduler and task processes, prints what
was made and waited for, and stops what it started, however it ends. It needs no cloud account and touches no
other Airflow. With ``--distributed`` that Airflow is one of many machines: Celery workers, Redis and PostgreSQL.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from airflow_provider_cloudflows.demo import report
from airflow_provider_cloudflows.demo.airflow_home import (
    USERNAME,
    Run,
    ThrowAwayAirflow,
    ThrowAwayAirflowError,
)
from airflow_provider_cloudflows.demo.celery_workers import (
    CeleryWorkers,
    WorkerError,
    celery_settings,
    check_installed,
)
from airflow_provider_cloudflows.demo.processes import STOP_SIGNALS
from airflow_provider_cloudflows.demo.rest import RestError
from airflow_provider_cloudflows.demo.sandbox_process import SandboxError, SandboxProcess
from airflow_provider_cloudflows.demo.servers import PostgreSQL, Redis, ServerFailed, ServerMissing

EXAMPLE = Path("example_dags/example_provisioning.py")
RUNNING = Path("example_dags/example_secmaster_run.py")
POLL_INTERVAL = 2
"""Seconds between two looks at what the sandbox has done in two seconds."""
RUN_TIMEOUT = 900
"""Seconds: a DAG that waits between its looks for as long as on a real cloud takes minutes here, too."""
WORKERS = ("worker-1", "worker-2")


class Stopped(BaseException):
    """A person or the system asked to stop."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum


class RunFailed(Exception):
    """The DAG run ended without success; the message holds the failed tasks' logs."""


class Progress:
    """Prints lines with the seconds since the start in front."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, line: str) -> None:
        print(f"[{time.monotonic() - self._start:5.1f} s] {line}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    options = _parse(arguments)
    missing = [path for path in options.dags if not path.exists()]
    if missing:
        print(
            f"There is no {missing[0]} here: run this in a checkout of the project or name a DAG file.",
            file=sys.stderr,
        )
        return 2
    _stop_on_signals()
    say = Progress()
    try:
        if options.distributed:
            check_installed()
        _demo(options, say)
    except Stopped as stopped:
        say("stopped everything that was started")
        return 0 if options.ui and options.ui_open else stopped.exit_code
    except ServerMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    except (OSError, RestError, RunFailed, SandboxError, ServerFailed, ThrowAwayAirflowError, WorkerError) as error:
        print(f"\nThe demo failed. {error}", file=sys.stderr)
        return 1
    say("stopped everything that was started")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_provider_cloudflows.demo", description=__doc__)
    parser.add_argument("dags", type=Path, nargs="?", help=f"a DAG file or a folder ({EXAMPLE} and {RUNNING})")
    parser.add_argument("--dag-id", help="the DAG to run, where the file or folder holds more than one")
    parser.add_argument(
        "--timeout",
        type=float,
        default=RUN_TIMEOUT,
        metavar="SECONDS",
        help=f"how long a run may take, {RUN_TIMEOUT} by default",
    )
    parser.add_argument("--ui", action="store_true", help="leave Airflow and the sandbox running until Ctrl-C")
    parser.add_argument(
        "--distributed",
        action="store_true",
        help="run on two Celery workers with homes of their own, Redis and PostgreSQL; all of them must be installed",
    )
    parser.set_defaults(ui_open=False)
    options = parser.parse_args(arguments)
    options.dag_ids = [options.dag_id] if options.dag_id else []
    # What the demo shows by itself waits in the worker, and starts the sooner without a triggerer.
    options.with_triggerer = options.dags is not None
    if options.dags is not None:
        options.dags = [options.dags]
    else:
        options.dags = [EXAMPLE] if options.distributed else [EXAMPLE, RUNNING]
        options.dag_ids = options.dag_ids or [path.stem for path in options.dags]
    return options


def _demo(options: argparse.Namespace, say: Progress) -> None:
    say("starting the sandbox: Alibaba Cloud and Huawei Cloud on this machine")
    with SandboxProcess() as sandbox:
        say(f"the sandbox listens on {sandbox.url}")
        start = _distributed_airflow if options.distributed else _small_airflow
        with start(options, sandbox, say) as airflow:
            runs = run_dags(airflow, options.dag_ids, say, options.timeout)
            _print_what_was_made(airflow, runs, sandbox, with_worker=options.distributed)
            if options.ui:
                options.ui_open = True
                _print_addresses(airflow, sandbox)
                airflow.run_forever()
            say("stopping Airflow and the sandbox")


@contextmanager
def _small_airflow(
    options: argparse.Namespace, sandbox: SandboxProcess, say: Callable[[str], None]
) -> Iterator[ThrowAwayAirflow]:
    with ThrowAwayAirflow(
        *options.dags, connections=sandbox.connections, with_triggerer=options.with_triggerer, say=say
    ) as airflow:
        yield airflow


@contextmanager
def _distributed_airflow(
    options: argparse.Namespace, sandbox: SandboxProcess, say: Callable[[str], None]
) -> Iterator[ThrowAwayAirflow]:
    say("starting PostgreSQL and Redis")
    with PostgreSQL() as database, Redis() as broker:
        say(f"PostgreSQL listens on 127.0.0.1:{database.port}, Redis on 127.0.0.1:{broker.port}")
        airflow = ThrowAwayAirflow(
            *options.dags,
            connections=sandbox.connections,
            settings=celery_settings(database, broker),
            parallelism=4,
            with_triggerer=True,
            say=say,
        )
        with airflow:
            say(f"starting Celery workers: {', '.join(WORKERS)}")
            with CeleryWorkers(airflow, WORKERS):
                yield airflow


def run_dags(
    airflow: ThrowAwayAirflow, dag_ids: Sequence[str], say: Callable[[str], None], timeout: float = RUN_TIMEOUT
) -> list[Run]:
    """Run DAGs side by side, or the only one that there is, to their good end; RunFailed says what went wrong."""
    if not dag_ids:
        dag_ids = airflow.dag_ids()
        if len(dag_ids) > 1:
            raise RunFailed(f"There are several DAGs, name one with --dag-id: {', '.join(sorted(dag_ids))}.")
    runs = []
    for dag_id in dag_ids:
        say(f"running the DAG {dag_id}")
        runs.append(airflow.trigger(dag_id, _conf(dag_id)))
    for run in runs:
        _wait_for(airflow, run, say, timeout)
    return runs


def _conf(dag_id: str) -> dict[str, object]:
    """Return the params of a run: an example that waits does so for seconds here."""
    return {"poll_interval": POLL_INTERVAL} if dag_id == RUNNING.stem else {}


def _wait_for(airflow: ThrowAwayAirflow, run: Run, say: Callable[[str], None], timeout: float) -> None:
    try:
        state = airflow.wait_for(run, timeout)
    except ThrowAwayAirflowError as error:
        raise RunFailed(f"{error}\n{report.failures(airflow, run)}") from error
    if state != "success":
        raise RunFailed(f"The run of {run.dag_id} ended as {state}.\n{report.failures(airflow, run)}")
    say(f"the run of {run.dag_id} ended as {state}: {len(airflow.task_instances(run))} tasks")


def _print_what_was_made(
    airflow: ThrowAwayAirflow, runs: Sequence[Run], sandbox: SandboxProcess, *, with_worker: bool
) -> None:
    made = [row for run in runs for row in report.created(airflow, run, elsewhere=sandbox.url)]
    if made:
        print("\nResources made, one operator each:\n")
        columns = report.HEADINGS if with_worker else report.HEADINGS[:-1]
        print(report.table([row[: len(columns)] for row in made], columns))
        print(f"\n  The links lead to the real clouds; here it all lives in the sandbox, on {sandbox.url}.")
    for heading, rows_of in (
        ("What was run, and waited for to its end:", report.waited),
        ("What the other tasks printed or returned:", report.received),
    ):
        rows = [row for run in runs for row in rows_of(airflow, run)]
        if rows:
            print(f"\n{heading}\n")
            print(report.table(rows))
    print(flush=True)


def _print_addresses(airflow: ThrowAwayAirflow, sandbox: SandboxProcess) -> None:
    rows = [
        ("Airflow", f"{airflow.url}   user {USERNAME}, password {airflow.password}"),
        ("Sandbox", sandbox.url),
    ]
    print(f"{report.table(rows)}\n\n  Both run until Ctrl-C.\n", flush=True)


def _stop_on_signals() -> None:
    def stop(signum: int, frame: FrameType | None) -> NoReturn:
        # Once: whoever is impatient would get a traceback, not a quicker end.
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(signum)

    for each in STOP_SIGNALS:
        signal.signal(each, stop)


if __name__ == "__main__":
    sys.exit(main())
