"""The request that changes a node, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from airflow_provider_cloudflows.calls.resource import Change
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.flow_spec import NodeChange
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.node import Done, NodeResource  # noqa: F401 - a text names the answer

__all__ = ["UpdateNode"]


class UpdateNode(OnDataWorks2024, RpcRequest, Change["Done"]):
    """Change a node; what the document leaves out stays (vendor page *UpdateNode*).

    :param project_id: id of the DataWorks workspace.
    :param id: id of the node.
    :param spec: FlowSpec document with one node.
    """

    operation: ClassVar[str] = "UpdateNode"
    id_field: ClassVar[str] = "id"

    project_id: WireId
    id: Annotated[str, Required]
    spec: NodeChange

    @classmethod
    def resource_type(cls) -> "type[NodeResource]":
        from airflow_provider_cloudflows.services.dataworks.node import NodeResource  # no DAG file needs it

        return NodeResource

    def resource(self) -> "NodeResource":
        return self.resource_type()({"project_id": self.project_id})
