"""Everything that a place holds: the one look that may prove that something is absent.

A list is read page by page while others change it. One page that adds up is a moment's truth. Several pages are one
only when they read the same twice in a row: something that moved to a page already read would have been missed without
a word otherwise. What does not add up is an error, never "absent".
"""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.pages import Pages, Tally
from airflow_provider_cloudflows.errors import NoAnswer
from airflow_provider_cloudflows.transport.flow import Flow, Wait

__all__ = ["census"]

log = logging.getLogger(__name__)

MOST_READINGS = 5
PAUSE = 0.2
"""Seconds before the second reading that did not add up; each further pause is twice as long."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a list, from its first page to its last.

    :param items: what arrived.
    :param ids: their ids, in order.
    :param sizes: how many items each page held.
    :param problem: why this is not the whole list, or None when it adds up.
    """

    items: list[Any]
    ids: list[Hashable]
    sizes: list[int]
    problem: str | None


def census(client: CloudClient, pages: Pages[Any, Any]) -> Flow[list[Any]]:
    """Return the conversation that lists everything of ``pages``: all that its items show together.

    :raises NoAnswer: when no reading added up.
    """
    before: list[Hashable] | None = None
    for count in range(MOST_READINGS):
        reading = yield from _read(client, pages)
        if reading.problem is None and (len(reading.sizes) == 1 or reading.ids == before):
            return pages.together(reading.items)
        before = reading.ids if reading.problem is None else None
        if reading.problem is not None:
            log.info("%s does not add up: %s. Listing again.", pages.title, reading.problem)
            # A service that gives less than it is asked for may still count pages by what it was asked for.
            largest = max(reading.sizes)
            pages = pages.in_pages_of(largest) if largest else pages
            yield Wait(PAUSE * 2**count)
    said = reading.problem or "others change it faster than it can be read"
    raise NoAnswer(f"the list does not add up: {said}", operation=pages.title)


def _read(client: CloudClient, pages: Pages[Any, Any]) -> Flow[Reading]:
    tally, items = Tally(pages), []
    while tally.request is not None:
        items += tally.add((yield from client.flow(tally.request)))
    return Reading(items, [pages.key_of(item) for item in items], tally.sizes, tally.problem())
