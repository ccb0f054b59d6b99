"""Processes that are started together and leave nothing behind.

A component is one program in a session of its own with its output in a file. Stopping a component means
stopping its whole session: Airflow puts every task into a process group of its own, so a signal to the
component's group would miss the tasks. It is no supervisor: nothing is restarted.
"""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

# What asks this program to stop.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# How long each signal gets before the next, harder one. Everything that runs here is disposable.
ESCALATION = ((signal.SIGINT, 1.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0))
POLL_SECONDS = 0.05


class Component:
    """One program in a session of its own; its standard output and error go to the end of one file.

    :param folder: where it runs, and where the file ``NAME.log`` is.
    :param user: who runs it, without groups but the user's own; None for who runs this program.
    """

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], folder: Path, user: str | None = None
    ) -> None:
        self.name = name
        self.log_path = folder / f"{name}.log"
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=dict(env),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [],
            )

    @property
    def session(self) -> int:
        """The session id, which is the pid of the program that leads it."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code once the program has ended, None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """Everything the program has printed so far."""
        return self.log_path.read_text(errors="replace")

    def last_lines(self, count: int = 20) -> str:
        """The end of the output, for an error message."""
        return "\n".join(self.output().splitlines()[-count:])


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Deliver a signal that arrives in the block after it.

    A handler that raises between the birth of a process and the note of its pid would orphan it, and one that
    raises in the middle of stopping would leave the rest running.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers run in the main thread only
        return
    handlers = {signum: signal.getsignal(signum) for signum in STOP_SIGNALS}
    arrived: list[int] = []
    for signum, handler in handlers.items():
        if callable(handler):
            signal.signal(signum, lambda number, _frame: arrived.append(number))
    try:
        yield
    finally:
        for signum, handler in handlers.items():
            if callable(handler):
                signal.signal(signum, handler)
        for number in arrived[:1]:
            signal.raise_signal(number)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def members(sessions: Iterable[int]) -> list[int]:
    """Return the pids of all living processes in the sessions, dead ones that nobody has reaped left out."""
    wanted = set(sessions)
    return [pid for pid, session in _living_processes() if session in wanted]


def stop(components: Sequence[Component]) -> None:
    """Stop every process of every component: ask, then ask harder, then kill."""
    sessions = [component.session for component in components]
    for signum, patience in ESCALATION:
        for pid in members(sessions):
            with suppress(ProcessLookupError):
                os.kill(pid, signum)
        if _all_gone(components, sessions, patience):
            return
    remaining = ", ".join(map(str, members(sessions)))
    raise RuntimeError(f"Processes {remaining} outlived SIGKILL: look at them with ps and end them by hand.")


def _all_gone(components: Sequence[Component], sessions: Sequence[int], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        ended = [component.exit_code is not None for component in components]  # asks all: asking reaps
        if all(ended) and not members(sessions):
            return True
        time.sleep(POLL_SECONDS)
    return False


def _living_processes() -> list[tuple[int, int]]:
    """Return (pid, session id) of every process on this machine that is not a zombie."""
    if Path("/proc/self/stat").exists():
        return _living_processes_from_proc()
    listing = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True)
    found = []
    for line in listing.stdout.splitlines():
        pid, state = line.split()
        with suppress(ProcessLookupError, PermissionError):
            if not state.startswith("Z"):
                found.append((int(pid), os.getsid(int(pid))))
    return found


def _living_processes_from_proc() -> list[tuple[int, int]]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                # "pid (name) state ppid pgrp session …"; a name may hold spaces and brackets.
                state, _ppid, _pgrp, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if state != "Z":
                    found.append((int(folder.name), int(session)))
    return found
