"""Workflows of SecMaster: created, shown, changed, deleted and listed in a workspace.

Follows the vendor's page of "Creating a Workflow", the models of the official SDK, and the error codes that the
vendor's Terraform provider relies on: what is missing is an HTTP 400 with a code, never a 404. The answers come in an
envelope. Workflows have no versions here; their runs are in ``workflow_instance.py``.
"""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.choices import Code
from airflow_provider_cloudflows.sandbox.operations import (
    BadParameter,
    Birth,
    Call,
    Operation,
    Parameter,
    Refusal,
    Resource,
)
from airflow_provider_cloudflows.sandbox.refusals import SecMasterRefusal, refuse
from airflow_provider_cloudflows.sandbox.secmaster import choices
from airflow_provider_cloudflows.sandbox.secmaster.answers import (
    LIMIT,
    SERVICE,
    WORKSPACES,
    envelope,
    error_shape,
    filtered,
    time_text,
)
from airflow_provider_cloudflows.sandbox.secmaster.workspace import IN_WORKSPACE, workspace_of
from airflow_provider_cloudflows.sandbox.state import Document

_INVALID_NAME = Code(400, "SecMaster.20030003")
_NO_WORKFLOW = Code(400, "SecMaster.20040611")
_NO_VERSION = Code(400, "SecMaster.20040605")

_CHANGEABLE = ("name", "description", "enabled", "version_id", "labels")


def _born(birth: Birth) -> Document:
    """Disabled, without a version; all that is unset is an empty string."""
    now = time_text(birth.now)
    return {
        "id": str(uuid.uuid4()),
        "name": "",
        "description": "",
        "project_id": "",
        "owner_id": "",
        "creator_id": birth.account.user_id,
        "creator_name": birth.account.user_name,
        "create_time": now,
        "modifier_id": "",
        "modifier_name": "",
        "update_time": now,
        "edit_role": "",
        "use_role": "",
        "approve_role": "",
        "enabled": False,
        "workspace_id": "",
        "version_id": "",
        "current_approval_version_id": "",
        "current_rejected_version_id": "",
        "aop_type": "NORMAL",
        "engine_type": "public_engine",
        "dataclass_id": "",
        "dataclass_name": "",
        "labels": "",
        "version": "",
    }


RESOURCE = Resource("secmaster.workflow", "id", _born, place="workspace_id")


def create_workflow(call: Call) -> dict[str, Any]:
    """Create a workflow in a workspace, for one of its data classes."""
    workspace_id = workspace_of(call, SecMasterRefusal)["id"]
    if not call.parameters["name"]:
        raise refuse(SecMasterRefusal, _INVALID_NAME, "The workflow name is empty.")
    data_class = call.store.get("secmaster.dataclass", call.parameters["dataclass_id"], place=workspace_id)
    if data_class is None:
        message = f"Data class {call.parameters['dataclass_id']} is not in workspace {workspace_id}."
        raise refuse(SecMasterRefusal, choices.DATACLASS.value, message)
    # All parameters of the call are fields of the workflow, by the same names.
    workflow = call.create(RESOURCE, **call.parameters, dataclass_name=data_class["name"])
    return envelope(call, workflow)


def show_workflow(call: Call) -> dict[str, Any]:
    """Show a workflow; a missing one is HTTP 400 SecMaster.20040611."""
    workspace_id, workflow_id = workspace_of(call, SecMasterRefusal)["id"], call.parameters["workflow_id"]
    workflow = call.read(RESOURCE.kind, workflow_id, place=workspace_id)
    return envelope(call, workflow or _missing(workflow_id))


def update_workflow(call: Call) -> dict[str, Any]:
    """Update a workflow: what is not sent stays. There are no versions here, so none can be enabled."""
    workflow = find(call)
    sent = {name: call.parameters[name] for name in _CHANGEABLE if name in call.parameters}
    if sent.get("name") == "":
        raise refuse(SecMasterRefusal, _INVALID_NAME, "The workflow name is empty.")
    if sent.get("version_id"):
        message = f"The workflow version {sent['version_id']} does not exist."
        raise refuse(SecMasterRefusal, _NO_VERSION, message)
    if sent.get("enabled"):
        message = "version_id is mandatory when enabled is true."
        raise refuse(SecMasterRefusal, choices.ENABLE.value, message)
    changed = workflow | sent | {"update_time": time_text(call.now)}
    changed |= {"modifier_id": call.account.user_id, "modifier_name": call.account.user_name}
    call.store.update(RESOURCE.kind, workflow["id"], changed)
    return envelope(call, changed)


def delete_workflow(call: Call) -> dict[str, Any]:
    """Delete a workflow; the answer shows what was deleted."""
    workflow = find(call)
    call.store.delete(RESOURCE.kind, workflow["id"])
    return envelope(call, workflow)


def list_workflows(call: Call) -> dict[str, Any]:
    """List workflows, by default the newest first, ten at a time."""
    workspace_id = workspace_of(call, SecMasterRefusal)["id"]
    workflows = call.listed(RESOURCE.kind, place=workspace_id)
    exact = ("enabled", "dataclass_id", "dataclass_name", "aop_type")
    found = filtered(call, workflows, exact=exact, substring=("name", "description"))
    sort_by = call.parameters.get("sortby", "create_time")
    found.sort(key=lambda workflow: str(workflow[sort_by]))
    if call.parameters.get("order", "DESC") == "DESC":
        found.reverse()
    offset, limit = call.parameters.get("offset", 0), call.page_size(call.parameters.get("limit", 10))
    page = found[offset : offset + limit]
    return envelope(call, page) | {
        "total": len(found),
        "offset": offset,
        "limit": limit,
        "size": len(page),
        "page": offset // limit + 1,
    }


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How this room words a bad parameter: a workflow's name has a code of its own."""
    shape = error_shape(operation)
    is_name = bad.name == "name" and shape is SecMasterRefusal
    return refuse(shape, _INVALID_NAME if is_name else choices.INVALID.value, str(bad))


def find(call: Call) -> Document:
    """The workflow that the path names."""
    workspace_id, workflow_id = workspace_of(call, SecMasterRefusal)["id"], call.parameters["workflow_id"]
    return call.store.get(RESOURCE.kind, workflow_id, place=workspace_id) or _missing(workflow_id)


def _missing(workflow_id: str) -> NoReturn:
    raise refuse(SecMasterRefusal, _NO_WORKFLOW, f"The workflow {workflow_id} does not exist.")


_OFFSET = Parameter("offset", "query", "int32", minimum=0, maximum=10000)
_WORKFLOW_ID = Parameter("workflow_id", "path")
_LABELS = ("IP", "ACCOUNT", "DOMAIN")
_AOP_TYPES = ("NORMAL", "SURVEY", "HEMOSTASIS", "EASE")
_WORKFLOWS = WORKSPACES + "/{workspace_id}/soc/workflows"

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateWorkflow",
        "POST",
        _WORKFLOWS,
        create_workflow,
        (
            *IN_WORKSPACE,
            Parameter("name", "body", required=True),
            Parameter("description", "body"),
            Parameter("engine_type", "body", required=True),
            Parameter("aop_type", "body", required=True, among=_AOP_TYPES),
            Parameter("dataclass_id", "body", required=True),
            Parameter("labels", "body", among=_LABELS),
        ),
    ),
    Operation(
        SERVICE,
        "ListWorkflows",
        "GET",
        _WORKFLOWS,
        list_workflows,
        (
            *IN_WORKSPACE,
            _OFFSET,
            LIMIT,
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
        SERVICE,
        "ShowWorkflow",
        "GET",
        _WORKFLOWS + "/{workflow_id}",
        show_workflow,
        (*IN_WORKSPACE, _WORKFLOW_ID),
    ),
    Operation(
        SERVICE,
        "UpdateWorkflow",
        "PUT",
        _WORKFLOWS + "/{workflow_id}",
        update_workflow,
        (
            *IN_WORKSPACE,
            _WORKFLOW_ID,
            Parameter("name", "body"),
            Parameter("description", "body"),
            Parameter("enabled", "body", "boolean"),
            Parameter("version_id", "body"),
            Parameter("labels", "body", among=_LABELS),
        ),
    ),
    Operation(
        SERVICE,
        "DeleteWorkflow",
        "DELETE",
        _WORKFLOWS + "/{workflow_id}",
        delete_workflow,
        (*IN_WORKSPACE, _WORKFLOW_ID),
    ),
)
