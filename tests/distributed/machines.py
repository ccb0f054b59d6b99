"""Several machines on one: PostgreSQL, Redis, an Airflow, two Celery workers and a sandbox, and what tests do to them.

The second worker's clock goes 30 seconds ahead, for everything in its processes that asks Python for the time; what a
C library asks the kernel itself, and the monotonic clock that time-outs count with, stay as they are.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from airflow_provider_cloudflows.demo import report
from airflow_provider_cloudflows.demo.airflow_home import FINISHED, Run, TaskInstance, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.celery_workers import CeleryWorkers, celery_settings
from airflow_provider_cloudflows.demo.rest import RestError
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from airflow_provider_cloudflows.demo.servers import PostgreSQL, Redis
from tests.demo.sandbox_control import control, creates_of_workflow, existing

WORKERS = ("worker-1", "worker-2")
AHEAD = "worker-2"
SECONDS_AHEAD = 30
SLOTS = 3
DAGS = Path(__file__).parent / "dags"
CLOCK_AHEAD = Path(__file__).parent / "clock_ahead"
POLL_SECONDS = 0.3  # every question costs Airflow processor time that the tasks need

# The defaults are 300 and 10, 600 and 120 seconds: nobody wants to wait for a lost machine that long in a test.
SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "3",
}


@dataclass
class Machines:
    """Everything that runs, and what it took to recover.

    ``figures`` maps what happened to seconds or words; ``restarted`` names Airflow's own processes that ended.
    """

    airflow: ThrowAwayAirflow
    workers: CeleryWorkers
    database: PostgreSQL
    broker: Redis
    sandbox: SandboxProcess
    figures: dict[str, str] = field(default_factory=dict)
    restarted: list[str] = field(default_factory=list)

    # --- waiting ---------------------------------------------------------------------------------------------------

    def wait(self, what: Callable[[], Any], why: str, seconds: float = 90.0) -> Any:
        """Wait until ``what`` returns something true; start again what ended meanwhile, as a service manager does."""
        deadline = time.monotonic() + seconds
        while True:
            with suppress(RestError, OSError):  # the database may be away
                if answer := what():
                    return answer
            self.restarted += self.airflow.restart_ended()
            assert time.monotonic() < deadline, f"Not within {seconds:.0f} s: {why}"
            time.sleep(POLL_SECONDS)

    def is_over(self, run: Run) -> str | None:
        """Return the state of a run that has ended, else None."""
        state: str = self.airflow.rest.get("dags", run.dag_id, "dagRuns", run.run_id)["state"]
        return state if state in FINISHED else None

    def end(self, run: Run, seconds: float = 90.0) -> str:
        """Wait for the end of a run and return its state."""
        state: str = self.wait(lambda: self.is_over(run), f"the end of {run.dag_id}", seconds)
        return state

    # --- the cloud -------------------------------------------------------------------------------------------------

    def control(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """Speak with the sandbox's control API."""
        return control(self.sandbox, path, body, method)

    def made(self, name: str) -> list[str]:
        """Return the ids of all workflows of that name that exist."""
        return [one["id"] for one in existing(self.sandbox, "secmaster.workflow", name=name)]

    def made_by_name(self, prefix: str) -> dict[str, str]:
        """Return the id of each workflow whose name starts so; AssertionError when a name exists twice."""
        wanted = [one for one in existing(self.sandbox, "secmaster.workflow") if one["name"].startswith(prefix)]
        names = Counter(one["name"] for one in wanted)
        assert [name for name, count in names.items() if count > 1] == []
        return {one["name"]: one["id"] for one in wanted}

    def misbehave(self, kind: str, when: str, **how: Any) -> int:
        """Let the next create of a workflow go wrong; return the number of the rule."""
        rule = {"operation": "CreateWorkflow", "kind": kind, "when": when, "times": 1, **how}
        number: int = self.control("faults", rule)["id"]
        return number

    def has_hit(self, rule: int) -> bool:
        """Tell whether a create went wrong by that rule."""
        return any(one["id"] == rule and one["hits"] for one in self.control("faults")["faults"])

    # --- one create ------------------------------------------------------------------------------------------------

    def start_create(self, name: str) -> Run:
        """Start a run that creates one workflow."""
        return self.airflow.trigger("one_create", conf={"name": name})

    def start_held_create(self, name: str) -> Run:
        """Start a create; return when it took effect and its answer is held back."""
        self.misbehave("slow_headers", "after", seconds=120)
        run = self.start_create(name)
        self.wait(lambda: self.made(name), f"{name} takes effect")
        return run

    def task(self, run: Run) -> TaskInstance:
        """Return the task of a run that has one."""
        (one,) = self.airflow.task_instances(run)
        return one

    def creates(self, name: str) -> list[int]:
        """Return the statuses that the creates of that name were answered with."""
        return creates_of_workflow(self.sandbox, name)

    def running(self, run: Run) -> TaskInstance:
        """Wait until the task runs on a worker and return it."""

        def found() -> TaskInstance | None:
            one = self.task(run)
            return one if one.state == "running" and one.pid is not None and one.hostname else None

        task: TaskInstance = self.wait(found, f"the task of {run.dag_id} runs")
        return task

    def supervisor(self, task: TaskInstance) -> int:
        """Return the pid of the pool child that supervises a running task."""
        assert task.hostname is not None
        parent = psutil.Process(task.pid).parent()
        assert parent is not None
        assert parent.ppid() == self.workers.main_process(task.hostname)
        pid: int = parent.pid
        return pid

    def waiting_in_redis(self) -> int:
        """Return how many tasks wait in the queue for a worker."""
        from redis import Redis as Client  # type: ignore[import-not-found, unused-ignore]  # comes with Celery

        with Client(port=self.broker.port, password=self.broker.password) as client:
            waiting: int = client.llen("default")
            return waiting

    def requeued(self, dag_id: str) -> int:
        """Return how many tasks of a DAG Airflow has queued again, since no worker took them in time."""
        asked = {"dag_id": dag_id, "event": "stuck in queued reschedule", "limit": 1}
        events: int = self.airflow.rest.get("eventLogs", **asked)["total_entries"]
        return events

    def outcome(self, run: Run, name: str) -> Outcome:
        """Wait for the end and return what became of a create."""
        state = self.end(run)
        task = self.task(run)
        returned = self.airflow.xcom(run, "create") if state == "success" else None
        said = report.failures(self.airflow, run)
        return Outcome(state, task.try_number, task.hostname, returned, self.made(name), said)


@dataclass(frozen=True)
class Outcome:
    """What became of one create.

    :param returned: the id in XCom, None when the task failed.
    :param existing: the ids of all that have its name.
    :param said: the end of the log of a task that failed.
    """

    state: str
    tries: int
    worker: str | None
    returned: str | None
    existing: list[str]
    said: str

    def assert_one(self) -> None:
        """Exactly one exists, after at least one retry, and the task returned its id."""
        assert self.state == "success", self.said
        assert self.tries > 1, "nobody was killed"
        assert self.existing == [self.returned]


def _clock_ahead() -> dict[str, str]:
    found = [str(CLOCK_AHEAD), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(found), "CLOUDFLOWS_TEST_SECONDS_AHEAD": str(SECONDS_AHEAD)}


@contextmanager
def start_machines() -> Iterator[Machines]:
    """Start everything; stop it at the end."""
    with PostgreSQL() as database, Redis() as broker, SandboxProcess() as sandbox:
        airflow = ThrowAwayAirflow(
            DAGS,
            connections=sandbox.connections,
            settings=celery_settings(database, broker, concurrency=SLOTS),
            env=SOON,
            parallelism=2 * SLOTS * len(WORKERS),  # so that tasks wait in Redis for a worker
        )
        with airflow, CeleryWorkers(airflow, WORKERS, env={AHEAD: _clock_ahead()}) as workers:
            yield Machines(airflow, workers, database, broker, sandbox)
