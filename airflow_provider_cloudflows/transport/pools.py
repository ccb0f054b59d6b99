"""Connections that all hooks of a process share, and when they are closed.

A pool of connections belongs to one way to reach the network and to one event loop, or to blocking calls. It is kept
as long as somebody holds it: every transport that has used it and has not been closed, and every call that is on its
way. When the last one lets go, its connections are closed: no timer, nothing left behind, and nobody is cut off. A
transport that is forgotten instead of closed lets go at the next use of any transport. A forked child starts without
pools. This module does not know what a pool is made of.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Holder", "Pool", "Pools"]

ClientT = TypeVar("ClientT")


class Pool(Generic[ClientT]):
    """The connections behind one ``client``.

    :param key: how the network is reached.
    :param loop: the event loop that they belong to; None for blocking ones.
    :param client: keeps the connections.
    """

    __slots__ = ("calls", "client", "holders", "key", "loop")

    def __init__(self, key: Hashable, loop: asyncio.AbstractEventLoop | None, client: ClientT) -> None:
        self.key = key
        self.loop = loop
        self.client = client
        self.holders: set[Holder] = set()
        self.calls = 0

    @property
    def is_idle(self) -> bool:
        """Nobody holds it."""
        return not self.calls and not self.holders


class Holder:
    """Who holds pools; by its identity."""

    __slots__ = ("__weakref__",)


class Pools(Generic[ClientT]):
    """All pools of this process."""

    def __init__(self) -> None:
        self._inherited: list[object] = []
        self._forgotten: deque[Holder] = deque()
        self._start_anew()
        os.register_at_fork(after_in_child=self._start_anew_in_child)

    def holder(self, owner: object) -> Holder:
        """Return a holder that lets go by itself once ``owner`` is gone."""
        holder = Holder()
        # It may be gone at any moment, also while this thread has the lock: so the lock is not taken here.
        weakref.finalize(owner, self._forgotten.append, holder).atexit = False
        return holder

    def enter(
        self, key: Hashable, loop: asyncio.AbstractEventLoop | None, holder: Holder, make: Callable[[], ClientT]
    ) -> Pool[ClientT]:
        """Return the pool for a call; its maker and the caller hold it."""
        with self._lock:
            # The key holds the loop itself: the id of a loop that is gone may come again.
            pool = self._pools.get((key, loop))
            if pool is None:
                self._drop_dead_loops()
                pool = self._pools[key, loop] = Pool(key, loop, make())
            pool.holders.add(holder)
            pool.calls += 1
            return pool

    def leave(self, pool: Pool[ClientT]) -> list[ClientT]:
        """End a call; return what has to be closed now."""
        with self._lock:
            pool.calls -= 1
            return self._idle(pool.loop) if not pool.calls or self._forgotten else []

    def release(self, holder: Holder, loop: asyncio.AbstractEventLoop | None) -> list[ClientT]:
        """Let go of the pools of ``loop``; return what has to be closed now."""
        with self._lock:
            for pool in self._pools.values():
                if pool.loop is loop:
                    pool.holders.discard(holder)
            return self._idle(loop)

    def forget(self, pool: Pool[ClientT]) -> None:
        """Take ``pool`` out, whoever holds it: its event loop ends."""
        with self._lock:
            if self._pools.get((pool.key, pool.loop)) is pool:
                del self._pools[pool.key, pool.loop]

    def _idle(self, loop: asyncio.AbstractEventLoop | None) -> list[ClientT]:
        while self._forgotten:
            holder = self._forgotten.popleft()
            for pool in self._pools.values():
                pool.holders.discard(holder)
        idle = [pool for pool in self._pools.values() if pool.loop is loop and pool.is_idle]
        return [self._pools.pop((pool.key, pool.loop)).client for pool in idle]

    def _drop_dead_loops(self) -> None:
        for address, pool in list(self._pools.items()):
            if pool.loop is not None and pool.loop.is_closed():
                del self._pools[address]

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[tuple[Hashable, asyncio.AbstractEventLoop | None], Pool[ClientT]] = {}
        self._forgotten.clear()

    def _start_anew_in_child(self) -> None:
        # Kept in memory, so that nothing of the parent's event loops is finalized here: they share their wake-up pipe.
        self._inherited.append(self._pools)
        self._start_anew()
