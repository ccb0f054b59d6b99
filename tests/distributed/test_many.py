"""Mapped creates over both workers; Redis, then PostgreSQL, is killed and started again in the middle.

A task costs Airflow between one and two seconds of processor time, which is most of the time that these tests take.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.distributed.machines import SLOTS, WORKERS, Machines

CREATES = 300

pytestmark = [
    pytest.mark.xdist_group("distributed"),
    pytest.mark.skipif("CLOUDFLOWS_DISTRIBUTED" not in os.environ, reason="make test-distributed runs it"),
]


def restart(machines: Machines, server: Any, made: Callable[[], int]) -> float:
    """Kill a server under a create; start it again; return the seconds until a create that began after it was done."""
    held = machines.misbehave("slow_headers", "after", seconds=20)
    machines.wait(lambda: machines.has_hit(held), "a create took effect, and its answer is held back")
    before = made()
    killed = time.monotonic()
    server.kill()
    server.start()
    machines.wait(lambda: made() > before + SLOTS * len(WORKERS), "creates go on", 240)
    return time.monotonic() - killed


def test_many_creates_survive_restarts_of_redis_and_postgresql(machines: Machines) -> None:
    def made() -> int:
        return len(machines.made_by_name("many-"))

    began = time.monotonic()
    run = machines.airflow.trigger("many_creates", conf={"creates": CREATES})
    machines.wait(lambda: made() >= CREATES // 5, "a fifth is made", 480)
    machines.wait(machines.waiting_in_redis, "a task waits for a worker, in Redis alone")
    broker = restart(machines, machines.broker, made)
    database = restart(machines, machines.database, made)
    assert machines.end(run, seconds=1800) == "success"
    assert machines.requeued(run.dag_id), "what was lost with Redis"
    machines.figures["Redis killed and started again, the tasks that waited in it lost"] = f"{broker:.1f} s"
    machines.figures["PostgreSQL killed and started again"] = f"{database:.1f} s"

    existing = machines.made_by_name("many-")
    tasks = [task for task in machines.airflow.task_instances(run) if task.task_id == "create"]
    returned = {
        f"many-{task.map_index:03}": machines.airflow.xcom(run, "create", map_index=task.map_index) for task in tasks
    }
    assert len(returned) == CREATES
    assert returned == existing
    workers = Counter(task.hostname for task in tasks)
    assert set(workers) == set(WORKERS)
    retried = sum(task.try_number > 1 for task in tasks)
    if machines.restarted:
        machines.figures["what ended meanwhile and was started again"] = ", ".join(sorted(set(machines.restarted)))
    machines.figures[f"{CREATES} mapped creates over both workers, with both restarts"] = (
        f"{time.monotonic() - began:.0f} s, {' + '.join(str(workers[name]) for name in WORKERS)} tasks, "
        f"{retried} retried: 0 twice, 0 lost"
    )
