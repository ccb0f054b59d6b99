"""What stays on record between the tries of one task, and where it is kept.

The record is written before each request that could make something, so that whoever comes after a killed worker knows
that it may have. It is plain JSON and holds no secret: of the arguments it keeps name and place, and a hash of the
rest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal, Protocol

from pydantic import TypeAdapter

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Creation, Id
from airflow_provider_cloudflows.errors import RecordUnreadable

__all__ = ["How", "IntentStore", "MemoryStore", "Record", "are_apart"]

VERSION = 2

PLACES = ("endpoint", "region", "project", "account")
"""What makes two scopes differ."""

How = Literal["made", "found", "taken"]
"""How an id is known: the answer to our create named it, a look after an unknown outcome found it, or it was there."""


class IntentStore(Protocol):
    """Where the record of one resource is kept between the tries of its task."""

    def read(self) -> Document | None:
        """Return what was written last, or None."""

    def write(self, intent: Document) -> None:
        """Keep ``intent``; when this returns it has survived the end of the process.

        Raises whatever it likes when it did not take it, or when another try has taken the place of this one.
        """


class MemoryStore:
    """A store for callers that have none: it protects one run of the protocol, not the next."""

    def __init__(self) -> None:
        self._intent: Document | None = None

    def read(self) -> Document | None:
        """Return what was written last, or None."""
        return self._intent

    def write(self, intent: Document) -> None:
        """Keep ``intent`` in memory."""
        self._intent = intent


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record about one create.

    :param kind: service and operation of the create; empty on a record of an older version.
    :param identity: name and place; what looking goes by.
    :param scope: where it was sent and for whom: endpoint, region, project, account, as far as known, and a digest of
        the caller, which a new key changes.
    :param fingerprint: hash of the other parameters, which may hold what must not be stored.
    :param generation: counts the resources that this task made and somebody removed.
    :param sent: a create may be on its way, or may have taken effect.
    :param doubtful: a create had an unknown outcome, so that a refusal of a later one proves nothing.
    :param resends: how many creates a person allowed although nothing could tell what became of the one before.
    :param first_sent_at: when the first one left, in seconds since the epoch by the server's clock; None where nothing
        believable told it. It is compared with the times that the same server shows, never with another machine's.
    :param sent_at: the same of the last one.
    :param seen: ids that a look showed before the first one left.
    :param gone: ids of this task that are known to be gone, and of dead ones that a list still showed.
    :param job: the job that makes it, where the answer of the create named one.
    :param resource_id: the id, once it is known.
    :param others: ids of what the same create made beside it.
    :param how: how it is known; None on a record of an older version.
    :param born: the time of its creation, as the service shows it.
    """

    kind: str
    identity: Document
    scope: Document
    fingerprint: str
    generation: int = 0
    sent: bool = False
    doubtful: bool = False
    resends: int = 0
    first_sent_at: float | None = None
    sent_at: float | None = None
    seen: list[Id] = field(default_factory=list)
    gone: list[Id] = field(default_factory=list)
    job: Id | None = None
    resource_id: Id | None = None
    others: list[Id] = field(default_factory=list)
    how: How | None = None
    born: str | None = None

    @classmethod
    def of(cls, request: Creation[Any], scope: Document) -> Record:
        """Return the record of a create that has not left."""
        parameters = json.dumps(request.parameters(), sort_keys=True)
        return cls(request.title, request.resource().identity, scope, hashlib.sha256(parameters.encode()).hexdigest())

    def next_generation(self, fresh: Record) -> Record:
        """Return ``fresh`` as the record that follows this one, whose resource is gone, or was never made."""
        if self.resource_id is None:
            return replace(fresh, generation=self.generation, gone=self.gone, resends=self.resends)
        gone = [*self.gone, self.resource_id, *self.others]
        return replace(fresh, generation=self.generation + 1, gone=gone, resends=self.resends)

    def is_elsewhere(self, scope: Document) -> bool:
        """Tell whether ``scope`` is certainly another one."""
        return are_apart(self.scope, scope)

    def is_here(self, scope: Document) -> bool:
        """Tell whether ``scope`` is the same: the project or the account says so, or else the caller does."""
        if self.is_elsewhere(scope):
            return False
        if any(self.scope.get(name) is not None and scope.get(name) is not None for name in ("project", "account")):
            return True
        return self.scope.get("caller") in (None, scope.get("caller"))

    def document(self) -> Document:
        """Return the record as plain JSON."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_document(cls, document: Document) -> Record:
        """Read a record of this or an older version.

        :raises RecordUnreadable: for one of a newer version, whose meaning nobody here can know.
        """
        version = document.get("version", 1) if isinstance(document, Mapping) else None
        try:
            if version == 1:
                return _checked(_from_version_1(document))
            if version == VERSION:
                return _checked({one.name: document[one.name] for one in fields(cls) if one.name in document})
        except (KeyError, TypeError, ValueError):
            raise RecordUnreadable(
                "The record of an earlier try is damaged, so nothing tells what that try made; look in the console, "
                "and start a new DAG run."
            ) from None
        raise RecordUnreadable(
            f"The record of an earlier try has version {version} and this release reads up to version {VERSION}; run "
            "the task with the release that wrote it, or start a new DAG run."
        )


def are_apart(scope: Document, other: Document) -> bool:
    """Tell whether two scopes certainly differ; what one of the two does not know says nothing."""
    known = [(scope.get(name), other.get(name)) for name in PLACES]
    return any(one is not None and two is not None and one != two for one, two in known)


# Version 1 had the region among the identity, and the Huawei project, which now belong to the scope.


@cache
def _checker() -> TypeAdapter[Record]:
    """Made when a record is first read, since making it takes longer than a request; few tasks read one."""
    return TypeAdapter(Record)


def _checked(values: Mapping[str, Any]) -> Record:
    record = _checker().validate_python(values)
    if not record.identity:
        raise ValueError("a record without a name")
    return record


def _from_version_1(document: Mapping[str, Any]) -> Document:
    identity = dict(document["identity"])
    scope = {"region": identity.pop("region", None)}
    if "workspace_id" in identity:  # SecMaster; the project_id of DataWorks is the workspace itself
        scope["project"] = identity.pop("project_id", None)
    if "task_name" in identity:
        identity["name"] = identity.pop("task_name")
    return {
        "kind": "",
        "identity": identity,
        "scope": scope,
        "fingerprint": document["fingerprint"],
        "generation": document.get("generation", 0),
        "sent": document.get("sent_at") is not None,
        "doubtful": document.get("doubtful", False),
        "seen": document.get("seen", []),
        "resource_id": document.get("resource_id"),
    }
