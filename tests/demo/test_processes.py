"""Stopping a component stops everything in its session, however unwilling."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo import processes
from airflow_provider_cloudflows.demo.processes import Component
from tests.demo.leftovers import MARK, all_gone, marked

# A child in a process group of its own, as Airflow starts its tasks, beside a grandchild that is left alone.
FAMILY = """
import os, signal, subprocess, sys, time
if {deaf}:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("born", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("deaf", [False, True], ids=["willing", "deaf to SIGINT and SIGTERM"])
def test_stop_reaches_every_process_group_of_the_session(
    tmp_path: Path, deaf: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ESCALATION", [(signum, 0.5) for signum, _ in processes.ESCALATION[:-1]] + [(9, 5)])
    mark = uuid.uuid4().hex
    family = Component("family", [sys.executable, "-c", FAMILY.format(deaf=deaf)], {**os.environ, MARK: mark}, tmp_path)
    deadline = time.monotonic() + 10
    while (len(marked(mark)) < 3 or family.output().count("born") < 2) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(marked(mark)) == 3
    assert len(processes.members([family.session])) == 3

    processes.stop([family])

    assert all_gone(mark) == []
    assert family.exit_code is not None


@pytest.mark.parametrize("signum", processes.STOP_SIGNALS)
def test_a_signal_waits_until_a_process_is_known(signum: signal.Signals) -> None:
    steps = []

    def handle(number: int, _frame: object) -> None:
        steps.append(f"signal {number}")
        raise InterruptedError

    def interrupted() -> None:
        with processes.signals_held_back():
            signal.raise_signal(signum)
            steps.append("process known")

    before = signal.signal(signum, handle)
    try:
        with pytest.raises(InterruptedError):
            interrupted()
        assert steps == ["process known", f"signal {signum}"]
        assert signal.getsignal(signum) is handle
    finally:
        signal.signal(signum, before)


def test_stop_of_what_has_ended_is_nothing(tmp_path: Path) -> None:
    ended = Component("short", [sys.executable, "-c", "print('done')"], os.environ, tmp_path)
    deadline = time.monotonic() + 10
    while ended.exit_code is None and time.monotonic() < deadline:
        time.sleep(0.02)

    processes.stop([ended])

    assert ended.exit_code == 0
    assert ended.last_lines() == "done"
