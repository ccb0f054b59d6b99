"""Workflow definitions of the newer DataStudio: created, imported, read, changed, deleted and listed (2024-05-18).

Follows the vendor's pages and the models of the official SDK. A create takes the first workflow of the document and
nothing else; an import is a job, which brings the nodes too. A dependency whose ``nodeId`` is the name of no node is
dropped without a word. An import goes by the course that the sandbox gave it (``courses.py``).
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, begin, begun, look, sight
from airflow_provider_cloudflows.sandbox.dataworks import choices, node
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024, milliseconds, page
from airflow_provider_cloudflows.sandbox.dataworks.flow_spec import (
    WORKFLOW_KINDS,
    command_of,
    enveloped,
    in_words_of_a_list,
    inner,
    merged,
    named,
    only_part,
)
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Refusal, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

JOB_WORDS = Words("Running", "Running", "Success", "Fail", "Running", "Cancel", field="Status")


def _born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "Id": str(birth.store.next_number("dataworks.design", choices.FIRST_IDS.value["DesignId"])),
        "Name": "",
        "Owner": birth.account.id,
        "ProjectId": 0,
        "Type": "CycleWorkflow",
        "Spec": enveloped({"version": "2.0.0", "kind": "CycleWorkflow"}, "workflows", {}),
        "WorkflowId": 0,
        "CreateTime": now,
        "ModifyTime": now,
    }


def _job_born(birth: Birth) -> Document:
    return {
        "Id": str(birth.store.next_number("dataworks.design", choices.FIRST_IDS.value["DesignId"])),
        "ProjectId": 0,
        "Spec": "",
        "Error": "",
        "IsDone": False,
        "CreateTime": milliseconds(birth.now),
        COURSE: begun(birth.store.now(), Script()),
    }


RESOURCE = Resource("dataworks.workflow_definition", "Id", _born, place="ProjectId")
IMPORT_JOB = Resource("dataworks.import_job", "Id", _job_born, place="ProjectId", words=JOB_WORDS)


def create_workflow_definition(call: Call) -> dict[str, Any]:
    """CreateWorkflowDefinition: only the first workflow of the document, and none of its nodes."""
    project, spec = project_id(call, choices.NO_PROJECT_2024), call.parameters["Spec"]
    part = only_part(spec, WORKFLOW_KINDS, "workflows")
    alone = {name: value for name, value in part.items() if name not in ("nodes", "dependencies")}
    return {"Id": _put(call, project, spec, alone)["Id"], "RequestId": call.request_id}


def _put(call: Call, project: int, spec: Document, part: Document) -> Document:
    name = named(part)
    command_of(part)
    if any(other["Name"] == name for other in call.store.all(RESOURCE.kind, place=str(project))):
        message = f"A workflow named {name} already exists in workspace {project}."
        raise refuse(AlibabaRefusal, choices.DEFINITION_NAME.value, message)
    return call.create(
        RESOURCE, ProjectId=project, Name=name, Type=spec["kind"], Spec=enveloped(spec, "workflows", part)
    )


def part_of(definition: Document) -> Document:
    """The workflow in the document of a definition."""
    part: Document = json.loads(definition["Spec"])["spec"]["workflows"][0]
    return part


def update_workflow_definition(call: Call) -> dict[str, Any]:
    """UpdateWorkflowDefinition: what the document does not name stays, and so do the nodes."""
    definition, spec = _definition(call), call.parameters["Spec"]
    change = only_part(spec, WORKFLOW_KINDS, "workflows")
    change = {name: value for name, value in change.items() if name not in ("nodes", "dependencies", "id")}
    part = merged(part_of(definition), change)
    changed = {"Name": named(part), "Spec": enveloped(spec, "workflows", part), "ModifyTime": milliseconds(call.now)}
    call.store.update(RESOURCE.kind, definition["Id"], definition | changed)
    return {"RequestId": call.request_id, "Success": True}


def delete_workflow_definition(call: Call) -> dict[str, Any]:
    """DeleteWorkflowDefinition: the nodes go with it."""
    definition = _definition(call)
    for one in node.nodes_in(call, definition["Id"]):
        call.store.delete(node.RESOURCE.kind, one["Id"])
    call.store.delete(RESOURCE.kind, definition["Id"])
    return {"RequestId": call.request_id, "Success": True}


def get_workflow_definition(call: Call) -> dict[str, Any]:
    """GetWorkflowDefinition: the document with its nodes, and the workflow that was published of it."""
    carry_out_imports(call)
    definition = call.read(RESOURCE.kind, call.parameters["Id"], place=_place(call)) or _missing(call)
    nodes = [node.part_of(one) | {"id": one["Id"]} for one in node.nodes_in(call, definition["Id"])]
    if not call.parameters.get("IncludeScriptContent", False):
        nodes = [one | {"script": _without_content(one["script"])} for one in nodes]
    part = part_of(definition) | {"id": definition["Id"]} | ({"nodes": nodes} if nodes else {})
    shown = {name: definition[name] for name in ("Id", "Name", "Owner", "ProjectId", "CreateTime", "ModifyTime")}
    shown |= {"Spec": enveloped(json.loads(definition["Spec"]), "workflows", part)}
    published = {"WorkflowId": definition["WorkflowId"]} if definition["WorkflowId"] else {}
    return {"RequestId": call.request_id, "WorkflowDefinition": shown | published}


def _without_content(script: Document) -> Document:
    return {name: value for name, value in script.items() if name != "content"}


def list_workflow_definitions(call: Call) -> dict[str, Any]:
    """ListWorkflowDefinitions."""
    carry_out_imports(call)
    sent, project = call.parameters, project_id(call, choices.NO_PROJECT_2024)
    found = [
        definition
        for definition in call.listed(RESOURCE.kind, place=str(project))
        if sent.get("Name", "") in definition["Name"]
        and sent.get("Type", definition["Type"]) == definition["Type"]
        and sent.get("Owner", definition["Owner"]) == definition["Owner"]
    ]
    return {
        "PagingInfo": page(call, "WorkflowDefinitions", [_listed(one) for one in found]),
        "RequestId": call.request_id,
    }


def _listed(definition: Document) -> Document:
    shown = {name: value for name, value in definition.items() if name not in ("Spec", "WorkflowId")}
    return shown | in_words_of_a_list(part_of(definition), "description", "script")


# --- import ---------------------------------------------------------------------------------------------------------


def import_workflow_definition(call: Call) -> dict[str, Any]:
    """ImportWorkflowDefinition: a job; a dry run looks at the document and makes nothing."""
    project, spec = project_id(call, choices.NO_PROJECT_2024), call.parameters["Spec"]
    named(only_part(spec, WORKFLOW_KINDS, "workflows"))
    is_dry = call.parameters.get("DryRun", False)
    job = begin(call, IMPORT_JOB, ProjectId=project, Spec=json.dumps(spec), IsDone=is_dry)
    seen = sight(job[COURSE], JOB_WORDS, call.store.now())
    answer = {
        "Completed": seen.is_end,
        "CreateTime": job["CreateTime"],
        "Id": job["Id"],
        "Progress": 100 if seen.is_end else 0,
        "Status": seen.state,
        "Type": "Create",
    }
    return {"AsyncJob": answer, "RequestId": call.request_id}


def get_job_status(call: Call) -> dict[str, Any]:
    """GetJobStatus: its flag and its time are texts."""
    job_id = call.parameters["JobId"]
    job = call.store.get(IMPORT_JOB.kind, job_id)
    if job is None:
        raise refuse(AlibabaRefusal, choices.NO_JOB.value, f"The job {job_id} does not exist.")
    seen = look(call, IMPORT_JOB, job)
    carry_out_imports(call)
    job = call.store.get(IMPORT_JOB.kind, job_id) or job
    error = job["Error"] or seen.reason
    status = {
        "Completed": str(seen.is_end),
        "CreateTime": str(job["CreateTime"]),
        "JobId": job_id,
        "JobType": "Create",
        "Status": "Fail" if job["Error"] else seen.state,
    }
    return {"JobStatus": status | ({"Error": error} if error else {}), "RequestId": call.request_id}


def carry_out_imports(call: Call) -> None:
    """Make what the imports that have ended by now bring: nobody has to ask for the job."""
    for job in call.store.all(IMPORT_JOB.kind):
        seen = sight(job[COURSE], JOB_WORDS, call.store.now())
        if job["IsDone"] or not seen.is_end or seen.state != JOB_WORDS.good:
            continue
        try:
            with call.store.attempt():
                _bring(call, job["ProjectId"], json.loads(job["Spec"]))
        except Refusal as refused:
            job["Error"] = refused.message
        call.store.update(IMPORT_JOB.kind, job["Id"], job | {"IsDone": True})


def _bring(call: Call, project: int, spec: Document) -> None:
    part = only_part(spec, WORKFLOW_KINDS, "workflows")
    nodes = [one for one in part.get("nodes", ()) if isinstance(one, dict)]
    names = {one.get("name") for one in nodes if one.get("id") == one.get("name")}
    kept = [one for one in part.get("dependencies", ()) if inner(one, "nodeId") in names]
    alone = {name: value for name, value in part.items() if name not in ("nodes", "dependencies")}
    definition = _put(call, project, spec, alone | ({"dependencies": kept} if kept else {}))
    scene = "DataworksManualWorkflow" if spec["kind"] == "ManualWorkflow" else "DataworksProject"
    for one in nodes:
        document = {"version": spec.get("version", ""), "kind": "Node", "spec": {"nodes": [one]}}
        node.put_node(call, project, document, definition["Id"], scene)


# --- one of them ----------------------------------------------------------------------------------------------------


def _place(call: Call) -> str | None:
    return str(project_id(call, choices.NO_PROJECT_2024)) if "ProjectId" in call.parameters else None


def _definition(call: Call) -> Document:
    carry_out_imports(call)
    return call.store.get(RESOURCE.kind, call.parameters["Id"], place=_place(call)) or _missing(call)


def _missing(call: Call) -> NoReturn:
    message = f"The workflow definition {call.parameters['Id']} does not exist."
    raise refuse(AlibabaRefusal, choices.NO_DEFINITION.value, message)


_ID = Parameter("Id", "form", required=True)
_SPEC = Parameter("Spec", "form", "json object", required=True)

OPERATIONS = (
    Operation(
        SERVICE, "CreateWorkflowDefinition", "POST", VERSION_2024, create_workflow_definition, (PROJECT_ID, _SPEC)
    ),
    Operation(
        SERVICE, "UpdateWorkflowDefinition", "POST", VERSION_2024, update_workflow_definition, (PROJECT_ID, _ID, _SPEC)
    ),
    Operation(SERVICE, "DeleteWorkflowDefinition", "POST", VERSION_2024, delete_workflow_definition, (PROJECT_ID, _ID)),
    Operation(
        SERVICE,
        "GetWorkflowDefinition",
        "GET",
        VERSION_2024,
        get_workflow_definition,
        (
            Parameter("ProjectId", "query", "int64"),
            Parameter("Id", "query", required=True),
            Parameter("IncludeScriptContent", "query", "boolean"),
        ),
    ),
    Operation(
        SERVICE,
        "ListWorkflowDefinitions",
        "GET",
        VERSION_2024,
        list_workflow_definitions,
        (
            Parameter("ProjectId", "query", "int64", required=True),
            Parameter("Name", "query"),
            Parameter("Owner", "query"),
            Parameter("Type", "query"),
            Parameter("PageNumber", "query", "int32", minimum=1),
            Parameter("PageSize", "query", "int32", minimum=1, maximum=100),
        ),
    ),
    Operation(
        SERVICE,
        "ImportWorkflowDefinition",
        "POST",
        VERSION_2024,
        import_workflow_definition,
        (PROJECT_ID, _SPEC, Parameter("DryRun", "form", "boolean")),
    ),
    Operation(
        SERVICE,
        "GetJobStatus",
        "GET",
        VERSION_2024,
        get_job_status,
        (Parameter("JobId", "query", required=True),),
    ),
)
