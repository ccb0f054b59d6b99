"""The delete protocol: what is to be gone is gone, and an error means that it may not be.

A delete by id may be sent twice, so it needs no record. What it needs is a look: a lost answer does not tell whether
the resource is gone, and neither does one "not found" (see :mod:`.looking`). Who may delete what is not decided here.
"""

from __future__ import annotations

import logging
from typing import Any, Literal

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    CloudError,
    InvalidRequest,
    NoAnswer,
    NotFound,
    ServerError,
)
from airflow_provider_cloudflows.provisioning.looking import Looker
from airflow_provider_cloudflows.transport.flow import Flow, Stop, Wait
from airflow_provider_cloudflows.transport.retry import Attempts

__all__ = ["IfMissing", "Remover"]

log = logging.getLogger(__name__)

IfMissing = Literal["ok", "fail"]

UNKNOWN = (NoAnswer, ServerError)
"""A delete that ended so may have taken effect."""

PERHAPS_GONE = (NotFound, InvalidRequest)
"""A refusal that may say that there is nothing to delete: not every service publishes a code for that."""

MOST_STRAY_REFUSALS = 3
"""How many times the service may say that it does not find what a look shows."""


class Remover:
    """Makes sure that resources do not exist any more.

    :param client: calls the cloud.
    :param settle: seconds after which a read and a list show what happened.
    :param if_missing: what to do when it was gone already: that is ``"ok"``, or a reason to ``"fail"``.
    """

    def __init__(self, client: CloudClient, *, settle: float = 5.0, if_missing: IfMissing = "ok") -> None:
        self._client = client
        self._settle = settle
        self._if_missing = if_missing

    def remove(self, request: Removal[Any], stop: Stop | None = None) -> bool:
        """Make sure that the resource of ``request`` is gone, and return whether it was there.

        :param stop: when it is asked, nothing is sent any more and the conversation ends with ``Stopped``.
        :raises NotFound: it was gone already, and ``if_missing`` is ``"fail"``.
        :raises CloudError: it is still there, or nothing says for certain.
        """
        return self._client.transport.run(self.flow(request), stop)

    async def aremove(self, request: Removal[Any], stop: Stop | None = None) -> bool:
        """Like :meth:`remove`, on the running event loop."""
        return await self._client.transport.arun(self.flow(request), stop)

    def plan(self, request: Removal[Any]) -> str:
        """Return what :meth:`remove` would do, in one sentence; looks, and deletes nothing."""
        item = self._client.transport.run(self._looker(request).confirm(request.resource(), request.resource_id))
        if item is None:
            return f"{'fail' if self._if_missing == 'fail' else 'do nothing'}, since {_named(request)} is not there"
        return f"delete {_named(request)}, which is called {getattr(item, request.resource().name_field, None)!r}"

    def flow(self, request: Removal[Any]) -> Flow[bool]:
        """Return the conversation that makes sure that the resource of ``request`` is gone."""
        was_there = yield from self._delete(request)
        if was_there:
            return True
        if self._if_missing == "fail":
            raise NotFound(
                f"there is no {_named(request)}",
                operation=request.title,
                advice="check the id and the place, or set if_missing='ok' where that is just as well",
            )
        log.info("%s: %s is not there; nothing to delete.", request.title, _named(request))
        return False

    def _delete(self, request: Removal[Any]) -> Flow[bool]:
        """Send the delete until it is certain that the resource is gone; return whether it was there before."""
        pauses = Attempts(request.effect, self._client.timeout)
        may_have_worked, not_found = False, 0
        while True:
            failure = yield from self._send(request, pauses)
            if failure is None:
                return True
            may_have_worked = may_have_worked or isinstance(failure, UNKNOWN)
            if isinstance(failure, (*UNKNOWN, *PERHAPS_GONE)) and (yield from self._is_gone(request, failure)):
                return may_have_worked
            not_found += _is_not_found(failure)
            is_stray = _is_not_found(failure) and not_found < MOST_STRAY_REFUSALS
            pause = self._settle if is_stray else _pause(failure, pauses)
            if pause is None:
                raise failure
            log.info("%s Deleting it again in %.1f seconds.", failure, pause)
            yield Wait(pause)

    def _send(self, request: Removal[Any], pauses: Attempts) -> Flow[CloudError | None]:
        """Send the delete once; return why it failed, or None.

        :raises CloudError: what happened on the way: there is no credential, no project.
        """
        try:
            answer = yield from self._client.send_once(request, timeout=pauses.timeout())
        except CloudError as failure:
            if failure.operation != request.title:
                raise
            return failure
        log.info("%s removed %s (request id %s).", request.title, _named(request), answer.request_id)
        return None

    def _is_gone(self, request: Removal[Any], failure: CloudError) -> Flow[bool]:
        """Tell whether the resource is gone; where nothing proves what a refusal may mean, the refusal stands."""
        log.info("%s Looking whether %s is gone.", failure, _named(request))
        try:
            item = yield from self._looker(request).confirm(request.resource(), request.resource_id)
        except NoAnswer as unproven:
            if isinstance(failure, PERHAPS_GONE) and unproven.operation == request.title:
                raise failure from unproven
            raise
        return item is None

    def _looker(self, request: Removal[Any]) -> Looker:
        return Looker(self._client, self._settle, request.title)


def _is_not_found(failure: CloudError) -> bool:
    """Tell whether a refusal says that something does not exist, be it the path of the request."""
    return isinstance(failure, NotFound) or (isinstance(failure, InvalidRequest) and failure.status == 404)


def _pause(failure: CloudError, pauses: Attempts) -> float | None:
    """Return how long to wait before the delete is sent again, or None for never."""
    if isinstance(failure, AuthenticationFailed):
        return 0.0 if failure.is_mended and pauses.is_first_mend() else None
    return pauses.pause_after(failure)


def _named(request: Removal[Any]) -> str:
    return f"{request.resource_type().title} {request.resource_id}"
