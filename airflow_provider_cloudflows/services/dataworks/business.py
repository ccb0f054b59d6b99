"""Workflows of DataStudio, which the vendor also calls business (pages *CreateBusiness* and around it)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.services.dataworks.service import WireId, WorkspaceRequest
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "Business",
    "BusinessDetails",
    "BusinessPage",
    "CreatedBusiness",
    "GetBusiness",
    "ListBusiness",
    "UpdateBusiness",
]


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

    business_id: WireId


class BusinessPageData(RpcModel):
    business: list[Business] = Field(default_factory=list)
    total_count: int | None = None


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

    def total(self, response: BusinessPage) -> int | None:
        return response.data.total_count

    def key_of(self, item: Business) -> int:
        return item.business_id


class Done(RpcResponse):
    """An answer that says no more than that it worked."""


class UpdateBusiness(WorkspaceRequest, Call[Done]):
    """Change a workflow; fields that are not given are assumed to stay as they are."""

    operation: ClassVar[str] = "UpdateBusiness"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    business_id: WireId
    business_name: str | None = None
    description: str | None = None
    owner: str | None = None


class CreatedBusiness(RpcResponse):
    """:param business_id: id of the new workflow, a 64-bit integer."""

    business_id: int


class BusinessResource(Resource):
    """A workflow in DataStudio. The vendor publishes no code for one that does not exist, so the list has to tell.

    It is the same in both API versions: which one is spoken is no part of its identity.
    """

    title = "workflow"
    item_type = Business
    name_field = "business_name"
    id_field = "business_id"
    told_by = ("business_name",)
    compared = ("description", "owner", "use_type")
    updatable = ("description", "owner")

    def reading(self, resource_id: Id) -> GetBusiness:
        return GetBusiness(**self._workspace(), business_id=int(resource_id))

    def item_of(self, answer: BusinessDetails, resource_id: Id) -> Business:
        return answer.data

    def listing(self, name: str | None = None) -> ListBusiness:
        return ListBusiness(**self._workspace(), keyword=name)

    def updating(self, resource_id: Id, values: Mapping[str, Any]) -> UpdateBusiness:
        return UpdateBusiness(**self._workspace(), business_id=int(resource_id), **values)

    def _workspace(self) -> dict[str, Any]:
        return {**{name: self.identity.get(name) for name in ("project_id", "project_identifier")}, **self.caller}
