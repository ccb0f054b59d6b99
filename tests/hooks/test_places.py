"""Region, project and endpoints: where a call goes, seen at the vendors' own host names and at the sandbox."""

from __future__ import annotations

import pytest

from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest, HuaweiRequest
from airflow_provider_cloudflows.errors import ConfigurationError, ConnectionFailed, InvalidParameter
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask
from airflow_provider_cloudflows.services.dataworks.project import ListProjects
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.services.secmaster.workspace import ListWorkspaces as ListSecMasterWorkspaces
from airflow_provider_cloudflows.services.sts import GetAlibabaCallerIdentity
from airflow_provider_cloudflows.transport.effect import Effect
from tests.conftest import SetConnection
from tests.hooks.conftest import MakeAlibaba, MakeHuawei, Opened
from tests.hooks.test_calls import token_of
from tests.hooks.vendor_hosts import VendorHosts
from tests.transport.servers import Answer, blackhole_port, http_script, serving

TASK = CreateTask(
    app_id=world.BPSTUDIO_APPLICATION_ID, process_id=world.BPSTUDIO_PROCESS_ID, task_name="t", variables={"${a}": 1}
)
PROJECT_HEADER = "x-project-id"


def projects_asked(sandbox: Running) -> int:
    """How many times IAM was asked for projects."""
    return sum(entry["service"] == "IAM" and entry["method"] == "GET" for entry in sandbox.requests())


def test_project_id_of_the_connection_is_used_and_iam_is_not_asked(huawei: MakeHuawei, sandbox: Running) -> None:
    huawei(project_id=world.HUAWEI_PROJECT_ID).call(CreateWorkspace(name="given"))
    assert sandbox.requests()[-1]["headers"][PROJECT_HEADER] == world.HUAWEI_PROJECT_ID
    assert projects_asked(sandbox) == 0


def test_project_id_of_the_hook_is_stronger(huawei: MakeHuawei, sandbox: Running) -> None:
    hook = huawei(project_id="f" * 32, hook={"project_id": world.HUAWEI_PROJECT_ID})
    hook.call(CreateWorkspace(name="stronger"))
    assert sandbox.requests()[-1]["headers"][PROJECT_HEADER] == world.HUAWEI_PROJECT_ID


def test_project_id_comes_from_iam_and_is_asked_for_once(huawei: MakeHuawei, sandbox: Running) -> None:
    huawei().call(CreateWorkspace(name="first"))
    huawei().call(CreateWorkspace(name="second"))
    assert sandbox.requests()[-1]["headers"][PROJECT_HEADER] == world.HUAWEI_PROJECT_ID
    assert projects_asked(sandbox) == 1


def test_project_of_the_connection_belongs_to_its_region(huawei: MakeHuawei, sandbox: Running) -> None:
    """Another region has another project: the connection's id would be refused there, or name the wrong place."""
    hook = huawei(region="eu-west-101", project_id="f" * 32, hook={"region": world.HUAWEI_REGION})
    hook.call(CreateWorkspace(name="elsewhere"))
    assert sandbox.requests()[-1]["headers"][PROJECT_HEADER] == world.HUAWEI_PROJECT_ID


def test_no_project_in_the_region(huawei: MakeHuawei, sandbox: Running) -> None:
    hook = huawei(region=world.HUAWEI_REGION_WITHOUT_PROJECT)
    with pytest.raises(
        ConfigurationError, match=r"IAM knows no project 'cn-north-9'; set Project ID in the connection"
    ):
        hook.call(CreateWorkspace(name="nowhere"))
    assert "fabric.workspace" not in sandbox.state()


def test_several_projects_in_the_region(huawei: MakeHuawei) -> None:
    hook = huawei(region=world.HUAWEI_AMBIGUOUS_REGION)
    with pytest.raises(ConfigurationError) as caught:
        hook.call(CreateWorkspace(name="which"))
    for project_id in world.HUAWEI_AMBIGUOUS_PROJECT_IDS:
        assert project_id in str(caught.value)
    assert "set Project ID in the connection" in str(caught.value)


def test_neither_project_nor_region(huawei: MakeHuawei) -> None:
    with pytest.raises(ConfigurationError, match="set Project ID or Region in the connection"):
        huawei(region=None).call(CreateWorkspace(name="nothing"))


def test_token_finds_its_project_without_a_permission(huawei: MakeHuawei, sandbox: Running) -> None:
    token = token_of(huawei())
    assert list(huawei(None, x_auth_token=token).iterate(ListSecMasterWorkspaces()))
    asked = [entry["path"] for entry in sandbox.requests() if entry["service"] == "IAM" and entry["method"] == "GET"]
    assert asked == ["/v3/auth/projects"]


def test_endpoint_of_one_service_is_stronger_than_that_of_all(alibaba: MakeAlibaba, sandbox: Running) -> None:
    with blackhole_port() as port:
        hook = alibaba(endpoint=f"http://127.0.0.1:{port}", bpstudio_endpoint=sandbox.url)
        assert hook.call(TASK).data
        with pytest.raises(ConnectionFailed):
            list(hook.iterate(ListProjects()))


def test_every_endpoint_field_is_read(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    for hook in (alibaba(endpoint=None), huawei(endpoint=None)):
        named = {f"{service}_endpoint": f"https://{service}.example.com:8443" for service in hook.service_names}
        again = (alibaba if isinstance(hook, AlibabaCloudHook) else huawei)(endpoint=None, **named)
        overrides = again.get_conn().endpoints.overrides
        assert {f"{service}_endpoint": origin for service, origin in overrides.items()} == named


CDN = AlibabaRequest(
    product="Cdn", version="2018-05-10", action="DescribeUserDomains", effect=Effect.READ, host="cdn.aliyuncs.com"
)
HUAWEI_CDN = HuaweiRequest(
    service="cdn", method="GET", path="/v1.0/cdn/domains", host="cdn.myhuaweicloud.com", effect=Effect.READ
)


def test_a_request_names_the_host_of_a_service_that_has_no_regional_one(alibaba: MakeAlibaba) -> None:
    no_region = alibaba(endpoint=None, region=None).get_conn().endpoints
    assert no_region.origin(CDN.service) == "https://cdn.aliyuncs.com"
    assert no_region.origin(HUAWEI_CDN.service) == "https://cdn.myhuaweicloud.com"


def test_the_connection_names_the_host_of_any_service(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    """It is stronger than the request: whoever runs the DAG knows the network better than its author."""
    with serving(http_script(lambda seen: Answer({"RequestId": "R", "host": seen.headers["host"]}))) as server:
        for hook, request in (
            (alibaba(endpoint=None, region=None, cdn_endpoint=server.origin), CDN),
            (huawei(endpoint=None, region=None, cdn_endpoint=server.origin), HUAWEI_CDN),
        ):
            assert hook.call(request).document()["host"] == server.origin.removeprefix("http://")


@pytest.mark.parametrize("host", ["https://cdn.aliyuncs.com", "cdn.aliyuncs.com/", "a b", "me@host", "host:port", "."])
def test_a_host_is_a_host_name(host: str) -> None:
    with pytest.raises(InvalidParameter, match="host must be a host name such as"):
        AlibabaRequest(product="cdn", version="2018-05-10", action="A", host=host)
    with pytest.raises(InvalidParameter, match="host must be a host name such as"):
        HuaweiRequest(service="cdn", method="GET", path="/v1.0", host=host)


def test_vendor_hosts_of_alibaba(vendors: VendorHosts, alibaba: MakeAlibaba) -> None:
    hook = alibaba(endpoint=None)
    assert list(hook.iterate(ListProjects()))
    hook.call(TASK)
    assert hook.call(GetAlibabaCallerIdentity()).account_id == world.ALIBABA_ACCOUNT_ID
    assert vendors.asked == [
        "dataworks.cn-hangzhou.aliyuncs.com",
        "bpstudio.cn-hangzhou.aliyuncs.com",
        "sts.cn-hangzhou.aliyuncs.com",
    ]


def test_vpc_hosts_of_alibaba(vendors: VendorHosts, alibaba: MakeAlibaba) -> None:
    hook = alibaba(endpoint=None, use_vpc_endpoints=True)
    assert list(hook.iterate(ListProjects()))
    hook.call(TASK)
    hook.call(GetAlibabaCallerIdentity())
    assert vendors.asked == [
        "dataworks-vpc.cn-hangzhou.aliyuncs.com",
        "bpstudio-vpc.cn-hangzhou.aliyuncs.com",
        "sts-vpc.cn-hangzhou.aliyuncs.com",
    ]


def test_region_of_the_hook_is_stronger(vendors: VendorHosts, alibaba: MakeAlibaba) -> None:
    hook = alibaba(endpoint=None, hook={"region": "cn-shanghai"})
    assert list(hook.iterate(ListProjects()))
    assert vendors.asked == ["dataworks.cn-shanghai.aliyuncs.com"]


def test_vendor_hosts_of_huawei(vendors: VendorHosts, huawei: MakeHuawei) -> None:
    hook = huawei(endpoint=None)
    list(hook.iterate(ListWorkspaces()))
    list(hook.iterate(ListSecMasterWorkspaces()))
    assert hook.test_connection()[0]
    assert vendors.asked == [
        "iam.cn-north-4.myhuaweicloud.com",
        "fabric.cn-north-4.myhuaweicloud.com",
        "secmaster.cn-north-4.myhuaweicloud.com",
        "sts.cn-north-4.myhuaweicloud.com",
    ]


def test_european_site_of_huawei_has_its_own_domain(vendors: VendorHosts, huawei: MakeHuawei) -> None:
    hook = huawei(endpoint=None, hook={"region": "eu-west-101", "project_id": world.HUAWEI_PROJECT_ID})
    list(hook.iterate(ListWorkspaces()))
    assert vendors.asked == ["fabric.eu-west-101.myhuaweicloud.eu"]


def test_proxy_and_ca_bundle_of_the_connection(
    vendors: VendorHosts, alibaba: MakeAlibaba, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.delenv("SSL_CERT_FILE")
    hook = alibaba(endpoint=None, proxy=vendors.proxy, ca_bundle=str(vendors.ca_bundle))
    assert list(hook.iterate(ListProjects()))
    assert vendors.asked == ["dataworks.cn-hangzhou.aliyuncs.com"]


def test_connection_of_the_existing_alibaba_provider(
    vendors: VendorHosts, set_connection: SetConnection, opened: Opened
) -> None:
    """Keys and region in the extra; an ``endpoint`` there is the address of OSS, not of our services."""
    key = world.ALIBABA_KEY
    extra = {
        "access_key_id": key.id,
        "access_key_secret": key.secret,
        "region": "cn-hangzhou",
        "endpoint": "https://oss-cn-hangzhou.aliyuncs.com/bucket",
        "proxy": "not used",
        "timeout": "not used",
    }
    set_connection("official", conn_type="alibaba_cloud", extra=extra)
    hook = opened(AlibabaCloudHook("official"))
    assert list(hook.iterate(ListProjects()))
    ok, text = hook.test_connection()
    assert ok, text
    assert vendors.asked == ["dataworks.cn-hangzhou.aliyuncs.com", "sts.cn-hangzhou.aliyuncs.com"]


def test_connection_of_the_existing_huawei_provider(
    vendors: VendorHosts, set_connection: SetConnection, opened: Opened
) -> None:
    """Keys as login and password, region and project in the extra."""
    key = world.HUAWEI_KEY
    extra = {
        "region": world.HUAWEI_REGION,
        "project_id": world.HUAWEI_PROJECT_ID,
        "obs_bucket": "bucket",
        "endpoint": "https://obs.cn-north-4.myhuaweicloud.com",
    }
    set_connection("official", conn_type="huaweicloud", login=key.id, password=key.secret, extra=extra)
    hook = opened(HuaweiCloudHook("official"))
    assert hook.call(CreateWorkspace(name="foreign")).id
    ok, text = hook.test_connection()
    assert ok, text
    assert vendors.asked == ["fabric.cn-north-4.myhuaweicloud.com", "sts.cn-north-4.myhuaweicloud.com"]
