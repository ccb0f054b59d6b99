"""What the operators share that run something in DataWorks, by either API version: the wait, and why it ended badly.

One create makes one run or several, and the task waits for every one. When some ended badly, it names what failed in
them and shows the ends of the logs of that.
"""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.dataworks import OperationCenterLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, SettlingOperator
from airflow_provider_cloudflows.operators.dataworks_dates import DatedOperator
from airflow_provider_cloudflows.operators.run import RunOperator, run_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.errors import RunFailed
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.created import Created
    from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
    from airflow_provider_cloudflows.waiting.watch import Sighting, Watch

__all__ = ["LONGEST_DEFAULT", "DataWorksRunsOperator", "json_text", "together"]

LONGEST_DEFAULT = 48
"""Characters of a task id that go into the name of its runs; the vendor publishes no limit."""


class DataWorksRunsOperator(DatedOperator, AlibabaOperator, RunOperator, SettlingOperator):
    """Base of them. The ids of all runs go to XCom key ``instance_ids`` before the wait begins.

    :param project_id: id of the DataWorks workspace.
    """

    operator_extra_links = (OperationCenterLink(),)

    _token = "dry-run"  # a dry run belongs to no run of the DAG
    _dates: tuple[date, ...] = ()

    def __init__(self, *, project_id: int | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id

    def waits_in_a_row(self) -> int:
        """Return that the run of each business date is waited for."""
        return len(self.business_dates())

    def returned(self, ids: list[Id]) -> Any:
        """Return what the task returns, of the ids of all runs."""
        raise NotImplementedError

    def failures_in(self, run_id: Id, hook: CloudHook) -> list[str]:
        """Return a clause about each part of a run that failed, and log the ends of their logs."""
        raise NotImplementedError

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return the operation center of the workspace."""
        return OperationCenterLink.url(hook.get_conn().endpoints.region, request.project_id)

    def work(self, context: Context) -> Any:
        """Run it for its dates, under a token that is this task instance's own."""
        self.check_rendered()
        self._token = run_token(context, self.task_id)
        self._dates = self.dates_of(context)
        return super().work(context)

    def business_dates(self) -> tuple[date, ...]:
        """Return the business dates that the request is for, the earliest first."""
        return self._dates or self.dates_of_a_dry_run()

    # --- the wait ----------------------------------------------------------------------------------------------------

    def push(self, context: Context, created: Created, console_url: str) -> None:
        """Push the ids of all runs, too."""
        super().push(context, created, console_url)
        context["ti"].xcom_push(key="instance_ids", value=[created.resource_id, *created.others])

    def result(self, context: Context, created: Created, request: Any, hook: CloudHook) -> Any:
        """Return the ids, after the wait for all runs."""
        ids = [created.resource_id, *created.others]
        if self.wait:
            self._wait_for_all(context, together(request.resource(), ids), hook, time.time() + self._timeout())
        return self.returned(ids)

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        """Go on with those that are not over, and return the ids."""
        resource = watch.resource()
        self._wait_for_all(context, resource, hook, deadline, watch.resource_id)
        return self.returned(resource.caller["instance_ids"])

    def _wait_for_all(
        self, context: Context, resource: Resource, hook: CloudHook, deadline: float, first: Id | None = None
    ) -> None:
        """Wait for one after the other: the service runs them in an order of its own, and all have to be over.

        :param first: the one to begin with after a wait in the triggerer: those before it were over when it began, and
            are looked at once more in the end, not after each of the others.
        :raises RunFailed: some ended badly, or are fewer than the dates.
        """
        from airflow_provider_cloudflows.errors import RunFailed

        ids = resource.caller["instance_ids"]
        begin = 0 if first is None else ids.index(first)
        failures: dict[Id, RunFailed] = {}
        ended = []
        for run_id in [*ids[begin:], *ids[:begin]]:
            try:
                ended.append(self.wait_until_over(context, resource, run_id, hook, deadline))
            except RunFailed as failure:
                failures[run_id] = failure
        if failures:
            raise self._failure_of({one: failures[one] for one in ids if one in failures}, resource, hook)
        self._check_it_was_the_whole(ended, resource)

    @staticmethod
    def _check_it_was_the_whole(ended: Sequence[Sighting], resource: Resource) -> None:
        """Check that there was a run for each business date, also where the service says that it has made all."""
        from airflow_provider_cloudflows.errors import RunFailed

        lacking = resource.lacking([resource.item_type.model_validate(one.document) for one in ended])
        if lacking:
            raise RunFailed(
                f"{resource.title} {', '.join(map(str, resource.caller['instance_ids']))}",
                ended[-1].state,
                f"the service made no run for {lacking} of the business dates",
                "look in the console which of them it is, and start a new DAG run for that, or give dates without it",
            )

    # --- a bad end ---------------------------------------------------------------------------------------------------

    def _failure_of(self, failures: Mapping[Id, RunFailed], resource: Resource, hook: CloudHook) -> RunFailed:
        """Return one error for all that ended badly, with what failed in them."""
        from airflow_provider_cloudflows.errors import RunFailed

        reasons = [self._reason(run_id, failure, hook) for run_id, failure in failures.items()]
        (first, *others) = failures.values()
        name = f"{resource.title}{'s' if others else ''} {', '.join(map(str, failures))}"
        return RunFailed(name, first.state, "; ".join(filter(None, reasons)), self.advice_on_failure())

    def _reason(self, run_id: Id, failure: RunFailed, hook: CloudHook) -> str:
        from airflow_provider_cloudflows.errors import CloudError

        if failure.state is None:
            return failure.reason
        try:
            return "; ".join(self.failures_in(run_id, hook))
        except CloudError as trouble:  # that it failed is the reason that counts
            self.log.warning("What failed in %s cannot be told: %s", run_id, trouble)
            return failure.reason

    def advice_on_failure(self) -> str:
        """Say where to look, and what the next try does."""
        return f"the log of this task shows more; {super().advice_on_failure()}"

    # --- the end by force --------------------------------------------------------------------------------------------

    def _cancel_what_was_started(self, provisioner: Provisioner, request: Any) -> None:
        """Stop all runs, also those that the service is about to make."""
        record = provisioner.record()
        if record is None or not record.sent:
            return
        with self.make_hook() as hook:
            ids = [] if record.resource_id is None else [record.resource_id, *record.others]
            if not ids and record.job is not None:
                ids = self.ids_of_job(request, record.job, hook)
            if ids:
                self.cancel(together(request.resource(), ids), ids[0], hook)
            else:
                self.log.warning(
                    "What %s asked for may come to be all the same; stop it in the console then.", request.title
                )

    def ids_of_job(self, request: Any, job_id: Id, hook: CloudHook) -> list[Id]:
        """Return the ids of the runs that a job of the service makes, where it makes them after its answer."""
        return []


def together(resource: Resource, ids: list[Id]) -> Resource:
    """Return ``resource``, for a caller that knows all that one create made: it stops them together."""
    return type(resource)(resource.identity, {**resource.caller, "instance_ids": ids})


def json_text(values: Mapping[str, Any]) -> str:
    """Return parameters as the JSON text that the service takes."""
    import json

    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
