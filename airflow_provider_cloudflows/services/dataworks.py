"""DataWorks, API version 2020-05-18: workflows ("business"), data service groups and workspaces.

Vendor pages: CreateBusiness, CreateDataServiceGroup and the pages of the reads beside them. None of these operations
takes an idempotency token.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from airflow_provider_cloudflows.services.base import (
    Call,
    Creation,
    Document,
    Required,
    Service,
    exactly_one,
    region_required,
)
from airflow_provider_cloudflows.services.rpc import (
    GATEWAY_ERRORS,
    PageNumbers,
    Place,
    RpcModel,
    RpcRequest,
    RpcResponse,
    flag_refusal,
)
from airflow_provider_cloudflows.transport.message import Reply
from airflow_provider_cloudflows.transport.outcome import Effect, Refusal

__all__ = [
    "DATAWORKS",
    "Business",
    "BusinessDetails",
    "BusinessPage",
    "CreateBusiness",
    "CreateDataServiceGroup",
    "CreatedBusiness",
    "CreatedDataServiceGroup",
    "DataServiceGroup",
    "DataServiceGroupDetails",
    "DataServiceGroupPage",
    "Done",
    "GetBusiness",
    "GetDataServiceGroup",
    "ListBusiness",
    "ListDataServiceGroups",
    "ListProjects",
    "Project",
    "ProjectPage",
    "UpdateBusiness",
]

# Regions without a host of their own, per the official SDK's table.
CENTRAL_REGIONS = frozenset(
    {
        "ap-south-1",
        "ap-southeast-2",
        "cn-beijing-gov-1",
        "cn-hangzhou-finance",
        "cn-huhehaote",
        "cn-qingdao",
        "cn-wuhan",
        "cn-zhangbei",
    }
)


def _host(region: str | None, vpc: bool) -> str:
    region = region_required(region, "DataWorks")
    if region in CENTRAL_REGIONS:
        return "dataworks.aliyuncs.com"
    return f"dataworks{'-vpc' if vpc else ''}.{region}.aliyuncs.com"


DATAWORKS = Service("dataworks", "DataWorks", _host, GATEWAY_ERRORS)

Id = Annotated[int, Field(ge=1, lt=2**63)]


class DataWorksRequest(RpcRequest):
    service: ClassVar[Service] = DATAWORKS
    version: ClassVar[str] = "2020-05-18"


class FlaggedRequest(DataWorksRequest):
    """An operation whose answer carries a ``Success`` flag."""

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        return flag_refusal(reply, document)


class WorkspaceRequest(FlaggedRequest):
    """An operation in one workspace, which either its id or its name tells.

    :param project_id: id of the DataWorks workspace.
    :param project_identifier: name of the DataWorks workspace.
    """

    project_id: Id | None = None
    project_identifier: Annotated[str, Required] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_workspace(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            wire = {"project_id": data.get("ProjectId"), "project_identifier": data.get("ProjectIdentifier")}
            exactly_one({name: data.get(name, wire[name]) for name in wire}, "project_id", "project_identifier")
        return data

    def _workspace(self) -> dict[str, Any]:
        return {"project_id": self.project_id, "project_identifier": self.project_identifier}


class Business(RpcModel):
    """One workflow. The wire has ``ProjectId`` as text in one read and as a number in the other; here a number."""

    business_id: int
    business_name: str
    description: str | None = None
    owner: str | None = None
    project_id: int | None = None
    use_type: str | None = None


class BusinessDetails(RpcResponse):
    """:param data: the workflow."""

    data: Business


class GetBusiness(WorkspaceRequest, Call[BusinessDetails]):
    """Read one workflow by its id."""

    operation: ClassVar[str] = "GetBusiness"
    effect: ClassVar[Effect] = Effect.READ

    business_id: Id


class BusinessPageData(RpcModel):
    business: list[Business] = Field(default_factory=list)
    total_count: int = 0


class BusinessPage(RpcResponse):
    """:param data: one page of workflows."""

    data: BusinessPageData


class ListBusiness(WorkspaceRequest, PageNumbers[BusinessPage, Business]):
    """List the workflows of a workspace.

    :param keyword: fuzzy filter on the name: compare the names that come back.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListBusiness"
    effect: ClassVar[Effect] = Effect.READ

    keyword: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: BusinessPage) -> list[Business]:
        return response.data.business

    def total(self, response: BusinessPage) -> int:
        return response.data.total_count


class Done(RpcResponse):
    """An answer that says no more than that it worked."""


class UpdateBusiness(WorkspaceRequest, Call[Done]):
    """Change a workflow; fields that are not given are assumed to stay as they are."""

    operation: ClassVar[str] = "UpdateBusiness"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    business_id: Id
    business_name: str | None = None
    description: str | None = None
    owner: str | None = None


class CreatedBusiness(RpcResponse):
    """:param business_id: id of the new workflow, a 64-bit integer."""

    business_id: int


class CreateBusiness(WorkspaceRequest, Creation[CreatedBusiness]):
    """Create a workflow in DataStudio (vendor page *CreateBusiness*).

    :param business_name: name; unique in the workspace.
    :param description: free text.
    :param owner: account id of the owner; the vendor's default is the caller.
    :param use_type: ``NORMAL`` for auto triggered, ``MANUAL_BIZ`` for manually triggered workflows.
    """

    operation: ClassVar[str] = "CreateBusiness"
    effect: ClassVar[Effect] = Effect.CREATE

    identified_by: ClassVar[tuple[str, ...]] = ("business_name", "project_id", "project_identifier")
    compared: ClassVar[tuple[str, ...]] = ("description", "owner", "use_type")
    updatable: ClassVar[tuple[str, ...]] = ("description", "owner")

    business_name: Annotated[str, Required]
    description: str | None = None
    owner: str | None = None
    use_type: Literal["NORMAL", "MANUAL_BIZ"] | None = None

    def made_id(self, answer: CreatedBusiness) -> int:
        return answer.business_id

    def search(self) -> ListBusiness:
        return ListBusiness(**self._workspace(), keyword=self.business_name)

    def is_match(self, item: Business) -> bool:
        return item.business_name == self.business_name

    def id_of(self, item: Business) -> int:
        return item.business_id

    def reading(self, resource_id: int | str) -> GetBusiness:
        return GetBusiness(**self._workspace(), business_id=int(resource_id))

    def item_of(self, answer: BusinessDetails) -> Business:
        return answer.data

    def listing_of(self, resource_id: int | str) -> ListBusiness:
        return ListBusiness(**self._workspace())

    def updating(self, resource_id: int | str, changes: list[str]) -> UpdateBusiness:
        values = {name: getattr(self, name) for name in changes}
        return UpdateBusiness(**self._workspace(), business_id=int(resource_id), **values)


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


class GetDataServiceGroup(DataWorksRequest, Call[DataServiceGroupDetails]):
    """Read one data service group by its id."""

    operation: ClassVar[str] = "GetDataServiceGroup"
    effect: ClassVar[Effect] = Effect.READ

    project_id: Id
    group_id: Annotated[str, Required]
    tenant_id: Id | None = None


class GroupPagingResult(RpcModel):
    groups: list[DataServiceGroup] = Field(default_factory=list)
    total_count: int = 0


class DataServiceGroupPage(RpcResponse):
    """:param group_paging_result: one page of groups."""

    group_paging_result: GroupPagingResult


class ListDataServiceGroups(DataWorksRequest, PageNumbers[DataServiceGroupPage, DataServiceGroup]):
    """List the data service groups of a workspace.

    :param group_name_keyword: substring of the name: compare the names that come back.
    :param page_size: 1 to 50; the vendor's sources disagree between 50 and 100, so the smaller one holds.
    """

    operation: ClassVar[str] = "ListDataServiceGroups"
    effect: ClassVar[Effect] = Effect.READ

    project_id: Id
    group_name_keyword: str | None = None
    tenant_id: Id | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=50)] = 50

    def items(self, response: DataServiceGroupPage) -> list[DataServiceGroup]:
        return response.group_paging_result.groups

    def total(self, response: DataServiceGroupPage) -> int:
        return response.group_paging_result.total_count


class CreatedDataServiceGroup(RpcResponse):
    """:param group_id: id of the new group, for example ``ds_12345``."""

    group_id: Annotated[str, Required]


class CreateDataServiceGroup(DataWorksRequest, Creation[CreatedDataServiceGroup]):
    """Create a data service group, which the vendor also calls business process (page *CreateDataServiceGroup*).

    :param project_id: id of the DataWorks workspace.
    :param api_gateway_group_id: id of an existing group in API Gateway.
    :param group_name: name.
    :param description: required by the vendor's page.
    :param tenant_id: deprecated by the vendor.
    """

    operation: ClassVar[str] = "CreateDataServiceGroup"
    effect: ClassVar[Effect] = Effect.CREATE

    identified_by: ClassVar[tuple[str, ...]] = ("group_name", "api_gateway_group_id", "project_id")
    compared: ClassVar[tuple[str, ...]] = ("description",)

    project_id: Id
    api_gateway_group_id: Annotated[str, Required]
    group_name: Annotated[str, Required]
    description: Annotated[str, Required]
    tenant_id: Id | None = None

    def made_id(self, answer: CreatedDataServiceGroup) -> str:
        return answer.group_id

    def search(self) -> ListDataServiceGroups:
        return ListDataServiceGroups(project_id=self.project_id, group_name_keyword=self.group_name)

    def is_match(self, item: DataServiceGroup) -> bool:
        return (item.group_name, item.api_gateway_group_id) == (self.group_name, self.api_gateway_group_id)

    def id_of(self, item: DataServiceGroup) -> str:
        return item.group_id

    def reading(self, resource_id: int | str) -> GetDataServiceGroup:
        return GetDataServiceGroup(project_id=self.project_id, group_id=str(resource_id))

    def item_of(self, answer: DataServiceGroupDetails) -> DataServiceGroup:
        return answer.group

    def listing_of(self, resource_id: int | str) -> ListDataServiceGroups:
        return ListDataServiceGroups(project_id=self.project_id)


class Project(RpcModel):
    """One DataWorks workspace."""

    project_id: int
    project_identifier: str | None = None
    project_name: str | None = None
    project_description: str | None = None
    project_status_code: str | None = None


class ProjectPageResult(RpcModel):
    project_list: list[Project] = Field(default_factory=list)
    total_count: int = 0


class ProjectPage(RpcResponse):
    """:param page_result: one page of workspaces."""

    page_result: ProjectPageResult


class Tag(RpcModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    value: str | None = None


class ListProjects(DataWorksRequest, PageNumbers[ProjectPage, Project]):
    """List the workspaces that the caller may see; needs no parameter.

    :param page_size: 1 to 100.
    :param tags: only workspaces with these tags.
    """

    operation: ClassVar[str] = "ListProjects"
    effect: ClassVar[Effect] = Effect.READ
    parameters_in: ClassVar[Place] = "query"

    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100
    resource_manager_resource_group_id: str | None = None
    tags: list[Tag] | None = None

    def items(self, response: ProjectPage) -> list[Project]:
        return response.page_result.project_list

    def total(self, response: ProjectPage) -> int:
        return response.page_result.total_count
