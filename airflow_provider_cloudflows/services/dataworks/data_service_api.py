"""APIs of DataService Studio: what they are read and listed by (API 2020-05-18; the newer version has no such thing).

An API is developed in a data service group, submitted, which makes a version of it, and published. The reads show
whether it is published, and not whether it was submitted. The vendor publishes no code for one that does not exist, so
the list has to tell.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, WireId
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "CreatedDataServiceApi",
    "DataServiceApi",
    "DataServiceApiResource",
    "Done",
    "GetDataServiceApi",
    "ListDataServiceApis",
]

PUBLISHED = 1


class DataServiceApi(RpcModel):
    """One API, as it is being developed. Times look like ``2020-09-24T18:37:51+0800``.

    :param status: 1 for one that is published, 0 for one that is not.
    """

    api_id: int
    api_name: str | None = None
    api_path: str | None = None
    api_mode: int | None = None
    group_id: str | None = None
    folder_id: int | None = None
    project_id: int | None = None
    description: str | None = None
    request_method: int | None = None
    response_content_type: int | None = None
    timeout: int | None = None
    visible_range: int | None = None
    status: int | None = None
    creator_id: str | None = None
    created_time: str | None = None
    modified_time: str | None = None

    @property
    def api_description(self) -> str | None:
        """The description, by its name in a create."""
        return self.description

    @property
    def is_published(self) -> bool:
        """Whether it is in service."""
        return self.status == PUBLISHED


class DataServiceApiDetails(RpcResponse):
    """:param data: the API."""

    data: DataServiceApi


class GetDataServiceApi(OnDataWorks, RpcRequest, Call[DataServiceApiDetails]):
    """Read one API by its id."""

    operation: ClassVar[str] = "GetDataServiceApi"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    api_id: WireId
    tenant_id: WireId | None = None


class DataServiceApiPageInfo(RpcModel):
    apis: list[DataServiceApi] = Field(default_factory=list)
    total_count: int | None = None


class DataServiceApiPage(RpcResponse):
    """:param data: one page of APIs."""

    data: DataServiceApiPageInfo


class ListDataServiceApis(OnDataWorks, RpcRequest, PageNumbers[DataServiceApiPage, DataServiceApi]):
    """List the APIs of a workspace that are being developed.

    :param api_name_keyword: substring of the name: compare the names that come back.
    :param page_size: 1 to 50.
    """

    operation: ClassVar[str] = "ListDataServiceApis"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    api_name_keyword: str | None = None
    api_path_keyword: str | None = None
    creator_id: str | None = None
    tenant_id: WireId | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=50)] = 50

    def items(self, response: DataServiceApiPage) -> list[DataServiceApi]:
        return response.data.apis

    def total(self, response: DataServiceApiPage) -> int | None:
        return response.data.total_count

    def key_of(self, item: DataServiceApi) -> int:
        return item.api_id


class CreatedDataServiceApi(RpcResponse):
    """:param data: id of the new API."""

    data: int


class Done(RpcResponse):
    """:param data: whether it was done."""

    data: bool | None = None


class DataServiceApiResource(Resource):
    """An API, by its name, its path and its group."""

    title = "data service API"
    item_type = DataServiceApi
    name_field = "api_name"
    id_field = "api_id"
    told_by = ("api_name", "api_path", "group_id")
    compared = (
        "api_description",
        "api_mode",
        "request_method",
        "response_content_type",
        "timeout",
        "visible_range",
    )
    born_field = "created_time"
    creator_fields = ("creator_id",)

    def reading(self, resource_id: Id) -> GetDataServiceApi:
        return GetDataServiceApi(project_id=self.identity["project_id"], api_id=int(resource_id))

    def item_of(self, answer: DataServiceApiDetails, resource_id: Id) -> DataServiceApi:
        return answer.data

    def listing(self, name: str | None = None) -> ListDataServiceApis:
        return ListDataServiceApis(project_id=self.identity["project_id"], api_name_keyword=name)
