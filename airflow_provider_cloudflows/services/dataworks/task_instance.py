"""Instances of DataWorks tasks (API version 2024-05-18): read, listed, run again, set to success, and their logs."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import Environment
from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, Read2024, WireId
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "GetTaskInstance",
    "GetTaskInstanceLog",
    "ListTaskInstances",
    "RerunTaskInstances",
    "SetSuccessTaskInstances",
    "StopTaskInstances",
    "TaskInstance",
    "stop_of",
]


class TaskInstance(RpcModel):
    """One run of a task. Times are milliseconds since the epoch."""

    id: int
    task_id: int | None = None
    task_name: str | None = None
    task_type: str | None = None
    trigger_time: int | None = None
    status: str | None = None
    bizdate: int | None = None
    owner: str | None = None
    run_number: int | None = None
    workflow_id: int | None = None
    workflow_name: str | None = None
    workflow_instance_id: int | None = None
    workflow_instance_type: str | None = None
    finished_time: int | None = None


class TaskInstanceDetails(RpcResponse):
    """:param task_instance: the run of the task."""

    task_instance: TaskInstance


class GetTaskInstance(Read2024, RpcRequest, Call[TaskInstanceDetails]):
    """Read one run of a task by its id (vendor page *GetTaskInstance*)."""

    operation: ClassVar[str] = "GetTaskInstance"
    effect: ClassVar[Effect] = Effect.READ

    id: WireId


class TaskInstancePage(RpcModel):
    task_instances: list[TaskInstance] = Field(default_factory=list)
    total_count: int | None = None


class TaskInstanceList(RpcResponse):
    """:param paging_info: one page of runs of tasks."""

    paging_info: TaskInstancePage


class ListTaskInstances(OnDataWorks2024, RpcRequest, PageNumbers[TaskInstanceList, TaskInstance]):
    """List the runs of tasks of one business date (vendor page *ListTaskInstances*), the newest first.

    :param bizdate: the beginning of that day, in milliseconds.
    :param task_name: loose filter: compare the names that come back.
    :param page_size: 1 to 500.
    """

    operation: ClassVar[str] = "ListTaskInstances"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    bizdate: int
    project_env: Environment | None = None
    status: str | None = None
    task_id: WireId | None = None
    task_name: str | None = None
    workflow_id: WireId | None = None
    workflow_instance_id: WireId | None = None
    workflow_instance_type: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=500)] = 500

    def items(self, response: TaskInstanceList) -> list[TaskInstance]:
        return response.paging_info.task_instances

    def total(self, response: TaskInstanceList) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: TaskInstance) -> int:
        return item.id


class TaskInstanceLog(RpcResponse):
    """:param task_instance_log: the log of the latest run, or of the one that was asked for."""

    task_instance_log: str = ""


class GetTaskInstanceLog(Read2024, RpcRequest, Call[TaskInstanceLog]):
    """Read the log of a run of a task (vendor page *GetTaskInstanceLog*).

    :param run_number: which run, counted from 1; the latest by default.
    """

    operation: ClassVar[str] = "GetTaskInstanceLog"
    effect: ClassVar[Effect] = Effect.READ

    id: WireId
    run_number: Annotated[int, Field(ge=1)] | None = None


class StopTaskInstances(OnDataWorks2024, RpcRequest, Call[PerIdResponse]):
    """Stop runs of tasks (vendor page *StopTaskInstances*); the answer has a result for each id."""

    operation: ClassVar[str] = "StopTaskInstances"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    ids: Annotated[list[WireId], Field(min_length=1)]
    comment: str | None = None


def stop_of(instance_id: int) -> Call[PerIdResponse]:
    """Return the request that stops one run of a task."""
    return StopTaskInstances(ids=[instance_id])


class RerunTaskInstances(OnDataWorks2024, RpcRequest, Call[PerIdResponse]):
    """Run tasks again (vendor page *RerunTaskInstances*); the answer has a result for each id.

    Sent a second time it might run them a third time, so nothing repeats it by itself.

    :param use_latest_config: run what is published now, and not what was when the instance was made.
    """

    operation: ClassVar[str] = "RerunTaskInstances"
    effect: ClassVar[Effect] = Effect.CREATE

    ids: Annotated[list[WireId], Field(min_length=1)]
    comment: str | None = None
    use_latest_config: bool | None = None


class SetSuccessTaskInstances(OnDataWorks2024, RpcRequest, Call[PerIdResponse]):
    """Set failed tasks to success (vendor page *SetSuccessTaskInstances*); the answer has a result for each id."""

    operation: ClassVar[str] = "SetSuccessTaskInstances"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    ids: Annotated[list[WireId], Field(min_length=1)]
    comment: str | None = None
