"""The request that starts a data integration job, apart from all that only a run needs."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Id, Start
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.service import Read2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.di_job import DIJobResource, Done  # noqa: F401 - a text names the answer

__all__ = ["StartDIJob"]


class StartDIJob(Read2024, RpcRequest, Start["Done"]):
    """Start a data integration job (vendor page *StartDIJob*): a GET that has an effect.

    :param project_id: id of the DataWorks workspace; it is not sent, the job is looked for in it.
    :param id: id of the job.
    :param force_to_rerun: run all steps again; otherwise those that have not run are started.
    :param realtime_start_settings: where the real-time part begins, for example ``{"StartTime": 1663765058}``.
    :param until: the state that is waited for, see ``DIJobResource``; it is not sent.
    """

    operation: ClassVar[str] = "StartDIJob"
    id_field: ClassVar[str] = "id"

    project_id: Annotated[WireId, Field(exclude=True)]
    id: WireId
    force_to_rerun: bool | None = None
    realtime_start_settings: Document | None = None
    until: Annotated[Literal["Finished", "Running"] | None, Field(exclude=True)] = None

    @classmethod
    def resource_type(cls) -> "type[DIJobResource]":
        from airflow_provider_cloudflows.services.dataworks.di_job import DIJobResource  # no DAG file looks for one

        return DIJobResource

    def resource(self) -> "DIJobResource":
        return self.resource_type()({"id": str(self.id), "project_id": self.project_id}, {"until": self.until})

    def is_under_way(self, item: Any) -> bool:
        return self.resource().state_of(item) == "Running"

    def may_be_sent_twice(self, marks: Collection[Id]) -> bool:
        """The vendor's page says that without force only the steps that have not run are started."""
        return not self.force_to_rerun
