"""Instances of DataWorks nodes by API version 2020-05-18: listed, read, stopped, run again, set to success, triggered.

Follows the models of the official SDK. An instance is a task instance of the newer version, and shows it in this one's
words (``choices.BOTH_VERSIONS``); here each call is about one instance, and refuses it with an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import COURSE, stop
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import (
    DAY,
    SERVICE,
    VERSION,
    midnight,
    midnight_of,
    milliseconds,
    page,
    succeeded,
)
from airflow_provider_cloudflows.sandbox.dataworks.dag import DAG_TYPES, ENV, PROJECT_ENVS
from airflow_provider_cloudflows.sandbox.dataworks.instances import (
    INSTANCE,
    TASK_INSTANCE,
    carry_out,
    instance_of,
    run_schedule,
    trigger,
)
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import PAGES
from airflow_provider_cloudflows.sandbox.dataworks.task_instance import log_of, looked_at, rerun, succeed
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

_FILTERS = {"DagId": "WorkflowInstanceId", "NodeId": "TaskId", "NodeName": "TaskName", "BizName": "WorkflowName"}
_FILTERS |= {"Owner": "Owner", "ProgramType": "TaskType"}
_STATES = ("NOT_RUN", "WAIT_TIME", "WAIT_RESOURCE", "RUNNING", "CHECKING", "CHECKING_CONDITION", "FAILURE", "SUCCESS")


def list_instances(call: Call) -> dict[str, Any]:
    """ListInstances: by default the newest first; the dates are texts, and a date brings along what its night made."""
    project, sent = project_id(call), call.parameters
    carry_out(call)
    dates = None if not (wanted := list(_dates(call))) else {milliseconds(date) for date in wanted}
    for date in wanted:
        run_schedule(call, project, date)
    found = [
        one
        for one in call.listed(TASK_INSTANCE.kind, place=str(project))
        if all(one[field] == sent[name] for name, field in _FILTERS.items() if name in sent)
        and one["ProjectEnv"] == PROJECT_ENVS[sent["ProjectEnv"]]
        and (dates is None or one["Bizdate"] in dates)
    ]
    found.sort(key=lambda one: one["CreateTime" if sent.get("OrderBy") == "CREATE_TIME_DESC" else "Id"], reverse=True)
    shown = [one for one in _shown(call, found) if one["Status"] == sent.get("Status", one["Status"])]
    return succeeded(call, Data=page(call, "Instances", shown))


def _dates(call: Call) -> Iterable[float]:
    """The business dates that are asked for, each by its midnight."""
    sent = call.parameters
    if "Bizdate" in sent:
        return [midnight_of(sent["Bizdate"][:10])]
    if "BeginBizdate" not in sent or "EndBizdate" not in sent:
        return []
    first, last = (midnight_of(sent[name][:10]) for name in ("BeginBizdate", "EndBizdate"))
    return [first + DAY * number for number in range(round((last - first) / DAY) + 1)]


def get_instance(call: Call) -> dict[str, Any]:
    """GetInstance: by its id and the environment."""
    return succeeded(call, Data=_shown(call, [_instance(call)])[0])


def get_log(call: Call) -> dict[str, Any]:
    """GetInstanceLog: all of it is one text."""
    return succeeded(call, Data=log_of(call, _instance(call)))


def stop_instance(call: Call) -> dict[str, Any]:
    """StopInstance: it stops the run that the instance is in; a second stop says the same."""
    task_instance = _instance(call)
    run = instance_of(call, task_instance)
    result = "over" if run is None else stop(call, INSTANCE, run)
    if result == "refused" or (result == "over" and not (run and run[COURSE]["stopped"])):
        _not_now(f"The instance {task_instance['Id']} cannot be stopped: {result}.")
    return succeeded(call, Data=True)


def restart_instance(call: Call) -> dict[str, Any]:
    """RestartInstance: it begins a course of its own."""
    refusal = rerun(call, _instance(call)["Id"])
    return _not_now(refusal) if refusal else succeeded(call, Data=True)


def set_success(call: Call) -> dict[str, Any]:
    """SetSuccessInstance."""
    refusal = succeed(call, _instance(call)["Id"])
    return _not_now(refusal) if refusal else succeeded(call, Data=True)


def run_trigger_node(call: Call) -> dict[str, Any]:
    """RunTriggerNode: the answer names nothing; the instance is told by its node and the time at which it was due."""
    sent = call.parameters
    run_schedule(call, sent["AppId"], midnight(sent["BizDate"] / 1000))
    trigger(call, sent["NodeId"], sent["CycleTime"])
    return {"RequestId": call.request_id, "Success": True}


def _instance(call: Call) -> Document:
    carry_out(call)
    number = call.parameters["InstanceId"]
    found = call.read(TASK_INSTANCE.kind, str(number))
    if found is None or found["ProjectEnv"] != PROJECT_ENVS[call.parameters["ProjectEnv"]]:
        message = f"The instance {number} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_INSTANCE.value, message)
    return found


def _shown(call: Call, task_instances: list[Document]) -> list[Document]:
    """What is shown of them, in the words of this version."""
    states = looked_at(call, task_instances)
    return [_in_words(call, one, state) for one, state in zip(task_instances, states, strict=True)]


def _in_words(call: Call, task_instance: Document, shown: Document) -> Document:
    run = instance_of(call, task_instance)
    goes = run is not None and task_instance["Id"] in run["Going"]
    began = milliseconds(run[COURSE]["began"]) if run and goes else task_instance["CreateTime"]
    words = {
        "InstanceId": task_instance["Id"],
        "NodeId": task_instance["TaskId"],
        "NodeName": task_instance["TaskName"],
        "DagId": task_instance["WorkflowInstanceId"],
        "DagType": DAG_TYPES[task_instance["WorkflowInstanceType"]],
        "RelatedFlowId": task_instance["WorkflowId"],
        "Status": in_upper_case(shown["Status"]),
        "TaskType": "NORMAL",
        "Bizdate": task_instance["Bizdate"],
        "CycTime": task_instance["TriggerTime"],
        "BeginRunningTime": began,
        "CreateTime": task_instance["CreateTime"],
        "CreateUser": task_instance["CreateUser"],
        "ModifyTime": task_instance["ModifyTime"],
        "Owner": task_instance["Owner"],
        "ParamValues": task_instance["Parameters"],
        "Priority": task_instance["Priority"],
        "Repeatability": task_instance["RerunMode"] != "AllDenied",
    }
    return words | ({"FinishTime": shown["FinishedTime"]} if "FinishedTime" in shown else {})


def in_upper_case(state: str) -> str:
    """``NOT_RUN`` for ``NotRun``; a word that is in upper case stays."""
    return state if state.isupper() else re.sub(r"(?<=[a-z])(?=[A-Z])", "_", state).upper()


def _not_now(message: str) -> NoReturn:
    raise refuse(AlibabaRefusal, choices.NOT_NOW.value, message)


_ONE = (Parameter("InstanceId", "form", "int64", required=True), ENV)
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"

OPERATIONS = (
    Operation(
        SERVICE,
        "ListInstances",
        "POST",
        VERSION,
        list_instances,
        (
            PROJECT_ID,
            ENV,
            *PAGES,
            *(Parameter(name, "form", pattern=_DATE) for name in ("Bizdate", "BeginBizdate", "EndBizdate")),
            *(Parameter(name, "form", "int64") for name in ("DagId", "NodeId")),
            *(Parameter(name, "form") for name in ("BizName", "NodeName", "Owner", "ProgramType")),
            Parameter("OrderBy", "form", among=("CREATE_TIME_DESC", "INSTANCE_ID_DESC")),
            Parameter("Status", "form", among=_STATES),
        ),
    ),
    Operation(SERVICE, "GetInstance", "POST", VERSION, get_instance, _ONE),
    Operation(
        SERVICE,
        "GetInstanceLog",
        "POST",
        VERSION,
        get_log,
        (*_ONE, Parameter("InstanceHistoryId", "form", "int64")),
    ),
    Operation(SERVICE, "StopInstance", "POST", VERSION, stop_instance, _ONE),
    Operation(SERVICE, "RestartInstance", "POST", VERSION, restart_instance, _ONE),
    Operation(SERVICE, "SetSuccessInstance", "POST", VERSION, set_success, _ONE),
    Operation(
        SERVICE,
        "RunTriggerNode",
        "POST",
        VERSION,
        run_trigger_node,
        tuple(Parameter(name, "form", "int64", required=True) for name in ("AppId", "NodeId", "BizDate", "CycleTime")),
    ),
)
