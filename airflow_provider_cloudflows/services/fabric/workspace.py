"""DataArts Fabric workspaces (vendor page *Creating a Workspace*). There is no "show": list with ``id``."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast

from pydantic import BeforeValidator, ConfigDict, Field

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document, Response, Wire
from airflow_provider_cloudflows.calls.resource import Creation, Id, Resource, expected
from airflow_provider_cloudflows.calls.rest import Offsets
from airflow_provider_cloudflows.calls.rules import Required, matches
from airflow_provider_cloudflows.errors import NoAnswer
from airflow_provider_cloudflows.services.fabric.service import FabricRequest
from airflow_provider_cloudflows.transport.message import Reply
from airflow_provider_cloudflows.transport.outcome import Effect

__all__ = ["CreateWorkspace", "ListWorkspaces", "ResourceTag", "UpdateWorkspace", "Workspace", "WorkspacePage"]

# The page prints the backslash; the vendor's tag service allows a slash elsewhere, so it may be a misprint.
TAG_TEXT = r"[A-Za-z0-9 \t_.:\\=+\-@]"

TAG_RULE = "letters, digits, spaces, tabs and _ . : \\ = + - @"


WorkspaceId = Annotated[str, matches(r"[A-Za-z0-9-]{1,36}", "an id has 1 to 36 letters, digits and hyphens")]


class ResourceTag(Wire):
    """A resource tag.

    :param key: 1 to 128 characters.
    :param value: at most 255 characters.
    """

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, matches(TAG_TEXT + r"{1,128}", f"a tag key has 1 to 128 characters: {TAG_RULE}")]
    value: (
        Annotated[str, matches(TAG_TEXT + r"{0,255}", f"a tag value has at most 255 characters: {TAG_RULE}")] | None
    ) = None


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


class ListWorkspaces(FabricRequest, Offsets[WorkspacePage, Workspace]):
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


class UpdateWorkspace(FabricRequest, Call[Workspace]):
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


class DeleteWorkspace(FabricRequest, Call[Deleted]):
    """Delete a workspace."""

    operation: ClassVar[str] = "DeleteWorkspace"
    method: ClassVar[str] = "DELETE"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    workspace_id: WorkspaceId

    def empty_answer(self, reply: Reply) -> Document | None:
        return {} if reply.status < 300 else None


class WorkspaceResource(Resource):
    """A workspace of the account; its name is unique there."""

    title = "workspace"
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

    def deleting(self, resource_id: Id) -> DeleteWorkspace:
        return DeleteWorkspace(workspace_id=str(resource_id))


def _as_list(tags: Any) -> Any:
    return [{"key": key, "value": value} for key, value in tags.items()] if isinstance(tags, dict) else tags


Tags = Annotated[list[ResourceTag], BeforeValidator(_as_list)]


class CreateWorkspace(FabricRequest, Creation[Workspace]):
    """Create a workspace (vendor page *Creating a Workspace*); synchronous.

    :param name: 4 to 32 letters, digits and hyphens; unique in the account.
    :param description: at most 255 characters.
    :param metastore_id: id of a LakeFormation instance.
    :param enterprise_project_id: the vendor's default is ``0``.
    :param tags: resource tags, as a list of key and value or as one mapping; documented, though the official SDK
        cannot send them.
    """

    operation: ClassVar[str] = "CreateWorkspace"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/workspaces"
    effect: ClassVar[Effect] = Effect.CREATE
    resource_type: ClassVar[type[Resource]] = WorkspaceResource

    name: Annotated[str, matches(r"[A-Za-z0-9-]{4,32}", "a name has 4 to 32 letters, digits and hyphens")]
    description: Annotated[str, matches(r"(?s).{0,255}", "a description has at most 255 characters")] | None = None
    metastore_id: (
        Annotated[
            str,
            matches(r"[A-Za-z0-9-]{32,36}", "a metastore id has 32 to 36 letters, digits and hyphens"),
        ]
        | None
    ) = None
    enterprise_project_id: (
        Annotated[
            str,
            matches(r"[A-Za-z0-9-]{1,64}", "an enterprise project id has 1 to 64 letters, digits and hyphens"),
        ]
        | None
    ) = None
    tags: Tags | None = None

    def resource(self) -> WorkspaceResource:
        return WorkspaceResource({"name": self.name})

    def made_id(self, answer: Workspace) -> str:
        return answer.id

    def expected(self, resource_id: Id) -> Workspace:
        return cast("Workspace", expected(Workspace, self, id=resource_id))
