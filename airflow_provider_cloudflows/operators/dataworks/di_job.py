"""Operators that start and stop a DataWorks data integration job (API version 2024-05-18)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.links.dataworks import OperationCenterLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, RequestOperator, SettlingOperator
from airflow_provider_cloudflows.operators.run import RunOperator
from airflow_provider_cloudflows.operators.waiting import WaitingOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.created import Created
    from airflow_provider_cloudflows.services.dataworks.start_di_job import StartDIJob
    from airflow_provider_cloudflows.waiting.watch import Watch

__all__ = ["StartDIJobOperator", "StopDIJobOperator"]

SERVICES = "airflow_provider_cloudflows.services.dataworks"

NEVER_STARTED = "Initialized"


class StartDIJobOperator(AlibabaOperator, RunOperator, SettlingOperator):
    """Start a data integration job, wait until it has got there, and return its id, an int (page *StartDIJob*).

    A start has no id of its own: it is a state of the job. So a job that runs already is waited for and not started,
    whoever started it, and a start whose answer was lost is told by the state, which was put on record before. A job
    that this task started is stopped with the task; one that ran before is left alone. All arguments are templated.

    :param di_job_id: id of the job.
    :param project_id: id of the DataWorks workspace.
    :param force_to_rerun: run all steps again; by default the service starts those that have not run. A forced start
        whose answer was lost, and after which the state is the one from before, fails the task: nothing tells whether
        the job has run meanwhile.
    :param realtime_start_settings: where the real-time part begins, for example ``{"StartTime": 1663765058}``: a
        mapping, or its JSON text.
    :param until: the state that is waited for: ``"Finished"``, or ``"Running"`` for a job that goes on for ever. By
        default a job with a real-time part has got there when it runs, and any other when it has finished.
    """

    operator_extra_links = (OperationCenterLink(),)
    request_path = f"{SERVICES}.start_di_job.StartDIJob"
    argument_names: ClassVar[Mapping[str, str]] = {"id": "di_job_id"}
    template_fields_renderers: ClassVar[dict[str, str]] = {"realtime_start_settings": "json"}

    def __init__(
        self,
        *,
        di_job_id: int | str,
        project_id: int | str,
        force_to_rerun: bool | str | None = None,
        realtime_start_settings: Mapping[str, Any] | str | None = None,
        until: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.di_job_id = di_job_id
        self.project_id = project_id
        self.force_to_rerun = force_to_rerun
        self.realtime_start_settings = realtime_start_settings
        self.until = until
        self.check_literals()

    def result(self, context: Context, created: Created, request: Any, hook: CloudHook) -> Any:
        """Return the id, after the wait for a job that is stopped with the task only if the task started it."""
        if self.wait:
            resource = request.resource()
            watched = type(resource)(resource.identity, {**resource.caller, "was_running": created.how == "taken"})
            self.wait_until_over(context, watched, created.resource_id, hook)
        return created.resource_id

    def console_url(self, request: StartDIJob, hook: CloudHook) -> str:
        """Return the operation center of the workspace."""
        return OperationCenterLink.url(hook.get_conn().endpoints.region, request.project_id)


class StopDIJobOperator(AlibabaOperator, WaitingOperator, RequestOperator):
    """Stop a data integration job, wait until it runs no more, and return its id, an int (page *StopDIJob*).

    A stop goes by the state of the job: one that does not run is left as it is, and a stop whose answer was lost is
    sent again. However the job ended meanwhile, well, badly or stopped, the task succeeds; XCom key ``response`` shows
    the job. It works as a teardown of ``StartDIJobOperator``. All arguments are templated.

    :param di_job_id: id of the job.
    :param project_id: id of the DataWorks workspace.
    """

    operator_extra_links = (OperationCenterLink(),)
    request_path = f"{SERVICES}.stop_di_job.StopDIJob"
    argument_names: ClassVar[Mapping[str, str]] = {"id": "di_job_id"}

    def __init__(self, *, di_job_id: int | str, project_id: int | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.di_job_id = di_job_id
        self.project_id = project_id
        self.check_literals()

    def work(self, context: Context) -> Id:
        """Stop the job unless it runs no more, and return its id."""
        from airflow_provider_cloudflows.calls.states import Outcome
        from airflow_provider_cloudflows.waiting import waiter
        from airflow_provider_cloudflows.waiting.watch import Watch

        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            context["ti"].xcom_push(
                key=CONSOLE_URL, value=OperationCenterLink.url(hook.get_conn().endpoints.region, request.project_id)
            )
            self.check_wait(request.resource(), hook)
            watch = Watch.of(request.resource(), request.resource_id)
            sighting = self._look(watch, hook)
            if sighting.state == NEVER_STARTED:  # a read may be behind a start that this is the end of
                time.sleep(waiter.SETTLE)
                sighting = self._look(watch, hook)
            if sighting.outcome is Outcome.RUNNING and sighting.state not in (NEVER_STARTED, "Stopping"):
                client = hook.get_conn()
                client.transport.run(client.flow(request), self.stoppable())
                self.log.info("%s was told to stop.", request.resource_id)
            if self.wait and sighting.state != NEVER_STARTED:
                self.wait_until_over(context, request.resource(), request.resource_id, hook)
            job_id: Id = request.resource_id
            return job_id

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Id:
        """Look once more, and return the id."""
        self.wait_until_over(context, watch.resource(), watch.resource_id, hook, deadline)
        return watch.resource_id

    def cancel(self, resource: Resource, resource_id: Id, hook: CloudHook) -> None:
        """Leave it at that: the work of this task is a stop."""
        self._watched = None

    def dry_run(self) -> None:
        """Log the request that a run would send, without secrets; sends nothing."""
        with closing(self._checked_hook()) as hook:
            self.log.info("The stop request:\n%s", hook.get_conn().preview(self._request(hook)))
