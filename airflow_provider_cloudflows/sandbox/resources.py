"""Changes behind the back of the clouds' clients: remove, alter or insert one resource, as another person would; and
end work that goes on.

For tests and people, through ``Running``, the control API and events. It knows the kinds from the rooms and no rule of
a service: a name that is taken may be given again here, because a service may have done so before.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from airflow_provider_cloudflows.sandbox.courses import COURSE, end_now, sight, with_state, without_course, words_of
from airflow_provider_cloudflows.sandbox.history import Cause, before
from airflow_provider_cloudflows.sandbox.operations import Birth, Resource
from airflow_provider_cloudflows.sandbox.state import Document, Kept, Store
from airflow_provider_cloudflows.sandbox.world import ACCOUNTS, Account, Cloud, first_account

_ENDS = {"oldest": 0, "newest": -1}


class UnknownResource(LookupError):
    """There is no such resource; the message is one sentence for a person."""


class InvalidResource(ValueError):
    """A resource cannot be like this; the message is one sentence for a person."""


class Resources:
    """What clients can create, by kind such as ``dataworks.business``."""

    def __init__(self, store: Store, kinds: Mapping[str, tuple[Cloud, Resource]], clock: Callable[[], float]) -> None:
        self._store = store
        self._kinds = dict(kinds)
        self._clock = clock

    def by(self, cause: Cause) -> Resources:
        """The same for somebody whose changes are told as those of ``cause``."""
        view = copy.copy(self)
        view._store = self._store.by(cause)
        return view

    def dump(self) -> dict[str, list[Document]]:
        """Everything that exists, by kind, oldest first; what goes on by itself with its state of now."""
        return {
            kind: [self._shown(kind, document) for document in documents]
            for kind, documents in self._store.dump().items()
        }

    def lives(self, kind: str) -> list[list[Document]]:
        """All that exists of a kind and is remembered of what was removed, oldest first: each with what it was before.

        The present document, or the last one, comes first, with its state of then; earlier ones have none.
        """
        self.check(kind, {})
        return [self._life(kind, one) for one in self._store.kept() if one.kind == kind]

    def insert(self, kind: str, fields: Mapping[str, Any], *, account: str = "") -> Document:
        """Make a resource with these fields; the others are what a new one has, the id always is a new one.

        It is made in ``account`` (an id), by default the first one of the cloud.
        """
        self.check(kind, fields, account=account)
        cloud, resource = self._kinds[kind]
        if resource.place and resource.place not in fields:
            raise InvalidResource(f"A {kind} needs {resource.place}, which says where it is listed.")
        owner = ACCOUNTS[account] if account else first_account(cloud)
        with self._store.transaction():
            return self._shown(kind, resource.insert(self._birth(owner), fields))

    def alter(self, kind: str, id: str, fields: Mapping[str, Any]) -> Document:
        """Change fields of a resource, such as its name; its id and its place stay."""
        self.check(kind, fields)
        place = self._kinds[kind][1].place
        if place in fields:
            raise InvalidResource(f"{place} of a {kind} cannot change; insert another one there.")
        with self._store.transaction():
            real_id = self._id(kind, id)
            changed = self._get(kind, real_id) | dict(fields)
            self._store.update(kind, real_id, changed)
        return self._shown(kind, changed)

    def remove(self, kind: str, id: str) -> None:
        """Remove a resource; its id will not come again."""
        self.check(kind, {})
        with self._store.transaction():
            real_id = self._id(kind, id)
            self._get(kind, real_id)
            self._store.delete(kind, real_id)

    def end(self, kind: str, id: str, ending: str, reason: str = "") -> Document:
        """Let work that goes on end now, ``good`` or ``bad`` with a reason, whatever its course was to be.

        :raises InvalidResource: it does not go on: it is no work, was not started, or is over.
        """
        self.check(kind, {})
        resource = self._kinds[kind][1]
        if resource.words is None:
            raise InvalidResource(f"A {kind} does not go on by itself.")
        _check_ending(ending, reason)
        with self._store.transaction():
            real_id = self._id(kind, id)
            document = self._get(kind, real_id)
            if not self._goes_on(resource, document):
                raise InvalidResource(f"The {kind} {real_id} does not go on: it was not started, or is over.")
            ended = self._end(kind, document, ending, reason)
        return self._shown(kind, ended)

    def end_all(self, ending: str, reason: str = "") -> list[Document]:
        """Let all work that goes on end now; what has ended by itself a moment ago is left out, and no error."""
        _check_ending(ending, reason)
        with self._store.transaction():
            going = [
                (kind, document)
                for kind, documents in self._store.dump().items()
                for document in documents
                if kind in self._kinds and self._goes_on(self._kinds[kind][1], document)
            ]
            ended = [(kind, self._end(kind, document, ending, reason)) for kind, document in going]
        return [self._shown(kind, document) for kind, document in ended]

    def check_names(self, kind: str, names: Iterable[str]) -> None:
        """Refuse to look for fields that no resource of a kind has: nothing would ever be found by them."""
        self.check(kind, {})
        cloud, resource = self._kinds[kind]
        known = {*_types(cloud, resource), resource.id, *(() if resource.words is None else (resource.words.field,))}
        known.update(*(document for life in self.lives(kind) for document in life))
        unknown = sorted(set(names) - known)
        if unknown:
            fields = ", ".join(sorted(known - {COURSE}))
            raise InvalidResource(f"There is no field {unknown[0]!r} of {kind}; the fields are {fields}.")

    def check(self, kind: str, fields: Mapping[str, Any], *, account: str = "") -> None:
        """Refuse what cannot be, before anything happens."""
        if kind not in self._kinds:
            raise UnknownResource(f"There is no kind {kind!r}; the kinds are {', '.join(self._kinds)}.")
        cloud, resource = self._kinds[kind]
        if account and (account not in ACCOUNTS or ACCOUNTS[account].cloud != cloud):
            known = ", ".join(each.id for each in ACCOUNTS.values() if each.cloud == cloud)
            raise InvalidResource(f"account must be one of {known}, not {account!r}.")
        types = _types(cloud, resource)
        allowed = set(types) - {resource.id, COURSE}
        if not set(fields) <= allowed:
            raise InvalidResource(f"The fields of {kind} that can be given are {', '.join(sorted(allowed))}.")
        for name, value in fields.items():
            if type(value) is not types[name]:
                wanted = types[name].__name__
                raise InvalidResource(f"{name} must be of type {wanted}, not {type(value).__name__}.")

    def _goes_on(self, resource: Resource, document: Document) -> bool:
        course: Document = document.get(COURSE) or {}
        return bool(course) and not sight(course, words_of(resource), self._store.now()).is_end

    def _end(self, kind: str, document: Document, ending: str, reason: str) -> Document:
        ended = document | {COURSE: end_now(document[COURSE], self._store.now(), ending, reason)}
        self._store.update(kind, str(document[self._kinds[kind][1].id]), ended)
        return ended

    def _shown(self, kind: str, document: Document) -> Document:
        """The document as a person sees it; what no client can create is kept as it is shown."""
        return with_state(document, self._kinds[kind][1], self._store.now()) if kind in self._kinds else document

    def _life(self, kind: str, one: Kept) -> list[Document]:
        resource = self._kinds[kind][1]
        life = [with_state(one.document, resource, self._store.now() if one.removed is None else one.removed)]
        document = one.document
        for line in reversed(self._store.history(one.sequence)):
            if line.changes:
                document = before(document, line.changes)
                life.append(without_course(document))
        return life

    def _birth(self, account: Account) -> Birth:
        return Birth(self._store.of(account.id), account, self._clock())

    def _id(self, kind: str, id: str) -> str:
        found = self._store.ids(kind)
        return found[_ENDS[id]] if id in _ENDS and found else id

    def _get(self, kind: str, id: str) -> Document:
        document = self._store.get(kind, id)
        if document is None:
            raise UnknownResource(f"There is no {kind} with the id {id!r}.")
        return document


def _check_ending(ending: str, reason: str) -> None:
    if ending not in ("good", "bad") or not isinstance(reason, str):
        raise InvalidResource(f"ending must be good or bad, and reason a text, not {ending!r} and {reason!r}.")


@cache
def _types(cloud: Cloud, resource: Resource) -> Mapping[str, type]:
    """What each field holds, learnt from one that is born in an empty world, so that no number is used up.

    Learnt when it is first asked for, once in a process: a world for each kind is most of what a start would cost.
    """
    nowhere = Store(None, lambda store: None)
    born = resource.born(Birth(nowhere, first_account(cloud), 0.0))
    nowhere.close()
    return {name: type(value) for name, value in born.items()}
