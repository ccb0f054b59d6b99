"""What every operator does that runs something in a cloud: start it once, wait for its end, hand on its id.

A run is a create: the intent is on record before the request leaves, and the id before the wait begins. So a retry,
whatever it follows, finds the run that goes on, and starts another one only after a bad end, where it can be started
again at all.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.base_errors import CloudflowsError, Stopped
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.waiting import WaitingOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.created import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
    from airflow_provider_cloudflows.waiting.watch import Watch

__all__ = ["RERUN", "RunOnceOperator", "RunOperator", "run_token", "told_apart"]

RERUN = ("failed", "always", "never")
"""When a try starts the work again that an earlier one started."""

TOKEN_LENGTH = 12
"""Hexadecimal digits, 48 bits: among a million runs that share a name, two are the same with a chance of 1 in 500."""


class RunOnceOperator(WaitingOperator, CreateOperator):
    """Base of the operators that start what cannot be started again: no further try of the task does.

    The id of the run is the task's return value, and in XCom key ``run_id`` before the wait begins. What the service
    shows of the run goes to key ``response`` when it has begun, and again at its end.
    """

    def protocol_settings(self) -> dict[str, Any]:
        """Return that the work is never started again."""
        return {**super().protocol_settings(), "rerun": "never"}

    def provision(self, provisioner: Provisioner, request: Any) -> Created:
        """Start the work, or find what an earlier try started; stop what was started when the task is stopped."""
        try:
            return super().provision(provisioner, request)
        except Stopped:
            with suppress(CloudflowsError):  # what stopped the task is the reason that counts
                self._cancel_what_was_started(provisioner, request)
            raise

    def check_before(self, request: Any, hook: CloudHook) -> None:
        """Check that the wait can be carried out, before anything is started that would be left alone."""
        if self.wait:
            self.check_wait(request.resource(), hook)

    def _cancel_what_was_started(self, provisioner: Provisioner, request: Any) -> None:
        run_id = provisioner.recorded_id(request)
        if run_id is not None:
            with self.make_hook() as hook:
                self.cancel(request.resource(), run_id, hook)

    def push(self, context: Context, created: Created, console_url: str) -> None:
        """Push what is known of the run, and its id, which the end of the wait returns too."""
        super().push(context, created, console_url)
        context["ti"].xcom_push(key="run_id", value=created.resource_id)

    def result(self, context: Context, created: Created, request: Any, hook: CloudHook) -> Any:
        """Return the id, after the wait."""
        if self.wait:
            self.wait_until_over(context, request.resource(), created.resource_id, hook)
        return created.resource_id

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        """Look once more, and return the id."""
        self.wait_until_over(context, watch.resource(), watch.resource_id, hook, deadline)
        return watch.resource_id

    def advice_on_failure(self) -> str:
        """Say where to look, and what the next try does."""
        return "look at it in the console; a further try of the task starts nothing again"


class RunOperator(RunOnceOperator):
    """Base of the operators that run something, as often as it takes.

    :param rerun: when a further try of the task starts the work again: ``"failed"`` when it failed or was stopped,
        ``"always"`` also after a good end, which a cleared task meets, or ``"never"``, for what must not run twice.
    """

    def __init__(self, *, rerun: str = "failed", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rerun = rerun

    def protocol_settings(self) -> dict[str, Any]:
        """Return when the work is started again."""
        return {**super().protocol_settings(), "rerun": self.rerun}

    def check_protocol_settings(self) -> None:
        """Check it; a template is checked when it is rendered."""
        super().check_protocol_settings()
        if self.is_known(self.rerun):
            self.check_choice("rerun", self.rerun, RERUN)

    def advice_on_failure(self) -> str:
        """Say where to look, and what the next try does."""
        if self.rerun == "never":
            return super().advice_on_failure()
        return "look at it in the console; a further try of the task starts another one"


def run_token(context: Context, operator_id: str) -> str:
    """Return what tells the work of one task instance from all other work, the same at every try.

    It is made of the ids of DAG, run and task, the map index, and the time at which the DAG run began: one that is
    deleted and made again has the same ids. A clear gives it another beginning, so the token is on record.

    Where nothing is kept between two tries, it is made of the ids alone, by which a retry finds what an earlier try
    started; so it is for a task whose record an older release wrote.

    :param operator_id: the operator's task id: one task may run several operators.
    :raises IntentNotKept: the state store did not take it.
    """
    from airflow_provider_cloudflows.operators.intent import store_of  # no DAG file runs anything

    ti, store = context["ti"], store_of(context, operator_id)
    place = [ti.dag_id, ti.run_id, ti.task_id, ti.map_index, operator_id]
    if store is None:
        return _digest(place)
    token = store.token()
    if token is None:
        is_known_by_its_ids = store.read() is not None
        token = _digest(place if is_known_by_its_ids else [*place, str(context["dag_run"].start_date)])
        store.keep_token(token)
    return token


def told_apart(token: str, name: str) -> str:
    """Return a token that tells the work called ``name`` from other work of the same task instance."""
    return _digest([token, name])


def _digest(place: list[Any]) -> str:
    return hashlib.sha256(json.dumps(place).encode()).hexdigest()[:TOKEN_LENGTH]
