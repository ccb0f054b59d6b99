"""Which tasks of a DataWorks run failed, and the ends of their logs in Airflow's: nobody opens a console at night."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import CloudError
from airflow_provider_cloudflows.services.dataworks.instance import (
    NODE_INSTANCE_STATES,
    GetInstanceLog,
    Instance,
    ListInstances,
)
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

__all__ = ["failed_instances", "failed_tasks", "show_logs"]

MOST_LOGS = 5
"""How many logs are shown; what failed after the first few mostly failed because of them."""


def failed_tasks(hook: CloudHook, project_id: int, instance_id: int) -> list[TaskInstance]:
    """Return the task instances of a workflow instance that failed, the first that ended first."""
    instance = hook.call(GetWorkflowInstance(id=instance_id)).workflow_instance
    if instance.biz_date is None:
        return []
    listing = ListTaskInstances(project_id=project_id, bizdate=instance.biz_date, workflow_instance_id=instance_id)
    failed = [one for one in hook.iterate(listing) if INSTANCE_STATES.outcome(one.status) is Outcome.BAD]
    return sorted(failed, key=lambda one: one.finished_time or 0)


def failed_instances(hook: CloudHook, project_id: int, project_env: str, dag_id: int) -> list[Instance]:
    """Return the same for a run by the older API version, the instances of its nodes."""
    listing = ListInstances(project_id=project_id, project_env=project_env, dag_id=dag_id)
    failed = [one for one in hook.iterate(listing) if NODE_INSTANCE_STATES.outcome(one.status) is Outcome.BAD]
    return sorted(failed, key=lambda one: one.finish_time or 0)


def show_logs(
    hook: CloudHook, failed: Sequence[TaskInstance | Instance], log: Any, project_env: str = "PROD"
) -> list[str]:
    """Log the last lines of the logs of the first few, without secrets; return a clause about each that failed.

    :param project_env: where the instances of the older API version run.
    """
    clauses = []
    for place, one in enumerate(failed):
        lines = _end_of_log(hook, one, log, project_env) if place < MOST_LOGS else []
        last = next((line for line in reversed(lines) if line.strip()), "")
        said = f", its log ends with {excerpt(last)!r}" if last else ""
        clauses.append(f"{_named(one)} is {one.status}{said}")
    return clauses


def _end_of_log(hook: CloudHook, one: TaskInstance | Instance, log: Any, project_env: str) -> list[str]:
    try:
        text = _log_of(hook, one, project_env)
    except CloudError as trouble:  # what failed is the reason that counts
        log.warning("The log of %s cannot be read: %s", _named(one), trouble)
        return []
    lines = shown_end(text, hook.get_conn().signer.secrets())
    log.error("The end of the log of %s:\n%s", _named(one), "\n".join(lines))
    return lines


def _log_of(hook: CloudHook, one: TaskInstance | Instance, project_env: str) -> str:
    if isinstance(one, TaskInstance):
        return hook.call(GetTaskInstanceLog(id=one.id)).task_instance_log
    return hook.call(GetInstanceLog(instance_id=one.instance_id, project_env=project_env)).data


def _named(one: TaskInstance | Instance) -> str:
    if isinstance(one, TaskInstance):
        return f"task {excerpt(one.task_name or '')} (instance {one.id})"
    return f"node {excerpt(one.node_name or '')} (instance {one.instance_id})"
