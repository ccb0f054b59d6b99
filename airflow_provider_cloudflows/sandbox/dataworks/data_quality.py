"""Data quality checks of DataWorks: run, shown and listed (2024-05-18).

Follows the models of the official SDK. The checks themselves, which the API calls evaluation tasks, are there when the
sandbox is born. A run goes by the course that the sandbox gave it (``courses.py``): a bad end is ``Critical``, and a
rule's ``unknown`` may be any word, ``Warned`` and ``Error`` too.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, Sight, begin, begun, look
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024, milliseconds, page
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document, Store

WORDS = Words("Running", "Running", "Passed", "Critical", field="Status")

TASK = "dataworks.quality_task"


def _born(birth: Birth) -> Document:
    return {
        "Id": birth.store.next_number("dataworks.quality_run", choices.FIRST_IDS.value["QualityRunId"]),
        "ProjectId": 0,
        "TaskId": 0,
        "Parameters": "",
        "RuntimeResource": {},
        "CreateTime": milliseconds(birth.now),
        COURSE: begun(birth.store.now(), Script()),
    }


RESOURCE = Resource("dataworks.quality_run", "Id", _born, place="ProjectId", words=WORDS)


def seed(store: Store) -> None:
    """One check with two rules."""
    check = {
        "Id": world.DATAWORKS_QUALITY_TASK_ID,
        "Name": "orders_are_complete",
        "ProjectId": world.DATAWORKS_PROJECT_ID,
        "Rules": ["rows are there", "amounts are positive"],
    }
    place = str(world.DATAWORKS_PROJECT_ID)
    store.of(world.ALIBABA_ACCOUNT.id).add(TASK, str(world.DATAWORKS_QUALITY_TASK_ID), check, place=place)


def create_run(call: Call) -> dict[str, Any]:
    """CreateDataQualityEvaluationTaskInstance: the trigger time is mandatory."""
    sent, project = call.parameters, project_id(call, choices.NO_PROJECT_2024)
    check = call.store.get(TASK, str(sent["DataQualityEvaluationTaskId"]), place=str(project))
    if check is None:
        message = f"The evaluation task {sent['DataQualityEvaluationTaskId']} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_QUALITY_TASK.value, message)
    if type(sent["Parameters"].get("triggerTime")) is not int:
        message = "Parameters must name triggerTime in milliseconds."
        raise refuse(AlibabaRefusal, choices.NO_TRIGGER_TIME.value, message)
    made = begin(
        call,
        RESOURCE,
        ProjectId=project,
        TaskId=check["Id"],
        Parameters=json.dumps(sent["Parameters"], separators=(",", ":")),
        RuntimeResource=sent.get("RuntimeResource", {}),
    )
    return {"Id": made["Id"], "RequestId": call.request_id}


def get_run(call: Call) -> dict[str, Any]:
    """GetDataQualityEvaluationTaskInstance: with what became of each rule, when it has ended."""
    run = call.read(RESOURCE.kind, str(call.parameters["Id"])) or _missing(call)
    seen = look(call, RESOURCE, run)
    shown = _shown(call, run, seen) | {"Results": _results(call, run, seen)}
    return {"DataQualityEvaluationTaskInstance": shown, "RequestId": call.request_id}


def list_runs(call: Call) -> dict[str, Any]:
    """ListDataQualityEvaluationTaskInstances: the newest first, without the rules."""
    sent, project = call.parameters, project_id(call, choices.NO_PROJECT_2024)
    found = [
        _shown(call, run, look(call, RESOURCE, run))
        for run in reversed(call.listed(RESOURCE.kind, place=str(project)))
        if sent.get("DataQualityEvaluationTaskId", run["TaskId"]) == run["TaskId"]
        and sent.get("CreateTimeFrom", 0) <= run["CreateTime"] <= sent.get("CreateTimeTo", run["CreateTime"])
    ]
    return {"PagingInfo": page(call, "DataQualityEvaluationTaskInstances", found), "RequestId": call.request_id}


def _check_of(call: Call, run: Document) -> Document:
    return call.store.get(TASK, str(run["TaskId"])) or {"Id": run["TaskId"], "Name": "", "Rules": []}


def _shown(call: Call, run: Document, seen: Sight) -> Document:
    shown = {name: run[name] for name in ("Id", "ProjectId", "Parameters", "CreateTime")}
    check = _check_of(call, run)
    task = {"Id": check["Id"], "Name": check["Name"], "ProjectId": run["ProjectId"]}
    end = {"FinishTime": milliseconds(seen.ended)} if seen.is_end else {}
    return shown | end | {"Status": seen.state, "Task": task, "TriggerContext": "{}"}


def _results(call: Call, run: Document, seen: Sight) -> list[Document]:
    """All rules are kept but the last one, which is as the run is."""
    if seen.state == WORDS.running:
        return []
    rules = _check_of(call, run)["Rules"]
    states = [WORDS.good] * (len(rules) - 1) + [seen.state]
    return [
        {
            "Status": state,
            "Rule": {"Name": rule, "Severity": "High"},
            "Details": [{"CheckedValue": seen.reason or "0", "Status": state}],
        }
        for rule, state in zip(rules, states, strict=False)
    ]


def _missing(call: Call) -> NoReturn:
    message = f"The evaluation task instance {call.parameters['Id']} does not exist."
    raise refuse(AlibabaRefusal, choices.NO_QUALITY_RUN.value, message)


OPERATIONS = (
    Operation(
        SERVICE,
        "CreateDataQualityEvaluationTaskInstance",
        "POST",
        VERSION_2024,
        create_run,
        (
            PROJECT_ID,
            Parameter("DataQualityEvaluationTaskId", "form", "int64", required=True),
            Parameter("Parameters", "form", "json object", required=True),
            Parameter("RuntimeResource", "form", "json object"),
        ),
    ),
    Operation(
        SERVICE,
        "GetDataQualityEvaluationTaskInstance",
        "GET",
        VERSION_2024,
        get_run,
        (Parameter("Id", "query", "int64", required=True),),
    ),
    Operation(
        SERVICE,
        "ListDataQualityEvaluationTaskInstances",
        "GET",
        VERSION_2024,
        list_runs,
        (
            Parameter("ProjectId", "query", "int64", required=True),
            Parameter("DataQualityEvaluationTaskId", "query", "int64"),
            Parameter("CreateTimeFrom", "query", "int64"),
            Parameter("CreateTimeTo", "query", "int64"),
            Parameter("PageNumber", "query", "int32", minimum=1),
            Parameter("PageSize", "query", "int32", minimum=1, maximum=100),
        ),
    ),
)
