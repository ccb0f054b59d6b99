"""What the operators share that run DataWorks workflows by API version 2024-05-18: once, or for many business dates.

One create makes one instance or several, some time after its answer, and a tag of the task's own is on all of them. The
task waits for every one, and when some ended badly it names the tasks that failed in them and shows their logs' ends.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.dataworks import OperationCenterLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, SettlingOperator
from airflow_provider_cloudflows.operators.dataworks_dates import ZonedOperator
from airflow_provider_cloudflows.operators.run import RunOperator, run_token
from airflow_provider_cloudflows.services.dataworks.dates import business_date_before, date_text, ranges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.errors import RunFailed
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.protocol import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
    from airflow_provider_cloudflows.waiting.watch import Watch

__all__ = ["DataWorksRunOperator"]

LONGEST_DEFAULT = 48
"""Characters of a task id that go into the name of its runs; the vendor publishes no limit."""

LOOKS_FOR_WHAT_WAS_STARTED = 3
"""How often a task that is stopped looks whether its instances are there: Airflow gives it a few seconds."""


class DataWorksRunOperator(ZonedOperator, AlibabaOperator, RunOperator, SettlingOperator):
    """Base of both.

    The ids of all instances go to XCom key ``instance_ids`` before the wait begins.

    :param project_id: id of the DataWorks workspace.
    :param run_name: the beginning of the instances' name, behind which a token of the task instance comes; by default
        the task's id.
    :param env_type: environment that the workflow is published to, ``Prod`` or ``Dev``; None leaves it to the vendor.
    :param workflow_parameters: parameters of the workflow: a mapping, or their text as the vendor takes it.
    :param task_parameters: parameters of single tasks: a mapping by task id, or its JSON text.
    :param comment: why, for people who look at the run in the console.
    """

    operator_extra_links = (OperationCenterLink(),)
    argument_names: ClassVar[Mapping[str, str]] = {"name": "run_name", "timezone": "workspace_timezone"}
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"name", "periods", "tags"})
    periods = tags = None  # filled in when the task runs

    _token = "dry-run"  # a dry run belongs to no run of the DAG
    _dates: tuple[date, ...] = ()

    def __init__(
        self,
        *,
        project_id: int | str,
        run_name: str | None = None,
        env_type: str | None = None,
        workflow_parameters: Mapping[str, Any] | str | None = None,
        task_parameters: Mapping[str, Any] | str | None = None,
        comment: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.run_name = run_name
        self.env_type = env_type
        self.workflow_parameters = workflow_parameters
        self.task_parameters = task_parameters
        self.comment = comment

    def given_dates(self) -> tuple[date, ...]:
        """Return the business dates that an argument gives, the earliest first, or none."""
        raise NotImplementedError

    def default_dates(self, context: Context) -> tuple[date, ...]:
        """Return the business dates to run for where none is given."""
        raise NotImplementedError

    def returned(self, ids: list[Id]) -> Any:
        """Return what the task returns, of the ids of all instances."""
        raise NotImplementedError

    # --- the request -------------------------------------------------------------------------------------------------

    def work(self, context: Context) -> Any:
        """Run the workflow under a tag that is this task instance's own."""
        self.check_rendered()
        self._token = run_token(context, self.task_id)
        self._dates = self.given_dates() or self.default_dates(context)
        return super().work(context)

    def values(self) -> dict[str, Any]:
        """Return the arguments, parameters as text."""
        values = super().values()
        for name in ("workflow_parameters", "task_parameters"):
            if isinstance(values[name], dict):
                values[name] = _json_text(values[name])
        return values

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the dates, the tag and the whole name."""
        from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import OUR_TAG

        beginning = values["name"] or re.sub(r"[^A-Za-z0-9]+", "_", self.task_id)[:LONGEST_DEFAULT]
        dates = [
            {"start_biz_date": date_text(first), "end_biz_date": date_text(last)}
            for first, last in ranges(self._dates or self._dates_of_a_dry_run())
        ]
        filled = {
            "name": f"{beginning}_{self._token}",
            "tags": [{"key": OUR_TAG, "value": self._token}],
            "periods": {"biz_dates": dates},
        }
        return {**values, **filled}

    def _dates_of_a_dry_run(self) -> tuple[date, ...]:
        """Return the dates that are given, or the last one: a dry run belongs to no run of the DAG."""
        return self.given_dates() or (business_date_before(datetime.now(UTC), self.zone()),)

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return the operation center of the workspace."""
        return OperationCenterLink.url(hook.get_conn().endpoints.region, request.project_id)

    # --- the wait ----------------------------------------------------------------------------------------------------

    def push(self, context: Context, created: Created, console_url: str) -> None:
        """Push the ids of all instances, too."""
        super().push(context, created, console_url)
        context["ti"].xcom_push(key="instance_ids", value=[created.resource_id, *created.others])

    def result(self, context: Context, created: Created, request: Any, hook: CloudHook) -> Any:
        """Return the ids, after the wait for all instances."""
        ids = [created.resource_id, *created.others]
        if self.wait:
            together = _together(request.resource(), ids)
            self._wait_for_all(context, together, hook, time.time() + self._timeout())
        return self.returned(ids)

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        """Go on with those that are not over, and return the ids."""
        resource = watch.resource()
        self._wait_for_all(context, resource, hook, deadline)
        return self.returned(resource.caller["instance_ids"])

    def _wait_for_all(self, context: Context, resource: Resource, hook: CloudHook, deadline: float) -> None:
        """Wait for one after the other: the service runs them in an order of its own, and all have to be over."""
        from airflow_provider_cloudflows.errors import RunFailed

        failures: dict[Id, RunFailed] = {}
        for instance_id in resource.caller["instance_ids"]:
            try:
                self.wait_until_over(context, resource, instance_id, hook, deadline)
            except RunFailed as failure:
                failures[instance_id] = failure
        if failures:
            raise self._failure_of(failures, hook)

    # --- a bad end ---------------------------------------------------------------------------------------------------

    def _failure_of(self, failures: Mapping[Id, RunFailed], hook: CloudHook) -> RunFailed:
        """Return one error for all that ended badly, with the tasks that failed; the ends of their logs are logged."""
        from airflow_provider_cloudflows.errors import RunFailed

        reasons = [self._reason(instance_id, failure, hook) for instance_id, failure in failures.items()]
        (first, *others) = failures.values()
        name = f"workflow instance{'s' if others else ''} {', '.join(map(str, failures))}"
        return RunFailed(name, first.state, "; ".join(filter(None, reasons)), self.advice_on_failure())

    def _reason(self, instance_id: Id, failure: RunFailed, hook: CloudHook) -> str:
        from airflow_provider_cloudflows.errors import CloudError
        from airflow_provider_cloudflows.operators.dataworks_logs import failed_tasks, show_logs

        if failure.state is None:
            return failure.reason
        try:
            failed = failed_tasks(hook, int(self.project_id), int(instance_id))
        except CloudError as trouble:  # what failed is the reason that counts
            self.log.warning("Which tasks of %s failed cannot be told: %s", instance_id, trouble)
            return failure.reason
        return "; ".join(show_logs(hook, failed, self.log))

    def advice_on_failure(self) -> str:
        """Say where to look, and what the next try does."""
        return f"the log of this task shows more; {super().advice_on_failure()}"

    # --- the end by force --------------------------------------------------------------------------------------------

    def _cancel_what_was_started(self, provisioner: Provisioner, request: Any) -> None:
        """Stop all instances, also those that the service is about to make."""
        record = provisioner.record()
        if record is None or not record.sent:
            return
        with self.make_hook() as hook:
            ids = [] if record.resource_id is None else [record.resource_id, *record.others]
            if not ids and record.job is not None:
                ids = self._ids_of_job(request, record.job, hook)
            if ids:
                self.cancel(_together(request.resource(), ids), ids[0], hook)
            else:
                self.log.warning("%s may come to be all the same; stop it in the console then.", request.name)

    def _ids_of_job(self, request: Any, job_id: Id, hook: CloudHook) -> list[Id]:
        from airflow_provider_cloudflows.errors import CloudError

        job = request.making()
        for count in range(LOOKS_FOR_WHAT_WAS_STARTED):
            if count:
                time.sleep(1.0)
            with suppress(CloudError):
                ids: list[Id] = request.made_by(job.item_of(hook.call(job.reading(job_id)), job_id))
                if ids:
                    return ids
        return []


def _together(resource: Resource, ids: list[Id]) -> Resource:
    """Return ``resource``, for a caller that knows all that one create made: it stops them together."""
    return type(resource)(resource.identity, {**resource.caller, "instance_ids": ids})


def _json_text(values: Mapping[str, Any]) -> str:
    import json

    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
