"""The request that deletes a data service API, apart from all that only a run needs."""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.service import Answered, OnDataWorks, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.data_service_api import DataServiceApiResource, Done  # noqa: F401 - a text names the answer

__all__ = ["DeleteDataServiceApi"]


class DeleteDataServiceApi(Answered, OnDataWorks, RpcRequest, Removal["Done"]):
    """Delete an API (vendor page *DeleteDataServiceApi*), which is out of service.

    :param project_id: id of the DataWorks workspace.
    :param api_id: id of the API.
    :param tenant_id: id of the tenant.
    """

    operation: ClassVar[str] = "DeleteDataServiceApi"
    id_field: ClassVar[str] = "api_id"

    project_id: WireId
    api_id: WireId
    tenant_id: WireId | None = None

    @classmethod
    def resource_type(cls) -> "type[DataServiceApiResource]":
        from airflow_provider_cloudflows.services.dataworks.data_service_api import (
            DataServiceApiResource,  # no DAG file needs it
        )

        return DataServiceApiResource

    def resource(self) -> "DataServiceApiResource":
        return self.resource_type()({"project_id": self.project_id})
