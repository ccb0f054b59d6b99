"""SecMaster: workflows, workspaces and data classes.

Vendor page: *Creating a Workflow*. Workflow calls answer with an envelope (``code``, ``message``, ``success``,
``request_id``, ``data``), the others do not; a missing thing is an HTTP 400 with a code of its own. No call takes an
idempotency token.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.errors import CloudError, InvalidRequest, NotFound, ServerError
from airflow_provider_cloudflows.services.base import (
    Call,
    Creation,
    Document,
    Required,
    Response,
    Service,
    Wire,
    matches,
)
from airflow_provider_cloudflows.services.rest import (
    GATEWAY_ERRORS,
    Offsets,
    RestRequest,
    document_refusal,
    make_refusal,
    regional_host,
)
from airflow_provider_cloudflows.transport.message import Reply
from airflow_provider_cloudflows.transport.outcome import Effect, Refusal

__all__ = [
    "SECMASTER",
    "CreateWorkflow",
    "DataClass",
    "DataClassPage",
    "ListDataClasses",
    "ListWorkflows",
    "ListWorkspaces",
    "ShowWorkflow",
    "ShowWorkspace",
    "UpdateWorkflow",
    "Workflow",
    "WorkflowAnswer",
    "WorkflowPage",
    "Workspace",
    "WorkspaceAnswer",
    "WorkspacePage",
]

ERRORS: Mapping[str, type[CloudError]] = {
    **GATEWAY_ERRORS,
    "SecMaster.20010001": NotFound,
    "SecMaster.20011003": NotFound,
    "SecMaster.20030001": InvalidRequest,
    "SecMaster.20030002": NotFound,
    "SecMaster.20030003": InvalidRequest,
    "SecMaster.20039999": ServerError,
    "SecMaster.20040000": ServerError,
    "SecMaster.20040605": NotFound,
    "SecMaster.20040611": NotFound,
    "SecMaster.20041001": NotFound,
    "SecMaster.20048004": NotFound,
}

SECMASTER = Service("secmaster", "SecMaster", regional_host("secmaster", "SecMaster"), ERRORS)

Identifier = Annotated[
    str, matches(r"[A-Za-z0-9_-]{1,64}", "an id has 1 to 64 letters, digits, hyphens and underscores")
]
Limit = Annotated[int, Field(ge=1, le=100)]
Offset = Annotated[int, Field(ge=0, le=10_000)]


class SecMasterRequest(RestRequest):
    """:param project_id: the caller's project when it is None."""

    service: ClassVar[Service] = SECMASTER

    project_id: Identifier | None = None


class WorkspaceRequest(SecMasterRequest):
    """:param workspace_id: the SecMaster workspace to work in."""

    workspace_id: Identifier


class EnvelopeRequest(WorkspaceRequest):
    """A call whose answer says in its body whether it succeeded."""

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """HTTP below 300 *and* ``success`` *and* ``code`` ``00000000``; the official SDK looks at the first only."""
        refusal = document_refusal(reply, document)
        if refusal is not None or reply.status >= 300:
            return refusal
        if document.get("success") is False or document.get("code", "00000000") != "00000000":
            return make_refusal(reply, document, document.get("code"), document.get("message"))
        return None


class Workflow(Wire):
    """One workflow; an empty text stands for "unset". Times look like ``2025-07-18T14:44:46.735Z+0800``."""

    id: Annotated[str, Required]
    name: str | None = None
    description: str | None = None
    aop_type: str | None = None
    engine_type: str | None = None
    dataclass_id: str | None = None
    dataclass_name: str | None = None
    labels: str | None = None
    enabled: bool | None = None
    version_id: str | None = None
    project_id: str | None = None
    workspace_id: str | None = None
    create_time: str | None = None
    update_time: str | None = None


class WorkflowAnswer(Response):
    """:param data: the workflow."""

    data: Workflow


class ShowWorkflow(EnvelopeRequest, Call[WorkflowAnswer]):
    """Read one workflow by its id."""

    operation: ClassVar[str] = "ShowWorkflow"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}"
    effect: ClassVar[Effect] = Effect.READ

    workflow_id: Identifier


class WorkflowPage(Response):
    """:param data: one page of workflows."""

    data: list[Workflow] = Field(default_factory=list)
    total: int = 0


class ListWorkflows(EnvelopeRequest, Offsets[WorkflowPage, Workflow]):
    """List the workflows of a workspace.

    :param name: filter; whether it is exact or fuzzy is not documented: compare the names that come back.
    :param limit: 1 to 100.
    """

    operation: ClassVar[str] = "ListWorkflows"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows"
    effect: ClassVar[Effect] = Effect.READ

    name: str | None = None
    description: str | None = None
    enabled: bool | None = None
    aop_type: str | None = None
    dataclass_id: str | None = None
    dataclass_name: str | None = None
    order: Literal["ASC", "DESC"] | None = None
    sortby: Literal["create_time", "update_time"] | None = None
    offset: Offset = 0
    limit: Limit = 100

    def items(self, response: WorkflowPage) -> list[Workflow]:
        return response.data

    def total(self, response: WorkflowPage) -> int:
        return response.total


class DataClass(Wire):
    """A kind of object that workflows handle, for example ``Alert``."""

    id: Annotated[str, Required]
    name: str | None = None
    business_code: str | None = None
    is_built_in: bool | None = None


class DataClassPage(Response):
    """:param dataclass_details: one page of data classes."""

    dataclass_details: list[DataClass] = Field(default_factory=list)
    total: int = 0


class ListDataClasses(WorkspaceRequest, Offsets[DataClassPage, DataClass]):
    """List the data classes of a workspace.

    :param name: filter; whether it is exact is not documented: compare the names that come back.
    """

    operation: ClassVar[str] = "ListDataClasses"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/dataclasses"
    effect: ClassVar[Effect] = Effect.READ

    name: str | None = None
    business_code: str | None = None
    description: str | None = None
    is_built_in: bool | None = None
    offset: Offset = 0
    limit: Limit = 100

    def items(self, response: DataClassPage) -> list[DataClass]:
        return response.dataclass_details

    def total(self, response: DataClassPage) -> int:
        return response.total


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
    count: int = 0


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

    def total(self, response: WorkspacePage) -> int:
        return response.count


class UpdateWorkflow(EnvelopeRequest, Call[WorkflowAnswer]):
    """Change a workflow; engine, type and data class are fixed when it is created."""

    operation: ClassVar[str] = "UpdateWorkflow"
    method: ClassVar[str] = "PUT"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    workflow_id: Identifier
    name: str | None = None
    description: str | None = None
    labels: str | None = None
    enabled: bool | None = None
    version_id: str | None = None


class CreateWorkflow(EnvelopeRequest, Creation[WorkflowAnswer]):
    """Create a workflow (vendor page *Creating a Workflow*); it starts disabled and without a version.

    :param name: name.
    :param engine_type: ``public_engine`` is the only value that the vendor publishes; others are passed on.
    :param aop_type: general, investigation, containment or mitigation, in the vendor's words below.
    :param dataclass_id: data class it works on; ids differ in every workspace, see :class:`ListDataClasses`.
    :param description: free text.
    :param labels: entity type.
    """

    operation: ClassVar[str] = "CreateWorkflow"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows"
    effect: ClassVar[Effect] = Effect.CREATE
    identified_by: ClassVar[tuple[str, ...]] = ("name", "workspace_id", "project_id")
    compared: ClassVar[tuple[str, ...]] = ("description", "labels", "aop_type", "engine_type", "dataclass_id")
    updatable: ClassVar[tuple[str, ...]] = ("description", "labels")

    name: Annotated[str, Required]
    engine_type: Annotated[str, Required] = "public_engine"
    aop_type: Literal["NORMAL", "SURVEY", "HEMOSTASIS", "EASE"]
    dataclass_id: Identifier
    description: str | None = None
    labels: Literal["IP", "ACCOUNT", "DOMAIN"] | None = None

    def made_id(self, answer: WorkflowAnswer) -> str:
        return answer.data.id

    def search(self) -> ListWorkflows:
        return ListWorkflows(**self._workspace(), name=self.name)

    def is_match(self, item: Workflow) -> bool:
        return item.name == self.name

    def id_of(self, item: Workflow) -> str:
        return item.id

    def reading(self, resource_id: int | str) -> ShowWorkflow:
        return ShowWorkflow(**self._workspace(), workflow_id=str(resource_id))

    def item_of(self, answer: WorkflowAnswer) -> Workflow:
        return answer.data

    def listing_of(self, resource_id: int | str) -> ListWorkflows:
        return ListWorkflows(**self._workspace())

    def updating(self, resource_id: int | str, changes: list[str]) -> UpdateWorkflow:
        values = {name: getattr(self, name) for name in changes}
        return UpdateWorkflow(**self._workspace(), workflow_id=str(resource_id), **values)

    def _workspace(self) -> dict[str, Any]:
        return {"project_id": self.project_id, "workspace_id": self.workspace_id}
