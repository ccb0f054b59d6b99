"""Small real servers on loopback sockets, for the tests of everything that talks to a network.

A :class:`RawServer` hands each connection to a script that reads and writes bytes as it likes, so that it can also
misbehave in ways that no HTTP library would. :func:`http_script` makes a well-behaved script from a function.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.flow import Flow, Stop
from airflow_provider_cloudflows.transport.message import Message, Reply

__all__ = [
    "COLOURS",
    "Answer",
    "Colour",
    "Peer",
    "RawServer",
    "Seen",
    "blackhole_port",
    "connections_to",
    "http_script",
    "one",
    "serving",
    "unanswered_address",
]

T = TypeVar("T")


def one(message: Message) -> Flow[Reply]:
    """The simplest conversation: one message, its reply."""
    reply: Reply = yield message
    return reply


def blocking(transport: Transport, flow: Flow[T], stop: Stop | None = None) -> T:
    """Carry out ``flow`` on blocking sockets."""
    try:
        return transport.run(flow, stop)
    finally:
        transport.close()


def asynchronous(transport: Transport, flow: Flow[T], stop: Stop | None = None) -> T:
    """Carry out ``flow`` on an event loop of its own."""

    async def conversation() -> T:
        try:
            return await transport.arun(flow, stop)
        finally:
            await transport.aclose()

    return asyncio.run(conversation())


Colour = Callable[..., Any]
COLOURS: tuple[Colour, ...] = (blocking, asynchronous)


@dataclass
class Peer:
    """One accepted connection.

    :param stopping: set when the server is being stopped; a script that waits, waits for this.
    """

    socket: socket.socket
    requests: list[bytes]
    stopping: threading.Event

    def request(self) -> bytes | None:
        """Read one request, head and body, and remember it; None when the client has closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.socket.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self.socket.recv(65536)
        whole = head + b"\r\n\r\n" + body
        self.requests.append(whole)
        return whole

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def drip(self, data: bytes, every: float) -> None:
        """Send ``data`` byte by byte, ``every`` so many seconds, until the client is gone or the server stops."""
        for byte in data:
            if self.stopping.wait(every):
                return
            self.socket.sendall(bytes([byte]))


Script = Callable[[Peer], None]


@dataclass
class RawServer:
    """Listens on a free loopback port and runs ``script`` for each connection in a thread of its own."""

    script: Script
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._earlier = connections_to(self.port)
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def clients(self) -> int:
        """How many connections to this server this process has open.

        Those to an earlier server with the same port do not count: the vendors' SDKs never close theirs.
        """
        return len(connections_to(self.port) - self._earlier)

    def stop(self) -> None:
        """Close the listener and all connections, and wait until the scripts have ended."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(timeout=5)
            assert not thread.is_alive(), "a server script did not end"

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that gives up in the middle is what many of these tests are about.
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection:
                self.script(Peer(connection, self.requests, self.stopping))
        with contextlib.suppress(OSError):
            connection.close()


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Run a server for the duration of the block."""
    server = RawServer(script, tls)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def blackhole_port() -> Iterator[int]:
    """A loopback port that nobody listens on, kept from others while the block runs."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


@contextmanager
def unanswered_address(host: str = "127.0.0.1") -> Iterator[tuple[str, int]]:
    """An address where connections are neither accepted nor refused: its queue is full."""
    with socket.socket() as listener, contextlib.ExitStack() as filling:
        listener.bind((host, 0))
        listener.listen(0)
        for _ in range(4):
            waiting = filling.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield host, int(listener.getsockname()[1])


def connections_to(port: int) -> frozenset[int]:
    """The inodes of the connections to ``port`` of this machine that this process has open."""
    found = set()
    for descriptor in (int(path.name) for path in Path("/dev/fd").iterdir()):
        with contextlib.suppress(OSError):
            status = os.fstat(descriptor)
            if stat.S_ISSOCK(status.st_mode):
                with socket.socket(fileno=os.dup(descriptor)) as copy:
                    if copy.getpeername()[1:2] == (port,):
                        found.add(status.st_ino)
    return frozenset(found)


@dataclass(frozen=True)
class Seen:
    """A request as a well-behaved server sees it. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What a well-behaved server answers.

    :param body: bytes, or anything that becomes JSON.
    """

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def http_script(handler: Callable[[Seen], Answer]) -> Script:
    """Serve HTTP/1.1 with keep-alive: ``handler`` answers each request."""

    def script(peer: Peer) -> None:
        while (raw := peer.request()) is not None:
            head, _, body = raw.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ")
            pairs = [line.partition(":") for line in lines]
            answer = handler(Seen(method, target, {name.lower(): value.strip() for name, _, value in pairs}, body))
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            headers = {"Content-Length": str(len(content)), **answer.headers}
            text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            peer.send(f"HTTP/1.1 {answer.status} Said\r\n{text}\r\n".encode("latin-1") + content)

    return script
