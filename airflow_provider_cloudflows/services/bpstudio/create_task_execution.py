"""The request that executes a BPStudio task, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import NoFlag
from airflow_provider_cloudflows.services.bpstudio.service import OnBPStudio

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.bpstudio.task_execution import ExecutedTask, TaskExecutionResource

__all__ = ["ExecuteTask"]


class ExecuteTask(OnBPStudio, RpcRequest, Creation["ExecutedTask"]):
    """Execute a task (vendor page *ExecuteTask*); the answer comes before the work is done.

    There is no id of an execution: what goes on is the state of the task itself.

    :param task_id: the task.
    :param on_error_message: what an error message beside the state ``FINISH`` means; it is not sent.
    """

    operation: ClassVar[str] = "ExecuteTask"

    task_id: Annotated[int, Field(ge=1), NoFlag]
    on_error_message: Annotated[Literal["fail", "ignore"], Field(exclude=True)] = "fail"

    @classmethod
    def resource_type(cls) -> "type[TaskExecutionResource]":
        # No DAG file looks for one.
        from airflow_provider_cloudflows.services.bpstudio.task_execution import TaskExecutionResource

        return TaskExecutionResource

    def resource(self) -> "TaskExecutionResource":
        return self.resource_type()({"id": str(self.task_id)}, caller={"on_error_message": self.on_error_message})

    def made_id(self, answer: "ExecutedTask") -> int:
        return self.task_id
