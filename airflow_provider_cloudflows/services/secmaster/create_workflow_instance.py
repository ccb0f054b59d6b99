"""The request that runs a SecMaster workflow, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import model_serializer

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.secmaster.service import Enveloped, Identifier, WorkspaceRequest

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.secmaster.workflow_instance import (
        CreatedWorkflowInstance,
        WorkflowInstanceResource,
    )

__all__ = ["CreateWorkflowInstance"]


class CreateWorkflowInstance(Enveloped, WorkspaceRequest, Creation["CreatedWorkflowInstance"]):
    """Run a workflow (the official SDK's *create_workflow_instance*); the answer comes before the run ends.

    The request may carry an ``action_instance_id`` of the caller's. Whether the service honours one is not known, so
    none is sent, and a lost run is looked for in the list.

    :param workflow_id: the workflow.
    :param dataclass_name: data class of the object that the workflow works on; sent where it or ``content`` is given.
    :param content: the object, as the workflow's inputs need it.
    """

    operation: ClassVar[str] = "CreateWorkflowInstance"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}/instances"

    workflow_id: Identifier
    dataclass_name: Annotated[str, Required] | None = None
    content: Document | None = None

    @model_serializer(mode="plain")
    def _as_it_travels(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            "workspace_id": self.workspace_id,
            "workflow_id": self.workflow_id,
            "command_type": "ActionInstanceRunCommand",
            "action_type": "workflow",
            "action_id": self.workflow_id,
        }
        if self.project_id is not None:
            values["project_id"] = self.project_id
        data_object: dict[str, Any] = {}
        if self.content is not None:
            data_object["content"] = self.content
        if self.dataclass_name is not None:
            data_object["dataclass"] = {"name": self.dataclass_name}
        return values | ({"playbook_context": {"data_object": data_object}} if data_object else {})

    @classmethod
    def resource_type(cls) -> "type[WorkflowInstanceResource]":
        from airflow_provider_cloudflows.services.secmaster.workflow_instance import WorkflowInstanceResource

        return WorkflowInstanceResource

    def resource(self) -> "WorkflowInstanceResource":
        identity = {"workflow_id": self.workflow_id, "workspace_id": self.workspace_id}
        return self.resource_type()(identity, caller={"project_id": self.project_id})

    def made_id(self, answer: "CreatedWorkflowInstance") -> str:
        return answer.action_instance_id
