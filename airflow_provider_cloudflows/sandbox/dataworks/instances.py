"""What a run of a DataWorks workflow is made of: an instance of the workflow, and one of each of its tasks.

They come to be in two ways: by the nightly schedule, or by an operation that a caller asked for; in the newer version
that is some time after the answer. A run goes by the course that the sandbox gave to its workflow instance; the states
of its tasks follow from it. The older version calls them DAG and instance, and shows the same ones (``dag.py``,
``instance.py``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from airflow_provider_cloudflows.sandbox.courses import (
    COURSE,
    Script,
    Sight,
    begun,
    look,
    sight,
    words_of,
)
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import DAY, midnight, midnight_of, milliseconds
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import TASK, WORKFLOW, tasks_of
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

WORDS = Words("NotRun", "Running", "Success", "Failure", "Running", "Failure", field="Status")
_RERUN_WORDS = Words("NotRun", "NotRun", "Success", "Failure", field="Status")
_CREATION_WORDS = Words("Creating", "Creating", "Created", "CreateFailure", field="Status")

WAITS_FOR_TRIGGER = "WaitTrigger"

OF_NO_WORKFLOW = 1
"""``WorkflowId`` of a create that names its tasks instead of a workflow."""


def _operation_born(birth: Birth) -> Document:
    return {
        "OperationId": str(uuid.uuid4()),
        "ProjectId": 0,
        "Name": "",
        "Type": "",
        "WorkflowId": 0,
        "Sent": {},
        "Made": [],
        "Unified": 0,
        COURSE: begun(birth.store.now(), Script()),
    }


def _rerun_born(birth: Birth) -> Document:
    return {
        "OperationId": str(uuid.uuid4()),
        "Ids": [],
        "Filter": {},
        "IsDone": False,
        COURSE: begun(birth.store.now(), Script()),
    }


def _instance_born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "Id": birth.store.next_number("dataworks.workflow_instance", choices.FIRST_IDS.value["WorkflowInstanceId"]),
        "Name": "",
        "Type": "Normal",
        "ProjectId": 0,
        "WorkflowId": 0,
        "UnifiedWorkflowInstanceId": 0,
        "BizDate": 0,
        "EnvType": "Prod",
        "Owner": birth.account.id,
        "Tags": [],
        "WorkflowParameters": "",
        "CreateUser": birth.account.id,
        "CreateTime": now,
        "ModifyUser": birth.account.id,
        "ModifyTime": now,
        "StartedTime": now,
        "Going": [],  # the task instances that go by the course; the others have ended well
        "Untriggered": [],  # those that wait for a call from outside
        COURSE: begun(birth.store.now(), Script()),
    }


def _task_instance_born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "Id": birth.store.next_number("dataworks.task_instance", choices.FIRST_IDS.value["TaskInstanceId"]),
        "TaskId": 0,
        "TaskName": "",
        "TaskType": "ODPS_SQL",
        "Content": "",
        "Parameters": "",
        "ProjectId": 0,
        "ProjectEnv": "Prod",
        "WorkflowId": 0,
        "WorkflowName": "",
        "WorkflowInstanceId": 0,
        "WorkflowInstanceType": "Normal",
        "UnifiedWorkflowInstanceId": 0,
        "Bizdate": 0,
        "Owner": birth.account.id,
        "Priority": 1,
        "RunNumber": 1,
        "RerunMode": "AllAllowed",
        "TriggerType": "Scheduler",
        "TriggerTime": now,
        "CreateUser": birth.account.id,
        "CreateTime": now,
        "ModifyUser": birth.account.id,
        "ModifyTime": now,
    }


CREATION = Resource("dataworks.workflow_creation", "OperationId", _operation_born, words=_CREATION_WORDS)
RERUN = Resource("dataworks.workflow_rerun", "OperationId", _rerun_born, words=_RERUN_WORDS)
INSTANCE = Resource("dataworks.workflow_instance", "Id", _instance_born, place="ProjectId", words=WORDS)
TASK_INSTANCE = Resource("dataworks.task_instance", "Id", _task_instance_born, place="ProjectId")


# --- how they come to be ---------------------------------------------------------------------------------------------


def carry_out(call: Call) -> None:
    """Make the instances of the operations that are due by now."""
    for operation in call.store.all(CREATION.kind):
        seen = sight(operation[COURSE], _CREATION_WORDS, call.store.now())
        if seen.state == _CREATION_WORDS.good and not operation["Made"]:
            operation["Made"] = [_make(call, operation, date, seen.ended) for date in dates_of(operation["Sent"], call)]
            call.store.update(CREATION.kind, operation["OperationId"], operation)
    for operation in call.store.all(RERUN.kind):
        if not operation["IsDone"] and sight(operation[COURSE], _RERUN_WORDS, call.store.now()).state == "Success":
            call.store.update(RERUN.kind, operation["OperationId"], operation | {"IsDone": True})
            for number in operation["Ids"]:
                _run_again(call, number, operation["Filter"])


def _run_again(call: Call, number: int, wanted: Document) -> None:
    """Let the tasks of a run that fit begin anew; with those that come after them, where that is asked for."""
    instance = call.store.get(INSTANCE.kind, str(number))
    if instance is None or not is_over(call, instance):
        return
    tasks = [one for one in call.store.all(TASK_INSTANCE.kind) if one["WorkflowInstanceId"] == number]
    shown = sight(instance[COURSE], words_of(INSTANCE), call.store.now())
    fit = [
        state_of_task(one, instance, shown) in wanted.get("TaskInstanceStatuses", [state_of_task(one, instance, shown)])
        and one["TaskId"] in wanted.get("TaskIds", [one["TaskId"]])
        for one in tasks
    ]
    first = fit.index(True) if True in fit else len(tasks)
    follows = wanted.get("RerunDownstreamEnabled", False)
    going = [one for place, one in enumerate(tasks) if fit[place] or (follows and place > first)]
    for one in going:
        call.store.update(TASK_INSTANCE.kind, str(one["Id"]), one | {"RunNumber": one["RunNumber"] + 1})
    if going:
        begin_again(call, instance, [one["Id"] for one in going], call.courses.take(INSTANCE.kind, instance))


def dates_of(sent: Document, call: Call) -> list[float]:
    """The business dates of a create, each by its midnight."""
    ranges = sent.get("Periods", {}).get("BizDates", [])
    if not ranges:
        return [midnight(call.store.now()) - DAY]
    days: set[float] = set()
    for each in ranges:
        first, last = midnight_of(each["StartBizDate"]), midnight_of(each["EndBizDate"])
        days.update(first + DAY * number for number in range(round((last - first) / DAY) + 1))
    return sorted(days)


def _make(call: Call, operation: Document, date: float, now: float) -> int:
    sent, workflow_id = operation["Sent"], operation["WorkflowId"]
    given = sent.get("DefaultRunProperties", {})
    named = {*given.get("RootTaskIds", ()), *given.get("IncludeTaskIds", ())}
    workflow = call.store.get(WORKFLOW.kind, str(workflow_id)) or {"Name": ""}
    tasks = call.store.all(TASK.kind) if workflow_id == OF_NO_WORKFLOW else tasks_of(call.store, workflow_id)
    if named and operation["Type"] != "ManualWorkflow":
        tasks = [task for task in tasks if task["Id"] in named]
    return make_run(
        call,
        {
            "Name": operation["Name"],
            "Type": operation["Type"],
            "ProjectId": operation["ProjectId"],
            "WorkflowId": operation["WorkflowId"],
            "UnifiedWorkflowInstanceId": operation["Unified"],
            "BizDate": milliseconds(date),
            "EnvType": sent.get("EnvType", "Prod"),
            "Tags": sent.get("Tags", []),
            "WorkflowParameters": sent.get("WorkflowParameters", ""),
        },
        tasks,
        workflow["Name"],
        now,
    )


def run_schedule(call: Call, project: int, date: float) -> None:
    """Make what the schedule has made for a business date, given by its midnight, if that is over."""
    due = date + DAY
    if due > call.store.now():
        return
    done = {
        one["WorkflowId"]
        for one in call.store.all(INSTANCE.kind, place=str(project))
        if one["Type"] == "Normal" and one["BizDate"] == milliseconds(date)
    }
    for workflow in call.store.all(WORKFLOW.kind, place=str(project)):
        is_daily = workflow["Trigger"]["Type"] == "Scheduler" and workflow["CreateTime"] < milliseconds(due)
        if is_daily and workflow["Id"] not in done:
            fields = {name: workflow[name] for name in ("Name", "ProjectId", "Owner", "EnvType")}
            fields |= {"WorkflowId": workflow["Id"], "BizDate": milliseconds(date)}
            fields |= dict.fromkeys(("CreateTime", "ModifyTime", "StartedTime"), milliseconds(due))
            make_run(call, fields, tasks_of(call.store, workflow["Id"]), workflow["Name"], due)


def make_run(
    call: Call,
    fields: Document,
    tasks: Iterable[Document],
    workflow_name: str,
    now: float,
    parameters: Callable[[Document], str] = lambda task: "",
) -> int:
    """Make an instance of a workflow that begins ``now``, and those of its tasks; returns its id.

    What the schedule made goes no further than a task that waits for a call from outside.

    :param parameters: the parameters of the instance of a task.
    """
    tasks, by_schedule = list(tasks), fields.get("Type", "Normal") == "Normal"
    waits = by_schedule and any(task["Type"] == choices.TRIGGERED_TYPE.value for task in tasks)
    script = Script(ending="never") if waits else call.courses.take(INSTANCE.kind, {"Type": "Normal"} | fields)
    instance = call.create(INSTANCE, **fields, **{COURSE: begun(now, script)})
    common = {
        "ProjectId": instance["ProjectId"],
        "ProjectEnv": instance["EnvType"],
        "WorkflowId": instance["WorkflowId"],
        "WorkflowName": workflow_name,
        "WorkflowInstanceId": instance["Id"],
        "WorkflowInstanceType": instance["Type"],
        "UnifiedWorkflowInstanceId": instance["UnifiedWorkflowInstanceId"],
        "Bizdate": instance["BizDate"],
        "Owner": instance["Owner"],
        **{name: instance[name] for name in ("CreateTime", "ModifyTime")},
        "TriggerTime": instance["StartedTime"],
    }
    for task in tasks:
        own = {"TaskId": task["Id"], "TaskName": task["Name"], "TaskType": task["Type"], "Content": task["Script"]}
        own |= {"RerunMode": task["RerunMode"], "Parameters": parameters(task)}
        made = call.create(TASK_INSTANCE, **common, **own)
        instance["Going"].append(made["Id"])
        if waits and task["Type"] == choices.TRIGGERED_TYPE.value:
            instance["Untriggered"].append(made["Id"])
    call.store.update(INSTANCE.kind, str(instance["Id"]), instance)
    return int(instance["Id"])


# --- what they show --------------------------------------------------------------------------------------------------


def instance_of(call: Call, task_instance: Document) -> Document | None:
    """The workflow instance that a task instance belongs to."""
    return call.store.get(INSTANCE.kind, str(task_instance["WorkflowInstanceId"]))


def seen(call: Call, instance: Document) -> Sight:
    """What somebody sees who looks at a workflow instance now."""
    return look(call, INSTANCE, instance)


def state_of_task(task_instance: Document, instance: Document | None, shown: Sight) -> str:
    """The state of a task in a run that shows ``shown``."""
    if instance is None or task_instance["Id"] not in instance["Going"]:
        return WORDS.good
    place = instance["Going"].index(task_instance["Id"])
    if shown.is_end:
        is_last = place == len(instance["Going"]) - 1
        return shown.state if is_last else WORDS.good
    if instance["Untriggered"]:
        return WAITS_FOR_TRIGGER if task_instance["Id"] in instance["Untriggered"] else WORDS.begun
    if shown.state == WORDS.running:
        return WORDS.running if place == 0 else WORDS.begun
    return shown.state


def begin_again(call: Call, instance: Document, going: list[int], script: Script) -> None:
    """Let these tasks of a run begin anew."""
    instance["Going"] = going
    instance[COURSE] = begun(call.store.now(), script)
    instance["ModifyTime"] = milliseconds(call.now)
    call.store.update(INSTANCE.kind, str(instance["Id"]), instance)


def trigger(call: Call, task_id: int, cycle_time: int) -> None:
    """Let the instance that the schedule made of a task for a time go on; a second trigger has no effect.

    :param cycle_time: when it was due, in milliseconds.
    """
    found = (
        one
        for one in call.store.all(TASK_INSTANCE.kind)
        if one["TaskId"] == task_id and one["TriggerTime"] == cycle_time and one["WorkflowInstanceType"] == "Normal"
    )
    task_instance = next(found, None)
    instance = None if task_instance is None else instance_of(call, task_instance)
    if task_instance is None or instance is None:
        message = f"The node {task_id} has no instance for {cycle_time}."
        raise refuse(AlibabaRefusal, choices.NO_INSTANCE.value, message)
    if task_instance["Id"] not in instance["Untriggered"] or is_over(call, instance):
        return
    instance["Untriggered"].remove(task_instance["Id"])
    if not instance["Untriggered"]:
        begin_again(call, instance, instance["Going"], call.courses.take(INSTANCE.kind, instance))


def is_over(call: Call, instance: Document) -> bool:
    """Whether a run is over; this is not counted as a look."""
    return sight(instance[COURSE], words_of(INSTANCE), call.store.now()).is_end


def each_id(call: Call, act: Any) -> dict[str, Any]:
    """The answer of what is done to many ids: for each whether it was, or why not.

    :param act: does it to one id, and returns why not, or an empty text.
    """
    results = {}
    for number in call.parameters["Ids"]:
        refusal = act(call, number)
        results[str(number)] = {"Success": not refusal, "Message": refusal}
    return {"RequestId": call.request_id, "SuccessInfo": results}
