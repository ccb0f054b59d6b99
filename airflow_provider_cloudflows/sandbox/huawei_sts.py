"""The Huawei STS room (v5): temporary keys of agencies, and who the caller is.

Follows the models of the official SDK and what they say of each field. An agency says whom it trusts; beyond that
there are no permissions.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.sandbox import choices, issued, oidc, world
from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.operations import (
    BadParameter,
    Call,
    Operation,
    Parameter,
    Principal,
    Refusal,
)
from airflow_provider_cloudflows.sandbox.refusals import StsRefusal, refuse
from airflow_provider_cloudflows.sandbox.room import Room

DEFAULT_SECONDS = 3600
LONGEST_CHAINED = 3600
_DIGITS = 3


def get_caller_identity(call: Call) -> dict[str, Any]:
    """GET /v5/caller-identity: an IAM user, or a session of an agency."""
    domain, principal = call.account.id, call.caller.principal
    if principal.kind == "agency":
        agency = call.store.get("iam.agency", principal.name) or {}
        urn, principal_id = _session_urn(principal), f"{agency['id']}:{principal.session}"
    elif principal.kind == "federated user":
        urn, principal_id = f"iam::{domain}:federated-user:{principal.name}", world.HUAWEI_FEDERATED_USER_ID
    else:
        urn, principal_id = f"iam::{domain}:user:{principal.name}", call.account.user_id
    return {"account_id": domain, "principal_urn": urn, "principal_id": principal_id}


def assume_agency(call: Call) -> dict[str, Any]:
    """POST /v5/agencies/assume: temporary keys of an agency that trusts the caller."""
    agency = _agency(call, world.TRUST_ACCOUNT)
    if agency["external_id"] not in ("", call.parameters.get("external_id")):
        raise _denied()
    if call.caller.credential == "session key" and _seconds(call) > LONGEST_CHAINED:
        raise _invalid(f"A temporary key may assume an agency for {LONGEST_CHAINED} seconds at most.")
    return _answer(call, agency, "AssumeAgency", call.caller.key_id)


def assume_agency_with_oidc(call: Call) -> dict[str, Any]:
    """POST /v5/agencies/assume-with-oidc: temporary keys of an agency that trusts the provider of a token."""
    agency = _agency(call, world.TRUST_OIDC)
    if call.parameters["provider_urn"] != world.HUAWEI_OIDC_PROVIDER_URN:
        raise _denied()
    try:
        claims = oidc.check(call.parameters["id_token"], call.now)
    except oidc.OidcRefused as refused:
        raise _refuse_oidc(str(refused), expired=refused.reason is oidc.OidcReason.EXPIRED) from None
    token = {"audience": claims.audience, "provider": claims.issuer, "subject_from_id_token": claims.subject}
    return _answer(call, agency, "AssumeAgencyWithOidc", claims.subject) | token


def refuse_parameter(operation: Operation, bad: BadParameter) -> Refusal:
    """How this room words a bad parameter."""
    return _invalid(str(bad))


def refuse_token(operation: Operation, *, expired: bool) -> Refusal:
    """What is said of a bad OIDC token; IAM tokens are not taken here."""
    return _refuse_oidc("The OIDC token is not accepted.", expired=expired)


def _refuse_oidc(message: str, *, expired: bool) -> Refusal:
    return refuse(StsRefusal, (choices.STS5_OIDC_EXPIRED if expired else choices.STS5_OIDC_INVALID).value, message)


def _agency(call: Call, trust: str) -> dict[str, Any]:
    _check_policy(call.parameters.get("policy"))
    urn = call.parameters["agency_urn"]
    agency = call.store.get("iam.agency", urn.rpartition(":")[2])
    if agency is None or agency["urn"] != urn or trust not in agency["trusts"]:
        raise _denied()
    return agency


def _check_policy(policy: str | None) -> None:
    try:
        is_object = policy is None or isinstance(read_json(policy), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise _invalid("policy must be the text of a JSON object.")


def _seconds(call: Call) -> int:
    return int(call.parameters.get("duration_seconds", DEFAULT_SECONDS))


def _answer(call: Call, agency: dict[str, Any], operation: str, asker: str) -> dict[str, Any]:
    principal = Principal("agency", agency["name"], call.parameters["agency_session_name"])
    expires = issued.expiry(call, _seconds(call), _DIGITS)
    found = issued.issue_key(call, "huawei", operation, principal, asker, expires)
    answer = {
        "assumed_agency": {"urn": _session_urn(principal), "id": f"{agency['id']}:{principal.session}"},
        "credentials": {
            "access_key_id": found.key.id,
            "secret_access_key": found.key.secret,
            "security_token": found.key.security_token,
            "expiration": issued.time_text(found.expires, _DIGITS),
        },
    }
    source = call.parameters.get("source_identity")
    return answer if source is None else answer | {"source_identity": source}


def _session_urn(principal: Principal) -> str:
    return f"sts::{world.HUAWEI_DOMAIN_ID}:assumed-agency:{principal.name}/{principal.session}"


def _denied() -> Refusal:
    return refuse(StsRefusal, choices.STS5_DENIED.value, "The agency does not exist, or does not trust the caller.")


def _invalid(message: str) -> Refusal:
    return refuse(StsRefusal, choices.STS5_INVALID.value, message)


_NAME = r"[A-Za-z0-9_+=,.@-]+"
_SESSION = (
    Parameter("agency_urn", "body", required=True, length=(1, 1500)),
    Parameter("agency_session_name", "body", required=True, length=(2, 128), pattern=_NAME),
    Parameter("duration_seconds", "body", "number", minimum=900, maximum=43200),
    Parameter("policy", "body", length=(2, 4096)),
    Parameter("policy_ids", "body", "list"),
)
_TAG = (Parameter("key", "body", required=True), Parameter("value", "body", required=True))
_CONTEXT = (
    Parameter("context_provider_urn", "body", required=True),
    Parameter("context_assertion", "body", required=True),
)

OPERATIONS = (
    Operation("STS", "GetCallerIdentity", "GET", "/v5/caller-identity", get_caller_identity, takes_tokens=False),
    Operation(
        "STS",
        "AssumeAgency",
        "POST",
        "/v5/agencies/assume",
        assume_agency,
        (
            *_SESSION,
            Parameter("external_id", "body", length=(2, 1224)),
            Parameter("serial_number", "body", length=(9, 256)),
            Parameter("token_code", "body", pattern=r"\d{6}"),
            Parameter("source_identity", "body", length=(2, 64), pattern=_NAME),
            Parameter("tags", "body", "list", fields=_TAG),
            Parameter("transitive_tag_keys", "body", "list"),
            Parameter("provided_contexts", "body", "list", fields=_CONTEXT),
        ),
        takes_tokens=False,
    ),
    Operation(
        "STS",
        "AssumeAgencyWithOidc",
        "POST",
        "/v5/agencies/assume-with-oidc",
        assume_agency_with_oidc,
        (
            *_SESSION,
            Parameter("provider_urn", "body", required=True, length=(1, 1500)),
            Parameter("id_token", "body", required=True),
        ),
        access="open",
    ),
)

ROOM = Room(
    cloud="huawei",
    service="STS",
    operations=OPERATIONS,
    failure=lambda operation: StsRefusal,
    unsuccessful=lambda operation: (StsRefusal, choices.HUAWEI_UNSUCCESSFUL.value),
    refuse_parameter=refuse_parameter,
    refuse_token=refuse_token,
)
