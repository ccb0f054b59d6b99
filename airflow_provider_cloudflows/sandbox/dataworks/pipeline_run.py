"""Publishing processes of DataWorks (``PipelineRun``): begun, shown, executed stage by stage, abolished (2024-05-18).

Follows the models of the official SDK and the vendor's guide. A stage waits in ``Init`` until it is executed, and then
goes by the course that the sandbox gave it (``courses.py``): rules of the kind ``dataworks.pipeline_stage`` match its
``Code``. A rule's ``unknown`` may be any word, ``Termination`` too. When the last stage has succeeded, the object is in
the operation center, or out of it.
"""

from __future__ import annotations

from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import COURSE, Sight, begun, look, sight, stop
from airflow_provider_cloudflows.sandbox.dataworks import choices, node, scheduled, workflow_definition
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024, milliseconds, page
from airflow_provider_cloudflows.sandbox.dataworks.flow_spec import command_of, inner
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

STATES = ("Init", "Running", "Success", "Fail", "Termination", "Cancel")
WORDS = Words("Running", "Running", "Success", "Fail", "Running", "Termination", field="Status")
BAD = ("Fail", "Termination", "Cancel")

_TYPES = {"BUILD_PACKAGE": "Build", "PROD_CHECK": "Check", "PROD": "Deploy", "OFFLINE": "Offline"}


def _born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "Id": str(birth.store.next_number("dataworks.design", choices.FIRST_IDS.value["DesignId"])),
        "ProjectId": 0,
        "Description": "",
        "Creator": birth.account.id,
        "ObjectId": "",
        "Type": "Online",
        "AutoRunUntilStage": "",
        "IsAbolished": False,
        "IsPublished": False,
        "CreateTime": now,
        "ModifyTime": now,
    }


def _stage_born(birth: Birth) -> Document:
    return {"Key": "", "Code": "", "Name": "", "Type": "", "Step": 0, "PipelineRunId": "", "ProjectId": 0}


RESOURCE = Resource("dataworks.pipeline_run", "Id", _born, place="ProjectId")
STAGE = Resource("dataworks.pipeline_stage", "Key", _stage_born, place="PipelineRunId", words=WORDS)


def create_pipeline_run(call: Call) -> dict[str, Any]:
    """CreatePipelineRun: for one object, which is no node inside of a workflow."""
    project, sent = project_id(call, choices.NO_PROJECT_2024), call.parameters
    if len(sent["ObjectIds"]) != 1 or not isinstance(sent["ObjectIds"][0], str):
        raise refuse(AlibabaRefusal, choices.ONE_OBJECT.value, "A process publishes exactly one object.")
    object_id = sent["ObjectIds"][0]
    _check_it_can_be_published(call, project, object_id)
    until = sent.get("AutoRunUntilStage", "") if sent.get("RunMode") == "Auto" else ""
    run = call.create(
        RESOURCE,
        ProjectId=project,
        ObjectId=object_id,
        Type=sent["Type"],
        Description=sent.get("Description", ""),
        AutoRunUntilStage=until,
    )
    for step, code in enumerate(choices.STAGES.value[sent["Type"]], 1):
        place = {"PipelineRunId": run["Id"], "ProjectId": project, "Key": f"{run['Id']}/{code}"}
        call.create(STAGE, Code=code, Name=code, Type=_TYPES[code], Step=step, **place)
    return {"Id": run["Id"], "RequestId": call.request_id}


def _check_it_can_be_published(call: Call, project: int, object_id: str) -> None:
    workflow_definition.carry_out_imports(call)
    if call.store.get(workflow_definition.RESOURCE.kind, object_id, place=str(project)) is not None:
        return
    alone = call.store.get(node.RESOURCE.kind, object_id, place=str(project))
    if alone is None or alone["ContainerId"]:
        message = f"The object to publish, {object_id}, is not found."
        raise refuse(AlibabaRefusal, choices.NOTHING_TO_PUBLISH.value, message)


def get_pipeline_run(call: Call) -> dict[str, Any]:
    """GetPipelineRun."""
    place = str(project_id(call, choices.NO_PROJECT_2024))
    run = call.read(RESOURCE.kind, call.parameters["Id"], place=place) or _missing(call)
    return {"Pipeline": _shown(call, run), "RequestId": call.request_id}


def list_pipeline_runs(call: Call) -> dict[str, Any]:
    """ListPipelineRuns: the newest first."""
    sent, project = call.parameters, project_id(call, choices.NO_PROJECT_2024)
    found = [
        _shown(call, run)
        for run in reversed(call.listed(RESOURCE.kind, place=str(project)))
        if sent.get("ObjectId", run["ObjectId"]) == run["ObjectId"]
        and sent.get("Creator", run["Creator"]) == run["Creator"]
    ]
    found = [run for run in found if sent.get("Status", run["Status"]) == run["Status"]]
    return {"PagingInfo": page(call, "PipelineRuns", found), "RequestId": call.request_id}


def exec_pipeline_run_stage(call: Call) -> dict[str, Any]:
    """ExecPipelineRunStage: the next one, once."""
    run, code = _run(call), call.parameters["Code"]
    waiting = _next_stage(call, run)
    if waiting is None or waiting["Code"] != code or run["IsAbolished"]:
        message = f"Stage {code} of {run['Id']} cannot be executed now."
        raise refuse(AlibabaRefusal, choices.NOT_THE_NEXT_STAGE.value, message)
    _execute(call, waiting)
    return {"RequestId": call.request_id, "Success": True}


def abolish_pipeline_run(call: Call) -> dict[str, Any]:
    """AbolishPipelineRun: what runs is stopped; what is done stays done."""
    run = _run(call)
    for stage in _stages(call, run):
        if COURSE in stage:
            stop(call, STAGE, stage)
    call.store.update(RESOURCE.kind, run["Id"], run | {"IsAbolished": True, "ModifyTime": milliseconds(call.now)})
    return {"RequestId": call.request_id, "Success": True}


# --- how far it is --------------------------------------------------------------------------------------------------


def _stages(call: Call, run: Document) -> list[Document]:
    return sorted(call.store.all(STAGE.kind, place=run["Id"]), key=lambda stage: stage["Step"])


def _execute(call: Call, stage: Document) -> None:
    script = call.courses.take(STAGE.kind, stage)
    call.store.update(STAGE.kind, stage["Key"], stage | {COURSE: begun(call.store.now(), script)})


def _next_stage(call: Call, run: Document) -> Document | None:
    """The stage that waits to be executed, when all before it are done."""
    for stage in _stages(call, run):
        if COURSE not in stage:
            return stage
        if sight(stage[COURSE], WORDS, call.store.now()).state != WORDS.good:
            return None
    return None


def _shown(call: Call, run: Document) -> Document:
    stages = [(stage, _sight(call, run, stage)) for stage in _progressed(call, run)]
    states = [seen.state for _, seen in stages]
    state = _state(run, states)
    if state == "Success" and not run["IsPublished"]:
        run = run | {"IsPublished": True, "ModifyTime": milliseconds(call.now)}
        call.store.update(RESOURCE.kind, run["Id"], run)
        _take_effect(call, run)
    fields = ("Id", "ProjectId", "Description", "Creator", "CreateTime", "ModifyTime")
    return {name: run[name] for name in fields} | {
        "Status": state,
        "Message": next((seen.reason for _, seen in stages if seen.reason), ""),
        "Stages": [_shown_stage(stage, seen) for stage, seen in stages],
    }


def _progressed(call: Call, run: Document) -> list[Document]:
    """The stages, after those that need no word have begun."""
    codes = [stage["Code"] for stage in _stages(call, run)]
    until = codes.index(run["AutoRunUntilStage"]) + 1 if run["AutoRunUntilStage"] in codes else 0
    waiting = _next_stage(call, run)
    if waiting is not None and waiting["Step"] <= until and not run["IsAbolished"]:
        _execute(call, waiting)
    return _stages(call, run)


def _sight(call: Call, run: Document, stage: Document) -> Sight:
    if COURSE in stage:
        return look(call, STAGE, stage)
    return Sight("Termination" if run["IsAbolished"] else "Init")


def _state(run: Document, states: list[str]) -> str:
    if run["IsAbolished"] and set(states) != {"Success"}:
        return "Termination"
    ended_badly = [state for state in states if state in BAD]
    if ended_badly:
        return ended_badly[0]
    return states[0] if len(set(states)) == 1 else "Running"


def _shown_stage(stage: Document, seen: Sight) -> Document:
    shown = {name: stage[name] for name in ("Code", "Name", "Type", "Step")}
    return shown | {"Status": seen.state, "Message": seen.reason, "Description": "", "Detail": {}}


# --- what it is for -------------------------------------------------------------------------------------------------


def _take_effect(call: Call, run: Document) -> None:
    definition = call.store.get(workflow_definition.RESOURCE.kind, run["ObjectId"])
    if definition is None:
        _publish_alone(call, run)
    elif run["Type"] == "Online":
        _publish(call, definition)
    elif definition["WorkflowId"]:
        scheduled.remove_workflow(call.store, call.account, definition["WorkflowId"])
        _note(call, definition, 0, {})


def _publish(call: Call, definition: Document) -> None:
    tasks = [_task(one) for one in node.nodes_in(call, definition["Id"])]
    trigger = _trigger(workflow_definition.part_of(definition), definition["Type"])
    owner, place = definition["Owner"], definition["ProjectId"]
    workflow_id = scheduled.put_workflow(
        call.store, call.account, place, definition["Name"], tasks, owner=owner, trigger=trigger, now=call.now
    )
    ids = {task["Name"]: task["Id"] for task in scheduled.tasks_of(call.store, workflow_id)}
    _note(call, definition, workflow_id, ids)


def _note(call: Call, definition: Document, workflow_id: int, task_ids: dict[str, int]) -> None:
    call.store.update(workflow_definition.RESOURCE.kind, definition["Id"], definition | {"WorkflowId": workflow_id})
    for one in node.nodes_in(call, definition["Id"]):
        call.store.update(node.RESOURCE.kind, one["Id"], one | {"TaskId": task_ids.get(one["Name"], 0)})


def _publish_alone(call: Call, run: Document) -> None:
    """A node that is in no workflow: it is a task of the workspace."""
    alone = call.store.get(node.RESOURCE.kind, run["ObjectId"])
    if alone is None:
        return
    if alone["TaskId"]:
        call.store.delete(scheduled.TASK.kind, str(alone["TaskId"]))
    task_id = 0
    if run["Type"] == "Online":
        task = call.create(scheduled.TASK, **_task(alone), ProjectId=alone["ProjectId"], Owner=alone["Owner"])
        task_id = task["Id"]
    call.store.update(node.RESOURCE.kind, alone["Id"], alone | {"TaskId": task_id})


def _task(one: Document) -> Document:
    part = node.part_of(one)
    return {"Name": one["Name"], "Type": command_of(part), "Script": inner(part, "script", "content") or ""}


def _trigger(part: Document, kind: str) -> Document:
    trigger = part.get("trigger")
    if kind == "ManualWorkflow" or inner(part, "trigger", "type") == "Manual":
        return dict(scheduled.ON_DEMAND)
    known = {"cron": "Cron", "startTime": "StartTime", "endTime": "EndTime"}
    given = {known[name]: value for name, value in trigger.items() if name in known} if trigger else {}
    return dict(scheduled.DAILY) | given


def _run(call: Call) -> Document:
    place = str(project_id(call, choices.NO_PROJECT_2024))
    return call.store.get(RESOURCE.kind, call.parameters["Id"], place=place) or _missing(call)


def _missing(call: Call) -> NoReturn:
    message = f"The pipeline run {call.parameters['Id']} does not exist."
    raise refuse(AlibabaRefusal, choices.NO_PIPELINE_RUN.value, message)


_ID = Parameter("Id", "form", required=True)
_PROJECT_IN_QUERY = Parameter("ProjectId", "query", "int64", required=True)

OPERATIONS = (
    Operation(
        SERVICE,
        "CreatePipelineRun",
        "POST",
        VERSION_2024,
        create_pipeline_run,
        (
            PROJECT_ID,
            Parameter("ObjectIds", "form", "json list", required=True),
            Parameter("Type", "form", required=True, among=("Online", "Offline")),
            Parameter("Description", "form"),
            Parameter("RunMode", "form", among=("Normal", "Auto")),
            Parameter("AutoRunUntilStage", "form"),
        ),
    ),
    Operation(
        SERVICE,
        "GetPipelineRun",
        "GET",
        VERSION_2024,
        get_pipeline_run,
        (_PROJECT_IN_QUERY, Parameter("Id", "query", required=True)),
    ),
    Operation(
        SERVICE,
        "ListPipelineRuns",
        "GET",
        VERSION_2024,
        list_pipeline_runs,
        (
            _PROJECT_IN_QUERY,
            Parameter("ObjectId", "query"),
            Parameter("Creator", "query"),
            Parameter("Status", "query", among=STATES),
            Parameter("PageNumber", "query", "int32", minimum=1),
            Parameter("PageSize", "query", "int32", minimum=1, maximum=100),
        ),
    ),
    Operation(
        SERVICE,
        "ExecPipelineRunStage",
        "POST",
        VERSION_2024,
        exec_pipeline_run_stage,
        (_PROJECT_IN_QUERY, _ID, Parameter("Code", "form", required=True)),
    ),
    Operation(SERVICE, "AbolishPipelineRun", "POST", VERSION_2024, abolish_pipeline_run, (PROJECT_ID, _ID)),
)
