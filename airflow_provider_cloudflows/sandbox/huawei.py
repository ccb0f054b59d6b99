"""The gateway in front of the Huawei Cloud rooms: REST requests with AK/SK signatures or tokens.

It matches method and path, has the signature verified or the token looked up, reads query and JSON body, and
words the refusals as the API gateway does. What an operation does, and how it words its own, is in its room.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import unquote

from airflow_provider_cloudflows.sandbox import choices, issued, world
from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.operations import (
    BadParameter,
    Caller,
    Fault,
    Operation,
    Principal,
    Refusal,
    check_fields,
    check_texts,
    headers_of,
)
from airflow_provider_cloudflows.sandbox.refusals import (
    ApigwRefusal,
    PlainRefusal,
    refuse,
    with_headers,
    with_retry_after,
)
from airflow_provider_cloudflows.sandbox.room import Room
from airflow_provider_cloudflows.sandbox.signatures import (
    Reason,
    SdkHmacVerifier,
    SignatureRefused,
    WireRequest,
    query_pairs,
    raw_parameters,
)
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import AccessKey, Cloud

_LARGEST_LOGIN = 1024 * 1024
_BORN_SESSION = Principal("agency", world.HUAWEI_AGENCY_NAME, world.HUAWEI_AGENCY_SESSION)

_SIGNATURE_MESSAGES = {
    Reason.ABSENT: "authorization not found",
    Reason.MALFORMED: "authorization format error: {0}",
    Reason.NOT_SIGNED: "header {0} must be present and listed in SignedHeaders",
    Reason.UNKNOWN_KEY: "Get secretKey failed,ak:{0},err:ak not exist",
    Reason.LOCKED: "AK access failed to reach the limit,forbidden",
    Reason.DATE_MALFORMED: "X-Sdk-Date {0} must look like 20060102T150405Z",
    Reason.DATE_OUTSIDE_WINDOW: "signature expired: X-Sdk-Date {0} is more than 15 minutes from server time",
    Reason.TOKEN_MISSING: "X-Security-Token is missing for a temporary AK",
    Reason.TOKEN_WRONG: "X-Security-Token does not belong to the AK",
    Reason.MISMATCH: "verify aksk signature fail",
}


class HuaweiGateway:
    """Finds, authenticates and reads the calls of the Huawei Cloud rooms."""

    cloud: Cloud = "huawei"

    def __init__(self, rooms: Iterable[Room], verifier: SdkHmacVerifier) -> None:
        self._rooms = {room.service: room for room in rooms}
        self.operations = tuple(operation for room in self._rooms.values() for operation in room.operations)
        self._by_path = tuple((_pattern(operation.path), operation) for operation in self.operations)
        self._verifier = verifier

    @staticmethod
    def new_request_id() -> str:
        """32 hexadecimal digits."""
        return uuid.uuid4().hex

    @staticmethod
    def reply_headers(request_id: str) -> dict[str, str]:
        """Headers of every reply."""
        return {"X-Request-Id": request_id}

    def find(self, request: WireRequest) -> tuple[Operation, dict[str, str]]:
        """The operation for a method and path, with the values of the path's parameters."""
        found = [
            (operation, match)
            for pattern, operation in self._by_path
            if operation.method == request.method and (match := pattern.fullmatch(request.path))
        ]
        if not found:
            raise self.unknown_api("")
        wanted = _identity_method(request) if len(found) > 1 else ""
        operation, match = next((each for each in found if each[0].identity_method == wanted), found[0])
        return operation, {name: unquote(value) for name, value in match.groupdict().items()}

    def authenticate(self, request: WireRequest, operation: Operation, store: Store, now: float) -> Caller:
        """A signature, or a token that this sandbox issued; an open operation works without, or with a bearer token."""
        is_bearer = operation.access == "open" and request.headers.get("authorization", "").startswith("Bearer ")
        if "authorization" in request.headers and not is_bearer:
            return self._by_signature(request, store)
        token = request.headers.get("x-auth-token")
        if operation.access == "open":
            return Caller("", "none", world.HUAWEI_ACCOUNT)
        if token is None:
            raise _unauthenticated("x-auth-token not found")
        return self._by_token(token, operation, store, now)

    def _by_signature(self, request: WireRequest, store: Store) -> Caller:
        try:
            key, signed = self._verifier.verify(request)
        except SignatureRefused as refused:
            message = _SIGNATURE_MESSAGES[refused.reason]
            echo = f",canonicalRequest:{refused.canonical_request}" if refused.canonical_request else ""
            raise _unauthenticated(message.format(refused.detail), echo) from refused
        domain = request.headers.get("x-domain-id") if "x-domain-id" in signed else None
        if domain not in (None, key.account.id):
            message = f"The caller does not belong to the account {domain}."
            raise refuse(PlainRefusal, choices.IAM_FOREIGN_DOMAIN.value, message)
        project = request.headers.get("x-project-id") if "x-project-id" in signed else None
        return _caller(key, project, store)

    def _by_token(self, token: str, operation: Operation, store: Store, now: float) -> Caller:
        if not operation.takes_tokens:
            raise _unauthenticated("x-auth-token not found")
        found = issued.find_token(store, issued.TOKENS, token, now)
        if isinstance(found, str):
            raise self._bad_token(operation, expired=found == "expired")
        account = world.ACCOUNTS[found["account_id"]]
        return Caller(found["user_name"], "token", account, found["project_id"], issued.token_principal(found))

    def _bad_token(self, operation: Operation, *, expired: bool) -> Refusal:
        own = self._rooms[operation.service].refuse_token(operation, expired=expired)
        return own or _unauthenticated("token expires" if expired else "x-auth-token not found")

    def parameters(self, request: WireRequest, operation: Operation, path: dict[str, str]) -> dict[str, Any]:
        """Path, query and JSON body against the operation's declarations."""
        try:
            texts = check_texts(operation.parameters, "path", list(path.items()))
            texts |= check_texts(operation.parameters, "query", query_pairs(request.query, unquote))
            texts |= check_texts(operation.parameters, "header", headers_of(operation.parameters, request.headers))
            return texts | _body(request, operation)
        except BadParameter as bad:
            own = self._rooms[operation.service].refuse_parameter(operation, bad)
            raise own or ApigwRefusal(400, "APIGW.0106", str(bad)) from None

    def raw_parameters(self, request: WireRequest) -> Any:
        """Everything that was sent, unchecked, for the journal."""
        return raw_parameters(request, unquote)

    def too_large(self) -> Refusal:
        """A body above 12 MB."""
        return ApigwRefusal(413, "APIGW.0201", "The request body is larger than 12 MB")

    def internal_error(self) -> Refusal:
        """What the gateway answers when the code behind it fails."""
        return ApigwRefusal(500, "APIGW.0601", "Internal error")

    def unknown_api(self, code: str) -> Refusal:
        """The gateway's own 404, which says nothing about what exists behind it."""
        message = "The API does not exist or has not been published in the environment"
        return ApigwRefusal(404, code or "APIGW.0101", message)

    def failure(self, operation: Operation, status: int, code: str, message: str, shape: str) -> Refusal:
        """Any error with any status: ``shape`` is ``gateway``, ``service`` or empty for the usual one.

        Usually a code of the gateway comes in the gateway's own shape, any other in that of the service.
        """
        room = self._rooms[operation.service]
        if shape == "gateway" or (not shape and code.startswith("APIG")):
            return ApigwRefusal(status, code or self.internal_error().code, message)
        if status < 400:
            flagged, usual = room.unsuccessful(operation)
            return flagged(status, code or usual, message)
        if not code and not shape:
            return ApigwRefusal(status, self.internal_error().code, message)
        return room.failure(operation)(status, code or room.unsuccessful(operation)[1], message)

    def throttled(self, wait: float | str, form: str, now: float) -> Refusal:
        """429 APIGW.0308; unless told otherwise the wait is in the message, the one place that is documented.

        A ``wait`` that is text is sent as ``Retry-After`` as it is.
        """
        threshold = "The throttling threshold has been reached: policy user over ratelimit"
        if isinstance(wait, str):
            return with_headers(ApigwRefusal(429, "APIGW.0308", threshold), {"Retry-After": wait})
        time_text = f"limit:{choices.HUAWEI_RATE_LIMIT.value},time:{math.ceil(wait)} second"
        told = f",{time_text}" if form in ("", "message") else ""
        return with_retry_after(ApigwRefusal(429, "APIGW.0308", threshold + told), wait, form, now)

    def unauthorized(self, operation: Operation, caller: Caller, *, expired: bool) -> Refusal:
        """A token as its service refuses it; a signature as the gateway does."""
        if caller.credential in ("token", "none"):
            return self._bad_token(operation, expired=expired)
        if caller.credential == "session key":
            return _unauthenticated("token expires" if expired else _SIGNATURE_MESSAGES[Reason.TOKEN_WRONG])
        return _unauthenticated(_SIGNATURE_MESSAGES[Reason.UNKNOWN_KEY].format(caller.key_id))


def _caller(key: AccessKey, project: str | None, store: Store) -> Caller:
    account = key.account
    if key.security_token is None:
        return Caller(key.id, "key", account, project, Principal("user", account.user_name))
    return Caller(key.id, "session key", account, project, issued.principal_of(store, key.id) or _BORN_SESSION)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """A path template as a pattern with a group for each parameter."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _identity_method(request: WireRequest) -> str:
    """What stands in ``auth.identity.methods``, when the body is what it should be."""
    if len(request.body) > _LARGEST_LOGIN:
        return ""
    try:
        (method,) = read_json(request.body)["auth"]["identity"]["methods"]
    except (ValueError, KeyError, TypeError):
        return ""
    return str(method)


def _body(request: WireRequest, operation: Operation) -> dict[str, Any]:
    declared = tuple(parameter for parameter in operation.parameters if parameter.place == "body")
    if not request.body and not declared:
        return {}
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise BadParameter(Fault.INVALID, "Content-Type", "Content-Type must be application/json.")
    try:
        sent = read_json(request.body)
    except ValueError:
        raise BadParameter(Fault.INVALID, "body", "The body is not JSON in UTF-8.") from None
    if not isinstance(sent, dict):
        raise BadParameter(Fault.INVALID, "body", "The body must be a JSON object.")
    return check_fields(declared, sent)


def _unauthenticated(message: str, echo: str = "") -> ApigwRefusal:
    return ApigwRefusal(401, "APIGW.0301", f"Incorrect IAM authentication information: {message}", echo)
