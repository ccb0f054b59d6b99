"""What every create operator does: check, send, hand on the answer.

A service's operator says which request it sends, which of its arguments fill it, what the id of the answer is and where
the console shows it. The order of the steps is here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_provider_cloudflows.errors import CloudflowsError, InvalidParameter
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.operators.literals import broken_rules, is_literal, validated
from airflow_provider_cloudflows.operators.retries import default_retry_policy, for_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning import Created, Provisioner

__all__ = ["AlibabaCreateOperator", "CreateOperator", "HuaweiCreateOperator"]

RENDERED_NONE = "None"
INTENT = "cloudflows_intent"
"""Key of the intent in the task's state store."""


class CreateOperator(BaseOperator):
    """Base of the create operators: never twice, never lost.

    The id of the resource is the task's return value; the whole answer goes to XCom key ``response``, as plain JSON in
    the vendor's spelling. Where an existing resource differs from what was asked for, the differences go to XCom key
    ``drift``: by field, what was ``asked`` and what ``exists``.

    Airflow 3.3 and newer keeps an intent in the task's state store, so a retry after a killed worker finds what the try
    before made, and knows it from what somebody else made. Older versions find by name alone.

    :param retry_policy: by default, what a retry cannot help fails on the first try, and a throttled task comes back
        when the server said (Airflow 3.3 and newer; older versions fail the former and keep their settings otherwise).

    :cvar request_type: the request to send; its fields are the operator's arguments of the same names.
    :cvar argument_names: operator argument by request field, where Airflow has taken the field's name.
    :cvar filled_at_run: fields that :meth:`complete` may fill, so that they may be missing at parse time.
    """

    request_type: ClassVar[type[Any]]
    argument_names: ClassVar[Mapping[str, str]] = {}
    filled_at_run: ClassVar[frozenset[str]] = frozenset()

    region: str | None
    if_exists: str
    settle: float | str
    ui_color = "#e8f4f8"

    def __init__(self, *, retry_policy: Any = None, **kwargs: Any) -> None:
        # Named, so that Airflow fills it from a DAG's default_args; older versions know no such argument.
        policy = default_retry_policy() if retry_policy is None else {"retry_policy": retry_policy}
        super().__init__(**policy, **kwargs)

    def check_literals(self) -> None:
        """Check the arguments that are known already; the last step of every ``__init__``.

        :raises InvalidParameter: naming the argument, its value and the rule, which fails the import of the DAG.
        """
        self.check_protocol_settings()
        problem = self._problem()
        if problem is not None:
            raise problem

    def execute(self, context: Context) -> Any:
        """Make sure that the resource exists, once, and return its id."""
        try:
            return self._execute(context)
        except CloudflowsError as error:
            raised = for_airflow(error)
            if raised is error:
                raise
            raise raised from error

    def _execute(self, context: Context) -> Any:
        store = context.get("task_state_store")
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            created = self.provision(self._provisioner(hook, None if store is None else TaskStateStore(store)), request)
        if created.made:
            self.log.info("%s made %s (request id %s).", request.title, created.resource_id, created.request_id)
        push = context["ti"].xcom_push
        push(key="response", value=created.document)
        push(key=CONSOLE_URL, value=self.console_url(request, hook))
        if created.drift:
            drift = {name: {"asked": asked, "exists": exists} for name, (asked, exists) in created.drift.items()}
            push(key="drift", value=drift)
        return created.resource_id

    def dry_run(self) -> None:
        """Log what a run would do and the request it would send, without secrets; looks, and writes nothing."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            self.log.info("%s would %s.", self._where(), self._provisioner(hook, None).plan(request))
            self.log.info("The create request:\n%s", hook.get_conn().preview(request))

    def provision(self, provisioner: Provisioner, request: Any) -> Created:
        """Run the create protocol."""
        return provisioner.ensure(request)

    def protocol_settings(self) -> dict[str, Any]:
        """Return the settings of the create protocol that the operator's arguments hold."""
        return {"if_exists": self.if_exists, "settle": float(self.settle)}

    def check_protocol_settings(self) -> None:
        """Check those settings; a template among them is checked when it is rendered."""
        if is_literal(self.if_exists):
            choices = ("reuse", "update", "fail") if self.request_type.updatable else ("reuse", "fail")
            self.check_choice("if_exists", self.if_exists, choices)
        if is_literal(self.settle) and not _is_seconds(self.settle):
            raise InvalidParameter(f"{self._where()} got settle={self.settle!r}: it is a number of seconds, 0 or more.")

    def check_choice(self, name: str, value: str, choices: tuple[str, ...]) -> None:
        """Check that ``value`` is one of ``choices``."""
        if value not in choices:
            offered = " or ".join(repr(choice) for choice in choices)
            raise InvalidParameter(f"{self._where()} got {name}={value!r}: it offers {offered}.")

    def _checked_hook(self) -> CloudHook:
        self._refuse_rendered_nothing()
        self.check_literals()
        return self.make_hook()

    def _request(self, hook: CloudHook) -> Any:
        values = self.complete(self.values(), hook)
        return validated(self.request_type, values, self.argument_names, self._where())

    def _provisioner(self, hook: CloudHook, store: TaskStateStore | None) -> Provisioner:
        from airflow_provider_cloudflows.provisioning import Provisioner  # no DAG file creates anything

        place = {"region": hook.get_conn().endpoints.region}
        return Provisioner(hook, store, place=place, **self.protocol_settings())

    def values(self) -> dict[str, Any]:
        """Return the operator's arguments by request field."""
        fields = self.request_type.model_fields
        return {field: getattr(self, self.argument_names.get(field, field)) for field in fields}

    def make_hook(self) -> CloudHook:
        """Return the hook that calls the cloud."""
        raise NotImplementedError

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with what only the connection or the cloud knows."""
        return values

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return where the console shows the resource, or an empty text."""
        raise NotImplementedError

    def _problem(self) -> InvalidParameter | None:
        return broken_rules(self.request_type, self.values(), self.argument_names, self._where(), self.filled_at_run)

    def _refuse_rendered_nothing(self) -> None:
        """A template over an XCom that does not exist renders to the text ``None``, which would become a name."""
        for name in self.template_fields:
            if getattr(self, name) == RENDERED_NONE:
                raise InvalidParameter(
                    f"{self._where()} got {name}='None': its template rendered to nothing; check that the XCom, "
                    "variable or parameter that it names exists."
                )

    def _where(self) -> str:
        return f"{type(self).__name__} {self.task_id!r}"


def _is_seconds(value: Any) -> bool:
    try:
        return 0 <= float(value) < float("inf")
    except (TypeError, ValueError):
        return False


class TaskStateStore:
    """The intent in Airflow's task state store, which survives retries, a killed worker and a manual clear."""

    def __init__(self, accessor: Any) -> None:
        self._accessor = accessor

    def read(self) -> dict[str, Any] | None:
        """Return the intent, or None."""
        intent: dict[str, Any] | None = self._accessor.get(INTENT)
        return intent

    def write(self, intent: dict[str, Any]) -> None:
        """Keep the intent; it goes with the DAG run, not after a number of days."""
        from airflow.sdk.execution_time.context import NEVER_EXPIRE

        self._accessor.set(INTENT, intent, retention=NEVER_EXPIRE)

    def clear(self) -> None:
        """Forget the intent."""
        self._accessor.delete(INTENT)


class AlibabaCreateOperator(CreateOperator):
    """Creates on Alibaba Cloud."""

    alibabacloud_conn_id: str

    def make_hook(self) -> AlibabaCloudHook:
        """Return the hook for the operator's connection and region."""
        return AlibabaCloudHook(self.alibabacloud_conn_id, region=self.region or None)


class HuaweiCreateOperator(CreateOperator):
    """Creates on Huawei Cloud."""

    huaweicloud_conn_id: str

    def make_hook(self) -> HuaweiCloudHook:
        """Return the hook for the operator's connection and region."""
        return HuaweiCloudHook(self.huaweicloud_conn_id, region=self.region or None)
