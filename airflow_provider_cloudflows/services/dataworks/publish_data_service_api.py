"""The requests that bring a data service API in and out of service, apart from all that only a run needs.

Each may be sent twice. That another submit does no harm is assumed: it makes one more version of the same.
"""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Change
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.service import Answered, OnDataWorks, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.data_service_api import DataServiceApiResource, Done  # noqa: F401 - a text names the answer

__all__ = ["AbolishDataServiceApi", "PublishDataServiceApi", "SubmitDataServiceApi"]


class OfAnApi:
    """What the three have in common. Mixed into a request, before it: a class of models less to build."""

    id_field: ClassVar[str] = "api_id"
    project_id: int

    @classmethod
    def resource_type(cls) -> "type[DataServiceApiResource]":
        from airflow_provider_cloudflows.services.dataworks.data_service_api import (
            DataServiceApiResource,  # no DAG file needs it
        )

        return DataServiceApiResource

    def resource(self) -> "DataServiceApiResource":
        return self.resource_type()({"project_id": self.project_id})


class SubmitDataServiceApi(OfAnApi, Answered, OnDataWorks, RpcRequest, Change["Done"]):
    """Make a version of an API that can be published (vendor page *SubmitDataServiceApi*).

    :param project_id: id of the DataWorks workspace.
    :param api_id: id of the API.
    :param tenant_id: id of the tenant.
    """

    operation: ClassVar[str] = "SubmitDataServiceApi"

    project_id: WireId
    api_id: WireId
    tenant_id: WireId | None = None


class PublishDataServiceApi(OfAnApi, Answered, OnDataWorks, RpcRequest, Change["Done"]):
    """Put the version of an API that was submitted into service (vendor page *PublishDataServiceApi*).

    :param project_id: id of the DataWorks workspace.
    :param api_id: id of the API.
    :param tenant_id: id of the tenant.
    """

    operation: ClassVar[str] = "PublishDataServiceApi"

    project_id: WireId
    api_id: WireId
    tenant_id: WireId | None = None


class AbolishDataServiceApi(OfAnApi, Answered, OnDataWorks, RpcRequest, Change["Done"]):
    """Take an API out of service (vendor page *AbolishDataServiceApi*).

    :param project_id: id of the DataWorks workspace.
    :param api_id: id of the API.
    :param tenant_id: id of the tenant.
    """

    operation: ClassVar[str] = "AbolishDataServiceApi"

    project_id: WireId
    api_id: WireId
    tenant_id: WireId | None = None
