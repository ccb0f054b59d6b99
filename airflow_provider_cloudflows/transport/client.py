"""The one module that imports the HTTP library.

It drives flows (see :mod:`.flow`) over blocking or asynchronous sockets, bounds every exchange by one total deadline
and by a size, and reports what went wrong by phase: before anything was sent, or after. Connections are shared by all
transports of a process (:mod:`.pools`). It follows no redirect, repeats nothing and interprets no answer.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import httpcore
import httpx

from airflow_provider_cloudflows import __version__
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.certificates import kept_certificates, trusted_certificates
from airflow_provider_cloudflows.transport.exchange import LONGEST_MOMENT, Exchange
from airflow_provider_cloudflows.transport.flow import Background, Blocking, Flow, Step, Stop, Wait
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted
from airflow_provider_cloudflows.transport.pools import Pool, Pools
from airflow_provider_cloudflows.transport.proxies import proxy_of_the_environment
from airflow_provider_cloudflows.transport.sockets import BlockingBackend, LoopBackend

__all__ = ["Transport", "TransportSettings"]

T = TypeVar("T")

COMMON_HEADERS = {
    "Accept": "application/json",
    # Answers are small; without compression the size cap counts what really arrives.
    "Accept-Encoding": "identity",
    "User-Agent": f"airflow-provider-cloudflows/{__version__}",
}

# Whatever of these ends an exchange; the last two are an address that no request can have, and the system's own.
FAILURES = (httpx.RequestError, httpx.StreamError, httpx.InvalidURL, UnicodeError, OSError)

# Shorter than any server's idle timeout that is usual, so that a create seldom meets a connection being closed.
KEEP_ALIVE = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)


BACKGROUND_NAME = "cloudflows-background"
"""The name of what works beside a conversation, a thread or a task."""

LONGEST_KEPT_ADDRESS = 512

kept_address = lru_cache(maxsize=256)(httpx.URL)


def address(url: str) -> httpx.URL:
    """Take ``url`` apart, which costs more than a signature; a task calls few different ones, and seldom long ones."""
    return kept_address(url) if len(url) <= LONGEST_KEPT_ADDRESS else httpx.URL(url)


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """How to reach the network.

    :param timeout: seconds that one call may take in total, with all its attempts. Creates have no idempotency token
        on these clouds, so a short timeout only turns slow answers into unknown outcomes.
    :param connect_timeout: seconds until there must be a connection: name resolution, proxy and TLS included.
    :param proxy: URL of an HTTP proxy for every host; None reads ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``.
    :param ca_bundle: file of CA certificates to trust instead of the default ones; read again when it is replaced.
    :param max_reply_bytes: larger answers are refused.
    """

    timeout: float = 90.0
    connect_timeout: float = 10.0
    proxy: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None
    max_reply_bytes: int = 8 * 1024 * 1024


_blocking: Pools[httpx.HTTPTransport] = Pools()
_on_loops: Pools[LoopClient] = Pools()


class Transport:
    """Sends messages, from any thread and on any event loop; transports of the same network share connections.

    A transport that has been closed opens connections anew when it is used again.
    """

    def __init__(self, settings: TransportSettings | None = None) -> None:
        self.settings = settings or TransportSettings()
        self._holder = _blocking.holder(self)
        self._holder_on_loops = _on_loops.holder(self)
        self._proxies: dict[str, str | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

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

    def warm_up(self) -> None:
        """Do what makes a first call slow; for a thread beside an event loop, which must not be held up."""
        rehearse(trusted_certificates(self.settings.ca_bundle))

    def close(self) -> None:
        """Let go of the blocking connections; who else uses them keeps them, and what is on its way arrives."""
        for client in _blocking.release(self._holder, None):
            client.close()

    async def aclose(self) -> None:
        """Let go of the connections of the running event loop; who else uses them keeps them."""
        for client in _on_loops.release(self._holder_on_loops, asyncio.get_running_loop()):
            await client.aclose()

    def _take(self, step: Step, stop: Stop) -> object:
        if isinstance(step, Message):
            return self._send(step, stop)
        if isinstance(step, Blocking):
            return step.work()
        if isinstance(step, Background):
            # A daemon: a process that is done does not stay for it.
            threading.Thread(target=self.run, args=(step.flow,), name=BACKGROUND_NAME, daemon=True).start()
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
            return await self._asend(step, stop)
        if isinstance(step, Blocking):
            return await asyncio.to_thread(step.work)
        if isinstance(step, Background):
            task = asyncio.create_task(self.arun(step.flow), name=BACKGROUND_NAME)
            self._tasks.add(task)  # the event loop itself keeps no hold of a task
            task.add_done_callback(self._tasks.discard)
        elif isinstance(step, Wait):
            for seconds in moments(step.seconds, stop):
                await asyncio.sleep(seconds)
        else:
            await settled(step.outcome, moments(step.seconds, stop))
        return None

    def _send(self, message: Message, stop: Stop) -> Reply:
        with classified(self._exchange(message, stop)):
            proxy = self._proxy_for(message)
            with self._client(proxy) as client:
                response = client.handle_request(self._request(message))
                try:
                    body = bytearray()
                    for chunk in chunks_of(response):
                        self._append(body, chunk)
                    return reply_of(response, body, proxy)
                finally:
                    response.close()

    async def _asend(self, message: Message, stop: Stop) -> Reply:
        with classified(self._exchange(message, stop)) as exchange:
            async with asyncio.timeout(exchange.seconds):
                proxy = self._proxy_for(message)
                async with self._async_client(proxy) as client:
                    response = await client.handle_async_request(self._request(message))
                    try:
                        body = bytearray()
                        async for chunk in response.aiter_bytes():
                            self._append(body, chunk)
                        return reply_of(response, body, proxy)
                    finally:
                        await response.aclose()

    def _exchange(self, message: Message, stop: Stop) -> Exchange:
        most = self.settings.timeout
        seconds = most if message.timeout is None else min(message.timeout, most)
        return Exchange(seconds, self.settings.connect_timeout, message.send_within, stop)

    def _append(self, body: bytearray, chunk: bytes) -> None:
        if len(body) + len(chunk) > self.settings.max_reply_bytes:
            raise Interrupted(f"the answer is larger than {self.settings.max_reply_bytes} bytes")
        body += chunk

    def _request(self, message: Message) -> httpx.Request:
        headers = {"Host": message.host, **COMMON_HEADERS, **message.headers}
        if message.body or message.method in ("POST", "PUT"):
            headers["Content-Length"] = str(len(message.body))
        # A ready stream and encoded headers spare the library's own preparation, which costs more than a signature.
        # It needs no timeouts: the sockets know the exchange.
        return httpx.Request(
            message.method,
            address(message.url),
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()],
            stream=httpx.ByteStream(message.body),
        )

    @contextmanager
    def _client(self, proxy: str | None) -> Iterator[httpx.HTTPTransport]:
        certificates = trusted_certificates(self.settings.ca_bundle)

        def make() -> httpx.HTTPTransport:
            return blocking_client(proxy, certificates)

        pool = _blocking.enter((proxy, certificates), None, self._holder, make)
        try:
            yield pool.client
        finally:
            for client in _blocking.leave(pool):
                client.close()

    @asynccontextmanager
    async def _async_client(self, proxy: str | None) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        if kept_certificates(self.settings.ca_bundle) is None or not _rehearsed:
            await asyncio.to_thread(self.warm_up)
        certificates = trusted_certificates(self.settings.ca_bundle)
        # Connections belong to the loop that opened them; a trigger and a later asyncio.run() are two loops.
        key, loop = (proxy, certificates), asyncio.get_running_loop()
        pool = _on_loops.enter(key, loop, self._holder_on_loops, lambda: LoopClient(proxy, certificates))
        try:
            await pool.client.close_with_the_loop(pool)
            yield pool.client.transport
        finally:
            for client in _on_loops.leave(pool):
                await client.aclose()

    def _proxy_for(self, message: Message) -> str | None:
        if message.direct:
            return None
        if message.origin not in self._proxies:
            self._proxies[message.origin] = self.settings.proxy or proxy_of_the_environment(message.origin)
        return self._proxies[message.origin]


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


def reply_of(response: httpx.Response, body: bytearray, proxy: str | None) -> Reply:
    """Return the complete answer, unless it is a proxy that refuses to pass the request on."""
    if proxy is not None and response.status_code == PROXY_AUTHENTICATION_REQUIRED:
        raise refused_by_proxy()
    return Reply(response.status_code, headers_of(response), bytes(body))


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


def blocking_client(proxy: str | None, certificates: ssl.SSLContext) -> httpx.HTTPTransport:
    """Return the library's transport over sockets that know the exchange.

    The library offers no argument for the backend of the connection pool it makes, so it is set on the pool; a test
    with a server that drips its answer fails should a release rename the attribute.
    """
    client = httpx.HTTPTransport(
        verify=certificates, limits=KEEP_ALIVE, proxy=proxy_of(proxy, certificates), trust_env=False
    )
    client._pool._network_backend = BlockingBackend()
    return client


class LoopClient:
    """The library's transport for one event loop, which is closed at the latest when that loop ends."""

    def __init__(self, proxy: str | None, certificates: ssl.SSLContext) -> None:
        self.transport = httpx.AsyncHTTPTransport(
            verify=certificates, limits=KEEP_ALIVE, proxy=proxy_of(proxy, certificates), trust_env=False
        )
        self.transport._pool._network_backend = LoopBackend()
        self._ending: AsyncGenerator[None, None] | None = None

    async def close_with_the_loop(self, pool: Pool[LoopClient]) -> None:
        """Close the connections when the loop ends, should nobody have done so before.

        ``asyncio.run`` closes the asynchronous generators that are still open, and so reaches the end of this one.
        """

        async def until_the_end() -> AsyncGenerator[None, None]:
            try:
                yield
            finally:
                _on_loops.forget(pool)
                await self.transport.aclose()

        if self._ending is None:
            self._ending = until_the_end()
            await anext(self._ending)

    async def aclose(self) -> None:
        """Close the connections now."""
        if self._ending is not None:
            await self._ending.aclose()


_rehearsed = False


def rehearse(certificates: ssl.SSLContext) -> None:
    """Let the library make one asynchronous call to nobody, since it imports half of what it needs at the first one."""
    global _rehearsed
    if _rehearsed:
        return

    async def one_call() -> None:
        answer = httpcore.AsyncMockBackend([b"HTTP/1.1 204 No Content\r\n\r\n"])
        async with httpcore.AsyncConnectionPool(ssl_context=certificates, network_backend=answer) as pool:
            await pool.request("GET", "http://nobody.invalid")

    asyncio.run(one_call())
    _rehearsed = True


def proxy_of(url: str | None, certificates: ssl.SSLContext) -> httpx.Proxy | None:
    """Return the proxy at ``url``; one that speaks TLS itself is verified like everybody else.

    :raises ConfigurationError: there is no HTTP proxy that could have such an address.
    """
    if url is None:
        return None
    try:
        proxy = httpx.Proxy(url)
    except (httpx.InvalidURL, ValueError):
        raise unusable_proxy() from None
    if proxy.url.scheme not in ("http", "https") or not proxy.url.host:
        raise unusable_proxy()
    if proxy.url.scheme == "https":
        proxy.ssl_context = certificates
    return proxy


def unusable_proxy() -> ConfigurationError:
    return ConfigurationError(
        "The proxy is not the address of an HTTP proxy, such as http://proxy.example.com:3128; correct Proxy in "
        "the connection, or HTTPS_PROXY in the environment."
    )


PROXY_AUTHENTICATION_REQUIRED = 407


def refused_by_proxy() -> ConfigurationError:
    """Return the error for a proxy that wants another login; trying again could only lock it."""
    return ConfigurationError(
        "The proxy does not accept the login in its address, or wants one and there is none (HTTP 407), so nothing "
        "was sent; correct user and password in Proxy of the connection, or in HTTPS_PROXY of the environment."
    )


@contextmanager
def classified(exchange: Exchange) -> Iterator[Exchange]:
    """Turn every failure of the HTTP library into :class:`NotSent` or :class:`Interrupted`, by the phase it is in."""
    try:
        with exchange:
            yield exchange
    except httpx.ProxyError as failure:
        if str(failure).startswith(str(PROXY_AUTHENTICATION_REQUIRED)):
            raise refused_by_proxy() from None
        raise exchange.verdict(f"the proxy refused to make a connection: {failure}", timed_out=False) from None
    except FAILURES as failure:
        timed_out = isinstance(failure, (TimeoutError, httpx.TimeoutException))
        raise exchange.verdict(str(failure) or type(failure).__name__, timed_out=timed_out) from None
