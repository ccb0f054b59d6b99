"""SecMaster workspaces."""

from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Wire
from airflow_provider_cloudflows.calls.pages import Offsets
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.secmaster.service import Limit, Offset, SecMasterRequest, WorkspaceRequest
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["ListWorkspaces", "ShowWorkspace", "Workspace", "WorkspaceAnswer", "WorkspacePage"]


class Workspace(Wire):
    """One SecMaster workspace."""

    id: Annotated[str, Required]
    name: str | None = None
    description: str | None = None
    region_id: str | None = None
    project_id: str | None = None
    is_view: bool | None = None


class WorkspaceAnswer(Response):
    """:param workspace: the workspace."""

    workspace: Workspace


class ShowWorkspace(WorkspaceRequest, Call[WorkspaceAnswer]):
    """Read one workspace by its id."""

    operation: ClassVar[str] = "ShowWorkspace"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}"
    effect: ClassVar[Effect] = Effect.READ


class WorkspacePage(Response):
    """:param workspaces: one page of workspaces."""

    workspaces: list[Workspace] = Field(default_factory=list)
    count: int | None = None


class ListWorkspaces(SecMasterRequest, Offsets[WorkspacePage, Workspace]):
    """List the workspaces of a project; ``offset`` and ``limit`` are mandatory here."""

    operation: ClassVar[str] = "ListWorkspaces"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces"
    effect: ClassVar[Effect] = Effect.READ

    name: str | None = None
    region_id: str | None = None
    is_view: bool | None = None
    ids: str | None = None
    enterprise_project_id: str | None = None
    offset: Offset = 0
    limit: Limit = 100

    def items(self, response: WorkspacePage) -> list[Workspace]:
        return response.workspaces

    def total(self, response: WorkspacePage) -> int | None:
        return response.count

    def key_of(self, item: Workspace) -> str:
        return item.id
