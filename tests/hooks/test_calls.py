"""Every credential, every way to call, over real HTTP against the sandbox that verifies each signature."""

from __future__ import annotations

import asyncio
import json

import pytest

from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest, HuaweiRequest
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.business import GetBusiness, ListBusiness
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.dataworks.project import ListProjects
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces as ListFabricWorkspaces
from airflow_provider_cloudflows.services.iam import CreateToken
from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow
from airflow_provider_cloudflows.services.secmaster.data_class import ListDataClasses
from airflow_provider_cloudflows.transport.effect import Effect
from tests.conftest import SetConnection
from tests.hooks.conftest import MakeAlibaba, MakeHuawei, Opened

ALERT = world.SECMASTER_DATACLASS_IDS[world.SECMASTER_WORKSPACE_ID]["Alert"]


def token_of(hook: HuaweiCloudHook, project_id: str | None = world.HUAWEI_PROJECT_ID) -> str:
    """Log in as the sandbox's IAM user."""
    login = CreateToken(
        user_name=world.HUAWEI_USER_NAME,
        password=world.HUAWEI_USER_PASSWORD,
        domain_name=world.HUAWEI_DOMAIN_NAME,
        project_id=project_id,
    )
    return hook.call(login).subject_token.get_secret_value()


@pytest.mark.parametrize("key", [world.ALIBABA_KEY, world.ALIBABA_SESSION_KEY], ids=["pair", "session"])
def test_alibaba_access_key_creates_and_reads(alibaba: MakeAlibaba, sandbox: Running, key: world.AccessKey) -> None:
    hook = alibaba(key)
    created = hook.call(CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="日报 & +1"))
    read = hook.call(GetBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_id=created.business_id))
    assert read.data.business_name == "日报 & +1"
    assert created.request_id
    assert {entry["key_id"] for entry in sandbox.requests()} == {key.id}


@pytest.mark.parametrize("key", [world.HUAWEI_KEY, world.HUAWEI_SESSION_KEY], ids=["pair", "temporary"])
def test_huawei_ak_sk_creates(huawei: MakeHuawei, sandbox: Running, key: world.AccessKey) -> None:
    hook = huawei(key)
    workspace = world.SECMASTER_WORKSPACE_ID
    request = CreateWorkflow(workspace_id=workspace, name="contain", aop_type="HEMOSTASIS", dataclass_id=ALERT)
    workflow = hook.call(request).data
    fabric = hook.call(CreateWorkspace(name="lake-1", tags={"team": "data"}))
    assert [one["id"] for one in sandbox.state()["secmaster.workflow"]] == [workflow.id]
    assert [one["id"] for one in sandbox.state()["fabric.workspace"]] == [fabric.id]
    assert {entry["key_id"] for entry in sandbox.requests()} == {key.id}


def test_huawei_token_from_iam_creates(huawei: MakeHuawei, sandbox: Running) -> None:
    token = token_of(huawei())
    created = huawei(None, x_auth_token=token).call(CreateWorkspace(name="by-token"))
    assert [one["id"] for one in sandbox.state()["fabric.workspace"]] == [created.id]
    headers = sandbox.requests()[-1]["headers"]
    assert "authorization" not in headers
    assert headers["x-auth-token"] == "***"


def test_huawei_ak_without_sk_but_with_a_token_is_a_token(
    huawei: MakeHuawei, set_connection: SetConnection, sandbox: Running, opened: Opened
) -> None:
    extra = {"region": world.HUAWEI_REGION, "endpoint": sandbox.url, "x_auth_token": token_of(huawei())}
    set_connection("half", conn_type="cloudflows_huawei", login=world.HUAWEI_KEY.id, extra=extra)
    assert opened(HuaweiCloudHook("half")).call(CreateWorkspace(name="half")).id
    asked = [entry["path"] for entry in sandbox.requests() if entry["service"] == "IAM"]
    assert asked == ["/v3/auth/tokens", "/v3/auth/projects"]


def test_asynchronous_calls_do_the_same(alibaba: MakeAlibaba, huawei: MakeHuawei, sandbox: Running) -> None:
    ali, hua = alibaba(), huawei()

    async def conversation() -> list[str]:
        project = world.DATAWORKS_PROJECT_ID
        created = await ali.acall(CreateBusiness(project_id=project, business_name="async"))
        workspace = await hua.acall(CreateWorkspace(name="async"))
        businesses = [one.business_name async for one in ali.aiterate(ListBusiness(project_id=project))]
        workspaces = [str(one.name) async for one in hua.aiterate(ListFabricWorkspaces())]
        await ali.get_conn().transport.aclose()
        await hua.get_conn().transport.aclose()
        assert created.business_id
        assert workspace.id
        return businesses + workspaces

    assert asyncio.run(conversation()) == ["async", "async"]
    assert len(sandbox.state()["dataworks.business"]) == 1


def test_iterate_asks_for_pages_as_they_are_needed(alibaba: MakeAlibaba, huawei: MakeHuawei, sandbox: Running) -> None:
    names = [one.name for one in huawei().iterate(ListDataClasses(workspace_id=world.SECMASTER_WORKSPACE_ID, limit=2))]
    assert names == list(world.SECMASTER_DATACLASS_IDS[world.SECMASTER_WORKSPACE_ID])
    pages = [entry for entry in sandbox.requests() if entry["service"] == "SecMaster"]
    assert len(pages) == 3
    sandbox.sandbox.journal.clear()
    first = next(iter(alibaba().iterate(ListProjects(page_size=1))))
    assert first.project_id == world.DATAWORKS_PROJECT_ID
    assert len(sandbox.requests()) == 1


def test_aiterate_gives_what_iterate_gives(alibaba: MakeAlibaba) -> None:
    hook = alibaba()

    async def collect() -> list[int]:
        found = [one.project_id async for one in hook.aiterate(ListProjects(page_size=1))]
        await hook.get_conn().transport.aclose()
        return found

    expected = [one.project_id for one in hook.iterate(ListProjects(page_size=1))]
    assert asyncio.run(collect()) == expected == [world.DATAWORKS_PROJECT_ID, world.DATAWORKS_PROJECT_ID_TWO]


def test_generic_requests_are_signed_and_judged_too(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    ali = AlibabaRequest(
        product="dataworks", version="2020-05-18", action="ListProjects", query={"PageSize": 1}, effect=Effect.READ
    )
    document = alibaba().call(ali).document()
    assert document["PageResult"]["TotalCount"] == 2
    hua = HuaweiRequest(
        service="secmaster", method="GET", path="/v1/{project_id}/workspaces", query={"offset": 0, "limit": 10}
    )
    found = huawei().call(hua).document()
    assert {one["id"] for one in found["workspaces"]} == set(world.SECMASTER_DATACLASS_IDS)


def test_one_hook_keeps_its_client_and_its_connection(alibaba: MakeAlibaba) -> None:
    hook = alibaba()
    assert hook.get_conn() is hook.get_conn()
    assert list(hook.iterate(ListProjects()))


def test_connection_is_read_when_it_is_needed_and_not_before(
    monkeypatch: pytest.MonkeyPatch, sandbox: Running, opened: Opened
) -> None:
    ali, hua = opened(AlibabaCloudHook("later")), opened(HuaweiCloudHook("later"))
    with pytest.raises(ConfigurationError, match=r"'later' does not exist"):
        hua.get_conn()
    monkeypatch.setenv("AIRFLOW_CONN_LATER", sandbox.connections["AIRFLOW_CONN_ALIBABACLOUD_DEFAULT"])
    assert list(ali.iterate(ListProjects()))


@pytest.mark.usefixtures("connections")
def test_default_connection_ids(opened: Opened) -> None:
    assert list(opened(AlibabaCloudHook()).iterate(ListProjects()))
    assert opened(HuaweiCloudHook()).workspace_id == world.SECMASTER_WORKSPACE_ID


def test_connection_as_uri_and_as_json_with_text_extra(
    monkeypatch: pytest.MonkeyPatch, sandbox: Running, opened: Opened
) -> None:
    key = world.ALIBABA_KEY
    address = sandbox.url.replace(":", "%3A").replace("/", "%2F")
    uri = f"cloudflows-alibaba://{key.id}:{key.secret}@/?region=cn-hangzhou&endpoint={address}"
    as_json = {"conn_type": "cloudflows_alibaba", "login": key.id, "password": key.secret}
    as_json["extra"] = json.dumps({"region": "cn-hangzhou", "endpoint": sandbox.url})
    for text in (uri, json.dumps(as_json)):
        monkeypatch.setenv("AIRFLOW_CONN_FORM", text)
        assert len(list(opened(AlibabaCloudHook("form")).iterate(ListProjects()))) == 2


def test_fields_of_an_old_form_carry_the_type_as_prefix(
    set_connection: SetConnection, sandbox: Running, opened: Opened
) -> None:
    prefix = "extra__cloudflows_alibaba__"
    extra = {f"{prefix}region": "cn-hangzhou", f"{prefix}endpoint": sandbox.url}
    key = world.ALIBABA_KEY
    set_connection("old", conn_type="cloudflows_alibaba", login=key.id, password=key.secret, extra=extra)
    assert list(opened(AlibabaCloudHook("old")).iterate(ListProjects()))
