"""The sandbox as a process of its own, and the connections it prints.

It knows the sandbox by its command and by what that prints, as a person would. It shares no code with it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from airflow_provider_cloudflows.demo.processes import Component, signals_held_back, stop

COMMAND = [sys.executable, "-m", "airflow_provider_cloudflows.sandbox", "--port", "0"]
LISTENING = re.compile(r"^Sandbox listening on (http://\S+)", re.MULTILINE)
CONNECTION = re.compile(r"^export AIRFLOW_CONN_(ALIBABACLOUD_DEFAULT|HUAWEICLOUD_DEFAULT)=(.+)$", re.MULTILINE)
POLL_SECONDS = 0.05


class SandboxError(Exception):
    """The sandbox did not start; the message says why."""


class SandboxProcess:
    """A running sandbox on a free port; a context manager.

    ``url`` is its page; ``connections`` maps connection ids to what Airflow's environment takes for them.
    """

    url: str
    connections: dict[str, str]

    def __init__(self, timeout: float = 30.0) -> None:
        self._timeout = timeout

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="cloudflows-sandbox-"))
        try:
            with signals_held_back():
                # What it prints goes to a file, where Python would keep it back until there is more of it.
                env = {**os.environ, "PYTHONUNBUFFERED": "1"}
                self._component = Component("sandbox", COMMAND, env, self._folder)
            self._read_what_it_prints()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    @property
    def session(self) -> int:
        """The process session that the sandbox lives in."""
        return self._component.session

    def _read_what_it_prints(self) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            ended = self._component.exit_code
            printed = self._component.output()
            listening = LISTENING.search(printed)
            self.connections = {
                name.lower(): " ".join(shlex.split(value)) for name, value in CONNECTION.findall(printed)
            }
            if listening and len(self.connections) == 2:
                self.url = listening[1]
                return
            if ended is not None:
                raise SandboxError(f"The sandbox ended with code {ended}:\n{printed.rstrip()}")
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"The sandbox printed no address and connections within {self._timeout:.0f} s:\n{printed}"
                )
            time.sleep(POLL_SECONDS)

    def _close(self) -> None:
        with signals_held_back():
            stop([self._component])
            shutil.rmtree(self._folder)
