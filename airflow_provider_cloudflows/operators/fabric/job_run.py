"""Operator that runs a DataArts Fabric job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.fabric import FabricConsoleLink
from airflow_provider_cloudflows.operators.base import HuaweiOperator, SettlingOperator
from airflow_provider_cloudflows.operators.run import RunOperator, run_token

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.fabric.create_job_run import RunJob

__all__ = ["RunFabricJobOperator"]

LONGEST_DEFAULT = 48
"""Characters of a task id that go into the name of its runs; the vendor publishes no limit."""


class RunFabricJobOperator(HuaweiOperator, RunOperator, SettlingOperator):
    """Run a job, wait for its end, and return the id of the run (the official SDK's *run_job*).

    The name of the run is ``run_name`` with a token behind it that belongs to the task instance: a retry finds its run
    by that name, on Airflow versions without a task state store too. A run that is started again bears the same name.

    :param workspace_id: the workspace.
    :param job_id: the job.
    :param version_id: the version of the job.
    :param endpoint_id: the endpoint that it runs on, which has to be ready: see ``FabricEndpointSensor``.
    :param run_name: the name's beginning; by default the task's id.
    """

    operator_extra_links = (FabricConsoleLink(),)
    request_path = "airflow_provider_cloudflows.services.fabric.create_job_run.RunJob"
    argument_names: ClassVar[dict[str, str]] = {"name": "run_name"}
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"name"})

    _token = "dry-run"  # a dry run belongs to no run of the DAG

    def __init__(
        self,
        *,
        workspace_id: str,
        job_id: str,
        version_id: str,
        endpoint_id: str,
        run_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.workspace_id = workspace_id
        self.job_id = job_id
        self.version_id = version_id
        self.endpoint_id = endpoint_id
        self.run_name = run_name
        self.check_literals()

    def work(self, context: Context) -> Any:
        """Run the job under a name that is this task instance's own."""
        self._token = run_token(context, self.task_id)
        return super().work(context)

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the whole name of the run."""
        beginning = values["name"] or re.sub(r"[^A-Za-z0-9]+", "-", self.task_id)[:LONGEST_DEFAULT]
        return {**values, "name": f"{beginning}-{self._token}"}

    def console_url(self, request: RunJob, hook: CloudHook) -> str:
        """Return the DataArts Fabric console."""
        return FabricConsoleLink.url()
