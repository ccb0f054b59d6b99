"""A role for an OIDC token: what is sent, the token read anew, and the environment that ACK prepares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from airflow_provider_cloudflows.auth.alibaba.oidc_role import OidcRoleFromEnvironment, OidcRoleSource
from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.sts import GetAlibabaCallerIdentity
from airflow_provider_cloudflows.transport.message import Message
from tests.auth.alibaba.bench import KEY_ID, SECRET, TOKEN, Bench, Script, capture, in_an_hour, proof, same_wire
from tests.transport.servers import Answer, http_script, serving

ROLE, PROVIDER, FILE = (
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
)
OPTIONS = SessionOptions()


def sandbox_source(cloud: Bench, file: Path, options: SessionOptions = OPTIONS) -> OidcRoleSource:
    return OidcRoleSource(cloud.reach, world.ALIBABA_ROLE_ARN, world.ALIBABA_OIDC_PROVIDER_ARN, file, options)


@pytest.fixture
def token_file(sandbox: Running, tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(sandbox.oidc_token() + "\n")
    return file


def test_the_keys_work_and_name_the_session(cloud: Bench, token_file: Path) -> None:
    source = sandbox_source(cloud, token_file, SessionOptions("nightly", 900))
    client = cloud.client(source)
    business = CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="etl")
    assert client.call(business).business_id > 0
    assert client.call(GetAlibabaCallerIdentity()).arn.endswith(f"{world.ALIBABA_ROLE_NAME}/nightly")


def test_the_origin_names_the_role_and_no_secret(cloud: Bench, token_file: Path) -> None:
    source = sandbox_source(cloud, token_file)
    found = cloud.obtain(source)
    assert found.origin == f"RAM role {world.ALIBABA_ROLE_ARN}, for an OIDC token"
    token = token_file.read_text().strip()
    assert list(source.secrets()) == [token]
    for shown in (repr(source), repr(found), repr(source.identity())):
        assert token not in shown
        assert proof(found).secret not in shown


def test_the_token_is_read_anew_each_time(cloud: Bench, token_file: Path, sandbox: Running) -> None:
    source = sandbox_source(cloud, token_file)
    cloud.obtain(source)
    token_file.write_text(sandbox.oidc_token(-60))
    said = cloud.refusal(source, AuthenticationFailed, token_file.read_text())
    assert "AuthenticationFail.OIDCToken.Expired" in said
    token_file.write_text(sandbox.oidc_token())
    cloud.obtain(source)


def test_a_role_that_does_not_trust_the_provider(cloud: Bench, token_file: Path) -> None:
    arn, provider = world.alibaba_role_arn(world.ALIBABA_PARTNER_ROLE_NAME), world.ALIBABA_OIDC_PROVIDER_ARN
    source = OidcRoleSource(cloud.reach, arn, provider, token_file, OPTIONS)
    said = cloud.refusal(source, AuthenticationFailed, token_file.read_text().strip())
    assert said.endswith("check the OIDC token, its issuer and audience, and that the role trusts the provider.")


def test_an_answer_that_repeats_the_token_does_not_show_it(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("eyJhush.hush.hush")
    refusal = {"Code": "AuthenticationFail.OIDCToken.Invalid", "Message": "bad eyJhush.hush.hush", "RequestId": "R"}
    with serving(http_script(Script({"POST /": Answer(refusal, 400)}))) as server:
        reach = bench.reach_of(everywhere=server.origin)
        source = OidcRoleSource(reach, "acs:ram::1:role/a", "acs:ram::1:oidc-provider/b", tmp_path / "token", OPTIONS)
        assert "bad ***" in bench.refusal(source, AuthenticationFailed, "eyJhush.hush.hush")


def test_the_message_is_the_official_sdks(bench: Bench, tmp_path: Path) -> None:
    captured = capture("Sts_2015-04-01_AssumeRoleWithOIDC")
    asked, request = captured["sdk_request_map"], captured["requests"][0]
    (tmp_path / "token").write_text(asked["OIDCToken"])
    keys = {"AccessKeyId": KEY_ID, "AccessKeySecret": SECRET, "SecurityToken": TOKEN, "Expiration": in_an_hour()}
    script = Script({"POST /": Answer({"RequestId": "R", "Credentials": keys})})
    with serving(http_script(script)) as server:
        source = OidcRoleSource(
            bench.reach_of(everywhere=server.origin),
            asked["RoleArn"],
            asked["OIDCProviderArn"],
            tmp_path / "token",
            SessionOptions(asked["RoleSessionName"], asked["DurationSeconds"]),
        )
        assert proof(bench.obtain(source)).session_token == TOKEN
    (seen,) = script.seen
    same_wire(seen, request)
    ours, theirs = dict(parse_qsl(seen.target.partition("?")[2])), dict(request["query_params"])
    for changing in ("Timestamp", "SignatureNonce"):
        assert ours.pop(changing)
        del theirs[changing]
    assert ours == theirs
    assert "authorization" not in seen.headers


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not hold one token and nothing else."),
        (b" \n", "does not hold one token and nothing else."),
        (b"Hush1 Hush2", "does not hold one token and nothing else."),
        (b"Hush\xff", "does not hold one token and nothing else."),
        (b"Hush\x00", "does not hold one token and nothing else."),
    ],
)
def test_a_file_without_a_token(bench: Bench, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "token").write_bytes(content)
    source = OidcRoleSource(bench.reach, "r", "p", tmp_path / "token", OPTIONS)
    assert bench.refusal(source, ConfigurationError, "Hush") == f"The OIDC token file {tmp_path / 'token'} {said}"


def test_a_file_that_cannot_be_read(bench: Bench, tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no", "No such file"), (tmp_path, "Is a directory"), ("a\0b", "no file has such")):
        source = OidcRoleSource(bench.reach, "r", "p", path, OPTIONS)
        assert f"cannot be read ({reason}" in bench.refusal(source, ConfigurationError)


def test_what_sts_would_refuse_is_refused_here(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("eyJhush.hush.hush")
    source = OidcRoleSource(bench.reach, "r", "p", tmp_path / "token", SessionOptions("a b"))
    said = bench.refusal(source, ConfigurationError, "eyJhush.hush.hush")
    assert said.startswith(
        "No credential can be obtained for RAM role r, for an OIDC token: role_session_name must have"
    )
    with pytest.raises(ConfigurationError, match="takes no external id"):
        OidcRoleSource(bench.reach, "r", "p", tmp_path / "token", replace(OPTIONS, external_id="x"))


def test_from_the_environment(cloud: Bench, token_file: Path) -> None:
    environ = {
        ROLE: world.ALIBABA_ROLE_ARN,
        PROVIDER: world.ALIBABA_OIDC_PROVIDER_ARN,
        FILE: str(token_file),
        "ALIBABA_CLOUD_ROLE_SESSION_NAME": "pod-7",
    }
    source = OidcRoleFromEnvironment(cloud.reach, environ)
    before = source.identity()
    assert list(source.secrets()) == []
    assert cloud.client(source).call(GetAlibabaCallerIdentity()).arn.endswith("/pod-7")
    assert list(source.secrets()) == [token_file.read_text().strip()]
    environ["ALIBABA_CLOUD_ROLE_SESSION_NAME"] = "pod-8"
    assert source.identity() != before


def test_an_environment_that_says_nothing(bench: Bench) -> None:
    for environ in ({}, {ROLE: "acs:ram::1:role/a"}):
        said = bench.refusal(OidcRoleFromEnvironment(bench.reach, environ), NotConfigured)
        assert said == f"Neither {PROVIDER} nor {FILE} is set."


def test_half_an_environment(bench: Bench) -> None:
    said = bench.refusal(OidcRoleFromEnvironment(bench.reach, {ROLE: "r", FILE: "/t"}), ConfigurationError)
    assert said == f"{ROLE}, {FILE} is set and {PROVIDER} is not; set all three or none."


REGION, VPC = "ALIBABA_CLOUD_STS_REGION", "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"


@pytest.mark.parametrize(
    ("endpoints", "environ", "host"),
    [
        ({}, {}, "https://sts.aliyuncs.com"),
        ({}, {REGION: "cn-beijing"}, "https://sts.cn-beijing.aliyuncs.com"),
        ({}, {REGION: "cn-beijing", VPC: "True"}, "https://sts-vpc.cn-beijing.aliyuncs.com"),
        ({"vpc": True}, {REGION: "cn-beijing"}, "https://sts-vpc.cn-beijing.aliyuncs.com"),
        ({"region": "cn-hangzhou"}, {REGION: "cn-beijing", VPC: "true"}, "https://sts.cn-hangzhou.aliyuncs.com"),
        ({"overrides": {"sts": "https://sts.test"}}, {REGION: "cn-beijing"}, "https://sts.test"),
    ],
)
def test_which_sts_is_asked(
    bench: Bench, tmp_path: Path, endpoints: dict[str, Any], environ: dict[str, str], host: str
) -> None:
    (tmp_path / "token").write_text("eyJ.a.b")
    named = {ROLE: "r", PROVIDER: "p", FILE: str(tmp_path / "token")}
    flow = OidcRoleFromEnvironment(bench.reach_of(**endpoints), {**named, **environ}).obtain()
    message = next(flow)
    assert isinstance(message, Message)
    assert message.origin == host


def test_a_region_that_is_none(bench: Bench, tmp_path: Path) -> None:
    environ = {ROLE: "r", PROVIDER: "p", FILE: "t", REGION: "cn/beijing"}
    said = bench.refusal(OidcRoleFromEnvironment(bench.reach_of(), environ), ConfigurationError)
    assert said == f"The region in {REGION} is not an id such as cn-hangzhou; correct it."
