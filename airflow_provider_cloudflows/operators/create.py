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
from airflow_provider_cloudflows.operators.literals import broken_rules, plain_argument, validated
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.protocol import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
    from airflow_provider_cloudflows.transport.flow import Stop

__all__ = ["CreateNamedOperator", "CreateOperator"]

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

    _stop: Stop | None = None
    _was_killed = False

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
            try:
                created = self.provision(self._provisioner(hook, context), request)
            finally:
                self._stop, self._was_killed = None, False  # one process may run several tries, as a DAG's test does
            console_url = self.console_url(request, hook)
        push = context["ti"].xcom_push
        push(key="response", value=created.document)
        push(key=CONSOLE_URL, value=console_url)
        if created.answer is not None:
            push(key="create_response", value=created.answer)
        if created.drift:
            drift = {name: {"asked": asked, "exists": exists} for name, (asked, exists) in created.drift.items()}
            push(key="drift", value=drift)
        return created.resource_id

    def on_kill(self) -> None:
        """Send nothing any more: Airflow calls this from a signal handler, and goes on with the task after it."""
        self._was_killed = True
        if self._stop is not None:
            self._stop.ask()

    def dry_run(self) -> None:
        """Log what a run would do and the request it would send, without secrets; looks, and writes nothing."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            self.log.info("%s would %s.", self._where(), self._provisioner(hook, None).plan(request))
            self.log.info("The create request:\n%s", hook.get_conn().preview(request))

    def provision(self, provisioner: Provisioner, request: Any) -> Created:
        """Run the create protocol, until it is done or somebody stops it."""
        return provisioner.ensure(request, self._stoppable())

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

    def _stoppable(self) -> Stop:
        """Return what :meth:`on_kill` asks, which may have been called already."""
        from airflow_provider_cloudflows.transport.flow import Stop

        self._stop = Stop()
        if self._was_killed:
            self._stop.ask()
        return self._stop


class CreateNamedOperator(CreateOperator):
    """Base of the create operators whose resource is found by its name.

    :param if_exists: what to do with one of this name that somebody else made: ``"reuse"`` takes it over, ``"update"``
        also changes what the service can change, of this task's own one too, ``"fail"`` refuses it.
    :param settle: seconds, or a ``timedelta``, after which one that was made is certain to be listed; the promise of
        "never twice" holds while the service is faster than that.
    """

    def __init__(self, *, if_exists: str = "reuse", settle: float | timedelta | str = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.if_exists = if_exists
        self.settle = settle

    def protocol_settings(self) -> dict[str, Any]:
        """Return both."""
        return {"if_exists": self.if_exists, "settle": _seconds(self.settle)}

    def check_protocol_settings(self) -> None:
        """Check both; a template is checked when it is rendered."""
        # Of the choices that every kind has, nobody needs to know which it is.
        if self.is_known(self.if_exists) and self.if_exists not in ALWAYS:
            self.check_choice("if_exists", self.if_exists, self._choices())
        if self.is_known(self.settle) and _seconds(self.settle) is None:
            raise InvalidParameter(
                f"{self._where()} got settle={excerpt(repr(self.settle), 80)}: it is a number of seconds, 0 or more, "
                "or a timedelta."
            )

    @classmethod
    def _choices(cls) -> tuple[str, ...]:
        return ("reuse", "update", "fail") if cls.request_type().resource_type().updatable else ALWAYS


def _seconds(value: Any) -> float | None:
    """Return the seconds that ``value`` stands for, or None when it is no time that one can wait."""
    try:
        seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < float("inf") else None
