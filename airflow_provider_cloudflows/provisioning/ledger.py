"""The record of one task while a try works on it: what it says, and how it gets into the store.

A store may fail in any way and at any moment. What that means depends on what is being written: a send that is not on
record does not leave, an id that is not on record is written again, and of the rest the next try finds out by itself.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Creation, Id
from airflow_provider_cloudflows.errors import (
    CloudflowsError,
    IdentityChanged,
    IntentNotKept,
    NotRecorded,
    ScopeChanged,
    Stopped,
    Superseded,
)
from airflow_provider_cloudflows.provisioning.record import IntentStore, Record
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Wait

__all__ = ["Ledger"]

log = logging.getLogger(__name__)

WRITES_OF_AN_ID = 4
PAUSE_BETWEEN_WRITES = 0.5


class Ledger:
    """Keeps the record of one task. Every method that reads or writes the store is a conversation.

    :param store: keeps the record.
    :param request: the create that the record is about.
    :ivar record: what is known, written or not.
    :ivar fresh: what the record would be if no try had been before this one.
    """

    def __init__(self, store: IntentStore, request: Creation[Any]) -> None:
        self._store = store
        self._request = request
        self.record = Record.of(request, {})
        self.fresh = self.record

    def open(self, scope: Document) -> Flow[Record | None]:
        """Read what earlier tries left, and return it; None when they left nothing.

        :param scope: where this try works.
        :raises IdentityChanged: another operation is on record.
        :raises ScopeChanged: what is on record was sent elsewhere.
        """
        document = yield from self._stored()
        self.record = self.fresh = Record.of(self._request, scope)
        if document is None:
            return None
        earlier = Record.from_document(document)
        if not earlier.sent and earlier.resource_id is None:
            self.record = earlier.next_generation(self.fresh)  # nothing left: name and place may be corrected
            return earlier
        if earlier.kind not in ("", self.fresh.kind):
            recorded = {"operation": earlier.kind, **earlier.identity}
            raise IdentityChanged(self._request.title, recorded, {"operation": self.fresh.kind})
        if earlier.is_elsewhere(scope):
            raise ScopeChanged(self._request.title, earlier.scope, scope)
        if earlier.fingerprint != self.fresh.fingerprint:
            log.warning("%s: the arguments changed since an earlier try of this task.", self._request.title)
        self.record = earlier
        return earlier

    def check_scope_is_proven(self) -> None:
        """That something is absent can be told only where it would be.

        :raises ScopeChanged: nothing says that this try works where the record was written.
        """
        if not self.record.is_here(self.fresh.scope):
            raise ScopeChanged(self._request.title, self.record.scope, self.fresh.scope)

    # --- what is known -----------------------------------------------------------------------------------------------

    def note(self, **changes: Any) -> None:
        """Change fields of the record; what was changed is written with the next write."""
        self.record = replace(self.record, **changes)

    def begin_anew(self) -> None:
        """What is on record is gone, or was never made: go on with the record of another one."""
        self.record = self.record.next_generation(self.fresh)

    # --- writing it --------------------------------------------------------------------------------------------------

    def write(self) -> Flow[None]:
        """Write the record.

        :raises IntentNotKept: the store did not take it.
        """
        document = self.record.document()
        try:
            yield Blocking(lambda: self._store.write(document))
        except CloudflowsError:
            raise
        except Exception as failure:  # a store may fail in any way
            raise self.not_kept("did not take the record", failure) from failure

    def write_if_possible(self) -> Flow[None]:
        """Write what the next try would find out by itself, if by more looks."""
        try:
            yield from self.write()
        except Superseded:
            raise
        except IntentNotKept as failure:
            log.warning("%s", failure)

    def keep(self, resource_id: Id) -> Flow[None]:
        """Write the id; a store that fails for a moment must not lose it.

        :raises NotRecorded: it is not on record; the error carries the id.
        """
        for count in range(WRITES_OF_AN_ID):
            try:
                yield from self.write()
            except IntentNotKept as failure:
                log.warning("%s: %s is not on record yet: %s", self._request.title, resource_id, failure)
                cause = failure
            else:
                return
            if isinstance(cause, Superseded):
                if self.record.how != "made":
                    raise cause  # whoever has the place finds it too
                break
            if count + 1 < WRITES_OF_AN_ID:
                with suppress(Stopped):  # what is told to stop still writes down what it made
                    yield Wait(PAUSE_BETWEEN_WRITES * 2**count)
        raise NotRecorded(self._request.title, resource_id) from cause

    def take_back(self) -> Flow[None]:
        """Write that no create is on its way, unless an earlier one still may be."""
        if self.record.doubtful or not self.record.sent:
            return
        self.note(sent=False)
        yield from self.write_if_possible()

    def note_birth(self, born: str | None) -> Flow[None]:
        """Write the time of creation that the service shows: it tells a resource from one that has its id later."""
        if born is None:
            return
        self.note(born=born)
        try:
            yield from self.write()
        except IntentNotKept as failure:  # the id is on record, and whoever has the place has it too
            log.warning("%s", failure)

    def _stored(self) -> Flow[Document | None]:
        try:
            document: Document | None = yield Blocking(self._store.read)
            return document
        except CloudflowsError:
            raise
        except Exception as failure:  # a store may fail in any way
            raise self.not_kept("gave no record", failure) from failure

    def not_kept(self, what: str, failure: Exception) -> IntentNotKept:
        """Return the error for a store that failed, which did ``what``."""
        return IntentNotKept(
            f"{self._request.title}: the state store {what} ({type(failure).__name__}: {failure}), so nothing more was "
            "sent; try again when it works."
        )
