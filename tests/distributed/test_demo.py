"""The demo of several machines as a person runs it, and what it leaves behind however it ends: nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.demo.demo_process import Demo, leftovers, starting_demos
from tests.demo.leftovers import all_gone

PROBE = Path(__file__).parents[1] / "demo/dags/probe.py"

pytestmark = [
    pytest.mark.xdist_group("distributed"),
    pytest.mark.skipif("CLOUDFLOWS_DISTRIBUTED" not in os.environ, reason="make test-distributed runs it"),
]


@pytest.fixture
def start() -> Iterator[Callable[..., Demo]]:
    # PostgreSQL is started as another user when root runs the tests, and must get to its folder.
    folder = Path(tempfile.mkdtemp(prefix="cloudflows-demo-"))
    folder.chmod(0o711)
    try:
        with starting_demos(folder) as start:
            yield start
    finally:
        shutil.rmtree(folder)


def started_by(demo: Demo) -> list[psutil.Process]:
    """Return everything that a running demo has started; PostgreSQL and Redis hide the mark in their environment."""
    found: list[psutil.Process] = psutil.Process(demo.process.pid).children(recursive=True)
    return found


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that live on, a moment later; whose parent has ended waits for the machine's own to bury it."""
    left: list[psutil.Process] = psutil.wait_procs(processes, timeout=1)[1]
    return [process for process in left if process.is_running() and not has_ended(process)]


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_it_shows_which_worker_made_what(start: Callable[..., Demo]) -> None:
    demo = start("--distributed")
    demo.wait_until(lambda: "running the DAG" in demo.out, 240)
    started = started_by(demo)
    assert {"postgres", "redis-server"} <= {process.name() for process in started}
    assert "starting Airflow: scheduler, dag-processor, triggerer" in demo.out
    assert demo.end(240) == 0, demo.out + demo.err
    assert demo.err == ""
    made = re.findall(r"^  create_\w+(?:\[\d\])? +(\w+) +\S+ +https?://\S+ +(worker-\d)$", demo.out, re.MULTILINE)
    assert len(made) == 8
    assert {worker for _resource, worker in made} == {"worker-1", "worker-2"}
    assert leftovers(demo) == []
    assert living(started) == []


@pytest.mark.parametrize("moment", ["starting PostgreSQL", "starting Airflow: scheduler", "running the DAG"])
def test_ctrl_c_stops_everything(moment: str, start: Callable[..., Demo]) -> None:
    demo = start("--distributed")
    demo.wait_until(lambda: moment in demo.out, 240, every=0.01)
    started = started_by(demo)

    demo.process.send_signal(signal.SIGINT)

    assert demo.end(40) == 128 + signal.SIGINT
    assert demo.err == ""
    assert leftovers(demo) == []
    assert living(started) == []


def test_a_run_that_fails_stops_everything(start: Callable[..., Demo], tmp_path: Path) -> None:
    failing = tmp_path / "failing.py"
    failing.write_text(PROBE.read_text().replace('"fail": Param("")', '"fail": Param("the quota is used up")'))
    demo = start("--distributed", failing)
    demo.wait_until(lambda: "running the DAG" in demo.out, 240)
    started = started_by(demo)
    assert demo.end(240) == 1
    assert "the quota is used up" in demo.err
    assert all_gone(demo.mark) == []
    assert living(started) == []


def test_a_failure_stops_the_servers_and_keeps_the_logs(start: Callable[..., Demo], tmp_path: Path) -> None:
    shadow = tmp_path / "airflow"
    shadow.mkdir()
    (shadow / "__init__.py").write_text("raise SystemExit('This Airflow is broken.')")
    demo = start("--distributed", PYTHONPATH=str(tmp_path))
    demo.wait_until(lambda: "Redis on 127.0.0.1" in demo.out)
    started = started_by(demo)
    assert {"postgres", "redis-server"} <= {process.name() for process in started}
    assert demo.end(60) == 1
    assert "This Airflow is broken." in demo.err
    assert all_gone(demo.mark) == []
    assert living(started) == []
    assert [path.name.rpartition("-")[0] for path in demo.folder.glob("*-*")] == ["throw-away-airflow"]


def test_a_missing_server_is_named_with_what_to_install(start: Callable[..., Demo]) -> None:
    demo = start("--distributed", PATH="/nowhere")
    assert demo.end(20) == 2
    assert re.fullmatch(
        r"Not installed: (postgresql and )?redis-server; on Debian and Ubuntu install with "
        r"'apt-get install --no-install-recommends (postgresql )?redis-server', .*\.\n",
        demo.err,
    )
    assert demo.out == ""
    assert leftovers(demo) == []
