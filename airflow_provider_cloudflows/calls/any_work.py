"""Work that has no model of its own: what a request of the author's shows of it, and which of its states are an end.

It is known by that request alone, so it can be waited for like any other, by a worker and by a trigger. Nothing lists
it: each look is a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_cloudflows.calls.any_operation import AnyAnswer, AnyRequest, any_request, filled_in
from airflow_provider_cloudflows.calls.models import Document, Wire
from airflow_provider_cloudflows.calls.paths import value_at
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome, States
from airflow_provider_cloudflows.errors import NoAnswer, NothingShown, ResultMissing
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["AnyWork"]


class Shown(Wire):
    """What one look showed."""

    id: int | str
    status: str | None = None
    reason: str = ""
    answer: AnyAnswer

    def document(self) -> Document:
        """Return the whole answer."""
        return self.answer.document()


class AnyWork(Resource):
    """Work whose state is at a path in the answer to a request.

    Its identity holds, as plain JSON:

    ============================  =====================================================================================
    ``cloud``                     ``alibaba`` or ``huawei``
    ``poll``                      arguments of the request that looks, in which ``{result}`` stands for the id
    ``state_path``                where the answer shows the state
    ``good``, ``bad``             the states that are an end
    ``reason_path``               where the answer tells why it ended as it did, or null
    ``cancel``                    arguments of the request that stops the work, or null
    ``if_absent``                 what a look that shows no state says: ``fail``, that it looks in the wrong place;
                                  ``wait``, that the state is to come; ``wait_for_it``, that it is to come where nothing
                                  at all is shown, and else the former. Without it: ``wait``
    ============================  =====================================================================================
    """

    item_type = Shown
    name_field = "state_path"
    id_field = "id"
    told_by = ()
    ends = True

    def __init__(self, identity: Document, caller: Mapping[str, Any] | None = None) -> None:
        super().__init__(identity, caller)
        self.title = self.reading("").service.title  # type: ignore[misc]  # a class variable of kinds that have a name

    @property
    def operation(self) -> str:
        """What shows it: its id, where nothing else tells it from other work."""
        return self.reading("").operation

    def reading(self, resource_id: Id) -> AnyRequest:
        return self._request("poll", resource_id, Effect.READ)

    def item_of(self, answer: AnyAnswer, resource_id: Id) -> Shown:
        document = answer.document()
        try:
            state = value_at(document, self.identity["state_path"], "the answer")
        except ResultMissing as missing:
            is_to_come = self._if_absent == "wait" or (self._if_absent == "wait_for_it" and missing.is_void)
            kind, title = NoAnswer if is_to_come else NothingShown, self.reading(resource_id).title
            raise kind(missing.found, operation=title, advice="correct state_path if it persists") from None
        return Shown(
            id=resource_id,
            status=None if state is None else str(state),
            reason=self._reason(document),
            answer=answer,
        )

    def unproven(self) -> type[NoAnswer]:
        return NothingShown if self._if_absent == "fail" else NoAnswer

    @property
    def _if_absent(self) -> str:
        return str(self.identity.get("if_absent", "wait"))  # a wait that an older release began goes on as it did

    def _reason(self, document: Document) -> str:
        path = self.identity["reason_path"]
        if path is None:
            return ""
        try:
            reason = value_at(document, path, "the answer")
        except ResultMissing:  # most services name one only where there is one
            return ""
        return "" if reason is None else str(reason).strip()

    def listing(self, name: str | None = None) -> None:
        """Nothing lists it."""

    def cancelling(self, resource_id: Id) -> AnyRequest | None:
        return None if self.identity["cancel"] is None else self._request("cancel", resource_id, Effect.IDEMPOTENT)

    def outcome_of(self, item: Any) -> Outcome:
        return States(self.identity["good"], self.identity["bad"]).outcome(self.state_of(item))

    def reason_of(self, item: Any) -> str:
        return str(item.reason)

    def _request(self, role: str, resource_id: Id, effect: Effect) -> AnyRequest:
        return any_request(self.identity["cloud"], filled_in(self.identity[role], resource_id), effect)
