"""An operation of any kind that is to be done once, by all tries of a task together.

It goes the way of a create, with the same record before each physical send. But nothing is known of what it makes: no
id, no name, no list. So whoever comes next does not look; he hands on what is on record, and where the outcome is
unknown a person decides, unless the author said how to find what was made.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from airflow_provider_cloudflows.calls.any_operation import AnyAnswer, AnyRequest
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.models import Document, Wire
from airflow_provider_cloudflows.calls.paths import value_at
from airflow_provider_cloudflows.calls.resource import Creation, Id, Resource
from airflow_provider_cloudflows.errors import CloudError, CloudflowsError, IntentNotKept, LostTrack, ResultMissing
from airflow_provider_cloudflows.provisioning.created import Created
from airflow_provider_cloudflows.provisioning.protocol import Try
from airflow_provider_cloudflows.provisioning.record import IntentStore, MemoryStore
from airflow_provider_cloudflows.provisioning.settings import OnUnknown, Settings
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Wait
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Refusal

__all__ = ["Operation", "do_once"]

log = logging.getLogger(__name__)

NOT_KEPT = ""
"""Stands on record for a result that is not: nobody asked for one, or it was not in the answer, or too long."""

LONGEST_RESULT = 4096
"""Characters of JSON that are kept of a result."""


class Untraceable(Resource):
    """What such an operation makes: nothing reads it, and nothing lists it."""

    title = "operation"
    item_type = Wire
    name_field = "operation"
    id_field = "id"
    told_by = ()

    def listing(self, name: str | None = None) -> None:
        """Nothing lists it."""


class Operation(Creation[AnyAnswer]):
    """A request, and what of its answer is its result.

    On record the result stands where a resource has its id, as JSON text.

    :param request: what to send.
    :param result_path: where the result is in the answer; None takes the whole answer, of which nothing is kept.
    :param finding: a request that reads, and where its answer shows the result of a request whose answer was lost.
    """

    def __init__(
        self, request: AnyRequest, result_path: str | None = None, finding: tuple[Call[AnyAnswer], str] | None = None
    ) -> None:
        self.request = request
        self.result_path = result_path
        self.finding = finding

    service = property(lambda self: self.request.service)
    operation = property(lambda self: self.request.operation)
    uses_project = property(lambda self: self.request.uses_project)
    effect = Effect.CREATE

    def message(self, origin: str, project_id: str | None) -> Message:
        return self.request.message(origin, project_id)

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        return self.request.refusal(reply, document)

    def empty_answer(self, reply: Reply) -> Document | None:
        return self.request.empty_answer(reply)

    def parameters(self) -> Document:
        return self.request.parameters()

    @classmethod
    def resource_type(cls) -> type[Untraceable]:
        return Untraceable

    def resource(self) -> Untraceable:
        return Untraceable({"operation": self.title})

    def made_id(self, answer: AnyAnswer) -> str:
        """Return the result as it stands on record."""
        if self.result_path is None:
            return NOT_KEPT
        try:
            kept = json.dumps(value_at(answer.document(), self.result_path, "the answer"))
        except ResultMissing:
            return NOT_KEPT
        if len(kept) <= LONGEST_RESULT:
            return kept
        log.warning("%s: its result is too long to be kept, so that no further try can hand it on.", self.title)
        return NOT_KEPT

    def result(self, done: Created) -> Any:
        """Return the result: of the answer that this try read, or what is on record.

        :raises ResultMissing: it is not there; the operation was done, and is not done again.
        """
        if done.answer is not None and self.result_path is None:
            return done.answer
        if done.answer is not None:
            return self._result_in(done.answer)
        if done.resource_id != NOT_KEPT:
            return json.loads(str(done.resource_id))
        if self.result_path is None:
            return None
        raise ResultMissing(
            f"{self.title} was done by an earlier try, and its result is not on record",
            "look for it in the console; to do it again, start a new DAG run",
        )

    def _result_in(self, answer: Document) -> Any:
        assert self.result_path is not None
        try:
            return value_at(answer, self.result_path, f"{self.title} was done, and its answer")
        except ResultMissing as missing:
            advice = "correct result_path; it was done, so no further try of this DAG run does it again"
            raise ResultMissing(missing.found, advice) from None


WHAT_A_PERSON_DECIDES = (
    "look in the console: if it took effect, mark the task as success; if it did not, set on_unknown='resend' and "
    "clear the task"
)


Claim = Callable[[str], bool]
"""Takes note that a result, as it stands on record, is this task's; tells whether it is no other's."""


class Once(Try):
    """One try of one task to do an operation once.

    :param claim: keeps tasks from taking one result for their own, each.
    """

    _request: Operation

    def __init__(
        self, client: CloudClient, store: IntentStore, settings: Settings, operation: Operation, claim: Claim
    ) -> None:
        super().__init__(client, store, settings, operation)
        self._claim = claim

    def ensure(self) -> Flow[Created]:
        """Do it, or hand on what is on record; a person who has looked has no id to pass, other than with a create."""
        try:
            return (yield from super().ensure())
        except LostTrack as lost:
            lost.advice = WHAT_A_PERSON_DECIDES
            if lost.refused_as is not None:
                lost.advice += f", or list the code {lost.code} in refused_codes if it says that nothing was done"
            raise

    def _known(self, resource_id: Id) -> Flow[Created]:
        """Hand on what is on record: nothing shows whether it is still true."""
        log.info("%s was done by an earlier try of this task.", self._request.title)
        yield from self._claimed(str(resource_id))
        return Created(resource_id, {}, self._record.how)

    def _begin(self) -> Flow[Created]:
        """Remember what the author's search shows already: that is not ours."""
        before = yield from self._authors_search()
        self._ledger.note(seen=[] if before is None else [before])
        return (yield from self._send())

    def _resume(self) -> Flow[Created]:
        """An earlier try sent it and nobody knows what became of it."""
        self._ledger.note(doubtful=True)
        return (yield from self._found_by_search()) or (yield from super()._resume())

    def _settle_doubt(self, failure: CloudError) -> Flow[Created | None]:
        """Find the result of a send of unknown outcome, or let a person decide."""
        self._ledger.note(doubtful=True)
        return (yield from self._found_by_search()) or (yield from super()._settle_doubt(failure))

    def _conflict(self, conflict: CloudError) -> Flow[Created]:
        """Something of that name exists, and nothing tells whose it is."""
        yield from self._ledger.take_back()
        return (yield from self._look_before_giving_up(conflict))

    def _look_before_giving_up(self, failure: CloudError) -> Flow[Created]:
        """A refusal is final, unless an earlier send may have had an effect that can be found."""
        found = (yield from self._found_by_search()) if self._record.doubtful else None
        return found or (yield from super()._look_before_giving_up(failure))

    def _is_new_id(self, resource_id: Id) -> bool:
        """Results may well be alike."""
        return True

    def _made(self, resource_id: Id, answer: AnyAnswer) -> Flow[Created]:  # type: ignore[override]
        log.info("%s was done (request id %s).", self._request.title, answer.request_id)
        self._ledger.note(resource_id=resource_id, how="made")
        yield from self._ledger.keep(resource_id)
        yield from self._claimed(str(resource_id))
        return Created(resource_id, {}, "made", answer.document(), answer.request_id)

    def _found_by_search(self) -> Flow[Created | None]:
        if self._request.finding is None:
            return None
        yield Wait(self._settings.settle)
        found = yield from self._authors_search()
        if found is None or found in self._record.seen:
            log.warning("%s: the search shows no new result of it.", self._request.title)
            return None
        if not (yield from self._claimed(found)):
            log.warning("%s: the search shows what another task knows as its own.", self._request.title)
            return None
        log.info("%s did take effect: the search shows its result.", self._request.title)
        self._ledger.note(resource_id=found, how="found")
        yield from self._ledger.keep(found)
        return Created(found, {}, "found")

    def _claimed(self, result: str) -> Flow[bool]:
        """Claim a result that a search might show; tell whether it is nobody else's."""
        if result == NOT_KEPT or self._request.finding is None:
            return True
        try:
            is_nobody_elses: bool = yield Blocking(lambda: self._claim(result))
        except CloudflowsError:
            raise
        except Exception as failure:  # Airflow's API may fail in any way
            raise IntentNotKept(
                f"{self._request.title}: Airflow did not tell what other tasks know as theirs "
                f"({type(failure).__name__}: {failure}), so nothing is taken; try again when it works."
            ) from failure
        return is_nobody_elses

    def _authors_search(self) -> Flow[str | None]:
        """Return what the author's search shows, as it would stand on record, or None."""
        if self._request.finding is None:
            return None
        request, path = self._request.finding
        answer = yield from self._client.flow(request)
        try:
            value = value_at(answer.document(), path, "the answer")
        except ResultMissing:
            return None
        return None if value is None else json.dumps(value)


def do_once(
    client: CloudClient,
    store: IntentStore | None,
    operation: Operation,
    *,
    on_unknown: OnUnknown = "fail",
    settle: float = 5.0,
    claim: Claim = lambda result: True,
) -> Flow[Any]:
    """Return the conversation that does ``operation`` at most once, and returns its result.

    :param store: keeps the record between tries; None keeps it for this run only.
    :param on_unknown: what to do when the outcome is unknown and nothing finds it: ``"fail"``, or ``"resend"`` once for
        each unknown outcome and try.
    :param settle: seconds after which the search is certain to show what was done.
    :param claim: takes note that a result is the caller's, and tells whether it is nobody else's.
    """
    settings = Settings(settle, if_exists="fail", on_unknown=on_unknown, rerun="never")
    done = yield from Once(client, MemoryStore() if store is None else store, settings, operation, claim).ensure()
    return operation.result(done)
