"""What every operator does that runs something in a cloud: start it once, wait for its end, hand on its id.

A run is a create: the intent is on record before the request leaves, and the id before the wait begins. So a retry,
whatever it follows, finds the run that goes on, and starts another one only after a bad end.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.errors import CloudflowsError, Stopped
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.waiting import WaitingOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.protocol import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
    from airflow_provider_cloudflows.waiting.watch import Watch

__all__ = ["RERUN", "RunOperator"]

RERUN = ("failed", "always", "never")
"""When a try starts the work again that an earlier one started."""


class RunOperator(WaitingOperator, CreateOperator):
    """Base of the operators that run something.

    The id of the run is the task's return value, and in XCom key ``run_id`` before the wait begins. What the service
    shows of the run goes to key ``response`` when it has begun, and again at its end.

    :param rerun: when a further try of the task starts the work again: ``"failed"`` when it failed or was stopped,
        ``"always"`` also after a good end, which a cleared task meets, or ``"never"``, for what must not run twice.
    """

    reruns: ClassVar[tuple[str, ...]] = RERUN

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
            self.check_choice("rerun", self.rerun, self.reruns)

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
            self.wait_for(context, request.resource(), created.resource_id, hook)
        return created.resource_id

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        """Look once more, and return the id."""
        self.wait_for(context, watch.resource(), watch.resource_id, hook, deadline)
        return watch.resource_id

    def advice_on_failure(self) -> str:
        """Say where to look, and what the next try does."""
        again = "starts nothing again" if self.rerun == "never" else "starts another one"
        return f"look at it in the console; a further try of the task {again}"
