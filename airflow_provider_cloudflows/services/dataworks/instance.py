"""Instances of DataWorks nodes, by API version 2020-05-18: listed, read, stopped, run again, set to success, logs.

The newer version calls them task instances. Here each call is about one of them, in one environment, and dates are
texts: a list wants ``2026-01-31 00:00:00``.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.states import States
from airflow_provider_cloudflows.services.dataworks.create_manual_dag import MARKER, DateTimeText, ProjectEnv
from airflow_provider_cloudflows.services.dataworks.service import Answered, OnDataWorks, WireId
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "NODE_INSTANCE_STATES",
    "GetInstance",
    "GetInstanceLog",
    "Instance",
    "InstanceList",
    "ListInstances",
    "RestartInstance",
    "SetSuccessInstance",
    "StopInstance",
]

NODE_INSTANCE_STATES = States(good={"SUCCESS"}, bad={"FAILURE"})
"""The others are ``NOT_RUN``, ``WAIT_TIME``, ``WAIT_RESOURCE``, ``WAIT_TRIGGER``, ``RUNNING``, ``CHECKING`` and
``CHECKING_CONDITION``."""

MARKED = re.compile(rf"\b{MARKER}[\"']?\s*[=:]\s*[\"']?([\w-]+)")


class Instance(RpcModel):
    """One run of a node. Times are milliseconds since the epoch; ``cyc_time`` is when the schedule lets it run."""

    instance_id: int
    node_id: int | None = None
    node_name: str | None = None
    dag_id: int | None = None
    dag_type: str | None = None
    status: str | None = None
    bizdate: int | None = None
    cyc_time: int | None = None
    param_values: str | None = None
    owner: str | None = None
    create_time: int | None = None
    begin_running_time: int | None = None
    finish_time: int | None = None

    @property
    def id(self) -> int:
        """Its id, by the name that the newer version has for it."""
        return self.instance_id

    @property
    def marker(self) -> str | None:
        """The marker of a run of ours; None where it shows none."""
        found = MARKED.search(self.param_values or "")
        return found and found[1]


class OneInstance(OnDataWorks, RpcRequest):
    """A call about one instance.

    :param instance_id: the instance.
    :param project_env: the environment that it runs in.
    """

    instance_id: WireId
    project_env: ProjectEnv = "PROD"


class InstanceDetails(RpcResponse):
    """:param data: the instance."""

    data: Instance


class GetInstance(OneInstance, Call[InstanceDetails]):
    """Read one instance by its id (vendor page *GetInstance*)."""

    operation: ClassVar[str] = "GetInstance"
    effect: ClassVar[Effect] = Effect.READ


class InstanceLog(RpcResponse):
    """:param data: the log of its latest run."""

    data: str = ""


class GetInstanceLog(OneInstance, Call[InstanceLog]):
    """Read the log of an instance (vendor page *GetInstanceLog*)."""

    operation: ClassVar[str] = "GetInstanceLog"
    effect: ClassVar[Effect] = Effect.READ


class Done(RpcResponse):
    """:param data: whether it was done."""

    data: bool | None = None


class StopInstance(Answered, OneInstance, Call[Done]):
    """Stop an instance (vendor page *StopInstance*)."""

    operation: ClassVar[str] = "StopInstance"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT


class RestartInstance(Answered, OneInstance, Call[Done]):
    """Run an instance again (vendor page *RestartInstance*); sent a second time it might run a third time."""

    operation: ClassVar[str] = "RestartInstance"
    effect: ClassVar[Effect] = Effect.CREATE


class SetSuccessInstance(Answered, OneInstance, Call[Done]):
    """Set a failed instance to success (vendor page *SetSuccessInstance*)."""

    operation: ClassVar[str] = "SetSuccessInstance"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT


class InstancePage(RpcModel):
    instances: list[Instance] = Field(default_factory=list)
    total_count: int | None = None


class InstanceList(RpcResponse):
    """:param data: one page of instances."""

    data: InstancePage


class ListInstances(OnDataWorks, RpcRequest, PageNumbers[InstanceList, Instance]):
    """List instances (vendor page *ListInstances*), the newest first.

    :param bizdate: their business date; or the next two, the first and the last one.
    :param biz_name: name of the business, or of the manual flow, that their nodes are in.
    :param dag_id: the run that they belong to.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListInstances"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    project_env: ProjectEnv = "PROD"
    bizdate: DateTimeText | None = None
    begin_bizdate: DateTimeText | None = None
    end_bizdate: DateTimeText | None = None
    biz_name: str | None = None
    dag_id: WireId | None = None
    node_id: WireId | None = None
    node_name: str | None = None
    status: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: InstanceList) -> list[Instance]:
        return response.data.instances

    def total(self, response: InstanceList) -> int | None:
        return response.data.total_count

    def key_of(self, item: Instance) -> int:
        return item.instance_id
