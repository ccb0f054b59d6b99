"""One wait, and the end of what is waited for, as conversations: they run on blocking sockets and on an event loop.

A look that fails says nothing about the job: throttling, a gateway's hiccup or a key that is being rotated end no wait
at once. What a repeat cannot help ends it when it comes several times in a row; the job goes on, and the next try of
the task finds it again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import (
    CloudError,
    CloudflowsError,
    NothingShown,
    Repeat,
    ResultMissing,
    ScopeChanged,
    Stopped,
    Throttled,
    WaitTimedOut,
)
from airflow_provider_cloudflows.provisioning.census import census
from airflow_provider_cloudflows.provisioning.looking import Looker
from airflow_provider_cloudflows.provisioning.record import are_apart
from airflow_provider_cloudflows.transport.flow import Flow, Wait
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.watch import Sighting, Watch

__all__ = ["Patience", "attend", "cancel", "check_place", "explained", "look", "patiently", "wait"]

log = logging.getLogger(__name__)

SETTLE = 5.0
"""Seconds between two reads that find nothing, before it is believed: as long as in the create protocol, since what was
just made may not be readable at once."""

MOST_REFUSALS = 3
"""How many looks in a row that a repeat cannot help end a wait."""

MOST_ABSENCES = 5
"""How many looks in a row that show nothing of what is waited for end a wait: it is looked for in the wrong place."""

HEARTBEAT = 60.0
"""Seconds between two lines of a log about a job whose state stays the same."""

CANCEL_LOOKS = 2
PAUSE_AFTER_CANCEL = 0.5


class Patience:
    """How much a wait takes from looks that fail.

    :ivar absences: how many looks in a row showed nothing of what is waited for.
    """

    def __init__(self, absences: int = 0) -> None:
        self._refusals = 0
        self.absences = absences

    def seen(self) -> None:
        """Take note of a look that showed something."""
        self._refusals = self.absences = 0

    def after(self, failure: CloudflowsError) -> float:
        """Return the seconds that the service asked to be left alone after ``failure``.

        :raises CloudflowsError: the same, when it came too often.
        :raises ResultMissing: too many looks showed nothing.
        """
        if isinstance(failure, NothingShown):
            self.absences += 1
            if self.absences >= MOST_ABSENCES:
                raise ResultMissing(
                    f"{failure.operation} showed no state in {self.absences} looks in a row: {failure.message}",
                    "correct state_path, or the request that looks; what is waited for goes on",
                )
        if failure.repeat is Repeat.NEVER:
            self._refusals += 1
            if self._refusals >= MOST_REFUSALS:
                raise failure
        return (failure.wait or 0.0) if isinstance(failure, Throttled) else 0.0


def check_place(client: CloudClient, watch: Watch) -> Flow[None]:
    """Check that ``client`` leads where the wait began: numbers count alike in two accounts.

    Only for a caller that was replaced meanwhile, the cloud is asked whose it is.

    :raises ScopeChanged: it leads to another account, project, region or endpoint.
    """
    if watch.scope is None:
        return
    request = watch.resource().reading(watch.resource_id)
    here = {"endpoint": client.endpoints.origin(request.service), "caller": client.caller}
    if here.items() <= watch.scope.items():
        return
    scope = yield from client.scope(request)
    if are_apart(watch.scope, scope):
        raise ScopeChanged(f"{watch.resource().title} {watch.resource_id}", watch.scope, scope)


def look(client: CloudClient, watch: Watch) -> Flow[Sighting]:
    """Return what the service shows of it; that it is gone is believed only as in the create protocol."""
    resource = watch.resource()
    item = yield from Looker(client, _settle(watch), resource.title).confirm(resource, watch.resource_id)
    return Sighting.of(resource, item)


def attend(client: CloudClient, watch: Watch) -> Flow[Sighting]:
    """Look, and let the work go on where it waits for a word.

    The word is given after two looks that show the same, a settle apart: what an earlier try said may not show at once,
    and nobody knows what it does when it is said twice.

    :raises CloudError: the word was refused, and the work still waits for it.
    """
    resource, settle = watch.resource(), _settle(watch)
    looker = Looker(client, settle, resource.title)
    item = yield from looker.confirm(resource, watch.resource_id)
    word = None if item is None else resource.going_on(item)
    if word is None:
        return Sighting.of(resource, item)
    yield Wait(settle)
    item = yield from looker.confirm(resource, watch.resource_id)
    if item is None or resource.going_on(item) != word:
        return Sighting.of(resource, item)
    try:
        yield from client.flow(word)
    except CloudError as failure:
        item = yield from looker.confirm(resource, watch.resource_id)
        if item is not None and resource.going_on(item) == word:
            raise
        log.info("%s %s goes on all the same.", failure, resource.title)
    else:
        log.info("%s %s goes on after %s.", resource.title, watch.resource_id, word.title)
    return Sighting.of(resource, item)


def _settle(watch: Watch) -> float:
    return SETTLE if watch.settle is None else watch.settle


def explained(client: CloudClient, watch: Watch, sighting: Sighting) -> Flow[Sighting]:
    """Return ``sighting`` with what only another list tells of a bad end; that it ended badly is what counts."""
    resource = watch.resource()
    listing = None if watch.is_met(sighting) else resource.explaining(watch.resource_id)
    if listing is None or sighting.outcome is not Outcome.BAD:
        return sighting
    try:
        reason = resource.explanation_in((yield from census(client, listing)))
    except CloudError as failure:
        log.warning("Why %s %s ended badly cannot be told: %s", resource.title, watch.resource_id, failure)
        return sighting
    return replace(sighting, reason="; ".join(filter(None, (sighting.reason, reason))))


def patiently(once: Callable[[], Flow[Sighting]]) -> Flow[Sighting]:
    """Look as ``once`` does, as patiently as a wait: one refusal, such as a gateway's, says nothing about the work.

    :raises CloudflowsError: what passes by itself, at once; what a repeat cannot help, when it came too often.
    """
    patience = Patience()
    while True:
        try:
            return (yield from once())
        except CloudflowsError as failure:
            if failure.repeat is not Repeat.NEVER:
                raise
            patience.after(failure)
            log.warning("%s Looking again in %.0f seconds.", failure, SETTLE)
        yield Wait(SETTLE)


def wait(
    client: CloudClient,
    watch: Watch,
    pace: Pace,
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
) -> Flow[Sighting]:
    """Look until it is over; a line in the log at each change of its state and every minute.

    :param timeout: seconds.
    :raises WaitTimedOut: it was not over by then; it goes on.
    """
    started, patience, last, said = clock(), Patience(), Sighting(Outcome.RUNNING), clock()
    name = f"{watch.resource().title} {watch.resource_id}"
    for pause in pace.pauses():
        least = 0.0
        try:
            sighting = yield from attend(client, watch)
        except Stopped:
            raise
        except CloudflowsError as failure:  # a file with a credential may be gone for the moment in which it is renewed
            least = patience.after(failure)
            log.warning("%s Looking again later: %s goes on.", failure, name)
        else:
            patience.seen()
            if sighting != last or clock() - said >= HEARTBEAT:
                log.info("%s is %s after %.0f s.", name, sighting.state or "gone", clock() - started)
                last, said = sighting, clock()
            if watch.is_over(sighting):
                return sighting
        left = timeout - (clock() - started)
        if left <= 0:
            raise WaitTimedOut(name, last.state, timeout)
        yield from _pause(min(max(pause, least), left), name, last.state)
    raise AssertionError("pauses never end")


def _pause(seconds: float, name: str, state: str | None) -> Flow[None]:
    """Pause, and say every minute that this is meant."""
    while seconds > HEARTBEAT:
        yield Wait(HEARTBEAT)
        seconds -= HEARTBEAT
        log.info("%s was %s when last looked at; the next look is in %.0f s.", name, state, seconds)
    yield Wait(seconds)


def cancel(client: CloudClient, resource: Resource, resource_id: Id) -> Flow[Sighting | None]:
    """Ask the service to stop it, look once more, and log what state it is in then; errors are logged, too.

    :returns: what that look showed, or None when nothing is known.
    """
    name = f"{resource.title} {resource_id}"
    whole, parts = resource.cancelling(resource_id), list(resource.parts(resource_id))
    if whole is None and not parts:
        log.warning("Nothing stops %s: the service has no operation for it, or others started it. It goes on.", name)
        return None
    for request in [whole] if whole is not None else (yield from _stops(client, resource, parts, name)):
        try:
            answer = yield from client.flow(request)
        except CloudflowsError as failure:
            log.warning("%s may go on: %s", name, failure)
        else:
            objection = resource.objection_in(answer)
            if objection:
                log.warning("%s may go on: the service did not stop it: %s.", name, objection)
    watch = Watch.of(resource, resource_id)
    try:
        for count in range(CANCEL_LOOKS):
            if count:
                yield Wait(PAUSE_AFTER_CANCEL)
            sighting = yield from look(client, watch)
            if sighting.outcome is not Outcome.RUNNING:
                break
    except CloudflowsError as failure:
        log.warning("What became of %s is not known: %s", name, failure)
        return None
    log.info("%s is %s after it was told to stop.", name, sighting.state or "gone")
    return sighting


def _stops(client: CloudClient, resource: Resource, parts: list[Pages[Any, Any]], name: str) -> Flow[list[Call[Any]]]:
    """Return the requests that stop all parts that are not over; a list may be behind, so one that is empty is read
    twice."""
    requests: list[Call[Any]] = []
    for pages in parts:
        try:
            shown = (yield from census(client, pages)) or (yield from _later(client, pages))
        except CloudError as failure:
            log.warning("%s may go on: %s", name, failure)
        else:
            requests += filter(None, map(resource.stopping, shown))
    return requests


def _later(client: CloudClient, pages: Pages[Any, Any]) -> Flow[list[Any]]:
    yield Wait(PAUSE_AFTER_CANCEL)
    return (yield from census(client, pages))
