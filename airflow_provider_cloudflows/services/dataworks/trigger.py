"""Nodes of DataWorks that were triggered from outside, by either API version.

The schedule makes an instance of such a node, which waits for its trigger. An answer to a trigger names no instance, so
it is told by what the caller chose: the node, the business date, and the cycle time, which is its id here. One that
shows that it has begun was triggered, by whomever. One that waits says nothing: a trigger is kept for 24 hours while
what comes before the node still runs. A second trigger has no effect, by the vendor's page, so it may be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome, States
from airflow_provider_cloudflows.services.dataworks.instance import Instance, ListInstances, StopInstance
from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse
from airflow_provider_cloudflows.services.dataworks.task_instance import ListTaskInstances, TaskInstance, stop_of

__all__ = ["InstanceOfNode", "Triggered", "TriggeredNode", "TriggeredTask"]

NOT_BEGUN = frozenset({"notrun", "waittime", "waittrigger"})
"""States of an instance that waits, triggered or not; the versions differ in case and ``_``."""


BY_SCHEDULE = "DAILY"
"""What the older version calls a run of the schedule; a backfill has instances of the same cycle times."""


class Triggered(RpcResponse):
    """:param success: true; an answer that says otherwise is a refusal."""

    success: bool | None = None


class InstanceOfNode(RpcModel):
    """What either version shows of the instance.

    :param cycle_time: when the schedule lets it run, in milliseconds.
    :param status: in the version's own word; None while no list shows the instance.
    """

    cycle_time: int | None = None
    instance_id: int | None = None
    node_name: str | None = None
    status: str | None = None

    @classmethod
    def of(cls, one: Instance | TaskInstance) -> InstanceOfNode:
        """Return what is common to both versions."""
        if isinstance(one, Instance):
            found = {"instance_id": one.instance_id, "node_name": one.node_name, "cycle_time": one.cyc_time}
        else:
            found = {"instance_id": one.id, "node_name": one.task_name, "cycle_time": one.trigger_time}
        return cls(**found, status=one.status)

    @property
    def has_begun(self) -> bool:
        """Whether it was triggered for certain."""
        return (self.status or "NotRun").replace("_", "").casefold() not in NOT_BEGUN


class NodesInstances(ListInstances):
    """The list of the older version, of which the instance counts that the schedule made for one cycle time.

    That the list keeps to what it was asked for is not believed of what shows otherwise.

    :param cycle_time: that time, in milliseconds; it does not travel, as the next one.
    :param begun: it counts only when it has begun.
    """

    cycle_time: int = Field(exclude=True)
    begun: bool = Field(default=False, exclude=True)

    def together(self, items: list[Instance]) -> list[Any]:
        mine = [one for one in items if one.dag_type in (None, BY_SCHEDULE) and one.node_id in (None, self.node_id)]
        return _counting(mine, self.cycle_time, self.begun)


class TasksInstances(ListTaskInstances):
    """The same of the newer version."""

    cycle_time: int = Field(exclude=True)
    begun: bool = Field(default=False, exclude=True)

    def together(self, items: list[TaskInstance]) -> list[Any]:
        kinds = (None, self.workflow_instance_type)
        mine = [one for one in items if one.workflow_instance_type in kinds and one.task_id in (None, self.task_id)]
        return _counting(mine, self.cycle_time, self.begun)


def _counting(items: list[Any], cycle_time: int, begun: bool) -> list[InstanceOfNode]:
    found = (InstanceOfNode.of(one) for one in items)
    return [one for one in found if one.cycle_time == cycle_time and (one.has_begun or not begun)]


class TriggeredInstance(Resource):
    """Base of both: the instance, by its cycle time."""

    title = "instance of the cycle time"
    item_type = InstanceOfNode
    name_field = id_field = "cycle_time"
    told_by = ("cycle_time",)
    states = States(good={"Success"}, bad={"Failure"})
    ends = True
    is_on_a_page = True
    list_type: ClassVar[type[NodesInstances | TasksInstances]]

    def place(self) -> dict[str, Any]:
        """Return what the list is asked for."""
        raise NotImplementedError

    def reading(self, resource_id: Id) -> Call[Any]:
        return self.list_type(**self.place(), cycle_time=int(resource_id))

    def item_of(self, answer: Any, resource_id: Id) -> InstanceOfNode | None:
        """Return the instance, where this page shows it."""
        request: Any = self.reading(resource_id)
        return next(iter(request.together(request.items(answer))), None)

    def on_no_page(self, resource_id: Id) -> InstanceOfNode:
        """Return that nothing is known of the instance while no list shows it."""
        return InstanceOfNode(cycle_time=int(resource_id))

    def listing(self, name: str | None = None) -> Pages[Any, Any]:
        return self.list_type(**self.place(), cycle_time=self.identity["cycle_time"], begun=True)

    def is_match(self, item: Any) -> bool:
        return bool(item.cycle_time == self.identity["cycle_time"])

    def parts(self, resource_id: Id) -> Iterator[Pages[Any, Any]]:
        """What stops it wants the id of the instance, which the list shows."""
        yield self.list_type(**self.place(), cycle_time=int(resource_id))


class TriggeredTask(TriggeredInstance):
    """By the newer version."""

    list_type = TasksInstances

    def place(self) -> dict[str, Any]:
        return {
            "project_id": self.identity["project_id"],
            "task_id": self.identity["task_id"],
            "bizdate": self.identity["biz_date"],
            "project_env": self.identity["env_type"],
            "workflow_instance_type": "Normal",
        }

    def stopping(self, part: Any) -> Call[PerIdResponse] | None:
        return None if self.outcome_of(part) is not Outcome.RUNNING else stop_of(part.instance_id)

    def objection_in(self, answer: PerIdResponse) -> str:
        """Return what the answer says beside the id."""
        return "; ".join(f"{number}: {one.message}" for number, one in answer.success_info.items() if not one.success)


class TriggeredNode(TriggeredInstance):
    """By the older version."""

    list_type = NodesInstances

    def place(self) -> dict[str, Any]:
        return {name: self.identity[name] for name in ("project_id", "project_env", "node_id", "bizdate")}

    def stopping(self, part: Any) -> StopInstance | None:
        if self.outcome_of(part) is not Outcome.RUNNING:
            return None
        return StopInstance(instance_id=part.instance_id, project_env=self.identity["project_env"])
