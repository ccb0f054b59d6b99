"""The rooms' rules that an SDK cannot break: strict parameters, page limits, constraints, quirks."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, dataworks, fabric, world
from airflow_provider_cloudflows.sandbox.app import Running

from .signing import acs3, alibaba, huawei, sign_acs3, workspace_path

UNSUPPORTED = choices.ALIBABA_UNKNOWN_PARAMETER.value.code
NO_PROJECT = dataworks.choices.NO_PROJECT.value.code
INVALID = choices.ALIBABA_INVALID_PARAMETER.value.code
BUSINESS = {"ProjectId": "10000", "BusinessName": "daily"}
GROUP = {
    "ProjectId": "10000",
    "GroupName": "g",
    "Description": "d",
    "ApiGatewayGroupId": world.API_GATEWAY_GROUP_ID,
}
TASK = {
    "AppId": world.BPSTUDIO_APPLICATION_ID,
    "ProcessId": world.BPSTUDIO_PROCESS_ID,
    "TaskName": "t",
}


def without(parameters: dict[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in parameters.items() if each != name}


PAGE = {"ProjectId": "10000", "PageNumber": "1", "PageSize": "10"}


@pytest.mark.parametrize(
    ("action", "form", "code"),
    [
        ("CreateBusiness", BUSINESS | {"BusinesName": "x"}, UNSUPPORTED),
        ("CreateBusiness", {"ProjectId": "10000"}, "MissingBusinessName"),
        ("CreateBusiness", BUSINESS | {"BusinessName": ""}, "MissingBusinessName"),
        ("CreateBusiness", {"BusinessName": "x"}, "MissingProjectId"),
        ("CreateBusiness", BUSINESS | {"ProjectId": "ten"}, INVALID),
        ("CreateBusiness", BUSINESS | {"ProjectId": str(2**63)}, INVALID),
        ("CreateBusiness", BUSINESS | {"UseType": "normal"}, INVALID),
        ("CreateBusiness", BUSINESS | {"ProjectIdentifier": "dw_project_two"}, INVALID),
        ("CreateBusiness", {"BusinessName": "x", "ProjectIdentifier": "none"}, NO_PROJECT),
        ("CreateDataServiceGroup", without(GROUP, "Description"), "MissingDescription"),
        ("CreateDataServiceGroup", without(GROUP, "ProjectId"), "MissingProjectId"),
        ("CreateDataServiceGroup", GROUP | {"ProjectIdentifier": "dw_project"}, UNSUPPORTED),
        ("CreateTask", TASK | {"Variables": "[]"}, INVALID),
        ("CreateTask", TASK | {"Variables": "{"}, INVALID),
        ("CreateTask", without(TASK, "TaskName"), "MissingTaskName"),
        ("GetTask", {"TaskId": "abc"}, INVALID),
        ("GetTask", {}, "MissingTaskId"),
        ("UpdateBusiness", {"ProjectId": "10000"}, "MissingBusinessId"),
        ("UpdateBusiness", {"BusinessId": "1"}, "MissingProjectId"),
        ("UpdateBusiness", {"ProjectId": "10000", "BusinessId": "1", "BusinessName": ""}, INVALID),
        ("UpdateBusiness", {"ProjectId": "10000", "BusinessId": "1", "UseType": "NORMAL"}, UNSUPPORTED),
        ("DeleteBusiness", {"ProjectId": "10000"}, "MissingBusinessId"),
        ("DeleteBusiness", {"ProjectId": "10000", "BusinessId": "1", "BusinessName": "x"}, UNSUPPORTED),
        ("ListBusiness", {"ProjectId": "10000"}, "MissingPageNumber"),
        ("ListBusiness", PAGE | {"PageSize": "101"}, INVALID),
        ("ListBusiness", PAGE | {"PageNumber": "0"}, INVALID),
        ("ListDataServiceGroups", PAGE | {"PageSize": "51"}, INVALID),
        ("ListProjects", {"PageSize": "10"}, UNSUPPORTED),
        ("GetCallerIdentity", {"AccountId": "1"}, UNSUPPORTED),
    ],
)
def test_alibaba_parameters_are_strict(sandbox: Running, action: str, form: dict[str, str], code: str) -> None:
    before = sandbox.state()
    reply = alibaba(sandbox.url, action, form)
    assert reply.status in (400, 404)
    assert reply.json["Code"] == code
    assert sandbox.state() == before


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("ListBusiness", PAGE | {"PageSize": "100"}),
        ("ListDataServiceGroups", PAGE | {"PageSize": "50"}),
        ("ListDataServiceGroups", {"ProjectId": "10000"}),
        ("CreateTask", TASK | {"Variables": "{}"}),
        ("CreateDataServiceGroup", GROUP | {"TenantId": "10002"}),
        ("CreateBusiness", BUSINESS | {"ProjectIdentifier": "dw_project"}),
    ],
)
def test_alibaba_limits_are_inclusive(sandbox: Running, action: str, form: dict[str, str]) -> None:
    assert alibaba(sandbox.url, action, form).status == 200


def test_form_parameter_in_the_query_is_refused(sandbox: Running) -> None:
    reply = alibaba(sandbox.url, "CreateBusiness", {"ProjectId": "10000"}, query={"BusinessName": "x"})
    assert reply.json["Code"] == UNSUPPORTED
    assert "must be sent in the form" in reply.json["Message"]


def test_repeated_parameter_is_refused(sandbox: Running) -> None:
    request = acs3(sandbox.url, "ListProjects")
    request.query = [("PageSize", "1"), ("PageSize", "2")]
    assert sign_acs3(request).send().json["Code"] == UNSUPPORTED


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_body_must_be_a_form(sandbox: Running, content_type: str) -> None:
    request = acs3(sandbox.url, "CreateBusiness", BUSINESS, content_type=content_type)
    assert sign_acs3(request).send().json["Code"] == choices.ALIBABA_CONTENT_TYPE.value.code


def test_three_success_styles(sandbox: Running) -> None:
    flagged = alibaba(sandbox.url, "CreateBusiness", BUSINESS).json
    assert (flagged["Success"], flagged["HttpStatusCode"], flagged["ErrorCode"]) == (True, 200, "")
    bare = alibaba(sandbox.url, "CreateDataServiceGroup", GROUP).json
    assert set(bare) == {"GroupId", "RequestId"}
    coded = alibaba(sandbox.url, "CreateTask", TASK).json
    assert (coded["Code"], coded["Message"], coded["Data"]) == ("200", "Success", 1994)


def test_project_id_is_text_in_one_place_and_a_number_in_another(sandbox: Running) -> None:
    number = alibaba(sandbox.url, "CreateBusiness", BUSINESS).json["BusinessId"]
    shown = alibaba(sandbox.url, "GetBusiness", {"ProjectId": "10000", "BusinessId": str(number)})
    listed = alibaba(sandbox.url, "ListBusiness", PAGE)
    assert shown.json["Data"]["ProjectId"] == "10000"
    assert listed.json["Data"]["Business"][0]["ProjectId"] == 10000


WORKFLOW = {
    "name": "flow",
    "engine_type": "public_engine",
    "aop_type": "NORMAL",
    "dataclass_id": world.SECMASTER_DATACLASS_IDS[world.SECMASTER_WORKSPACE_ID]["Alert"],
}
OTHER_ALERT = world.SECMASTER_DATACLASS_IDS[world.SECMASTER_WORKSPACE_ID_TWO]["Alert"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (WORKFLOW | {"color": "red"}, "SecMaster.20030001"),
        (without(WORKFLOW, "aop_type"), "SecMaster.20030001"),
        (WORKFLOW | {"aop_type": "normal"}, "SecMaster.20030001"),
        (WORKFLOW | {"labels": ["IP"]}, "SecMaster.20030001"),
        (WORKFLOW | {"description": None}, "SecMaster.20030001"),
        (WORKFLOW | {"dataclass_id": OTHER_ALERT}, "SecMaster.20030001"),
        (WORKFLOW | {"name": ""}, "SecMaster.20030003"),
        (WORKFLOW | {"name": 7}, "SecMaster.20030003"),
        (b"[]", "SecMaster.20030001"),
        (b"{", "SecMaster.20030001"),
        (b"\xff", "SecMaster.20030001"),
    ],
)
def test_secmaster_bodies_are_strict(sandbox: Running, body: Any, code: str) -> None:
    reply = huawei(sandbox.url, "POST", workspace_path("/soc/workflows"), body)
    assert (reply.status, reply.json["code"]) == (400, code)
    assert set(reply.json) == {"code", "message"}
    assert "secmaster.workflow" not in sandbox.state()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (workspace_path("/soc/workflows"), {"limit": "0"}),
        (workspace_path("/soc/workflows"), {"limit": "101"}),
        (workspace_path("/soc/workflows"), {"offset": "10001"}),
        (workspace_path("/soc/workflows"), {"enabled": "maybe"}),
        (workspace_path("/soc/workflows"), {"last_version": "1"}),
        (workspace_path("/soc/dataclasses"), {"limit": "101"}),
        (f"/v1/{world.HUAWEI_PROJECT_ID}/workspaces", {"offset": "0"}),
        (f"/v1/{world.HUAWEI_PROJECT_ID}/workspaces", {"limit": "1"}),
    ],
)
def test_secmaster_queries_are_strict(sandbox: Running, path: str, query: dict[str, str]) -> None:
    reply = huawei(sandbox.url, "GET", path, query=query)
    assert reply.status == 400
    assert "SecMaster.20030001" in (reply.json.get("code"), reply.json.get("error_code"))


def test_secmaster_limits_are_inclusive(sandbox: Running) -> None:
    query = {"limit": "100", "offset": "10000", "order": "ASC", "sortby": "update_time"}
    assert huawei(sandbox.url, "GET", workspace_path("/soc/workflows"), query=query).status == 200


def test_secmaster_has_two_error_shapes(sandbox: Running) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    workflow = huawei(sandbox.url, "GET", workspace_path("/soc/workflows", missing)).json
    classes = huawei(sandbox.url, "GET", workspace_path("/soc/dataclasses", missing)).json
    assert (workflow["code"], classes["error_code"]) == ("SecMaster.20011003", "SecMaster.20011003")


@pytest.mark.parametrize("character", ["a/b", "ü", "a b", "%2F"])
def test_names_with_any_character_are_searched(sandbox: Running, character: str) -> None:
    name = f"x{character}y"
    body = WORKFLOW | {"name": name}
    assert huawei(sandbox.url, "POST", workspace_path("/soc/workflows"), body).status == 200
    found = huawei(sandbox.url, "GET", workspace_path("/soc/workflows"), query={"name": name}).json
    assert [workflow["name"] for workflow in found["data"]] == [name]


TAGS = [{"key": "team", "value": "data"}, {"key": "a b\t_.:\\=+-@"}]
FABRIC = "/v1/workspaces"


def test_fabric_tags_are_kept(sandbox: Running) -> None:
    created = huawei(sandbox.url, "POST", FABRIC, {"name": "lake-house", "tags": TAGS}).json
    assert created["tags"] == TAGS
    assert created["enterprise_project_id"] == 0
    query = {"enterprise_project_id": "all_granted_eps"}
    listed = huawei(sandbox.url, "GET", FABRIC, query=query).json["workspaces"][0]
    assert listed["enterprise_project_id"] == "0"
    assert "tags" not in listed
    assert "tags" not in huawei(sandbox.url, "POST", FABRIC, {"name": "no-tags"}).json


@pytest.mark.parametrize(
    "body",
    [
        {"name": "abc"},
        {"name": "a" * 33},
        {"name": "lake_house"},
        {"name": "lake-house\n"},
        {},
        {"name": "lake-house", "description": "d" * 256},
        {"name": "lake-house", "metastore_id": "short"},
        {"name": "lake-house", "enterprise_project_id": 0},
        {"name": "lake-house", "tags": {}},
        {"name": "lake-house", "tags": ["team"]},
        {"name": "lake-house", "tags": [{"value": "v"}]},
        {"name": "lake-house", "tags": [{"key": ""}]},
        {"name": "lake-house", "tags": [{"key": "k" * 129}]},
        {"name": "lake-house", "tags": [{"key": "k/", "value": "v"}]},
        {"name": "lake-house", "tags": [{"key": "k", "value": "v" * 256}]},
        {"name": "lake-house", "tags": [{"key": "k", "color": "red"}]},
        {"name": "lake-house", "region": "x"},
    ],
)
def test_fabric_bodies_are_strict(sandbox: Running, body: dict[str, Any]) -> None:
    reply = huawei(sandbox.url, "POST", FABRIC, body)
    assert (reply.status, reply.json["error_code"]) == (400, "common.01000001")
    assert "fabric.workspace" not in sandbox.state()


@pytest.mark.parametrize("name", ["abcd", "A" * 32, "0-9z"])
def test_fabric_name_limits_are_inclusive(sandbox: Running, name: str) -> None:
    assert huawei(sandbox.url, "POST", FABRIC, {"name": name, "description": "d" * 255}).status == 200


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"enterprise_project_id": "all_granted_eps", "limit": "0"},
        {"enterprise_project_id": "all_granted_eps", "limit": "101"},
        {"enterprise_project_id": "all_granted_eps", "offset": "-1"},
        {"enterprise_project_id": "all_granted_eps", "name": "abc"},
        {"enterprise_project_id": "all_granted_eps", "sort": "name"},
    ],
)
def test_fabric_queries_are_strict(sandbox: Running, query: dict[str, str]) -> None:
    reply = huawei(sandbox.url, "GET", FABRIC, query=query)
    assert (reply.status, reply.json["error_code"]) == (400, "common.01000001")


def test_fabric_names_are_unique_across_projects(sandbox: Running) -> None:
    other = world.HUAWEI_AMBIGUOUS_PROJECT_IDS[0]
    assert huawei(sandbox.url, "POST", FABRIC, {"name": "lake-house"}).status == 200
    taken = huawei(sandbox.url, "POST", FABRIC, {"name": "lake-house"}, project_id=other)
    assert taken.json["error_code"] == fabric.choices.DUPLICATE.value.code
    query = {"enterprise_project_id": "all_granted_eps"}
    assert huawei(sandbox.url, "GET", FABRIC, query=query, project_id=other).json["total"] == 0


@pytest.mark.parametrize("query", [{"page": "1"}, {"per_page": "1"}, {"page": "1", "per_page": "5001"}])
def test_iam_pages_need_both_parameters(sandbox: Running, query: dict[str, str]) -> None:
    reply = huawei(sandbox.url, "GET", "/v3/projects", query=query, project_id=None)
    assert (reply.status, reply.json["error_code"]) == (400, "IAM.0007")


def test_json_body_needs_its_content_type(sandbox: Running) -> None:
    reply = huawei(sandbox.url, "POST", FABRIC, {"name": "lake-house"}, content_type="text/plain")
    assert (reply.status, reply.json["error_code"]) == (400, "common.01000001")


def test_body_of_more_than_12_mb_is_refused(sandbox: Running) -> None:
    reply = huawei(sandbox.url, "POST", FABRIC, b" " * (12 * 1024 * 1024 + 1))
    assert (reply.status, reply.json["error_code"]) == (413, "APIGW.0201")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/{id}", {"name": "lake_house"}),
        ("PUT", "/{id}", {"name": "new-name", "enterprise_project_id": "7"}),
        ("PUT", "/{id}", {"tags": []}),
        ("PUT", "/{id}", {"description": None}),
        ("PUT", "/{id}", None),
        ("DELETE", "/{id}", {"name": "new-name"}),
    ],
)
def test_fabric_changes_are_strict(sandbox: Running, method: str, path: str, body: Any) -> None:
    created = huawei(sandbox.url, "POST", FABRIC, {"name": "lake-house"}).json
    before = sandbox.state()
    reply = huawei(sandbox.url, method, FABRIC + path.format(id=created["id"]), body)
    assert (reply.status, reply.json["error_code"]) == (400, fabric.choices.INVALID.value.code)
    assert sandbox.state() == before


def test_fabric_delete_answers_without_a_body(sandbox: Running) -> None:
    created = huawei(sandbox.url, "POST", FABRIC, {"name": "lake-house"}).json
    reply = huawei(sandbox.url, "DELETE", f"{FABRIC}/{created['id']}")
    assert (reply.status, reply.body) == (200, b"")
    assert "fabric.workspace" not in sandbox.state()
