"""APIs of DataService Studio: created in a data service group, submitted, published, abolished and deleted.

Follows the models of the official SDK of 2020-05-18; the newer version has none of it. A submit makes a version,
of which ``Submissions`` keeps count, and a publish puts the last one into service. Nothing answers at the path of an
API that is in service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.dataworks import choices, data_service_group
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION, local_time, page, succeeded
from airflow_provider_cloudflows.sandbox.dataworks.workspace import PROJECT_ID, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

_DETAILS = ("WizardDetails", "ScriptDetails", "RegistrationDetails")
_SENT = (
    "ApiMode",
    "ApiName",
    "ApiPath",
    "FolderId",
    "GroupId",
    "Protocols",
    "RequestMethod",
    "ResponseContentType",
    "TenantId",
    "Timeout",
    "VisibleRange",
)
_HIDDEN = ("Submissions", "Published")


def _born(birth: Birth) -> Document:
    now = local_time(birth.now)
    return {
        "ApiId": birth.store.next_number("dataworks.api", choices.FIRST_IDS.value["ApiId"]),
        "ApiMode": 1,
        "ApiName": "",
        "ApiPath": "",
        "Description": "",
        "FolderId": 0,
        "GroupId": "",
        "ProjectId": 0,
        "Protocols": "1",
        "RequestMethod": 0,
        "ResponseContentType": 0,
        "TenantId": 0,
        "Timeout": 10000,
        "VisibleRange": 0,
        "Details": {},
        "Status": 0,
        "Submissions": 0,
        "Published": {},
        "CreatorId": birth.account.id,
        "OperatorId": birth.account.id,
        "CreatedTime": now,
        "ModifiedTime": now,
    }


RESOURCE = Resource("dataworks.api", "ApiId", _born, place="ProjectId")


def create_api(call: Call) -> dict[str, Any]:
    """CreateDataServiceApi: its group is there, and its path is unique in the workspace."""
    project, sent = project_id(call), call.parameters
    if call.store.get(data_service_group.RESOURCE.kind, sent["GroupId"], place=str(project)) is None:
        message = f"The group {sent['GroupId']} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_GROUP.value, message)
    others = call.store.all(RESOURCE.kind, place=str(project))
    if any(sent["ApiPath"] == other["ApiPath"] for other in others):
        raise refuse(AlibabaRefusal, choices.API_TAKEN.value, f"The path {sent['ApiPath']} exists already.")
    details = {name: sent[name] for name in _DETAILS if name in sent}
    fields = {name: sent[name] for name in _SENT if name in sent}
    fields |= {"Description": sent["ApiDescription"], "Details": details}
    api = call.create(RESOURCE, ProjectId=project, **fields)
    return succeeded(call, Data=api["ApiId"])


def get_api(call: Call) -> dict[str, Any]:
    """GetDataServiceApi: as it is being developed."""
    return succeeded(call, Data=_shown(_api(call, lagging=True)))


def list_apis(call: Call) -> dict[str, Any]:
    """ListDataServiceApis: pages of at most 50."""
    found = [_shown(api) for api in _listed(call)]
    return succeeded(call, Data=page(call, "Apis", found))


def get_published_api(call: Call) -> dict[str, Any]:
    """GetDataServicePublishedApi: the version that is in service."""
    api = _api(call, lagging=True)
    if not api["Published"]:
        _missing(call)
    return succeeded(call, Data=api["Published"] | {"Status": api["Status"]})


def list_published_apis(call: Call) -> dict[str, Any]:
    """ListDataServicePublishedApis: pages of at most 50."""
    found = [api["Published"] | {"Status": api["Status"]} for api in _listed(call) if api["Published"]]
    return succeeded(call, Data=page(call, "Apis", found))


def submit_api(call: Call) -> dict[str, Any]:
    """SubmitDataServiceApi: makes a version, each time; the answer has no ErrorMessage."""
    api = _api(call)
    _update(call, api, Submissions=api["Submissions"] + 1)
    return {name: value for name, value in succeeded(call, Data=True).items() if name != "ErrorMessage"}


def publish_api(call: Call) -> dict[str, Any]:
    """PublishDataServiceApi: what was submitted."""
    api = _api(call)
    if not api["Submissions"]:
        raise refuse(AlibabaRefusal, choices.API_NOT_SUBMITTED.value, f"The API {api['ApiId']} has no version.")
    _update(call, api, Status=1, Published=_shown(api))
    return succeeded(call, Data=True)


def abolish_api(call: Call) -> dict[str, Any]:
    """AbolishDataServiceApi: what is in service."""
    api = _api(call)
    if not api["Status"]:
        raise refuse(AlibabaRefusal, choices.API_NOT_PUBLISHED.value, f"The API {api['ApiId']} is not published.")
    _update(call, api, Status=0, Published={})
    return succeeded(call, Data=True)


def delete_api(call: Call) -> dict[str, Any]:
    """DeleteDataServiceApi: what is not in service."""
    api = _api(call)
    if api["Status"]:
        raise refuse(AlibabaRefusal, choices.API_IN_SERVICE.value, f"The API {api['ApiId']} is published.")
    call.store.delete(RESOURCE.kind, str(api["ApiId"]))
    return succeeded(call, Data=True)


def _update(call: Call, api: Document, **changes: Any) -> None:
    call.store.update(RESOURCE.kind, str(api["ApiId"]), api | changes)


def _shown(api: Document) -> Document:
    shown = {name: value for name, value in api.items() if name not in (*_HIDDEN, "Details", "Protocols")}
    return {**shown, **api["Details"], "Protocols": [int(one) for one in api["Protocols"].split(",")]}


def _listed(call: Call) -> list[Document]:
    sent, place = call.parameters, str(project_id(call))
    return [
        api
        for api in call.listed(RESOURCE.kind, place=place)
        if sent.get("ApiNameKeyword", "") in api["ApiName"]
        and sent.get("ApiPathKeyword", "") in api["ApiPath"]
        and sent.get("CreatorId", api["CreatorId"]) == api["CreatorId"]
    ]


def _api(call: Call, *, lagging: bool = False) -> Document:
    read: Callable[..., Document | None] = call.read if lagging else call.store.get
    return read(RESOURCE.kind, str(call.parameters["ApiId"]), place=str(project_id(call))) or _missing(call)


def _missing(call: Call) -> NoReturn:
    raise refuse(AlibabaRefusal, choices.NO_API.value, f"The API {call.parameters['ApiId']} does not exist.")


_TENANT = Parameter("TenantId", "form", "int64")
_ONE = (PROJECT_ID, _TENANT, Parameter("ApiId", "form", "int64", required=True))
_MANY = (
    PROJECT_ID,
    _TENANT,
    Parameter("ApiNameKeyword", "form"),
    Parameter("ApiPathKeyword", "form"),
    Parameter("CreatorId", "form"),
    Parameter("PageNumber", "form", "int32", minimum=1),
    Parameter("PageSize", "form", "int32", minimum=1, maximum=50),
)

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateDataServiceApi",
        "POST",
        VERSION,
        create_api,
        (
            PROJECT_ID,
            _TENANT,
            Parameter("ApiDescription", "form", required=True),
            Parameter("ApiMode", "form", "int32", required=True, minimum=0, maximum=2),
            Parameter(
                "ApiName",
                "form",
                required=True,
                length=(4, 50),
                pattern="[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*",
            ),
            Parameter("ApiPath", "form", required=True, length=(1, 200), pattern="/[A-Za-z0-9_/-]*"),
            Parameter("FolderId", "form", "int64", minimum=0),
            Parameter("GroupId", "form", required=True),
            Parameter("Protocols", "form", required=True, pattern="[01](,[01])?"),
            Parameter("RegistrationDetails", "form", "json object"),
            Parameter("RequestContentType", "form", "int32", minimum=0, maximum=2),
            Parameter("RequestMethod", "form", "int32", required=True, minimum=0, maximum=3),
            Parameter("ResourceGroupId", "form", "int64"),
            Parameter("ResponseContentType", "form", "int32", required=True, minimum=0, maximum=1),
            Parameter("ScriptDetails", "form", "json object"),
            Parameter("SqlMode", "form", "int32"),
            Parameter("Timeout", "form", "int32", required=True, minimum=1, maximum=30000),
            Parameter("VisibleRange", "form", "int32", required=True, minimum=0, maximum=1),
            Parameter("WizardDetails", "form", "json object"),
        ),
    ),
    Operation(SERVICE, "GetDataServiceApi", "POST", VERSION, get_api, _ONE),
    Operation(SERVICE, "GetDataServicePublishedApi", "POST", VERSION, get_published_api, _ONE),
    Operation(SERVICE, "SubmitDataServiceApi", "POST", VERSION, submit_api, _ONE),
    Operation(SERVICE, "PublishDataServiceApi", "POST", VERSION, publish_api, _ONE),
    Operation(SERVICE, "AbolishDataServiceApi", "POST", VERSION, abolish_api, _ONE),
    Operation(SERVICE, "DeleteDataServiceApi", "POST", VERSION, delete_api, _ONE),
    Operation(SERVICE, "ListDataServiceApis", "POST", VERSION, list_apis, _MANY),
    Operation(SERVICE, "ListDataServicePublishedApis", "POST", VERSION, list_published_apis, _MANY),
)
