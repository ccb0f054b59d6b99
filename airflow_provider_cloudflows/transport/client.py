"""The one module that imports the HTTP library.

It drives flows (see :mod:`.message`) over blocking or asynchronous sockets, bounds every exchange by one total
deadline and by a size, and reports what went wrong by phase: before anything was sent, or after. It follows no
redirect, repeats nothing and interprets no answer.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from airflow_provider_cloudflows import __version__
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Background, Blocking, Flow, Step, Stop, Wait
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent

__all__ = ["Transport", "TransportSettings"]

T = TypeVar("T")

AsyncKey: TypeAlias = tuple[str | None, asyncio.AbstractEventLoop]

COMMON_HEADERS = {
    "Accept": "application/json",
    # Answers are small; without compression the size cap counts what really arrives.
    "Accept-Encoding": "identity",
    "User-Agent": f"airflow-provider-cloudflows/{__version__}",
}

# Only these end before the first byte of a request leaves; the last four are an address or a header that no request
# can carry.
UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    UnicodeError,
)
CUT_OFF = (httpx.RequestError, httpx.StreamError)

# Shorter than any server's idle timeout that is usual, so that a create seldom meets a connection being closed.
KEEP_ALIVE = httpx.Limits(max_connections=None, max_keepalive_connections=10, keepalive_expiry=5.0)


# Taking an address apart costs more than signing it, and a task calls few of them.
parsed = lru_cache(maxsize=256)(httpx.URL)


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """How to reach the network.

    :param timeout: seconds that one call may take in total, with all its attempts. Creates have no idempotency token
        on these clouds, so a short timeout only turns slow answers into unknown outcomes.
    :param connect_timeout: seconds to wait for a connection.
    :param proxy: URL of an HTTP proxy; None reads ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``.
    :param ca_bundle: file of CA certificates to trust instead of the default ones.
    :param max_reply_bytes: larger answers are refused.
    """

    timeout: float = 90.0
    connect_timeout: float = 10.0
    proxy: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None
    max_reply_bytes: int = 8 * 1024 * 1024


class Transport:
    """Sends messages; one instance keeps its connections and may be used by several threads."""

    def __init__(self, settings: TransportSettings | None = None) -> None:
        self.settings = settings or TransportSettings()
        self._clients: dict[str | None, httpx.BaseTransport] = {}
        self._async_clients: dict[AsyncKey, httpx.AsyncBaseTransport] = {}
        self._proxies: dict[str, str | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()

    def run(self, flow: Flow[T], stop: Stop | None = None) -> T:
        """Carry out ``flow`` on blocking sockets and return its result.

        :param stop: ends the conversation when it is asked to.
        """
        stop = stop or Stop()
        try:
            step = next(flow)
            while True:
                try:
                    outcome = self._take(step, stop)
                except Exception as failure:  # noqa: BLE001 - the conversation decides what each failure means
                    step = flow.throw(failure)
                else:
                    step = flow.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            flow.close()  # what an interrupt cut short may hold something that others wait for

    async def arun(self, flow: Flow[T], stop: Stop | None = None) -> T:
        """Like :meth:`run`, on the running event loop."""
        stop = stop or Stop()
        try:
            step = next(flow)
            while True:
                try:
                    outcome = await self._atake(step, stop)
                except Exception as failure:  # noqa: BLE001 - the conversation decides what each failure means
                    step = flow.throw(failure)
                else:
                    step = flow.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            flow.close()  # what a cancellation cut short may hold something that others wait for

    def close(self) -> None:
        """Close the blocking connections; the next call opens new ones."""
        with self._lock:
            while self._clients:
                self._clients.popitem()[1].close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            clients = [self._async_clients.pop(key) for key in list(self._async_clients) if key[1] is loop]
        for client in clients:
            await client.aclose()

    def _take(self, step: Step, stop: Stop) -> object:
        if isinstance(step, Message):
            stop.check()
            return self._send(step)
        if isinstance(step, Blocking):
            return step.work()
        if isinstance(step, Background):
            # A daemon: a process that is done does not stay for it.
            threading.Thread(target=self.run, args=(step.flow,), name="cloudflows-background", daemon=True).start()
        elif isinstance(step, Wait):
            for seconds in moments(step.seconds, stop):
                time.sleep(seconds)
        else:
            for seconds in moments(step.seconds, stop):
                if wait([step.outcome], seconds).done:
                    break
        return None

    async def _atake(self, step: Step, stop: Stop) -> object:
        if isinstance(step, Message):
            stop.check()
            return await self._asend(step)
        if isinstance(step, Blocking):
            return await asyncio.to_thread(step.work)
        if isinstance(step, Background):
            task = asyncio.create_task(self.arun(step.flow), name="cloudflows-background")
            self._tasks.add(task)  # the event loop itself keeps no hold of a task
            task.add_done_callback(self._tasks.discard)
        elif isinstance(step, Wait):
            for seconds in moments(step.seconds, stop):
                await asyncio.sleep(seconds)
        else:
            await settled(step.outcome, moments(step.seconds, stop))
        return None

    def _send(self, message: Message) -> Reply:
        timeout = self._time_for(message)
        with classified(timeout), deadline_of_this_thread(timeout):
            response = self._client(self._proxy_for(message)).handle_request(self._request(message))
            try:
                body = bytearray()
                for chunk in chunks_of(response):
                    self._append(body, chunk)
                return Reply(response.status_code, headers_of(response), bytes(body))
            finally:
                response.close()

    async def _asend(self, message: Message) -> Reply:
        timeout = self._time_for(message)
        with classified(timeout):
            async with asyncio.timeout(timeout):
                client = self._async_client(self._proxy_for(message))
                response = await client.handle_async_request(self._request(message))
                try:
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        self._append(body, chunk)
                    return Reply(response.status_code, headers_of(response), bytes(body))
                finally:
                    await response.aclose()

    def _time_for(self, message: Message) -> float:
        return self.settings.timeout if message.timeout is None else min(message.timeout, self.settings.timeout)

    def _append(self, body: bytearray, chunk: bytes) -> None:
        if len(body) + len(chunk) > self.settings.max_reply_bytes:
            raise Interrupted(f"the answer is larger than {self.settings.max_reply_bytes} bytes")
        body += chunk

    def _request(self, message: Message) -> httpx.Request:
        total = self._time_for(message)
        connect = min(total, self.settings.connect_timeout)
        headers = {"Host": message.host, **COMMON_HEADERS, **message.headers}
        if message.body or message.method in ("POST", "PUT"):
            headers["Content-Length"] = str(len(message.body))
        # A ready stream and encoded headers spare the library's own preparation, which costs more than a signature.
        return httpx.Request(
            message.method,
            parsed(message.url),
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()],
            stream=httpx.ByteStream(message.body),
            extensions={"timeout": {"connect": connect, "read": total, "write": total, "pool": connect}},
        )

    def _client(self, proxy: str | None) -> httpx.BaseTransport:
        with self._lock:
            client = self._clients.get(proxy)
            if client is None:
                certificates = trusted_certificates(self.settings.ca_bundle)
                with usable_proxy():
                    client = DeadlineTransport(verify=certificates, limits=KEEP_ALIVE, proxy=proxy)
                self._clients[proxy] = client
            return client

    def _async_client(self, proxy: str | None) -> httpx.AsyncBaseTransport:
        # Connections belong to the loop that opened them; a trigger and a later asyncio.run() are two loops. The key
        # holds the loop itself: the id of a loop that is gone may come again.
        key = (proxy, asyncio.get_running_loop())
        with self._lock:
            client = self._async_clients.get(key)
            if client is None:
                for old in [old for old in self._async_clients if old[1].is_closed()]:
                    del self._async_clients[old]
                certificates = trusted_certificates(self.settings.ca_bundle)
                with usable_proxy():
                    client = httpx.AsyncHTTPTransport(
                        verify=certificates, limits=KEEP_ALIVE, proxy=proxy, trust_env=False
                    )
                self._async_clients[key] = client
            return client

    def _proxy_for(self, message: Message) -> str | None:
        if message.direct:
            return None
        if message.origin not in self._proxies:
            self._proxies[message.origin] = self.settings.proxy or proxy_of_the_environment(message)
        return self._proxies[message.origin]


LONGEST_MOMENT = 0.1


def moments(seconds: float, stop: Stop) -> Iterator[float]:
    """Cut a pause into moments, so that it ends soon after somebody asks the conversation to stop.

    The one who asks may be a signal handler in this very thread, so there is no event to wait for.
    """
    end = time.monotonic() + seconds
    stop.check()
    while (left := end - time.monotonic()) > 0:
        yield min(left, LONGEST_MOMENT)
        stop.check()


async def settled(outcome: Future[None], pauses: Iterable[float]) -> None:
    """Return when ``outcome`` is settled or the pauses are over; giving up must not cancel what others wait for too."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def wake(_: object) -> None:
        with suppress(RuntimeError):  # the loop is gone, and who waited on it
            loop.call_soon_threadsafe(over.set)

    outcome.add_done_callback(wake)
    for seconds in pauses:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await over.wait()
        if over.is_set():
            return


def proxy_of_the_environment(message: Message) -> str | None:
    """Return the proxy that the environment names for the origin of ``message``, or None."""
    if proxy_bypass(message.host):
        return None
    proxies = getproxies()
    proxy = proxies.get(message.origin.partition("://")[0]) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Return the headers with names in lower case; a repeated one is joined, as HTTP has it."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def chunks_of(response: httpx.Response) -> Iterable[bytes]:
    """Return the body as it arrives; the library's decoder costs more than a signature, and is seldom needed."""
    stream = response.stream
    if "content-encoding" in response.headers or not isinstance(stream, httpx.SyncByteStream):
        return response.iter_bytes()
    return stream


@contextmanager
def usable_proxy() -> Iterator[None]:
    """Turn the HTTP library's complaints about a proxy address into one that says where to mend it."""
    try:
        yield
    except (httpx.InvalidURL, ImportError, ValueError):
        raise ConfigurationError(
            "The proxy is not the address of an HTTP proxy, such as http://proxy.example.com:3128; correct Proxy in "
            "the connection, or HTTPS_PROXY in the environment."
        ) from None


@contextmanager
def classified(timeout: float) -> Iterator[None]:
    """Turn every failure of the HTTP library into :class:`NotSent` or :class:`Interrupted`."""
    try:
        yield
    except UNSENT as failure:
        raise NotSent(_cause(failure)) from None
    except (httpx.TimeoutException, TimeoutError):
        raise Interrupted(f"no complete answer came within {timeout:.3g} seconds") from None
    except CUT_OFF as failure:
        raise Interrupted(_cause(failure)) from None


def _cause(failure: Exception) -> str:
    if isinstance(failure, httpx.ConnectTimeout):
        return "no connection within the connect timeout"
    return str(failure) or type(failure).__name__


_certificates: dict[tuple[str | None, str | None, str | None], ssl.SSLContext] = {}


def trusted_certificates(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the TLS context that trusts ``ca_bundle``, else ``SSL_CERT_FILE``/``SSL_CERT_DIR``, else the defaults.

    Loading certificates costs tens of milliseconds, so contexts are kept.
    """
    key = (ca_bundle, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    context = _certificates.get(key)
    if context is None:
        try:
            context = ssl.create_default_context(cafile=ca_bundle) if ca_bundle else httpx.create_ssl_context()
        except OSError as failure:
            raise ConfigurationError(
                f"The CA bundle {ca_bundle or key[1] or key[2]!r} cannot be read ({failure.strerror or failure}); "
                "correct its path in the connection."
            ) from None
        _certificates[key] = context
    return context


# The HTTP library's timeouts are per read: a server that sends one byte a second would keep a call alive for ever.
# These classes make the sockets of blocking calls aware of the one deadline of the call in progress. Asynchronous
# calls need nothing of the kind: asyncio.timeout() covers them.

_current = threading.local()


@contextmanager
def deadline_of_this_thread(seconds: float) -> Iterator[None]:
    """Bound every socket operation of this thread by ``seconds`` from now."""
    _current.deadline = time.monotonic() + seconds
    try:
        yield
    finally:
        del _current.deadline


def remaining(timeout: float | None, expired: type[httpcore.TimeoutException]) -> float | None:
    """Return how long a socket operation may take, or raise ``expired`` when the time of the call is over."""
    deadline = getattr(_current, "deadline", None)
    if deadline is None:  # closing idle connections happens outside of a call
        return timeout
    left = float(deadline - time.monotonic())
    if left <= 0:
        raise expired("the deadline of the call has passed")
    return left if timeout is None else min(timeout, left)


LARGEST_PIECE = 64 * 1024


class DeadlineStream(httpcore.NetworkStream):
    """A socket whose operations end by the deadline of the call, and which sends a request in one piece.

    The library writes the head and the body one after the other; two packets cost more than one and wake the
    server twice. What is written is kept until the library reads, which it does when the request is complete.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._unsent = bytearray()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            with suppress(httpcore.WriteError):  # a server that hangs up early may have said why: read on
                self._flush(timeout)
        return self._stream.read(max_bytes, remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        if len(self._unsent) > LARGEST_PIECE:
            self._flush(timeout)

    def _flush(self, timeout: float | None) -> None:
        piece, self._unsent = bytes(self._unsent), bytearray()
        self._stream.write(piece, remaining(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = remaining(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.SyncBackend):
    """Opens sockets that know the deadline of the call."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = remaining(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(super().connect_tcp(host, port, left, local_address, socket_options))


class DeadlineTransport(httpx.HTTPTransport):
    """The library's transport over :class:`DeadlineBackend`.

    The library offers no argument for the backend of the connection pool it makes, so it is set on the pool; a test
    with a server that drips its answer fails should a release rename the attribute.
    """

    def __init__(self, *, verify: ssl.SSLContext, limits: httpx.Limits, proxy: str | None) -> None:
        super().__init__(verify=verify, limits=limits, proxy=proxy, trust_env=False)
        self._pool._network_backend = DeadlineBackend()
