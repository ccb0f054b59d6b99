"""Tasks of a BPStudio application (vendor page *CreateTask*).

A task can be read by its id and cannot be listed, so a lost answer to a create cannot be recovered by looking.
"""

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import NoFlag
from airflow_provider_cloudflows.services.bpstudio.service import OnBPStudio
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["CreatedTask", "GetTask", "Task", "TaskDetails"]


class Task(RpcModel):
    """One task. ``gmt_create`` has no zone, ``instance_ids`` is JSON text, known states are ``FINISH``, ``BINDING``."""

    id: int
    name: str | None = None
    status: str | None = None
    app_id: str | None = None
    process_id: str | None = None
    instance_ids: str | None = None
    gmt_create: str | None = None
    error_message: str | None = None

    @field_validator("status")
    @classmethod
    def _strip(cls, status: str | None) -> str | None:
        return status.strip() if status else status  # the vendor's sample has a trailing blank


class TaskDetails(RpcResponse):
    """:param data: the task."""

    data: Task


class GetTask(OnBPStudio, RpcRequest, Call[TaskDetails]):
    """Read one task by its id."""

    operation: ClassVar[str] = "GetTask"
    effect: ClassVar[Effect] = Effect.READ

    task_id: Annotated[int, Field(ge=1), NoFlag]


class CreatedTask(RpcResponse):
    """:param data: id of the new task."""

    data: int


class TaskResource(Resource):
    """A task, which no operation lists, changes or deletes.

    The vendor's table says "permission" of code 8004, its Terraform provider reads "not found": nothing here hangs on
    it alone, since what cannot be listed is never made anew without a person's word.
    """

    title = "task"
    item_type = Task
    name_field = "name"
    id_field = "id"
    told_by = ("name", "app_id", "process_id")
    gone_codes = frozenset({"8004"})
    born_field = "gmt_create"

    def reading(self, resource_id: Id) -> GetTask:
        return GetTask(task_id=int(resource_id))

    def item_of(self, answer: TaskDetails, resource_id: Id) -> Task:
        return answer.data

    def listing(self, name: str | None = None) -> None:
        """The service lists no tasks."""
