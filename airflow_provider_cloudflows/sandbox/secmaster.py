"""The SecMaster room: workflows, data classes and workspaces.

Follows the vendor's page of "Creating a Workflow", the models of the official SDK, and the error codes that
the vendor's Terraform provider relies on: what is missing is an HTTP 400 with a code, never a 404. Workflow
calls answer in an envelope, the others do not. Nothing runs here: workflows have no versions or instances.
"""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.choices import Code
from airflow_provider_cloudflows.sandbox.operations import (
    BadParameter,
    Call,
    Operation,
    Parameter,
    Refusal,
)
from airflow_provider_cloudflows.sandbox.refusals import (
    ApigwRefusal,
    PlainRefusal,
    SecMasterRefusal,
    refuse,
)

_INVALID_NAME = Code(400, "SecMaster.20030003")
_INVALID_WORKSPACE = Code(400, "SecMaster.20010001")
_NO_WORKSPACE = Code(400, "SecMaster.20011003")
_NO_WORKFLOW = Code(400, "SecMaster.20040611")
_NO_VERSION = Code(400, "SecMaster.20040605")

_CHANGEABLE = ("name", "description", "enabled", "version_id", "labels")
_ID = re.compile(r"[0-9A-Za-z-]{32,36}")
_BORN = 1_752_820_000.0  # 2025-07-18, when the workspaces and data classes of the sandbox came to be


def create_workflow(call: Call) -> dict[str, Any]:
    """Create a workflow: disabled, without a version, all that is unset is an empty string."""
    workspace_id = _workspace(call, SecMasterRefusal)["id"]
    if not call.parameters["name"]:
        raise refuse(SecMasterRefusal, _INVALID_NAME, "The workflow name is empty.")
    data_class = call.store.get("secmaster.dataclass", call.parameters["dataclass_id"], place=workspace_id)
    if data_class is None:
        message = f"Data class {call.parameters['dataclass_id']} is not in workspace {workspace_id}."
        raise refuse(SecMasterRefusal, choices.SECMASTER_DATACLASS.value, message)
    now = _time(call.now)
    workflow = {
        "id": str(uuid.uuid4()),
        "name": call.parameters["name"],
        "description": call.parameters.get("description", ""),
        "project_id": call.parameters["project_id"],
        "owner_id": "",
        "creator_id": world.HUAWEI_USER_ID,
        "creator_name": world.HUAWEI_USER_NAME,
        "create_time": now,
        "modifier_id": "",
        "modifier_name": "",
        "update_time": now,
        "edit_role": "",
        "use_role": "",
        "approve_role": "",
        "enabled": False,
        "workspace_id": workspace_id,
        "version_id": "",
        "current_approval_version_id": "",
        "current_rejected_version_id": "",
        "aop_type": call.parameters["aop_type"],
        "engine_type": call.parameters["engine_type"],
        "dataclass_id": data_class["id"],
        "dataclass_name": data_class["name"],
        "labels": call.parameters.get("labels", ""),
        "version": "",
    }
    call.store.add("secmaster.workflow", workflow["id"], workflow, place=workspace_id)
    return _envelope(call, workflow)


def show_workflow(call: Call) -> dict[str, Any]:
    """Show a workflow; a missing one is HTTP 400 SecMaster.20040611."""
    return _envelope(call, _workflow(call))


def update_workflow(call: Call) -> dict[str, Any]:
    """Update a workflow: what is not sent stays. There are no versions here, so none can be enabled."""
    workflow = _workflow(call)
    sent = {name: call.parameters[name] for name in _CHANGEABLE if name in call.parameters}
    if sent.get("name") == "":
        raise refuse(SecMasterRefusal, _INVALID_NAME, "The workflow name is empty.")
    if sent.get("version_id"):
        message = f"The workflow version {sent['version_id']} does not exist."
        raise refuse(SecMasterRefusal, _NO_VERSION, message)
    if sent.get("enabled"):
        message = "version_id is mandatory when enabled is true."
        raise refuse(SecMasterRefusal, choices.SECMASTER_ENABLE.value, message)
    changed = workflow | sent | {"update_time": _time(call.now)}
    changed |= {"modifier_id": world.HUAWEI_USER_ID, "modifier_name": world.HUAWEI_USER_NAME}
    call.store.update("secmaster.workflow", workflow["id"], changed)
    return _envelope(call, changed)


def delete_workflow(call: Call) -> dict[str, Any]:
    """Delete a workflow; the answer shows what was deleted."""
    workflow = _workflow(call)
    call.store.delete("secmaster.workflow", workflow["id"])
    return _envelope(call, workflow)


def list_workflows(call: Call) -> dict[str, Any]:
    """List workflows, by default the newest first, ten at a time."""
    workspace_id = _workspace(call, SecMasterRefusal)["id"]
    workflows = call.listed("secmaster.workflow", place=workspace_id)
    exact = ("enabled", "dataclass_id", "dataclass_name", "aop_type")
    found = _filtered(call, workflows, exact=exact, substring=("name", "description"))
    sort_by = call.parameters.get("sortby", "create_time")
    found.sort(key=lambda workflow: str(workflow[sort_by]))
    if call.parameters.get("order", "DESC") == "DESC":
        found.reverse()
    offset, limit = call.parameters.get("offset", 0), call.parameters.get("limit", 10)
    page = found[offset : offset + limit]
    return _envelope(call, page) | {
        "total": len(found),
        "offset": offset,
        "limit": limit,
        "size": len(page),
        "page": offset // limit + 1,
    }


def list_data_classes(call: Call) -> dict[str, Any]:
    """List the data classes of a workspace; their ids differ from one workspace to the next."""
    workspace_id = _workspace(call, PlainRefusal)["id"]
    stored = call.store.all("secmaster.dataclass", place=workspace_id)
    classes = [_data_class(call, each) for each in stored]
    exact, substring = ("business_code", "is_built_in"), ("name", "description")
    found = _filtered(call, classes, exact=exact, substring=substring)
    offset, limit = call.parameters.get("offset", 0), call.parameters.get("limit", 10)
    return {"dataclass_details": found[offset : offset + limit], "total": len(found)}


def list_workspaces(call: Call) -> dict[str, Any]:
    """List the workspaces of a project; ``offset`` and ``limit`` are mandatory."""
    project_id = _project(call, PlainRefusal)
    workspaces = [_workspace_body(each) for each in call.store.all("secmaster.workspace", place=project_id)]
    exact = ("region_id", "view_bind_id", "view_bind_name", "is_view", "enterprise_project_id")
    found = _filtered(call, workspaces, exact=exact, substring=("name", "description"))
    wanted = call.parameters
    found = [
        workspace
        for workspace in found
        if ("ids" not in wanted or workspace["id"] in wanted["ids"].split(","))
        and wanted.get("normal_project_id", project_id) == project_id
        and wanted.get("create_time_start", "")[:19] <= workspace["create_time"]
        and workspace["create_time"] <= wanted.get("create_time_end", "9999")
    ]
    offset, limit = call.parameters["offset"], call.parameters["limit"]
    return {"workspaces": found[offset : offset + limit], "count": len(found)}


def show_workspace(call: Call) -> dict[str, Any]:
    """Show a workspace."""
    return {"workspace": _workspace_body(_workspace(call, PlainRefusal))}


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How this room words a bad parameter."""
    shape = error_shape(operation)
    is_name = bad.name == "name" and shape is SecMasterRefusal
    return refuse(shape, _INVALID_NAME if is_name else choices.SECMASTER_INVALID.value, str(bad))


def error_shape(operation: Operation) -> type[Refusal]:
    """Workflow calls have a shape of their own."""
    return SecMasterRefusal if "workflow" in operation.path else PlainRefusal


def refuse_token(*, expired: bool) -> Refusal:
    """How a token that is not valid is refused here: APIG.1002, expired or not."""
    return ApigwRefusal(401, "APIG.1002", "Incorrect token or token resolution failed")


def _project(call: Call, shape: type[Refusal]) -> str:
    """The project of the path: one of the account's, and the caller's own when it names one."""
    project_id = str(call.parameters["project_id"])
    named = call.caller.project_id is not None or call.caller.credential == "token"
    foreign = named and call.caller.project_id != project_id
    if foreign or call.store.get("iam.project", project_id) is None:
        message = f"The project {project_id} is not a project of the caller."
        raise refuse(shape, choices.SECMASTER_FOREIGN_PROJECT.value, message)
    return project_id


def _workspace(call: Call, shape: type[Refusal]) -> dict[str, Any]:
    project_id, workspace_id = _project(call, shape), call.parameters["workspace_id"]
    if not _ID.fullmatch(workspace_id):
        raise refuse(shape, _INVALID_WORKSPACE, f"The workspace id {workspace_id} is invalid.")
    workspace = call.store.get("secmaster.workspace", workspace_id, place=project_id)
    if workspace is None:
        raise refuse(shape, _NO_WORKSPACE, f"The workspace {workspace_id} does not exist.")
    return workspace


def _workflow(call: Call) -> dict[str, Any]:
    workspace_id = _workspace(call, SecMasterRefusal)["id"]
    workflow_id = call.parameters["workflow_id"]
    workflow = call.store.get("secmaster.workflow", workflow_id, place=workspace_id)
    if workflow is None:
        raise refuse(SecMasterRefusal, _NO_WORKFLOW, f"The workflow {workflow_id} does not exist.")
    return workflow


def _filtered(
    call: Call, items: list[dict[str, Any]], *, exact: tuple[str, ...], substring: tuple[str, ...]
) -> list[dict[str, Any]]:
    wanted = call.parameters
    return [
        item
        for item in items
        if all(item[name] == wanted[name] for name in exact if name in wanted)
        and all(wanted[name] in item[name] for name in substring if name in wanted)
    ]


def _envelope(call: Call, data: Any) -> dict[str, Any]:
    return {
        "code": "00000000",
        "message": "",
        "success": True,
        "request_id": call.request_id,
        "data": data,
    }


def _time(now: float) -> str:
    """``2025-07-18T14:44:46.735Z+0800``: a literal Z and an offset, as on the vendor's page."""
    local = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now + 8 * 3600))
    return f"{local}.{int(now * 1000) % 1000:03d}Z+0800"


def _authorship() -> dict[str, Any]:
    return {
        "create_time": _time(_BORN),
        "update_time": _time(_BORN),
        "creator_id": world.HUAWEI_USER_ID,
        "creator_name": world.HUAWEI_USER_NAME,
        "modifier_id": "",
        "modifier_name": "",
        "domain_id": world.HUAWEI_DOMAIN_ID,
        "region_id": world.HUAWEI_REGION,
    }


def _data_class(call: Call, stored: dict[str, Any]) -> dict[str, Any]:
    return (
        stored
        | _authorship()
        | {
            "cloud_pack_version": "",
            "project_id": call.parameters["project_id"],
            "business_code": stored["name"],
            "description": "",
            "is_built_in": True,
            "parent_id": "",
            "type_num": 0,
        }
    )


def _workspace_body(stored: dict[str, Any]) -> dict[str, Any]:
    return (
        stored
        | _authorship()
        | {
            "description": "",
            "project_name": world.HUAWEI_REGION,
            "domain_name": world.HUAWEI_DOMAIN_NAME,
            "enterprise_project_id": "0",
            "enterprise_project_name": "default",
            "is_view": False,
            "view_bind_id": "",
            "view_bind_name": "",
            "workspace_agency_list": [],
        }
    )


_PROJECT_ID = Parameter("project_id", "path")
_IN_WORKSPACE = (_PROJECT_ID, Parameter("workspace_id", "path"))
_OFFSET = Parameter("offset", "query", "int32", minimum=0, maximum=10000)
_LIMIT = Parameter("limit", "query", "int32", minimum=1, maximum=100)
_WORKFLOW_ID = Parameter("workflow_id", "path")
_LABELS = ("IP", "ACCOUNT", "DOMAIN")
_AOP_TYPES = ("NORMAL", "SURVEY", "HEMOSTASIS", "EASE")
_WORKSPACES = "/v1/{project_id}/workspaces"
_WORKFLOWS = _WORKSPACES + "/{workspace_id}/soc/workflows"

OPERATIONS = (
    Operation(
        "SecMaster",
        "CreateWorkflow",
        "POST",
        _WORKFLOWS,
        create_workflow,
        (
            *_IN_WORKSPACE,
            Parameter("name", "body", required=True),
            Parameter("description", "body"),
            Parameter("engine_type", "body", required=True),
            Parameter("aop_type", "body", required=True, among=_AOP_TYPES),
            Parameter("dataclass_id", "body", required=True),
            Parameter("labels", "body", among=_LABELS),
        ),
    ),
    Operation(
        "SecMaster",
        "ListWorkflows",
        "GET",
        _WORKFLOWS,
        list_workflows,
        (
            *_IN_WORKSPACE,
            _OFFSET,
            _LIMIT,
            Parameter("order", "query", among=("ASC", "DESC")),
            Parameter("sortby", "query", among=("create_time", "update_time")),
            Parameter("enabled", "query", "boolean"),
            Parameter("name", "query"),
            Parameter("description", "query"),
            Parameter("dataclass_id", "query"),
            Parameter("dataclass_name", "query"),
            Parameter("aop_type", "query", among=_AOP_TYPES),
        ),
    ),
    Operation(
        "SecMaster",
        "ShowWorkflow",
        "GET",
        _WORKFLOWS + "/{workflow_id}",
        show_workflow,
        (*_IN_WORKSPACE, _WORKFLOW_ID),
    ),
    Operation(
        "SecMaster",
        "UpdateWorkflow",
        "PUT",
        _WORKFLOWS + "/{workflow_id}",
        update_workflow,
        (
            *_IN_WORKSPACE,
            _WORKFLOW_ID,
            Parameter("name", "body"),
            Parameter("description", "body"),
            Parameter("enabled", "body", "boolean"),
            Parameter("version_id", "body"),
            Parameter("labels", "body", among=_LABELS),
        ),
    ),
    Operation(
        "SecMaster",
        "DeleteWorkflow",
        "DELETE",
        _WORKFLOWS + "/{workflow_id}",
        delete_workflow,
        (*_IN_WORKSPACE, _WORKFLOW_ID),
    ),
    Operation(
        "SecMaster",
        "ListDataClasses",
        "GET",
        _WORKSPACES + "/{workspace_id}/soc/dataclasses",
        list_data_classes,
        (
            *_IN_WORKSPACE,
            Parameter("offset", "query", "int32", minimum=0),
            _LIMIT,
            Parameter("name", "query"),
            Parameter("business_code", "query"),
            Parameter("description", "query"),
            Parameter("is_built_in", "query", "boolean"),
        ),
    ),
    Operation(
        "SecMaster",
        "ListWorkspaces",
        "GET",
        _WORKSPACES,
        list_workspaces,
        (
            _PROJECT_ID,
            Parameter("offset", "query", "int32", required=True, minimum=0),
            Parameter("limit", "query", "int32", required=True, minimum=1),
            Parameter("region_id", "query"),
            Parameter("name", "query"),
            Parameter("description", "query"),
            Parameter("view_bind_id", "query"),
            Parameter("view_bind_name", "query"),
            Parameter("is_view", "query", "boolean"),
            Parameter("create_time_start", "query"),
            Parameter("create_time_end", "query"),
            Parameter("ids", "query"),
            Parameter("normal_project_id", "query"),
            Parameter("enterprise_project_id", "query"),
        ),
    ),
    Operation(
        "SecMaster",
        "ShowWorkspace",
        "GET",
        _WORKSPACES + "/{workspace_id}",
        show_workspace,
        _IN_WORKSPACE,
    ),
)
