"""Workspaces of SecMaster: shown and listed, and the one that a path names."""

from __future__ import annotations

import re
from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.choices import Code
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter, Refusal
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, refuse
from airflow_provider_cloudflows.sandbox.secmaster import choices
from airflow_provider_cloudflows.sandbox.secmaster.answers import SERVICE, WORKSPACES, authorship, filtered
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import Account

PROJECT_ID = Parameter("project_id", "path")
IN_WORKSPACE = (PROJECT_ID, Parameter("workspace_id", "path"))

_INVALID_WORKSPACE = Code(400, "SecMaster.20010001")
_NO_WORKSPACE = Code(400, "SecMaster.20011003")
_ID = re.compile(r"[0-9A-Za-z-]{32,36}")


def seed(store: Store) -> None:
    """Two workspaces in the first account, one in the second."""
    first, other = world.HUAWEI_ACCOUNT, world.OTHER_HUAWEI_ACCOUNT
    for account, project_id, workspace_id, name in (
        (first, world.HUAWEI_PROJECT_ID, world.SECMASTER_WORKSPACE_ID, world.SECMASTER_WORKSPACE_NAME),
        (first, world.HUAWEI_PROJECT_ID, world.SECMASTER_WORKSPACE_ID_TWO, world.SECMASTER_WORKSPACE_NAME_TWO),
        (other, world.OTHER_HUAWEI_PROJECT_ID, world.OTHER_SECMASTER_WORKSPACE_ID, world.SECMASTER_WORKSPACE_NAME),
    ):
        workspace = {"id": workspace_id, "name": name, "project_id": project_id}
        store.of(account.id).add("secmaster.workspace", workspace_id, workspace, place=project_id)


def list_workspaces(call: Call) -> dict[str, Any]:
    """List the workspaces of a project; ``offset`` and ``limit`` are mandatory."""
    project_id = project_of(call, PlainRefusal)
    workspaces = [_shown(each, call.account) for each in call.store.all("secmaster.workspace", place=project_id)]
    exact = ("region_id", "view_bind_id", "view_bind_name", "is_view", "enterprise_project_id")
    found = filtered(call, workspaces, exact=exact, substring=("name", "description"))
    wanted = call.parameters
    found = [
        workspace
        for workspace in found
        if ("ids" not in wanted or workspace["id"] in wanted["ids"].split(","))
        and wanted.get("normal_project_id", project_id) == project_id
        and wanted.get("create_time_start", "")[:19] <= workspace["create_time"]
        and workspace["create_time"] <= wanted.get("create_time_end", "9999")
    ]
    offset, limit = call.parameters["offset"], call.page_size(call.parameters["limit"])
    return {"workspaces": found[offset : offset + limit], "count": len(found)}


def show_workspace(call: Call) -> dict[str, Any]:
    """Show a workspace."""
    return {"workspace": _shown(workspace_of(call, PlainRefusal), call.account)}


def project_of(call: Call, shape: type[Refusal]) -> str:
    """The project of the path: one of the account's, and the caller's own when it names one."""
    project_id = str(call.parameters["project_id"])
    named = call.caller.project_id is not None or call.caller.credential == "token"
    foreign = named and call.caller.project_id != project_id
    if foreign or call.store.get("iam.project", project_id) is None:
        message = f"The project {project_id} is not a project of the caller."
        raise refuse(shape, choices.FOREIGN_PROJECT.value, message)
    return project_id


def workspace_of(call: Call, shape: type[Refusal]) -> dict[str, Any]:
    """The workspace of the path."""
    project_id, workspace_id = project_of(call, shape), call.parameters["workspace_id"]
    if not _ID.fullmatch(workspace_id):
        raise refuse(shape, _INVALID_WORKSPACE, f"The workspace id {workspace_id} is invalid.")
    workspace = call.store.get("secmaster.workspace", workspace_id, place=project_id)
    if workspace is None:
        raise refuse(shape, _NO_WORKSPACE, f"The workspace {workspace_id} does not exist.")
    return workspace


def _shown(stored: dict[str, Any], account: Account) -> dict[str, Any]:
    return (
        stored
        | authorship(account)
        | {
            "description": "",
            "project_name": world.HUAWEI_REGION,
            "domain_name": account.name,
            "enterprise_project_id": "0",
            "enterprise_project_name": "default",
            "is_view": False,
            "view_bind_id": "",
            "view_bind_name": "",
            "workspace_agency_list": [],
        }
    )


OPERATIONS = (
    Operation(
        SERVICE,
        "ListWorkspaces",
        "GET",
        WORKSPACES,
        list_workspaces,
        (
            PROJECT_ID,
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
        SERVICE,
        "ShowWorkspace",
        "GET",
        WORKSPACES + "/{workspace_id}",
        show_workspace,
        IN_WORKSPACE,
    ),
)
