"""A TCP proxy in front of the web server, for what HTTP servers cannot do to a connection.

It forwards bytes and understands none of them. The application tells it which connection to end, and how, before any
byte of an answer exists; both run in one event loop, and a connection is known by the address the proxy calls from.
"""

from __future__ import annotations

import asyncio
import socket
import struct

Address = tuple[str, int]

_CHUNK = 65536
_LINGER_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards what arrives at ``listener`` to ``upstream``."""

    def __init__(self, listener: socket.socket, upstream: Address) -> None:
        self._listener = listener
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._links: dict[Address, _Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Accept connections."""
        self._server = await asyncio.start_server(self._accept, sock=self._listener)

    async def stop(self) -> None:
        """Stop listening and end all connections."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def act(self, connection: Address, kind: str) -> None:
        """End the connection that the server sees as coming from this address, without an answer."""
        self._links[connection].act(kind)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A task of our own: asyncio reports the ones it makes as failed when they are cancelled."""
        task = asyncio.create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except OSError:
            pass  # One side has gone; closing the other one is all there is to do.
        finally:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        address = up_writer.get_extra_info("sockname")[:2]
        link = self._links[address] = _Link(writer, up_writer)
        answers = asyncio.create_task(link.forward_answers(up_reader))
        try:
            await link.forward_requests(reader)
            await answers
            writer.close()
            await writer.wait_closed()
        finally:
            answers.cancel()
            up_writer.transport.abort()
            del self._links[address]
            await asyncio.gather(answers, return_exceptions=True)


class _Link:
    """One client's connection and the one to the server that belongs to it."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._client = client
        self._server = server
        self._is_cut_off = False

    def act(self, kind: str) -> None:
        """From here on nothing of the server reaches the client, and the other way round."""
        self._is_cut_off = True
        self._server.transport.abort()
        if kind == "reset":
            self._client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
            self._client.transport.abort()
        elif kind == "cut":
            self._client.write(b"HTTP/1.")
            self._client.close()
        elif kind == "drop":
            self._client.close()
        else:
            assert kind == "silence", kind

    async def forward_requests(self, reader: asyncio.StreamReader) -> None:
        """Until the client ends its side; a silent connection stays open that long."""
        while data := await reader.read(_CHUNK):
            if not self._is_cut_off:
                self._server.write(data)
                await self._server.drain()
        if not self._is_cut_off:
            self._server.write_eof()

    async def forward_answers(self, reader: asyncio.StreamReader) -> None:
        """Until the server ends its side, and with it the client's."""
        try:
            while data := await reader.read(_CHUNK):
                if not self._is_cut_off:
                    self._client.write(data)
                    await self._client.drain()
        finally:
            if not self._is_cut_off:
                self._client.close()
