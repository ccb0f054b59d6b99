"""Instances of the tasks in a DataWorks run (API version 2024-05-18): read, listed, run again, set to success, logs.

Follows the models of the official SDK. Their states follow from the run that they belong to (``instances.py``).
"""

from __future__ import annotations

from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, sight, stop, words_of
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import (
    DAY,
    SERVICE,
    VERSION_2024,
    local_time,
    midnight,
    milliseconds,
    page,
)
from airflow_provider_cloudflows.sandbox.dataworks.instances import (
    INSTANCE,
    TASK_INSTANCE,
    WORDS,
    begin_again,
    carry_out,
    each_id,
    instance_of,
    is_over,
    run_schedule,
    seen,
    state_of_task,
    trigger,
)
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ENVIRONMENTS, in_order
from airflow_provider_cloudflows.sandbox.dataworks.workflow_instance import COMMENT, IDS, SORTS
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

_SAME = (
    "TaskId",
    "TaskType",
    "Owner",
    "TriggerType",
    "UnifiedWorkflowInstanceId",
    "WorkflowId",
    "WorkflowInstanceId",
    "WorkflowInstanceType",
)


def get_instance(call: Call) -> dict[str, Any]:
    """GetTaskInstance: by its id alone; the script too."""
    carry_out(call)
    instance = _read(call)
    shown = looked_at(call, [instance])[0] | {
        "Script": {"Content": instance["Content"], "Parameters": instance["Parameters"]}
    }
    return {"RequestId": call.request_id, "TaskInstance": shown}


def list_instances(call: Call) -> dict[str, Any]:
    """ListTaskInstances: those of one business date, by default the newest first."""
    project, sent = project_id(call, choices.NO_PROJECT_2024), call.parameters
    date = midnight(sent["Bizdate"] / 1000)
    carry_out(call)
    run_schedule(call, project, date)
    wanted = {name: sent[name] for name in _SAME if name in sent}
    wanted |= {"Bizdate": milliseconds(date), "ProjectEnv": sent.get("ProjectEnv", "Prod")}
    found = [
        one
        for one in call.listed(TASK_INSTANCE.kind, place=str(project))
        if all(one[name] == value for name, value in wanted.items())
        and sent.get("TaskName", "") in one["TaskName"]
        and one["Id"] in sent.get("Ids", [one["Id"]])
        and one["Id"] == sent.get("Id", one["Id"])
        and one["TaskId"] in sent.get("TaskIds", [one["TaskId"]])
    ]
    shown = looked_at(call, in_order(found, sent.get("SortBy", "Id Desc")))
    shown = [one for one in shown if one["Status"] == sent.get("Status", one["Status"])]
    return {"RequestId": call.request_id, "PagingInfo": page(call, "TaskInstances", shown)}


def get_log(call: Call) -> dict[str, Any]:
    """GetTaskInstanceLog: the script line by line, and how it ended."""
    carry_out(call)
    return {"RequestId": call.request_id, "TaskInstanceLog": log_of(call, _read(call))}


def log_of(call: Call, task_instance: Document) -> str:
    """The log of a task instance."""
    instance = instance_of(call, task_instance)
    begin = local_time(task_instance["CreateTime"] / 1000)
    lines = [f"{begin} INFO Task {task_instance['TaskName']} begins.", *task_instance["Content"].splitlines()]
    if instance is not None:
        shown = sight(instance[COURSE], words_of(INSTANCE), call.store.now())
        state = state_of_task(task_instance, instance, shown)
        if state == WORDS.bad:
            lines.append(f"{local_time(shown.ended)} ERROR {shown.reason or 'It was stopped.'}")
        elif state == WORDS.good:
            lines.append(f"{local_time(shown.ended or call.now)} INFO Task {task_instance['TaskName']} is done.")
    return "\n".join(lines)


def stop_instances(call: Call) -> dict[str, Any]:
    """StopTaskInstances: a result for each id; it stops the run that the task is in."""
    carry_out(call)
    return each_id(call, _stop)


def _stop(call: Call, number: int) -> str:
    task_instance = call.store.get(TASK_INSTANCE.kind, str(number))
    instance = task_instance and instance_of(call, task_instance)
    if not instance:
        return f"The task instance {number} does not exist."
    result = stop(call, INSTANCE, instance)
    return "" if result == "accepted" else f"The task instance {number} cannot be stopped: {result}."


def rerun_instances(call: Call) -> dict[str, Any]:
    """RerunTaskInstances: a result for each id; a rerun begins a course of its own."""
    return each_id(call, rerun)


def trigger_instance(call: Call) -> dict[str, Any]:
    """TriggerSchedulerTaskInstance: the instance is told by its task and the time at which it was due."""
    carry_out(call)
    for project in call.store.all("dataworks.project"):
        run_schedule(call, project["ProjectId"], midnight(call.parameters["TriggerTime"] / 1000) - DAY)
    trigger(call, call.parameters["TaskId"], call.parameters["TriggerTime"])
    return {"RequestId": call.request_id, "Success": True}


def set_success(call: Call) -> dict[str, Any]:
    """SetSuccessTaskInstances: a result for each id."""
    return each_id(call, succeed)


def rerun(call: Call, number: int) -> str:
    """Let it begin anew; returns why not, or an empty text."""
    task_instance = call.store.get(TASK_INSTANCE.kind, str(number))
    instance = task_instance and instance_of(call, task_instance)
    if not task_instance or not instance:
        return f"The task instance {number} does not exist."
    if not is_over(call, instance) or task_instance["RerunMode"] == "AllDenied":
        return f"The task instance {number} cannot be run again."
    task_instance["RunNumber"] += 1
    call.store.update(TASK_INSTANCE.kind, str(number), task_instance)
    begin_again(call, instance, [number], call.courses.take(INSTANCE.kind, instance))
    return ""


def succeed(call: Call, number: int) -> str:
    """Let it have succeeded; returns why not, or an empty text."""
    task_instance = call.store.get(TASK_INSTANCE.kind, str(number))
    instance = task_instance and instance_of(call, task_instance)
    if not task_instance or not instance:
        return f"The task instance {number} does not exist."
    shown = sight(instance[COURSE], words_of(INSTANCE), call.store.now())
    if state_of_task(task_instance, instance, shown) != WORDS.bad:
        return f"The task instance {number} has not failed."
    begin_again(call, instance, [number], Script(seconds=0.0))
    return ""


def _read(call: Call) -> Document:
    number = call.parameters["Id"]
    return call.read(TASK_INSTANCE.kind, str(number)) or _missing(number)


def looked_at(call: Call, task_instances: list[Document]) -> list[Document]:
    """What is shown of them; a run that several belong to is looked at once."""
    runs: dict[int, tuple[Document, Any]] = {}
    shown = []
    for one in task_instances:
        number = one["WorkflowInstanceId"]
        instance = instance_of(call, one) if number not in runs else None
        if instance is not None:
            runs[number] = instance, seen(call, instance)
        state = state_of_task(one, *runs[number]) if number in runs else WORDS.good
        visible = {name: value for name, value in one.items() if name not in ("Content", "Parameters")}
        ended = {"FinishedTime": milliseconds(call.now)} if state in (WORDS.good, WORDS.bad) else {}
        shown.append(visible | {"Status": state} | ended)
    return shown


def _missing(number: int) -> NoReturn:
    message = f"The task instance {number} does not exist."
    raise refuse(AlibabaRefusal, choices.NO_INSTANCE.value, message)


_ID = Parameter("Id", "query", "int64", required=True)
_STATES = ("NotRun", "Running", "Failure", "Success", "WaitTime", "WaitResource")

OPERATIONS = (
    Operation(SERVICE, "GetTaskInstance", "GET", VERSION_2024, get_instance, (_ID,)),
    Operation(
        SERVICE,
        "GetTaskInstanceLog",
        "GET",
        VERSION_2024,
        get_log,
        (_ID, Parameter("RunNumber", "query", "int32", minimum=1)),
    ),
    Operation(
        SERVICE,
        "ListTaskInstances",
        "POST",
        VERSION_2024,
        list_instances,
        (
            PROJECT_ID,
            Parameter("PageNumber", "form", "int32", minimum=1),
            Parameter("PageSize", "form", "int32", minimum=1, maximum=500),
            Parameter("Bizdate", "form", "int64", required=True),
            *(Parameter(name, "form", "int64") for name in _SAME if name.endswith("Id")),
            Parameter("Id", "form", "int64"),
            *(Parameter(name, "form", "json list") for name in ("Ids", "TaskIds")),
            *(Parameter(name, "form") for name in ("TaskName", "TaskType", "Owner", "WorkflowInstanceType")),
            Parameter("ProjectEnv", "form", among=ENVIRONMENTS),
            Parameter("Status", "form", among=_STATES),
            Parameter("TriggerType", "form", among=("Scheduler", "Manual")),
            Parameter("SortBy", "form", among=SORTS),
        ),
    ),
    Operation(SERVICE, "StopTaskInstances", "POST", VERSION_2024, stop_instances, (IDS, COMMENT)),
    Operation(
        SERVICE,
        "RerunTaskInstances",
        "POST",
        VERSION_2024,
        rerun_instances,
        (IDS, COMMENT, Parameter("UseLatestConfig", "form", "boolean")),
    ),
    Operation(
        SERVICE,
        "TriggerSchedulerTaskInstance",
        "POST",
        VERSION_2024,
        trigger_instance,
        (
            Parameter("EnvType", "query", among=ENVIRONMENTS),
            Parameter("TaskId", "form", "int64", required=True),
            Parameter("TriggerTime", "form", "int64", required=True),
        ),
    ),
    Operation(SERVICE, "SetSuccessTaskInstances", "POST", VERSION_2024, set_success, (IDS, COMMENT)),
)
