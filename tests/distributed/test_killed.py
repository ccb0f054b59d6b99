"""kill -9 of what runs a create on Celery, at the worst moment: it took effect, and nobody has read the answer.

The cloud shows the harm: names of SecMaster workflows are not unique, so a create that is sent twice is there twice.
"""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.distributed.machines import (
    AHEAD,
    SECONDS_AHEAD,
    WORKERS,
    Machines,
    Outcome,
)

pytestmark = [
    pytest.mark.xdist_group("distributed"),
    pytest.mark.skipif("CLOUDFLOWS_DISTRIBUTED" not in os.environ, reason="make test-distributed runs it"),
]

THROTTLED_SECONDS = 15


def kill(pid: int) -> float:
    """Kill one process, and return when."""
    os.kill(pid, signal.SIGKILL)
    return time.monotonic()


@pytest.fixture(scope="module")
def killed_processes(machines: Machines) -> dict[str, Outcome]:
    """Three creates at once: one throttled, two with answers held back. Each loses a process."""
    throttle = machines.misbehave("throttle", "before", wait=THROTTLED_SECONDS, form="retry-after")
    throttled = machines.start_create("throttled")
    machines.wait(lambda: machines.has_hit(throttle), "the create is throttled")
    held = {name: machines.start_held_create(name) for name in ("task-process", "pool-child")}
    waiting = machines.running(throttled)
    orphan = psutil.Process(waiting.pid)
    killed = {"throttled": kill(machines.supervisor(waiting))}
    task, other = machines.running(held["task-process"]), machines.running(held["pool-child"])
    assert task.pid is not None
    ORPHANS.append(psutil.Process(other.pid))
    killed["task-process"] = kill(task.pid)
    killed["pool-child"] = kill(machines.supervisor(other))

    runs = {"throttled": throttled, **held}
    outcomes: dict[str, Outcome] = {}

    def collect() -> bool:
        for name in runs.keys() - outcomes.keys():
            if machines.is_over(runs[name]):
                machines.figures[WHAT[name]] = f"{time.monotonic() - killed[name]:.1f} s"
                outcomes[name] = machines.outcome(runs[name], name)
        return len(outcomes) == len(runs)

    machines.wait(collect, "all three recover")
    orphan.wait(THROTTLED_SECONDS + 15)
    outcomes["throttled"] = machines.outcome(throttled, "throttled")
    return outcomes


ORPHANS: list[psutil.Process] = []
"""Tasks that lost their supervisor while their answers were held back, and wait for them."""

WHAT = {
    "task-process": "kill -9 of the task process",
    "pool-child": "kill -9 of the Celery pool child that supervises it",
    "throttled": "kill -9 of the pool child while its task waits in a throttle",
}


@pytest.mark.parametrize("name", ["task-process", "pool-child"])
def test_a_killed_process_costs_a_retry_and_no_second_workflow(name: str, killed_processes: dict[str, Outcome]) -> None:
    killed_processes[name].assert_one()


def test_a_task_that_lost_its_supervisor_in_a_throttle_sends_nothing_when_it_wakes(
    killed_processes: dict[str, Outcome], machines: Machines
) -> None:
    killed_processes["throttled"].assert_one()
    assert machines.creates("throttled") == [429, 200]


@pytest.fixture(scope="module")
def killed_workers(machines: Machines, killed_processes: dict[str, Outcome]) -> dict[str, tuple[str, Outcome]]:
    """One worker's main process, then the whole of the other: who ran the create first, and what became of it."""
    name = "main-process"
    run = machines.start_held_create(name)
    first = machines.running(run).hostname
    assert first is not None
    killed = kill(machines.workers.main_process(first))
    recovered = {name: (first, machines.outcome(run, name))}
    machines.figures["kill -9 of a worker's main process"] = f"{time.monotonic() - killed:.1f} s"

    # The first worker is still dead, so this one runs on the other, and its retry on the first's replacement.
    name = "whole-worker"
    run = machines.start_held_create(name)
    second = machines.running(run).hostname
    assert second is not None
    machines.workers.start(first)
    machines.workers.kill(second)
    killed = time.monotonic()
    recovered[name] = (second, machines.outcome(run, name))
    machines.figures["kill -9 of every process of a worker"] = f"{time.monotonic() - killed:.1f} s"
    machines.workers.start(second)
    return recovered


@pytest.mark.parametrize("name", ["main-process", "whole-worker"])
def test_the_other_worker_finds_what_a_lost_one_made(name: str, killed_workers: dict[str, tuple[str, Outcome]]) -> None:
    first, outcome = killed_workers[name]
    outcome.assert_one()
    assert outcome.worker in set(WORKERS) - {first}


def test_all_of_it_happened_between_clocks_that_differ(machines: Machines, killed_workers: object) -> None:
    """And in both directions: the retries went from one worker to the other, and back."""
    run = machines.airflow.trigger("clocks")
    assert machines.end(run) == "success"
    now = time.time()
    ahead: dict[str, list[float]] = {name: [] for name in WORKERS}
    for task in machines.airflow.task_instances(run):
        assert task.hostname is not None
        ahead[task.hostname].append(machines.airflow.xcom(run, "read_clock", map_index=task.map_index) - now)
    (slow_name,) = set(WORKERS) - {AHEAD}
    assert ahead[AHEAD]
    assert ahead[slow_name]
    apart = [fast - slow for fast in ahead[AHEAD] for slow in ahead[slow_name]]
    assert all(abs(seconds - SECONDS_AHEAD) < 15 for seconds in apart), "the tasks themselves ran at different times"
    machines.figures["clocks of the two workers"] = f"{SECONDS_AHEAD} s apart, in all rows"


def test_nothing_came_later(machines: Machines, killed_workers: dict[str, tuple[str, Outcome]]) -> None:
    """What lost its supervisor may live for as long as it waits for an answer."""
    for orphan in ORPHANS:
        orphan.wait(150)
    for name in (*WHAT, *killed_workers):
        assert len(machines.made(name)) == 1, name
