"""Businesses of DataWorks: created, read, changed, deleted and listed in a workspace.

Follows the vendor's page of CreateBusiness and the models of the official SDK: the answers carry ``Success`` and its
companions. Both API versions have them, with the same fields. Codes the vendor does not publish come from ``choices``.
"""

from __future__ import annotations

from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION, VERSION_2024, page, succeeded
from airflow_provider_cloudflows.sandbox.dataworks.workspace import ID_OR_IDENTIFIER, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

_CHANGEABLE = ("BusinessName", "Description", "Owner")


def _born(birth: Birth) -> Document:
    return {
        "BusinessId": birth.store.next_number("dataworks.business", choices.FIRST_IDS.value["BusinessId"]),
        "BusinessName": "",
        "Description": "",
        "Owner": birth.account.id,
        "ProjectId": 0,
        "UseType": "NORMAL",
    }


RESOURCE = Resource("dataworks.business", "BusinessId", _born, place="ProjectId")


def create_business(call: Call) -> dict[str, Any]:
    """CreateBusiness: the name is unique in the workspace; the owner defaults to the caller's account."""
    project, sent = project_id(call), call.parameters
    _check_name(call, project, sent["BusinessName"])
    optional = {name: sent[name] for name in ("Description", "UseType") if name in sent}
    if sent.get("Owner"):
        optional["Owner"] = sent["Owner"]
    business = call.create(RESOURCE, ProjectId=project, BusinessName=sent["BusinessName"], **optional)
    return succeeded(call, BusinessId=business["BusinessId"])


def get_business(call: Call) -> dict[str, Any]:
    """GetBusiness: ``Data.ProjectId`` is text here and a number in the list, as in the SDK's models."""
    project, number = project_id(call), call.parameters["BusinessId"]
    business = call.read(RESOURCE.kind, str(number), place=str(project)) or _missing(project, number)
    return succeeded(call, Data=business | {"ProjectId": str(business["ProjectId"])})


def update_business(call: Call) -> dict[str, Any]:
    """UpdateBusiness: what is not sent stays as it is."""
    business = _business(call)
    number, name = business["BusinessId"], call.parameters.get("BusinessName", business["BusinessName"])
    _check_name(call, business["ProjectId"], name, except_id=number)
    sent = {each: call.parameters[each] for each in _CHANGEABLE if each in call.parameters}
    call.store.update(RESOURCE.kind, str(number), business | sent)
    return succeeded(call)


def delete_business(call: Call) -> dict[str, Any]:
    """DeleteBusiness."""
    call.store.delete(RESOURCE.kind, str(_business(call)["BusinessId"]))
    return succeeded(call)


def list_businesses(call: Call) -> dict[str, Any]:
    """ListBusiness: pages of at most 100, ``Keyword`` is fuzzy."""
    keyword = call.parameters.get("Keyword", "")
    businesses = call.listed(RESOURCE.kind, place=str(project_id(call)))
    found = [business for business in businesses if keyword in business["BusinessName"]]
    return succeeded(call, Data=page(call, "Business", found))


def _business(call: Call) -> Document:
    project, number = project_id(call), call.parameters["BusinessId"]
    return call.store.get(RESOURCE.kind, str(number), place=str(project)) or _missing(project, number)


def _missing(project: int, number: int) -> NoReturn:
    message = f"Business {number} does not exist in workspace {project}."
    raise refuse(AlibabaRefusal, choices.NO_BUSINESS.value, message)


def _check_name(call: Call, project: int, name: str, except_id: int | None = None) -> None:
    for other in call.store.all(RESOURCE.kind, place=str(project)):
        if other["BusinessName"] == name and other["BusinessId"] != except_id:
            message = f"A business named {name} already exists in workspace {project}."
            raise refuse(AlibabaRefusal, choices.DUPLICATE.value, message)


_BUSINESS_ID = Parameter("BusinessId", "form", "int64", required=True)


def _operations(version: str) -> tuple[Operation, ...]:
    return (
        Operation(
            SERVICE,
            "CreateBusiness",
            "POST",
            version,
            create_business,
            (
                *ID_OR_IDENTIFIER,
                Parameter("BusinessName", "form", required=True),
                Parameter("Description", "form"),
                Parameter("Owner", "form"),
                Parameter("UseType", "form", among=("NORMAL", "MANUAL_BIZ")),
            ),
        ),
        Operation(
            SERVICE,
            "GetBusiness",
            "POST",
            version,
            get_business,
            (*ID_OR_IDENTIFIER, _BUSINESS_ID),
        ),
        Operation(
            SERVICE,
            "UpdateBusiness",
            "POST",
            version,
            update_business,
            (
                *ID_OR_IDENTIFIER,
                _BUSINESS_ID,
                Parameter("BusinessName", "form", pattern="(?s).+"),
                Parameter("Description", "form"),
                Parameter("Owner", "form"),
            ),
        ),
        Operation(SERVICE, "DeleteBusiness", "POST", version, delete_business, (*ID_OR_IDENTIFIER, _BUSINESS_ID)),
        Operation(
            SERVICE,
            "ListBusiness",
            "POST",
            version,
            list_businesses,
            (
                *ID_OR_IDENTIFIER,
                Parameter("Keyword", "form"),
                Parameter("PageNumber", "form", "int32", required=True, minimum=1),
                Parameter("PageSize", "form", "int32", required=True, minimum=1, maximum=100),
            ),
        ),
    )


OPERATIONS = tuple(operation for version in (VERSION, VERSION_2024) for operation in _operations(version))
