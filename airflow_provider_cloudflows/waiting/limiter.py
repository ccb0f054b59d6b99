"""A bound on how often waits call one service for one caller, whatever their number."""

from __future__ import annotations

import asyncio

__all__ = ["Limiter"]


class Limiter:
    """Hands out slots at a steady rate, on one event loop.

    :param rate: slots a second.
    """

    def __init__(self, rate: float) -> None:
        self._interval = 1.0 / rate
        self._next = 0.0

    async def slot(self) -> None:
        """Return when the next slot has come; who asks first gets it first."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        mine = max(self._next, now)
        self._next = mine + self._interval
        if mine > now:
            await asyncio.sleep(mine - now)

    def hold_off(self, seconds: float) -> None:
        """Hand out no slot for ``seconds``: the service asked for it."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
