"""Nodes of the newer DataStudio: created, read, changed, deleted and listed in a workspace (API version 2024-05-18).

Follows the models of the official SDK and the vendor's guide: names and outputs are unique in the workspace. Codes the
vendor does not publish come from ``choices``.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024, milliseconds, page
from airflow_provider_cloudflows.sandbox.dataworks.flow_spec import (
    NODE_KINDS,
    command_of,
    enveloped,
    in_words_of_a_list,
    merged,
    named,
    only_part,
    outputs_of,
)
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

_SCENES = {
    "DATAWORKS_PROJECT": "DataworksProject",
    "DATAWORKS_MANUAL_WORKFLOW": "DataworksManualWorkflow",
    "DATAWORKS_MANUAL_TASK": "DataworksManualTask",
}
"""How the same scene is spelled in a create and in a list."""


def _born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "Id": str(birth.store.next_number("dataworks.design", choices.FIRST_IDS.value["DesignId"])),
        "Name": "",
        "Owner": birth.account.id,
        "ProjectId": 0,
        "ContainerId": "",
        "Scene": "DataworksProject",
        "Spec": enveloped({"version": "2.0.0", "kind": "Node"}, "nodes", {}),
        "TaskId": 0,
        "CreateTime": now,
        "ModifyTime": now,
    }


RESOURCE = Resource("dataworks.node", "Id", _born, place="ProjectId")


def create_node(call: Call) -> dict[str, Any]:
    """CreateNode: the id in the document is a name for others to depend on, and the service gives one of its own."""
    project, sent = project_id(call, choices.NO_PROJECT_2024), call.parameters
    node = put_node(call, project, sent["Spec"], sent.get("ContainerId", ""), _SCENES[sent["Scene"]])
    return {"Id": node["Id"], "RequestId": call.request_id}


def put_node(call: Call, project: int, spec: Document, container_id: str, scene: str) -> Document:
    """Make a node of the first one in a document."""
    part = only_part(spec, NODE_KINDS, "nodes")
    name, outputs = named(part), set(outputs_of(part))
    command_of(part)
    for other in call.store.all(RESOURCE.kind, place=str(project)):
        if other["Name"] == name or outputs & set(outputs_of(part_of(other))):
            message = f"A node with the name {name}, or with an output of it, already exists in workspace {project}."
            raise refuse(AlibabaRefusal, choices.NODE_TAKEN.value, message)
    spec_text = enveloped(spec, "nodes", part)
    return call.create(RESOURCE, ProjectId=project, Name=name, ContainerId=container_id, Scene=scene, Spec=spec_text)


def part_of(node: Document) -> Document:
    """The node in the document of a node."""
    part: Document = json.loads(node["Spec"])["spec"]["nodes"][0]
    return part


def nodes_in(call: Call, container_id: str) -> list[Document]:
    """The nodes of a workflow."""
    return [node for node in call.store.all(RESOURCE.kind) if node["ContainerId"] == container_id]


def update_node(call: Call) -> dict[str, Any]:
    """UpdateNode: what the document does not name stays."""
    node, spec = _node(call), call.parameters["Spec"]
    part = merged(part_of(node), only_part(spec, NODE_KINDS, "nodes"))
    changed = {"Spec": enveloped(spec, "nodes", part), "ModifyTime": milliseconds(call.now)}
    call.store.update(RESOURCE.kind, node["Id"], node | changed)
    return {"RequestId": call.request_id, "Success": True}


def delete_node(call: Call) -> dict[str, Any]:
    """DeleteNode."""
    call.store.delete(RESOURCE.kind, _node(call)["Id"])
    return {"RequestId": call.request_id, "Success": True}


def get_node(call: Call) -> dict[str, Any]:
    """GetNode: the document, and the task that was published of it."""
    node = call.read(RESOURCE.kind, call.parameters["Id"], place=_place(call)) or _missing(call)
    shown = {name: node[name] for name in ("Id", "Name", "Owner", "ProjectId", "CreateTime", "ModifyTime")}
    spec = json.loads(node["Spec"])
    part = part_of(node) | {"id": node["Id"]}
    task = {"TaskId": node["TaskId"]} if node["TaskId"] else {}
    return {"Node": shown | task | {"Spec": enveloped(spec, "nodes", part)}, "RequestId": call.request_id}


def list_nodes(call: Call) -> dict[str, Any]:
    """ListNodes: its numbers are texts."""
    sent, project = call.parameters, project_id(call, choices.NO_PROJECT_2024)
    found = [
        node
        for node in call.listed(RESOURCE.kind, place=str(project))
        if sent.get("Name", "") in node["Name"]
        and sent.get("ContainerId", node["ContainerId"]) == node["ContainerId"]
        and sent.get("Scene", node["Scene"]) == node["Scene"]
    ]
    paging = page(call, "Nodes", [_listed(node) for node in found])
    numbers = {name: str(paging[name]) for name in ("PageNumber", "PageSize", "TotalCount")}
    return {"PagingInfo": paging | numbers, "RequestId": call.request_id}


def _listed(node: Document) -> Document:
    shown = {name: node[name] for name in ("Id", "Name", "Owner", "ProjectId", "CreateTime", "ModifyTime")}
    parts = in_words_of_a_list(
        part_of(node), "description", "recurrence", "script", "trigger", "runtimeResource", "inputs", "outputs"
    )
    return shown | parts | ({"TaskId": node["TaskId"]} if node["TaskId"] else {})


def _place(call: Call) -> str | None:
    return str(project_id(call, choices.NO_PROJECT_2024)) if "ProjectId" in call.parameters else None


def _node(call: Call) -> Document:
    return call.store.get(RESOURCE.kind, call.parameters["Id"], place=_place(call)) or _missing(call)


def _missing(call: Call) -> NoReturn:
    message = f"The node {call.parameters['Id']} does not exist."
    raise refuse(AlibabaRefusal, choices.NO_NODE.value, message)


_ID = Parameter("Id", "form", required=True)
_SPEC = Parameter("Spec", "form", "json object", required=True)

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateNode",
        "POST",
        VERSION_2024,
        create_node,
        (
            PROJECT_ID,
            Parameter("Scene", "form", required=True, among=tuple(_SCENES)),
            Parameter("ContainerId", "form"),
            _SPEC,
        ),
    ),
    Operation(SERVICE, "UpdateNode", "POST", VERSION_2024, update_node, (PROJECT_ID, _ID, _SPEC)),
    Operation(SERVICE, "DeleteNode", "POST", VERSION_2024, delete_node, (PROJECT_ID, _ID)),
    Operation(
        SERVICE,
        "GetNode",
        "GET",
        VERSION_2024,
        get_node,
        (Parameter("ProjectId", "query", "int64"), Parameter("Id", "query", required=True)),
    ),
    Operation(
        SERVICE,
        "ListNodes",
        "GET",
        VERSION_2024,
        list_nodes,
        (
            Parameter("ProjectId", "query", "int64", required=True),
            Parameter("Name", "query"),
            Parameter("ContainerId", "query"),
            Parameter("Scene", "query", among=tuple(_SCENES.values())),
            Parameter("Recurrence", "query", among=("Normal", "Pause", "Skip")),
            Parameter("RerunMode", "query", among=("Allowed", "FailureAllowed", "Denied")),
            Parameter("PageNumber", "query", "int32", minimum=1),
            Parameter("PageSize", "query", "int32", minimum=1, maximum=100),
        ),
    ),
)
