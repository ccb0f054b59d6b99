"""The request that stops a data integration job, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Change
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.service import Read2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.di_job import DIJobResource, Done  # noqa: F401 - a text names the answer

__all__ = ["StopDIJob"]


class StopDIJob(Read2024, RpcRequest, Change["Done"]):
    """Stop a data integration job (vendor page *StopDIJob*): a GET that has an effect. It may be sent twice.

    :param project_id: id of the DataWorks workspace; it is not sent, the job is looked for in it.
    :param id: id of the job.
    """

    operation: ClassVar[str] = "StopDIJob"
    id_field: ClassVar[str] = "id"

    project_id: Annotated[WireId, Field(exclude=True)]
    id: WireId

    @classmethod
    def resource_type(cls) -> "type[DIJobResource]":
        from airflow_provider_cloudflows.services.dataworks.di_job import DIJobResource  # no DAG file needs it

        return DIJobResource

    def resource(self) -> "DIJobResource":
        """Return the job, for who waits until it runs no more."""
        return self.resource_type()({"id": str(self.id), "project_id": self.project_id}, {"until": "Stopped"})
