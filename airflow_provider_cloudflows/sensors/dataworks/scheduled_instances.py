"""Sensor for what DataWorks runs for a business date, by either API version."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.links.dataworks import OperationCenterLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.dataworks_dates import OneDateOperator
from airflow_provider_cloudflows.operators.literals import is_given, is_positive_number
from airflow_provider_cloudflows.sensors.base import CloudSensor
from airflow_provider_cloudflows.services.dataworks.dates import milliseconds, time_text
from airflow_provider_cloudflows.services.dataworks.instance_types import DAG_TYPES, INSTANCE_TYPES
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["DataWorksInstanceSensor"]

OLDER, NEWER = "2020-05-18", "2024-05-18"


class DataWorksInstanceSensor(OneDateOperator, AlibabaOperator, CloudSensor):
    """Wait until a workflow, or a task, of DataWorks has run well for a business date, whoever started it.

    It goes on while there is no instance yet, and is done when all that there are have succeeded; when one has failed
    the task fails, and names it (pages *ListWorkflowInstances*, *ListTaskInstances*; of the older version
    *ListInstances*). Many of these sensors, deferred, share one list. All arguments are templated.

    :param project_id: id of the DataWorks workspace.
    :param workflow_id: id of the workflow; exactly one of this and the next three is given.
    :param workflow_name: its name; by the older version that of a business or manual flow, whose nodes count.
    :param dataworks_task_id: id of the task in the operation center, which the older version calls a node.
    :param dataworks_task_name: its name.
    :param instance_type: which instances count, in the vendor's word: ``Normal`` for those of the schedule,
        ``SupplementData``, ``ManualWorkflow``, ``Manual``, ``SmokeTest``, or ``TriggerWorkflow``.
    :param api_version: ``2024-05-18``, or ``2020-05-18`` for a workspace of the older DataStudio, which has no id of a
        workflow. The words of ``instance_type`` are the same, but for the last one; its own, such as ``DAILY``, do too.
    :param if_failed: ``"fail"``, or ``"wait"`` where somebody runs again what failed.
    """

    operator_extra_links = (OperationCenterLink(),)

    def __init__(
        self,
        *,
        project_id: int | str,
        workflow_id: int | str | None = None,
        workflow_name: str | None = None,
        dataworks_task_id: int | str | None = None,
        dataworks_task_name: str | None = None,
        instance_type: str = "Normal",
        if_failed: str = "fail",
        api_version: str = NEWER,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.workflow_id = workflow_id
        self.workflow_name = workflow_name
        self.dataworks_task_id = dataworks_task_id
        self.dataworks_task_name = dataworks_task_name
        self.instance_type = instance_type
        self.if_failed = if_failed
        self.api_version = api_version
        self.check_literals()

    _date: date | None = None

    def check_literals(self) -> None:
        """Check what is waited for, too."""
        super().check_literals()
        names = ("workflow_id", "workflow_name", "dataworks_task_id", "dataworks_task_name")
        self.check_exactly_one(*names)
        if self.is_known(self.api_version):
            self.check_choice("api_version", self.api_version, (NEWER, OLDER))
        if self.api_version == OLDER and is_given(self.workflow_id):
            raise InvalidParameter(
                f"{self._where()} got workflow_id, and API version {OLDER} knows businesses and flows by their names: "
                "give workflow_name, or the id of a node as dataworks_task_id."
            )
        if self.is_known(self.instance_type) and self.is_known(self.api_version):
            of_older = (*DAG_TYPES, *(word for words in DAG_TYPES.values() for word in words))
            self.check_choice(
                "instance_type", self.instance_type, of_older if self.api_version == OLDER else INSTANCE_TYPES
            )
        if self.is_known(self.if_failed):
            self.check_choice("if_failed", self.if_failed, ("fail", "wait"))
        for name in ("project_id", "workflow_id", "dataworks_task_id"):
            value = getattr(self, name)
            if is_given(value) and self.is_known(value) and not is_positive_number(value):
                raise InvalidParameter(f"{self._where()} got {name}={excerpt(repr(value), 80)}: it is a number.")

    def work(self, context: Context) -> Any:
        """Wait for the date that is given, or that of the DAG run."""
        self.check_rendered()
        (self._date,) = self.dates_of(context)
        return super().work(context)

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return the instances of that date."""
        assert self._date is not None
        identity = {"project_id": int(self.project_id), "instance_type": self.instance_type}
        kinds: tuple[type[Resource], ...]
        if self.api_version == OLDER:
            from airflow_provider_cloudflows.services.dataworks.scheduled_nodes import (
                BusinessByName,
                NodeById,
                NodeByName,
            )

            kinds = (BusinessByName, BusinessByName, NodeById, NodeByName)
            identity["bizdate"] = time_text(self._date, self.zone())
        else:
            from airflow_provider_cloudflows.services.dataworks.scheduled_instances import (
                TaskById,
                TaskByName,
                WorkflowById,
                WorkflowByName,
            )

            kinds = (WorkflowById, WorkflowByName, TaskById, TaskByName)
            identity["biz_date"] = milliseconds(self._date, self.zone())
        keys = (self.workflow_id, self.workflow_name, self.dataworks_task_id, self.dataworks_task_name)
        key, kind = next((key, kind) for key, kind in zip(keys, kinds, strict=True) if is_given(key))
        is_by_name = is_given(self.workflow_name) or is_given(self.dataworks_task_name)
        resource_id: Id = str(key) if is_by_name else int(str(key))
        return kind({**identity, "key": resource_id}, {"if_failed": self.if_failed}), resource_id

    def console_url(self, hook: CloudHook, shown: Document) -> str:
        """Return the operation center of the workspace."""
        return OperationCenterLink.url(hook.get_conn().endpoints.region, int(self.project_id))
