"""DataArts Fabric workspaces (vendor page *Creating a Workspace*). There is no "show": list with ``id``."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.pages import Offsets
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rest import RestRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.errors import NoAnswer
from airflow_provider_cloudflows.services.fabric.service import OnFabric, WorkspaceId
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["ListWorkspaces", "UpdateWorkspace", "Workspace", "WorkspacePage"]


class Workspace(Response):
    """One workspace. The vendor's sample shows ``enterprise_project_id`` as a number; here it is text. Tags are read as
    they come: those made elsewhere may break the rules for new ones.

    :param id: workspace id, 1 to 36 characters.
    """

    id: Annotated[str, Required]
    name: str | None = None
    description: str | None = None
    create_time: str | None = None
    create_domain_name: str | None = None
    create_user_name: str | None = None
    metastore_id: str | None = None
    access_url: str | None = None
    enterprise_project_id: str | None = None
    tags: list[Document] | None = None


class WorkspacePage(Response):
    """:param workspaces: one page of workspaces."""

    workspaces: list[Workspace] = Field(default_factory=list)
    total: int | None = None


class ListWorkspaces(OnFabric, RestRequest, Offsets[WorkspacePage, Workspace]):
    """List the workspaces of the account.

    :param enterprise_project_id: mandatory on the wire; ``all_granted_eps`` stands for all that the caller may see.
    :param name: fuzzy filter: compare the names that come back.
    :param id: exact id; the way to read one workspace.
    :param limit: 1 to 100.
    """

    operation: ClassVar[str] = "ListWorkspaces"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/workspaces"
    effect: ClassVar[Effect] = Effect.READ

    enterprise_project_id: str = "all_granted_eps"
    name: str | None = None
    id: str | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: WorkspacePage) -> list[Workspace]:
        return response.workspaces

    def total(self, response: WorkspacePage) -> int | None:
        return response.total

    def key_of(self, item: Workspace) -> str:
        return item.id


class UpdateWorkspace(OnFabric, RestRequest, Call[Workspace]):
    """Change a workspace."""

    operation: ClassVar[str] = "UpdateWorkspace"
    method: ClassVar[str] = "PUT"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    workspace_id: WorkspaceId
    name: str
    description: str | None = None
    metastore_id: str | None = None


class Deleted(Response):
    """An empty answer."""


class WorkspaceResource(Resource):
    """A workspace of the account; its name is unique there."""

    title = "workspace"
    item_type = Workspace
    name_field = "name"
    id_field = "id"
    told_by = ("name",)
    compared = ("description", "metastore_id", "enterprise_project_id", "tags")
    updatable = ("description", "metastore_id")
    gone_codes = frozenset({"dataartsfabric.00010003"})
    born_field = "create_time"
    creator_fields = ("create_user_name",)

    def reading(self, resource_id: Id) -> ListWorkspaces:
        """There is no "show": the list takes an id."""
        return ListWorkspaces(id=str(resource_id))

    def item_of(self, answer: WorkspacePage, resource_id: Id) -> Workspace | None:
        found = [one for one in answer.workspaces if one.id == resource_id]
        if not found and (answer.workspaces or answer.total != 0):
            said = f"it shows neither workspace {resource_id} nor that there is none"
            raise NoAnswer(said, operation=self.reading(resource_id).title, request_id=answer.request_id)
        return found[0] if found else None

    def listing(self, name: str | None = None) -> ListWorkspaces:
        return ListWorkspaces(name=name)

    def updating(self, resource_id: Id, values: Mapping[str, Any]) -> UpdateWorkspace:
        return UpdateWorkspace(workspace_id=str(resource_id), name=self.name, **values)
