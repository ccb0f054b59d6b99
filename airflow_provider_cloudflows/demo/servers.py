"""PostgreSQL and Redis as ordinary processes in throw-away folders, on 127.0.0.1 and free ports, with random passwords.

    with PostgreSQL() as database, Redis() as broker:
        print(database.address, broker.address)

The programs come from the operating system's packages. The servers are for demos and tests: they give up durability for
speed, and Redis keeps nothing on disk, so that one that is killed has lost its queues. Nothing here knows Airflow.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from airflow_provider_cloudflows.demo.processes import Component, free_port, signals_held_back, stop

POLL_SECONDS = 0.05
PACKAGED_POSTGRESQL = "/usr/lib/postgresql"
"""Where Debian and its kin keep each version's programs, off the PATH."""
UNPRIVILEGED = "postgres"
"""Who runs PostgreSQL when root starts it, which it refuses to be; the package makes this user."""


class ServerMissing(Exception):
    """A server program is not installed; the message says what to install."""


class ServerFailed(Exception):
    """A server did not start; the message holds the end of its log."""


class Server(ABC):
    """One server process; a context manager.

    ``port`` and ``password`` stay the same for as long as the block runs, over restarts too.

    :param timeout: seconds that a start may take.
    """

    name: ClassVar[str]

    def __init__(self, timeout: float = 60.0) -> None:
        self._timeout = timeout
        self._process: Component | None = None
        self.password = secrets.token_urlsafe(12)

    def __enter__(self) -> Self:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix=f"throw-away-{self.name.lower()}-"))
        try:
            self._prepare()
            self.start()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    @property
    @abstractmethod
    def address(self) -> str:
        """Where clients connect, user and password included, without the scheme."""

    def start(self) -> None:
        """Start, and return when connections are taken."""
        with signals_held_back():
            self._process = Component(self.name.lower(), self._command(), os.environ, self._folder, user=self._user())
        deadline = time.monotonic() + self._timeout
        while not self._is_ready():
            if self._process.exit_code is not None or time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} did not start. The end of its log:\n{self._process.last_lines()}")
            time.sleep(POLL_SECONDS)

    def kill(self) -> None:
        """End the server as a crash does: without a word to its clients, and with nothing saved on the way."""
        assert self._process is not None
        os.kill(self._process.session, signal.SIGKILL)
        stop([self._process])

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the server reads in its folder."""

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """Return the command line that runs the server in the foreground."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Tell whether the server does its work."""

    def _user(self) -> str | None:
        return None

    def _close(self) -> None:
        with signals_held_back():
            if self._process is not None:
                stop([self._process])
            shutil.rmtree(self._folder)


class Redis(Server):
    """A Redis server that keeps everything in memory."""

    name = "Redis"

    @property
    def address(self) -> str:
        """``:password@host:port``."""
        return f":{self.password}@127.0.0.1:{self.port}"

    def _prepare(self) -> None:
        # In a file, since every user of the machine can read a command line.
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "save": '""',
            "appendonly": "no",
            "dir": self._folder,
        }
        (self._folder / "redis.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def _command(self) -> Sequence[str]:
        program = shutil.which("redis-server")
        assert program is not None, "check_installed() comes first"
        return [program, str(self._folder / "redis.conf")]

    def _is_ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class PostgreSQL(Server):
    """A PostgreSQL server with a cluster of its own."""

    name = "PostgreSQL"
    USER = "airflow"
    DATABASE = "postgres"

    @property
    def address(self) -> str:
        """``user:password@host:port/database``."""
        return f"{self.USER}:{self.password}@127.0.0.1:{self.port}/{self.DATABASE}"

    def _prepare(self) -> None:
        user = self._user()
        word = self._folder / "password"
        word.write_text(self.password)
        if user is not None:
            for path in (self._folder, word):
                shutil.chown(path, user, pwd.getpwnam(user).pw_gid)
        command = [self._program("initdb"), "-D", str(self._folder / "data"), "-U", self.USER, "--pwfile", str(word)]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"]
        # It starts processes of its own, and all of them must be gone before their folder is.
        with signals_held_back():
            self._process = Component("initdb", command, os.environ, self._folder, user=user)
        deadline = time.monotonic() + self._timeout
        while self._process.exit_code is None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if self._process.exit_code != 0:
            raise ServerFailed(f"PostgreSQL could not make its cluster:\n{self._process.last_lines()}")

    def _command(self) -> Sequence[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "fsync": "off",
            "full_page_writes": "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self._program("postgres"), "-D", str(self._folder / "data"), *options]

    def _is_ready(self) -> bool:
        asked = [self._program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, stdin=subprocess.DEVNULL, timeout=self._timeout).returncode == 0

    def _user(self) -> str | None:
        return UNPRIVILEGED if os.geteuid() == 0 else None

    @staticmethod
    def _program(name: str) -> str:
        found = _postgresql_program(name)
        assert found is not None, "check_installed() comes first"
        return found


def check_installed() -> None:
    """Do nothing where both servers can be started.

    :raises ServerMissing: when they cannot; says what to install.
    """
    missing = [
        *([] if all(map(_postgresql_program, ("initdb", "postgres", "pg_isready"))) else ["postgresql"]),
        *([] if shutil.which("redis-server") else ["redis-server"]),
    ]
    if missing:
        raise ServerMissing(
            f"Not installed: {' and '.join(missing)}; on Debian and Ubuntu install with "
            f"'apt-get install --no-install-recommends {' '.join(missing)}', elsewhere from your system's packages."
        )


def _postgresql_program(name: str) -> str | None:
    """Return the newest packaged program of that name, else the one on the PATH."""
    packaged = sorted(
        Path(PACKAGED_POSTGRESQL).glob(f"*/bin/{name}"),
        key=lambda path: [int(part) for part in path.parts[-3].split(".") if part.isdigit()],
    )
    return str(packaged[-1]) if packaged else shutil.which(name)


if __name__ == "__main__":
    try:
        check_installed()
    except ServerMissing as problem:
        sys.exit(str(problem))
