"""The ways into Huawei Cloud that IAM offers: tokens by password, agency or OIDC token, and temporary keys.

Follows the models of the official SDK and the IAM API reference. Tokens live 24 hours. An agency says whom it
trusts; beyond that there are no permissions.
"""

from __future__ import annotations

import hmac
from typing import Any

from airflow_provider_cloudflows.sandbox import choices, huawei_iam, issued, oidc, world
from airflow_provider_cloudflows.sandbox.operations import Answer, Call, Operation, Parameter, Principal, Refusal
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, refuse
from airflow_provider_cloudflows.sandbox.room import Room
from airflow_provider_cloudflows.sandbox.state import Store

TOKEN_SECONDS = 24 * 3600
DEFAULT_KEY_SECONDS = 900
FAILURES_BEFORE_LOCK = 5
LOCK_SECONDS = 15 * 60
DIGITS = 6
BEARER = "Bearer "

_LOGINS = "iam.login"


def seed(store: Store) -> None:
    """Projects of both accounts, agencies of the first."""
    huawei_iam.seed(store)
    account = store.of(world.HUAWEI_ACCOUNT.id)
    for agency_id, name, trusts, external_id in (
        (world.HUAWEI_AGENCY_ID, world.HUAWEI_AGENCY_NAME, [world.TRUST_ACCOUNT, world.TRUST_OIDC], ""),
        (
            "b9b1c2d3e4f5061728394a5b6c7d8e9f",
            world.HUAWEI_PARTNER_AGENCY_NAME,
            [world.TRUST_ACCOUNT],
            world.EXTERNAL_ID,
        ),
        ("c9b1c2d3e4f5061728394a5b6c7d8e9f", world.HUAWEI_METADATA_AGENCY_NAME, [world.TRUST_SERVICE], ""),
    ):
        agency = {"id": agency_id, "name": name, "urn": world.huawei_agency_urn(name)}
        account.add("iam.agency", name, agency | {"trusts": trusts, "external_id": external_id})


def create_token(call: Call) -> Answer:
    """POST /v3/auth/tokens by password: HTTP 201, the token in ``X-Subject-Token``."""
    identity = call.parameters["auth"]["identity"]
    if identity["methods"] != ["password"]:
        raise huawei_iam.invalid('auth.identity.methods must be ["password"].')
    user = identity["password"]["user"]
    _check_password(call, user["name"], user["password"], user["domain"]["name"])
    scope = _scope(call, call.parameters["auth"].get("scope", {}))
    return _issue(call, "password", Principal("user", user["name"]), user["name"], scope)


def create_token_by_agency(call: Call) -> Answer:
    """POST /v3/auth/tokens by agency: a token with which the caller acts as the agency."""
    wanted = call.parameters["auth"]["identity"]["assume_role"]
    agency = _agency(call, wanted)
    scope = _scope(call, call.parameters["auth"].get("scope", {}))
    principal = Principal("agency", agency["name"], call.caller.principal.name)
    return _issue(call, "assume_role", principal, call.caller.key_id, scope, user_id=agency["id"])


def create_token_with_id_token(call: Call) -> Answer:
    """POST /v3.0/OS-AUTH/id-token/tokens: a token for whom the identity provider vouches; unscoped without scope."""
    if call.parameters["X-Idp-Id"] != world.HUAWEI_IDP_ID:
        raise refuse(PlainRefusal, choices.IAM_NO_AGENCY.value, "The identity provider does not exist.")
    auth = call.parameters["auth"]
    scope = _scope(call, auth["scope"]) if "scope" in auth else {}
    return _federated(call, auth["id_token"]["id"], scope)


def create_token_by_protocol(call: Call) -> Answer:
    """POST …/protocols/{protocol_id}/auth: an unscoped token for the bearer of an OIDC token."""
    if call.parameters["idp_id"] != world.HUAWEI_IDP_ID or call.parameters["protocol_id"] != "oidc":
        raise refuse(PlainRefusal, choices.IAM_NO_AGENCY.value, "The identity provider or protocol does not exist.")
    return _federated(call, call.parameters["Authorization"].removeprefix(BEARER), {})


def validate_token(call: Call) -> Answer:
    """GET /v3/auth/tokens: what the token in ``X-Subject-Token`` is good for."""
    token = call.parameters["X-Subject-Token"]
    kept = _good_token(call, token)
    return Answer({"token": _token_body(kept)}, 200, {"X-Subject-Token": token})


def create_key_by_agency(call: Call) -> Answer:
    """POST /v3.0/OS-CREDENTIAL/securitytokens by agency: temporary keys of the agency."""
    wanted = call.parameters["auth"]["identity"]["assume_role"]
    agency = _agency(call, wanted)
    session = wanted.get("session_user", {}).get("name", call.caller.principal.name)
    principal = Principal("agency", agency["name"], session)
    return _key(call, "CreateTemporaryAccessKeyByAgency", principal, call.caller.key_id, wanted)


def create_key_by_token(call: Call) -> Answer:
    """POST /v3.0/OS-CREDENTIAL/securitytokens by token: temporary keys of whom the token belongs to."""
    wanted = call.parameters["auth"]["identity"].get("token", {})
    token = wanted.get("id", call.parameters.get("X-Auth-Token"))
    if token is None:
        raise PlainRefusal(401, "IAM.0001", "The request needs a token, in auth.identity.token.id or X-Auth-Token.")
    principal = issued.token_principal(_good_token(call, token))
    return _key(call, "CreateTemporaryAccessKeyByToken", principal, principal.name, wanted)


def credential(found: issued.Issued) -> dict[str, Any]:
    """A temporary key as IAM and the metadata service write it."""
    return {
        "credential": {
            "access": found.key.id,
            "secret": found.key.secret,
            "securitytoken": found.key.security_token,
            "expires_at": issued.time_text(found.expires, DIGITS),
        }
    }


def _key(call: Call, operation: str, principal: Principal, asker: str, wanted: dict[str, Any]) -> Answer:
    seconds = wanted.get("duration_seconds", DEFAULT_KEY_SECONDS)
    expires = issued.expiry(call, seconds, DIGITS)
    return Answer(credential(issued.issue_key(call, "huawei", operation, principal, asker, expires)), 201)


def _federated(call: Call, id_token: str, scope: dict[str, Any]) -> Answer:
    """A token for whom the OIDC token speaks of."""
    try:
        claims = oidc.check(id_token, call.now)
    except oidc.OidcRefused as refused:
        raise huawei_iam.bad_token(expired=refused.reason is oidc.OidcReason.EXPIRED) from None
    principal = Principal("federated user", claims.subject, world.HUAWEI_IDP_ID)
    return _issue(call, "mapped", principal, claims.subject, scope, user_id=world.HUAWEI_FEDERATED_USER_ID)


def _good_token(call: Call, token: str) -> dict[str, Any]:
    found = issued.find_token(call.store, issued.TOKENS, token, call.now)
    if isinstance(found, str):
        raise huawei_iam.bad_token(expired=found == "expired")
    return found


def _agency(call: Call, wanted: dict[str, Any]) -> dict[str, Any]:
    if not {"domain_id", "domain_name"} & set(wanted):
        raise huawei_iam.invalid("auth.identity.assume_role needs domain_id or domain_name.")
    known = {"domain_id": world.HUAWEI_DOMAIN_ID, "domain_name": world.HUAWEI_DOMAIN_NAME}
    agency: dict[str, Any] | None = call.store.get("iam.agency", wanted["agency_name"])
    if agency is None or any(wanted.get(name, value) != value for name, value in known.items()):
        raise refuse(PlainRefusal, choices.IAM_NO_AGENCY.value, "The agency does not exist.")
    if world.TRUST_ACCOUNT not in agency["trusts"]:
        raise refuse(PlainRefusal, choices.IAM_AGENCY_TRUST.value, "The agency does not trust the caller.")
    return agency


def _check_password(call: Call, name: str, password: str, domain: str) -> None:
    login = call.store.get(_LOGINS, name) or {"user_name": name, "failures": 0, "locked_until": 0.0}
    if call.now < login["locked_until"]:
        raise PlainRefusal(401, "IAM.0061", "The user is locked after too many wrong passwords.")
    known = (world.HUAWEI_DOMAIN_NAME, world.HUAWEI_USER_NAME, world.HUAWEI_USER_PASSWORD)
    sent = (domain, name, password)
    matches = [hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(known, sent, strict=True)]
    if all(matches):
        call.store.forget(_LOGINS, name)
        return
    refusal = PlainRefusal(401, "IAM.0062", "The username or password is wrong.")
    if all(matches[:2]):
        _count_failure(call, login)
        refusal.has_effect = True
    raise refusal


def _count_failure(call: Call, login: dict[str, Any]) -> None:
    failures = login["failures"] + 1
    if failures == FAILURES_BEFORE_LOCK:
        counted = login | {"failures": 0, "locked_until": call.now + LOCK_SECONDS}
    else:
        counted = login | {"failures": failures}
    call.store.forget(_LOGINS, login["user_name"])
    call.store.add(_LOGINS, login["user_name"], counted)


def _issue(
    call: Call,
    method: str,
    principal: Principal,
    asker: str,
    scope: dict[str, Any],
    *,
    user_id: str = world.HUAWEI_USER_ID,
) -> Answer:
    expires = issued.expiry(call, TOKEN_SECONDS, DIGITS)
    kept = {
        "user_id": user_id,
        "user_name": _user_name(principal),
        "account_id": call.account.id,
        "kind": principal.kind,
        "name": principal.name,
        "session": principal.session,
        "method": method,
        "scope": scope,
        "project_id": scope.get("project", {}).get("id"),
        "issued_at": issued.time_text(call.now, DIGITS),
        "expires_at": issued.time_text(expires, DIGITS),
    }
    scope_id = next((f"{kind} {place['id']}" for kind, place in scope.items()), "")
    question = (method, asker, principal.kind, principal.name, principal.session, scope_id)
    token = issued.issue_token(call, issued.TOKENS, question, expires, kept)
    return Answer({"token": _token_body(kept)}, 201, {"X-Subject-Token": token})


def _token_body(kept: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "expires_at": kept["expires_at"],
        "issued_at": kept["issued_at"],
        "methods": [kept["method"]],
        "catalog": [],
        "roles": [{"id": "0", "name": "te_admin"}],
        "user": _user(kept),
    }
    if kept["kind"] == "agency":
        asker = {
            "id": world.HUAWEI_USER_ID,
            "name": world.HUAWEI_USER_NAME,
            "domain": huawei_iam.domain(world.HUAWEI_ACCOUNT),
        }
        body["assumed_by"] = {"user": asker | {"password_expires_at": ""}}
    scope: dict[str, Any] = kept["scope"]
    return body | scope


def _user(kept: dict[str, Any]) -> dict[str, Any]:
    user = {"id": kept["user_id"], "name": kept["user_name"], "domain": huawei_iam.domain(world.HUAWEI_ACCOUNT)}
    if kept["kind"] == "federated user":
        provider = {"identity_provider": {"id": kept["session"]}, "protocol": {"id": "oidc"}, "groups": []}
        return user | {"OS-FEDERATION": provider}
    return user if kept["kind"] == "agency" else user | {"password_expires_at": ""}


def _user_name(principal: Principal) -> str:
    """The user of an agency's token is called after account and agency."""
    is_agency = principal.kind == "agency"
    return f"{world.HUAWEI_DOMAIN_NAME}/{principal.name}" if is_agency else principal.name


def _scope(call: Call, scope: dict[str, Any]) -> dict[str, Any]:
    """What the token is good for; the project wins when both are given, and none means the account."""
    if "project" not in scope:
        wanted = scope.get("domain", {})
        if any(
            wanted[name] != value for name, value in huawei_iam.domain(world.HUAWEI_ACCOUNT).items() if name in wanted
        ):
            raise _no_scope("The account of the scope does not exist.")
        return {"domain": huawei_iam.domain(world.HUAWEI_ACCOUNT)}
    wanted = scope["project"]
    if not wanted:
        raise huawei_iam.invalid("auth.scope.project needs id or name.")
    found = [
        project
        for project in call.store.all("iam.project")
        if all(project[name] == value for name, value in wanted.items())
    ]
    if len(found) != 1:
        raise _no_scope(f"{len(found)} projects match the scope of the token.")
    return {
        "project": {"id": found[0]["id"], "name": found[0]["name"], "domain": huawei_iam.domain(world.HUAWEI_ACCOUNT)}
    }


def _no_scope(message: str) -> Refusal:
    return refuse(PlainRefusal, choices.IAM_NO_SCOPE.value, message)


def _body(name: str, *fields: Parameter, required: bool = True) -> Parameter:
    return Parameter(name, "body", "object", required=required, fields=fields)


_METHODS = Parameter("methods", "body", "list", required=True)
_ID_OR_NAME = (Parameter("id", "body"), Parameter("name", "body"))
_SCOPE = _body(
    "scope",
    _body("project", *_ID_OR_NAME, required=False),
    _body("domain", *_ID_OR_NAME, required=False),
    required=False,
)
_USER = _body(
    "user",
    Parameter("name", "body", required=True),
    Parameter("password", "body", required=True),
    _body("domain", Parameter("name", "body", required=True)),
)
_AGENCY = (
    Parameter("agency_name", "body", required=True),
    Parameter("domain_id", "body"),
    Parameter("domain_name", "body"),
)
_SESSION_USER = _body("session_user", Parameter("name", "body", length=(5, 64)), required=False)
_DURATION = Parameter("duration_seconds", "body", "number", minimum=900, maximum=86400)
_STATEMENT = (
    Parameter("Action", "body", "list", required=True),
    Parameter("Effect", "body", required=True),
    Parameter("Condition", "body", "free object"),
    Parameter("Resource", "body", "list"),
)
_POLICY = _body(
    "policy",
    Parameter("Version", "body", required=True),
    Parameter("Statement", "body", "list", required=True, fields=_STATEMENT),
    required=False,
)
_TOKEN = _body("token", Parameter("id", "body"), _DURATION, required=False)
_NO_CATALOG = Parameter("nocatalog", "query")
_TOKENS, _KEYS = "/v3/auth/tokens", "/v3.0/OS-CREDENTIAL/securitytokens"

OPERATIONS = (
    Operation(
        "IAM",
        "CreateToken",
        "POST",
        _TOKENS,
        create_token,
        (_NO_CATALOG, _body("auth", _body("identity", _METHODS, _body("password", _USER)), _SCOPE)),
        access="open",
        identity_method="password",
    ),
    Operation(
        "IAM",
        "CreateTokenByAgency",
        "POST",
        _TOKENS,
        create_token_by_agency,
        (_NO_CATALOG, _body("auth", _body("identity", _METHODS, _body("assume_role", *_AGENCY)), _SCOPE)),
        identity_method="assume_role",
    ),
    Operation(
        "IAM",
        "ValidateToken",
        "GET",
        _TOKENS,
        validate_token,
        (_NO_CATALOG, Parameter("X-Subject-Token", "header", required=True)),
    ),
    Operation(
        "IAM",
        "CreateTokenWithIdToken",
        "POST",
        "/v3.0/OS-AUTH/id-token/tokens",
        create_token_with_id_token,
        (
            Parameter("X-Idp-Id", "header", required=True),
            _body("auth", _body("id_token", Parameter("id", "body", required=True)), _SCOPE),
        ),
        access="open",
    ),
    Operation(
        "IAM",
        "CreateTokenByProtocol",
        "POST",
        "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth",
        create_token_by_protocol,
        (
            Parameter("idp_id", "path"),
            Parameter("protocol_id", "path"),
            Parameter("Authorization", "header", required=True, pattern=f"{BEARER}.+"),
        ),
        access="open",
    ),
    Operation(
        "IAM",
        "CreateTemporaryAccessKeyByAgency",
        "POST",
        _KEYS,
        create_key_by_agency,
        (
            _body(
                "auth",
                _body("identity", _METHODS, _body("assume_role", *_AGENCY, _DURATION, _SESSION_USER), _POLICY),
            ),
        ),
        identity_method="assume_role",
    ),
    Operation(
        "IAM",
        "CreateTemporaryAccessKeyByToken",
        "POST",
        _KEYS,
        create_key_by_token,
        (
            Parameter("X-Auth-Token", "header"),
            _body("auth", _body("identity", _METHODS, _TOKEN, _POLICY)),
        ),
        access="open",
        identity_method="token",
    ),
)

ROOM = Room(
    cloud="huawei",
    service="IAM",
    operations=(*OPERATIONS, *huawei_iam.OPERATIONS),
    failure=lambda operation: PlainRefusal,
    unsuccessful=lambda operation: (PlainRefusal, choices.HUAWEI_UNSUCCESSFUL.value),
    refuse_parameter=huawei_iam.refuse_parameter,
    refuse_token=huawei_iam.refuse_token,
    seed=seed,
)
