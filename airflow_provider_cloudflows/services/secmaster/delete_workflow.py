"""The request that deletes a SecMaster workflow, apart from all that only a run needs."""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.services.secmaster.service import Enveloped, Identifier, WorkspaceRequest

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.secmaster.workflow import DeletedWorkflow, WorkflowResource  # noqa: F401 - a text names the answer

__all__ = ["DeleteWorkflow"]


class DeleteWorkflow(Enveloped, WorkspaceRequest, Removal["DeletedWorkflow"]):
    """Delete a workflow (vendor page *Deleting a Workflow*); its answer shows what was deleted.

    :param workflow_id: its id.
    """

    operation: ClassVar[str] = "DeleteWorkflow"
    method: ClassVar[str] = "DELETE"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/{workflow_id}"
    id_field: ClassVar[str] = "workflow_id"

    workflow_id: Identifier

    @classmethod
    def resource_type(cls) -> "type[WorkflowResource]":
        from airflow_provider_cloudflows.services.secmaster.workflow import WorkflowResource  # no DAG file needs it

        return WorkflowResource

    def resource(self) -> "WorkflowResource":
        return self.resource_type()({"workspace_id": self.workspace_id}, caller={"project_id": self.project_id})
