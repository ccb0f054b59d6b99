"""The request that deletes a node, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.node import Done, NodeResource  # noqa: F401 - a text names the answer

__all__ = ["DeleteNode"]


class DeleteNode(OnDataWorks2024, RpcRequest, Removal["Done"]):
    """Delete a node (vendor page *DeleteNode*).

    :param project_id: id of the DataWorks workspace.
    :param id: id of the node.
    """

    operation: ClassVar[str] = "DeleteNode"
    id_field: ClassVar[str] = "id"

    project_id: WireId
    id: Annotated[str, Required]

    @classmethod
    def resource_type(cls) -> "type[NodeResource]":
        from airflow_provider_cloudflows.services.dataworks.node import NodeResource  # no DAG file needs it

        return NodeResource

    def resource(self) -> "NodeResource":
        return self.resource_type()({"project_id": self.project_id})
