"""The request that deletes a DataArts Fabric endpoint, apart from all that only a run needs."""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.services.fabric.service import FabricWorkspaceRequest, Identifier

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.services.fabric.endpoint import Deleted, EndpointResource  # noqa: F401 - a text names the answer
    from airflow_provider_cloudflows.transport.message import Reply

__all__ = ["DeleteEndpoint"]


class DeleteEndpoint(FabricWorkspaceRequest, Removal["Deleted"]):
    """Delete an endpoint (the official SDK's *delete_endpoint*); the answer comes before it is gone.

    :param endpoint_id: its id.
    """

    operation: ClassVar[str] = "DeleteEndpoint"
    method: ClassVar[str] = "DELETE"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/endpoints/{endpoint_id}"
    id_field: ClassVar[str] = "endpoint_id"

    endpoint_id: Identifier

    def empty_answer(self, reply: "Reply") -> "Document | None":
        return {} if reply.status < 300 else None

    @classmethod
    def resource_type(cls) -> "type[EndpointResource]":
        from airflow_provider_cloudflows.services.fabric.endpoint import EndpointResource  # no DAG file needs it

        return EndpointResource

    def resource(self) -> "EndpointResource":
        from airflow_provider_cloudflows.services.fabric.endpoint import LeavingEndpoint

        return LeavingEndpoint({"workspace_id": self.workspace_id})
