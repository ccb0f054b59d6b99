"""Nodes of the newer DataStudio: one step of work each, in a workflow or on its own (API 2024-05-18).

The vendor publishes no code for one that does not exist, so the list has to tell. That names are unique in a workspace
is the vendor's guide; that a list without ``ContainerId`` shows the nodes of workflows too is assumed.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.service import Read2024, WireId, time_of
from airflow_provider_cloudflows.services.dataworks.update_node import UpdateNode
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["CreatedNode", "GetNode", "ListNodes", "Node", "NodeResource"]


class Node(RpcModel):
    """One node. A read by its id shows ``spec``, the FlowSpec document as text.

    :param task_id: what was published of it.
    """

    id: Annotated[str, Required]
    name: str | None = None
    description: str | None = None
    owner: str | None = None
    project_id: int | None = None
    spec: str | Document | None = None
    task_id: int | None = None
    create_time: int | None = None
    modify_time: int | None = None


class NodeDetails(RpcResponse):
    """:param node: the node."""

    node: Node


class GetNode(Read2024, RpcRequest, Call[NodeDetails]):
    """Read one node by its id."""

    operation: ClassVar[str] = "GetNode"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId | None = None
    id: Annotated[str, Required]


class NodePageInfo(RpcModel):
    nodes: list[Node] = Field(default_factory=list)
    total_count: int | None = None


class NodePage(RpcResponse):
    """:param paging_info: one page of nodes; its numbers travel as texts."""

    paging_info: NodePageInfo


class ListNodes(Read2024, RpcRequest, PageNumbers[NodePage, Node]):
    """List the nodes of a workspace, or of a workflow.

    :param name: filter; nothing says that it is exact: compare the names that come back.
    :param container_id: only those in this workflow.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListNodes"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    name: str | None = None
    container_id: str | None = None
    scene: Literal["DataworksProject", "DataworksManualWorkflow", "DataworksManualTask"] | None = None
    recurrence: Literal["Normal", "Pause", "Skip"] | None = None
    rerun_mode: Literal["Allowed", "FailureAllowed", "Denied"] | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: NodePage) -> list[Node]:
        return response.paging_info.nodes

    def total(self, response: NodePage) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: Node) -> str:
        return item.id


class CreatedNode(RpcResponse):
    """:param id: id of the new node, the digits of a number."""

    id: Annotated[str, Required]


class Done(RpcResponse):
    """An answer that says no more than that it worked."""


class NodeResource(Resource):
    """A node, by its name in its workspace and workflow."""

    title = "node"
    item_type = Node
    name_field = "name"
    id_field = "id"
    told_by = ("name",)
    compared = ("spec",)
    updatable = ("spec",)

    def reading(self, resource_id: Id) -> GetNode:
        return GetNode(project_id=self.identity["project_id"], id=str(resource_id))

    def item_of(self, answer: NodeDetails, resource_id: Id) -> Node:
        return answer.node

    def listing(self, name: str | None = None) -> ListNodes:
        place = {"project_id": self.identity["project_id"], "container_id": self.identity.get("container_id")}
        return ListNodes(**place, name=name)

    def updating(self, resource_id: Id, values: Mapping[str, Any]) -> UpdateNode:
        return UpdateNode(project_id=self.identity["project_id"], id=str(resource_id), **values)

    def born(self, item: Node) -> str | None:
        return time_of(item.create_time)
