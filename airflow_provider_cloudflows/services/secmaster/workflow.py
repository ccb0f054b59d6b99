"""SecMaster workflows (vendor page *Creating a Workflow*)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Wire
from airflow_provider_cloudflows.calls.pages import Offsets
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.secmaster.service import (
    Enveloped,
    Identifier,
    Limit,
    Offset,
    WorkspaceRequest,
)
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["ListWorkflows", "ShowWorkflow", "UpdateWorkflow", "Workflow", "WorkflowAnswer", "WorkflowPage"]


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
    creator_id: str | None = None
    creator_name: str | None = None
    create_time: str | None = None
    update_time: str | None = None


class WorkflowAnswer(Response):
    """:param data: the workflow."""

    data: Workflow


class ShowWorkflow(Enveloped, WorkspaceRequest, Call[WorkflowAnswer]):
    """Read one workflow by its id."""

    operation: ClassVar[str] = "ShowWorkflow"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}"
    effect: ClassVar[Effect] = Effect.READ

    workflow_id: Identifier


class WorkflowPage(Response):
    """:param data: one page of workflows."""

    data: list[Workflow] = Field(default_factory=list)
    total: int | None = None


class ListWorkflows(Enveloped, WorkspaceRequest, Offsets[WorkflowPage, Workflow]):
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

    def total(self, response: WorkflowPage) -> int | None:
        return response.total

    def key_of(self, item: Workflow) -> str:
        return item.id


class UpdateWorkflow(Enveloped, WorkspaceRequest, Call[WorkflowAnswer]):
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


class DeletedWorkflow(Response):
    """:param data: the workflow that was, where the service shows it."""

    data: Workflow | None = None


class WorkflowResource(Resource):
    """A workflow; names are not known to be unique in a workspace."""

    title = "workflow"
    item_type = Workflow
    name_field = "name"
    id_field = "id"
    told_by = ("name",)
    compared = ("description", "labels", "aop_type", "engine_type", "dataclass_id")
    updatable = ("description", "labels")
    gone_codes = frozenset({"SecMaster.20040611"})
    born_field = "create_time"
    creator_fields = ("creator_id", "creator_name")

    def reading(self, resource_id: Id) -> ShowWorkflow:
        return ShowWorkflow(**self._workspace(), workflow_id=str(resource_id))

    def item_of(self, answer: WorkflowAnswer, resource_id: Id) -> Workflow:
        return answer.data

    def listing(self, name: str | None = None) -> ListWorkflows:
        return ListWorkflows(**self._workspace(), name=name)

    def updating(self, resource_id: Id, values: Mapping[str, Any]) -> UpdateWorkflow:
        return UpdateWorkflow(**self._workspace(), workflow_id=str(resource_id), **values)

    def _workspace(self) -> dict[str, Any]:
        return {"workspace_id": self.identity["workspace_id"], **self.caller}
