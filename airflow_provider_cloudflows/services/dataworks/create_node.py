"""The request that creates a node, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from airflow_provider_cloudflows.calls.resource import Creation, Differences
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks import flow_spec
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.node import CreatedNode, NodeResource

__all__ = ["CreateNode"]


class CreateNode(OnDataWorks2024, RpcRequest, Creation["CreatedNode"]):
    """Create a node (vendor page *CreateNode*).

    :param project_id: id of the DataWorks workspace.
    :param scene: ``DATAWORKS_PROJECT`` for what is scheduled, ``DATAWORKS_MANUAL_WORKFLOW`` for a node of a manual
        workflow, ``DATAWORKS_MANUAL_TASK`` for a node that is run by hand.
    :param container_id: id of the definition of the workflow that it is in.
    :param spec: FlowSpec document with one node.
    """

    operation: ClassVar[str] = "CreateNode"

    project_id: WireId
    scene: Literal["DATAWORKS_PROJECT", "DATAWORKS_MANUAL_WORKFLOW", "DATAWORKS_MANUAL_TASK"]
    container_id: Annotated[str, Required] | None = None
    spec: flow_spec.NodeSpec

    @classmethod
    def resource_type(cls) -> "type[NodeResource]":
        from airflow_provider_cloudflows.services.dataworks.node import NodeResource  # no DAG file looks for one

        return NodeResource

    def resource(self) -> "NodeResource":
        place = {"project_id": self.project_id, "container_id": self.container_id}
        return self.resource_type()({"name": flow_spec.name_in(self.spec), **place})

    def made_id(self, answer: "CreatedNode") -> str:
        return answer.id

    def differences(self, item: Any) -> Differences:
        return flow_spec.differences(self.spec, item.spec)
