"""The DataArts Fabric room: workspaces.

Follows the vendor's page of "Creating a Workspace" and the models of the official SDK. The path has no
project: a signed request conveys it by the signed ``X-Project-Id``, a token by its scope. There is no call
that shows one workspace; clients list by id.
"""

from __future__ import annotations

import time
import uuid
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.operations import (
    BadParameter,
    Call,
    Operation,
    Parameter,
    Refusal,
)
from airflow_provider_cloudflows.sandbox.refusals import (
    ApigwRefusal,
    FabricForbidden,
    PlainRefusal,
    refuse,
)

_NAME = "[A-Za-z0-9-]+"
_TAG = r"[A-Za-z0-9 \t_.:\\=+\-@]*"
_DEFAULT_ENTERPRISE_PROJECT = "0"


def create_workspace(call: Call) -> dict[str, Any]:
    """Create a workspace: names are unique in the account, and the account has a limit."""
    project_id = _project(call)
    name = call.parameters["name"]
    workspaces = call.store.all("fabric.workspace")
    if any(workspace["name"] == name for workspace in workspaces):
        message = f"A workspace named {name} already exists."
        raise refuse(PlainRefusal, choices.FABRIC_DUPLICATE.value, message)
    if len(workspaces) >= choices.FABRIC_LIMIT.value:
        message = f"The account has reached its limit of {choices.FABRIC_LIMIT.value} workspaces."
        raise refuse(PlainRefusal, choices.FABRIC_LIMIT_CODE.value, message)
    workspace_id = str(uuid.uuid4())
    workspace = {
        "id": workspace_id,
        "name": name,
        "description": call.parameters.get("description", ""),
        "create_time": _time(call.now),
        "create_domain_name": world.HUAWEI_DOMAIN_NAME,
        "create_user_name": world.HUAWEI_USER_NAME,
        "metastore_id": call.parameters.get("metastore_id", ""),
        "access_url": f"https://{workspace_id}.fabric.sandbox.invalid/",
        "enterprise_project_id": call.parameters.get("enterprise_project_id", _DEFAULT_ENTERPRISE_PROJECT),
        "tags": call.parameters.get("tags", []),
        "project_id": project_id,
    }
    call.store.add("fabric.workspace", workspace_id, workspace, place=project_id)
    return _created(workspace)


def list_workspaces(call: Call) -> dict[str, Any]:
    """List the workspaces of a project; ``enterprise_project_id`` is mandatory, ``name`` is fuzzy."""
    enterprise_project = call.parameters["enterprise_project_id"]
    found = [
        workspace
        for workspace in call.store.all("fabric.workspace", place=_project(call))
        if enterprise_project in ("all_granted_eps", workspace["enterprise_project_id"])
        and call.parameters.get("name", "") in workspace["name"]
        and call.parameters.get("id", workspace["id"]) == workspace["id"]
    ]
    offset, limit = call.parameters.get("offset", 0), call.parameters.get("limit", 10)
    page = found[offset : offset + limit]
    return {"total": len(found), "workspaces": [_without(each, "tags", "project_id") for each in page]}


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How this room words a bad parameter."""
    message = f"failed to read http request, please check your input, code: 400, reason: {bad}"
    return refuse(PlainRefusal, choices.FABRIC_INVALID.value, message[:512])


def refuse_token(*, expired: bool) -> NoReturn:
    """How a token that is not valid is refused here; the page documents two ways."""
    if expired:
        raise ApigwRefusal(401, "APIG.1002", "Incorrect token or token resolution failed")
    raise FabricForbidden("X-Auth-Token is invalid in the request")


def _project(call: Call) -> str:
    project_id = call.caller.project_id
    if project_id is None or call.store.get("iam.project", project_id) is None:
        message = f"The project is not available: {project_id or 'none is given by X-Project-Id or token'}"
        raise refuse(ApigwRefusal, choices.HUAWEI_PROJECT.value, message)
    return project_id


def _created(workspace: dict[str, Any]) -> dict[str, Any]:
    """The quirks of the create answer: tags only if sent, and the bare number 0 as on the page."""
    body = _without(workspace, "project_id", *([] if workspace["tags"] else ["tags"]))
    if body["enterprise_project_id"] == _DEFAULT_ENTERPRISE_PROJECT:
        body["enterprise_project_id"] = 0
    return body


def _without(workspace: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in workspace.items() if name not in names}


def _time(now: float) -> str:
    """``2025-01-10T03:37:12.000+00:00``, as on the vendor's page."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}+00:00"


_ENTERPRISE_PROJECT = "enterprise_project_id"
OPERATIONS = (
    Operation(
        "Fabric",
        "CreateWorkspace",
        "POST",
        "/v1/workspaces",
        create_workspace,
        (
            Parameter("name", "body", required=True, length=(4, 32), pattern=_NAME),
            Parameter("description", "body", length=(0, 255)),
            Parameter("metastore_id", "body", length=(32, 36), pattern=_NAME),
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
        "Fabric",
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
)
