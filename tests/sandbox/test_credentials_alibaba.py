"""Every way to temporary Alibaba keys: the official SDK and the vendor's credentials package get and use them."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.world import AccessKey

from .conftest import Connect
from .signing import Draft, Reply, acs3, alibaba, get, rpc, sign_acs3, temporary

ROLE = {"RoleArn": world.ALIBABA_ROLE_ARN, "RoleSessionName": "airflow"}
CHAINED = ROLE | {"RoleArn": world.ALIBABA_CHAINED_ROLE_ARN}
PARTNER = ROLE | {"RoleArn": world.ALIBABA_PARTNER_ROLE_ARN}
ACCOUNT = world.ALIBABA_ACCOUNT_ID


def key_of(credentials: Any) -> AccessKey:
    """The key in an answer of the SDK."""
    names = ("access_key_id", "access_key_secret", "security_token")
    return AccessKey("alibaba", *(getattr(credentials, name) for name in names))


def assume(url: str, parameters: dict[str, str] | None = None, **options: Any) -> Reply:
    return alibaba(url, "AssumeRole", query=ROLE | (parameters or {}), **options)


def arn(url: str, key: AccessKey) -> str:
    """Who a key belongs to."""
    found: str = alibaba(url, "GetCallerIdentity", key=key).json["Arn"]
    return found


def session_arn(role: str, session: str) -> str:
    return f"acs:ram::{ACCOUNT}:assumed-role/{role}/{session}"


def with_oidc(url: str, method: str = "POST", leave_out: str = "", **changes: str) -> Reply:
    """An unsigned call as the SDK sends it."""
    sent = {
        "Action": "AssumeRoleWithOIDC",
        "Version": "2015-04-01",
        "Format": "json",
        "Timestamp": "2026-01-02T03:04:05Z",
        "OIDCProviderArn": world.ALIBABA_OIDC_PROVIDER_ARN,
    }
    query = {name: value for name, value in (sent | ROLE | changes).items() if name != leave_out}
    return Draft(url, method, query=list(query.items())).send()


def test_sdk_assumes_a_role_and_works_with_its_key(
    sandbox: Running, alibaba_client: Connect, alibaba_modules: SimpleNamespace
) -> None:
    sdk = alibaba_modules
    request = sdk.sts.AssumeRoleRequest(
        role_arn=world.ALIBABA_ROLE_ARN,
        role_session_name="air.flow@a-b_c",
        duration_seconds=900,
        policy='{"Version": "1", "Statement": []}',
        source_identity="me",
    )
    before = int(time.time())
    answer = alibaba_client(sdk.Sts).assume_role(request).body
    assert answer.assumed_role_user.arn == session_arn("sandbox-role", "air.flow@a-b_c")
    assert answer.assumed_role_user.assumed_role_id == f"{world.ALIBABA_ROLE_ID}:air.flow@a-b_c"
    assert (answer.source_identity, bool(answer.request_id)) == ("me", True)
    expires = time.strptime(answer.credentials.expiration, "%Y-%m-%dT%H:%M:%SZ")
    assert 900 <= calendar.timegm(expires) - before <= 902
    key = key_of(answer.credentials)
    assert key.id.startswith("STS.")
    identity = alibaba_client(sdk.Sts, key).get_caller_identity().body
    assert (identity.identity_type, identity.arn) == ("AssumedRoleUser", answer.assumed_role_user.arn)
    assert identity.principal_id == answer.assumed_role_user.assumed_role_id
    client = alibaba_client(sdk.DataWorks, key)
    assert client.list_projects(sdk.dataworks.ListProjectsRequest()).body.page_result.total_count == 2


def test_sdk_assumes_a_role_with_an_oidc_token(
    sandbox: Running, alibaba_client: Connect, alibaba_modules: SimpleNamespace
) -> None:
    sdk = alibaba_modules
    request = sdk.sts.AssumeRoleWithOIDCRequest(
        role_arn=world.ALIBABA_ROLE_ARN,
        role_session_name="oidc",
        oidcprovider_arn=world.ALIBABA_OIDC_PROVIDER_ARN,
        oidctoken=sandbox.oidc_token(),
    )
    answer = alibaba_client(sdk.Sts).assume_role_with_oidc(request).body
    info = answer.oidctoken_info
    assert (info.issuer, info.client_ids, info.subject) == (world.OIDC_ISSUER, world.OIDC_AUDIENCE, world.OIDC_SUBJECT)
    key = key_of(answer.credentials)
    assert alibaba_client(sdk.Sts, key).get_caller_identity().body.arn == session_arn("sandbox-role", "oidc")
    assert sandbox.requests()[0]["key_id"] == ""


def test_roles_are_chained(sandbox: Running) -> None:
    first = temporary("alibaba", assume(sandbox.url).json)
    second = temporary("alibaba", assume(sandbox.url, CHAINED, key=first).json)
    assert arn(sandbox.url, second) == session_arn("sandbox-chained-role", "airflow")
    assert assume(sandbox.url, CHAINED, key=world.ALIBABA_SESSION_KEY).status == 200
    assert assume(sandbox.url, CHAINED, key=second).json["Code"] == "NoPermission"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        (CHAINED, 403, "NoPermission"),
        (PARTNER, 403, "NoPermission"),
        (PARTNER | {"ExternalId": "another"}, 403, "NoPermission"),
        (PARTNER | {"ExternalId": world.EXTERNAL_ID}, 200, ""),
        ({"ExternalId": "not-needed"}, 200, ""),
        ({"RoleArn": world.alibaba_role_arn(world.ALIBABA_METADATA_ROLE_NAME)}, 403, "NoPermission"),
        ({"RoleArn": world.alibaba_role_arn("nobody")}, 404, "EntityNotExist.Role"),
        ({"RoleArn": "acs:ram::1:role/sandbox-role"}, 404, "EntityNotExist.Role"),
        ({"RoleArn": "sandbox-role"}, 400, "InvalidParameter.RoleArn"),
        ({"RoleSessionName": "a"}, 400, "InvalidParameter.RoleSessionName"),
        ({"RoleSessionName": "a" * 64}, 200, ""),
        ({"RoleSessionName": "a" * 65}, 400, "InvalidParameter.RoleSessionName"),
        ({"RoleSessionName": "a b"}, 400, "InvalidParameter.RoleSessionName"),
        ({"DurationSeconds": "899"}, 400, "InvalidParameter.DurationSeconds"),
        ({"DurationSeconds": "43200"}, 200, ""),
        ({"DurationSeconds": "43201"}, 400, "InvalidParameter.DurationSeconds"),
        ({"Policy": "{"}, 400, "InvalidParameter.PolicyGrammar"),
        ({"Policy": "[]"}, 400, "InvalidParameter.PolicyGrammar"),
        ({"Policy": '{"Version": "%s"}' % ("1" * 2048)}, 400, "InvalidParameter.PolicyGrammar"),
        ({"RoleArn": ""}, 400, "MissingRoleArn"),
        ({"RoleSessionName": ""}, 400, "MissingRoleSessionName"),
        ({"Role": "x"}, 400, choices.ALIBABA_UNKNOWN_PARAMETER.value.code),
    ],
)
@pytest.mark.parametrize("form", ["acs3", "rpc"])
def test_what_a_role_needs(sandbox: Running, changes: dict[str, str], status: int, code: str, form: str) -> None:
    if form == "acs3":
        reply = assume(sandbox.url, changes)
    else:
        reply = rpc(sandbox.url, "AssumeRole", ROLE | changes).send()
    assert (reply.status, reply.json.get("Code", "")) == (status, code)
    assert len(sandbox.state().get("issued.key", [])) == (1 if status == 200 else 0)


def test_role_is_assumed_by_get_too(sandbox: Running) -> None:
    draft = acs3(sandbox.url, "AssumeRole", query=ROLE)
    draft.method = "GET"
    assert arn(sandbox.url, temporary("alibaba", sign_acs3(draft).send().json)).endswith("sandbox-role/airflow")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_oidc_needs_no_signature(sandbox: Running, method: str) -> None:
    reply = with_oidc(sandbox.url, method, OIDCToken=sandbox.oidc_token())
    assert arn(sandbox.url, temporary("alibaba", reply.json)) == session_arn("sandbox-role", "airflow")


FOREIGN: list[tuple[Callable[[Running], str], str]] = [
    (lambda running: running.oidc_token(0), "AuthenticationFail.OIDCToken.Expired"),
    (lambda running: running.oidc_token(-60), "AuthenticationFail.OIDCToken.Expired"),
    (lambda running: running.oidc_token(audience="other"), "AuthenticationFail.OIDCToken.AudienceNotMatch"),
    (lambda running: running.oidc_token(issuer="https://other"), choices.ALIBABA_OIDC_ISSUER.value.code),
    (lambda running: running.oidc_token(secret="other"), "AuthenticationFail.OIDCToken.InvalidSignature"),
    (lambda running: running.oidc_token()[:-2] + "AA", "AuthenticationFail.OIDCToken.InvalidSignature"),
    (lambda running: "eyJhbGciOi.dummy.token", "AuthenticationFail.OIDCToken.Invalid"),
    (lambda running: "no token at all", "AuthenticationFail.OIDCToken.Invalid"),
    (lambda running: "eyJhbGciOiJub25lIn0.e30.", "AuthenticationFail.OIDCToken.Invalid"),
]


@pytest.mark.parametrize(("token", "code"), FOREIGN)
def test_oidc_token_that_is_not_good(sandbox: Running, token: Callable[[Running], str], code: str) -> None:
    reply = with_oidc(sandbox.url, OIDCToken=token(sandbox))
    assert (reply.status, reply.json["Code"]) == (401, code)
    assert "issued.key" not in sandbox.state()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"OIDCProviderArn": f"acs:ram::{ACCOUNT}:oidc-provider/other"}, 401, "AuthenticationFail.NoPermission"),
        ({"RoleArn": world.ALIBABA_CHAINED_ROLE_ARN}, 401, "AuthenticationFail.NoPermission"),
        ({"RoleArn": world.alibaba_role_arn("nobody")}, 404, "EntityNotExist.Role"),
        ({"leave_out": "OIDCToken"}, 400, "MissingOIDCToken"),
        ({"leave_out": "OIDCProviderArn"}, 400, "MissingOIDCProviderArn"),
        ({"RoleSessionName": "a"}, 400, "InvalidParameter.RoleSessionName"),
        ({"ExternalId": "x"}, 400, choices.ALIBABA_UNKNOWN_PARAMETER.value.code),
        ({"Action": "AssumeRole"}, 400, choices.ALIBABA_AUTHORIZATION_MISSING.value.code),
        ({"Action": "Assume"}, 404, "InvalidApi.NotFound"),
        ({"leave_out": "Version"}, 400, "MissingVersion"),
    ],
)
def test_what_oidc_needs(sandbox: Running, changes: dict[str, str], status: int, code: str) -> None:
    reply = with_oidc(sandbox.url, **{"OIDCToken": sandbox.oidc_token()} | changes)
    assert (reply.status, reply.json["Code"]) == (status, code)


def test_page_is_not_taken_for_a_call(sandbox: Running) -> None:
    assert get(sandbox.url, "/").headers["content-type"].startswith("text/html")
    reply = Draft(sandbox.url, "GET", query=[("Action", "AssumeRole"), ("Version", "2015-04-01")]).send()
    assert reply.json["Code"] == choices.ALIBABA_AUTHORIZATION_MISSING.value.code


# The credentials package, whose address and https are fixed: only the socket it speaks to is another.


@pytest.fixture
def package(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    return redirected(sandbox, monkeypatch)


def redirected(running: Running, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    from alibabacloud_credentials import provider
    from alibabacloud_credentials.exceptions import CredentialException
    from Tea.core import TeaCore

    real = TeaCore.do_action

    def do_action(request: Any, runtime: Any = None) -> Any:
        request.protocol, request.port = "http", running.port
        request.headers["host"] = "127.0.0.1"
        return real(request, runtime)

    monkeypatch.setattr(TeaCore, "do_action", staticmethod(do_action))
    return SimpleNamespace(provider=provider, Refused=CredentialException)


def obtained(provider: Any) -> AccessKey:
    found = provider.get_credentials()
    return AccessKey("alibaba", found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token())


def role_provider(package: SimpleNamespace, key: AccessKey = world.ALIBABA_KEY, **options: Any) -> Any:
    options = {"role_arn": world.ALIBABA_ROLE_ARN, "role_session_name": "airflow"} | options
    return package.provider.RamRoleArnCredentialsProvider(
        access_key_id=key.id, access_key_secret=key.secret, security_token=key.security_token, **options
    )


def test_package_assumes_a_role(sandbox: Running, package: SimpleNamespace) -> None:
    key = obtained(role_provider(package, policy='{"Version":"1"}'))
    assert arn(sandbox.url, key) == session_arn("sandbox-role", "airflow")
    entry = sandbox.requests()[0]
    assert (entry["service"], entry["operation"], entry["method"]) == ("STS", "AssumeRole", "GET")
    partner: dict[str, Any] = {"role_arn": world.ALIBABA_PARTNER_ROLE_ARN}
    assert "partner" in arn(sandbox.url, obtained(role_provider(package, external_id=world.EXTERNAL_ID, **partner)))
    with pytest.raises(package.Refused, match="NoPermission"):
        obtained(role_provider(package, **partner))


def test_package_chains_roles(sandbox: Running, package: SimpleNamespace) -> None:
    base = role_provider(package).get_credentials
    inner = package.provider.RamRoleArnCredentialsProvider(
        credentials_provider=SimpleNamespace(get_credentials=base),
        role_arn=world.ALIBABA_CHAINED_ROLE_ARN,
        role_session_name="deep",
    )
    assert arn(sandbox.url, obtained(inner)) == session_arn("sandbox-chained-role", "deep")


def test_package_assumes_a_role_with_oidc(sandbox: Running, package: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "token"
    provider = package.provider.OIDCRoleArnCredentialsProvider(
        role_arn=world.ALIBABA_ROLE_ARN,
        oidc_provider_arn=world.ALIBABA_OIDC_PROVIDER_ARN,
        oidc_token_file_path=str(file),
        role_session_name="pod",
    )
    file.write_text(sandbox.oidc_token(-1))
    with pytest.raises(package.Refused, match=r"OIDCToken\.Expired"):
        obtained(provider)
    file.write_bytes(get(sandbox.url, "/_sandbox/oidc-token").body)
    assert arn(sandbox.url, obtained(provider)) == session_arn("sandbox-role", "pod")


@pytest.mark.parametrize("mode", ["v2 and v1", "v2", "v1"])
def test_package_reads_the_metadata_service(sandbox: Running, package: SimpleNamespace, mode: str) -> None:
    sandbox.settings.metadata = mode
    provider = package.provider.EcsRamRoleCredentialsProvider(async_update_enabled=False)
    expected = session_arn(world.ALIBABA_METADATA_ROLE_NAME, world.ALIBABA_METADATA_SESSION)
    assert arn(sandbox.url, obtained(provider)) == expected
    strict = package.provider.EcsRamRoleCredentialsProvider(disable_imds_v1=True, async_update_enabled=False)
    if mode == "v1":
        with pytest.raises(package.Refused):
            obtained(strict)
    else:
        assert arn(sandbox.url, obtained(strict)) == expected


def test_package_finds_no_metadata_service(sandbox: Running, package: SimpleNamespace) -> None:
    sandbox.settings.metadata = "off"
    with pytest.raises(package.Refused):
        obtained(package.provider.EcsRamRoleCredentialsProvider(async_update_enabled=False))
    assert {entry["status"] for entry in sandbox.requests()} == {404}


@pytest.mark.parametrize(
    "path",
    [world.CREDENTIALS_URI_PATH, f"{world.PROTECTED_CREDENTIALS_URI_PATH}?secret={world.CREDENTIALS_URI_SECRET}"],
)
def test_package_reads_a_credentials_uri(sandbox: Running, package: SimpleNamespace, path: str) -> None:
    provider = package.provider.URLCredentialsProvider(uri=sandbox.url + path)
    assert arn(sandbox.url, obtained(provider)) == session_arn("sandbox-role", world.ALIBABA_URI_SESSION)
    wrong = package.provider.URLCredentialsProvider(uri=f"{sandbox.url}{path}x")
    with pytest.raises(package.Refused):
        obtained(wrong)


@pytest.fixture
def frozen() -> Iterator[Running]:
    now = float(int(time.time())) + 0.25
    with serve(clock=lambda: now) as running:
        yield running


def test_same_question_under_a_still_clock_has_the_same_answer(
    frozen: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [obtained(role_provider(redirected(frozen, monkeypatch))) for _ in range(2)]
    keys += [temporary("alibaba", assume(frozen.url).json) for _ in range(2)]
    assert keys == [keys[0]] * 4
    assert len(frozen.state()["issued.key"]) == 1
    other = [
        assume(frozen.url, {"RoleSessionName": "other"}),
        assume(frozen.url, PARTNER | {"ExternalId": world.EXTERNAL_ID}),
        assume(frozen.url, {"DurationSeconds": "900"}),
        assume(frozen.url, key=keys[0]),
    ]
    different = {temporary("alibaba", reply.json).secret for reply in other} | {keys[0].secret}
    assert len(different) == 5


def test_another_sandbox_answers_the_same(frozen: Running) -> None:
    now = frozen.sandbox.clock()
    with serve(clock=lambda: now) as running:
        assert temporary("alibaba", assume(running.url).json) == temporary("alibaba", assume(frozen.url).json)
