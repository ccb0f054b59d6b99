"""The request that creates a task of a BPStudio application, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.bpstudio.service import OnBPStudio

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.bpstudio.task import CreatedTask, TaskResource

__all__ = ["CreateTask"]


def _as_texts(variables: Any) -> Any:
    if not isinstance(variables, dict):
        return variables
    from airflow_provider_cloudflows.calls.rpc_wire import form_text  # few DAG files have literal variables

    return {name: form_text(value) for name, value in variables.items() if value is not None}


Variables = Annotated[dict[str, str], BeforeValidator(_as_texts)]


class CreateTask(OnBPStudio, RpcRequest, Creation["CreatedTask"]):
    """Create a task (vendor page *CreateTask*).

    :param process_id: id of the process; only the console shows it.
    :param task_name: name.
    :param app_id: id of the application.
    :param variables: values by template variable, for example ``{"${name}": "value"}``. They travel as text: numbers,
        booleans, lists and objects are sent as their JSON text, as the vendor asks for. None leaves a variable out.
    """

    operation: ClassVar[str] = "CreateTask"

    process_id: Annotated[str, Required]
    task_name: Annotated[str, Name]
    app_id: Annotated[str, Required]
    variables: Variables | None = None

    @classmethod
    def resource_type(cls) -> "type[TaskResource]":
        from airflow_provider_cloudflows.services.bpstudio.task import TaskResource  # no DAG file looks for one

        return TaskResource

    def resource(self) -> "TaskResource":
        return self.resource_type()({"name": self.task_name, "app_id": self.app_id, "process_id": self.process_id})

    def made_id(self, answer: "CreatedTask") -> int:
        return answer.data
