"""What exists in a cloud, and the requests that create and delete it.

Knowledge of a kind of resource is here once: where it is, how it is read, listed, recognised and changed, and which
codes prove that it is gone. Creates, updates, deletes, sensors and links hang on it. A resource sends nothing; it
returns the requests to send.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self

from airflow_provider_cloudflows.calls.call import Call, ResultT
from airflow_provider_cloudflows.calls.rules import plain

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document, Wire
    from airflow_provider_cloudflows.calls.pages import Pages
    from airflow_provider_cloudflows.calls.states import Outcome, States
    from airflow_provider_cloudflows.errors import NoAnswer
    from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["Addressed", "Change", "Creation", "Id", "Removal", "Resource", "Start", "moment"]

Id = int | str
Differences = dict[str, tuple[Any, Any]]
"""Asked-for and existing value by field."""


class Resource:
    """One resource, known by its name and place, whether it exists or not.

    :param identity: name and place, as plain JSON; they stay on record between tries.
    :param caller: what the requests need beside the identity and the caller's scope already implies, for example the
        project of the connection, and what the author says of how to read an answer. It makes no other resource of it.

    :cvar title: what messages call it.
    :cvar item_type: how its reads and lists show one.
    :cvar name_field: the part of the identity that is its name.
    :cvar id_field: the field of an item that holds the id.
    :cvar told_by: fields that tell one from another in a list of its place: the name, and what else makes two things of
        two that share it. What makes the place is not compared: the list is of that place, however it writes it.
    :cvar compared: fields that an existing one is compared in.
    :cvar updatable: those of ``compared`` that :meth:`updating` can change.
    :cvar gone_codes: codes by which the service is known to say that an id does not exist. A bare HTTP 404 is none.
    :cvar born_field: the field of an item that holds the time it was created, or None.
    :cvar creator_fields: the fields of an item that tell who created it.
    :cvar states: the states in which it stays, or None where it has none.
    :cvar state_field: the field of an item that holds its state.
    :cvar reason_fields: the fields of an item that tell why it ended as it did.
    :cvar ends: it is a piece of work, which ends and may be started again; other things stay.
    :cvar makes_several: one create makes several, and the first of them stands for all.
    :cvar can_be_gone: a read that finds nothing may mean that it is there no more; else it is a refusal like any other.
    :cvar is_on_a_page: a read asks for a list, and whichever of its pages shows it answers.
    :cvar takes_existing: what was there before may be the one that is asked for, since its name says so.
    :cvar told_by_birth: it is told from what was there before by the time of its creation alone, and a list may be too
        long to be read before each create. Only a read by its id shows whether one in the list is the one.
    """

    title: ClassVar[str]
    item_type: ClassVar[type[Wire]]
    name_field: ClassVar[str]
    id_field: ClassVar[str]
    told_by: ClassVar[tuple[str, ...]]
    compared: ClassVar[tuple[str, ...]] = ()
    updatable: ClassVar[tuple[str, ...]] = ()
    gone_codes: ClassVar[frozenset[str]] = frozenset()
    born_field: ClassVar[str | None] = None
    creator_fields: ClassVar[tuple[str, ...]] = ()
    states: ClassVar[States | None] = None
    state_field: ClassVar[str] = "status"
    reason_fields: ClassVar[tuple[str, ...]] = ()
    ends: ClassVar[bool] = False
    makes_several: ClassVar[bool] = False
    can_be_gone: ClassVar[bool] = True
    is_on_a_page: ClassVar[bool] = False
    takes_existing: ClassVar[bool] = True
    told_by_birth: ClassVar[bool] = False

    def __init__(self, identity: Document, caller: Mapping[str, Any] | None = None) -> None:
        self.identity = identity
        self.caller = dict(caller or {})

    def at(self, identity: Document) -> Self:
        """Return the resource of another name or place, for the same caller."""
        return type(self)(identity, self.caller)

    @property
    def name(self) -> str:
        """The name."""
        return str(self.identity[self.name_field])

    def reading(self, resource_id: Id) -> Call[Any]:
        """Return the request that reads the one with that id, in this place."""
        raise NotImplementedError

    def item_of(self, answer: Any, resource_id: Id) -> Any | None:
        """Return the item in the answer to :meth:`reading`, or None when the answer says that there is none, or when it
        is one page of a list, and does not show it.

        :raises NoAnswer: when it says neither.
        """
        raise NotImplementedError

    def on_no_page(self, resource_id: Id) -> Any | None:
        """Return what is known of one that no page of the list shows, or None when it does not exist then."""
        return None

    def unproven(self) -> type[NoAnswer]:
        """Return what a look ends with that finds nothing, in a way that does not prove that there is nothing."""
        from airflow_provider_cloudflows.errors import NoAnswer  # no DAG file looks at anything

        return NoAnswer

    def listing(self, name: str | None = None) -> Pages[Any, Any] | None:
        """Return the list of this place, or None when the service lists none.

        :param name: show at least those of that name; the services' filters are fuzzy.
        """
        raise NotImplementedError

    def looking(self, since: float | None) -> Pages[Any, Any] | None:
        """Return the list to look for this one in, or None when the service lists none.

        :param since: seconds since the epoch by the server's clock; what was created before is not the one. A list
            that has no such filter may show it all the same.
        """
        return self.listing(self.name)

    def gathering(self) -> Iterable[Pages[Any, Any]]:
        """Return the other lists, beside that of :meth:`looking`, that show what the same create made."""
        return ()

    def lacking(self, items: Collection[Any]) -> int:
        """Return how many more than ``items`` one create makes, as far as it is known."""
        return 0

    def watching(self) -> Pages[Any, Any] | None:
        """Return the list that shows the states of many like this one, the newest first, or None without such a one."""
        return None

    def cancelling(self, resource_id: Id) -> Call[Any] | None:
        """Return the request that stops the work, or None where nothing stops it, or only its :meth:`parts`."""
        return None

    def parts(self, resource_id: Id) -> Iterable[Pages[Any, Any]]:
        """Return the lists of the parts that are stopped one by one, where nothing stops the whole."""
        return ()

    def stopping(self, part: Any) -> Call[Any] | None:
        """Return the request that stops a part, or None where that is over."""
        raise NotImplementedError

    def objection_in(self, answer: Any) -> str:
        """Return why it goes on although the answer to :meth:`cancelling` reports success, or an empty text."""
        return ""

    def going_on(self, item: Any) -> Call[Any] | None:
        """Return the request that lets the work go on from where an item shows that it stands, or None where it needs
        none. Its effect is a CREATE: it is sent after a look only, and never again without one."""
        return None

    def state_of(self, item: Any) -> str | None:
        """Return the state that an item shows, as the service writes it."""
        state = getattr(item, self.state_field, None)
        return None if state is None else str(state).strip()

    def outcome_of(self, item: Any) -> Outcome:
        """Return what the state of an item says about its end."""
        from airflow_provider_cloudflows.calls.states import Outcome  # no DAG file waits

        return Outcome.GOOD if self.states is None else self.states.outcome(self.state_of(item))

    def is_stopping(self, item: Any) -> bool:
        """Tell whether somebody stopped it and it has not ended yet."""
        from airflow_provider_cloudflows.calls.states import is_among  # no DAG file looks at anything

        return self.states is not None and is_among(self.state_of(item), self.states.stopping)

    def reason_of(self, item: Any) -> str:
        """Return the vendor's own words for why it ended as it did, or an empty text."""
        shown = (getattr(item, name, None) for name in self.reason_fields)
        return ": ".join(str(one).strip() for one in shown if one)

    def explaining(self, resource_id: Id) -> Pages[Any, Any] | None:
        """Return the list that tells why it ended badly, or None where a read by its id shows all that is known."""
        return None

    def explanation_in(self, items: Collection[Any]) -> str:
        """Return the vendor's own words in that list, or an empty text."""
        raise NotImplementedError

    def updating(self, resource_id: Id, values: Mapping[str, Any]) -> Call[Any]:
        """Return the request that changes the fields ``values``."""
        raise NotImplementedError

    def is_match(self, item: Any) -> bool:
        """Tell whether an item of this place is exactly the one. What an item does not show says nothing."""
        return not self.mismatches(item) and getattr(item, self.name_field, None) == self.name

    def mismatches(self, item: Any) -> Differences:
        """Return what an item shows of what tells it from others and is not this one's."""
        return _differences(self.identity, item, self.told_by)

    def is_another(self, item: Any) -> bool:
        """Tell whether what a read by its id shows is certainly another one, where the list could not tell."""
        return False

    def resembles(self, item: Any) -> bool:
        """Tell whether an item has the name as a service might rewrite it: in case, blanks or forms of characters."""
        shown = getattr(item, self.name_field, None)
        return shown is not None and _folded(str(shown)) == _folded(self.name)

    def is_listed(self) -> bool:
        """Tell whether the service can list what exists."""
        return self.listing() is not None

    def id_of(self, item: Any) -> Id:
        """Return the id of an item."""
        resource_id: Id = getattr(item, self.id_field)
        return resource_id

    def born(self, item: Any) -> str | None:
        """Return the time that an item shows for its creation, as the service writes it."""
        return getattr(item, self.born_field, None) if self.born_field else None

    def creators(self, item: Any) -> frozenset[str]:
        """Return how an item shows who created it: an id, a name, both or nothing."""
        shown = (getattr(item, name, None) for name in self.creator_fields)
        return frozenset(str(one) for one in shown if one)

    def is_same_place(self, recorded: Document) -> bool | None:
        """Tell whether ``recorded`` names this place; None when it does so in another way, so that nothing tells."""
        verdict: bool | None = True
        for field in (recorded.keys() | self.identity.keys()) - {self.name_field}:
            mine, theirs = self.identity.get(field), recorded.get(field)
            if mine is None or theirs is None:
                verdict = verdict if mine == theirs else None
            elif mine != theirs:
                return False
        return verdict


class Creation(Call[ResultT], Generic[ResultT]):
    """The request that creates a resource.

    Its module is apart from the resource's, and imports it late: a DAG file checks a request, and looks for nothing.
    """

    @property
    def effect(self) -> Effect:
        """Sent twice, it makes two."""
        from airflow_provider_cloudflows.transport.effect import Effect  # no DAG file sends anything

        return Effect.CREATE

    @classmethod
    def resource_type(cls) -> type[Resource]:
        """Return the kind of resource."""
        raise NotImplementedError

    def resource(self) -> Resource:
        """Return the resource that this request is to make."""
        raise NotImplementedError

    def parameters(self) -> Document:
        """Return every parameter of the request as plain JSON."""
        raise NotImplementedError

    def made_id(self, answer: ResultT) -> Id:
        """Return the id in the answer."""
        raise NotImplementedError

    def others_made(self, answer: ResultT) -> list[Id]:
        """Return the ids in the answer of what the same create made beside it."""
        return []

    def making(self) -> Resource | None:
        """Return the job by which the service makes it, or None where the answer names what was made.

        Where there is a job, the id in the answer is the job's, and the resource has to be found when it has ended.
        """
        return None

    def made_by(self, ended: Any) -> list[Id]:
        """Return the ids of what the job made, by what the service shows of it when it has ended; the first stands for
        all. None of them where only the list tells."""
        return []

    def expected(self, resource_id: Id) -> Wire:
        """Return what the service is going to show of the resource, while it cannot be read yet."""
        resource = self.resource()
        shown = {name: getattr(self, name, None) for name in resource.item_type.model_fields}
        shown |= {resource.name_field: resource.name, resource.id_field: resource_id}
        known = {name: plain(one) for name, one in shown.items() if not (one is None or callable(one))}
        return resource.item_type.model_validate(known)

    def differences(self, item: Any) -> Differences:
        """Return asked-for and existing value of each compared field that was asked for and differs."""
        asked = {name: getattr(self, name) for name in self.resource_type().compared}
        return _differences(asked, item, asked)


class Start(Creation[ResultT], Generic[ResultT]):
    """The request that starts work which has no id of its own: it is a state of something that exists.

    :cvar id_field: the field that holds the id of what exists, which stands for that of the work.
    """

    id_field: ClassVar[str]

    @property
    def resource_id(self) -> Id:
        """The id of what exists."""
        resource_id: Id = getattr(self, self.id_field)
        return resource_id

    def made_id(self, answer: ResultT) -> Id:
        return self.resource_id

    def is_under_way(self, item: Any) -> bool:
        """Tell whether an item shows that the work goes on, whoever started it."""
        raise NotImplementedError

    def marks_of(self, item: Any) -> list[str]:
        """Return what an item shows that a start changes, and that tells one start from the next: by default its state.

        They stay on record, so there is no secret among them.
        """
        return [str(self.resource().state_of(item))]

    def may_be_sent_twice(self, marks: Collection[Id]) -> bool:
        """Tell whether another start does no harm where one may have run through, and all is as it was before.

        :param marks: what was shown before; empty on a record of a release that kept none.
        """
        raise NotImplementedError


class Addressed(Call[ResultT], Generic[ResultT]):
    """A request about one resource, known by its id.

    :cvar id_field: the field that holds the id.
    """

    id_field: ClassVar[str]

    @property
    def effect(self) -> Effect:
        """Sent twice, it does what it does once."""
        from airflow_provider_cloudflows.transport.effect import Effect  # no DAG file sends anything

        return Effect.IDEMPOTENT

    @classmethod
    def resource_type(cls) -> type[Resource]:
        """Return the kind of resource."""
        raise NotImplementedError

    def resource(self) -> Resource:
        """Return the resource in its place; what it is called, nobody needs to know who has its id."""
        raise NotImplementedError

    @property
    def resource_id(self) -> Id:
        """The id."""
        resource_id: Id = getattr(self, self.id_field)
        return resource_id


class Change(Addressed[ResultT], Generic[ResultT]):
    """The request that changes a resource.

    Its module is apart from the resource's, as that of a create is.
    """


class Removal(Addressed[ResultT], Generic[ResultT]):
    """The request that deletes a resource.

    Its module is apart from the resource's, as that of a create is.
    """


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _differences(asked: Mapping[str, Any], item: Any, fields: Collection[str]) -> Differences:
    """Return the fields that were asked for and that ``item`` shows otherwise.

    A field that the service does not show says nothing; the clouds write an unset text as an empty one.
    """
    found = {}
    for name in fields:
        wanted, exists = plain(asked[name]), plain(getattr(item, name, None))
        if wanted is not None and exists is not None and str_of_number(wanted) != str_of_number(exists):
            found[name] = (wanted, exists)
    return found


def str_of_number(value: Any) -> Any:
    """Return a number as text: the same id travels as a number in one operation and as text in another."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


# Java writes a literal Z before the offset: "2025-07-18T14:44:46.735Z+0800" is a quarter to three in the afternoon at
# +0800. The vendor's pages do not say so; it is how its pattern reads.
LITERAL_Z = r"Z(?=[+-]\d{2}:?\d{2}$)"


def moment(text: str | None) -> float | None:
    """Return the seconds since the epoch of a time as the clouds write it, or None when it does not tell its zone."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(re.sub(LITERAL_Z, "", text.strip()))
    except ValueError:
        return None
    return parsed.timestamp() if parsed.tzinfo else None
