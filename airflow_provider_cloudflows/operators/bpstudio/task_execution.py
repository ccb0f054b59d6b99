"""Operator that executes a BPStudio task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.bpstudio import BPStudioApplicationLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, SettlingOperator
from airflow_provider_cloudflows.operators.run import RunOnceOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.created import Created
    from airflow_provider_cloudflows.services.bpstudio.create_task_execution import ExecuteTask

__all__ = ["ExecuteBPStudioTaskOperator"]


class ExecuteBPStudioTaskOperator(AlibabaOperator, RunOnceOperator, SettlingOperator):
    """Execute a task, wait for its end, and return its id, an int (vendor pages *ExecuteTask* and *GetTask*).

    An execution has no id of its own: it is the state of the task. So the task is asked first, and one that has started
    is waited for and never executed again, by this or any other try: nothing would tell a second execution from the
    first, which is why there is no ``rerun`` here. Create another task for that. Nothing stops an execution.

    After a lost answer the task is looked at: where its state, its resources or its error message changed, it was
    executed. Where nothing changed, a task without resources and error message is executed again, and any other stops
    with :class:`~..errors.LostTrack`. Below Airflow 3.3 a further try knows by the states ``BINDING`` and ``FINISH``
    alone that there was an execution.

    :param bpstudio_task_id: id of the task, for example what ``CreateBPStudioTaskOperator`` returns.
    :param on_error_message: what an error message beside the state ``FINISH`` means. No state of failure is published,
        and the vendor's own sample shows both together: ``"fail"`` fails the task, ``"ignore"`` takes it for success.
    """

    operator_extra_links = (BPStudioApplicationLink(),)
    request_path = "airflow_provider_cloudflows.services.bpstudio.create_task_execution.ExecuteTask"
    argument_names: ClassVar[dict[str, str]] = {"task_id": "bpstudio_task_id"}

    def __init__(self, *, bpstudio_task_id: int | str, on_error_message: str = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bpstudio_task_id = bpstudio_task_id
        self.on_error_message = on_error_message
        self.check_literals()

    def push(self, context: Context, created: Created, console_url: str) -> None:
        """Push what is known of the task; it tells the application that the link opens."""
        super().push(context, created, BPStudioApplicationLink.url(created.document.get("AppId")))

    def console_url(self, request: ExecuteTask, hook: CloudHook) -> str:
        """Return nothing yet: only the task itself tells its application."""
        return ""
