"""The request that deletes a workflow of DataStudio, apart from all that only a run needs."""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.services.dataworks.service import WireId, WorkspaceRequest

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.business import BusinessResource, Done  # noqa: F401 - a text names the answer

__all__ = ["DeleteBusiness"]


class DeleteBusiness(WorkspaceRequest, Removal["Done"]):
    """Delete a workflow (vendor page *DeleteBusiness*); what happens to one that holds nodes is not documented.

    :param business_id: its id.
    """

    operation: ClassVar[str] = "DeleteBusiness"
    id_field: ClassVar[str] = "business_id"

    business_id: WireId

    @classmethod
    def resource_type(cls) -> "type[BusinessResource]":
        from airflow_provider_cloudflows.services.dataworks.business import BusinessResource  # no DAG file needs it

        return BusinessResource

    def resource(self) -> "BusinessResource":
        return self.resource_type()(self.workspace(), {"api_version": self.api_version})
