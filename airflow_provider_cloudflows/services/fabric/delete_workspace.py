"""The request that deletes a DataArts Fabric workspace, apart from all that only a run needs."""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.calls.rest import RestRequest
from airflow_provider_cloudflows.services.fabric.service import OnFabric, WorkspaceId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.services.fabric.workspace import Deleted, WorkspaceResource  # noqa: F401 - a text names the answer
    from airflow_provider_cloudflows.transport.message import Reply

__all__ = ["DeleteWorkspace"]


class DeleteWorkspace(OnFabric, RestRequest, Removal["Deleted"]):
    """Delete a workspace; refused while it holds compute resources, endpoints or applications.

    :param workspace_id: its id.
    """

    operation: ClassVar[str] = "DeleteWorkspace"
    method: ClassVar[str] = "DELETE"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}"
    id_field: ClassVar[str] = "workspace_id"

    workspace_id: WorkspaceId

    def empty_answer(self, reply: "Reply") -> "Document | None":
        return {} if reply.status < 300 else None

    @classmethod
    def resource_type(cls) -> "type[WorkspaceResource]":
        from airflow_provider_cloudflows.services.fabric.workspace import WorkspaceResource  # no DAG file needs it

        return WorkspaceResource

    def resource(self) -> "WorkspaceResource":
        return self.resource_type()({})
