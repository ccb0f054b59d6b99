"""What the operators share that run DataWorks workflows by API version 2024-05-18: once, or for many business dates.

One create makes one instance or several, some time after its answer, and a tag of the task's own is on all of them.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.operators.dataworks_ends import LONGEST_DEFAULT, DataWorksRunsOperator, json_text
from airflow_provider_cloudflows.operators.run import told_apart
from airflow_provider_cloudflows.services.dataworks.dates import date_text, milliseconds, ranges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.created import Created

__all__ = ["DataWorksRunOperator"]

LOOKS_FOR_WHAT_WAS_STARTED = 3
"""How often a task that is stopped looks whether its instances are there: Airflow gives it a few seconds."""


class DataWorksRunOperator(DataWorksRunsOperator):
    """Base of both.

    :param run_name: the beginning of the instances' name, behind which a token of the task instance comes; by default
        the task's id.
    :param env_type: environment that the workflow is published to, ``Prod`` or ``Dev``; None leaves it to the vendor.
    :param workflow_parameters: parameters of the workflow: a mapping, or their text as the vendor takes it.
    :param task_parameters: parameters of single tasks: a mapping by task id, or its JSON text.
    :param comment: why, for people who look at the run in the console.
    """

    argument_names: ClassVar[Mapping[str, str]] = {"name": "run_name", "timezone": "workspace_timezone"}
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"name", "periods", "tags"})
    periods = tags = None  # filled in when the task runs

    def __init__(
        self,
        *,
        run_name: str | None = None,
        env_type: str | None = None,
        workflow_parameters: Mapping[str, Any] | str | None = None,
        task_parameters: Mapping[str, Any] | str | None = None,
        comment: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.run_name = run_name
        self.env_type = env_type
        self.workflow_parameters = workflow_parameters
        self.task_parameters = task_parameters
        self.comment = comment

    def values(self) -> dict[str, Any]:
        """Return the arguments, parameters as text."""
        values = super().values()
        for name in ("workflow_parameters", "task_parameters"):
            if isinstance(values[name], dict):
                values[name] = json_text(values[name])
        return values

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the dates, the tag and the whole name."""
        from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import OUR_TAG

        # A name of the author's own makes another run of it, for who wants one.
        token = told_apart(self._token, values["name"]) if values["name"] else self._token
        beginning = values["name"] or re.sub(r"[^A-Za-z0-9]+", "_", self.task_id)[:LONGEST_DEFAULT]
        dates = [
            {"start_biz_date": date_text(first), "end_biz_date": date_text(last)}
            for first, last in ranges(self.business_dates())
        ]
        filled = {
            "name": f"{beginning}_{token}",
            "tags": [{"key": OUR_TAG, "value": token}],
            "periods": {"biz_dates": dates},
        }
        return {**values, **filled}

    def push(self, context: Context, created: Created, console_url: str) -> None:
        """Push the ids, and say so where the run shows that its dates are reckoned in another time zone."""
        from airflow_provider_cloudflows.services.dataworks.service import time_of  # no DAG file needs it

        super().push(context, created, console_url)
        shown = created.document.get("BizDate")
        if shown and shown not in [milliseconds(day, self.zone()) for day in self.business_dates()]:
            self.log.warning(
                "%s: the business date of workflow instance %s begins at %s, which is no midnight of its dates in %s; "
                "set workspace_timezone to that of the workspace, or a run whose answer is lost may not be found.",
                self._where(),
                created.resource_id,
                time_of(shown),
                self.workspace_timezone,
            )

    def calls_beside_looks(self) -> int:
        """Return also how often the service may be asked whether it has made the instances."""
        from airflow_provider_cloudflows.provisioning.by_job import pauses_of_a_job

        return super().calls_beside_looks() + sum(1 for _ in pauses_of_a_job())

    # --- what became of it -------------------------------------------------------------------------------------------

    def failures_in(self, run_id: Id, hook: CloudHook) -> list[str]:
        """Return a clause about each task that failed, and log the ends of their logs."""
        from airflow_provider_cloudflows.operators.dataworks_logs import failed_tasks, show_logs

        return show_logs(hook, failed_tasks(hook, int(self.project_id), int(run_id)), self.log)

    def ids_of_job(self, request: Any, job_id: Id, hook: CloudHook) -> list[Id]:
        """Return the ids of the instances that an operation makes, as soon as it has made them."""
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
