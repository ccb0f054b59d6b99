"""What the operators share that do something to many instances of DataWorks: HTTP 200, and a result for each id.

A success of the call says nothing of an id, so each result is read. An id that the service refused is looked at once
more, since it may be what it should be already; one that is not fails the task, which names it with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.operators.base import AlibabaOperator, RequestOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse

__all__ = ["DataWorksActionOperator"]


class DataWorksActionOperator(AlibabaOperator, RequestOperator):
    """Base of them. The task returns the ids; the results go to XCom key ``response``, in the vendor's spelling.

    :param instance_ids: one id or several, for example another task's output.
    :param comment: why, for people who look at it in the console.
    """

    argument_names = {"ids": "instance_ids"}
    template_fields_renderers = {"instance_ids": "json"}

    def __init__(
        self, *, instance_ids: int | str | Sequence[int | str], comment: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.instance_ids = instance_ids
        self.comment = comment

    def is_done(self, instance_id: int, hook: CloudHook) -> bool:
        """Tell whether an instance is already as it should be."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """Return the arguments; one id is a list of one."""
        values = super().values()
        if isinstance(values["ids"], int) or (isinstance(values["ids"], str) and values["ids"].strip().isdecimal()):
            values["ids"] = [values["ids"]]
        return values

    def work(self, context: Context) -> list[int]:
        """Do it to those that need it, and return all ids."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            ids: list[int] = request.ids
            wanted = self.begin(context, ids, hook)
            if not wanted:
                self.log.info("%s: nothing is left to do for %s.", self._where(), _listed(ids))
                return ids
            answer = self.send(request.model_copy(update={"ids": wanted}), hook)
            context["ti"].xcom_push(key="response", value=answer.document())
            self._check_each(request.title, answer, wanted, hook)
            self.log.info("%s did it to %s.", request.title, _listed(wanted))
            return ids

    def begin(self, context: Context, ids: list[int], hook: CloudHook) -> list[int]:
        """Return those of ``ids`` that are not yet as they should be."""
        return [one for one in ids if not self.is_done(one, hook)]

    def send(self, request: Any, hook: CloudHook) -> PerIdResponse:
        """Send it."""
        client = hook.get_conn()
        answer: PerIdResponse = client.transport.run(client.flow(request), self.stoppable())
        return answer

    def dry_run(self) -> None:
        """Log the request that a run would send, without secrets; sends nothing."""
        with closing(self._checked_hook()) as hook:
            self.log.info("The request:\n%s", hook.get_conn().preview(self._request(hook)))

    def _check_each(self, title: str, answer: PerIdResponse, ids: list[int], hook: CloudHook) -> None:
        from airflow_provider_cloudflows.errors import Conflict

        refused = {one: why for one, why in answer.refused(ids).items() if not self.is_done(one, hook)}
        if refused:
            raise Conflict(
                "the service refused " + "; ".join(f"{one}: {why}" for one, why in refused.items()),
                operation=title,
                request_id=answer.request_id,
                advice=f"look at {_listed(list(refused))} in the operation center; the others are done",
            )


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids))
