"""DataWorks workspaces, which the API calls projects (page *ListProjects*)."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.rpc import Place, RpcRequest
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["ListProjects", "Project", "ProjectPage"]


class Project(RpcModel):
    """One DataWorks workspace."""

    project_id: int
    project_identifier: str | None = None
    project_name: str | None = None
    project_description: str | None = None
    project_status_code: str | None = None


class ProjectPageResult(RpcModel):
    project_list: list[Project] = Field(default_factory=list)
    total_count: int | None = None


class ProjectPage(RpcResponse):
    """:param page_result: one page of workspaces."""

    page_result: ProjectPageResult


class Tag(RpcModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    value: str | None = None


class ListProjects(OnDataWorks, RpcRequest, PageNumbers[ProjectPage, Project]):
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

    def total(self, response: ProjectPage) -> int | None:
        return response.page_result.total_count

    def key_of(self, item: Project) -> int:
        return item.project_id
