"""Every way to Huawei tokens and temporary keys: the official SDKs and the SDK core's providers use them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, huawei_login, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.world import AccessKey

from .conftest import Connect
from .signing import Draft, Reply, get, huawei, sdk_hmac, temporary
from .test_signatures_huawei import PROJECT_SCOPE, auth, token

# The SDK cannot read the very time text of Fabric's API page, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:Unable to convert string to datetime")

DOMAIN = world.HUAWEI_DOMAIN_ID
TOKENS, KEYS = "/v3/auth/tokens", "/v3.0/OS-CREDENTIAL/securitytokens"
ID_TOKENS = "/v3.0/OS-AUTH/id-token/tokens"
ASSUME, WITH_OIDC = "/v5/agencies/assume", "/v5/agencies/assume-with-oidc"
AGENCY = {"agency_name": world.HUAWEI_AGENCY_NAME, "domain_name": world.HUAWEI_DOMAIN_NAME}
SESSION = {"agency_urn": world.HUAWEI_AGENCY_URN, "agency_session_name": "airflow"}
PARTNER = SESSION | {"agency_urn": world.HUAWEI_PARTNER_AGENCY_URN}


def urn(url: str, key: AccessKey) -> str:
    """Who a key belongs to."""
    found: str = huawei(url, "GET", "/v5/caller-identity", key=key).json["principal_urn"]
    return found


def session_urn(agency: str, session: str) -> str:
    return f"sts::{DOMAIN}:assumed-agency:{agency}/{session}"


def by_agency(agency: dict[str, Any], scope: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    identity = {"methods": ["assume_role"], "assume_role": agency} | more
    return {"auth": {"identity": identity} | ({} if scope is None else {"scope": scope})}


def by_token(token: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    identity = {"methods": ["token"]} | ({} if token is None else {"token": token}) | more
    return {"auth": {"identity": identity}}


def unsigned(url: str, path: str, body: dict[str, Any], **headers: Any) -> Reply:
    return sdk_hmac(url, "POST", path, body, **headers).send()


def subject(reply: Reply) -> str:
    return reply.headers["x-subject-token"]


def with_id_token(url: str, id_token: str, scope: dict[str, Any] | None = None, idp: str = "sandbox-idp") -> Reply:
    wanted = {"id_token": {"id": id_token}} | ({} if scope is None else {"scope": scope})
    return unsigned(url, ID_TOKENS, {"auth": wanted}, x_idp_id=idp)


def with_oidc(url: str, id_token: str, **changes: Any) -> Reply:
    body = SESSION | {"provider_urn": world.HUAWEI_OIDC_PROVIDER_URN, "id_token": id_token} | changes
    return unsigned(url, WITH_OIDC, body)


def test_sdk_assumes_an_agency_and_works_with_its_key(
    sandbox: Running, huawei_client: Connect, huawei_modules: SimpleNamespace
) -> None:
    sts = huawei_modules.sts
    body = sts.AssumeAgencyReqBody(
        agency_urn=world.HUAWEI_PARTNER_AGENCY_URN,
        agency_session_name="airflow",
        external_id=world.EXTERNAL_ID,
        duration_seconds=900,
        policy='{"Version": "5.0"}',
        policy_ids=["p1"],
        source_identity="me",
        tags=[sts.TagDto(key="a", value="b")],
    )
    answer = huawei_client(sts.StsClient).assume_agency(sts.AssumeAgencyRequest(body=body))
    assert answer.assumed_agency.urn == session_urn("sandbox_partner_agency", "airflow")
    assert answer.source_identity == "me"
    given = answer.credentials
    key = AccessKey("huawei", given.access_key_id, given.secret_access_key, given.security_token)
    identity = huawei_client(sts.StsClient, key).get_caller_identity(sts.GetCallerIdentityRequest())
    assert (identity.principal_urn, identity.principal_id) == (answer.assumed_agency.urn, answer.assumed_agency.id)
    fabric = huawei_modules.fabric
    request = fabric.CreateWorkspaceRequest(body=fabric.CreateWorkspaceRequestInput(name="by-agency"))
    assert huawei_client(fabric.DataArtsFabricClient, key).create_workspace(request).id


def test_sdk_assumes_an_agency_with_an_oidc_token(
    sandbox: Running, huawei_client: Connect, huawei_modules: SimpleNamespace
) -> None:
    sts = huawei_modules.sts
    body = sts.AssumeAgencyWithOIDCReqBody(
        provider_urn=world.HUAWEI_OIDC_PROVIDER_URN,
        agency_urn=world.HUAWEI_AGENCY_URN,
        agency_session_name="airflow",
        id_token=sandbox.oidc_token(),
    )
    answer = huawei_client(sts.StsClient).assume_agency_with_oidc(sts.AssumeAgencyWithOIDCRequest(body=body))
    assert answer.assumed_agency.urn == session_urn("sandbox_agency", "airflow")
    assert (answer.audience, answer.subject_from_id_token) == (world.OIDC_AUDIENCE, world.OIDC_SUBJECT)


def test_sdk_gets_tokens_and_keys_of_iam(
    sandbox: Running, huawei_client: Connect, huawei_modules: SimpleNamespace
) -> None:
    iam, url = huawei_modules.iam, sandbox.url
    client = huawei_client(iam.IamClient)
    role = iam.AgencyTokenAssumerole(domain_name=world.HUAWEI_DOMAIN_NAME, agency_name=world.HUAWEI_AGENCY_NAME)
    scope = iam.AgencyTokenScope(project=iam.AgencyTokenScopeProject(name=world.HUAWEI_REGION))
    identity = iam.AgencyTokenIdentity(methods=["assume_role"], assume_role=role)
    body = iam.KeystoneCreateAgencyTokenRequestBody(auth=iam.AgencyTokenAuth(identity=identity, scope=scope))
    agency = client.keystone_create_agency_token(iam.KeystoneCreateAgencyTokenRequest(nocatalog="true", body=body))
    assert (agency.token.methods, agency.token.project.id) == (["assume_role"], world.HUAWEI_PROJECT_ID)
    assert agency.token.user.name == f"{world.HUAWEI_DOMAIN_NAME}/{world.HUAWEI_AGENCY_NAME}"
    assert agency.token.assumed_by.user.name == world.HUAWEI_USER_NAME
    assert get(url, "/v3/projects", x_auth_token=agency.x_subject_token).status == 200

    request = iam.KeystoneValidateTokenRequest(x_subject_token=agency.x_subject_token)
    valid = client.keystone_validate_token(request)
    assert (valid.token.expires_at, valid.x_subject_token) == (agency.token.expires_at, agency.x_subject_token)

    wanted = iam.IdentityToken(id=agency.x_subject_token, duration_seconds=3600)
    token_identity = iam.TokenAuthIdentity(methods=["token"], token=wanted)
    key_body = iam.CreateTemporaryAccessKeyByTokenRequestBody(auth=iam.TokenAuth(identity=token_identity))
    by_token_request = iam.CreateTemporaryAccessKeyByTokenRequest(body=key_body)
    given = client.create_temporary_access_key_by_token(by_token_request).credential
    key = AccessKey("huawei", given.access, given.secret, given.securitytoken)
    assert urn(url, key) == session_urn("sandbox_agency", world.HUAWEI_USER_NAME)

    assumed = iam.IdentityAssumerole(
        domain_id=DOMAIN,
        agency_name=world.HUAWEI_AGENCY_NAME,
        session_user=iam.AssumeroleSessionuser(name="airflow"),
        duration_seconds=900,
    )
    statement = iam.ServiceStatement(action=["fabric:*:*"], effect="Allow", condition={"a": {"b": ["c"]}})
    policy = iam.ServicePolicy(version="1.1", statement=[statement])
    agency_identity = iam.AgencyAuthIdentity(methods=["assume_role"], assume_role=assumed, policy=policy)
    agency_body = iam.CreateTemporaryAccessKeyByAgencyRequestBody(auth=iam.AgencyAuth(identity=agency_identity))
    agency_request = iam.CreateTemporaryAccessKeyByAgencyRequest(body=agency_body)
    given = client.create_temporary_access_key_by_agency(agency_request).credential
    key = AccessKey("huawei", given.access, given.secret, given.securitytoken)
    assert urn(url, key) == session_urn("sandbox_agency", "airflow")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", given.expires_at)

    id_token = iam.GetIdTokenIdTokenBody(id=sandbox.oidc_token())
    id_scope = iam.GetIdTokenIdScopeBody(project=iam.GetIdTokenScopeDomainOrProjectBody(id=world.HUAWEI_PROJECT_ID))
    id_body = iam.GetIdTokenRequestBody(auth=iam.GetIdTokenAuthParams(id_token=id_token, scope=id_scope))
    id_request = iam.CreateTokenWithIdTokenRequest(x_idp_id=world.HUAWEI_IDP_ID, body=id_body)
    federated = client.create_token_with_id_token(id_request)
    assert (federated.token.methods, federated.token.user.name) == (["mapped"], world.OIDC_SUBJECT)
    assert get(url, "/v3/projects", x_auth_token=federated.x_subject_token).status == 200
    assert [entry["operation"] for entry in sandbox.requests() if entry["method"] == "POST"] == [
        "CreateTokenByAgency",
        "CreateTemporaryAccessKeyByToken",
        "CreateTemporaryAccessKeyByAgency",
        "CreateTokenWithIdToken",
    ]


def test_token_opens_what_a_signature_opens(sandbox: Running) -> None:
    url = sandbox.url
    mine = subject(token(url, PROJECT_SCOPE))
    agency = unsigned(url, TOKENS, by_agency(AGENCY), x_auth_token=mine)
    assert (agency.status, agency.json["token"]["domain"]["id"]) == (201, DOMAIN)
    key = unsigned(url, KEYS, by_agency(AGENCY | {"session_user": {"name": "airflow"}}), x_auth_token=mine)
    assert urn(url, temporary("huawei", key.json)) == session_urn("sandbox_agency", "airflow")
    for body, headers in (
        (by_token({"id": mine}), {}),
        (by_token({"duration_seconds": 900}), {"x_auth_token": mine}),
        (by_token(None), {"x_auth_token": mine}),
        (by_token({"id": mine}), {"x_auth_token": "another"}),
    ):
        own = temporary("huawei", unsigned(url, KEYS, body, **headers).json)
        assert urn(url, own) == f"iam::{DOMAIN}:user:{world.HUAWEI_USER_NAME}"


def test_unscoped_token_is_good_for_keys(sandbox: Running) -> None:
    issued = with_id_token(sandbox.url, sandbox.oidc_token())
    assert not {"project", "domain"} & set(issued.json["token"])
    key = unsigned(sandbox.url, KEYS, by_token({"id": subject(issued), "duration_seconds": 21600}))
    assert "federated-user" in urn(sandbox.url, temporary("huawei", key.json))


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (TOKENS, by_agency(AGENCY | {"agency_name": "nobody"}), 404, "IAM.0004"),
        (TOKENS, by_agency(AGENCY | {"domain_name": "other"}), 404, "IAM.0004"),
        (TOKENS, by_agency({"agency_name": world.HUAWEI_AGENCY_NAME}), 400, "IAM.0007"),
        (TOKENS, by_agency(AGENCY | {"agency_name": world.HUAWEI_METADATA_AGENCY_NAME}), 403, "IAM.0002"),
        (TOKENS, by_agency(AGENCY, {"project": {"id": "f" * 32}}), 404, "IAM.0004"),
        (TOKENS, by_agency(AGENCY | {"duration_seconds": 900}), 400, "IAM.0007"),
        (KEYS, by_agency(AGENCY | {"duration_seconds": 899}), 400, "IAM.0007"),
        (KEYS, by_agency(AGENCY | {"duration_seconds": 900.5}), 400, "IAM.0007"),
        (KEYS, by_agency(AGENCY | {"duration_seconds": "900"}), 400, "IAM.0007"),
        (KEYS, by_agency(AGENCY | {"duration_seconds": 86401}), 400, "IAM.0007"),
        (KEYS, by_agency(AGENCY | {"duration_seconds": 86400}), 201, None),
        (KEYS, by_agency(AGENCY | {"session_user": {"name": "four"}}), 400, "IAM.0007"),
        (KEYS, by_agency(AGENCY, policy={"Version": "1.1"}), 400, "IAM.0007"),
        (KEYS, by_agency(AGENCY | {"agency_name": world.HUAWEI_PARTNER_AGENCY_NAME}), 201, None),
        (KEYS, by_token({"id": "MIIwrong"}), 401, "IAM.0067"),
        (KEYS, by_token(None), 401, "IAM.0001"),
        (KEYS, {"auth": {"identity": {"methods": ["password"]}}}, 400, "IAM.0007"),
        (KEYS, {"auth": []}, 400, "IAM.0007"),
    ],
)
def test_what_iam_needs(sandbox: Running, path: str, body: dict[str, Any], status: int, code: str | None) -> None:
    reply = huawei(sandbox.url, "POST", path, body)
    assert (reply.status, reply.json.get("error_code")) == (status, code)


@pytest.mark.parametrize(("path", "body"), [(TOKENS, by_agency(AGENCY)), (KEYS, by_agency(AGENCY))])
def test_agency_needs_a_caller(sandbox: Running, path: str, body: dict[str, Any]) -> None:
    reply = unsigned(sandbox.url, path, body)
    assert (reply.status, reply.json["error_code"]) == (401, "APIGW.0301")
    assert unsigned(sandbox.url, path, body, x_auth_token="MIIwrong").json["error_code"] == "IAM.0067"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        (PARTNER, 403, choices.STS5_DENIED.value.code),
        (PARTNER | {"external_id": "wrong"}, 403, choices.STS5_DENIED.value.code),
        (PARTNER | {"external_id": world.EXTERNAL_ID}, 200, None),
        ({"agency_urn": world.huawei_agency_urn("nobody")}, 403, choices.STS5_DENIED.value.code),
        ({"agency_urn": "iam::other:agency:sandbox_agency"}, 403, choices.STS5_DENIED.value.code),
        ({"agency_session_name": "a"}, 400, choices.STS5_INVALID.value.code),
        ({"agency_session_name": "a" * 128}, 200, None),
        ({"agency_session_name": "a/b"}, 400, choices.STS5_INVALID.value.code),
        ({"duration_seconds": 899}, 400, choices.STS5_INVALID.value.code),
        ({"duration_seconds": 43200}, 200, None),
        ({"duration_seconds": 43201}, 400, choices.STS5_INVALID.value.code),
        ({"policy": "{]"}, 400, choices.STS5_INVALID.value.code),
        ({"agency": "x"}, 400, choices.STS5_INVALID.value.code),
    ],
)
def test_what_an_agency_needs(sandbox: Running, changes: dict[str, Any], status: int, code: str | None) -> None:
    reply = huawei(sandbox.url, "POST", ASSUME, SESSION | changes)
    assert (reply.status, reply.json.get("error_code")) == (status, code)
    assert status == 200 or set(reply.json) == {"error_msg", "error_code", "request_id"}


def test_chained_session_is_short(sandbox: Running) -> None:
    first = temporary("huawei", huawei(sandbox.url, "POST", ASSUME, SESSION).json)
    longer = huawei(sandbox.url, "POST", ASSUME, SESSION | {"duration_seconds": 3601}, key=first)
    assert longer.json["error_code"] == choices.STS5_INVALID.value.code
    second = temporary("huawei", huawei(sandbox.url, "POST", ASSUME, SESSION, key=first).json)
    assert second != first
    assert urn(sandbox.url, second) == session_urn("sandbox_agency", "airflow")


EXPIRED, INVALID = choices.STS5_OIDC_EXPIRED.value.code, choices.STS5_OIDC_INVALID.value.code
FOREIGN: list[tuple[Callable[[Running], str], str, str]] = [
    (lambda running: running.oidc_token(0), "IAM.0066", EXPIRED),
    (lambda running: running.oidc_token(audience="other"), "IAM.0067", INVALID),
    (lambda running: running.oidc_token(issuer="https://other"), "IAM.0067", INVALID),
    (lambda running: running.oidc_token(secret="other"), "IAM.0067", INVALID),
    (lambda running: "eyJhbGciOiJub25lIn0.e30.", "IAM.0067", INVALID),
]


@pytest.mark.parametrize(("token_of", "iam_code", "sts_code"), FOREIGN)
def test_oidc_token_that_is_not_good(
    sandbox: Running, token_of: Callable[[Running], str], iam_code: str, sts_code: str
) -> None:
    for reply, code in (
        (with_id_token(sandbox.url, token_of(sandbox)), iam_code),
        (with_oidc(sandbox.url, token_of(sandbox)), sts_code),
    ):
        assert (reply.status, reply.json["error_code"]) == (401, code)
    assert not {"iam.token", "issued.key"} & set(sandbox.state())


def test_oidc_needs_the_right_provider(sandbox: Running) -> None:
    good = sandbox.oidc_token()
    assert with_id_token(sandbox.url, good, idp="other").json["error_code"] == choices.IAM_NO_AGENCY.value.code
    for changes in ({"provider_urn": "iam::x:oidc-provider:other"}, {"agency_urn": world.HUAWEI_PARTNER_AGENCY_URN}):
        assert with_oidc(sandbox.url, good, **changes).json["error_code"] == choices.STS5_DENIED.value.code
    assert with_oidc(sandbox.url, good, duration_seconds=43200).status == 200


def test_user_is_locked_after_five_wrong_passwords(tmp_path: Path) -> None:
    moment, state = {"now": 1_800_000_000.0}, tmp_path / "state.db"

    def login(url: str, password: str) -> str | None:
        body = auth(PROJECT_SCOPE, password=password)
        code: str | None = unsigned(url, TOKENS, body).json.get("error_code")
        return code

    with serve(clock=lambda: moment["now"], state=state) as running:
        url = running.url
        for _ in range(huawei_login.FAILURES_BEFORE_LOCK - 1):
            assert login(url, "wrong") == "IAM.0062"
        assert login(url, world.HUAWEI_USER_PASSWORD) is None
        for _ in range(huawei_login.FAILURES_BEFORE_LOCK):
            assert login(url, "wrong") == "IAM.0062"
        assert login(url, "wrong") == login(url, world.HUAWEI_USER_PASSWORD) == "IAM.0061"
    with serve(clock=lambda: moment["now"], state=state) as running:
        moment["now"] += huawei_login.LOCK_SECONDS - 1
        assert login(running.url, world.HUAWEI_USER_PASSWORD) == "IAM.0061"
        moment["now"] += 1
        assert login(running.url, "wrong") == "IAM.0062"
        assert login(running.url, world.HUAWEI_USER_PASSWORD) is None
        for _ in range(huawei_login.FAILURES_BEFORE_LOCK):
            login(running.url, "wrong")
        running.reset()
        assert login(running.url, world.HUAWEI_USER_PASSWORD) is None


def test_strangers_lock_nobody(sandbox: Running) -> None:
    for _ in range(huawei_login.FAILURES_BEFORE_LOCK + 1):
        for user in ({"name": "nobody"}, {"domain": {"name": "other"}}):
            assert unsigned(sandbox.url, TOKENS, auth(PROJECT_SCOPE, **user)).json["error_code"] == "IAM.0062"
    assert token(sandbox.url, PROJECT_SCOPE).status == 201


# The SDK core's own providers of credentials


def client_of(credentials: Any, url: str, sdk: SimpleNamespace) -> Any:
    credentials.with_project_id(world.HUAWEI_PROJECT_ID)
    return sdk.sts.StsClient.new_builder().with_credentials(credentials).with_endpoints([url]).build()


def identity_of(credentials: Any, url: str, sdk: SimpleNamespace) -> str:
    answer = client_of(credentials, url, sdk).get_caller_identity(sdk.sts.GetCallerIdentityRequest())
    found: str = answer.principal_urn
    return found


@pytest.mark.parametrize("mode", ["v2 and v1", "v2", "v1"])
def test_core_reads_the_metadata_service(
    sandbox: Running, huawei_modules: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    sandbox.settings.metadata = mode
    monkeypatch.setattr(huawei_modules.accessors.MetadataAccessor, "_METADATA_ENDPOINT", sandbox.url)
    credentials = huawei_modules.providers.MetadataCredentialProvider.get_basic().get_credentials()
    expected = session_urn(world.HUAWEI_METADATA_AGENCY_NAME, world.HUAWEI_METADATA_SESSION)
    assert identity_of(credentials, sandbox.url, huawei_modules) == expected
    statuses = [entry["status"] for entry in sandbox.requests()]
    assert statuses == [404 if mode == "v1" else 200, 200, 200]


def test_core_gets_a_new_metadata_token(
    sandbox: Running, huawei_modules: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    accessor = huawei_modules.accessors.MetadataAccessor
    monkeypatch.setattr(accessor, "_METADATA_ENDPOINT", sandbox.url)
    kept = accessor()
    first = kept.get_credential()
    sandbox.reset()
    second = kept.get_credential()
    assert [entry["status"] for entry in sandbox.requests()] == [401, 200, 200]
    assert first.access != second.access


def test_core_uses_pod_identity(
    sandbox: Running, huawei_modules: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    monkeypatch.setenv("HC_CONTAINER_CREDENTIALS_FULL_URI", sandbox.url + world.POD_IDENTITY_PATH)
    monkeypatch.setenv("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(file))
    provider = huawei_modules.providers.PodIdentityCredentialProvider.get_basic()
    file.write_text("wrong")
    with pytest.raises(Exception, match="401"):
        provider.get_credentials()
    file.write_text(world.POD_IDENTITY_TOKEN + "\n")
    expected = session_urn("sandbox_agency", world.HUAWEI_POD_SESSION)
    assert identity_of(provider.get_credentials(), sandbox.url, huawei_modules) == expected


def test_core_federates(sandbox: Running, huawei_modules: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(sandbox.oidc_token())
    credentials = huawei_modules.Basic().with_idp_id(world.HUAWEI_IDP_ID).with_id_token_file(str(file))
    credentials.with_iam_endpoint(sandbox.url)
    assert "federated-user" in identity_of(credentials, sandbox.url, huawei_modules)
    names = [entry["operation"] for entry in sandbox.requests()]
    assert names == ["CreateTokenWithIdToken", "CreateTemporaryAccessKeyByToken", "GetCallerIdentity"]


def test_core_assumes_an_agency_with_oidc(sandbox: Running, huawei_modules: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(sandbox.oidc_token())
    provider = huawei_modules.providers.OidcStsCredentialProvider(
        "basic",
        provider_urn=world.HUAWEI_OIDC_PROVIDER_URN,
        agency_urn=world.HUAWEI_AGENCY_URN,
        id_token_file=str(file),
        sts_endpoint=sandbox.url,
    )
    found = identity_of(provider.get_credentials(), sandbox.url, huawei_modules)
    assert found == session_urn("sandbox_agency", "oidc-sts-session")


@pytest.fixture
def frozen() -> Iterator[Running]:
    now = float(int(time.time())) + 0.5
    with serve(clock=lambda: now) as running:
        yield running


def test_same_question_under_a_still_clock_has_the_same_answer(frozen: Running) -> None:
    url, id_token = frozen.url, frozen.oidc_token()
    asked: list[Callable[[], Reply]] = [
        lambda: huawei(url, "POST", ASSUME, SESSION),
        lambda: with_oidc(url, id_token),
        lambda: huawei(url, "POST", KEYS, by_agency(AGENCY)),
        lambda: unsigned(url, KEYS, by_token({"id": subject(token(url, None))})),
        lambda: get(url, "/openstack/latest/securitykey"),
        lambda: Draft(url, "POST", world.POD_IDENTITY_PATH, headers={"authorization": world.POD_IDENTITY_TOKEN}).send(),
    ]
    keys = []
    for ask in asked:
        first, second = (temporary("huawei", ask().json) for _ in range(2))
        assert first == second
        keys.append(first)
    assert len({key.id for key in keys}) == len({key.secret for key in keys}) == len(asked)
    assert len(frozen.state()["issued.key"]) == len(asked)
    assert subject(token(url, None)) == subject(token(url, None)) != subject(token(url, PROJECT_SCOPE))


def test_expiry_is_written_in_two_ways(frozen: Running) -> None:
    """IAM has microseconds, STS milliseconds."""
    iam = huawei(frozen.url, "POST", KEYS, by_agency(AGENCY)).json["credential"]["expires_at"]
    sts = huawei(frozen.url, "POST", ASSUME, SESSION).json["credentials"]["expiration"]
    assert iam.endswith(".500000Z")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.500Z", sts)
