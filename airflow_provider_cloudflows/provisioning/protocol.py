"""The create protocol: never twice, never lost.

A create on these clouds takes no idempotency token, so whether a request took effect can be told only by looking. This
module decides when to look, when to send and when to stop, from two things that survive a killed worker: a record that
is written before each request leaves, and the list of what exists. Whoever sends decides each time: every physical send
is written down first, through a store that refuses a try whose place another one has taken.

It is a conversation like any other (see :mod:`airflow_provider_cloudflows.transport.flow`): it yields what to write, to
send and to wait for, and runs on blocking sockets and on an event loop alike.

Here is only what follows from what is known. The record is kept by :mod:`.ledger`, which of what exists is the resource
is told by :mod:`.search`, and whether work still counts by :mod:`.ending`.

The promise holds while an answer that got lost takes effect, and shows up in the list, within the settle time.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.resource import Creation, Differences, Id, Resource, moment
from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AmbiguousMatch,
    AuthenticationFailed,
    CloudError,
    ConnectionFailed,
    Gone,
    IdentityChanged,
    InvalidParameter,
    LostTrack,
    NameHeld,
    NotFound,
    OutcomeUnknown,
    Repeat,
    Stopped,
    Throttled,
)
from airflow_provider_cloudflows.provisioning.census import census
from airflow_provider_cloudflows.provisioning.created import Created
from airflow_provider_cloudflows.provisioning.ending import Ending
from airflow_provider_cloudflows.provisioning.ledger import Ledger
from airflow_provider_cloudflows.provisioning.looking import Found, Looker, NothingProven
from airflow_provider_cloudflows.provisioning.record import How, IntentStore, Record
from airflow_provider_cloudflows.provisioning.search import Search
from airflow_provider_cloudflows.provisioning.settings import Settings
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.flow import Flow, Wait
from airflow_provider_cloudflows.transport.retry import Attempts

__all__ = ["Try"]

log = logging.getLogger(__name__)

MOST_UNKNOWN = 3
"""How many sends of unknown outcome one try makes; after each it has looked and found nothing."""

MOST_RESENDS = 3
"""How many times all tries together send again what nothing can look up, where a person allowed it."""

SEND_WITHIN = 2.0
"""Seconds between the record of a send and its first byte, at most: a later try that finds the record knows by then
whether it left."""

BELIEVABLE_CLOCK = 60.0
"""Seconds between the time that a server told and the one that signatures carry; an old answer of a cache is older."""

DECIDED_BY_A_PERSON = (AlreadyExists, AmbiguousMatch, Gone, LostTrack)
"""What no later look can decide, although a create may still take effect."""


class Try:
    """One try of one task. Every method that may talk to somebody is a conversation.

    Where a kind of resource goes another way, a subclass says so by the step in question: ``_begin`` (no earlier try
    sent anything), ``_known`` (an id is on record), ``_resume`` (an earlier send had no answer), ``_answered`` (the
    answer reports success), ``_settle_doubt`` (it does not say), ``_look``, ``_is_new_id`` and ``_shown``.

    :param client: calls the cloud.
    :param store: keeps the record.
    :param settings: the author's choices.
    :param request: the create.
    :param others: tells the ids of what other tasks are known to have made; asked where a name tells nothing.
    """

    def __init__(
        self,
        client: CloudClient,
        store: IntentStore,
        settings: Settings,
        request: Creation[Any],
        others: Callable[[], Collection[Id]] = tuple,
    ) -> None:
        self._client = client
        self._settings = settings
        self._request = request
        self._resource = request.resource()
        self._ledger = Ledger(store, request)
        self._looker = Looker(client, settings.settle, request.title)
        self._search = Search(client, self._ledger, self._looker, request.title, others)
        self._ending = Ending(self._looker, self._resource, settings.rerun, request.title)
        self._resent = False
        self._final: CloudError | None = None

    @property
    def _record(self) -> Record:
        return self._ledger.record

    @property
    def _fresh(self) -> Record:
        return self._ledger.fresh

    # --- what an earlier try left ------------------------------------------------------------------------------------

    def ensure(self) -> Flow[Created]:
        """Return the resource. No error is final while a create of unknown outcome may still take effect."""
        try:
            return (yield from self._ensure())
        except DECIDED_BY_A_PERSON:
            raise
        except CloudError as failure:
            is_final = failure is self._final or failure.repeat is not Repeat.NEVER
            if is_final or not self._record.doubtful or self._record.resource_id is not None:
                raise
            raise self._in_doubt(failure) from failure

    def _ensure(self) -> Flow[Created]:
        earlier = yield from self._open()
        if earlier is None:
            return (yield from self._begin())
        if earlier.resource_id is not None:
            return (yield from self._known(earlier.resource_id))
        if earlier.sent:
            return (yield from self._resume())
        return (yield from self._begin())

    def _open(self) -> Flow[Record | None]:
        """Read what is on record and where this try works; return the earlier record, or None."""
        scope = yield from self._client.scope(self._request)
        return (yield from self._ledger.open(scope))

    def _known(self, resource_id: Id) -> Flow[Created]:
        """Hand on the resource whose id is on record, or make another one when it is certainly gone."""
        recorded = self._resource.at(self._record.identity)
        item = yield from self._ending.when_stopped(recorded, resource_id)
        if item is None:
            self._ledger.check_scope_is_proven()
            if not recorded.is_listed() or (recorded.ends and self._settings.rerun == "never"):
                self._allow_another(self._gone(resource_id))
            log.warning("%s: %s %s is gone; making a new one.", self._request.title, recorded.title, resource_id)
            self._ledger.begin_anew()
            return (yield from self._begin())
        self._check_it_is_the_same(item)
        if not self._is_asked_for(item):
            raise IdentityChanged(self._request.title, self._record.identity, self._fresh.identity)
        if (yield from self._ending.are_spent(item, self._record.others)):
            log.warning("%s: %s %s has ended; starting another.", self._request.title, recorded.title, resource_id)
            self._ledger.begin_anew()
            return (yield from self._begin())
        log.info("%s: an earlier try of this task made or took over %s.", self._request.title, resource_id)
        self._ledger.note(identity=self._fresh.identity)
        return (yield from self._hand_on(Found(resource_id, item)))

    def _check_it_is_the_same(self, item: Any) -> None:
        """An id that shows another time of creation belongs to something else now."""
        born, now = self._record.born, self._resource.born(item)
        if born and now and (moment(born) or born) != (moment(now) or now):
            shown = {self._resource.name_field: getattr(item, self._resource.name_field, None), "created": now}
            raise IdentityChanged(self._request.title, {**self._record.identity, "created": born}, shown)

    def _is_asked_for(self, item: Any) -> bool:
        """Tell whether the resource on record is the one asked for now; a person may have renamed either."""
        if self._resource.is_same_place(self._record.identity) is False:
            return False
        same_name = self._record.identity[self._resource.name_field] == self._resource.name
        return same_name or self._resource.is_match(item)

    def _gone(self, resource_id: Id) -> Gone:
        again = "set on_unknown='resend' and clear the task, or start a new DAG run"
        if self._resource.ends:  # runs have no such argument
            again = "start a new DAG run"
        return Gone(
            f"{self._resource.title} {resource_id} is not there any more, or not visible to the caller",
            operation=self._request.title,
            advice=f"to make another one, {again}",
        )

    def _resume(self) -> Flow[Created]:
        """An earlier try sent a create and nobody knows what became of it: find it before anything else."""
        recorded = self._resource.at(self._record.identity)
        self._ledger.note(doubtful=True)
        if not recorded.is_listed():
            self._allow_another(LostTrack("an earlier try sent it and got no answer", operation=self._request.title))
            self._ledger.note(identity=self._fresh.identity)
            return (yield from self._send())
        # The earlier try may still be on its way to its first byte; its effect shows within a settle time after that.
        yield Wait(self._settings.settle)
        yield Wait(SEND_WITHIN)
        found = yield from self._look(recorded)
        is_same = self._resource.is_same_place(self._record.identity) and self._resource.name == recorded.name
        if found is not None and not is_same:
            raise IdentityChanged(self._request.title, self._record.identity, self._fresh.identity)
        if found is not None:
            return (yield from self._found_after_doubt(found))
        self._ledger.check_scope_is_proven()
        if not is_same:
            log.warning("%s: what an earlier try asked for was not made.", self._request.title)
            self._ledger.begin_anew()
            return (yield from self._begin())
        return (yield from self._send())

    # --- looking -----------------------------------------------------------------------------------------------------

    def _begin(self) -> Flow[Created]:
        """Take over what exists, or make it."""
        listing = self._search.listing_before_the_first(self._resource)
        if listing is not None and self._resource.told_by_birth:
            yield from self._client.flow(listing.in_pages_of(1))  # its answer tells the server's time
        elif listing is not None:
            items = yield from census(self._client, listing)
            self._ledger.note(seen=[])
            # Of several that belong together, one that is spent says that all are to be made again.
            whole, taken = self._resource.makes_several, self._resource.takes_existing
            wanted = [one for one in items if taken and (whole or not self._ending.is_spent(one))]
            found = yield from self._search.one_of(self._resource, wanted)
            if found is not None and self._resource.is_stopping(found.item):
                item = yield from self._ending.when_stopped(self._resource, found.resource_id)
                found = None if item is None else replace(found, item=item)
            if found is not None and not (yield from self._ending.are_spent(found.item, found.others)):
                return (yield from self._take(found))
            self._ledger.note(seen=[self._resource.id_of(item) for item in items])
        return (yield from self._send())

    def _look(self, resource: Resource, *, may_be_ours: bool = False) -> Flow[Found | None]:
        """Return the resource if it is there now and was not before the first send.

        :param may_be_ours: a send of this task took effect, or may have.
        """
        return self._search.find(resource, may_be_ours=may_be_ours)

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(self) -> Flow[Created]:
        """Send the create, as often as it is certain that the one before did not take effect."""
        pauses = Attempts(Effect.CREATE, self._client.timeout)
        unknown = 0
        while True:
            try:
                return (yield from self._send_once())
            except CloudError as error:
                failure = error
            if failure.operation != self._request.title:
                yield from self._ledger.take_back()
                raise failure  # on the way: no credential, no project; nothing left, or it was refused before
            if isinstance(failure, AlreadyExists) and failure.is_certain:
                return (yield from self._conflict(failure))
            if is_refusal(failure):
                pause = self._pause(failure, pauses)
                yield from self._ledger.take_back()
                if pause is None:
                    return (yield from self._look_before_giving_up(failure))
                log.info("%s Sending again in %.1f seconds.", failure, pause)
                yield Wait(pause)
                found = yield from self._look(self._resource)
                if found is not None:  # by somebody else meanwhile, or by the first of two copies that a proxy made
                    return (yield from self._take(found))
                continue
            unknown += 1
            was_in_doubt = self._record.doubtful
            settled = yield from self._settle_doubt(failure)
            if settled is not None:
                return settled
            refused_as = failure.refused_as if isinstance(failure, OutcomeUnknown) else type(failure)
            if refused_as is not None:
                raise self._in_doubt(failure) if was_in_doubt else self._believed(failure, refused_as)
            if unknown >= MOST_UNKNOWN:
                raise failure

    def _send_once(self) -> Flow[Created]:
        try:
            answer = yield from self._client.send_once(self._request, self._consent, within=SEND_WITHIN)
        except Stopped:
            yield from self._ledger.take_back()  # a conversation is stopped before it sends, never while it is answered
            raise
        return (yield from self._answered(answer))

    def _answered(self, answer: Response) -> Flow[Created]:
        """Go on after an answer that reports success."""
        resource_id = self._request.made_id(answer)
        if not self._is_new_id(resource_id):
            raise OutcomeUnknown(
                f"the answer names {resource_id!r}, which is no id of something new",
                operation=self._request.title,
                request_id=answer.request_id,
            )
        return (yield from self._made(resource_id, answer))

    def _consent(self) -> Flow[None]:
        """Write down that the create leaves now; without that it does not leave."""
        now = self._time_of_the_server()
        first = self._record.first_sent_at if self._record.sent else now
        self._ledger.note(sent=True, first_sent_at=first, sent_at=now)
        yield from self._ledger.write()

    def _time_of_the_server(self) -> float | None:
        """Return the time by the server's clock, or None when what it told is not believable."""
        difference = self._client.clock_difference
        if difference is None:
            return None
        now = time.time() + difference
        signed = self._client.signer.now()
        return now if math.isnan(signed) or abs(now - signed) <= BELIEVABLE_CLOCK else None

    def _is_new_id(self, resource_id: Id) -> bool:
        """Tell whether an id that an answer names can be one of something that was just made."""
        try:
            self._resource.reading(resource_id)
        except ValueError:  # no request can be made with it
            return False
        return resource_id not in self._record.seen and resource_id not in self._record.gone

    @staticmethod
    def _pause(failure: CloudError, pauses: Attempts) -> float | None:
        """Return how long to wait before a create that certainly did not happen is sent again, or None for never."""
        if isinstance(failure, AuthenticationFailed):
            return 0.0 if failure.is_mended and pauses.is_first_mend() else None
        return pauses.pause_after(failure)

    def _look_before_giving_up(self, failure: CloudError) -> Flow[Created]:
        """A refusal is final, unless an earlier create of this task may still have made it."""
        if self._record.doubtful and self._resource.is_listed():
            yield Wait(self._settings.settle)
            found = yield from self._look(self._resource)
            if found is not None:
                return (yield from self._found_after_doubt(found))
        raise self._in_doubt(failure) if self._record.doubtful else failure

    def _in_doubt(self, failure: CloudError) -> OutcomeUnknown:
        said = f"a create that was sent before may still have made it; this one was refused: {failure.message}"
        kind = OutcomeUnknown if self._resource.is_listed() else LostTrack
        return failure.recast(kind, message=said)

    def _believed(self, failure: CloudError, refused_as: type[CloudError]) -> CloudError:
        """Return a refusal by a code that no table lists, after a look has shown that it was one."""
        self._final = failure.recast(NameHeld if refused_as is AlreadyExists else refused_as)
        return self._final

    def _settle_doubt(self, failure: CloudError) -> Flow[Created | None]:
        """Find what a create of unknown outcome made; None when it made nothing and may be sent again."""
        log.warning("%s Looking whether it exists.", failure)
        self._ledger.note(doubtful=True)
        if not self._resource.is_listed():
            self._allow_another(failure.recast(LostTrack))
            return None
        yield Wait(self._settings.settle)
        found = yield from self._look(self._resource)
        says_it_is_taken = AlreadyExists in (type(failure), getattr(failure, "refused_as", None))
        return None if found is None else (yield from self._found_after_doubt(found, says_it_is_taken))

    def _allow_another(self, otherwise: CloudError) -> None:
        """Let what nothing can look up be sent once more, if a person said so; count it.

        :param otherwise: raised when nobody did, or when it was sent again often enough.
        """
        if self._settings.on_unknown == "resend" and not self._resent and self._record.resends < MOST_RESENDS:
            log.warning("%s: sending it again, as on_unknown says; there may be two.", self._request.title)
            self._resent = True
            self._ledger.note(resends=self._record.resends + 1)
            return
        raise otherwise

    def _conflict(self, conflict: AlreadyExists) -> Flow[Created]:
        """The name is taken although no look showed it: by us, by somebody just now, or by something hidden."""
        if self._record.doubtful:
            return (yield from self._look_before_giving_up(conflict))
        yield from self._ledger.take_back()
        if self._resource.is_listed():
            theirs = yield from self._look(self._resource)
            if theirs is None:
                yield Wait(self._settings.settle)
                theirs = yield from self._look(self._resource)
            if theirs is not None:
                return (yield from self._take(theirs))
        raise conflict.recast(NameHeld)

    # --- what exists -------------------------------------------------------------------------------------------------

    def _made(self, resource_id: Id, answer: Response) -> Flow[Created]:
        # The log first: it is there when the store is not.
        log.info("%s made %s (request id %s).", self._request.title, resource_id, answer.request_id)
        others = self._request.others_made(answer)
        self._ledger.note(resource_id=resource_id, how="made", others=others)
        yield from self._ledger.keep(resource_id)
        item = yield from self._shown(resource_id)
        other = yield from self._mixed_up(resource_id, item)
        if other is not None:
            return (yield from self._found_after_doubt(other))
        yield from self._ledger.note_birth(self._resource.born(item))
        drift = self._report(resource_id, self._resource.mismatches(item))
        return Created(
            resource_id,
            item.document(),
            "made",
            answer.document(),
            answer.request_id,
            drift,
            scope=self._fresh.scope,
            others=tuple(others),
        )

    def _mixed_up(self, resource_id: Id, item: Any) -> Flow[Found | None]:
        """Return what was really made, when the answer named something else: an answer of a cache, or to somebody else.

        A service that writes names another way than they were sent shows nothing else, so its answer stands.
        """
        if not self._resource.mismatches(item):
            return None
        log.warning("%s: the answer named %s, which shows another name or place.", self._request.title, resource_id)
        unsure: dict[str, Any] = {"resource_id": None, "how": None, "others": [], "doubtful": True}
        if not self._resource.is_listed():
            self._ledger.note(**unsure)
            yield from self._ledger.write()
            raise LostTrack(f"the answer named {resource_id}, which is another one", operation=self._request.title)
        yield Wait(self._settings.settle)
        found = yield from self._look(self._resource, may_be_ours=True)
        if found is None or found.resource_id == resource_id:
            return None
        self._ledger.note(**unsure)
        return found

    def _found_after_doubt(self, found: Found, says_it_is_taken: bool = False) -> Flow[Created]:
        """What is new since the first send is ours, unless it was made when ours could not have taken effect.

        :param says_it_is_taken: the service said, by a code that no table lists, that the name is taken.
        """
        is_ours = self._search.is_ours(self._resource, found.item)
        if is_ours is False or (yield from self._search.was_made_by_another(self._resource, found.item)):
            return (yield from self._take(found))
        if is_ours is None and says_it_is_taken:
            if self._settings.if_exists == "fail":
                raise AlreadyExists(
                    f"{found.resource_id} has this name, and nothing tells whether this task made it",
                    operation=self._request.title,
                    advice="look in the console, and set if_exists='reuse' to take it over",
                )
            return (yield from self._take(found))
        log.info("%s did take effect: it made %s.", self._request.title, found.resource_id)
        self._ledger.note(resource_id=found.resource_id, how="found")
        return (yield from self._hand_on(found))

    def _take(self, found: Found) -> Flow[Created]:
        """Apply ``if_exists`` to a resource that this task did not make."""
        if self._settings.if_exists == "fail":
            raise AlreadyExists(
                f"{found.resource_id} has this name and this task did not make it", operation=self._request.title
            )
        log.info("%s: taking over %s, which exists.", self._request.title, found.resource_id)
        self._ledger.note(resource_id=found.resource_id, how="taken")
        return (yield from self._hand_on(found))

    def _hand_on(self, found: Found) -> Flow[Created]:
        """Record the id, change what may be changed, and report what differs."""
        born, others = self._resource.born(found.item) or self._record.born, list(found.others) or self._record.others
        self._ledger.note(born=born, others=others)
        yield from self._ledger.keep(found.resource_id)
        drift = self._differences(found.item)
        changes = [name for name in drift if name in self._resource.updatable]
        if changes and self._settings.if_exists == "update":
            values = {name: getattr(self._request, name) for name in changes}
            yield from self._client.flow(self._resource.updating(found.resource_id, values))
            log.info("%s: updated %s of %s.", self._request.title, ", ".join(changes), found.resource_id)
            found = Found(found.resource_id, (yield from self._shown(found.resource_id)))
            drift = self._differences(found.item)
        return Created(
            found.resource_id,
            found.item.document(),
            self._record.how,
            drift=self._report(found.resource_id, drift),
            scope=self._fresh.scope,
            others=tuple(self._record.others),
        )

    def _report(self, resource_id: Id, drift: Differences) -> Differences:
        for name, (asked, exists) in drift.items():
            log.warning("%s: %s of %s is %r, not %r.", self._request.title, name, resource_id, exists, asked)
        return drift

    def _differences(self, item: Any) -> Differences:
        return {**self._resource.mismatches(item), **self._request.differences(item)}

    def _shown(self, resource_id: Id) -> Flow[Any]:
        """Return the resource as the service shows it, or as it is going to show it while it cannot be read yet."""
        for pause in (min(1.0, self._settings.settle), None):
            try:
                item = yield from self._looker.read(self._resource, resource_id)
            except (CloudError, NothingProven) as failure:
                item = None
                log.info("%s: %s cannot be read yet: %s", self._request.title, resource_id, failure)
            if item is not None:
                return item
            if pause is not None:
                yield Wait(pause)
        log.warning("%s: %s exists and cannot be read yet.", self._request.title, resource_id)
        return self._request.expected(resource_id)

    def adopt(self, resource_id: Id) -> Flow[Created]:
        """Take over the resource with that id, if it is the one asked for."""
        earlier = yield from self._open()
        on_record = None if earlier is None else earlier.resource_id
        if on_record is not None and on_record != resource_id:
            raise InvalidParameter(
                f"{self._request.title}: this task has {self._resource.title} {on_record} on record, and was told to "
                f"take over {resource_id}; remove the argument, or start a new DAG run."
            )
        item = yield from self._looker.confirm(self._resource, resource_id)
        if item is None:
            raise NotFound(f"there is no {self._resource.title} {resource_id}", operation=self._request.title)
        if not self._resource.is_match(item):
            shown = {name: getattr(item, name, None) for name in self._resource.identity}
            raise IdentityChanged(self._request.title, {**shown, "id": resource_id}, self._resource.identity)
        if on_record is None:
            log.warning("%s: taking over %s; remove the argument from the DAG.", self._request.title, resource_id)
        how: How = "taken" if earlier is None or earlier.how is None else earlier.how
        self._ledger.note(resource_id=resource_id, how=how)
        return (yield from self._hand_on(Found(resource_id, item)))

    # --- planning ----------------------------------------------------------------------------------------------------

    def plan(self) -> Flow[str]:
        """Return what :meth:`ensure` would do, in one sentence."""
        earlier = yield from self._open()
        if earlier is not None and earlier.resource_id is not None:
            known = yield from self._looker.confirm(self._resource.at(earlier.identity), earlier.resource_id)
            if known is not None:
                return f"reuse {earlier.resource_id}, which an earlier try of this task made or took over"
        elif earlier is not None and earlier.sent:
            return "look for what an earlier try may have made, and create it if it is not there"
        found = yield from self._look(self._resource)
        return "create it" if found is None else self._plan_for_existing(found)

    def _plan_for_existing(self, found: Found) -> str:
        drift = self._differences(found.item)
        differing = f", which differs in {', '.join(drift)}" if drift else ""
        if self._settings.if_exists == "fail":
            return f"refuse, since {found.resource_id} exists{differing}"
        updatable = [name for name in drift if name in self._resource.updatable]
        if self._settings.if_exists == "update" and updatable:
            return f"update {', '.join(updatable)} of {found.resource_id}{differing}"
        return f"reuse {found.resource_id}{differing}"


def is_refusal(failure: CloudError) -> bool:
    """Tell whether a create certainly took no effect: it never left, or a code that the vendor lists refused it."""
    return isinstance(failure, (ConnectionFailed, Throttled)) or (
        failure.is_certain and not isinstance(failure, OutcomeUnknown)
    )
