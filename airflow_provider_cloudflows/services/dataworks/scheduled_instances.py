"""What DataWorks ran of one workflow, or of one task, for a business date: what others wait for.

The instances come to be when the schedule makes them, there may be several of one date (one an hour, for example), and
a name filter is loose. So they are read as one thing, which is good when there are some and all have succeeded, and
which goes on while there is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import AmbiguousMatch
from airflow_provider_cloudflows.services.dataworks.instance import Instance
from airflow_provider_cloudflows.services.dataworks.task_instance import (
    ListTaskInstances,
    TaskInstance,
    TaskInstanceList,
)
from airflow_provider_cloudflows.services.dataworks.workflow_instance import (
    INSTANCE_STATES,
    ListWorkflowInstances,
    WorkflowInstance,
    WorkflowInstanceList,
)

__all__ = ["InstancesOfDate", "OfDate", "TaskById", "TaskByName", "WorkflowById", "WorkflowByName", "grouped"]

DAY = 24 * 3600 * 1000

NOT_YET = "not there yet"
"""Stands for the state while there is no instance."""


class InstancesOfDate(RpcModel):
    """The instances of one workflow or task.

    :param key: its id or name.
    :param states: the state of each instance, by its id.
    """

    key: int | str
    states: dict[int, str]

    @classmethod
    def of(cls, key: Id, instances: Iterable[WorkflowInstance | TaskInstance | Instance]) -> InstancesOfDate:
        """Return what ``instances`` show together."""
        return cls(key=key, states={one.id: one.status or "" for one in instances})

    @property
    def status(self) -> str:
        """The state that counts: of one that failed, else of one that is not over, else that of all."""
        states = self.states.values()
        bad = [one for one in states if INSTANCE_STATES.outcome(one) is Outcome.BAD]
        going_on = [one for one in states if INSTANCE_STATES.outcome(one) is Outcome.RUNNING]
        return next(iter([*bad, *going_on, *self.states.values()]), NOT_YET)

    @property
    def failed(self) -> str:
        """Which instances failed, as a clause, or an empty text."""
        outcomes = {number: INSTANCE_STATES.outcome(state) for number, state in self.states.items()}
        failed = [str(number) for number, outcome in outcomes.items() if outcome is Outcome.BAD]
        return f"instance {', '.join(failed)} of {len(self.states)}" if failed else ""


def grouped(field: str, instances: Iterable[WorkflowInstance | TaskInstance | Instance]) -> list[InstancesOfDate]:
    """Return the instances in the order of their workflows or tasks, which ``field`` of an instance tells."""
    groups: dict[Id, list[Any]] = {}
    for one in instances:
        groups.setdefault(getattr(one, field) or "", []).append(one)
    return [InstancesOfDate.of(key, group) for key, group in groups.items()]


def is_of(shown: int | None, asked: int) -> bool:
    """Tell whether an instance may be of the business date that a list was asked for: not where it shows another day.

    Both are milliseconds. What a workspace in another time zone takes for the same date begins some hours apart.
    """
    return shown is None or abs(shown - asked) < DAY


class WorkflowsOfDate(ListWorkflowInstances):
    """The same list, an item for each workflow, of those that show what was asked for.

    :param key_field: what tells the workflows apart; it does not travel.
    """

    key_field: str = Field(exclude=True)

    def items(self, response: WorkflowInstanceList) -> list[Any]:
        shown = super().items(response)
        mine = [one for one in shown if one.type in (None, self.type) and is_of(one.biz_date, self.biz_date)]
        return grouped(self.key_field, mine)

    def key_of(self, item: Any) -> Any:
        return item.key


class TasksOfDate(ListTaskInstances):
    """The same list, an item for each task, likewise.

    :param key_field: what tells the tasks apart; it does not travel.
    """

    key_field: str = Field(exclude=True)

    def items(self, response: TaskInstanceList) -> list[Any]:
        shown, kinds = super().items(response), (None, self.workflow_instance_type)
        mine = [one for one in shown if one.workflow_instance_type in kinds and is_of(one.bizdate, self.bizdate)]
        return grouped(self.key_field, mine)

    def key_of(self, item: Any) -> Any:
        return item.key


class OfDate(Resource):
    """Base of the ways to say whose instances are meant; those of the older API version are in another module.

    ``caller`` may hold ``if_failed``: ``"wait"`` for who waits until somebody has run again what failed.

    :cvar listed_by: the list, an item for each workflow or task.
    :cvar key_field: the field of an instance that tells whose it is.
    :cvar filter_field: the parameter of the list that asks for one.
    """

    item_type = InstancesOfDate
    name_field = "key"
    id_field = "key"
    told_by = ("key",)
    states = INSTANCE_STATES
    reason_fields = ("failed",)
    can_be_gone = False
    listed_by: ClassVar[type[Any]]
    key_field: ClassVar[str]
    filter_field: ClassVar[str]

    def reading(self, resource_id: Id) -> Any:
        return self.listed_by(**self._of_date(), **{self.filter_field: resource_id})

    def item_of(self, answer: Any, resource_id: Id) -> InstancesOfDate:
        """Return its instances together.

        :raises AmbiguousMatch: one page does not show all that the list found.
        """
        request = self.reading(resource_id)
        found = request.items(answer)
        total, shown = request.total(answer), self.shown_by(answer)
        if total is not None and total > shown:
            raise AmbiguousMatch(
                f"{total} instances were found, and a page shows {shown}",
                operation=request.title,
                advice="give the id in the place of a name, and the workflow in the place of a task that runs often",
            )
        mine = (one for one in found if str(one.key) == str(resource_id))
        return next(mine, InstancesOfDate.of(resource_id, ()))

    def shown_by(self, answer: Any) -> int:
        """Return how many instances an answer shows, whether they count or not."""
        raise NotImplementedError

    def listing(self, name: str | None = None) -> None:
        """That there is none says nothing: it may come."""
        return

    def watching(self) -> Any:
        return self.listed_by(**self._of_date())

    def outcome_of(self, item: Any) -> Outcome:
        """Say that what failed goes on, where somebody is going to run it again."""
        outcome = super().outcome_of(item)
        waits = self.caller.get("if_failed") == "wait"
        return Outcome.RUNNING if waits and outcome is Outcome.BAD else outcome

    def _of_date(self) -> dict[str, Any]:
        raise NotImplementedError


class OfWorkflow(OfDate):
    listed_by = WorkflowsOfDate

    def shown_by(self, answer: WorkflowInstanceList) -> int:
        return len(answer.paging_info.workflow_instances)

    def _of_date(self) -> dict[str, Any]:
        place = {name: self.identity[name] for name in ("project_id", "biz_date")}
        return {**place, "type": self.identity["instance_type"], "key_field": self.key_field}


class OfTask(OfDate):
    listed_by = TasksOfDate

    def shown_by(self, answer: TaskInstanceList) -> int:
        return len(answer.paging_info.task_instances)

    def _of_date(self) -> dict[str, Any]:
        place = {"project_id": self.identity["project_id"], "bizdate": self.identity["biz_date"]}
        return {**place, "workflow_instance_type": self.identity["instance_type"], "key_field": self.key_field}


class WorkflowById(OfWorkflow):
    """The instances of a workflow, by its id."""

    title = "what ran of workflow"
    key_field = filter_field = "workflow_id"


class WorkflowByName(OfWorkflow):
    """The instances of a workflow, by their name, which is the workflow's where the schedule made them."""

    title = "what ran of workflow"
    key_field = filter_field = "name"


class TaskById(OfTask):
    """The instances of a task, by its id."""

    title = "what ran of task"
    key_field = filter_field = "task_id"


class TaskByName(OfTask):
    """The instances of a task, by its name."""

    title = "what ran of task"
    key_field = filter_field = "task_name"
