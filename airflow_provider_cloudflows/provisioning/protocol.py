"""The create protocol: never twice, never lost.

A create on these clouds takes no idempotency token, so whether a request took effect can be told only by looking. This
module decides when to look, when to send and when to stop, from two things that survive a killed worker: a record that
is written before each request leaves, and the list of what exists. Whoever sends decides each time: every physical send
is written down first, through a store that refuses a try whose place another one has taken.

It is a conversation like any other (see :mod:`airflow_provider_cloudflows.transport.flow`): it yields what to write, to
send and to wait for, and runs on blocking sockets and on an event loop alike.

The promise holds while an answer that got lost takes effect, and shows up in the list, within the settle time.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Creation, Differences, Id, Resource, moment
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AmbiguousMatch,
    AuthenticationFailed,
    CloudError,
    CloudflowsError,
    ConnectionFailed,
    Gone,
    IdentityChanged,
    IntentNotKept,
    InvalidParameter,
    LostTrack,
    NameHeld,
    NoAnswer,
    NotFound,
    NotRecorded,
    OutcomeUnknown,
    Repeat,
    ScopeChanged,
    Stopped,
    Superseded,
    Throttled,
)
from airflow_provider_cloudflows.provisioning.census import census
from airflow_provider_cloudflows.provisioning.looking import Found, Looker, NothingProven
from airflow_provider_cloudflows.provisioning.record import How, IntentStore, Record
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Wait
from airflow_provider_cloudflows.transport.retry import Attempts

__all__ = ["Created", "IfExists", "OnUnknown", "Rerun", "Settings", "Try"]

log = logging.getLogger(__name__)

IfExists = Literal["reuse", "update", "fail"]
OnUnknown = Literal["fail", "resend"]
Rerun = Literal["failed", "always", "never"]

MOST_UNKNOWN = 3
"""How many sends of unknown outcome one try makes; after each it has looked and found nothing."""

MOST_RESENDS = 3
"""How many times all tries together send again what nothing can look up, where a person allowed it."""

SEND_WITHIN = 2.0
"""Seconds between the record of a send and its first byte, at most: a later try that finds the record knows by then
whether it left."""

LATEST_EFFECT = 20 * 60.0
"""Seconds after which a request takes no effect any more, by the server's clock: both clouds refuse a signature that is
more than 15 minutes old. What was created later was created by somebody else."""

EARLIEST_EFFECT = -5.0
"""Seconds before a request left, by the server's clock: clocks of one service differ a little, and times are cut to
seconds. What was created earlier was created by somebody else."""

SOON = 60.0
"""Seconds after a request left in which nearly every one takes effect that ever does."""

BELIEVABLE_CLOCK = 60.0
"""Seconds between the time that a server told and the one that signatures carry; an old answer of a cache is older."""

BEFORE_THE_FIRST = 20 * 60.0
"""Seconds before the first send from which a list of what is made all the time, such as runs, is read; longer than a
clock may be off that a service still believes."""

PAUSE_WHILE_IT_STOPS = 5.0
MOST_LOOKS_WHILE_IT_STOPS = 60
"""How often work that was stopped is looked at, before another one takes its place; after that it is waited for."""

ONE_CREATE = 60.0
"""Seconds between the first and the last of what one create makes, by the service's own times."""

DECIDED_BY_A_PERSON = (AlreadyExists, AmbiguousMatch, Gone, LostTrack)
"""What no later look can decide, although a create may still take effect."""

WRITES_OF_AN_ID = 4
PAUSE_BETWEEN_WRITES = 0.5


@dataclass(frozen=True, slots=True)
class Created:
    """The end of a run of the protocol.

    :param resource_id: the id, in the API's type.
    :param document: the resource as the service shows it, as plain JSON in the vendor's spelling.
    :param how: how the id is known; None where an older version recorded it.
    :param answer: the raw answer of the create, when this run read it.
    :param request_id: the vendor's id of that call.
    :param drift: asked-for and existing value by field, where the resource differs.
    :param scope: where it is and whose, as far as known: endpoint, region, project, account.
    :param others: ids of what the same create made beside it.
    """

    resource_id: Id
    document: Document
    how: How | None
    answer: Document | None = None
    request_id: str | None = None
    drift: Differences = field(default_factory=dict)
    scope: Document = field(default_factory=dict)
    others: tuple[Id, ...] = ()

    @property
    def made(self) -> bool:
        """Whether this run read the answer of the create that made it."""
        return self.answer is not None


@dataclass(frozen=True, slots=True)
class Settings:
    """The author's choices, see :class:`.provisioner.Provisioner`."""

    settle: float
    if_exists: IfExists
    on_unknown: OnUnknown
    rerun: Rerun


class Try:
    """One try of one task. Every method that may talk to somebody is a conversation.

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
        self._store = store
        self._others = others
        self._settings = settings
        self._request = request
        self._looker = Looker(client, settings.settle, request.title)
        self._resource = request.resource()
        self._record = Record.of(request, {})
        self._fresh = self._record
        self._resent = False
        self._final: CloudError | None = None

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
        document = yield from self._stored()
        self._record = self._fresh = Record.of(self._request, scope)
        if document is None:
            return None
        earlier = Record.from_document(document)
        if not earlier.sent and earlier.resource_id is None:
            self._record = earlier.next_generation(self._fresh)  # nothing left: name and place may be corrected
            return earlier
        if earlier.kind not in ("", self._fresh.kind):
            recorded = {"operation": earlier.kind, **earlier.identity}
            raise IdentityChanged(self._request.title, recorded, {"operation": self._fresh.kind})
        if earlier.is_elsewhere(scope):
            raise ScopeChanged(self._request.title, earlier.scope, scope)
        if earlier.fingerprint != self._fresh.fingerprint:
            log.warning("%s: the arguments changed since an earlier try of this task.", self._request.title)
        self._record = earlier
        return earlier

    def _known(self, resource_id: Id) -> Flow[Created]:
        """Hand on the resource whose id is on record, or make another one when it is certainly gone."""
        recorded = self._resource.at(self._record.identity)
        item = yield from self._when_stopped(recorded, resource_id)
        if item is None:
            self._check_scope_is_proven()
            if not recorded.is_listed() or (recorded.ends and self._settings.rerun == "never"):
                self._allow_another(self._gone(resource_id))
            log.warning("%s: %s %s is gone; making a new one.", self._request.title, recorded.title, resource_id)
            self._record = self._record.next_generation(self._fresh)
            return (yield from self._begin())
        self._check_it_is_the_same(item)
        if not self._is_asked_for(item):
            raise IdentityChanged(self._request.title, self._record.identity, self._fresh.identity)
        if (yield from self._are_spent(item, self._record.others)):
            log.warning("%s: %s %s has ended; starting another.", self._request.title, recorded.title, resource_id)
            self._record = self._record.next_generation(self._fresh)
            return (yield from self._begin())
        log.info("%s: an earlier try of this task made or took over %s.", self._request.title, resource_id)
        self._record = replace(self._record, identity=self._fresh.identity)
        return (yield from self._hand_on(Found(resource_id, item)))

    def _when_stopped(self, recorded: Resource, resource_id: Id) -> Flow[Any | None]:
        """Return what is there, or None; work that somebody stopped comes to its end first, which decides what follows.

        A task that is cleared while it waits stops its work, and its next try begins before that has ended.
        """
        for _ in range(MOST_LOOKS_WHILE_IT_STOPS):
            item = yield from self._looker.confirm(recorded, resource_id)
            if item is None or self._settings.rerun == "never" or not recorded.is_stopping(item):
                break
            state = recorded.state_of(item)
            log.info("%s: %s %s is %s.", self._request.title, recorded.title, resource_id, state)
            yield Wait(PAUSE_WHILE_IT_STOPS)
        return item

    def _are_spent(self, item: Any, others: Collection[Id]) -> Flow[bool]:
        """Tell whether one of what the same create made is spent, and all of the others are over, too."""
        if not others or not self._resource.ends:
            return self._is_spent(item)
        is_any_spent, are_over = self._is_spent(item), self._is_over(item)
        for other in others:
            shown = yield from self._looker.confirm(self._resource, other)
            is_any_spent = is_any_spent or (shown is not None and self._is_spent(shown))
            are_over = are_over and (shown is None or self._is_over(shown))
        return is_any_spent and are_over

    def _is_over(self, item: Any) -> bool:
        return self._resource.outcome_of(item) is not Outcome.RUNNING

    def _is_spent(self, item: Any) -> bool:
        """Tell whether it is a piece of work that has ended, in a way after which another one is wanted."""
        if not self._resource.ends or self._settings.rerun == "never":
            return False
        outcome = self._resource.outcome_of(item)
        return outcome is Outcome.BAD or (outcome is Outcome.GOOD and self._settings.rerun == "always")

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
        self._record = replace(self._record, doubtful=True)
        if not recorded.is_listed():
            self._allow_another(LostTrack("an earlier try sent it and got no answer", operation=self._request.title))
            self._record = replace(self._record, identity=self._fresh.identity)
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
        self._check_scope_is_proven()
        if not is_same:
            log.warning("%s: what an earlier try asked for was not made.", self._request.title)
            self._record = self._record.next_generation(self._fresh)
            return (yield from self._begin())
        return (yield from self._send())

    def _check_scope_is_proven(self) -> None:
        """That something is absent can be told only where it would be."""
        if not self._record.is_here(self._fresh.scope):
            raise ScopeChanged(self._request.title, self._record.scope, self._fresh.scope)

    # --- looking -----------------------------------------------------------------------------------------------------

    def _begin(self) -> Flow[Created]:
        """Take over what exists, or make it."""
        listing = self._resource.looking(_earlier_than(self._client.signer.now()))
        if listing is not None and self._resource.told_by_birth:
            yield from self._client.flow(listing.in_pages_of(1))  # its answer tells the server's time
        elif listing is not None:
            items = yield from census(self._client, listing)
            self._record = replace(self._record, seen=[])
            # Of several that belong together, one that is spent says that all are to be made again.
            whole, taken = self._resource.makes_several, self._resource.takes_existing
            wanted = [one for one in items if taken and (whole or not self._is_spent(one))]
            found = yield from self._one_of(self._resource, wanted)
            if found is not None and self._resource.is_stopping(found.item):
                item = yield from self._when_stopped(self._resource, found.resource_id)
                found = None if item is None else replace(found, item=item)
            if found is not None and not (yield from self._are_spent(found.item, found.others)):
                return (yield from self._take(found))
            self._record = replace(self._record, seen=[self._resource.id_of(item) for item in items])
        return (yield from self._send())

    def _look(self, resource: Resource, *, may_be_ours: bool = False) -> Flow[Found | None]:
        """Return the resource if it is there now and was not before the first send.

        :param may_be_ours: a send of this task took effect, or may have.
        """
        if not (resource.takes_existing or self._record.doubtful or may_be_ours):
            return None  # no send of this task can have made it, and what others made is not it
        listing = resource.looking(_earlier_than(self._record.first_sent_at))
        items = [] if listing is None else (yield from census(self._client, listing))
        if resource.told_by_birth:
            items = self._born_since_the_first_send(items)
        return (yield from self._one_of(resource, items))

    def _born_since_the_first_send(self, items: list[Any]) -> list[Any]:
        """Return what a create of this task can have made.

        :raises NoAnswer: nothing tells when the first one left.
        """
        if not self._record.sent:
            return []
        if self._record.first_sent_at is None:
            raise NoAnswer(
                f"nothing tells which {self._resource.title} is new, since no answer told the server's time",
                operation=self._request.title,
                advice="look in the console, and start a new DAG run",
            )
        return [item for item in items if self._is_ours(Found(self._resource.id_of(item), item)) is True]

    def _one_of(self, resource: Resource, items: list[Any]) -> Flow[Found | None]:
        """Return the only item that is the resource; remember the dead ones that a list still shows."""
        excluded = {*self._record.seen, *self._record.gone}
        in_doubt = self._record.doubtful
        if items and not resource.takes_existing:
            excluded |= yield from self._made_by_others()
        shown = yield from self._looker.candidates(resource, items, excluded, similar_too=in_doubt)
        self._record = replace(self._record, gone=[*self._record.gone, *shown.dead])
        if shown.alive and resource.makes_several:
            return (yield from self._with_others(resource, shown.alive, excluded))
        alive = shown.alive if resource.takes_existing else self._begun_by_this_task(shown.alive)
        if len(alive) > 1:
            raise AmbiguousMatch(
                f"{len(alive)} have exactly this name: {', '.join(str(one.resource_id) for one in alive)}",
                operation=self._request.title,
            )
        if not shown.alive and shown.similar and in_doubt:
            # New since our first send, and nearly ours: a service may write a name another way than it was sent.
            (one, *_) = shown.similar
            name = getattr(one.item, resource.name_field, None)
            advice = "look in the console whether it is the one: "
            advice += (
                "rename it, or remove it, and clear the task" if not resource.ends else "start a new DAG run if not"
            )
            raise AmbiguousMatch(
                f"{one.resource_id} appeared since the create was sent, "
                + (f"as {name!r}" if name else "without a name"),
                operation=self._request.title,
                advice=advice,
            )
        return alive[0] if alive else None

    def _begun_by_this_task(self, alive: list[Found]) -> list[Found]:
        """Return which of those that no name tells apart a send of this task made, by when they began.

        :raises AmbiguousMatch: one began so long after the send that it is more likely somebody else's.
        """
        possible = [one for one in alive if self._is_ours(one) is not False]
        likely = [one for one in possible if self._is_ours(one, SOON) is not False]
        if possible and not likely:
            (one, *_) = possible
            raise AmbiguousMatch(
                f"{one.resource_id} began more than {SOON:.0f} s after the request left, and nothing tells whose it is",
                operation=self._request.title,
                advice="look in the console whether it is this task's, and start a new DAG run if it is not",
            )
        return likely

    def _made_by_others(self) -> Flow[set[Id]]:
        """Return what other tasks say is theirs."""
        try:
            ids: Collection[Id] = yield Blocking(self._others)
        except CloudflowsError:
            raise
        except Exception as failure:  # Airflow's API may fail in any way
            raise self._not_kept("gave no record of other tasks", failure) from failure
        return set(ids)

    def _with_others(self, resource: Resource, alive: list[Found], excluded: Collection[Id]) -> Flow[Found]:
        """Return the first of what one create made, with the ids of all the others, on whatever lists they are."""
        first, *rest = sorted(alive, key=lambda one: str(one.resource_id).zfill(20))
        items = [one.item for one in rest]
        for pages in resource.gathering():
            items += [one for one in (yield from census(self._client, pages)) if resource.is_match(one)]
        # What is much older is an earlier create's, of a task that keeps no record.
        began = moment(resource.born(first.item)) or 0.0
        mine = [one for one in items if (moment(resource.born(one)) or math.inf) >= began - ONE_CREATE]
        others = [resource.id_of(one) for one in mine]
        return replace(first, others=tuple(one for one in others if one not in excluded))

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
                yield from self._note_refusal()
                raise failure  # on the way: no credential, no project; nothing left, or it was refused before
            if isinstance(failure, AlreadyExists) and failure.is_certain:
                return (yield from self._conflict(failure))
            if is_refusal(failure):
                pause = self._pause(failure, pauses)
                yield from self._note_refusal()
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
            yield from self._note_refusal()  # a conversation is stopped before it sends, never while it is answered
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
        self._record = replace(self._record, sent=True, first_sent_at=first, sent_at=now)
        yield from self._write()

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

    def _note_refusal(self) -> Flow[None]:
        """Take back that a create may be on its way, unless an earlier one still may be."""
        if self._record.doubtful or not self._record.sent:
            return
        self._record = replace(self._record, sent=False)
        try:
            yield from self._write()
        except Superseded:
            raise
        except IntentNotKept as failure:  # whoever comes next looks once more than needed
            log.warning("%s", failure)

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
        self._record = replace(self._record, doubtful=True)
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
            self._record = replace(self._record, resends=self._record.resends + 1)
            return
        raise otherwise

    def _conflict(self, conflict: AlreadyExists) -> Flow[Created]:
        """The name is taken although no look showed it: by us, by somebody just now, or by something hidden."""
        if self._record.doubtful:
            return (yield from self._look_before_giving_up(conflict))
        yield from self._note_refusal()
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
        self._record = replace(self._record, resource_id=resource_id, how="made", others=others)
        yield from self._keep(resource_id)
        item = yield from self._shown(resource_id)
        other = yield from self._mixed_up(resource_id, item)
        if other is not None:
            return (yield from self._found_after_doubt(other))
        yield from self._note_birth(item)
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
        unsure = replace(self._record, resource_id=None, how=None, others=[], doubtful=True)
        if not self._resource.is_listed():
            self._record = unsure
            yield from self._write()
            raise LostTrack(f"the answer named {resource_id}, which is another one", operation=self._request.title)
        yield Wait(self._settings.settle)
        found = yield from self._look(self._resource, may_be_ours=True)
        if found is None or found.resource_id == resource_id:
            return None
        self._record = unsure
        return found

    def _found_after_doubt(self, found: Found, says_it_is_taken: bool = False) -> Flow[Created]:
        """What is new since the first send is ours, unless it was made when ours could not have taken effect.

        :param says_it_is_taken: the service said, by a code that no table lists, that the name is taken.
        """
        is_ours = self._is_ours(found)
        if is_ours is False or (yield from self._was_made_by_another(found)):
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
        self._record = replace(self._record, resource_id=found.resource_id, how="found")
        return (yield from self._hand_on(found))

    def _is_ours(self, found: Found, latest: float = LATEST_EFFECT) -> bool | None:
        """Tell by the time of its creation whether a create of this task can have made it; None without such a time.

        :param latest: seconds after the last send.
        """
        born, first, last = moment(self._resource.born(found.item)), self._record.first_sent_at, self._record.sent_at
        if born is None or first is None or last is None:
            return None
        return first + EARLIEST_EFFECT <= born <= last + latest

    def _was_made_by_another(self, found: Found) -> Flow[bool]:
        """Tell whether the service shows a creator who certainly is not this caller."""
        creators = self._resource.creators(found.item)
        if not creators or self._client.principal is None:
            return False
        try:
            principal = yield from self._client.principal()
        except CloudError as failure:
            log.info("%s: nothing tells who the caller is: %s", self._request.title, failure)
            return False
        return bool(principal) and principal.isdisjoint(creators)

    def _take(self, found: Found) -> Flow[Created]:
        """Apply ``if_exists`` to a resource that this task did not make."""
        if self._settings.if_exists == "fail":
            raise AlreadyExists(
                f"{found.resource_id} has this name and this task did not make it", operation=self._request.title
            )
        log.info("%s: taking over %s, which exists.", self._request.title, found.resource_id)
        self._record = replace(self._record, resource_id=found.resource_id, how="taken")
        return (yield from self._hand_on(found))

    def _hand_on(self, found: Found) -> Flow[Created]:
        """Record the id, change what may be changed, and report what differs."""
        born, others = self._resource.born(found.item) or self._record.born, list(found.others) or self._record.others
        self._record = replace(self._record, born=born, others=others)
        yield from self._keep(found.resource_id)
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
        self._record = replace(self._record, resource_id=resource_id, how=how)
        return (yield from self._hand_on(Found(resource_id, item)))

    # --- writing -----------------------------------------------------------------------------------------------------

    def _stored(self) -> Flow[Document | None]:
        try:
            document: Document | None = yield Blocking(self._store.read)
            return document
        except CloudflowsError:
            raise
        except Exception as failure:  # a store may fail in any way
            raise self._not_kept("gave no record", failure) from failure

    def _write(self) -> Flow[None]:
        document = self._record.document()
        try:
            yield Blocking(lambda: self._store.write(document))
        except CloudflowsError:
            raise
        except Exception as failure:  # a store may fail in any way
            raise self._not_kept("did not take the record", failure) from failure

    def _not_kept(self, what: str, failure: Exception) -> IntentNotKept:
        return IntentNotKept(
            f"{self._request.title}: the state store {what} ({type(failure).__name__}: {failure}), so nothing more was "
            "sent; try again when it works."
        )

    def _keep(self, resource_id: Id) -> Flow[None]:
        """Record the id; a store that fails for a moment must not lose it."""
        for count in range(WRITES_OF_AN_ID):
            try:
                yield from self._write()
            except IntentNotKept as failure:
                log.warning("%s: %s is not on record yet: %s", self._request.title, resource_id, failure)
                cause = failure
            else:
                return
            if isinstance(cause, Superseded):
                if self._record.how != "made":
                    raise cause  # whoever has the place finds it too
                break
            if count + 1 < WRITES_OF_AN_ID:
                with suppress(Stopped):  # what is told to stop still writes down what it made
                    yield Wait(PAUSE_BETWEEN_WRITES * 2**count)
        raise NotRecorded(self._request.title, resource_id) from cause

    def _note_birth(self, item: Any) -> Flow[None]:
        born = self._resource.born(item)
        if born is None:
            return
        self._record = replace(self._record, born=born)
        try:
            yield from self._write()
        except IntentNotKept as failure:  # the id is on record; the time only tells it from an id used again
            log.warning("%s", failure)

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


def _earlier_than(sent_at: float | None) -> float | None:
    """Return the time from which a list shows whatever a send at ``sent_at`` may have made, or None for ever."""
    return None if sent_at is None or math.isnan(sent_at) else sent_at - BEFORE_THE_FIRST
