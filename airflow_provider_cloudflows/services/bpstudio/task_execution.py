"""Executions of BPStudio tasks (vendor pages *ExecuteTask* and *GetTask*).

An execution has no id: it is the state of its task. So the task is asked before it is executed, and after a lost
answer, and one that has started is never executed again: nothing would tell the second execution from the first.

The vendor publishes two states. ``FINISH`` is the end and ``BINDING`` goes on; that both say that the task has started,
and that a task shows another one before, is assumed. Any other one says nothing by itself: that it is another one than
before the request left does, and so does another error message, or other resources, than before.
"""

import hashlib
import json
from typing import Any

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome, States, is_among
from airflow_provider_cloudflows.services.bpstudio.task import GetTask, Task, TaskDetails

__all__ = ["ExecutedTask", "TaskExecutionResource"]

FINISHED = "FINISH"
STARTED = (FINISHED, "BINDING")
NO_RESOURCES = ("", "[]")


class Execution(RpcModel):
    """What the answer to an execution shows of the task; every field may be missing."""

    id: int | None = None
    name: str | None = None
    status: str | None = None
    error_message: str | None = None


class ExecutedTask(RpcResponse):
    """:param data: the task."""

    data: Execution | None = None


class TaskExecutionResource(Resource):
    """The execution of a task, which nothing stops and nothing repeats.

    Its caller brings along what an error message beside ``FINISH`` means: the vendor's own sample shows one, so that
    it is no proof of a failure, and no other sign of one is published.
    """

    title = "BPStudio task"
    item_type = Task
    name_field = "id"
    id_field = "id"
    told_by = ("id",)
    gone_codes = frozenset({"8004"})
    states = States(good={FINISHED}, bad=())
    ends = True

    def reading(self, resource_id: Id) -> GetTask:
        return GetTask(task_id=int(resource_id))

    def item_of(self, answer: TaskDetails, resource_id: Id) -> Task:
        return answer.data

    def listing(self, name: str | None = None) -> None:
        """The service lists no tasks."""

    def is_listed(self) -> bool:
        """A read of the task tells what a list would."""
        return True

    def has_started(self, item: Any) -> bool:
        """Tell whether the state says that it was executed."""
        return is_among(self.state_of(item), STARTED)

    def traces_in(self, item: Any) -> str:
        """Return a digest of what an execution leaves: resources and an error message; an empty text where there are
        none."""
        resources, message = (item.instance_ids or "").strip(), (item.error_message or "").strip()
        if resources in NO_RESOURCES and not message:
            return ""
        return hashlib.sha256(json.dumps([resources, message]).encode()).hexdigest()[:16]

    def is_match(self, item: Any) -> bool:
        return str(item.id) == self.name

    def outcome_of(self, item: Any) -> Outcome:
        outcome = super().outcome_of(item)
        fails = self.caller.get("on_error_message", "fail") == "fail" and bool(self.reason_of(item))
        return Outcome.BAD if outcome is Outcome.GOOD and fails else outcome

    def reason_of(self, item: Any) -> str:
        message = (item.error_message or "").strip().rstrip(".")
        if not message or super().outcome_of(item) is not Outcome.GOOD:
            return message
        return f"it has finished and shows an error message beside that, {message!r}, which on_error_message says fails"
