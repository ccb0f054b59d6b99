"""Which tasks of a DataWorks run failed, and the ends of their logs in Airflow's: nobody opens a console at night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import CloudError
from airflow_provider_cloudflows.services.dataworks.logs import shown_end
from airflow_provider_cloudflows.services.dataworks.task_instance import (
    GetTaskInstanceLog,
    ListTaskInstances,
    TaskInstance,
)
from airflow_provider_cloudflows.services.dataworks.workflow_instance import INSTANCE_STATES, GetWorkflowInstance
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["failed_tasks", "show_logs"]

MOST_LOGS = 5
"""How many logs are shown; what failed after the first few mostly failed because of them."""


def failed_tasks(hook: CloudHook, project_id: int, instance_id: int) -> list[TaskInstance]:
    """Return the task instances of a workflow instance that failed, the first that ended first."""
    instance = hook.call(GetWorkflowInstance(id=instance_id)).workflow_instance
    if instance.biz_date is None:
        return []
    listing = ListTaskInstances(project_id=project_id, bizdate=instance.biz_date, workflow_instance_id=instance_id)
    failed = [one for one in hook.iterate(listing) if one.status in INSTANCE_STATES.bad]
    return sorted(failed, key=lambda one: one.finished_time or 0)


def show_logs(hook: CloudHook, failed: list[TaskInstance], log: Any) -> list[str]:
    """Log the last lines of the logs of the first few, without secrets; return a clause about each that failed."""
    clauses = []
    for place, one in enumerate(failed):
        lines = _end_of_log(hook, one, log) if place < MOST_LOGS else []
        last = next((line for line in reversed(lines) if line.strip()), "")
        said = f", its log ends with {excerpt(last)!r}" if last else ""
        clauses.append(f"task {one.task_name} (instance {one.id}) is {one.status}{said}")
    return clauses


def _end_of_log(hook: CloudHook, one: TaskInstance, log: Any) -> list[str]:
    try:
        text = hook.call(GetTaskInstanceLog(id=one.id)).task_instance_log
    except CloudError as trouble:  # what failed is the reason that counts
        log.warning("The log of task %s (instance %s) cannot be read: %s", one.task_name, one.id, trouble)
        return []
    lines = shown_end(text, hook.get_conn().signer.secrets())
    log.error("The end of the log of task %s (instance %s):\n%s", one.task_name, one.id, "\n".join(lines))
    return lines
