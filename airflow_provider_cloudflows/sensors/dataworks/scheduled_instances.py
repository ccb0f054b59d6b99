"""Sensor for what DataWorks runs for a business date (API version 2024-05-18)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.dataworks_dates import ZonedOperator
from airflow_provider_cloudflows.operators.literals import is_given, is_positive_number
from airflow_provider_cloudflows.sensors.base import CloudSensor
from airflow_provider_cloudflows.services.dataworks.dates import milliseconds
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id, Resource

__all__ = ["DataWorksInstanceSensor"]


class DataWorksInstanceSensor(ZonedOperator, AlibabaOperator, CloudSensor):
    """Wait until a workflow, or a task, of DataWorks has run well for a business date, whoever started it.

    It goes on while there is no instance yet, and is done when all that there are have succeeded; when one has failed
    the task fails, and names it. It looks at the instances of the new DataStudio's workspaces (pages
    *ListWorkflowInstances*, *ListTaskInstances*). Many of these sensors, deferred, share one list. All arguments are
    templated.

    :param project_id: id of the DataWorks workspace.
    :param workflow_id: id of the workflow; exactly one of this and the next three is given.
    :param workflow_name: its name.
    :param dataworks_task_id: id of the task in the operation center.
    :param dataworks_task_name: its name.
    :param biz_date: business date, a date or its text; by default the day before the end of the DAG run's data
        interval, in the workspace's time zone.
    :param instance_type: which instances count, in the vendor's word: ``Normal`` for those of the schedule,
        ``SupplementData``, ``ManualWorkflow`` and so on.
    :param if_failed: ``"fail"``, or ``"wait"`` where somebody runs again what failed.
    """

    def __init__(
        self,
        *,
        project_id: int | str,
        workflow_id: int | str | None = None,
        workflow_name: str | None = None,
        dataworks_task_id: int | str | None = None,
        dataworks_task_name: str | None = None,
        biz_date: date | str | None = None,
        instance_type: str = "Normal",
        if_failed: str = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.workflow_id = workflow_id
        self.workflow_name = workflow_name
        self.dataworks_task_id = dataworks_task_id
        self.dataworks_task_name = dataworks_task_name
        self.biz_date = biz_date
        self.instance_type = instance_type
        self.if_failed = if_failed
        self.check_literals()

    _date: date | None = None

    def check_literals(self) -> None:
        """Check what is waited for, too."""
        super().check_literals()
        names = ("workflow_id", "workflow_name", "dataworks_task_id", "dataworks_task_name")
        self.check_exactly_one(*names)
        self.check_date("biz_date")
        if self.is_known(self.if_failed):
            self.check_choice("if_failed", self.if_failed, ("fail", "wait"))
        for name in ("project_id", "workflow_id", "dataworks_task_id"):
            value = getattr(self, name)
            if is_given(value) and self.is_known(value) and not is_positive_number(value):
                raise InvalidParameter(f"{self._where()} got {name}={excerpt(repr(value), 80)}: it is a number.")

    def work(self, context: Context) -> Any:
        """Wait for the date that is given, or that of the DAG run."""
        self.check_rendered()
        given = is_given(self.biz_date)
        self._date = self.date_in(self.biz_date, "biz_date") if given else self.last_business_date(context)
        return super().work(context)

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return the instances of that date."""
        from airflow_provider_cloudflows.services.dataworks.scheduled_instances import (
            TaskById,
            TaskByName,
            WorkflowById,
            WorkflowByName,
        )

        assert self._date is not None
        key, kind = next(
            (key, kind)
            for key, kind in (
                (self.workflow_id, WorkflowById),
                (self.workflow_name, WorkflowByName),
                (self.dataworks_task_id, TaskById),
                (self.dataworks_task_name, TaskByName),
            )
            if is_given(key)
        )
        resource_id: Id = int(str(key)) if kind in (WorkflowById, TaskById) else str(key)
        identity = {
            "project_id": int(self.project_id),
            "key": resource_id,
            "biz_date": milliseconds(self._date, self.zone()),
            "instance_type": self.instance_type,
        }
        return kind(identity, {"if_failed": self.if_failed}), resource_id
