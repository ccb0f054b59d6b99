"""What the operators share that do something to many instances of DataWorks: HTTP 200, and a result for each id.

A success of the call says nothing of an id, so each result is read. An id that the service refused is looked at once
more, since it may be what it should be already; one that is not fails the task, which names it with the reason. The
older API version has a call for each id, whose refusals are read in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.operators.base import AlibabaOperator, RequestOperator
from airflow_provider_cloudflows.operators.literals import is_given

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse

__all__ = ["DataWorksActionOperator"]


OLDER, NEWER = "2020-05-18", "2024-05-18"


class DataWorksActionOperator(AlibabaOperator, RequestOperator):
    """Base of them. The task returns the ids; the results go to XCom key ``response``, in the vendor's spelling.

    :param instance_ids: one id or several, for example another task's output.
    :param comment: why, for people who look at it in the console; the older version takes none.
    :param api_version: ``2024-05-18``, or ``2020-05-18`` for a workspace of the older DataStudio.
    :param env_type: environment that they run in, ``Prod`` or ``Dev``; only the older version asks for it.

    :cvar older_operation: what the older version calls it.
    :cvar newer_alone: arguments that only the newer version knows.
    """

    argument_names = {"ids": "instance_ids"}
    template_fields_renderers = {"instance_ids": "json"}
    older_operation: ClassVar[str]
    newer_alone: ClassVar[tuple[str, ...]] = ("comment",)

    def __init__(
        self,
        *,
        instance_ids: int | str | Sequence[int | str],
        comment: str | None = None,
        api_version: str = NEWER,
        env_type: str = "Prod",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.instance_ids = instance_ids
        self.comment = comment
        self.api_version = api_version
        self.env_type = env_type

    def check_literals(self) -> None:
        """Check the version, and what it knows, too."""
        super().check_literals()
        if self.is_known(self.api_version):
            self.check_choice("api_version", self.api_version, (NEWER, OLDER))
        if self.is_known(self.env_type):
            self.check_choice("env_type", self.env_type, ("Prod", "Dev"))
        given = [name for name in self.newer_alone if is_given(getattr(self, name))]
        if self.is_older and given:
            raise InvalidParameter(f"{self._where()} got {given[0]}, which API version {OLDER} does not take.")

    @property
    def is_older(self) -> bool:
        """Whether it speaks the older version."""
        return self.api_version == OLDER

    @property
    def project_env(self) -> str:
        """The environment as the older version writes it."""
        return self.env_type.upper()

    def one_by_one(self, instance_id: int, hook: CloudHook) -> list[Any]:
        """Return the requests of the older version that do it to one id."""
        raise NotImplementedError

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
            ids: list[int] = list(dict.fromkeys(request.ids))  # one that is named twice is not done twice
            wanted = self.begin(context, ids, hook)
            if not wanted:
                self.log.info("%s: nothing is left to do for %s.", self._where(), _listed(ids))
                return ids
            answer = self.send(request.model_copy(update={"ids": wanted}), hook)
            refused = answer.refused(wanted)
            self.accepted([one for one in wanted if one not in refused])
            context["ti"].xcom_push(key="response", value=answer.document())
            title = f"{request.service.title} {self.older_operation}" if self.is_older else request.title
            self._check_each(title, answer, wanted, hook)
            self.log.info("%s did it to %s.", title, _listed(wanted))
            return ids

    def begin(self, context: Context, ids: list[int], hook: CloudHook) -> list[int]:
        """Return those of ``ids`` that are not yet as they should be."""
        return [one for one in ids if not self.is_done(one, hook)]

    def accepted(self, ids: list[int]) -> None:
        """Take note of the ids that the service reports as done."""

    def send(self, request: Any, hook: CloudHook) -> PerIdResponse:
        """Send it; by the older version one request after the other."""
        if not self.is_older:
            client = hook.get_conn()
            answer: PerIdResponse = client.transport.run(client.flow(request), self.stoppable())
            return answer
        from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse

        results = {str(one): self._result_of(one, hook) for one in request.ids}
        return PerIdResponse.model_validate({"SuccessInfo": results})

    def _result_of(self, instance_id: int, hook: CloudHook) -> dict[str, Any]:
        """Do it to one id, all parts of it; return what became of it, as the newer version writes it.

        :raises CloudError: nothing tells whether it was done.
        """
        requests = self.one_by_one(instance_id, hook)
        refusals = [why for one in requests if (why := self._refusal_of(one, hook))]
        if not requests:
            refusals = ["no part of it is listed that goes on"]
        return {"Success": False, "Message": "; ".join(refusals)} if refusals else {"Success": True}

    def _refusal_of(self, request: Any, hook: CloudHook) -> str:
        """Send one request; return why it was refused, or an empty text."""
        from airflow_provider_cloudflows.errors import Conflict, InvalidRequest, NotFound, OutcomeUnknown

        client = hook.get_conn()
        try:
            client.transport.run(client.flow(request), self.stoppable())
        except (Conflict, InvalidRequest, NotFound, OutcomeUnknown) as failure:
            # What is sent once is unknown after a code that no table lists; it was refused all the same.
            if isinstance(failure, OutcomeUnknown) and failure.refused_as is None:
                raise
            return failure.message
        return ""

    def dry_run(self) -> None:
        """Log the request that a run would send, without secrets; sends nothing."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            alone = [one for number in request.ids for one in self.one_by_one(number, hook)] if self.is_older else []
            for each in alone or [request]:
                self.log.info("The request:\n%s", hook.get_conn().preview(each))

    def _check_each(self, title: str, answer: PerIdResponse, ids: list[int], hook: CloudHook) -> None:
        from airflow_provider_cloudflows.errors import Conflict
        from airflow_provider_cloudflows.transport.redact import one_line

        refused = {one: why for one, why in answer.refused(ids).items() if not self.is_done(one, hook)}
        if refused:
            raise Conflict(
                "the service refused " + one_line("; ".join(f"{one}: {why}" for one, why in refused.items())),
                operation=title,
                request_id=answer.request_id,
                advice=f"look at {_listed(list(refused))} in the operation center; the others are done",
            )


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids))
