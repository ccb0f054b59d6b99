"""The create protocol: never twice, never lost.

A create on these clouds takes no idempotency token, so whether a request took effect can be told only by looking. This
module decides when to look, when to send and when to stop, from two things that survive a killed worker: an intent
that is written before a request leaves, and the list of what exists. It knows no cloud, no socket and no Airflow: the
request says how its resource is found, the caller brings the client and the store.

The promise holds while an answer that got lost takes effect, and shows up in the list, within the settle time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document, Response, Wire
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AmbiguousMatch,
    CloudflowsError,
    IdentityChanged,
    InvalidRequest,
    LostTrack,
    NameHeld,
    NotFound,
    OutcomeUnknown,
)

__all__ = ["Created", "IfExists", "Intent", "IntentStore", "OnUnknown", "Provisioner"]

log = logging.getLogger(__name__)

ItemT = TypeVar("ItemT")
IfExists = Literal["reuse", "update", "fail"]
OnUnknown = Literal["fail", "resend"]
Id = int | str

MOST_SENDS = 3
"""How often one run of the protocol sends the create: an unknown outcome that turns out not to exist is sent again."""


class IntentStore(Protocol):
    """Where the intent of one resource is kept between the tries of its task."""

    def read(self) -> Document | None:
        """Return what was written last, or None."""

    def write(self, intent: Document) -> None:
        """Keep ``intent``; when this returns it has survived the end of the process."""

    def clear(self) -> None:
        """Forget the intent."""


class Caller(Protocol):
    """What the protocol needs of a client."""

    def call(self, request: Call[Any]) -> Any:
        """Send a request and return its typed result."""

    def iterate(self, request: Pages[Any, ItemT]) -> Any:
        """Yield the items of all pages."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is on record about one create.

    :param identity: name and place; what looking goes by.
    :param fingerprint: hash of the other parameters, which may hold what must not be stored.
    :param generation: counts the resources that this task made and somebody removed.
    :param sent_at: seconds since the epoch when the create may have left; None until then.
    :param seen: ids of exact matches that existed before it left.
    :param doubtful: a send under this intent has an unknown outcome, so a conflict may be our own.
    :param resource_id: the id, once it is known.
    """

    identity: Document
    fingerprint: str
    generation: int = 0
    sent_at: float | None = None
    seen: list[Id] = field(default_factory=list)
    doubtful: bool = False
    resource_id: Id | None = None

    def document(self) -> Document:
        """Return the intent as plain JSON."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Document) -> Intent:
        """Read an intent that this or an older version wrote; unknown fields are ignored."""
        return cls(**{name: document[name] for name in cls.__slots__ if name in document})


@dataclass(frozen=True, slots=True)
class Created:
    """The end of a run of the protocol.

    :param resource_id: the id, in the API's type.
    :param document: the answer of the create, or what the look-up returned for a resource that existed.
    :param request_id: the vendor's id of the call that made it, when this run did.
    :param made: this run sent the create that made it.
    :param drift: asked-for and existing value by field, where an existing resource differs.
    """

    resource_id: Id
    document: Document
    request_id: str | None = None
    made: bool = False
    drift: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that exists and is the one asked for."""

    resource_id: Id
    item: Wire


@dataclass(frozen=True, slots=True)
class Listing:
    """What a look-up returned: the exact matches, and the ids of everything that it listed."""

    matches: list[Found]
    ids: list[Id]


class MemoryStore:
    """An intent store for callers that have none: it protects one run of the protocol, not the next."""

    def __init__(self) -> None:
        self._intent: Document | None = None

    def read(self) -> Document | None:
        """Return what was written last, or None."""
        return self._intent

    def write(self, intent: Document) -> None:
        """Keep ``intent`` in memory."""
        self._intent = intent

    def clear(self) -> None:
        """Forget the intent."""
        self._intent = None


class Provisioner:
    """Makes sure that one resource exists, once.

    :param caller: sends requests.
    :param store: keeps the intent between tries; None keeps it for this run only, and finding goes by name alone.
    :param place: what the identity holds besides the request's own name and place, for example the region.
    :param settle: seconds after which a create that took effect is certain to show up in the list.
    :param if_exists: what to do with a resource of that name that somebody else made.
    :param on_unknown: what to do when the outcome is unknown and the resource cannot be looked up.
    :param clock: seconds since the epoch.
    :param sleep: waits that many seconds.
    """

    def __init__(
        self,
        caller: Caller,
        store: IntentStore | None = None,
        *,
        place: Mapping[str, Any] | None = None,
        settle: float = 5.0,
        if_exists: IfExists = "reuse",
        on_unknown: OnUnknown = "fail",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._caller = caller
        self._store: IntentStore = MemoryStore() if store is None else store
        self._place = dict(place or {})
        self._settle = settle
        self._if_exists = if_exists
        self._on_unknown = on_unknown
        self._clock = clock
        self._sleep = sleep

    def ensure(self, request: Creation[Any]) -> Created:
        """Return the resource that ``request`` asks for, made now, by an earlier try or by somebody else.

        :raises CloudflowsError: when it certainly was not made, or when nothing says for certain.
        """
        intent = self._recorded(request)
        if intent.resource_id is not None:
            known = self._still_there(request, intent, intent.resource_id)
            if known is not None:
                return self._as_it_is(request, known)
            log.warning("%s %s is gone; making a new one.", request.title, intent.resource_id)
            intent = replace(self._new_intent(request), generation=intent.generation + 1)
        if intent.sent_at is not None:
            earlier = replace(intent, doubtful=True)
            return self._recover(request, earlier, intent.sent_at) or self._send(request, earlier)
        listing = self._look(request)
        found = self._only(request, listing.matches)
        if found is not None:
            return self._take(request, intent, found)
        return self._send(request, replace(intent, seen=listing.ids))

    def adopt(self, request: Creation[Any], resource_id: Id) -> Created:
        """Take over the resource with that id, which a person found after an unknown outcome."""
        found = self._confirm(request, resource_id)
        if found is None:
            raise NotFound(f"there is no {resource_id}", operation=request.title)
        self._record(self._recorded(request), resource_id)
        return self._as_it_is(request, found)

    def plan(self, request: Creation[Any]) -> str:
        """Return what :meth:`ensure` would do, in one sentence; looks, and writes nothing."""
        intent = self._recorded(request)
        if intent.resource_id is not None:
            known = self._confirm(request, intent.resource_id)
            if known is not None:
                return f"reuse {known.resource_id}, which an earlier try of this task made or took over"
        elif intent.sent_at is not None:
            return "look for what an earlier try may have made, and create it if it is not there"
        found = self._only(request, self._look(request).matches)
        if found is None:
            return "create it"
        return self._plan_for_existing(request, found)

    def _plan_for_existing(self, request: Creation[Any], found: Found) -> str:
        drift = request.differences(found.item)
        differing = f", which differs in {', '.join(drift)}" if drift else ""
        if self._if_exists == "fail":
            return f"refuse, since {found.resource_id} exists{differing}"
        updatable = [name for name in drift if name in request.updatable]
        if self._if_exists == "update" and updatable:
            return f"update {', '.join(updatable)} of {found.resource_id}{differing}"
        return f"reuse {found.resource_id}{differing}"

    # --- what is on record ------------------------------------------------------------------------------------------

    def _recorded(self, request: Creation[Any]) -> Intent:
        document = self._store.read()
        fresh = self._new_intent(request)
        if document is None:
            return fresh
        intent = Intent.from_document(document)
        if intent.identity != fresh.identity:
            raise IdentityChanged(request.title, intent.identity, fresh.identity)
        if intent.fingerprint != fresh.fingerprint:
            log.warning("%s: the arguments changed since an earlier try of this task.", request.title)
        return intent

    def _new_intent(self, request: Creation[Any]) -> Intent:
        parameters = json.dumps(request.parameters(), sort_keys=True)
        identity = {**request.identity(), **self._place}
        return Intent(identity, hashlib.sha256(parameters.encode()).hexdigest())

    def _record(self, intent: Intent, resource_id: Id) -> None:
        self._store.write(replace(intent, resource_id=resource_id).document())

    # --- looking ----------------------------------------------------------------------------------------------------

    def _look(self, request: Creation[Any]) -> Listing:
        """List what exists. A failed list raises: it never means "absent"."""
        search = request.search()
        if search is None:
            return Listing([], [])
        items = list(self._caller.iterate(search))
        matches = [Found(request.id_of(item), item) for item in items if request.is_match(item)]
        return Listing(matches, [request.id_of(item) for item in items])

    def _confirm(self, request: Creation[Any], resource_id: Id) -> Found | None:
        """Return the resource with that id, or None when it is certain that there is none."""
        try:
            return Found(resource_id, request.item_of(self._caller.call(request.reading(resource_id))))
        except NotFound:
            return None
        except InvalidRequest:
            # Some services have no published code for "not found"; a complete list tells.
            everything = request.listing_of(resource_id)
            if everything is None:
                raise
        found = [item for item in self._caller.iterate(everything) if request.id_of(item) == resource_id]
        return Found(resource_id, found[0]) if found else None

    def _still_there(self, request: Creation[Any], intent: Intent, resource_id: Id) -> Found | None:
        """Confirm what is on record; what was made a moment ago may not show up yet, by its id neither."""
        found = self._confirm(request, resource_id)
        settled = (intent.sent_at or 0.0) + self._settle
        if found is not None or settled <= self._clock():
            return found
        self._sleep(settled - self._clock())
        return self._confirm(request, resource_id)

    @staticmethod
    def _only(request: Creation[Any], matches: list[Found]) -> Found | None:
        if len(matches) > 1:
            raise AmbiguousMatch(
                f"{len(matches)} have exactly this name: {', '.join(str(one.resource_id) for one in matches)}",
                operation=request.title,
            )
        return matches[0] if matches else None

    # --- sending ----------------------------------------------------------------------------------------------------

    def _send(self, request: Creation[Any], intent: Intent) -> Created:
        """Send the create, as often as it is certain that the one before did not take effect."""
        unknown: OutcomeUnknown | None = None
        for _ in range(MOST_SENDS):
            intent = replace(intent, sent_at=self._clock())
            self._store.write(intent.document())
            try:
                return self._made(request, intent, self._caller.call(request))
            except OutcomeUnknown as error:
                unknown = error
            except AlreadyExists as conflict:
                return self._conflict(request, intent, conflict)
            except CloudflowsError:  # refused, or never sent: it certainly did not take effect
                if not intent.doubtful:
                    self._store.clear()
                raise
            log.warning("%s Looking whether it exists.", unknown)
            intent = replace(intent, doubtful=True)
            self._store.write(intent.document())
            recovered = self._recover(request, intent, self._clock(), unknown)
            if recovered is not None:
                return recovered
        assert unknown is not None
        raise unknown

    def _made(self, request: Creation[Any], intent: Intent, answer: Response) -> Created:
        resource_id = request.made_id(answer)
        self._record(intent, resource_id)
        return Created(resource_id, answer.document(), answer.request_id, made=True)

    def _recover(
        self, request: Creation[Any], intent: Intent, since: float, unknown: OutcomeUnknown | None = None
    ) -> Created | None:
        """Find what a create of unknown outcome made; None when it certainly made nothing."""
        if request.search() is None:
            if self._on_unknown == "resend":
                log.warning("%s: sending it again, as on_unknown says; there may be two.", request.title)
                return None
            raise self._lost_track(request, unknown)
        self._sleep(max(0.0, since + self._settle - self._clock()))
        new = [one for one in self._look(request).matches if one.resource_id not in intent.seen]
        found = self._only(request, new)
        if found is None:
            return None
        log.info("%s did take effect: it made %s.", request.title, found.resource_id)
        self._record(intent, found.resource_id)
        return Created(found.resource_id, found.item.document(), made=True, drift=request.differences(found.item))

    @staticmethod
    def _lost_track(request: Creation[Any], unknown: OutcomeUnknown | None) -> LostTrack:
        if unknown is None:
            return LostTrack("an earlier try sent it and got no answer", operation=request.title)
        return LostTrack(
            unknown.message,
            operation=request.title,
            status=unknown.status,
            code=unknown.code,
            request_id=unknown.request_id,
        )

    def _conflict(self, request: Creation[Any], intent: Intent, conflict: AlreadyExists) -> Created:
        """The name is taken although no look-up showed it: by us, by somebody just now, or by something hidden."""
        if intent.doubtful:
            ours = self._recover(request, intent, self._clock())
            if ours is not None:
                return ours
        self._store.clear()
        theirs = self._only(request, self._look(request).matches)
        if theirs is None:
            self._sleep(self._settle)
            theirs = self._only(request, self._look(request).matches)
        if theirs is None:
            raise NameHeld(
                conflict.message,
                operation=request.title,
                status=conflict.status,
                code=conflict.code,
                request_id=conflict.request_id,
            )
        return self._take(request, replace(intent, sent_at=None, seen=[]), theirs)

    # --- what exists already ----------------------------------------------------------------------------------------

    def _take(self, request: Creation[Any], intent: Intent, found: Found) -> Created:
        """Apply ``if_exists`` to a resource that this task did not make."""
        if self._if_exists == "fail":
            raise AlreadyExists(
                f"{found.resource_id} has this name and this task did not make it", operation=request.title
            )
        drift = request.differences(found.item)
        changes = [name for name in drift if name in request.updatable]
        if self._if_exists == "update" and changes:
            self._caller.call(request.updating(found.resource_id, changes))
            log.info("%s: updated %s of %s.", request.title, ", ".join(changes), found.resource_id)
            drift = {name: values for name, values in drift.items() if name not in changes}
        self._record(intent, found.resource_id)
        self._report(request, found.resource_id, drift)
        return Created(found.resource_id, found.item.document(), drift=drift)

    def _as_it_is(self, request: Creation[Any], known: Found) -> Created:
        drift = request.differences(known.item)
        log.info("%s: an earlier try of this task made or took over %s.", request.title, known.resource_id)
        self._report(request, known.resource_id, drift)
        return Created(known.resource_id, known.item.document(), drift=drift)

    @staticmethod
    def _report(request: Creation[Any], resource_id: Id, drift: Mapping[str, tuple[Any, Any]]) -> None:
        for name, (asked, exists) in drift.items():
            log.warning("%s: %s of %s is %r, not %r.", request.title, name, resource_id, exists, asked)
