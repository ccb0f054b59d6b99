"""Which of what exists is the resource, and whether a send of this task made it.

A name tells most resources, and what was there before the first send is not ours. Where a name tells nothing, or
several things have it, the times that the service shows decide, and what other tasks say is theirs. What nothing tells
is a person's to decide.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.calls.resource import Id, Resource, moment
from airflow_provider_cloudflows.errors import AmbiguousMatch, CloudError, CloudflowsError, NoAnswer
from airflow_provider_cloudflows.provisioning.census import census
from airflow_provider_cloudflows.provisioning.ledger import Ledger
from airflow_provider_cloudflows.provisioning.looking import Found, Looker
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Wait

__all__ = ["PartlyShown", "Search"]

log = logging.getLogger(__name__)

LATEST_EFFECT = 20 * 60.0
"""Seconds after which a request takes no effect any more, by the server's clock: both clouds refuse a signature that is
more than 15 minutes old. What was created later was created by somebody else."""

EARLIEST_EFFECT = -5.0
"""Seconds before a request left, by the server's clock: clocks of one service differ a little, and times are cut to
seconds. What was created earlier was created by somebody else."""

SOON = 60.0
"""Seconds after a request left in which nearly every one takes effect that ever does."""

BEFORE_THE_FIRST = 20 * 60.0
"""Seconds before the first send from which a list of what is made all the time, such as runs, is read; longer than a
clock may be off that a service still believes."""

ONE_CREATE = 60.0
"""Seconds between the first and the last of what one create makes, by the service's own times."""


class PartlyShown(NoAnswer):
    """The lists show a part of what one create made.

    :param found: that part.
    :param lacking: how many more there are to be.
    """

    def __init__(self, found: Found, lacking: int, resource: Resource, made_by: str) -> None:
        listing = resource.looking(None)
        super().__init__(
            f"the lists show {1 + len(found.others)} of what {made_by} made, and lack {lacking}",
            operation=made_by if listing is None else listing.title,
            advice="try again later, when they show all; nothing more was sent",
        )
        self.found = found


class Search:
    """Finds the resource of one task. Every method that may talk to somebody is a conversation.

    :param client: calls the cloud.
    :param ledger: what is known; what turns out to be dead is noted there.
    :param looker: confirms by id what a list shows.
    :param title: the create, for error messages.
    :param others: tells the ids of what other tasks are known to have made.
    """

    def __init__(
        self,
        client: CloudClient,
        ledger: Ledger,
        looker: Looker,
        title: str,
        others: Callable[[], Collection[Id]],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._looker = looker
        self._title = title
        self._others = others

    # --- on a list ---------------------------------------------------------------------------------------------------

    def listing_before_the_first(self, resource: Resource) -> Pages[Any, Any] | None:
        """Return the list that shows what is there before anything was sent, or None where nothing lists it."""
        return resource.looking(_earlier_than(self._client.signer.now()))

    def find(self, resource: Resource, *, may_be_ours: bool = False) -> Flow[Found | None]:
        """Return the resource if it is there now and was not before the first send.

        :param may_be_ours: a send of this task took effect, or may have.
        """
        record = self._ledger.record
        if not (resource.takes_existing or record.doubtful or may_be_ours):
            return None  # no send of this task can have made it, and what others made is not it
        try:
            return (yield from self._find(resource))
        except PartlyShown as partly:
            log.info("%s Looking again.", partly)
            yield Wait(self._looker.settle)
            return (yield from self._find(resource))

    def _find(self, resource: Resource) -> Flow[Found | None]:
        listing = resource.looking(_earlier_than(self._ledger.record.first_sent_at))
        items = [] if listing is None else (yield from census(self._client, listing))
        if resource.told_by_birth:
            items = self._born_since_the_first_send(resource, items)
        return (yield from self.one_of(resource, items))

    def one_of(self, resource: Resource, items: list[Any]) -> Flow[Found | None]:
        """Return the only item that is the resource; note the dead ones that a list still shows.

        :raises AmbiguousMatch: nothing tells which it is, or whether it is.
        """
        record = self._ledger.record
        excluded = {*record.seen, *record.gone}
        if items and not resource.takes_existing:
            excluded |= yield from self._made_by_others()
        shown = yield from self._looker.candidates(resource, items, excluded, similar_too=record.doubtful)
        self._ledger.note(gone=[*record.gone, *shown.dead])
        if shown.alive and resource.makes_several:
            return (yield from self._with_others(resource, shown.alive, excluded))
        alive = shown.alive if resource.takes_existing else self._begun_by_this_task(resource, shown.alive)
        if len(alive) > 1:
            raise AmbiguousMatch(
                f"{len(alive)} have exactly this name: {', '.join(str(one.resource_id) for one in alive)}",
                operation=self._title,
            )
        if not shown.alive and shown.similar and record.doubtful:
            raise self._nearly_ours(resource, shown.similar[0])
        return alive[0] if alive else None

    def _born_since_the_first_send(self, resource: Resource, items: list[Any]) -> list[Any]:
        """Return what a create of this task can have made.

        :raises NoAnswer: nothing tells when the first one left.
        """
        if not self._ledger.record.sent:
            return []
        if self._ledger.record.first_sent_at is None:
            raise NoAnswer(
                f"nothing tells which {resource.title} is new, since no answer told the server's time",
                operation=self._title,
                advice="look in the console, and start a new DAG run",
            )
        return [item for item in items if self.is_ours(resource, item) is True]

    def _nearly_ours(self, resource: Resource, one: Found) -> AmbiguousMatch:
        """What is new since the first send has nearly our name: a service may write it another way than it was sent."""
        name = getattr(one.item, resource.name_field, None)
        what_to_do = (
            "rename it, or remove it, and clear the task" if not resource.ends else "start a new DAG run if not"
        )
        said = f"{one.resource_id} appeared since the create was sent, "
        return AmbiguousMatch(
            said + (f"as {name!r}" if name else "without a name"),
            operation=self._title,
            advice=f"look in the console whether it is the one: {what_to_do}",
        )

    def _begun_by_this_task(self, resource: Resource, alive: list[Found]) -> list[Found]:
        """Return which of those that no name tells apart a send of this task made, by when they began.

        :raises AmbiguousMatch: one began so long after the send that it is more likely somebody else's.
        """
        possible = [one for one in alive if self.is_ours(resource, one.item) is not False]
        likely = [one for one in possible if self.is_ours(resource, one.item, SOON) is not False]
        if possible and not likely:
            (one, *_) = possible
            raise AmbiguousMatch(
                f"{one.resource_id} began more than {SOON:.0f} s after the request left, and nothing tells whose it is",
                operation=self._title,
                advice="look in the console whether it is this task's, and start a new DAG run if it is not",
            )
        return likely

    def _with_others(self, resource: Resource, alive: list[Found], excluded: Collection[Id]) -> Flow[Found]:
        """Return the first of what one create made, with the ids of all the others, on whatever lists they are.

        :raises PartlyShown: the lists do not show all of it yet.
        """
        first, *rest = sorted(alive, key=lambda one: str(one.resource_id).zfill(20))
        items = [one.item for one in rest]
        for pages in resource.gathering():
            items += [one for one in (yield from census(self._client, pages)) if resource.is_match(one)]
        # What is much older is an earlier create's, of a task that keeps no record.
        began = moment(resource.born(first.item)) or 0.0
        mine = [one for one in items if (moment(resource.born(one)) or math.inf) >= began - ONE_CREATE]
        mine = [one for one in mine if resource.id_of(one) not in excluded]
        found = replace(first, others=tuple(resource.id_of(one) for one in mine))
        lacking = resource.lacking([first.item, *mine])
        if lacking:
            raise PartlyShown(found, lacking, resource, self._title)
        return found

    # --- whose it is -------------------------------------------------------------------------------------------------

    def is_ours(self, resource: Resource, item: Any, latest: float = LATEST_EFFECT) -> bool | None:
        """Tell by the time of its creation whether a create of this task can have made it; None without such a time.

        :param latest: seconds after the last send.
        """
        record = self._ledger.record
        born, first, last = moment(resource.born(item)), record.first_sent_at, record.sent_at
        if born is None or first is None or last is None:
            return None
        return first + EARLIEST_EFFECT <= born <= last + latest

    def was_made_by_another(self, resource: Resource, item: Any) -> Flow[bool]:
        """Tell whether the service shows a creator who certainly is not this caller."""
        creators = resource.creators(item)
        if not creators or self._client.principal is None:
            return False
        try:
            principal = yield from self._client.principal(self._client)
        except CloudError as failure:
            log.info("%s: nothing tells who the caller is: %s", self._title, failure)
            return False
        return bool(principal) and principal.isdisjoint(creators)

    def _made_by_others(self) -> Flow[set[Id]]:
        """Return what other tasks say is theirs."""
        try:
            ids: Collection[Id] = yield Blocking(self._others)
        except CloudflowsError:
            raise
        except Exception as failure:  # Airflow's API may fail in any way
            raise self._ledger.not_kept("gave no record of other tasks", failure) from failure
        return set(ids)


def _earlier_than(sent_at: float | None) -> float | None:
    """Return the time from which a list shows whatever a send at ``sent_at`` may have made, or None for ever."""
    return None if sent_at is None or math.isnan(sent_at) else sent_at - BEFORE_THE_FIRST
