"""The request that creates a data service group, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.data_service_group import (
        CreatedDataServiceGroup,
        DataServiceGroupResource,
    )

__all__ = ["CreateDataServiceGroup"]


class CreateDataServiceGroup(OnDataWorks, RpcRequest, Creation["CreatedDataServiceGroup"]):
    """Create a data service group, which the vendor also calls business process (page *CreateDataServiceGroup*).

    :param project_id: id of the DataWorks workspace.
    :param api_gateway_group_id: id of an existing group in API Gateway.
    :param group_name: name.
    :param description: required by the vendor's page.
    :param tenant_id: deprecated by the vendor.
    """

    operation: ClassVar[str] = "CreateDataServiceGroup"

    project_id: WireId
    api_gateway_group_id: Annotated[str, Required]
    group_name: Annotated[str, Name]
    description: Annotated[str, Required]
    tenant_id: WireId | None = None

    @classmethod
    def resource_type(cls) -> "type[DataServiceGroupResource]":
        from airflow_provider_cloudflows.services.dataworks.data_service_group import (
            DataServiceGroupResource,  # no DAG file looks for one
        )

        return DataServiceGroupResource

    def resource(self) -> "DataServiceGroupResource":
        names = ("group_name", "api_gateway_group_id", "project_id")
        return self.resource_type()({name: getattr(self, name) for name in names})

    def made_id(self, answer: "CreatedDataServiceGroup") -> str:
        return answer.group_id
