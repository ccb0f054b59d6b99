"""The way into the create protocol, for an operator and for a plain script, blocking or on an event loop."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.resource import Creation, Id, Start
from airflow_provider_cloudflows.provisioning.by_job import TryByJob
from airflow_provider_cloudflows.provisioning.by_state import TryByState
from airflow_provider_cloudflows.provisioning.created import Created
from airflow_provider_cloudflows.provisioning.protocol import Try
from airflow_provider_cloudflows.provisioning.record import IntentStore, MemoryStore, Record
from airflow_provider_cloudflows.provisioning.settings import IfExists, OnUnknown, Rerun, Settings
from airflow_provider_cloudflows.transport.flow import Flow, Stop

__all__ = ["Provisioner"]


class Provisioner:
    """Makes sure that one resource exists, once.

    :param client: calls the cloud.
    :param store: keeps the record between tries; None keeps it for this run only, and finding goes by name alone.
    :param settle: seconds after which a create that took effect is certain to show up in the list.
    :param if_exists: what to do with a resource of that name that somebody else made; ``"update"`` also changes one of
        this task's own.
    :param on_unknown: what to do when the outcome is unknown and the resource cannot be looked up.
    :param rerun: when to start a piece of work again that an earlier try started: when it ``"failed"`` or was stopped,
        ``"always"`` when it has ended, or ``"never"``.
    :param others: tells the ids of what other tasks are known to have made; asked where a name tells nothing.
    """

    def __init__(
        self,
        client: CloudClient,
        store: IntentStore | None = None,
        *,
        settle: float = 5.0,
        if_exists: IfExists = "reuse",
        on_unknown: OnUnknown = "fail",
        rerun: Rerun = "failed",
        others: Callable[[], Collection[Id]] = tuple,
    ) -> None:
        self._client = client
        self._store: IntentStore = MemoryStore() if store is None else store
        self._settings = Settings(settle, if_exists, on_unknown, rerun)
        self._others = others

    def ensure(self, request: Creation[Any], stop: Stop | None = None) -> Created:
        """Return the resource that ``request`` asks for, made now, by an earlier try or by somebody else.

        :param stop: when it is asked, nothing is sent any more and the conversation ends with ``Stopped``.
        :raises CloudflowsError: when it certainly was not made, or when nothing says for certain.
        """
        return self._client.transport.run(self.flow(request), stop)

    async def aensure(self, request: Creation[Any], stop: Stop | None = None) -> Created:
        """Like :meth:`ensure`, on the running event loop."""
        return await self._client.transport.arun(self.flow(request), stop)

    def flow(self, request: Creation[Any]) -> Flow[Created]:
        """Return the conversation that makes sure the resource of ``request`` exists."""
        return self._try(request).ensure()

    def adopt(self, request: Creation[Any], resource_id: Id, stop: Stop | None = None) -> Created:
        """Take over the resource with that id, which a person found after an unknown outcome.

        :raises InvalidParameter: when another id is on record.
        :raises IdentityChanged: when the id shows something else than what ``request`` asks for.
        """
        return self._client.transport.run(self._try(request).adopt(resource_id), stop)

    def recorded_id(self, request: Creation[Any]) -> Id | None:
        """Return the id that is on record, or None; sends nothing to the cloud."""
        record = self.record()
        return None if record is None else record.resource_id

    def record(self) -> Record | None:
        """Return what is on record, or None; sends nothing to the cloud."""
        document = self._store.read()
        return None if document is None else Record.from_document(document)

    def plan(self, request: Creation[Any]) -> str:
        """Return what :meth:`ensure` would do, in one sentence; looks, and writes nothing."""
        return self._client.transport.run(self._try(request).plan())

    def _try(self, request: Creation[Any]) -> Try:
        kind = Try if request.making() is None else TryByJob
        if isinstance(request, Start):
            kind = TryByState
        return kind(self._client, self._store, self._settings, request, self._others)
