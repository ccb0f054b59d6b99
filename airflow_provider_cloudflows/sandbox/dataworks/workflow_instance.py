"""Runs of DataWorks workflows (API version 2024-05-18): created in two steps, read, listed and stopped.

Follows the models of the official SDK. A create answers with an operation; the instances are there when that is done
(``instances.py``), and a result for each id tells what a stop did.
"""

from __future__ import annotations

from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, look, stop, without_course
from airflow_provider_cloudflows.sandbox.courses import begun as begun_course
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024, midnight, milliseconds, page
from airflow_provider_cloudflows.sandbox.dataworks.instances import (
    CREATION,
    INSTANCE,
    OF_NO_WORKFLOW,
    carry_out,
    each_id,
    run_schedule,
    seen,
)
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import (
    ENVIRONMENTS,
    PAGES,
    has_tags,
    in_order,
    workflow_of,
)
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

_CREATED_TYPES = ("SupplementData", "ManualWorkflow", "Manual", "SmokeTest", "TriggerWorkflow")
_SORTED_BY = ("TriggerTime", "StartedTime", "FinishedTime", "CreateTime", "Id")
SORTS = (*_SORTED_BY, *(f"{name} {way}" for name in _SORTED_BY for way in ("Asc", "Desc")))
MOST_RANGES = 7


def create_instances(call: Call) -> dict[str, Any]:
    """CreateWorkflowInstances: the answer names an operation; the instances come later."""
    project, sent = project_id(call, choices.NO_PROJECT_2024), dict(call.parameters)
    if sent["WorkflowId"] != OF_NO_WORKFLOW:
        workflow_of(call, sent["WorkflowId"], project=project)
    ranges = sent.get("Periods", {}).get("BizDates", [])
    if len(ranges) > MOST_RANGES or any(each["StartBizDate"] > each["EndBizDate"] for each in ranges):
        message = f"Periods.BizDates takes at most {MOST_RANGES} ranges, each from a date to the same or a later one."
        raise AlibabaRefusal(400, "InvalidParameter", message)
    _check_run_properties(sent)
    fields = {name: sent[name] for name in ("Name", "Type", "WorkflowId")} | {"ProjectId": project}
    script = call.courses.take(CREATION.kind, fields, Script(seconds=choices.CREATION_SECONDS.value))
    unified = call.store.next_number("dataworks.unified", choices.FIRST_IDS.value["UnifiedWorkflowInstanceId"])
    course = begun_course(call.store.now(), script)
    operation = call.create(CREATION, **fields, Sent=sent, Unified=unified, **{COURSE: course})
    return {"RequestId": call.request_id, "OperationId": operation["OperationId"]}


def _check_run_properties(sent: Document) -> None:
    """What the vendor's page calls required of some types, and the gateway cannot know."""
    given = sent.get("DefaultRunProperties", {})
    needed = {"SupplementData": ("Mode", "Parallelism", "Analysis", "RootTaskIds"), "Manual": ("RootTaskIds",)}
    needed["SmokeTest"] = needed["Manual"]
    for name in needed.get(sent["Type"], ()):
        if not given.get(name) and not (name == "RootTaskIds" and given.get("Mode") == "Chain"):
            message = f"DefaultRunProperties.{name} is mandatory for this action where Type is {sent['Type']}."
            raise AlibabaRefusal(400, f"MissingDefaultRunProperties.{name}", message)


def get_creation(call: Call) -> dict[str, Any]:
    """GetCreateWorkflowInstancesResult: whether the instances are there, and their ids."""
    operation_id = call.parameters["OperationId"]
    operation = call.store.get(CREATION.kind, operation_id)
    if operation is None:
        message = f"The operation {operation_id} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_OPERATION.value, message)
    shown = look(call, CREATION, operation)
    carry_out(call)
    made = (call.store.get(CREATION.kind, operation_id) or operation)["Made"]
    result: dict[str, Any] = {"Status": shown.state}
    if made:
        result |= {"WorkflowInstanceIds": made, "UnifiedWorkflowInstanceIds": [operation["Unified"]] * len(made)}
    if shown.is_end and not made:
        result["FailureMessage"] = shown.reason
    return {"RequestId": call.request_id, "Result": result}


def get_instance(call: Call) -> dict[str, Any]:
    """GetWorkflowInstance: by its id alone."""
    carry_out(call)
    number = call.parameters["Id"]
    instance = call.read(INSTANCE.kind, str(number)) or _missing(number)
    return {"RequestId": call.request_id, "WorkflowInstance": _looked_at(call, instance)}


def list_instances(call: Call) -> dict[str, Any]:
    """ListWorkflowInstances: those of one business date, by default the newest first."""
    project, sent = project_id(call, choices.NO_PROJECT_2024), call.parameters
    date = midnight(sent["BizDate"] / 1000)
    carry_out(call)
    run_schedule(call, project, date)
    same = ("WorkflowId", "Type", "Owner", "UnifiedWorkflowInstanceId")
    wanted = {name: sent[name] for name in same if name in sent}
    wanted |= {"BizDate": milliseconds(date), "EnvType": sent.get("EnvType", "Prod")}
    found = [
        one
        for one in call.listed(INSTANCE.kind, place=str(project))
        if all(one[name] == value for name, value in wanted.items())
        and sent.get("Name", "") in one["Name"]
        and one["Id"] in sent.get("Ids", [one["Id"]])
        and has_tags(one, sent.get("Tags", ()))
    ]
    answer = page(call, "WorkflowInstances", in_order(found, sent.get("SortBy", "Id Desc")))
    answer["WorkflowInstances"] = [_looked_at(call, one) for one in answer["WorkflowInstances"]]
    return {"RequestId": call.request_id, "PagingInfo": answer}


def stop_instances(call: Call) -> dict[str, Any]:
    """StopWorkflowInstances: a result for each id."""
    carry_out(call)
    return each_id(call, _stop)


def _stop(call: Call, number: int) -> str:
    instance = call.store.get(INSTANCE.kind, str(number))
    if instance is None:
        return f"The workflow instance {number} does not exist."
    result = stop(call, INSTANCE, instance)
    return "" if result == "accepted" else f"The workflow instance {number} cannot be stopped: {result}."


def _looked_at(call: Call, instance: Document) -> Document:
    shown = seen(call, instance)
    end = {"FinishedTime": milliseconds(shown.ended)} if shown.is_end else {}
    return without_course(instance, "Going", "Untriggered") | {"Status": shown.state} | end


def _missing(number: int) -> NoReturn:
    message = f"The workflow instance {number} does not exist."
    raise refuse(AlibabaRefusal, choices.NO_INSTANCE.value, message)


_ID = Parameter("Id", "query", "int64", required=True)
_FREE = ("Comment", "TaskParameters", "WorkflowParameters")
IDS = Parameter("Ids", "form", "json list", required=True)
COMMENT = Parameter("Comment", "form")

_RUN_PROPERTIES = (
    Parameter("Mode", "form", among=("General", "ManualSelection", "Chain", "AllDownstream")),
    Parameter("Order", "form", among=("Asc", "Desc")),
    Parameter("Parallelism", "form", "number", minimum=1, maximum=10),
    Parameter("Analysis", "form", "free object"),
    *(Parameter(f"{what}TaskIds", "form", "list of numbers") for what in ("Root", "Include", "Exclude")),
    *(Parameter(f"{what}ProjectIds", "form", "list of numbers") for what in ("Include", "Exclude")),
    *(Parameter(name, "form", "free object") for name in ("Alert", "DataSourceNameMappings", "RunPolicy")),
    *(
        Parameter(name, "form", "list of numbers")
        for name in ("ExcludeTaskIds", "IncludeProjectIds", "ExcludeProjectIds")
    ),
    Parameter("Priority", "form", "number", minimum=1, maximum=11),
    *(Parameter(name, "form") for name in ("PriorityWeightStrategy", "RuntimeResource")),
)

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateWorkflowInstances",
        "POST",
        VERSION_2024,
        create_instances,
        (
            PROJECT_ID,
            Parameter("WorkflowId", "form", "int64", required=True),
            Parameter("Type", "form", required=True, among=_CREATED_TYPES),
            Parameter("Name", "form", required=True),
            Parameter("EnvType", "form", among=ENVIRONMENTS),
            *(Parameter(name, "form") for name in _FREE),
            Parameter("TagCreationPolicy", "form", among=("Append", "Overwrite")),
            Parameter(
                "Tags",
                "form",
                "json list",
                fields=(Parameter("Key", "form", required=True), Parameter("Value", "form")),
            ),
            Parameter(
                "Periods",
                "form",
                "json object",
                fields=(
                    Parameter(
                        "BizDates",
                        "form",
                        "list",
                        required=True,
                        fields=tuple(
                            Parameter(name, "form", required=True, pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
                            for name in ("StartBizDate", "EndBizDate")
                        ),
                    ),
                    Parameter("StartTime", "form"),
                    Parameter("EndTime", "form"),
                ),
            ),
            Parameter("DefaultRunProperties", "form", "json object", fields=_RUN_PROPERTIES),
        ),
    ),
    Operation(
        SERVICE,
        "GetCreateWorkflowInstancesResult",
        "GET",
        VERSION_2024,
        get_creation,
        (Parameter("OperationId", "query", required=True),),
    ),
    Operation(SERVICE, "GetWorkflowInstance", "GET", VERSION_2024, get_instance, (_ID,)),
    Operation(
        SERVICE,
        "ListWorkflowInstances",
        "POST",
        VERSION_2024,
        list_instances,
        (
            PROJECT_ID,
            *PAGES,
            Parameter("BizDate", "form", "int64", required=True),
            Parameter("WorkflowId", "form", "int64"),
            Parameter("UnifiedWorkflowInstanceId", "form", "int64"),
            Parameter("Ids", "form", "json list"),
            Parameter("Name", "form"),
            Parameter("Owner", "form"),
            Parameter("Tags", "form", "json list"),
            Parameter("Type", "form", among=("Normal", *_CREATED_TYPES)),
            Parameter("EnvType", "form", among=ENVIRONMENTS),
            Parameter("SortBy", "form", among=SORTS),
        ),
    ),
    Operation(SERVICE, "StopWorkflowInstances", "POST", VERSION_2024, stop_instances, (IDS, COMMENT)),
)
