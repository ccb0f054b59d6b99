"""What DataWorks ran of one node, or of a business, for a business date, by API version 2020-05-18.

The older version lists the instances of nodes alone, and asks for a business by its name, which no instance shows. What
kind of run an instance belongs to is compared here, since the list is not asked for it.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from airflow_provider_cloudflows.services.dataworks.instance import Instance, InstanceList, ListInstances
from airflow_provider_cloudflows.services.dataworks.instance_types import DAG_TYPES
from airflow_provider_cloudflows.services.dataworks.scheduled_instances import InstancesOfDate, OfDate, grouped

__all__ = ["BusinessByName", "NodeById", "NodeByName"]


class NodesOfDate(ListInstances):
    """The list, an item for each node.

    :param key_field: what tells the nodes apart; it does not travel, as the next one.
    :param instance_type: the kind of run that counts, in the newer version's word.
    """

    key_field: str = Field(exclude=True)
    instance_type: str = Field(exclude=True)

    def items(self, response: InstanceList) -> list[Any]:
        return grouped(self.key_field, self.counting(response))

    def counting(self, response: InstanceList) -> list[Instance]:
        """Return the instances of that kind of run."""
        wanted = DAG_TYPES.get(self.instance_type, (self.instance_type,))
        return [one for one in super().items(response) if one.dag_type in wanted]

    def key_of(self, item: Any) -> Any:
        return item.key


class BusinessOfDate(NodesOfDate):
    """The list of one business, all of whose nodes are one item."""

    def items(self, response: InstanceList) -> list[Any]:
        found = self.counting(response)
        return [InstancesOfDate.of(self.biz_name or "", found)] if found else []


class OfNode(OfDate):
    """Base of them."""

    listed_by = NodesOfDate

    def shown_by(self, answer: InstanceList) -> int:
        return len(answer.data.instances)

    def _of_date(self) -> dict[str, Any]:
        place = {name: self.identity[name] for name in ("project_id", "bizdate", "instance_type")}
        return {**place, "key_field": self.key_field}


class NodeById(OfNode):
    """The instances of a node, by its id."""

    title = "what ran of node"
    key_field = filter_field = "node_id"


class NodeByName(OfNode):
    """The instances of a node, by its name."""

    title = "what ran of node"
    key_field = filter_field = "node_name"


class BusinessByName(OfNode):
    """The instances of all nodes of a business, or of a manual flow, by its name."""

    title = "what ran of business"
    listed_by = BusinessOfDate
    key_field = filter_field = "biz_name"

    def watching(self) -> None:
        """No list shows whose instances are whose."""
        return
