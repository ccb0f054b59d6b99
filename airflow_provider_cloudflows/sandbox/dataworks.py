"""The DataWorks room: API version 2020-05-18, businesses, data service groups and workspaces.

Follows the vendor's pages of CreateBusiness and CreateDataServiceGroup and the models of the official SDK.
Two answer styles live here: the business calls carry ``Success`` and its companions, the others only their
result. Codes the vendor does not publish come from ``choices.py``.
"""

from __future__ import annotations

import time
from typing import Any

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse

VERSION = "2020-05-18"

_CHANGEABLE = ("BusinessName", "Description", "Owner")


def create_business(call: Call) -> dict[str, Any]:
    """CreateBusiness: the name is unique in the workspace; the owner defaults to the caller's account."""
    project_id = _project_id(call)
    name = call.parameters["BusinessName"]
    _check_business_name(call, project_id, name)
    number = call.store.next_number("dataworks.business", choices.DATAWORKS_FIRST_IDS.value["BusinessId"])
    business = {
        "BusinessId": number,
        "BusinessName": name,
        "Description": call.parameters.get("Description", ""),
        "Owner": call.parameters.get("Owner") or world.ALIBABA_ACCOUNT_ID,
        "ProjectId": project_id,
        "UseType": call.parameters.get("UseType", "NORMAL"),
    }
    call.store.add("dataworks.business", str(number), business, place=str(project_id))
    return _succeeded(call, BusinessId=number)


def get_business(call: Call) -> dict[str, Any]:
    """GetBusiness: ``Data.ProjectId`` is text here and a number in the list, as in the SDK's models."""
    business = _business(call)
    return _succeeded(call, Data=business | {"ProjectId": str(business["ProjectId"])})


def update_business(call: Call) -> dict[str, Any]:
    """UpdateBusiness: what is not sent stays as it is."""
    business = _business(call)
    number, name = business["BusinessId"], call.parameters.get("BusinessName", business["BusinessName"])
    _check_business_name(call, business["ProjectId"], name, except_id=number)
    sent = {each: call.parameters[each] for each in _CHANGEABLE if each in call.parameters}
    call.store.update("dataworks.business", str(number), business | sent)
    return _succeeded(call)


def delete_business(call: Call) -> dict[str, Any]:
    """DeleteBusiness."""
    call.store.delete("dataworks.business", str(_business(call)["BusinessId"]))
    return _succeeded(call)


def list_businesses(call: Call) -> dict[str, Any]:
    """ListBusiness: pages of at most 100, ``Keyword`` is fuzzy."""
    keyword = call.parameters.get("Keyword", "")
    businesses = call.listed("dataworks.business", place=str(_project_id(call)))
    found = [business for business in businesses if keyword in business["BusinessName"]]
    return _succeeded(call, Data=_page(call, "Business", found))


def create_data_service_group(call: Call) -> dict[str, Any]:
    """CreateDataServiceGroup: the API Gateway group must exist already."""
    project_id = _project_id(call)
    api_group = call.parameters["ApiGatewayGroupId"]
    if call.store.get("apigateway.group", api_group) is None:
        message = f"The API Gateway group {api_group} does not exist."
        raise refuse(AlibabaRefusal, choices.DATAWORKS_NO_API_GROUP.value, message)
    number = call.store.next_number("dataworks.group", choices.DATAWORKS_FIRST_IDS.value["GroupId"])
    now = _local_time(call.now)
    group = {
        "GroupId": f"ds_{number}",
        "GroupName": call.parameters["GroupName"],
        "Description": call.parameters["Description"],
        "ApiGatewayGroupId": api_group,
        "ProjectId": project_id,
        "TenantId": call.parameters.get("TenantId", 0),
        "CreatorId": world.ALIBABA_ACCOUNT_ID,
        "CreatedTime": now,
        "ModifiedTime": now,
    }
    call.store.add("dataworks.group", f"ds_{number}", group, place=str(project_id))
    return {"GroupId": f"ds_{number}", "RequestId": call.request_id}


def get_data_service_group(call: Call) -> dict[str, Any]:
    """GetDataServiceGroup: no ``Success`` flag in the answer."""
    project_id, group_id = _project_id(call), call.parameters["GroupId"]
    group = call.store.get("dataworks.group", group_id, place=str(project_id))
    if group is None:
        message = f"Data service group {group_id} does not exist in workspace {project_id}."
        raise refuse(AlibabaRefusal, choices.DATAWORKS_NO_GROUP.value, message)
    return {"Group": group, "RequestId": call.request_id}


def list_data_service_groups(call: Call) -> dict[str, Any]:
    """ListDataServiceGroups: pages of at most 50, as the SDK says."""
    keyword = call.parameters.get("GroupNameKeyword", "")
    groups = call.listed("dataworks.group", place=str(_project_id(call)))
    found = [group for group in groups if keyword in group["GroupName"]]
    return {"GroupPagingResult": _page(call, "Groups", found), "RequestId": call.request_id}


def list_projects(call: Call) -> dict[str, Any]:
    """ListProjects: no mandatory parameter, and the only DataWorks call with its parameters in the query."""
    wanted_tags = call.parameters.get("Tags", [])
    wanted_group = call.parameters.get("ResourceManagerResourceGroupId")
    projects = [_project(project) for project in call.store.all("dataworks.project")]
    found = [
        project
        for project in projects
        if all(tag in project["Tags"] for tag in wanted_tags)
        and wanted_group in (None, project["ResourceManagerResourceGroupId"])
    ]
    return {"PageResult": _page(call, "ProjectList", found), "RequestId": call.request_id}


def _project(stored: dict[str, Any]) -> dict[str, Any]:
    return {
        "DisableDevelopment": False,
        "IsDefault": 0,
        "ProjectDescription": "",
        "ProjectOwnerBaseId": world.ALIBABA_ACCOUNT_ID,
        "ProjectStatus": 0,
        "ProjectStatusCode": "AVAILABLE",
        "ResourceManagerResourceGroupId": "",
        "TablePrivacyMode": 0,
        "Tags": [],
        "UseProxyOdpsAccount": False,
        **stored,
    }


def _project_id(call: Call) -> int:
    """The workspace meant by ProjectId, ProjectIdentifier, or both."""
    by_id, by_name = call.parameters.get("ProjectId"), call.parameters.get("ProjectIdentifier")
    if by_id is None and not by_name:
        message = "ProjectId or ProjectIdentifier is mandatory for this action."
        raise refuse(AlibabaRefusal, choices.DATAWORKS_PROJECT_UNSET.value, message)
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
        raise refuse(AlibabaRefusal, choices.DATAWORKS_PROJECTS_DIFFER.value, message)
    wanted = by_name if by_id is None else by_id
    message = f"The workspace {wanted} does not exist."
    raise refuse(AlibabaRefusal, choices.DATAWORKS_NO_PROJECT.value, message)


def _business(call: Call) -> dict[str, Any]:
    project_id, number = _project_id(call), call.parameters["BusinessId"]
    business = call.store.get("dataworks.business", str(number), place=str(project_id))
    if business is None:
        message = f"Business {number} does not exist in workspace {project_id}."
        raise refuse(AlibabaRefusal, choices.DATAWORKS_NO_BUSINESS.value, message)
    return business


def _check_business_name(call: Call, project_id: int, name: str, except_id: int | None = None) -> None:
    for other in call.store.all("dataworks.business", place=str(project_id)):
        if other["BusinessName"] == name and other["BusinessId"] != except_id:
            message = f"A business named {name} already exists in workspace {project_id}."
            raise refuse(AlibabaRefusal, choices.DATAWORKS_DUPLICATE.value, message)


def _succeeded(call: Call, **fields: Any) -> dict[str, Any]:
    return fields | {
        "HttpStatusCode": 200,
        "RequestId": call.request_id,
        "ErrorMessage": "",
        "Success": True,
        "ErrorCode": "",
    }


def _page(call: Call, items: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    number, size = call.parameters.get("PageNumber", 1), call.parameters.get("PageSize", 10)
    first = (number - 1) * size
    return {
        "PageNumber": number,
        "PageSize": size,
        "TotalCount": len(found),
        items: found[first : first + size],
    }


def _local_time(now: float) -> str:
    """``2020-09-24T18:37:51+0800``, as in the data service samples."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+0800", time.gmtime(now + 8 * 3600))


_PROJECT = (Parameter("ProjectId", "form", "int64"), Parameter("ProjectIdentifier", "form"))
_PROJECT_ID = Parameter("ProjectId", "form", "int64", required=True)
_BUSINESS_ID = Parameter("BusinessId", "form", "int64", required=True)
_TENANT = Parameter("TenantId", "form", "int64")

OPERATIONS = (
    Operation(
        "DataWorks",
        "CreateBusiness",
        "POST",
        VERSION,
        create_business,
        (
            *_PROJECT,
            Parameter("BusinessName", "form", required=True),
            Parameter("Description", "form"),
            Parameter("Owner", "form"),
            Parameter("UseType", "form", among=("NORMAL", "MANUAL_BIZ")),
        ),
    ),
    Operation(
        "DataWorks",
        "GetBusiness",
        "POST",
        VERSION,
        get_business,
        (*_PROJECT, _BUSINESS_ID),
    ),
    Operation(
        "DataWorks",
        "UpdateBusiness",
        "POST",
        VERSION,
        update_business,
        (
            *_PROJECT,
            _BUSINESS_ID,
            Parameter("BusinessName", "form", pattern="(?s).+"),
            Parameter("Description", "form"),
            Parameter("Owner", "form"),
        ),
    ),
    Operation("DataWorks", "DeleteBusiness", "POST", VERSION, delete_business, (*_PROJECT, _BUSINESS_ID)),
    Operation(
        "DataWorks",
        "ListBusiness",
        "POST",
        VERSION,
        list_businesses,
        (
            *_PROJECT,
            Parameter("Keyword", "form"),
            Parameter("PageNumber", "form", "int32", required=True, minimum=1),
            Parameter("PageSize", "form", "int32", required=True, minimum=1, maximum=100),
        ),
    ),
    Operation(
        "DataWorks",
        "CreateDataServiceGroup",
        "POST",
        VERSION,
        create_data_service_group,
        (
            _PROJECT_ID,
            _TENANT,
            Parameter("ApiGatewayGroupId", "form", required=True),
            Parameter("GroupName", "form", required=True),
            Parameter("Description", "form", required=True),
        ),
    ),
    Operation(
        "DataWorks",
        "GetDataServiceGroup",
        "POST",
        VERSION,
        get_data_service_group,
        (_PROJECT_ID, _TENANT, Parameter("GroupId", "form", required=True)),
    ),
    Operation(
        "DataWorks",
        "ListDataServiceGroups",
        "POST",
        VERSION,
        list_data_service_groups,
        (
            _PROJECT_ID,
            _TENANT,
            Parameter("GroupNameKeyword", "form"),
            Parameter("PageNumber", "form", "int32", minimum=1),
            Parameter("PageSize", "form", "int32", minimum=1, maximum=50),
        ),
    ),
    Operation(
        "DataWorks",
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
