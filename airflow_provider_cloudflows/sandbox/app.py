"""The sandbox as a web application, and ``serve``, which runs it in a thread for tests and programs.

Starlette and uvicorn come with the ``[sandbox]`` extra; beside this module only ``control.py``, ``guard.py``,
``stream.py`` and ``console`` import them.
Which call does what is not decided here: see ``dispatch.py``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from airflow_provider_cloudflows.sandbox import console, control, oidc, world
from airflow_provider_cloudflows.sandbox.courses import Courses
from airflow_provider_cloudflows.sandbox.delivery import WireReply, deliver
from airflow_provider_cloudflows.sandbox.dispatch import LARGEST_BODY, Sandbox
from airflow_provider_cloudflows.sandbox.events import Events
from airflow_provider_cloudflows.sandbox.faults import Faults
from airflow_provider_cloudflows.sandbox.guard import Guard, refuse_pages
from airflow_provider_cloudflows.sandbox.proxy import Proxy
from airflow_provider_cloudflows.sandbox.settings import Settings
from airflow_provider_cloudflows.sandbox.signatures import Clock, WireRequest
from airflow_provider_cloudflows.sandbox.world import AccessKey

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_GRACE_SECONDS = 1.0
_TURNS_OF_AN_ACCEPT = 3  # asyncio accepts, makes a transport, and tells the protocol


def create_app(sandbox: Sandbox, url: str, *, allow_remote: bool = False, proxy: Proxy | None = None) -> Starlette:
    """The ASGI application: both clouds, the control API under ``/_sandbox/`` and the console at ``/``."""

    async def cloud(request: Request) -> ASGIApp:
        if request.method == "GET" and request.scope["path"] == "/" and not _is_cloud_call(request):
            return console_page
        refused = refuse_pages(request.headers)
        if refused is not None:
            return refused
        reply = sandbox.handle(_wire_request(request, await _read(request)))
        if reply.delivery.connection:
            assert proxy is not None
            assert request.client is not None
            proxy.act((request.client.host, request.client.port), reply.delivery.connection)
            return Response()  # To nobody: the proxy has ended the connection.
        return _answer(replace(reply, headers=reply.headers | {"Date": sandbox.date_header()}))

    console_page = Guard(console.page, allow_remote=allow_remote)
    for_people = _WhenAsked(lambda: [*control.routes(sandbox, url), *console.ROUTES])
    routes = [
        Mount("/_sandbox", for_people, middleware=[Middleware(Guard, allow_remote=allow_remote)]),
        Route("/{path:path}", cloud, methods=_METHODS),
    ]
    return Starlette(routes=routes)


class _WhenAsked:
    """Routes that are made when one is first asked for: most tests ask for none, and making them takes a while."""

    def __init__(self, make: Callable[[], Sequence[BaseRoute]]) -> None:
        self._make = make

    @cached_property
    def _router(self) -> Router:
        return Router(self._make())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)


def _answer(reply: WireReply) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await deliver(reply, receive, send)

    return answer


def _is_cloud_call(request: Request) -> bool:
    is_rpc = "Action" in request.query_params
    return is_rpc or "authorization" in request.headers or any(name.startswith("x-acs-") for name in request.headers)


async def _read(request: Request) -> bytes:
    """The whole body, or only as much as shows that it is larger than the gateways take."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            break
    return bytes(body)


def _wire_request(request: Request, body: bytes) -> WireRequest:
    """Repeated headers are joined, as HTTP has it; names arrive in lower case."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.scope["headers"]:
        name, value = raw_name.decode("latin-1"), _header_text(raw_value)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return WireRequest(request.method, path, query, headers, body)


def _header_text(raw: bytes) -> str:
    """Both clouds' SDKs send header values as UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


async def _last_accepts() -> None:
    """Let who came at the last moment become a connection: a server that is closed by then drops it and complains."""
    for _ in range(_TURNS_OF_AN_ACCEPT):
        await asyncio.sleep(0)


class _Server(uvicorn.Server):
    """uvicorn that stops at once instead of at its next tenth of a second, with a proxy in front if there is one."""

    def __init__(self, config: uvicorn.Config, proxy: Proxy | None) -> None:
        super().__init__(config)
        self._proxy = proxy
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._proxy is not None:
            await self._proxy.start()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not self.should_exit:
            await self._wake.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await _last_accepts()
        if self._proxy is not None:
            await self._proxy.stop()
            await _last_accepts()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_SECONDS / 10)
        # What is left is an answer that a fault made late, slow or endless.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_SECONDS)

    def stop(self) -> None:
        """Stop; may be called from another thread or from a signal handler."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.stop()


class Running:
    """A sandbox that listens. ``url`` is where, ``sandbox`` gives the store, the journal, keys and clock.

    ``faults`` and ``settings`` make it misbehave. With ``tcp_faults`` a proxy listens, and the server behind it.
    """

    def __init__(
        self, sandbox: Sandbox, listener: socket.socket, *, allow_remote: bool = False, tcp_faults: bool = False
    ) -> None:
        self.sandbox = sandbox
        self._listener = bind("127.0.0.1", 0) if tcp_faults else listener
        self._listeners = {listener, self._listener}
        proxy = Proxy(listener, self._listener.getsockname()) if tcp_faults else None
        host, self.port = listener.getsockname()[:2]
        self.url = f"http://{_shown_host(host)}:{self.port}"
        self.connections = world.connections(self.url)
        app = create_app(sandbox, self.url, allow_remote=allow_remote, proxy=proxy)
        config = uvicorn.Config(
            app,
            loop="asyncio",  # older releases would make uvloop, where it is installed, the loop of the whole process
            log_config=None,
            log_level="error",
            access_log=False,
            lifespan="off",
            date_header=False,
            server_header=False,
        )
        self._server = _Server(config, proxy)
        logging.getLogger("uvicorn.error").addFilter(_is_not_intended)

    @property
    def faults(self) -> Faults:
        """The fault rules: ``faults.add("CreateBusiness", "drop", when="after", nth=1)``."""
        return self.sandbox.faults

    @property
    def settings(self) -> Settings:
        """How all of it behaves: ``settings.list_lag = 2``."""
        return self.sandbox.settings

    @property
    def events(self) -> Events:
        """What happens between calls: ``events.add("ListBusiness", "remove", "dataworks.business", id="oldest")``."""
        return self.sandbox.events

    @property
    def courses(self) -> Courses:
        """How work goes on: ``courses.add("secmaster.workflow_instance", ending="bad", reason="no such host")``."""
        return self.sandbox.courses

    def advance(self, seconds: float) -> None:
        """Let time pass for what ages and goes on in the sandbox."""
        self.sandbox.advance(seconds)

    @property
    def other_connections(self) -> dict[str, str]:
        """The Airflow connections to the second account of each cloud."""
        return world.other_connections(self.url)

    def insert(self, kind: str, *, account: str = "", **fields: Any) -> dict[str, Any]:
        """Make a resource as another person would; ``account`` is an account id, by default the cloud's first."""
        return self.sandbox.resources.insert(kind, fields, account=account)

    def alter(self, kind: str, id: str | int, **fields: Any) -> dict[str, Any]:
        """Change fields of a resource, such as its name; ``id`` may be ``oldest`` or ``newest``."""
        return self.sandbox.resources.alter(kind, str(id), fields)

    def remove(self, kind: str, id: str | int) -> None:
        """Remove a resource as another person would; ``id`` may be ``oldest`` or ``newest``."""
        self.sandbox.resources.remove(kind, str(id))

    def removed(self) -> list[dict[str, Any]]:
        """What was there once: kind, id, account and when it went, latest last."""
        return self.sandbox.store.removed()

    def end(self, kind: str, id: str | int, ending: str = "good", reason: str = "") -> dict[str, Any]:
        """Let work that goes on end now, ``good`` or ``bad``; ``id`` may be ``oldest`` or ``newest``."""
        return self.sandbox.resources.end(kind, str(id), ending, reason)

    def revoke(self, credential: str, reason: str = "expired") -> None:
        """Refuse a key, by its id, all temporary keys (``"issued"``) or all IAM tokens (``"tokens"``) issued so far.

        ``reason`` is ``"expired"`` or ``"invalid"``.
        """
        self.sandbox.revoke(credential, reason)

    def oidc_token(self, lifetime: float = oidc.DEFAULT_SECONDS, **claims: str) -> str:
        """A token of the sandbox's identity provider, to be written into a file; see ``Sandbox.oidc_token``."""
        return self.sandbox.oidc_token(lifetime, **claims)

    def run(self) -> None:
        """Serve until stopped; in the main thread SIGINT and SIGTERM stop it."""
        try:
            self._server.run(sockets=[self._listener])
        finally:
            # One that is stopped before it has begun closes nothing.
            for listener in self._listeners:
                listener.close()

    def stop(self) -> None:
        """Make ``run`` return."""
        self._server.stop()

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that exists, by kind, with the present state of what goes on by itself."""
        return self.sandbox.resources.dump()

    def requests(self) -> list[dict[str, Any]]:
        """The journal, oldest call first."""
        return self.sandbox.journal.entries()

    def reset(self) -> None:
        """Back to birth."""
        self.sandbox.reset()


def _is_not_intended(record: logging.LogRecord) -> bool:
    """A truncated answer is ended by returning before its last part, which uvicorn takes for a mistake."""
    return record.getMessage() != "ASGI callable returned without completing response."


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; from here on clients can connect. Raises ``OSError`` when the port is taken."""
    address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # asyncio lets an answer leave at once where the protocol is named. Else its second half waits 40 ms for the first.
    listener = socket.socket(address[0], socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address[4])
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _shown_host(host: str) -> str:
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return "127.0.0.1"
    return f"[{address}]" if address.version == 6 else str(address)


@contextmanager
def serve(
    *,
    port: int = 0,
    state: str | Path | None = None,
    clock: Clock = time.time,
    extra_keys: Iterable[AccessKey] = (),
    tcp_faults: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Running]:
    """Run a sandbox on loopback in a thread, for as long as the ``with`` block lasts.

    ``settings`` are those of ``Settings``, such as ``{"credential_seconds": 2}``.

    ::

        with serve() as running:
            client = Client(endpoint=running.url, key=world.ALIBABA_KEY)
            ...
            assert running.state()["dataworks.business"]
    """
    sandbox = Sandbox(state=state, clock=clock, extra_keys=extra_keys, tcp_faults=tcp_faults)
    try:
        sandbox.settings.update(settings or {})
        running = Running(sandbox, bind("127.0.0.1", port), tcp_faults=tcp_faults)
        thread = threading.Thread(target=running.run, name="cloudflows-sandbox", daemon=True)
        thread.start()
        try:
            yield running
        finally:
            running.stop()
            thread.join()
    finally:
        sandbox.close()
