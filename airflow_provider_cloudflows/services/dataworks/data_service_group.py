"""Data service groups, which the vendor also calls business processes (page *CreateDataServiceGroup*)."""

from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, WireId
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "CreatedDataServiceGroup",
    "DataServiceGroup",
    "DataServiceGroupDetails",
    "DataServiceGroupPage",
    "GetDataServiceGroup",
    "ListDataServiceGroups",
]


class DataServiceGroup(RpcModel):
    """One data service group. Times look like ``2020-09-24T18:37:51+0800``."""

    group_id: str
    group_name: str
    api_gateway_group_id: str | None = None
    description: str | None = None
    project_id: int | None = None
    tenant_id: int | None = None
    creator_id: str | None = None
    created_time: str | None = None
    modified_time: str | None = None


class DataServiceGroupDetails(RpcResponse):
    """:param group: the group."""

    group: DataServiceGroup


class GetDataServiceGroup(OnDataWorks, RpcRequest, Call[DataServiceGroupDetails]):
    """Read one data service group by its id."""

    operation: ClassVar[str] = "GetDataServiceGroup"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    group_id: Annotated[str, Required]
    tenant_id: WireId | None = None


class GroupPagingResult(RpcModel):
    groups: list[DataServiceGroup] = Field(default_factory=list)
    total_count: int | None = None


class DataServiceGroupPage(RpcResponse):
    """:param group_paging_result: one page of groups."""

    group_paging_result: GroupPagingResult


class ListDataServiceGroups(OnDataWorks, RpcRequest, PageNumbers[DataServiceGroupPage, DataServiceGroup]):
    """List the data service groups of a workspace.

    :param group_name_keyword: substring of the name: compare the names that come back.
    :param page_size: 1 to 50; the vendor's sources disagree between 50 and 100, so the smaller one holds.
    """

    operation: ClassVar[str] = "ListDataServiceGroups"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    group_name_keyword: str | None = None
    tenant_id: WireId | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=50)] = 50

    def items(self, response: DataServiceGroupPage) -> list[DataServiceGroup]:
        return response.group_paging_result.groups

    def total(self, response: DataServiceGroupPage) -> int | None:
        return response.group_paging_result.total_count

    def key_of(self, item: DataServiceGroup) -> str:
        return item.group_id


class CreatedDataServiceGroup(RpcResponse):
    """:param group_id: id of the new group, for example ``ds_12345``."""

    group_id: Annotated[str, Required]


class DataServiceGroupResource(Resource):
    """A data service group. The vendor publishes neither an update, nor a delete, nor a code for one that does not
    exist."""

    title = "data service group"
    item_type = DataServiceGroup
    name_field = "group_name"
    id_field = "group_id"
    told_by = ("group_name", "api_gateway_group_id")
    compared = ("description",)
    born_field = "created_time"
    creator_fields = ("creator_id",)

    def reading(self, resource_id: Id) -> GetDataServiceGroup:
        return GetDataServiceGroup(project_id=self.identity["project_id"], group_id=str(resource_id))

    def item_of(self, answer: DataServiceGroupDetails, resource_id: Id) -> DataServiceGroup:
        return answer.group

    def listing(self, name: str | None = None) -> ListDataServiceGroups:
        return ListDataServiceGroups(project_id=self.identity["project_id"], group_name_keyword=name)
