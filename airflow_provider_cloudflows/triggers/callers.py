"""Who calls a cloud for the triggers of one event loop: one connection read, one client, one poller for all of them.

Ten thousand triggers that each read the connection would ask the API server ten thousand times, and none of them could
share a look.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.call import Call
    from airflow_provider_cloudflows.calls.client import CloudClient
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.waiting.poller import Poller

__all__ = ["Caller", "caller", "make_hook"]

READ_AGAIN_AFTER = 600.0
"""Seconds after which new waits read the connection again: somebody may have changed it."""

Key = tuple[str, str, str | None]


class Caller:
    """One connection in use.

    :param hook: calls the cloud.
    """

    def __init__(self, hook: CloudHook) -> None:
        self.hook = hook
        self.users = 0
        self._made_at = time.monotonic()
        self._poller: Poller | None = None
        self._first = asyncio.Lock()

    @property
    def is_fresh(self) -> bool:
        """Whether new waits may join."""
        return time.monotonic() - self._made_at < READ_AGAIN_AFTER

    def expire(self) -> None:
        """Let no new wait join: its credential is refused, and the connection may hold another one by now."""
        self._made_at = -math.inf

    async def client(self, request: Call[Any]) -> CloudClient:
        """Return the client, ready to make ``request``; who comes at the same time waits for one read."""
        async with self._first:
            return await self.hook.aget_conn(request)

    async def poller(self, request: Call[Any]) -> Poller:
        """Return what looks for all waits of this caller."""
        from airflow_provider_cloudflows.waiting.poller import Poller

        client = await self.client(request)
        if self._poller is None:
            self._poller = Poller(client)
        return self._poller


_callers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Key, Caller]] = WeakKeyDictionary()


@asynccontextmanager
async def caller(cloud: str, conn_id: str, region: str | None) -> AsyncIterator[Caller]:
    """Provide the caller that the triggers of the running event loop share; the last one closes it."""
    shared = _callers.setdefault(asyncio.get_running_loop(), {})
    key = (cloud, conn_id, region)
    one = shared.get(key)
    if one is None or not one.is_fresh:
        one = shared[key] = Caller(make_hook(cloud, conn_id, region))
    one.users += 1
    try:
        yield one
    finally:
        one.users -= 1
        if one.users == 0:
            if shared.get(key) is one:
                del shared[key]
            await one.hook.aclose()


def make_hook(cloud: str, conn_id: str, region: str | None) -> CloudHook:
    """Return the hook of ``cloud``, which is ``alibaba`` or ``huawei``."""
    if cloud == "alibaba":
        from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook

        return AlibabaCloudHook(conn_id, region=region)
    from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook

    return HuaweiCloudHook(conn_id, region=region)
