"""The request that executes a BPStudio task, apart from all that only a run needs."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Id, Start
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import NoFlag
from airflow_provider_cloudflows.services.bpstudio.service import OnBPStudio

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.bpstudio.task_execution import (
        ExecutedTask,  # noqa: F401 - a text names the answer
        TaskExecutionResource,
    )

__all__ = ["ExecuteTask"]


class ExecuteTask(OnBPStudio, RpcRequest, Start["ExecutedTask"]):
    """Execute a task (vendor page *ExecuteTask*); the answer comes before the work is done.

    There is no id of an execution: what goes on is the state of the task itself.

    :param task_id: the task.
    :param on_error_message: what an error message beside the state ``FINISH`` means; it is not sent.
    """

    operation: ClassVar[str] = "ExecuteTask"
    id_field: ClassVar[str] = "task_id"

    task_id: Annotated[int, Field(ge=1), NoFlag]
    on_error_message: Annotated[Literal["fail", "ignore"], Field(exclude=True)] = "fail"

    @classmethod
    def resource_type(cls) -> "type[TaskExecutionResource]":
        # No DAG file looks for one.
        from airflow_provider_cloudflows.services.bpstudio.task_execution import TaskExecutionResource

        return TaskExecutionResource

    def resource(self) -> "TaskExecutionResource":
        return self.resource_type()({"id": str(self.task_id)}, caller={"on_error_message": self.on_error_message})

    def is_under_way(self, item: Any) -> bool:
        return self.resource().has_started(item)

    def marks_of(self, item: Any) -> list[str]:
        """Its state, and what an execution leaves behind."""
        return [*super().marks_of(item), self.resource().traces_in(item)]

    def may_be_sent_twice(self, marks: Collection[Id]) -> bool:
        """One that bears no trace of an execution was not executed; one that does may have been, with the same end."""
        return len(marks) > 1 and not list(marks)[-1]
