"""The Alibaba STS room: temporary keys of roles, and who the caller is.

Follows the models of the official SDK and the vendor's parameter tables. A role says whom it trusts; beyond that
there are no permissions.
"""

from __future__ import annotations

import re
from typing import Any

from airflow_provider_cloudflows.sandbox import choices, issued, oidc, world
from airflow_provider_cloudflows.sandbox.oidc import Claims, OidcReason
from airflow_provider_cloudflows.sandbox.operations import (
    BadParameter,
    Call,
    Fault,
    Operation,
    Parameter,
    Principal,
    Refusal,
)
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.room import Room
from airflow_provider_cloudflows.sandbox.state import Store

VERSION = "2015-04-01"
DEFAULT_SECONDS = 3600
_DIGITS = 0

_OIDC_CODES = {
    OidcReason.INVALID: "AuthenticationFail.OIDCToken.Invalid",
    OidcReason.SIGNATURE: "AuthenticationFail.OIDCToken.InvalidSignature",
    OidcReason.ISSUER: choices.ALIBABA_OIDC_ISSUER.value.code,
    OidcReason.AUDIENCE: "AuthenticationFail.OIDCToken.AudienceNotMatch",
    OidcReason.EXPIRED: "AuthenticationFail.OIDCToken.Expired",
}


def get_caller_identity(call: Call) -> dict[str, Any]:
    """A RAM user, or the session of a role."""
    account, principal = call.account.id, call.caller.principal
    if principal.kind == "role":
        role = call.store.get("ram.role", principal.name) or {}
        return {
            "AccountId": account,
            "Arn": f"acs:ram::{account}:assumed-role/{principal.name}/{principal.session}",
            "IdentityType": "AssumedRoleUser",
            "PrincipalId": f"{role['RoleId']}:{principal.session}",
            "RoleId": role["RoleId"],
            "RequestId": call.request_id,
        }
    return {
        "AccountId": account,
        "Arn": f"acs:ram::{account}:user/{principal.name}",
        "IdentityType": "RAMUser",
        "PrincipalId": call.account.user_id,
        "UserId": call.account.user_id,
        "RequestId": call.request_id,
    }


def assume_role(call: Call) -> dict[str, Any]:
    """Temporary keys of a role that trusts the caller."""
    role = _role(call)
    caller = call.caller.principal
    trusted = {world.TRUST_ACCOUNT, f"{caller.kind} {caller.name}"} & set(role["Trusts"])
    if not trusted or role["ExternalId"] not in ("", call.parameters.get("ExternalId")):
        message = "You are not authorized to do this action. You should be authorized by RAM."
        raise refuse(AlibabaRefusal, choices.ALIBABA_STS_TRUST.value, message)
    return _answer(call, role, "AssumeRole", call.caller.key_id)


def assume_role_with_oidc(call: Call) -> dict[str, Any]:
    """Temporary keys of a role that trusts the OIDC provider of a token."""
    role = _role(call)
    provider = call.parameters["OIDCProviderArn"]
    if provider != world.ALIBABA_OIDC_PROVIDER_ARN or world.TRUST_OIDC not in role["Trusts"]:
        message = "The role does not trust this OIDC provider, or there is no such provider."
        raise refuse(AlibabaRefusal, choices.ALIBABA_OIDC_TRUST.value, message)
    try:
        claims = oidc.check(call.parameters["OIDCToken"], call.now)
    except oidc.OidcRefused as refused:
        raise AlibabaRefusal(401, _OIDC_CODES[refused.reason], str(refused)) from None
    return _answer(call, role, "AssumeRoleWithOIDC", claims.subject) | {"OIDCTokenInfo": _token_info(claims)}


def credentials(found: issued.Issued) -> dict[str, Any]:
    """A temporary key as all of Alibaba's answers hold it."""
    return {
        "AccessKeyId": found.key.id,
        "AccessKeySecret": found.key.secret,
        "SecurityToken": found.key.security_token,
        "Expiration": issued.time_text(found.expires, _DIGITS),
    }


def issue(call: Call, operation: str, principal: Principal, asker: str, seconds: int) -> issued.Issued:
    """A temporary key whose expiry has whole seconds, as Alibaba writes it."""
    expires = issued.expiry(call, seconds, _DIGITS)
    return issued.issue_key(call, "alibaba", operation, principal, asker, expires)


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal | None:
    """How this room words a parameter of the wrong form; all else is worded by the gateway."""
    if bad.fault is not Fault.INVALID:
        return None
    return _invalid(bad)


def refuse_token(operation: Operation, *, expired: bool) -> Refusal:
    """What is said of a bad OIDC token when a fault rule wants it."""
    reason = OidcReason.EXPIRED if expired else OidcReason.INVALID
    return AlibabaRefusal(401, _OIDC_CODES[reason], "The OIDC token is not accepted.")


def seed(store: Store) -> None:
    """The roles that may be assumed, and by whom; ``ExternalId`` must be said where it is set."""
    account = store.of(world.ALIBABA_ACCOUNT.id)
    for number, (name, trusts, external_id) in enumerate(
        (
            (world.ALIBABA_ROLE_NAME, [world.TRUST_ACCOUNT, world.TRUST_OIDC], ""),
            (world.ALIBABA_CHAINED_ROLE_NAME, [f"role {world.ALIBABA_ROLE_NAME}"], ""),
            (world.ALIBABA_PARTNER_ROLE_NAME, [world.TRUST_ACCOUNT], world.EXTERNAL_ID),
            (world.ALIBABA_METADATA_ROLE_NAME, [world.TRUST_SERVICE], ""),
        )
    ):
        role_id = str(int(world.ALIBABA_ROLE_ID) + number)
        role = {"RoleName": name, "RoleId": role_id, "Arn": world.alibaba_role_arn(name)}
        account.add("ram.role", name, role | {"Trusts": trusts, "ExternalId": external_id})


def _invalid(bad: BadParameter) -> Refusal:
    name = "PolicyGrammar" if bad.name == "Policy" else bad.name
    code = choices.ALIBABA_STS_PARAMETER.value
    return AlibabaRefusal(code.status, code.code.format(Parameter=name), str(bad))


def _role(call: Call) -> dict[str, Any]:
    arn = call.parameters["RoleArn"]
    match = re.fullmatch(r"acs:ram::(\d+):role/([^/]+)", arn)
    if match is None:
        bad = BadParameter(Fault.INVALID, "RoleArn", "RoleArn must look like acs:ram::<account>:role/<name>.")
        raise _invalid(bad)
    role = call.store.get("ram.role", match[2])
    if role is None or role["Arn"] != arn:
        raise refuse(AlibabaRefusal, choices.ALIBABA_STS_NO_ROLE.value, f"The role {arn} does not exist.")
    return role


def _answer(call: Call, role: dict[str, Any], operation: str, asker: str) -> dict[str, Any]:
    name, session = role["RoleName"], call.parameters["RoleSessionName"]
    seconds = call.parameters.get("DurationSeconds", DEFAULT_SECONDS)
    found = issue(call, operation, Principal("role", name, session), asker, seconds)
    answer = {
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{call.account.id}:assumed-role/{name}/{session}",
            "AssumedRoleId": f"{role['RoleId']}:{session}",
        },
        "Credentials": credentials(found),
        "RequestId": call.request_id,
    }
    source = call.parameters.get("SourceIdentity")
    return answer if source is None else answer | {"SourceIdentity": source}


def _token_info(claims: Claims) -> dict[str, Any]:
    return {
        "Issuer": claims.issuer,
        "ClientIds": claims.audience,
        "Subject": claims.subject,
        "IssuanceTime": issued.time_text(claims.issued, _DIGITS),
        "ExpirationTime": issued.time_text(claims.expires, _DIGITS),
        "VerificationInfo": "Success",
    }


_SESSION = (
    Parameter("RoleArn", "query", required=True),
    Parameter("RoleSessionName", "query", required=True, length=(2, 64), pattern=r"[A-Za-z0-9.@_-]+"),
    Parameter("DurationSeconds", "query", "int64", minimum=900, maximum=choices.ALIBABA_STS_DURATION.value),
    Parameter("Policy", "query", "json object", length=(1, 2048)),
)

OPERATIONS = (
    Operation("STS", "GetCallerIdentity", "POST GET", VERSION, get_caller_identity),
    Operation(
        "STS",
        "AssumeRole",
        "POST GET",
        VERSION,
        assume_role,
        (
            *_SESSION,
            Parameter("ExternalId", "query", length=(2, 1224), pattern=r"[A-Za-z0-9=,.@:/_+-]+"),
            Parameter("SourceIdentity", "query"),
        ),
    ),
    Operation(
        "STS",
        "AssumeRoleWithOIDC",
        "POST GET",
        VERSION,
        assume_role_with_oidc,
        (
            *_SESSION,
            Parameter("OIDCProviderArn", "query", required=True),
            Parameter("OIDCToken", "query", required=True, length=(4, 20000)),
        ),
        access="open",
    ),
)

ROOM = Room(
    cloud="alibaba",
    service="STS",
    operations=OPERATIONS,
    failure=lambda operation: AlibabaRefusal,
    unsuccessful=lambda operation: (AlibabaRefusal, "InternalError.System"),
    refuse_parameter=refuse_parameter,
    refuse_token=refuse_token,
    seed=seed,
)
