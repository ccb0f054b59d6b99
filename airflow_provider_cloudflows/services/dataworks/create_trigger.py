"""The requests that trigger a node of DataWorks, which waits for a call from outside: one for each API version.

A node is triggered for the instance that the schedule made of it, which its business date and its cycle time tell. Each
instance is triggered once: the vendor says that a second trigger has no effect.
"""

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks.create_manual_dag import ProjectEnv
from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import Environment
from airflow_provider_cloudflows.services.dataworks.dates import WORKSPACE_ZONE, date_of, time_text, zone_named
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.trigger import Triggered, TriggeredNode, TriggeredTask

__all__ = ["RunTriggerNode", "TriggerSchedulerTaskInstance"]


class TriggerSchedulerTaskInstance(OnDataWorks2024, RpcRequest, Creation["Triggered"]):
    """Trigger a task (vendor page *TriggerSchedulerTaskInstance*); the answer names no instance.

    :param task_id: the task.
    :param trigger_time: cycle time of the instance, in milliseconds.
    :param env_type: environment that the task is published to.
    :param project_id: the workspace; it does not travel, as the next one: the list that shows the instance needs both.
    :param biz_date: beginning of the business date of the instance, in milliseconds.
    """

    operation: ClassVar[str] = "TriggerSchedulerTaskInstance"
    in_query: ClassVar[frozenset[str]] = frozenset({"EnvType"})

    task_id: WireId
    trigger_time: int
    env_type: Environment | None = None
    project_id: WireId = Field(exclude=True)
    biz_date: int = Field(exclude=True)

    @classmethod
    def resource_type(cls) -> "type[TriggeredTask]":
        from airflow_provider_cloudflows.services.dataworks.trigger import TriggeredTask  # no DAG file looks for one

        return TriggeredTask

    def resource(self) -> "TriggeredTask":
        place = {name: getattr(self, name) for name in ("project_id", "task_id", "env_type", "biz_date")}
        return self.resource_type()({**place, "cycle_time": self.trigger_time})

    def made_id(self, answer: "Triggered") -> int:
        return self.trigger_time


class RunTriggerNode(OnDataWorks, RpcRequest, Creation["Triggered"]):
    """The same by the older version (vendor page *RunTriggerNode*).

    :param app_id: the workspace.
    :param node_id: the node.
    :param biz_date: beginning of the business date of the instance, in milliseconds.
    :param cycle_time: its cycle time, in milliseconds.
    :param project_env: environment that the node is deployed to; it does not travel, as the next one.
    :param timezone: of the workspace; the list that shows the instance wants its date as text.
    """

    operation: ClassVar[str] = "RunTriggerNode"

    app_id: WireId
    node_id: WireId
    biz_date: int
    cycle_time: int
    project_env: ProjectEnv = Field(default="PROD", exclude=True)
    timezone: str = Field(default=WORKSPACE_ZONE, exclude=True)

    @property
    def project_id(self) -> int:
        """The workspace, by the name that other requests have for it."""
        return self.app_id

    @classmethod
    def resource_type(cls) -> "type[TriggeredNode]":
        from airflow_provider_cloudflows.services.dataworks.trigger import TriggeredNode  # no DAG file looks for one

        return TriggeredNode

    def resource(self) -> "TriggeredNode":
        zone = zone_named(self.timezone)
        place = {name: getattr(self, name) for name in ("node_id", "project_env", "cycle_time", "project_id")}
        return self.resource_type()({**place, "bizdate": time_text(date_of(self.biz_date, zone), zone)})

    def made_id(self, answer: "Triggered") -> int:
        return self.cycle_time
