"""Published tasks of DataWorks (API version 2024-05-18): which ones a workflow is made of."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import Environment
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["ListTasks", "Task"]


class Task(RpcModel):
    """One published task."""

    id: int
    name: str | None = None
    type: str | None = None
    workflow_id: int | None = None


class TaskPage(RpcModel):
    tasks: list[Task] = Field(default_factory=list)
    total_count: int | None = None


class TaskList(RpcResponse):
    """:param paging_info: one page of tasks."""

    paging_info: TaskPage


class ListTasks(OnDataWorks2024, RpcRequest, PageNumbers[TaskList, Task]):
    """List the published tasks of a workspace, or of a workflow in it (vendor page *ListTasks*).

    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListTasks"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    workflow_id: WireId | None = None
    project_env: Environment | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: TaskList) -> list[Task]:
        return response.paging_info.tasks

    def total(self, response: TaskList) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: Task) -> int:
        return item.id
