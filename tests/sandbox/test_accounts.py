"""The second account of each cloud: the same names may be in both, and nothing of one is seen by the other."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import bpstudio, dataworks, world
from airflow_provider_cloudflows.sandbox.app import Running

from .conftest import Connect
from .signing import Draft, alibaba, get, huawei
from .test_rules import TASK

OTHER, OTHER_HUAWEI = world.OTHER_ALIBABA_KEY, world.OTHER_HUAWEI_KEY
NAMED = {"ProjectIdentifier": world.DATAWORKS_PROJECT_IDENTIFIER}
OTHER_PROJECT = world.OTHER_HUAWEI_PROJECT_ID


def test_callers_are_told_apart(sandbox: Running) -> None:
    accounts = [
        alibaba(sandbox.url, "GetCallerIdentity", key=key).json["AccountId"] for key in (world.ALIBABA_KEY, OTHER)
    ]
    assert accounts == [world.ALIBABA_ACCOUNT_ID, world.OTHER_ALIBABA_ACCOUNT.id]
    keys = (world.HUAWEI_KEY, OTHER_HUAWEI)
    domains = [huawei(sandbox.url, "GET", "/v5/caller-identity", key=key).json["account_id"] for key in keys]
    assert domains == [world.HUAWEI_DOMAIN_ID, world.OTHER_HUAWEI_ACCOUNT.id]
    projects = huawei(sandbox.url, "GET", "/v3/projects", key=OTHER_HUAWEI, project_id=None).json["projects"]
    assert [(each["id"], each["name"]) for each in projects] == [(OTHER_PROJECT, world.HUAWEI_REGION)]


def test_a_workspace_of_the_same_identifier_is_another_one(sandbox: Running) -> None:
    made = [
        alibaba(sandbox.url, "CreateBusiness", NAMED | {"BusinessName": "daily"}, key=key).json["BusinessId"]
        for key in (world.ALIBABA_KEY, OTHER)
    ]
    assert made[0] != made[1]
    foreign = alibaba(sandbox.url, "GetBusiness", NAMED | {"BusinessId": str(made[0])}, key=OTHER)
    assert foreign.json["Code"] == dataworks.choices.NO_BUSINESS.value.code
    page = NAMED | {"PageNumber": "1", "PageSize": "10"}
    seen = alibaba(sandbox.url, "ListBusiness", page, key=OTHER).json["Data"]["Business"]
    owner = world.OTHER_ALIBABA_ACCOUNT.id
    assert [(each["BusinessId"], each["Owner"]) for each in seen] == [(made[1], owner)]
    by_id = alibaba(sandbox.url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": "x"}, key=OTHER)
    assert by_id.json["Code"] == dataworks.choices.NO_PROJECT.value.code


def test_an_application_of_the_same_id_has_tasks_of_its_own(sandbox: Running) -> None:
    made = [str(alibaba(sandbox.url, "CreateTask", TASK, key=key).json["Data"]) for key in (world.ALIBABA_KEY, OTHER)]
    assert made[0] != made[1]
    foreign = alibaba(sandbox.url, "GetTask", {"TaskId": made[0]}, key=OTHER)
    assert foreign.json["Code"] == bpstudio.choices.NOT_FOUND.value.code
    assert alibaba(sandbox.url, "GetTask", {"TaskId": made[1]}, key=OTHER).json["Data"]["Name"] == TASK["TaskName"]


def test_huawei_domains_have_workspaces_of_their_own(sandbox: Running) -> None:
    made = []
    for key, project in ((world.HUAWEI_KEY, world.HUAWEI_PROJECT_ID), (OTHER_HUAWEI, OTHER_PROJECT)):
        reply = huawei(sandbox.url, "POST", "/v1/workspaces", {"name": "lake-house"}, key=key, project_id=project)
        made.append((reply.json["create_domain_name"], reply.json["create_user_name"]))
    first, other = world.HUAWEI_ACCOUNT, world.OTHER_HUAWEI_ACCOUNT
    assert made == [(first.name, first.user_name), (other.name, other.user_name)]
    query = {"enterprise_project_id": "0"}
    foreign = huawei(sandbox.url, "GET", "/v1/workspaces", key=OTHER_HUAWEI, query=query)
    assert foreign.status == 403
    own = huawei(sandbox.url, "GET", "/v1/workspaces", key=OTHER_HUAWEI, query=query, project_id=OTHER_PROJECT)
    assert own.json["total"] == 1
    path = f"/v1/{OTHER_PROJECT}/workspaces/{world.OTHER_SECMASTER_WORKSPACE_ID}/soc/workflows"
    flow = {
        "name": "block",
        "engine_type": "public_engine",
        "aop_type": "NORMAL",
        "dataclass_id": world.OTHER_SECMASTER_DATACLASS_IDS["Alert"],
    }
    answer = huawei(sandbox.url, "POST", path, flow, key=OTHER_HUAWEI, project_id=OTHER_PROJECT)
    assert answer.json["data"]["creator_name"] == other.user_name
    assert huawei(sandbox.url, "GET", path).json["code"] == "SecMaster.20030002"


def test_connections_of_the_second_account_are_given(sandbox: Running) -> None:
    address = sandbox.url.removeprefix("http://")
    other = get(sandbox.url, "/_sandbox/connections").json
    assert set(other) == {"AIRFLOW_CONN_ALIBABACLOUD_DEFAULT", "AIRFLOW_CONN_HUAWEICLOUD_DEFAULT"}
    texts = sandbox.other_connections
    assert {name: json.loads(text)["login"] for name, text in texts.items()} == {
        "AIRFLOW_CONN_ALIBABACLOUD_OTHER": OTHER.id,
        "AIRFLOW_CONN_HUAWEICLOUD_OTHER": OTHER_HUAWEI.id,
    }
    assert all(address in text for text in texts.values())


@pytest.mark.filterwarnings("ignore:Unable to convert string to datetime")
def test_official_iam_client_finds_regions_and_makes_a_project(
    sandbox: Running, huawei_client: Connect, huawei_modules: SimpleNamespace
) -> None:
    models: Any = huawei_modules.iam
    client = huawei_client(models.IamClient)
    regions = client.keystone_list_regions(models.KeystoneListRegionsRequest()).regions
    assert world.HUAWEI_REGION in [region.id for region in regions]
    option = models.KeystoneCreateProjectOption(name=f"{world.HUAWEI_REGION}_team", parent_id=world.HUAWEI_PROJECT_ID)
    request = models.KeystoneCreateProjectRequest(body=models.KeystoneCreateProjectRequestBody(project=option))
    made = client.keystone_create_project(request).project
    assert (made.name, made.parent_id, made.domain_id) == (option.name, option.parent_id, world.HUAWEI_DOMAIN_ID)
    listed = client.keystone_list_projects(models.KeystoneListProjectsRequest(name=option.name)).projects
    assert [each.id for each in listed] == [made.id]
    with pytest.raises(huawei_modules.Refused) as refused:
        client.keystone_create_project(request)
    assert refused.value.status_code == 409


def test_bearer_of_an_oidc_token_gets_an_unscoped_token(sandbox: Running) -> None:
    path = f"/v3/OS-FEDERATION/identity_providers/{world.HUAWEI_IDP_ID}/protocols/oidc/auth"
    for token, status in ((sandbox.oidc_token(), 201), (sandbox.oidc_token(-1), 401), ("x.y.z", 401)):
        reply = Draft(sandbox.url, "POST", path, headers={"authorization": f"Bearer {token}"}).send()
        assert (reply.status, "x-subject-token" in reply.headers) == (status, status == 201)
        assert token not in json.dumps(sandbox.requests())
    assert get(sandbox.url, "/v3/auth/projects", x_auth_token="x").status == 401
