"""One look for many waits: whatever one list call can answer on an event loop is answered by it.

Two thousand waits that each ask for themselves, at five requests a second, look once in 400 seconds; a page of a
hundred answers a hundred of them. So the waits for things of one place, for one caller, form a group. It looks when
the first of them is due, and all of them learn what it saw.

What a list says ends a wait; the last word has the task, which reads the thing by its id when it goes on, and waits
again where that says something else. Where there is no list, and for what a list does not show, things are read one by
one, at the rate that the service gets from all waits together.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.pages import Pages, Tally
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudflowsError, Repeat, Throttled
from airflow_provider_cloudflows.waiting.limiter import Limiter
from airflow_provider_cloudflows.waiting.pace import LONGEST_PAUSE, Pace
from airflow_provider_cloudflows.waiting.waiter import Patience, attend
from airflow_provider_cloudflows.waiting.watch import Sighting, Watch

__all__ = ["Poller"]

log = logging.getLogger(__name__)

AT_ONCE = 8
"""How many reads by id are on their way at the same time."""

POOR_PAGES = 2
"""A list is left when so many pages in a row showed nothing that is waited for: the rest is cheaper one by one."""

MOST_LIST_FAILURES = 2
"""A list that fails in so many rounds in a row is not waited for: what is due is read one by one meanwhile."""

TOGETHER = 0.05
"""Seconds: what becomes due within them is looked at together."""


@dataclass(eq=False)
class Member:
    """One wait of a group.

    :param watch: what for.
    :param pauses: between its looks.
    :param pause: the one before the next look.
    :param due: when it is looked at next, by the loop's clock.
    :param over: resolved when it is over, or when looking at it fails for good.
    :param state: the state that was seen last.
    """

    watch: Watch
    resource: Resource
    pauses: Iterator[float]
    pause: float
    due: float
    over: asyncio.Future[Sighting]
    state: str | None = None
    patience: Patience = field(default_factory=Patience)


class Group:
    """The waits that one list can answer, or those of one kind that no list answers.

    :param client: calls the cloud for all of them.
    :param limiter: shared by all groups of the caller and the service.
    """

    def __init__(self, client: CloudClient, limiter: Limiter) -> None:
        self._client = client
        self._limiter = limiter
        self._members: set[Member] = set()
        self._next_round = math.inf
        self._sooner = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._list_failures = 0

    def __len__(self) -> int:
        return len(self._members)

    @property
    def has_ended(self) -> bool:
        """Whether it looks no more, so that nobody may join."""
        return self._task is not None and self._task.done()

    def add(self, member: Member) -> None:
        """Look at ``member`` from now on."""
        self._members.add(member)
        if self._task is None:
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(self._ended)
        elif member.due < self._next_round:
            self._sooner.set()

    def remove(self, member: Member) -> None:
        """Do not look at ``member`` any more; the last one ends the group."""
        self._members.discard(member)
        if not self._members and self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """No wait outlives what looks for it."""
        failure = None if task.cancelled() else task.exception()
        for member in self._members:
            if failure is not None and not member.over.done():
                member.over.set_exception(failure)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._sooner.clear()
            self._next_round = min((member.due for member in self._members), default=math.inf)
            pause = self._next_round - loop.time()
            if pause > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._sooner.wait(), pause + TOGETHER)
                continue
            await self._round([member for member in self._members if member.due <= loop.time()])

    async def _round(self, due: list[Member]) -> None:
        """Look at those that are due, and at whatever else the same pages show."""
        pages = due[0].resource.watching() if len(self._members) > 1 else None
        rest = due if pages is None else await self._by_list(pages, due)
        await self._by_ids(rest)
        now = asyncio.get_running_loop().time()
        for member in due:
            member.pause = next(member.pauses)
            member.due = now + member.pause

    async def _by_list(self, pages: Pages[Any, Any], due: list[Member]) -> list[Member]:
        """Read the list as far as it is worth it; return those of ``due`` that have to be read by their ids."""
        wanted: dict[str, list[Member]] = {}
        for member in self._members:
            wanted.setdefault(str(member.watch.resource_id), []).append(member)
        unseen, waiting, poor = set(due), set[Member](), 0
        tally = Tally(pages)
        while tally.request is not None and unseen and poor < POOR_PAGES:
            await self._limiter.slot()
            try:
                items = tally.add(await self._client.acall(tally.request))
            except CloudflowsError as failure:
                return [*waiting, *unseen] if self._may_be_read_without_a_list(failure) else []
            shown = [(member, item) for item in items for member in wanted.get(str(due[0].resource.id_of(item)), ())]
            for member, item in shown:
                self._tell(member, Sighting.of(member.resource, item))
                if member.resource.going_on(item) is not None:
                    waiting.add(member)  # for a word, which is given after a read by its id
                    continue
                member.due = max(member.due, asyncio.get_running_loop().time() + member.pause)
            unseen.difference_update(member for member, _ in shown)
            poor = 0 if shown else poor + 1
        self._list_failures = 0
        return [*waiting, *unseen]

    def _may_be_read_without_a_list(self, failure: CloudflowsError) -> bool:
        """Tell whether to read one by one what the list did not show since it failed.

        A list ends at some number of items, may be denied, and may hold one item that nobody can read: things are read
        by their ids then. A service that is down for a while is not asked for each of thousands, though.
        """
        self._put_off(failure, self._whom_it_concerns(failure, []))
        self._list_failures += 1
        if isinstance(failure, (AuthenticationFailed, Throttled)):
            return False
        return failure.repeat is Repeat.NEVER or self._list_failures >= MOST_LIST_FAILURES

    async def _by_ids(self, members: list[Member]) -> None:
        """Read ``members`` one by one, some at a time; none any more when the credential is refused.

        The first goes alone: clouds lock a key that was refused a few times.
        """
        queue = iter(members)
        is_refused = False

        async def reader(most: int) -> None:
            nonlocal is_refused
            for member in islice(queue, most):
                if is_refused:
                    return
                is_refused = isinstance(await self._by_id(member), AuthenticationFailed)

        await reader(1)
        await asyncio.gather(*(reader(len(members)) for _ in range(min(AT_ONCE, len(members) - 1))))

    async def _by_id(self, member: Member) -> CloudflowsError | None:
        """Read one, and return why that failed, if it did."""
        await self._limiter.slot()
        try:
            sighting = await self._client.transport.arun(attend(self._client, member.watch))
        except CloudflowsError as failure:
            self._put_off(failure, self._whom_it_concerns(failure, [member]))
            return failure
        self._tell(member, sighting)
        return None

    def _whom_it_concerns(self, failure: CloudflowsError, members: list[Member]) -> list[Member]:
        """Return all waits for a credential that is refused, which they share, and else ``members``."""
        return list(self._members) if isinstance(failure, AuthenticationFailed) else members

    def _tell(self, member: Member, sighting: Sighting) -> None:
        member.patience.seen()
        if sighting.state != member.state:
            log.info("%s %s is %s.", member.resource.title, member.watch.resource_id, sighting.state or "gone")
            member.state = sighting.state
        if member.watch.is_over(sighting) and not member.over.done():
            member.over.set_result(sighting)

    def _put_off(self, failure: CloudflowsError, members: list[Member]) -> None:
        """A look failed: try again later, or end the waits that have had enough of it."""
        log.warning("%s Looking again later.", failure)
        if isinstance(failure, Throttled) and failure.wait:
            self._limiter.hold_off(min(failure.wait, LONGEST_PAUSE))  # all waits for the service are held off by one
        for member in members:
            try:
                member.patience.after(failure)
            except CloudflowsError as enough:
                if not member.over.done():
                    member.over.set_exception(enough)


class Poller:
    """All waits of one caller on one event loop.

    :param client: calls the cloud.
    """

    def __init__(self, client: CloudClient) -> None:
        self._client = client
        self._groups: dict[str, Group] = {}
        self._limiters: dict[str, Limiter] = {}

    async def until_over(self, watch: Watch, pace: Pace) -> Sighting:
        """Return what was seen when it was over; there is no other end than that, or the caller's own.

        The first look is a pause away: who waits has just started it, or looked.

        :raises CloudflowsError: looking at it failed, in a way that a repeat cannot help, several times in a row.
        """
        resource = watch.resource()
        loop = asyncio.get_running_loop()
        over: asyncio.Future[Sighting] = loop.create_future()
        pauses = pace.pauses()
        pause = next(pauses)
        member = Member(watch, resource, pauses, pause, loop.time() + pause, over)
        key = self._key(resource, watch.resource_id)
        if key not in self._groups or self._groups[key].has_ended:
            self._groups[key] = Group(self._client, self._limiter(resource, watch.resource_id))
        group = self._groups[key]
        group.add(member)
        try:
            return await over
        finally:
            group.remove(member)
            if not len(group) and self._groups.get(key) is group:
                del self._groups[key]

    @staticmethod
    def _key(resource: Resource, resource_id: Id) -> str:
        """Return what the things share that one list shows; without a list, that there is none.

        Work that any request may show is of one kind whatever its service, and each service has its own rate.
        """
        pages = resource.watching()
        parameters = "" if pages is None else json.dumps(pages.parameters(), sort_keys=True)
        return f"{resource.reading(resource_id).service.name} {type(resource).__qualname__} {parameters}"

    def _limiter(self, resource: Resource, resource_id: Id) -> Limiter:
        service = resource.reading(resource_id).service
        return self._limiters.setdefault(service.name, Limiter(service.rate))
