"""A reply ready to be sent, and the ways its bytes reach a client: at once, late, slowly, in part, without end.

It speaks plain ASGI and decides nothing: what goes wrong with which reply is decided in ``faults.py``. What ASGI
cannot do to a connection is done in ``proxy.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_LEAST_PROMISED = 16
_ENDLESS_CHUNK = b"x" * 65536
_ENDLESS_PAUSE = 0.001


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the bytes of a reply go out. ``connection`` is what the proxy does instead of sending a reply."""

    delay: float = 0
    interval: float = 0
    truncated: bool = False
    endless: bool = False
    connection: str = ""


AT_ONCE = Delivery()


@dataclass(frozen=True, slots=True)
class WireReply:
    """A reply ready to be sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    delivery: Delivery = AT_ONCE


async def deliver(reply: WireReply, receive: Receive, send: Send) -> None:
    """Send a reply; stops quietly when the client has gone."""
    if reply.delivery == AT_ONCE:
        await _start(reply, send, len(reply.body))
        await send({"type": "http.response.body", "body": reply.body})
        return
    async with _watching(receive) as gone:
        if not await _pause(gone, reply.delivery.delay):
            return
        if reply.delivery.endless:
            await _endlessly(reply, send, gone)
        elif reply.delivery.truncated:
            await _half(reply, send)
        else:
            await _by_bytes(reply, send, gone)


async def _endlessly(reply: WireReply, send: Send, gone: asyncio.Task[None]) -> None:
    await _start(reply, send, None)
    await _send_part(send, b'{"filler": "')
    while await _pause(gone, _ENDLESS_PAUSE):
        await _send_part(send, _ENDLESS_CHUNK)


async def _half(reply: WireReply, send: Send) -> None:
    """Returning before the last part makes the server close the connection."""
    await _start(reply, send, max(len(reply.body), _LEAST_PROMISED))
    await _send_part(send, reply.body[: len(reply.body) // 2])


async def _by_bytes(reply: WireReply, send: Send, gone: asyncio.Task[None]) -> None:
    await _start(reply, send, len(reply.body))
    if reply.delivery.interval:
        for position in range(len(reply.body)):
            if not await _pause(gone, reply.delivery.interval):
                return
            await _send_part(send, reply.body[position : position + 1])
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": reply.body})


async def _start(reply: WireReply, send: Send, length: int | None) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})


async def _send_part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


@asynccontextmanager
async def _watching(receive: Receive) -> AsyncIterator[asyncio.Task[None]]:
    """A task that ends when the client has gone."""

    async def wait() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    gone = asyncio.create_task(wait())
    try:
        yield gone
    finally:
        gone.cancel()


async def _pause(gone: asyncio.Task[None], seconds: float) -> bool:
    """Wait, and tell whether the client is still there."""
    await asyncio.wait({gone}, timeout=seconds)
    return not gone.done()
