"""The sockets that the HTTP library uses: blocking, and on an event loop.

The library's own timeouts are per operation: a server that sends one byte a second would keep a call alive for ever.
These sockets ask the exchange in progress (:mod:`.exchange`) how much time is left, and tell it when the first byte of
its request leaves. The library writes the head and the body of a request one after the other; two packets cost more
than one and wake the server twice, so what is written is kept until the library reads, which it does when the request
is complete.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import ssl
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import SupportsIndex

import httpcore
from httpcore._backends.sync import SyncStream  # the library offers no other way to wrap a connected socket

from airflow_provider_cloudflows.transport.dialing import adial, dial
from airflow_provider_cloudflows.transport.exchange import current_exchange

__all__ = ["BlockingBackend", "LoopBackend"]

LARGEST_PIECE = 64 * 1024


class Outgoing:
    """What is written to a connection and has not left yet."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, data: bytes) -> bool:
        """Keep ``data``; return whether there is so much now that it should leave."""
        self._kept += data
        return len(self._kept) > LARGEST_PIECE

    def take(self) -> bytes:
        """Return what must leave now.

        :raises NotSent: it is the beginning of a request, and too late for it.
        :raises Stopped: it is the beginning of a request, and the conversation was asked to end.
        """
        piece = bytes(self._kept)
        self._kept.clear()
        exchange = current_exchange()
        # What asks a proxy for a tunnel is no part of the request.
        if piece and exchange is not None and not exchange.begun and not piece.startswith(b"CONNECT "):
            exchange.begin()
        return piece


class BlockingStream(httpcore.NetworkStream):
    """A connection whose operations end by the deadline of the exchange."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._outgoing = Outgoing()
        _open.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with suppress(httpcore.WriteError):  # a server that hangs up early may have said why: read on
            self._flush()
        return self._stream.read(max_bytes, time_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._outgoing.add(buffer):
            self._flush()

    def _flush(self) -> None:
        piece = self._outgoing.take()
        if piece:
            self._stream.write(piece, time_left())

    def close(self) -> None:
        self._stream.close()

    def close_descriptor(self) -> None:
        """Close this process's copy of the socket, without a word to the other side."""
        connection: socket.socket = self._stream.get_extra_info("socket")
        connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return BlockingStream(self._stream.start_tls(ssl_context, server_hostname, time_left()))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class BlockingBackend(httpcore.NetworkBackend):
    """Opens blocking connections."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        with failures_as(httpcore.ConnectError):
            return BlockingStream(SyncStream(dial(host, port)))


class Incoming(asyncio.StreamReader):
    """What has come and was not read yet; knows how much it is."""

    unread = 0

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self.unread += len(bytes(data))
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self.unread -= len(data)
        return data


class LoopStream(httpcore.AsyncNetworkStream):
    """A connection on an event loop; the driver bounds the whole exchange, this class the time to connect."""

    def __init__(self, connection: socket.socket, reader: Incoming, writer: asyncio.StreamWriter) -> None:
        self._socket = connection
        self._reader = reader
        self._writer = writer
        self._outgoing = Outgoing()
        _open.add(self)

    @classmethod
    async def over(cls, connection: socket.socket) -> LoopStream:
        """Return the stream of a connected socket, which belongs to it from now on."""
        loop = asyncio.get_running_loop()
        reader = Incoming(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await loop.create_connection(lambda: protocol, sock=connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection, reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with suppress(httpcore.WriteError):  # a server that hangs up early may have said why: read on
            await self._flush()
        with failures_as(httpcore.ReadError):
            exchange = current_exchange()
            if exchange is None or exchange.begun:
                return await self._reader.read(max_bytes)
            async with asyncio.timeout(exchange.left()):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._outgoing.add(buffer):
            await self._flush()

    async def _flush(self) -> None:
        piece = self._outgoing.take()
        if piece:
            with failures_as(httpcore.WriteError):
                self._writer.write(piece)
                await self._writer.drain()

    async def aclose(self) -> None:
        # Nothing is waiting to be sent, and a farewell in TLS would keep the socket until the server answers it.
        self._writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes the socket in its next round

    def close_descriptor(self) -> None:
        """Close this process's copy of the socket, without a word to the other side."""
        self._socket.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        with failures_as(httpcore.ConnectError):
            try:
                async with asyncio.timeout(time_left()):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
            except BaseException:
                await self.aclose()
                raise
        return self

    def get_extra_info(self, info: str) -> object:
        if info == "is_readable":
            return bool(self._reader.unread) or self._reader.at_eof() or is_readable(self._socket)
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._writer.get_extra_info(names.get(info, info))


class LoopBackend(httpcore.AsyncNetworkBackend):
    """Opens connections on the running event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        with failures_as(httpcore.ConnectError):
            return await LoopStream.over(await adial(host, port))


def time_left() -> float | None:
    """Return how long an operation may take; outside of an exchange, where idle connections are closed, no bound."""
    exchange = current_exchange()
    return None if exchange is None else exchange.left()


def is_readable(connection: socket.socket) -> bool:
    """Tell whether the other side has sent something, or has hung up."""
    if connection.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def failures_as(kind: type[httpcore.NetworkError]) -> Iterator[None]:
    """Turn the system's errors into those that the HTTP library knows; that the time is over stays what it is."""
    try:
        yield
    except TimeoutError:
        raise
    except OSError as failure:
        raise kind(str(failure)) from failure


_open: weakref.WeakSet[BlockingStream | LoopStream] = weakref.WeakSet()


def _close_inherited() -> None:
    """Close, in a forked child, what belongs to its parent: else a server would wait for both to hang up."""
    for stream in list(_open):
        with suppress(OSError):
            stream.close_descriptor()
    _open.clear()


os.register_at_fork(after_in_child=_close_inherited)
