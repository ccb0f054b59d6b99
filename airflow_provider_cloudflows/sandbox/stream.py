"""Tells an open console that something changed: numbers that move, sent as server-sent events.

The console asks for what moved. So nothing is sent twice, a slow page misses nothing, and nobody waits for a poll.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from zlib import crc32

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from airflow_provider_cloudflows.sandbox.dispatch import Sandbox

_TICK_SECONDS = 0.2
_HEARTBEAT_TICKS = 75
"""After so many ticks without a change a comment is sent, by which a page that has gone is noticed."""

_RETRY_MILLISECONDS = 500
"""How long a page waits before it asks for a stream that broke; browsers wait for seconds."""


def revisions(sandbox: Sandbox) -> dict[str, int]:
    """A number for each part of what a console shows; it is another one when that part has changed.

    ``life`` is another one when it is another sandbox that answers, such as one that was started anew.
    """
    controls = [sandbox.faults.as_json(), sandbox.courses.as_json(), sandbox.settings.as_json(), sandbox.revoked()]
    return {
        "life": sandbox.life,
        "requests": sandbox.journal.last,
        "resets": sandbox.resets,
        "resources": sandbox.store.revision(),
        "controls": crc32(json.dumps([*controls, sandbox.advanced]).encode()),
    }


async def changes(sandbox: Sandbox) -> AsyncIterator[str]:
    """Events of the form ``data: {"requests": 12, …}``: the present numbers, then those of each change."""
    yield f"retry: {_RETRY_MILLISECONDS}\n\n"
    told: dict[str, int] = {}
    quiet = 0
    while True:
        now = revisions(sandbox)
        quiet = 0 if now != told else quiet + 1
        if quiet == 0:
            told = now
            yield f"data: {json.dumps(now)}\n\n"
        elif quiet % _HEARTBEAT_TICKS == 0:
            yield ": still here\n\n"
        await asyncio.sleep(_TICK_SECONDS)


def endpoint(sandbox: Sandbox) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of the stream."""

    async def stream(request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(changes(sandbox), media_type="text/event-stream", headers=headers)

    return stream
