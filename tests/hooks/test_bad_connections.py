"""What is wrong with a connection ends in one sentence that says what to do; ``test_connection`` answers with it."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudflowsError, ConfigurationError
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.world import AccessKey
from airflow_provider_cloudflows.services.dataworks.project import ListProjects
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.transport import retry
from tests.airflow_versions import WANTS_TYPES
from tests.conftest import SetConnection
from tests.hooks.conftest import MakeAlibaba, MakeHuawei, Opened
from tests.hooks.test_calls import token_of
from tests.hooks.vendor_hosts import VendorHosts
from tests.transport.servers import Answer, Peer, blackhole_port, http_script, serving


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that failed is repeated at once: what is wrong here is wrong the fourth time too."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)


ALI, HUA = world.ALIBABA_KEY, world.HUAWEI_KEY


def refused(hook: CloudHook) -> str:
    """Return what ``test_connection`` says is wrong: one line, one sentence, no secret of the sandbox."""
    ok, text = hook.test_connection()
    assert not ok
    assert "\n" not in text
    assert text.endswith(".")
    for key in world.BIRTH_KEYS:
        assert key.secret not in text
        assert (key.security_token or key.secret) not in text
    return text


def refused_async(hook: CloudHook) -> str:
    """Like :func:`refused`, for who reads the connection on an event loop, as a trigger does."""
    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(hook.aload())
    return caught.value.sentence()


@pytest.mark.parametrize("hook_class", [AlibabaCloudHook, HuaweiCloudHook])
def test_missing_connection(hook_class: type[CloudHook]) -> None:
    text = refused(hook_class("no_such_id"))
    assert "'no_such_id' does not exist" in text
    assert f"create it with type {hook_class.conn_type}" in text
    assert "AIRFLOW_CONN_NO_SUCH_ID" in text


@pytest.mark.parametrize("text", ["{broken", '{"conn_type": "cloudflows_alibaba", "port": "x"}'])
def test_connection_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BROKEN", text)
    assert "'broken' does not exist or cannot be read" in refused(AlibabaCloudHook("broken"))


SECRET = "Se/cr?t#01"


@pytest.mark.parametrize(
    "uri",
    [
        f"cloudflows-alibaba://LTAI5tKey:{SECRET}@/?region=cn-hangzhou",
        "cloudflows-alibaba://LTAI5tKey:Secret?01@/",
        "cloudflows-alibaba://LTAI5tKey:Secret#01@/",
        "cloudflows-alibaba://LTAI5tKey:[Secret01@/",
        "cloudflows_alibaba://LTAI5tKey:Secret01@/",
    ],
)
def test_uri_that_does_not_parse(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BROKEN", uri)
    for said in (refused(AlibabaCloudHook("broken")), refused_async(AlibabaCloudHook("broken"))):
        assert "The URI of connection 'broken', in the environment variable AIRFLOW_CONN_BROKEN, cannot be" in said
        assert "cloudflows-alibaba://" in said
        assert "percent-encode login, password and every parameter: / is written %2F" in said
        assert "LTAI5tKey" not in said
        assert "cret" not in said


def test_uri_that_is_percent_encoded(monkeypatch: pytest.MonkeyPatch, opened: Opened) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WHOLE", f"cloudflows-alibaba://LTAI5tKey:{quote(SECRET, safe='')}@/?region=cn-x")
    assert opened(AlibabaCloudHook("whole")).fields.password == SECRET


def test_extra_that_is_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow takes it for an empty one: the call would go to no region, or as somebody else."""
    monkeypatch.setenv("AIRFLOW_CONN_TORN", "cloudflows-alibaba://LTAI5tKey:Secret@/?__extra__={broken")
    # Airflow 3.1 does not hand out such a connection at all.
    said = "The extra of connection 'torn' is no JSON; correct it, and percent-encode it"
    assert re.search(f"{said}|connection 'torn'.* cannot be read", refused(AlibabaCloudHook("torn")))


@pytest.mark.parametrize("extra", ["[1, 2]", '"text"', "7"])
def test_extra_that_is_no_object(monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    text = json.dumps({"conn_type": "cloudflows_huawei", "login": HUA.id, "password": HUA.secret, "extra": extra})
    monkeypatch.setenv("AIRFLOW_CONN_LISTED", text)
    said = refused(HuaweiCloudHook("listed"))
    # Airflow 3.1 does not hand out such a connection at all.
    assert re.search(
        r"extra of connection 'listed' is JSON, but no object|'listed' does not exist or cannot be read", said
    )


def test_connection_without_keys(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    said = refused(alibaba(None, auth_type="access_key"))
    assert "'ali' has no AccessKey ID and Secret; enter them as login and password" in said
    assert "'hua' has no AK and SK; enter them as login and password" in refused(huawei(None, auth_type="access_key"))
    assert "'hua' has no X-Auth-Token; fill in x_auth_token" in refused(huawei(None, auth_type="token"))


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ({"auth_type": "ram_role"}, "has auth_type ram_role, which needs the field role_arn; fill it in"),
        ({"auth_type": "session_token"}, "has auth_type session_token, which needs the field security_token"),
        ({"auth_type": "ram_role", "role_arn": "r", "role_duration": 60}, "role_duration of connection 'ali' is '60'"),
        ({"auth_type": "ram_role", "role_arn": "r", "role_duration": "an hour"}, "a whole number from 900 to 43200"),
        ({"auth_type": "ram_role", "role_arn": "r", "role_policy": "{broken"}, "role_policy of connection 'ali' is no"),
        ({"auth_type": "ram_role", "role_arn": "r", "role_policy": "[]"}, "is no JSON object; correct it"),
        ({"auth_type": "ram_role", "role_arn": "r", "role_policy": "[" * 20_000}, "is no JSON object; correct it"),
        ({"auth_type": "ram_role", "role_arn": "r,"}, "role_arn must not be empty"),
        ({"auth_type": "ram_role", "role_arn": "r", "role_session_name": "?"}, "must have 2 to 64 letters, digits and"),
    ],
)
def test_fields_that_do_not_fit_the_credential(alibaba: MakeAlibaba, extra: dict[str, Any], problem: str) -> None:
    assert problem in refused(alibaba(**extra))


def test_agency_of_nobody(huawei: MakeHuawei) -> None:
    both = {"agency_domain_name": "a", "agency_domain_id": "b"}
    for extra in ({}, both):
        said = refused(huawei(auth_type="agency", agency_name="etl", **extra))
        assert "must say whose agency it is; fill in either agency_domain_name or agency_domain_id" in said


def test_login_to_no_project(huawei: MakeHuawei) -> None:
    said = refused(huawei(auth_type="password", domain_name="acct", region=None))
    assert "logs in to a project, and names none; set Region or Project ID" in said


def test_wrong_secret(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    text = refused(alibaba(AccessKey("alibaba", ALI.id, "WrongSecret000000")))
    assert "was not authenticated (HTTP 400, code SignatureDoesNotMatch, request id" in text
    assert "check the access key, its secret and its session token in the connection" in text
    text = refused(huawei(AccessKey("huawei", HUA.id, "WrongSecret000000")))
    assert "was not authenticated (HTTP 401, code APIGW.0301, request id" in text
    assert "WrongSecret" not in text
    assert len(text) < 300, "the gateway's echo of the request hides the advice"


def test_unknown_key(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    text = refused(alibaba(AccessKey("alibaba", "LTAI5tNobody", ALI.secret)))
    assert "code InvalidAccessKeyId.NotFound" in text
    assert "STS GetCallerIdentity was not authenticated" in refused(huawei(AccessKey("huawei", "NOBODY", HUA.secret)))


def test_wrong_session_token(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    wrong = "WrongToken0000000001"
    ali = AccessKey("alibaba", world.ALIBABA_SESSION_KEY.id, world.ALIBABA_SESSION_KEY.secret, wrong)
    hua = AccessKey("huawei", world.HUAWEI_SESSION_KEY.id, world.HUAWEI_SESSION_KEY.secret, wrong)
    for hook in (alibaba(ali), huawei(hua)):
        text = refused(hook)
        assert "was not authenticated" in text
        assert wrong not in text


def test_invalid_token(huawei: MakeHuawei) -> None:
    text = refused(huawei(None, x_auth_token="MIInvalid000"))
    assert "IAM ValidateToken was not authenticated" in text
    assert "MIInvalid000" not in text


def test_a_key_id_that_was_corrected_is_used_at_once(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    """By the same process: an API server, where somebody presses Test, corrects the login and presses it again."""
    role = {"auth_type": "ram_role", "role_arn": world.ALIBABA_ROLE_ARN}
    refused(alibaba(AccessKey("alibaba", "LTAI5tMistyped", ALI.secret), **role))
    agency = {"auth_type": "agency", "agency_name": world.HUAWEI_AGENCY_NAME}
    agency["agency_domain_name"] = world.HUAWEI_DOMAIN_NAME
    refused(huawei(AccessKey("huawei", "HPUAMISTYPED", HUA.secret), **agency))
    for hook in (alibaba(**role), huawei(**agency)):
        accepted, said = hook.test_connection()
        assert accepted, said


@pytest.mark.parametrize("pasted", ["Secret One Two", "SecretWithBreak\nsecond", "Schlüssel-1234", "Secret12345\n"])
def test_pasted_key_with_something_in_it(alibaba: MakeAlibaba, huawei: MakeHuawei, pasted: str) -> None:
    for hook in (alibaba(AccessKey("alibaba", ALI.id, pasted)), huawei(AccessKey("huawei", HUA.id, pasted))):
        text = refused(hook)
        assert "The access key secret of the connection" in text
        assert "paste it again" in text
        assert pasted.split()[0] not in text


def test_blanks_around_the_key_id_do_no_harm(alibaba: MakeAlibaba) -> None:
    assert alibaba(AccessKey("alibaba", f" {ALI.id}\n", ALI.secret)).test_connection()[0]


def test_region_that_does_not_exist(vendors: VendorHosts, alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    """The name does not resolve; here the proxy says so with a 502, as proxies do."""

    def no_such_host(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    with serving(no_such_host) as proxy:
        for hook in (
            alibaba(region="cn-nowhere", endpoint=None, proxy=proxy.origin),
            huawei(region="cn-nowhere", endpoint=None, proxy=proxy.origin),
        ):
            text = refused(hook)
            assert "STS GetCallerIdentity could not connect" in text
            assert "check the region, the endpoint, the proxy and the network" in text
    assert vendors.asked == []


def test_no_region(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    with pytest.raises(ConfigurationError, match=r"DataWorks needs a region to find its host; set Region in the conn"):
        list(alibaba(region=None, endpoint=None).iterate(ListProjects()))
    assert "STS needs a region to find its host; set Region" in refused(huawei(region=None, endpoint=None))


def test_nobody_listens_at_the_endpoint(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    with blackhole_port() as port:
        for hook in (alibaba(endpoint=f"http://127.0.0.1:{port}"), huawei(endpoint=f"http://127.0.0.1:{port}")):
            assert "could not connect" in refused(hook)
            assert "check the region, the endpoint, the proxy and the network" in refused(hook)


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        ("http://10.0.0.8:8080", "Endpoint for all services uses http:// for 10.0.0.8, which is not this machine"),
        ("ftp://127.0.0.1", "uses ftp:// for 127.0.0.1"),
        ("https://host.example.com/path", "must be scheme, host and port"),
        ("https://user:pass@host.example.com", "must be scheme, host and port"),
        ("https://host.example.com:port", "must be scheme, host and port"),
        ("https://", "must be scheme, host and port"),
    ],
)
def test_endpoint_that_is_none(alibaba: MakeAlibaba, huawei: MakeHuawei, endpoint: str, problem: str) -> None:
    for hook in (alibaba(endpoint=endpoint), huawei(endpoint=endpoint)):
        assert problem in refused(hook)
        assert "pass@" not in refused(hook)
    assert "sts_endpoint" in refused(alibaba(sts_endpoint=endpoint))


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan", "inf"])
def test_bad_timeout(alibaba: MakeAlibaba, huawei: MakeHuawei, seconds: str) -> None:
    assert f"The field timeout of connection 'ali' is '{seconds}'" in refused(alibaba(timeout=seconds))
    assert "The field connect_timeout of connection 'hua'" in refused(huawei(connect_timeout=seconds))


def test_timeout_of_the_connection_ends_a_call(alibaba: MakeAlibaba) -> None:
    def silent(peer: Peer) -> None:
        peer.request()
        peer.stopping.wait(10)

    with serving(silent) as server:
        said = refused(alibaba(endpoint=server.origin, timeout=0.2))
    assert re.search(r"no complete answer came within 0\.[012]\d* seconds", said)


def test_ca_bundle_that_cannot_be_read(alibaba: MakeAlibaba, huawei: MakeHuawei, tmp_path: Path) -> None:
    missing, broken = tmp_path / "missing.pem", tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for hook in (alibaba(ca_bundle=str(missing)), huawei(ca_bundle=str(broken))):
        text = refused(hook)
        assert "cannot be read" in text
        assert "correct its path in the connection" in text


def test_certificate_that_is_not_trusted(
    vendors: VendorHosts, alibaba: MakeAlibaba, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    text = refused(alibaba(endpoint=None))
    assert "could not connect" in text
    assert "CERTIFICATE_VERIFY_FAILED" in text
    assert vendors.asked


@pytest.mark.parametrize(
    "proxy", ["proxy.example.com:3128", "socks5://proxy.example.com", "http://proxy.example.com:port"]
)
def test_proxy_that_is_none(alibaba: MakeAlibaba, proxy: str) -> None:
    text = refused(alibaba(proxy=proxy))
    assert "roxy" in text
    assert "correct" in text


def test_password_of_the_proxy_is_not_shown(alibaba: MakeAlibaba) -> None:
    with blackhole_port() as port:
        text = refused(alibaba(endpoint=None, proxy=f"http://me:ProxyPassword01@127.0.0.1:{port}"))
    assert "could not connect" in text
    assert "ProxyPassword01" not in text


def test_html_instead_of_json(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    page = Answer(b"<html><body>Sign in to the guest network</body></html>", headers={"Content-Type": "text/html"})
    with serving(http_script(lambda seen: page)) as server:
        for hook in (alibaba(endpoint=server.origin), huawei(endpoint=server.origin)):
            text = refused(hook)
            assert "got no usable answer (HTTP 200)" in text
            assert "the answer is not JSON but '<html>" in text


def test_identities(alibaba: MakeAlibaba, huawei: MakeHuawei, sandbox: Running) -> None:
    account, domain = world.ALIBABA_ACCOUNT_ID, world.HUAWEI_DOMAIN_ID
    ali, hua = world.ALIBABA_SESSION_KEY, world.HUAWEI_SESSION_KEY
    for make, key, expected in (
        (alibaba, ALI, f"acs:ram::{account}:user/sandbox (account {account}, RAMUser; asked {sandbox.url})"),
        (alibaba, ali, f"acs:ram::{account}:assumed-role/sandbox-role/sandbox-session"),
        (huawei, HUA, f"iam::{domain}:user:sandbox_user (account {domain}; asked {sandbox.url})"),
        (huawei, hua, f"sts::{domain}:assumed-agency:sandbox_agency/sandbox-session"),
    ):
        ok, text = make(key).test_connection()
        assert ok, text
        assert expected in text


def test_identity_of_a_token(huawei: MakeHuawei) -> None:
    ok, text = huawei(None, x_auth_token=token_of(huawei())).test_connection()
    assert ok, text
    owner = f"the IAM user {world.HUAWEI_USER_NAME} (account {world.HUAWEI_DOMAIN_NAME}, scope project "
    assert text.startswith(f"Huawei Cloud knows the caller as {owner}{world.HUAWEI_REGION}; asked ")
    assert "comes from the X-Auth-Token of the connection, good until 20" in text


def test_region_without_sts_asks_iam(huawei: MakeHuawei) -> None:
    with blackhole_port() as port:
        ok, text = huawei(sts_endpoint=f"http://127.0.0.1:{port}").test_connection()
        assert ok, text
        assert world.HUAWEI_DOMAIN_NAME in text
        assert "since STS has no host here" in text
        wrong = AccessKey("huawei", HUA.id, "WrongSecret000000")
        assert "ListAuthDomains was not authenticated" in refused(
            huawei(wrong, sts_endpoint=f"http://127.0.0.1:{port}")
        )


def test_calls_end_in_the_same_errors(alibaba: MakeAlibaba, huawei: MakeHuawei) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        list(alibaba(AccessKey("alibaba", ALI.id, "WrongSecret000000")).iterate(ListProjects()))
    error = caught.value
    assert (error.operation, error.status, error.code) == ("DataWorks ListProjects", 400, "SignatureDoesNotMatch")
    assert error.request_id
    with pytest.raises(CloudflowsError, match="paste it again"):
        list(huawei(AccessKey("huawei", HUA.id, "a b")).iterate(ListWorkspaces()))


def test_keys_of_another_cloud(set_connection: SetConnection, sandbox: Running, opened: Opened) -> None:
    """Keys of the one cloud in a connection of the other are refused by the cloud, not by guessing."""
    extra = {"region": world.ALIBABA_REGION, "endpoint": sandbox.url}
    set_connection("mixed", conn_type="cloudflows_alibaba", login=HUA.id, password=HUA.secret, extra=extra)
    assert "was not authenticated" in refused(opened(AlibabaCloudHook("mixed")))


ALIBABA_TYPES = ["cloudflows_alibaba", "alibaba_cloud", "oss", "maxcompute", "adb_spark"]
HUAWEI_TYPES = ["cloudflows_huawei", "huaweicloud", "dws"]


@pytest.mark.parametrize(
    ("hook_class", "conn_type"),
    [(AlibabaCloudHook, one) for one in HUAWEI_TYPES] + [(HuaweiCloudHook, one) for one in ALIBABA_TYPES],
)
def test_connection_of_another_cloud_sends_nothing(
    set_connection: SetConnection, sandbox: Running, hook_class: type[CloudHook], conn_type: str
) -> None:
    """Its key would travel to a vendor whom it is none of the business of."""
    set_connection("other", conn_type=conn_type, login=ALI.id, password=ALI.secret, extra={"endpoint": sandbox.url})
    for said in (refused(hook_class("other")), refused_async(hook_class("other"))):
        assert f"The connection 'other' has type {conn_type}, which is for " in said
        assert f"a connection of type {hook_class.conn_type} is needed here" in said
    assert sandbox.requests() == []


NO_TYPE = pytest.param(None, marks=pytest.mark.skipif(WANTS_TYPES, reason="this Airflow takes none without a type"))


@pytest.mark.parametrize("conn_type", [NO_TYPE, "generic", "http", *ALIBABA_TYPES])
def test_connection_without_a_cloud_and_of_the_same_cloud_is_welcome(
    set_connection: SetConnection, conn_type: str | None
) -> None:
    typed = {} if conn_type is None else {"conn_type": conn_type}
    set_connection("welcome", login=ALI.id, password=ALI.secret, **typed)
    assert AlibabaCloudHook("welcome").fields.login == ALI.id


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("datawork_endpoint", "name it dataworks_endpoint"),
        ("bpstudios_endpoint", "name it bpstudio_endpoint"),
        ("endpoint_url", "hosts are named by endpoint, dataworks_endpoint, bpstudio_endpoint, sts_endpoint"),
        ("dataworks-endpoint", "hosts are named by"),
        ("endpoints", "and <service>_endpoint for the service of a generic request"),
        ("_endpoint", "hosts are named by"),
    ],
)
def test_endpoint_field_that_nothing_reads(alibaba: MakeAlibaba, sandbox: Running, field: str, problem: str) -> None:
    said = refused(alibaba(**{field: "https://host.example.com"}))
    assert f"The field {field} of connection 'ali' is read by nothing; " in said
    assert problem in said
    assert sandbox.requests() == []


def test_empty_endpoint_field_is_none(alibaba: MakeAlibaba) -> None:
    assert alibaba(endpoint_url="", datawork_endpoint=" ").test_connection()[0]


def test_endpoint_field_in_a_connection_of_another_provider(
    set_connection: SetConnection, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    extra = {"region": "cn-hangzhou", "dataworks_endpoint": "https://dw.example.com", "endpoint": "https://oss.example"}
    set_connection("official", conn_type="alibaba_cloud", login=ALI.id, password=ALI.secret, extra=extra)
    assert opened(AlibabaCloudHook("official")).get_conn().endpoints.overrides == {}
    assert "The field dataworks_endpoint of connection 'official' is not used" in caplog.text
