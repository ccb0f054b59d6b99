"""Agencies of IAM v3 and of STS v5: who asks, what is asked, and what no answer shows."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.auth.huawei.agency import AgencySource
from airflow_provider_cloudflows.auth.huawei.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.huawei.password import PasswordSource
from airflow_provider_cloudflows.auth.huawei.sts_agency import StsAgencySource
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ConfigurationError,
    NoAnswer,
    NotFound,
    PermissionDenied,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from tests.auth.huawei.bench import SK, TOKEN, Bench, Script, caller, keys_document, operations
from tests.transport.servers import Answer, http_script, serving

AGENCY, ACCOUNT, ACCOUNT_ID = world.HUAWEI_AGENCY_NAME, world.HUAWEI_DOMAIN_NAME, world.HUAWEI_DOMAIN_ID
POLICY = '{"Version": "1.1", "Statement": [{"Effect": "Allow", "Action": ["fabric:*:*"]}]}'


def session(name: str, agency: str = AGENCY) -> str:
    return f"sts::{ACCOUNT_ID}:assumed-agency:{agency}/{name}"


@pytest.mark.parametrize("account", [{"domain_name": ACCOUNT}, {"domain_id": ACCOUNT_ID}])
def test_an_agency_of_iam(cloud: Bench, sandbox: Running, account: dict[str, str]) -> None:
    source = AgencySource(
        cloud.reach, caller(), AGENCY, duration=1800, session_name="nightly", policy=POLICY, **account
    )
    assert cloud.urn(source) == session("nightly")
    asked = sandbox.requests()[0]["parameters"]["auth"]["identity"]
    assert asked["assume_role"] == {
        "agency_name": AGENCY,
        **account,
        "duration_seconds": 1800,
        "session_user": {"name": "nightly"},
    }
    assert asked["policy"]["Version"] == "1.1"
    assert set(source.secrets()) == {world.HUAWEI_KEY.secret}


def test_a_token_asks_for_an_agency(cloud: Bench, sandbox: Running) -> None:
    by = PasswordSource(cloud.reach, world.HUAWEI_USER_NAME, world.HUAWEI_USER_PASSWORD, ACCOUNT)
    source = AgencySource(cloud.reach, by, AGENCY, domain_name=ACCOUNT)
    assert cloud.urn(source) == session("airflow")
    login, asked, _ = sandbox.requests()
    assert "x-auth-token" in asked["headers"]
    assert "authorization" not in {**asked["headers"], **login["headers"]}


def test_a_token_that_is_refused_on_the_way_is_fetched_once_more(cloud: Bench, sandbox: Running) -> None:
    by = PasswordSource(cloud.reach, world.HUAWEI_USER_NAME, world.HUAWEI_USER_PASSWORD, ACCOUNT)
    client = cloud.client(AgencySource(cloud.reach, by, AGENCY, domain_name=ACCOUNT))
    client.call(ListWorkspaces())
    sandbox.revoke("tokens")
    sandbox.revoke("issued")
    client.call(ListWorkspaces())
    by_agency = "CreateTemporaryAccessKeyByAgency"
    again = ["ListWorkspaces", by_agency, "CreateToken", by_agency, "ListWorkspaces"]
    assert operations(sandbox) == ["CreateToken", by_agency, "ListWorkspaces", *again]


def test_an_agency_of_sts(cloud: Bench, sandbox: Running) -> None:
    options = SessionOptions("nightly", 900, world.EXTERNAL_ID, '{"Version": "5.0"}')
    source = StsAgencySource(cloud.reach, caller(), world.HUAWEI_PARTNER_AGENCY_URN, options)
    assert cloud.urn(source) == session("nightly", world.HUAWEI_PARTNER_AGENCY_NAME)
    assert sandbox.requests()[0]["parameters"] == {
        "agency_urn": world.HUAWEI_PARTNER_AGENCY_URN,
        "agency_session_name": "nightly",
        "duration_seconds": 900,
        "external_id": world.EXTERNAL_ID,
        "policy": '{"Version": "5.0"}',
    }


def test_refusals(cloud: Bench) -> None:
    stranger = AgencySource(cloud.reach, caller(), "nobody", domain_name=ACCOUNT)
    assert cloud.refusal(stranger, NotFound).startswith("IAM CreateTemporaryAccessKeyByAgency did not find")
    untrusting = AgencySource(cloud.reach, caller(), world.HUAWEI_METADATA_AGENCY_NAME, domain_name=ACCOUNT)
    assert "IAM CreateTemporaryAccessKeyByAgency was denied" in cloud.refusal(untrusting, PermissionDenied)
    partner = StsAgencySource(cloud.reach, caller(), world.HUAWEI_PARTNER_AGENCY_URN, SessionOptions())
    assert "STS AssumeAgency was denied (HTTP 403" in cloud.refusal(partner, PermissionDenied)
    wrong = caller(world.AccessKey("huawei", world.HUAWEI_KEY.id, SK))
    for source in (
        AgencySource(cloud.reach, wrong, AGENCY, domain_name=ACCOUNT),
        StsAgencySource(cloud.reach, wrong, world.HUAWEI_AGENCY_URN, SessionOptions()),
    ):
        cloud.refusal(source, AuthenticationFailed)


def test_a_caller_that_is_not_configured_says_so(cloud: Bench) -> None:
    source = AgencySource(cloud.reach, EnvironmentSource(cloud.reach, {}), AGENCY, domain_name=ACCOUNT)
    assert "HUAWEICLOUD_SDK_AK" in cloud.refusal(source, NotConfigured)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "exactly one of domain_name and domain_id must be given, not neither"),
        ({"domain_name": "a", "domain_id": "b"}, "exactly one of domain_name and domain_id must be given, not both"),
        ({"domain_name": "a", "duration": 899}, "duration_seconds Input should be greater than or equal to 900"),
        ({"domain_name": "a", "duration": 86401}, "duration_seconds Input should be less than or equal to 86400"),
        ({"domain_name": "a", "session_name": "four"}, "session_user must have 5 to 64 characters"),
        ({"domain_name": "a", "agency_name": " "}, "agency_name must not be empty"),
    ],
)
def test_an_agency_of_iam_that_cannot_be_asked_for(bench: Bench, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"No credential can be obtained for agency .*: {said}; correct it.$"):
        AgencySource(bench.reach, caller(), **{"agency_name": "etl", **options})


@pytest.mark.parametrize("policy", ["[]", "{", "1", "[" * 100_000])
def test_a_policy_is_an_object(bench: Bench, policy: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^\[CF101\] The policy for agency etl of account a is no JSON object; correct"
    ):
        AgencySource(bench.reach, caller(), "etl", domain_name="a", policy=policy)


@pytest.mark.parametrize(
    ("urn", "options", "said"),
    [
        ("", SessionOptions(), "agency_urn must not be empty"),
        ("u", SessionOptions("a/b"), "agency_session_name must have 2 to 64 letters, digits"),
        ("u", SessionOptions(duration=1), "duration_seconds Input should be greater than or equal to 900"),
    ],
)
def test_an_agency_of_sts_that_cannot_be_asked_for(bench: Bench, urn: str, options: SessionOptions, said: str) -> None:
    with pytest.raises(
        ConfigurationError, match=f"No credential can be obtained for {f'agency {urn}'.strip()}: {said}"
    ):
        StsAgencySource(bench.reach, caller(), urn, options)


def test_sts_has_no_host_without_a_region(bench: Bench) -> None:
    with pytest.raises(ConfigurationError, match="STS needs a region to find its host; set Region in the connection"):
        StsAgencySource(bench.reach_of(), caller(), "u", SessionOptions())


KEYS_PATH, STS_PATH = "POST /v3.0/OS-CREDENTIAL/securitytokens", "POST /v5/agencies/assume"


def sts_document(**changes: Any) -> dict[str, Any]:
    keys = keys_document()["credential"]
    names = ("access_key_id", "secret_access_key", "security_token", "expiration")
    return {"credentials": {**dict(zip(names, keys.values(), strict=True)), **changes}}


BAD = [
    ({"secret": "a b"}, {"secret_access_key": "a b"}, ConfigurationError, "The secret in the answer of "),
    ({"securitytoken": ""}, {"security_token": ""}, ConfigurationError, "The security token in the answer of "),
    ({"expires_at": "soon"}, {"expiration": "soon"}, ConfigurationError, "A credential came with the expiry 'soon'"),
    ({"secret": {"a": SK}}, {"secret_access_key": [SK]}, NoAnswer, ""),
]


@pytest.mark.parametrize(("iam", "sts", "kind", "said"), BAD)
def test_answers_that_are_no_keys(
    bench: Bench, iam: dict[str, Any], sts: dict[str, Any], kind: type[Any], said: str
) -> None:
    script = Script({KEYS_PATH: Answer(keys_document(**iam), 201), STS_PATH: Answer(sts_document(**sts))})
    with serving(http_script(script)) as server:
        served = Bench(bench.transport, server.origin)
        for source in (
            AgencySource(served.reach, caller(), "etl", domain_name="a"),
            StsAgencySource(served.reach, caller(), "u", SessionOptions()),
        ):
            assert served.refusal(source, kind).startswith(said)


def test_half_an_answer_shows_nothing_of_it(bench: Bench) -> None:
    half = f'{{"credential": {{"secret": "{SK}", "securitytoken": "{TOKEN}"'.encode()
    script = Script({KEYS_PATH: Answer(half, 201), STS_PATH: Answer(half)})
    with serving(http_script(script)) as server:
        served = Bench(bench.transport, server.origin)
        for source in (
            AgencySource(served.reach, caller(), "etl", domain_name="a"),
            StsAgencySource(served.reach, caller(), "u", SessionOptions()),
        ):
            assert "the answer is not JSON; try again later" in served.refusal(source, NoAnswer)


def test_a_redirect_is_not_followed(bench: Bench) -> None:
    elsewhere = Script({KEYS_PATH: Answer(keys_document(), 201)})
    with serving(http_script(elsewhere)) as other:
        moved = Answer(b"", 307, {"Location": f"{other.origin}/v3.0/OS-CREDENTIAL/securitytokens"})
        with serving(http_script(Script({KEYS_PATH: moved}))) as server:
            served = Bench(bench.transport, server.origin)
            source = AgencySource(served.reach, caller(), "etl", domain_name="a")
            assert "HTTP 307" in served.refusal(source, NoAnswer)
    assert elsewhere.seen == []
