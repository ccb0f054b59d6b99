"""What exists is brought to a state in several steps, each of which may be sent twice; a later try goes on where the
one before stopped.

A step that was done stays on record, with the version that it was done for: where somebody changed the thing meanwhile,
the steps begin anew. The record saves requests, and is no proof: without it the steps are done again, which does no
harm. Whoever sends them looks in the end whether the state is the one that was wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Change
from airflow_provider_cloudflows.errors import CloudError, IntentNotKept, NoAnswer, NotFound, Superseded
from airflow_provider_cloudflows.provisioning.looking import Looker
from airflow_provider_cloudflows.provisioning.record import IntentStore, MemoryStore
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Wait

__all__ = ["Way", "go"]

log = logging.getLogger(__name__)

VERSION = 1


@dataclass(frozen=True)
class Way:
    """How to get there.

    :param steps: the requests, in order, all about one thing.
    :param version: what an item shows of its version; a step of another version, or of an unknown one, does not count.
    :param has_arrived: whether an item shows the state that is wanted.
    :param again: go there although it has arrived: a newer version is to arrive.
    """

    steps: Sequence[Change[Any]]
    version: Callable[[Any], str | None]
    has_arrived: Callable[[Any], bool]
    again: bool = False


def go(client: CloudClient, store: IntentStore | None, way: Way, settle: float) -> Flow[Any]:
    """Return the conversation that goes all steps that are left, and returns what the service shows then.

    :param store: keeps the record between tries; None keeps none.
    :param settle: seconds after which a read shows what was done.
    :raises NotFound: there is no such thing.
    :raises NoAnswer: the last step reports success, and the state is another one a settle time later.
    """
    return (yield from _Walk(client, MemoryStore() if store is None else store, way, settle).go())


class _Walk:
    def __init__(self, client: CloudClient, store: IntentStore, way: Way, settle: float) -> None:
        self._client = client
        self._store = store
        self._way = way
        self._settle = settle
        self._last = way.steps[-1]
        self._resource = self._last.resource()
        self._looker = Looker(client, settle, self._last.title)

    def go(self) -> Flow[Any]:
        item = yield from self._read()
        if self._way.has_arrived(item) and not self._way.again:
            log.info("%s: %s has arrived already.", self._last.title, self._named)
            return item
        done = yield from self._done_before(item)
        for number, step in enumerate(self._way.steps[done:], done + 1):
            item = yield from self._step(step, item)
            if step is not self._last:
                yield from self._note(number, item)
        if not self._way.has_arrived(item):
            yield Wait(self._settle)
            item = yield from self._read()
        if not self._way.has_arrived(item):
            said = f"it reports success, and {self._named} shows {self._resource.state_of(item)!r} as its state"
            raise NoAnswer(said, operation=self._last.title)
        yield from self._note(0, item)  # who clears the task wants all of it done again
        return item

    def _step(self, step: Change[Any], before: Any) -> Flow[Any]:
        """Go one step, and return what the service shows after it."""
        try:
            answer = yield from self._client.flow(step)
        except CloudError as failure:  # the first of two that were sent may have worked
            item = yield from self._read()
            if step is not self._last or self._way.has_arrived(before) or not self._way.has_arrived(item):
                raise
            log.info("%s It has arrived all the same.", failure)
            return item
        log.info("%s: %s (request id %s).", step.title, self._named, answer.request_id)
        return (yield from self._read())

    def _done_before(self, item: Any) -> Flow[int]:
        """Return how many steps an earlier try did, for what the thing is now."""
        record: Document | None = yield Blocking(self._store.read)
        version = self._way.version(item)
        if record is None or record.get("thing") != self._named or version is None or record.get("of") != version:
            return 0
        done = int(record["done"])
        if done:
            log.info("%s: an earlier try did %d of %d steps.", self._last.title, done, len(self._way.steps))
        return done

    def _note(self, done: int, item: Any) -> Flow[None]:
        record = {"version": VERSION, "thing": self._named, "done": done, "of": self._way.version(item)}
        try:
            yield Blocking(lambda: self._store.write(record))
        except Superseded:
            raise
        except IntentNotKept as failure:  # whoever comes next does the step again
            log.warning("%s", failure)

    def _read(self) -> Flow[Any]:
        item = yield from self._looker.confirm(self._resource, self._last.resource_id)
        if item is None:
            raise NotFound(f"there is no {self._named}", operation=self._last.title)
        return item

    @property
    def _named(self) -> str:
        return f"{self._resource.title} {self._last.resource_id}"
