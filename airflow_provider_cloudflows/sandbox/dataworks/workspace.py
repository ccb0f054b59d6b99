"""Workspaces of DataWorks (``project`` on the wire): which there are, and which one a call means."""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.choices import Choice, Code
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION, page
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import Account

PROJECT_ID = Parameter("ProjectId", "form", "int64", required=True)
ID_OR_IDENTIFIER = (Parameter("ProjectId", "form", "int64"), Parameter("ProjectIdentifier", "form"))


def seed(store: Store) -> None:
    """The first account has two workspaces; that of the second has the identifier of one of them."""
    for account, project_id, identifier in (
        (world.ALIBABA_ACCOUNT, world.DATAWORKS_PROJECT_ID, world.DATAWORKS_PROJECT_IDENTIFIER),
        (world.ALIBABA_ACCOUNT, world.DATAWORKS_PROJECT_ID_TWO, world.DATAWORKS_PROJECT_IDENTIFIER_TWO),
        (world.OTHER_ALIBABA_ACCOUNT, world.OTHER_DATAWORKS_PROJECT_ID, world.DATAWORKS_PROJECT_IDENTIFIER),
    ):
        project = {"ProjectId": project_id, "ProjectIdentifier": identifier, "ProjectName": identifier}
        store.of(account.id).add("dataworks.project", str(project_id), project)


def list_projects(call: Call) -> dict[str, Any]:
    """ListProjects: no mandatory parameter, and the only DataWorks call with its parameters in the query."""
    wanted_tags = call.parameters.get("Tags", [])
    wanted_group = call.parameters.get("ResourceManagerResourceGroupId")
    projects = [_shown(project, call.account) for project in call.store.all("dataworks.project")]
    found = [
        project
        for project in projects
        if all(tag in project["Tags"] for tag in wanted_tags)
        and wanted_group in (None, project["ResourceManagerResourceGroupId"])
    ]
    return {"PageResult": page(call, "ProjectList", found), "RequestId": call.request_id}


def _shown(stored: dict[str, Any], account: Account) -> dict[str, Any]:
    return {
        "DisableDevelopment": False,
        "IsDefault": 0,
        "ProjectDescription": "",
        "ProjectOwnerBaseId": account.id,
        "ProjectStatus": 0,
        "ProjectStatusCode": "AVAILABLE",
        "ResourceManagerResourceGroupId": "",
        "TablePrivacyMode": 0,
        "Tags": [],
        "UseProxyOdpsAccount": False,
        **stored,
    }


def project_id(call: Call, absent: Choice[Code] = choices.NO_PROJECT) -> int:
    """The workspace meant by ProjectId, ProjectIdentifier, or both.

    :param absent: how one that does not exist is refused.
    """
    by_id, by_name = call.parameters.get("ProjectId"), call.parameters.get("ProjectIdentifier")
    if by_id is None and not by_name:
        message = "ProjectId or ProjectIdentifier is mandatory for this action."
        raise refuse(AlibabaRefusal, choices.PROJECT_UNSET.value, message)
    projects = call.store.all("dataworks.project")
    found = [
        project["ProjectId"]
        for project in projects
        if by_id in (None, project["ProjectId"]) and by_name in (None, "", project["ProjectIdentifier"])
    ]
    if found:
        return int(found[0])
    if by_id is not None and by_name and any(project["ProjectId"] == by_id for project in projects):
        message = f"ProjectId {by_id} and ProjectIdentifier {by_name} name different workspaces."
        raise refuse(AlibabaRefusal, choices.PROJECTS_DIFFER.value, message)
    wanted = by_name if by_id is None else by_id
    message = f"The workspace {wanted} does not exist."
    raise refuse(AlibabaRefusal, absent.value, message)


def project_named(call: Call, identifier: str) -> int:
    """The workspace that ``ProjectName`` means, which is its identifier."""
    found = (one for one in call.store.all("dataworks.project") if one["ProjectIdentifier"] == identifier)
    project = next(found, None)
    if project is None:
        message = f"The workspace {identifier} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_PROJECT.value, message)
    return int(project["ProjectId"])


OPERATIONS = (
    Operation(
        SERVICE,
        "ListProjects",
        "POST",
        VERSION,
        list_projects,
        (
            Parameter("PageNumber", "query", "int32", minimum=1, maximum=100),
            Parameter("PageSize", "query", "int32", minimum=1, maximum=100),
            Parameter("Tags", "query", "json list"),
            Parameter("ResourceManagerResourceGroupId", "query"),
        ),
    ),
)
