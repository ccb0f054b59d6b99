"""The identity rooms: Alibaba STS, Huawei IAM and Huawei STS.

Follows the models of the official SDKs and the IAM API reference: tokens by password, projects and accounts
of the caller, and who the caller is. Issued tokens live 24 hours and are kept as hashes only. There are no
permissions: whoever is known may call everything.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.operations import (
    Answer,
    BadParameter,
    Call,
    Operation,
    Parameter,
    Refusal,
)
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, refuse
from airflow_provider_cloudflows.sandbox.signatures import sha256_hex

TOKEN_OPERATION = "CreateToken"
TOKEN_SECONDS = 24 * 3600


def alibaba_caller_identity(call: Call) -> dict[str, Any]:
    """Alibaba STS GetCallerIdentity: a RAM user, or an assumed role for a session key."""
    account = world.ALIBABA_ACCOUNT_ID
    if call.caller.credential == "session key":
        role = f"{world.ALIBABA_ROLE_NAME}/{world.ALIBABA_ROLE_SESSION}"
        return {
            "AccountId": account,
            "Arn": f"acs:ram::{account}:assumed-role/{role}",
            "IdentityType": "AssumedRoleUser",
            "PrincipalId": f"{world.ALIBABA_ROLE_ID}:{world.ALIBABA_ROLE_SESSION}",
            "RoleId": world.ALIBABA_ROLE_ID,
            "RequestId": call.request_id,
        }
    return {
        "AccountId": account,
        "Arn": f"acs:ram::{account}:user/{world.ALIBABA_USER_NAME}",
        "IdentityType": "RAMUser",
        "PrincipalId": world.ALIBABA_USER_ID,
        "UserId": world.ALIBABA_USER_ID,
        "RequestId": call.request_id,
    }


def huawei_caller_identity(call: Call) -> dict[str, Any]:
    """Huawei STS GET /v5/caller-identity: an IAM user, or an assumed agency for a temporary key."""
    domain = world.HUAWEI_DOMAIN_ID
    if call.caller.credential == "session key":
        agency = f"{world.HUAWEI_AGENCY_NAME}/{world.HUAWEI_AGENCY_SESSION}"
        return {
            "account_id": domain,
            "principal_urn": f"sts::{domain}:assumed-agency:{agency}",
            "principal_id": f"{world.HUAWEI_AGENCY_ID}:{world.HUAWEI_AGENCY_SESSION}",
        }
    return {
        "account_id": domain,
        "principal_urn": f"iam::{domain}:user:{world.HUAWEI_USER_NAME}",
        "principal_id": world.HUAWEI_USER_ID,
    }


def create_token(call: Call) -> Answer:
    """IAM POST /v3/auth/tokens by password: HTTP 201, the token in ``X-Subject-Token``."""
    identity = call.parameters["auth"]["identity"]
    if identity["methods"] != ["password"]:
        raise _invalid('auth.identity.methods must be ["password"].')
    user = identity["password"]["user"]
    _check_password(user["name"], user["password"], user["domain"]["name"])
    scope = _scope(call, call.parameters["auth"].get("scope", {}))
    token = "MII" + secrets.token_urlsafe(96)
    expires = call.now + TOKEN_SECONDS
    kept = {
        "user_name": user["name"],
        "project_id": scope.get("project", {}).get("id"),
        "expires": expires,
        "expires_at": _time(expires),
    }
    call.store.add("iam.token", sha256_hex(token.encode()), kept)
    body = {
        "expires_at": _time(expires),
        "issued_at": _time(call.now),
        "methods": ["password"],
        "catalog": [],
        "roles": [{"id": "0", "name": "te_admin"}],
        "user": {
            "id": world.HUAWEI_USER_ID,
            "name": user["name"],
            "password_expires_at": "",
            "domain": _domain(),
        },
    }
    return Answer({"token": body | scope}, 201, {"X-Subject-Token": token})


def list_projects(call: Call) -> dict[str, Any]:
    """IAM GET /v3/projects: the projects of the account; ``page`` and ``per_page`` go together."""
    wanted = call.parameters
    if ("page" in wanted) != ("per_page" in wanted):
        raise _invalid("page and per_page must be sent together.")
    filters = [name for name in ("name", "domain_id", "parent_id", "enabled", "is_domain") if name in wanted]
    found = [project for project in _projects(call) if all(project[name] == wanted[name] for name in filters)]
    size = wanted.get("per_page", max(len(found), 1))
    first = (wanted.get("page", 1) - 1) * size
    links = {"self": f"{call.base_url}/v3/projects", "previous": None, "next": None}
    return {"projects": found[first : first + size], "links": links}


def list_auth_projects(call: Call) -> dict[str, Any]:
    """IAM GET /v3/auth/projects: the projects the caller can use."""
    return {"projects": _projects(call), "links": {"self": f"{call.base_url}/v3/auth/projects"}}


def list_auth_domains(call: Call) -> dict[str, Any]:
    """IAM GET /v3/auth/domains: the account of the caller."""
    domain = _domain() | {
        "enabled": True,
        "description": "",
        "links": {"self": f"{call.base_url}/v3/domains/{world.HUAWEI_DOMAIN_ID}"},
    }
    return {"domains": [domain], "links": {"self": f"{call.base_url}/v3/auth/domains"}}


def check_domain(domain_id: str | None) -> None:
    """A signed X-Domain-Id must be the caller's account."""
    if domain_id not in (None, world.HUAWEI_DOMAIN_ID):
        message = f"The caller does not belong to the account {domain_id}."
        raise refuse(PlainRefusal, choices.IAM_FOREIGN_DOMAIN.value, message)


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How these rooms word a bad parameter."""
    return _invalid(str(bad))


def refuse_token(*, expired: bool) -> Refusal:
    """How a token that is not valid is refused here."""
    if expired:
        return PlainRefusal(401, "IAM.0066", "The token has expired.")
    return PlainRefusal(401, "IAM.0067", "The token is invalid.")


def error_shape(operation: Operation) -> type[Refusal]:
    """All calls have the same."""
    return PlainRefusal


def _check_password(name: str, password: str, domain: str) -> None:
    known = (world.HUAWEI_DOMAIN_NAME, world.HUAWEI_USER_NAME, world.HUAWEI_USER_PASSWORD)
    sent = (domain, name, password)
    matches = [hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(known, sent, strict=True)]
    if not all(matches):
        raise PlainRefusal(401, "IAM.0062", "The username or password is wrong.")


def _scope(call: Call, scope: dict[str, Any]) -> dict[str, Any]:
    """What the token is good for; the project wins when both are given, and none means the account."""
    if "project" not in scope:
        wanted = scope.get("domain", {})
        if any(wanted[name] != value for name, value in _domain().items() if name in wanted):
            raise refuse(PlainRefusal, choices.IAM_NO_SCOPE.value, "The account of the scope does not exist.")
        return {"domain": _domain()}
    wanted = scope["project"]
    if not wanted:
        raise _invalid("auth.scope.project needs id or name.")
    found = [
        project
        for project in call.store.all("iam.project")
        if all(project[name] == value for name, value in wanted.items())
    ]
    if len(found) != 1:
        message = f"{len(found)} projects match the scope of the token."
        raise refuse(PlainRefusal, choices.IAM_NO_SCOPE.value, message)
    return {"project": {"id": found[0]["id"], "name": found[0]["name"], "domain": _domain()}}


def _domain() -> dict[str, Any]:
    return {"id": world.HUAWEI_DOMAIN_ID, "name": world.HUAWEI_DOMAIN_NAME}


def _projects(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "id": project["id"],
            "name": project["name"],
            "domain_id": world.HUAWEI_DOMAIN_ID,
            "parent_id": world.HUAWEI_DOMAIN_ID,
            "enabled": True,
            "is_domain": False,
            "description": "",
            "links": {"self": f"{call.base_url}/v3/projects/{project['id']}"},
        }
        for project in call.store.all("iam.project")
    ]


def _invalid(message: str) -> Refusal:
    return refuse(PlainRefusal, choices.IAM_INVALID.value, message)


def _time(now: float) -> str:
    """``2020-01-04T09:05:22.701000Z``, as in the IAM API reference."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1_000_000) % 1_000_000:06d}Z"


_ID_OR_NAME = (Parameter("id", "body"), Parameter("name", "body"))
_USER = (
    Parameter("name", "body", required=True),
    Parameter("password", "body", required=True),
    Parameter("domain", "body", "object", required=True, fields=(Parameter("name", "body", required=True),)),
)
_PASSWORD = Parameter(
    "password",
    "body",
    "object",
    required=True,
    fields=(Parameter("user", "body", "object", required=True, fields=_USER),),
)
_IDENTITY = Parameter(
    "identity",
    "body",
    "object",
    required=True,
    fields=(Parameter("methods", "body", "list", required=True), _PASSWORD),
)
_SCOPE = Parameter(
    "scope",
    "body",
    "object",
    fields=(
        Parameter("project", "body", "object", fields=_ID_OR_NAME),
        Parameter("domain", "body", "object", fields=_ID_OR_NAME),
    ),
)

ALIBABA_OPERATIONS = (Operation("STS", "GetCallerIdentity", "POST GET", "2015-04-01", alibaba_caller_identity),)
HUAWEI_OPERATIONS = (
    Operation(
        "IAM",
        TOKEN_OPERATION,
        "POST",
        "/v3/auth/tokens",
        create_token,
        (
            Parameter("nocatalog", "query"),
            Parameter("auth", "body", "object", required=True, fields=(_IDENTITY, _SCOPE)),
        ),
    ),
    Operation(
        "IAM",
        "ListProjects",
        "GET",
        "/v3/projects",
        list_projects,
        (
            Parameter("name", "query"),
            Parameter("domain_id", "query"),
            Parameter("parent_id", "query"),
            Parameter("enabled", "query", "boolean"),
            Parameter("is_domain", "query", "boolean"),
            Parameter("page", "query", "int32", minimum=1),
            Parameter("per_page", "query", "int32", minimum=1, maximum=5000),
        ),
    ),
    Operation("IAM", "ListAuthProjects", "GET", "/v3/auth/projects", list_auth_projects),
    Operation("IAM", "ListAuthDomains", "GET", "/v3/auth/domains", list_auth_domains),
    Operation("STS", "GetCallerIdentity", "GET", "/v5/caller-identity", huawei_caller_identity),
)
