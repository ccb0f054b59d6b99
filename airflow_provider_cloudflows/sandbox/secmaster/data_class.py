"""Data classes of SecMaster: listed; workflows belong to one."""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal
from airflow_provider_cloudflows.sandbox.secmaster.answers import LIMIT, SERVICE, WORKSPACES, authorship, filtered
from airflow_provider_cloudflows.sandbox.secmaster.workspace import IN_WORKSPACE, workspace_of
from airflow_provider_cloudflows.sandbox.state import Store


def seed(store: Store) -> None:
    """Every workspace has those that are built in, by ids of its own."""
    other = {world.OTHER_SECMASTER_WORKSPACE_ID: world.OTHER_SECMASTER_DATACLASS_IDS}
    for account, workspaces in (
        (world.HUAWEI_ACCOUNT, world.SECMASTER_DATACLASS_IDS),
        (world.OTHER_HUAWEI_ACCOUNT, other),
    ):
        for workspace_id, classes in workspaces.items():
            for name, class_id in classes.items():
                data_class = {"id": class_id, "name": name, "workspace_id": workspace_id}
                store.of(account.id).add("secmaster.dataclass", class_id, data_class, place=workspace_id)


def list_data_classes(call: Call) -> dict[str, Any]:
    """List the data classes of a workspace; their ids differ from one workspace to the next."""
    workspace_id = workspace_of(call, PlainRefusal)["id"]
    stored = call.store.all("secmaster.dataclass", place=workspace_id)
    classes = [_shown(call, each) for each in stored]
    exact, substring = ("business_code", "is_built_in"), ("name", "description")
    found = filtered(call, classes, exact=exact, substring=substring)
    offset, limit = call.parameters.get("offset", 0), call.page_size(call.parameters.get("limit", 10))
    return {"dataclass_details": found[offset : offset + limit], "total": len(found)}


def _shown(call: Call, stored: dict[str, Any]) -> dict[str, Any]:
    return (
        stored
        | authorship(call.account)
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


OPERATIONS = (
    Operation(
        SERVICE,
        "ListDataClasses",
        "GET",
        WORKSPACES + "/{workspace_id}/soc/dataclasses",
        list_data_classes,
        (
            *IN_WORKSPACE,
            Parameter("offset", "query", "int32", minimum=0),
            LIMIT,
            Parameter("name", "query"),
            Parameter("business_code", "query"),
            Parameter("description", "query"),
            Parameter("is_built_in", "query", "boolean"),
        ),
    ),
)
