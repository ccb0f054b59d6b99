"""Sensor for the execution of a BPStudio task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.links.bpstudio import BPStudioApplicationLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator
from airflow_provider_cloudflows.operators.literals import is_positive_number
from airflow_provider_cloudflows.sensors.base import CloudSensor
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["BPStudioTaskSensor"]


class BPStudioTaskSensor(AlibabaOperator, CloudSensor):
    """Wait until a task that somebody executes has finished (vendor page *GetTask*).

    :param bpstudio_task_id: id of the task.
    :param on_error_message: what an error message beside the state ``FINISH`` means, see
        ``ExecuteBPStudioTaskOperator``: ``"fail"`` or ``"ignore"``.
    """

    operator_extra_links = (BPStudioApplicationLink(),)

    def __init__(self, *, bpstudio_task_id: int | str, on_error_message: str = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bpstudio_task_id = bpstudio_task_id
        self.on_error_message = on_error_message
        self.check_literals()

    def check_literals(self) -> None:
        """Check the id and what an error message means, too."""
        super().check_literals()
        if self.is_known(self.on_error_message):
            self.check_choice("on_error_message", self.on_error_message, ("fail", "ignore"))
        if self.is_known(self.bpstudio_task_id) and not is_positive_number(self.bpstudio_task_id):
            raise InvalidParameter(
                f"{self._where()} got bpstudio_task_id={excerpt(repr(self.bpstudio_task_id), 80)}: it is the number of "
                "a task."
            )

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return the execution, which is the task's."""
        from airflow_provider_cloudflows.services.bpstudio.task_execution import TaskExecutionResource

        task_id = int(self.bpstudio_task_id)
        return TaskExecutionResource({"id": str(task_id)}, {"on_error_message": self.on_error_message}), task_id

    def console_url(self, hook: CloudHook, shown: Document) -> str:
        """Return the page of the application, which only a look at the task tells."""
        return BPStudioApplicationLink.url(shown.get("AppId"))
