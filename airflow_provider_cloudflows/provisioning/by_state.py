"""The create protocol for work that has no id of its own: it is a state of something that exists.

What tells whether a start took effect is that the work goes on, or that the state is another one than before. So the
state is on record before the request leaves. Work that goes on already is taken over, whoever started it: nothing would
tell a second start from the first. Where the state is the same as before, the start was lost, or the work has run
through meanwhile, and what is said then depends on whether a second one does harm.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow_provider_cloudflows.calls.resource import Id, Resource, Start
from airflow_provider_cloudflows.errors import CloudError, LostTrack, NotFound
from airflow_provider_cloudflows.provisioning.created import Created
from airflow_provider_cloudflows.provisioning.looking import Found
from airflow_provider_cloudflows.provisioning.protocol import Try
from airflow_provider_cloudflows.transport.flow import Flow, Wait

__all__ = ["TryByState"]

log = logging.getLogger(__name__)


class TryByState(Try):
    """One try of one task."""

    _request: Start[Any]

    def _begin(self) -> Flow[Created]:
        """Take over what goes on, or record the state and start it."""
        found = yield from self._read()
        if self._request.is_under_way(found.item):
            return (yield from self._take(found))
        self._ledger.note(seen=list(self._request.marks_of(found.item)))
        return (yield from self._send())

    def _look(self, resource: Resource, *, may_be_ours: bool = False) -> Flow[Found | None]:
        """Return it when it shows that the start took effect, or that somebody else's did."""
        found = yield from self._read()
        is_other = bool(self._record.seen) and self._request.marks_of(found.item) != self._record.seen
        return found if is_other or self._request.is_under_way(found.item) else None

    def _send(self) -> Flow[Created]:
        """Start it, unless an earlier start may have run through and another one would do harm."""
        self._check_a_start_does_no_harm()
        return (yield from super()._send())

    def _settle_doubt(self, failure: CloudError) -> Flow[Created | None]:
        settled = yield from super()._settle_doubt(failure)
        is_refused = getattr(failure, "refused_as", None) is not None
        if settled is None and not is_refused:
            self._check_a_start_does_no_harm()
        return settled

    def _check_a_start_does_no_harm(self) -> None:
        if self._record.doubtful and not self._request.may_be_sent_twice(self._record.seen):
            name = f"{self._resource.title} {self._request.resource_id}"
            raise LostTrack(
                f"a start of {name} got no answer, and nothing it shows is known to have changed since: nothing tells "
                "whether it has run meanwhile",
                operation=self._request.title,
                advice="look in the console; to start it again, start a new DAG run",
            )

    def _is_new_id(self, resource_id: Id) -> bool:
        """It is the same at each start."""
        return True

    def _shown(self, resource_id: Id) -> Flow[Any]:
        """Return what is shown; a read right after the start may still show the state from before it."""
        if (yield from self._look(self._resource)) is None:
            yield Wait(self._settings.settle)
        return (yield from super()._shown(resource_id))

    def _read(self) -> Flow[Found]:
        """Return what exists.

        :raises NotFound: there is no such thing.
        """
        resource_id = self._request.resource_id
        item = yield from self._looker.confirm(self._resource, resource_id)
        if item is None:
            raise NotFound(f"there is no {self._resource.title} {resource_id}", operation=self._request.title)
        return Found(resource_id, item)
