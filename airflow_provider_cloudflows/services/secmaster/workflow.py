"""SecMaster workflows (vendor page *Creating a Workflow*)."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Response, Wire
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rest import Offsets
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.secmaster.service import EnvelopeRequest, Identifier, Limit, Offset
from airflow_provider_cloudflows.transport.outcome import Effect

__all__ = [
    "CreateWorkflow",
    "ListWorkflows",
    "ShowWorkflow",
    "UpdateWorkflow",
    "Workflow",
    "WorkflowAnswer",
    "WorkflowPage",
]


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
