"""What every create operator does: check, make sure that the resource exists, hand on its id.

An operator says which request it sends, which of its arguments fill it and where the console shows the result. The
order of the steps is here; how it is made sure that nothing is made twice is the business of
:mod:`airflow_provider_cloudflows.provisioning`.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.base_errors import CloudflowsError
from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.operators.base import RequestOperator, SettlingOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.operators.intent import TaskStateStore
    from airflow_provider_cloudflows.provisioning.created import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner

__all__ = ["HOW", "CreateNamedOperator", "CreateOperator"]

HOW = "how"
"""XCom key under which a create states where the id comes from."""

ALWAYS = ("reuse", "fail")
"""What can be done, whatever the kind of resource, with one that exists."""


class CreateOperator(RequestOperator):
    """Base of the create operators: never twice, never lost.

    The id of the resource is the task's return value. The resource as the service shows it goes to XCom key
    ``response``, as plain JSON in the vendor's spelling, whether this try made it or found it; the raw answer of the
    create, when this try read one, to ``create_response``. Where the resource differs from what was asked for, the
    differences go to XCom key ``drift``: by field, what was ``asked`` and what ``exists``.

    XCom key ``how`` states where the id comes from, ``{"kind": …, "id": …, "how": …, "place": …}``: ``"made"`` by this
    DAG run, ``"found"`` after a lost answer, which is its own too, or ``"taken"`` over; null where a record of an older
    version does not tell. The place tells it from what has the same id in another account, region or workspace. A task
    that fails states the id that it has all the same, or null beside ``"unknown"`` when something may exist, or null
    twice when nothing was made. The delete operators go by it.

    Airflow 3.3 and newer keeps a record in the task's state store, so a retry after a killed worker finds what the try
    before made, and knows it from what somebody else made. Older versions find by name alone.
    """

    def work(self, context: Context) -> Any:
        """Make sure that the resource exists, once, and return its id."""
        try:
            return self._made(context)
        except CloudflowsError as failure:
            self._state_what_is_left(context, failure)
            raise

    def _made(self, context: Context) -> Any:
        from airflow_provider_cloudflows.operators.intent import check_it_is_the_only_one  # only who makes it needs it

        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            self.check_before(request, hook)
            check_it_is_the_only_one(self, context)
            created = self.provision(self._provisioner(hook, context), request)
            self._state_origin(context, created, request)
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

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return where the console shows the resource, or an empty text."""
        raise NotImplementedError

    def _state_origin(self, context: Context, created: Created, request: Any) -> None:
        """Push what a delete downstream has to know."""
        from airflow_provider_cloudflows.operators.origin import statement_of_success

        context["ti"].xcom_push(key=HOW, value={"kind": self.kind(), **statement_of_success(created, request)})

    def _state_what_is_left(self, context: Context, failure: CloudflowsError) -> None:
        """Push what a delete downstream has to know; the failure itself is what counts."""
        from airflow_provider_cloudflows.operators.origin import statement_of_failure

        try:
            left = statement_of_failure(self._store(context), failure, self.request_type().resource_type())
            context["ti"].xcom_push(key=HOW, value={"kind": self.kind(), **left})
        except Exception as unsaid:  # noqa: BLE001 - Airflow may be why the task fails; a delete takes silence as doubt
            self.log.warning("%s could not state what it left: %s", self._where(), unsaid)

    def _provisioner(self, hook: CloudHook, context: Context | None) -> Provisioner:
        from airflow_provider_cloudflows.provisioning.provisioner import Provisioner  # no DAG file creates anything

        others = partial(self._made_by_others, context)
        return Provisioner(hook.get_conn(), self._store(context), **self.protocol_settings(), others=others)

    def _made_by_others(self, context: Context | None) -> Collection[Id]:
        """Return the ids that other tasks of the DAG run, and other map indexes of this one, state as theirs."""
        from airflow_provider_cloudflows.operators.origin import ids_of_the_same_kind  # only who lost an answer asks

        return () if context is None else ids_of_the_same_kind(self, context)

    def _store(self, context: Context | None) -> TaskStateStore | None:
        """Return where the record is kept between tries, or None where Airflow keeps none."""
        from airflow_provider_cloudflows.operators.intent import store_of

        return None if context is None else store_of(context, self.task_id)


class CreateNamedOperator(SettlingOperator, CreateOperator):
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
