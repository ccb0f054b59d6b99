"""Tasks of a BPStudio application (vendor page *CreateTask*).

A task can be read by its id and cannot be listed, so a lost answer to a create cannot be recovered by looking.
"""

from typing import Annotated, Any, ClassVar, cast

from pydantic import BeforeValidator, Field, field_validator

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.resource import Creation, Id, Resource, expected
from airflow_provider_cloudflows.calls.rpc import RpcModel, RpcResponse, form_text
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.bpstudio.service import BPStudioRequest
from airflow_provider_cloudflows.transport.outcome import Effect

__all__ = ["CreateTask", "CreatedTask", "GetTask", "Task", "TaskDetails"]


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


class GetTask(BPStudioRequest, Call[TaskDetails]):
    """Read one task by its id."""

    operation: ClassVar[str] = "GetTask"
    effect: ClassVar[Effect] = Effect.READ

    task_id: Annotated[int, Field(ge=1)]


class CreatedTask(RpcResponse):
    """:param data: id of the new task."""

    data: int


class TaskResource(Resource):
    """A task, which no operation lists, changes or deletes.

    The vendor's table says "permission" of code 8004, its Terraform provider reads "not found": nothing here hangs on
    it alone, since what cannot be listed is never made anew without a person's word.
    """

    title = "task"
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


def _as_texts(variables: Any) -> Any:
    if not isinstance(variables, dict):
        return variables
    return {name: form_text(value) for name, value in variables.items() if value is not None}


Variables = Annotated[dict[str, str], BeforeValidator(_as_texts)]


class CreateTask(BPStudioRequest, Creation[CreatedTask]):
    """Create a task (vendor page *CreateTask*).

    :param process_id: id of the process; only the console shows it.
    :param task_name: name.
    :param app_id: id of the application.
    :param variables: values by template variable, for example ``{"${name}": "value"}``. They travel as text: numbers,
        booleans, lists and objects are sent as their JSON text, as the vendor asks for. None leaves a variable out.
    """

    operation: ClassVar[str] = "CreateTask"
    effect: ClassVar[Effect] = Effect.CREATE
    resource_type: ClassVar[type[Resource]] = TaskResource

    process_id: Annotated[str, Required]
    task_name: Annotated[str, Name]
    app_id: Annotated[str, Required]
    variables: Variables | None = None

    def resource(self) -> TaskResource:
        return TaskResource({"name": self.task_name, "app_id": self.app_id, "process_id": self.process_id})

    def made_id(self, answer: CreatedTask) -> int:
        return answer.data

    def expected(self, resource_id: Id) -> Task:
        return cast("Task", expected(Task, self, id=resource_id, name=self.task_name))
