"""Sensor for a run of a DataArts Fabric job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.fabric import FabricConsoleLink
from airflow_provider_cloudflows.operators.base import HuaweiOperator
from airflow_provider_cloudflows.sensors.base import CloudSensor

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["FabricJobRunSensor"]


class FabricJobRunSensor(HuaweiOperator, CloudSensor):
    """Wait until a run of a job has ended well (the official SDK's *show_job_run_detail*).

    :param workspace_id: the workspace.
    :param job_run_id: id of the run, for example what ``RunFabricJobOperator`` returns with ``wait=False``.
    """

    operator_extra_links = (FabricConsoleLink(),)
    argument_names: ClassVar[dict[str, str]] = {"run_id": "job_run_id"}

    def __init__(self, *, workspace_id: str, job_run_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workspace_id = workspace_id
        self.job_run_id = job_run_id
        self.check_literals()

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return the run."""
        from airflow_provider_cloudflows.services.fabric.job_run import JobRunResource

        # Its name does not matter: the id tells it.
        return JobRunResource({"name": "", "workspace_id": self.workspace_id}), self.job_run_id

    def console_url(self, hook: CloudHook, shown: Document) -> str:
        """Return the DataArts Fabric console."""
        return FabricConsoleLink.url()
