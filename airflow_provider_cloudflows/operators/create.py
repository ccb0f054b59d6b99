"""What every create operator does: check, make sure that the resource exists, hand on its id.

An operator says which request it sends, which of its arguments fill it and where the console shows the result. The
order of the steps is here; how it is made sure that nothing is made twice is the business of
:mod:`airflow_provider_cloudflows.provisioning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.operators.base import CloudOperator, loaded
from airflow_provider_cloudflows.operators.literals import broken_rules, plain_argument, seconds_of, validated
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.protocol import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner

__all__ = ["CreateNamedOperator", "CreateOperator", "SettlingOperator"]

ALWAYS = ("reuse", "fail")
"""What can be done, whatever the kind of resource, with one that exists."""


class CreateOperator(CloudOperator):
    """Base of the create operators: never twice, never lost.

    The id of the resource is the task's return value. The resource as the service shows it goes to XCom key
    ``response``, as plain JSON in the vendor's spelling, whether this try made it or found it; the raw answer of the
    create, when this try read one, to ``create_response``. Where the resource differs from what was asked for, the
    differences go to XCom key ``drift``: by field, what was ``asked`` and what ``exists``.

    Airflow 3.3 and newer keeps a record in the task's state store, so a retry after a killed worker finds what the try
    before made, and knows it from what somebody else made. Older versions find by name alone.

    :cvar request_path: the request to send, module and name; its fields are the operator's arguments of the same names.
    :cvar argument_names: operator argument by request field, where Airflow has taken the field's name.
    :cvar filled_at_run: fields that :meth:`complete` may fill, so that they may be missing at parse time.
    """

    request_path: ClassVar[str]
    argument_names: ClassVar[Mapping[str, str]] = {}
    filled_at_run: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def request_type(cls) -> Any:
        """Return the class of the request."""
        return loaded(cls.request_path)

    def check_literals(self) -> None:
        """Check the settings of the protocol and the vendor's rules, too."""
        super().check_literals()
        self.check_protocol_settings()
        problem = broken_rules(
            self.request_type(), self.values(), self.argument_names, self._where(), self.filled_at_run, self.is_known
        )
        if problem is not None:
            raise problem

    def work(self, context: Context) -> Any:
        """Make sure that the resource exists, once, and return its id."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            self.check_before(request, hook)
            created = self.provision(self._provisioner(hook, context), request)
            self.push(context, created, self.console_url(request, hook))
            return self.result(context, created, request, hook)

    def check_before(self, request: Any, hook: CloudHook) -> None:
        """Check what has to hold before anything is made."""

    def result(self, context: Context, created: Created, request: Any, hook: CloudHook) -> Any:
        """Return what the task returns."""
        return created.resource_id

    def push(self, context: Context, created: Created, console_url: str) -> None:
        """Push what is known of the resource to XCom."""
        push = context["ti"].xcom_push
        push(key="response", value=created.document)
        push(key=CONSOLE_URL, value=console_url)
        if created.answer is not None:
            push(key="create_response", value=created.answer)
        if created.drift:
            drift = {name: {"asked": asked, "exists": exists} for name, (asked, exists) in created.drift.items()}
            push(key="drift", value=drift)

    def dry_run(self) -> None:
        """Log what a run would do and the request it would send, without secrets; looks, and writes nothing."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            self.log.info("%s would %s.", self._where(), self._provisioner(hook, None).plan(request))
            self.log.info("The create request:\n%s", hook.get_conn().preview(request))

    def provision(self, provisioner: Provisioner, request: Any) -> Created:
        """Run the create protocol, until it is done or somebody stops it."""
        return provisioner.ensure(request, self.stoppable())

    def protocol_settings(self) -> dict[str, Any]:
        """Return the settings of the create protocol that the operator's arguments hold."""
        return {}

    def check_protocol_settings(self) -> None:
        """Check those settings; a template among them is checked when it is rendered."""

    def values(self) -> dict[str, Any]:
        """Return the operator's arguments by request field, as plain JSON; what is not known yet is a template."""
        names = {field: self.argument_names.get(field, field) for field in self.request_type().model_fields}
        return {field: plain_argument(getattr(self, name), name, self._where()) for field, name in names.items()}

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with what only the connection or the cloud knows."""
        return values

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return where the console shows the resource, or an empty text."""
        raise NotImplementedError

    def _checked_hook(self) -> CloudHook:
        self.check_rendered()
        return self.make_hook()

    def _request(self, hook: CloudHook) -> Any:
        values = self.complete(self.values(), hook)
        return validated(self.request_type(), values, self.argument_names, self._where())

    def _provisioner(self, hook: CloudHook, context: Context | None) -> Provisioner:
        # No DAG file creates anything.
        from airflow_provider_cloudflows.operators.intent import TaskStateStore
        from airflow_provider_cloudflows.provisioning.provisioner import Provisioner

        store = None
        accessor = None if context is None else context.get("task_state_store")
        if context is not None and accessor is not None:
            ti = context["ti"]
            store = TaskStateStore(accessor, self.task_id, ti.task_id, ti.try_number)
        return Provisioner(hook.get_conn(), store, **self.protocol_settings())


class SettlingOperator(CreateOperator):
    """Base of the create operators whose resource a list shows.

    :param settle: seconds, or a ``timedelta``, after which one that was made is certain to be listed; the promise of
        "never twice" holds while the service is faster than that.
    """

    def __init__(self, *, settle: float | timedelta | str = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settle = settle

    def protocol_settings(self) -> dict[str, Any]:
        """Return ``settle``, too."""
        return {**super().protocol_settings(), "settle": seconds_of(self.settle)}

    def check_protocol_settings(self) -> None:
        """Check ``settle``, too; a template is checked when it is rendered."""
        super().check_protocol_settings()
        if self.is_known(self.settle) and seconds_of(self.settle) is None:
            raise InvalidParameter(
                f"{self._where()} got settle={excerpt(repr(self.settle), 80)}: it is a number of seconds, 0 or more, "
                "or a timedelta."
            )


class CreateNamedOperator(SettlingOperator):
    """Base of the create operators whose resource is found by its name.

    :param if_exists: what to do with one of this name that somebody else made: ``"reuse"`` takes it over, ``"update"``
        also changes what the service can change, of this task's own one too, ``"fail"`` refuses it.
    """

    def __init__(self, *, if_exists: str = "reuse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.if_exists = if_exists

    def protocol_settings(self) -> dict[str, Any]:
        """Return ``if_exists``, too."""
        return {**super().protocol_settings(), "if_exists": self.if_exists}

    def check_protocol_settings(self) -> None:
        """Check ``if_exists``, too; a template is checked when it is rendered."""
        super().check_protocol_settings()
        # Of the choices that every kind has, nobody needs to know which it is.
        if self.is_known(self.if_exists) and self.if_exists not in ALWAYS:
            self.check_choice("if_exists", self.if_exists, self._choices())

    @classmethod
    def _choices(cls) -> tuple[str, ...]:
        return ("reuse", "update", "fail") if cls.request_type().resource_type().updatable else ALWAYS
