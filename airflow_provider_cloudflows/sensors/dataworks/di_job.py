"""Sensor for a DataWorks data integration job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.links.dataworks import OperationCenterLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.literals import is_positive_number
from airflow_provider_cloudflows.sensors.base import CloudSensor
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["DIJobSensor"]

UNTIL = ("Finished", "Running", "Stopped")


class DIJobSensor(AlibabaOperator, CloudSensor):
    """Wait until a data integration job that somebody else starts has got there (vendor page *GetDIJob*).

    :param di_job_id: id of the job.
    :param project_id: id of the DataWorks workspace.
    :param until: the state that is waited for: ``"Finished"``; ``"Running"``, which a job that has finished got past;
        or ``"Stopped"``: it runs no more, however it ended. By default a job with a real-time part has got there when
        it runs, and any other when it has finished.
    """

    operator_extra_links = (OperationCenterLink(),)
    argument_names: ClassVar[Mapping[str, str]] = {"id": "di_job_id"}

    def __init__(self, *, di_job_id: int | str, project_id: int | str, until: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.di_job_id = di_job_id
        self.project_id = project_id
        self.until = until
        self.check_literals()

    def check_literals(self) -> None:
        """Check the ids and the state, too."""
        super().check_literals()
        if self.until is not None and self.is_known(self.until):
            self.check_choice("until", self.until, UNTIL)
        for name in ("di_job_id", "project_id"):
            value = getattr(self, name)
            if self.is_known(value) and not is_positive_number(value):
                raise InvalidParameter(f"{self._where()} got {name}={excerpt(repr(value), 80)}: it is a number.")

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return the job."""
        from airflow_provider_cloudflows.services.dataworks.di_job import DIJobResource

        job_id = int(self.di_job_id)
        return DIJobResource({"id": str(job_id), "project_id": int(self.project_id)}, {"until": self.until}), job_id

    def console_url(self, hook: CloudHook, shown: Document) -> str:
        """Return the operation center of the workspace."""
        return OperationCenterLink.url(hook.get_conn().endpoints.region, int(self.project_id))
