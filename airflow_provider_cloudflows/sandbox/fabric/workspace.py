"""Workspaces of DataArts Fabric: created, listed, changed and deleted.

Follows the vendor's page of "Creating a Workspace" and the models of the official SDK. The path has no
project: a signed request conveys it by the signed ``X-Project-Id``, a token by its scope. There is no call
that shows one workspace; clients list by id.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from airflow_provider_cloudflows.sandbox import choices as common_choices
from airflow_provider_cloudflows.sandbox.choices import Code
from airflow_provider_cloudflows.sandbox.fabric import choices
from airflow_provider_cloudflows.sandbox.operations import (
    Answer,
    BadParameter,
    Birth,
    Call,
    Operation,
    Parameter,
    Refusal,
    Resource,
)
from airflow_provider_cloudflows.sandbox.refusals import ApigwRefusal, PlainRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

SERVICE = "Fabric"
_NAME = "[A-Za-z0-9-]+"
_TAG = r"[A-Za-z0-9 \t_.:\\=+\-@]*"
_DEFAULT_ENTERPRISE_PROJECT = "0"
_CHANGEABLE = ("name", "description", "metastore_id")
_NOT_FOUND = Code(400, "dataartsfabric.00010009")
_NO_WORKSPACE = Code(400, "dataartsfabric.00010003")


def _born(birth: Birth) -> Document:
    workspace_id = str(uuid.uuid4())
    return {
        "id": workspace_id,
        "name": "",
        "description": "",
        "create_time": time_text(birth.now),
        "create_domain_name": birth.account.name,
        "create_user_name": birth.account.user_name,
        "metastore_id": "",
        "access_url": f"https://{workspace_id}.fabric.sandbox.invalid/",
        "enterprise_project_id": _DEFAULT_ENTERPRISE_PROJECT,
        "tags": [],
        "project_id": "",
    }


RESOURCE = Resource("fabric.workspace", "id", _born, place="project_id")


def create_workspace(call: Call) -> dict[str, Any]:
    """Create a workspace: names are unique in the account, and the account has a limit."""
    project_id = _project(call)
    _check_name(call, call.parameters["name"])
    if call.store.count(RESOURCE.kind) >= choices.LIMIT.value:
        message = f"The account has reached its limit of {choices.LIMIT.value} workspaces."
        raise refuse(PlainRefusal, choices.LIMIT_CODE.value, message)
    # All parameters of the call are fields of the workspace, by the same names.
    return _created(call.create(RESOURCE, **call.parameters, project_id=project_id))


def list_workspaces(call: Call) -> dict[str, Any]:
    """List the workspaces of a project; ``enterprise_project_id`` is mandatory, ``name`` is fuzzy."""
    enterprise_project = call.parameters["enterprise_project_id"]
    project_id, wanted_id = _project(call), call.parameters.get("id")
    # Asked for by its id, a workspace is shown at once: this is also the only way to read a single one.
    list_now = call.listed if wanted_id is None else call.read_all
    found = [
        workspace
        for workspace in list_now(RESOURCE.kind, place=project_id)
        if enterprise_project in ("all_granted_eps", workspace["enterprise_project_id"])
        and call.parameters.get("name", "") in workspace["name"]
        and wanted_id in (None, workspace["id"])
    ]
    offset, limit = call.parameters.get("offset", 0), call.page_size(call.parameters.get("limit", 10))
    page = found[offset : offset + limit]
    return {"total": len(found), "workspaces": [_shown(each) for each in page]}


def update_workspace(call: Call) -> dict[str, Any]:
    """Update a workspace: what is not sent stays; the new name must be free."""
    workspace = workspace_of(call)
    sent = {name: call.parameters[name] for name in _CHANGEABLE if name in call.parameters}
    _check_name(call, sent.get("name", workspace["name"]), except_id=workspace["id"])
    call.store.update(RESOURCE.kind, workspace["id"], workspace | sent)
    return _shown(workspace | sent)


def delete_workspace(call: Call) -> Answer:
    """Delete a workspace: HTTP 200 without a body."""
    call.store.delete(RESOURCE.kind, workspace_of(call)["id"])
    return Answer(None)


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How this room words a bad parameter."""
    message = f"failed to read http request, please check your input, code: 400, reason: {bad}"
    return refuse(PlainRefusal, choices.INVALID.value, message[:512])


def refused_as_missing(message: str, *, at_run: bool = False) -> Refusal:
    """The refusal of what does not exist: the data plane has a code of its own."""
    return refuse(PlainRefusal, _NOT_FOUND if at_run else _NO_WORKSPACE, message)


def _project(call: Call) -> str:
    project_id = call.caller.project_id
    if project_id is None or call.store.get("iam.project", project_id) is None:
        message = f"The project is not available: {project_id or 'none is given by X-Project-Id or token'}"
        raise refuse(ApigwRefusal, common_choices.HUAWEI_PROJECT.value, message)
    return project_id


def workspace_of(call: Call) -> dict[str, Any]:
    workspace_id = call.parameters["workspace_id"]
    workspace = call.store.get(RESOURCE.kind, workspace_id, place=_project(call))
    if workspace is None:
        raise refuse(PlainRefusal, _NO_WORKSPACE, f"The workspace {workspace_id} does not exist.")
    return workspace


def _check_name(call: Call, name: str, except_id: str | None = None) -> None:
    for other in call.store.all(RESOURCE.kind):
        if other["name"] == name and other["id"] != except_id:
            message = f"A workspace named {name} already exists."
            raise refuse(PlainRefusal, choices.DUPLICATE.value, message)


def _shown(workspace: dict[str, Any]) -> dict[str, Any]:
    return _without(workspace, "tags", "project_id")


def _created(workspace: dict[str, Any]) -> dict[str, Any]:
    """The quirks of the create answer: tags only if sent, and the bare number 0 as on the page."""
    body = _without(workspace, "project_id", *([] if workspace["tags"] else ["tags"]))
    if body["enterprise_project_id"] == _DEFAULT_ENTERPRISE_PROJECT:
        body["enterprise_project_id"] = 0
    return body


def _without(workspace: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in workspace.items() if name not in names}


def time_text(now: float) -> str:
    """``2025-01-10T03:37:12.000+00:00``, as on the vendor's page."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}+00:00"


_ENTERPRISE_PROJECT = "enterprise_project_id"
_DESCRIBING = (
    Parameter("description", "body", length=(0, 255)),
    Parameter("metastore_id", "body", length=(32, 36), pattern=_NAME),
)
WORKSPACE_ID = Parameter("workspace_id", "path", length=(1, 36))
OPERATIONS = (
    Operation(
        SERVICE,
        "CreateWorkspace",
        "POST",
        "/v1/workspaces",
        create_workspace,
        (
            Parameter("name", "body", required=True, length=(4, 32), pattern=_NAME),
            *_DESCRIBING,
            Parameter(_ENTERPRISE_PROJECT, "body", length=(1, 64), pattern=_NAME),
            Parameter(
                "tags",
                "body",
                "list",
                fields=(
                    Parameter("key", "body", required=True, length=(1, 128), pattern=_TAG),
                    Parameter("value", "body", length=(0, 255), pattern=_TAG),
                ),
            ),
        ),
    ),
    Operation(
        SERVICE,
        "ListWorkspaces",
        "GET",
        "/v1/workspaces",
        list_workspaces,
        (
            Parameter("offset", "query", "int32", minimum=0, maximum=1_000_000_000),
            Parameter("limit", "query", "int32", minimum=1, maximum=100),
            Parameter("name", "query", length=(4, 32), pattern="[A-Za-z0-9_-]+"),
            Parameter("id", "query", length=(1, 36)),
            Parameter(_ENTERPRISE_PROJECT, "query", required=True, length=(1, 36)),
        ),
    ),
    Operation(
        SERVICE,
        "UpdateWorkspace",
        "PUT",
        "/v1/workspaces/{workspace_id}",
        update_workspace,
        (WORKSPACE_ID, Parameter("name", "body", length=(4, 32), pattern=_NAME), *_DESCRIBING),
    ),
    Operation(
        SERVICE,
        "DeleteWorkspace",
        "DELETE",
        "/v1/workspaces/{workspace_id}",
        delete_workspace,
        (WORKSPACE_ID,),
    ),
)
