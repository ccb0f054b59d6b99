"""Finds processes by a mark in their environment, which every descendant inherits, whatever session it is in.

It shares no code with the package's own stopping, so that it can contradict it.
"""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

MARK = "CLOUDFLOWS_TEST_MARK"


def marked(mark: str) -> list[str]:
    """Return the command lines of all living processes that carry the mark."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
    return found


def all_gone(mark: str, patience: float = 1.0) -> list[str]:
    """Return what still lives after a moment: the kernel needs one to bury the killed."""
    deadline = time.monotonic() + patience
    while (living := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return living
