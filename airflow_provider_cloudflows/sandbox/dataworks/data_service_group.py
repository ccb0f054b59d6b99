"""Data service groups of DataWorks: created, read and listed in a workspace.

Follows the vendor's page of CreateDataServiceGroup and the models of the official SDK: the answers hold their result
and no flag. Codes the vendor does not publish come from ``choices``.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION, local_time, page
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document, Store


def seed(store: Store) -> None:
    """The API Gateway groups that data service groups may point to."""
    for account, group_id in (
        (world.ALIBABA_ACCOUNT, world.API_GATEWAY_GROUP_ID),
        (world.OTHER_ALIBABA_ACCOUNT, world.OTHER_API_GATEWAY_GROUP_ID),
    ):
        store.of(account.id).add("apigateway.group", group_id, {"GroupId": group_id})


def _born(birth: Birth) -> Document:
    number = birth.store.next_number("dataworks.group", choices.FIRST_IDS.value["GroupId"])
    now = local_time(birth.now)
    return {
        "GroupId": f"ds_{number}",
        "GroupName": "",
        "Description": "",
        "ApiGatewayGroupId": "",
        "ProjectId": 0,
        "TenantId": 0,
        "CreatorId": birth.account.id,
        "CreatedTime": now,
        "ModifiedTime": now,
    }


RESOURCE = Resource("dataworks.group", "GroupId", _born, place="ProjectId")


def create_data_service_group(call: Call) -> dict[str, Any]:
    """CreateDataServiceGroup: the API Gateway group must exist already."""
    project, api_group = project_id(call), call.parameters["ApiGatewayGroupId"]
    if call.store.get("apigateway.group", api_group) is None:
        message = f"The API Gateway group {api_group} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_API_GROUP.value, message)
    names = ("GroupName", "Description", "ApiGatewayGroupId", "TenantId")
    sent = {name: call.parameters[name] for name in names if name in call.parameters}
    group = call.create(RESOURCE, ProjectId=project, **sent)
    return {"GroupId": group["GroupId"], "RequestId": call.request_id}


def get_data_service_group(call: Call) -> dict[str, Any]:
    """GetDataServiceGroup: no ``Success`` flag in the answer."""
    project, group_id = project_id(call), call.parameters["GroupId"]
    group = call.read(RESOURCE.kind, group_id, place=str(project))
    if group is None:
        message = f"Data service group {group_id} does not exist in workspace {project}."
        raise refuse(AlibabaRefusal, choices.NO_GROUP.value, message)
    return {"Group": group, "RequestId": call.request_id}


def list_data_service_groups(call: Call) -> dict[str, Any]:
    """ListDataServiceGroups: pages of at most 50, as the SDK says."""
    keyword = call.parameters.get("GroupNameKeyword", "")
    groups = call.listed(RESOURCE.kind, place=str(project_id(call)))
    found = [group for group in groups if keyword in group["GroupName"]]
    return {"GroupPagingResult": page(call, "Groups", found), "RequestId": call.request_id}


_TENANT = Parameter("TenantId", "form", "int64")

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateDataServiceGroup",
        "POST",
        VERSION,
        create_data_service_group,
        (
            PROJECT_ID,
            _TENANT,
            Parameter("ApiGatewayGroupId", "form", required=True),
            Parameter("GroupName", "form", required=True),
            Parameter("Description", "form", required=True),
        ),
    ),
    Operation(
        SERVICE,
        "GetDataServiceGroup",
        "POST",
        VERSION,
        get_data_service_group,
        (PROJECT_ID, _TENANT, Parameter("GroupId", "form", required=True)),
    ),
    Operation(
        SERVICE,
        "ListDataServiceGroups",
        "POST",
        VERSION,
        list_data_service_groups,
        (
            PROJECT_ID,
            _TENANT,
            Parameter("GroupNameKeyword", "form"),
            Parameter("PageNumber", "form", "int32", minimum=1),
            Parameter("PageSize", "form", "int32", minimum=1, maximum=50),
        ),
    ),
)
