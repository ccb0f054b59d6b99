"""The gateway in front of the Alibaba Cloud rooms: RPC requests over ACS3 signatures or over the older ones.

It finds the operation by ``x-acs-action`` and ``x-acs-version`` (or, in the older form, by parameters), has
the signature verified, reads query and form, and words the refusals as the gateway's error table does. What an
operation does is in its room.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from airflow_provider_cloudflows.sandbox import choices, issued, world
from airflow_provider_cloudflows.sandbox.choices import Code
from airflow_provider_cloudflows.sandbox.operations import (
    BadParameter,
    Caller,
    Fault,
    Operation,
    Principal,
    Refusal,
    check_texts,
)
from airflow_provider_cloudflows.sandbox.refusals import (
    AlibabaRefusal,
    refuse,
    with_headers,
    with_retry_after,
)
from airflow_provider_cloudflows.sandbox.room import Room
from airflow_provider_cloudflows.sandbox.signatures import (
    ENVELOPE,
    Acs3Verifier,
    Reason,
    RpcVerifier,
    SignatureRefused,
    WireRequest,
    query_pairs,
)
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import AccessKey, Cloud

FORM = "application/x-www-form-urlencoded"

_UNKNOWN_API = {
    "InvalidApi.NotFound": "Specified api is not found, please check your url and method.",
    "InvalidProduct.NotFound": "Cannot find product according to your specified domain.",
    "InvalidVersion": "Specified parameter Version is not valid.",
}
_BORN_SESSION = Principal("role", world.ALIBABA_ROLE_NAME, world.ALIBABA_ROLE_SESSION)

_SIGNATURE_CODES: dict[Reason, tuple[Code, str]] = {
    Reason.ABSENT: (
        choices.ALIBABA_AUTHORIZATION_MISSING.value,
        "AccessKeyId is mandatory for this action: the request has no Authorization header.",
    ),
    Reason.MALFORMED: (Code(400, "IncompleteSignature"), "The {0} does not conform to the standard."),
    Reason.NOT_SIGNED: (
        choices.ALIBABA_UNSIGNED_HEADER.value,
        "The header {0} must be present and listed in SignedHeaders.",
    ),
    Reason.UNKNOWN_KEY: (Code(404, "InvalidAccessKeyId.NotFound"), "Specified access key is not found."),
    Reason.DATE_MALFORMED: (
        Code(400, "InvalidTimeStamp.Format"),
        "Specified time stamp or date value is not well formatted.",
    ),
    Reason.DATE_OUTSIDE_WINDOW: (
        Code(400, "InvalidTimeStamp.Expired"),
        "Specified time stamp or date value is expired: x-acs-date is more than 15 minutes from server time.",
    ),
    Reason.TOKEN_MISSING: (
        Code(400, "MissingSecurityToken"),
        "SecurityToken is mandatory for this action.",
    ),
    Reason.TOKEN_WRONG: (
        choices.ALIBABA_TOKEN_MISMATCH.value,
        "The specified SecurityToken does not belong to the specified access key.",
    ),
    Reason.BODY_CHANGED: (
        choices.ALIBABA_BODY_HASH.value,
        "Specified signature does not match our calculation: the SHA-256 of the received body is {0}.",
    ),
    Reason.MISMATCH: (
        Code(400, "SignatureDoesNotMatch"),
        "Specified signature does not match our calculation.",
    ),
    Reason.NONCE_USED: (Code(400, "SignatureNonceUsed"), "Specified signature nonce was used already."),
}


class AlibabaGateway:
    """Finds, authenticates and reads the calls of the Alibaba Cloud rooms."""

    cloud: Cloud = "alibaba"

    def __init__(self, rooms: Iterable[Room], verifier: Acs3Verifier, rpc_verifier: RpcVerifier) -> None:
        self._rooms = {room.service: room for room in rooms}
        self.operations = tuple(operation for room in self._rooms.values() for operation in room.operations)
        self._by_name = {(operation.path, operation.name): operation for operation in self.operations}
        self._verifier = verifier
        self._rpc_verifier = rpc_verifier

    @staticmethod
    def new_request_id() -> str:
        """Upper-case UUID, as in the samples."""
        return str(uuid.uuid4()).upper()

    @staticmethod
    def reply_headers(request_id: str) -> dict[str, str]:
        """Headers of every reply."""
        return {"x-acs-request-id": request_id}

    def find(self, request: WireRequest) -> tuple[Operation, dict[str, str]]:
        """The operation a request asks for; there are no path parameters."""
        envelope = _envelope(request)
        action = request.headers.get("x-acs-action", envelope.get("Action"))
        version = request.headers.get("x-acs-version", envelope.get("Version"))
        for name, value in (("Action", action), ("Version", version)):
            if not value:
                raise AlibabaRefusal(400, f"Missing{name}", f"{name} is mandatory for this action.")
        operation = self._by_name.get((str(version), str(action)))
        if operation is None or request.path != "/":
            raise self.unknown_api("")
        if request.method not in operation.method.split():
            raise refuse(AlibabaRefusal, choices.ALIBABA_METHOD.value, "This http method is not supported.")
        return operation, {}

    def authenticate(self, request: WireRequest, operation: Operation, store: Store, now: float) -> Caller:
        """Verify the signature; every operation but an open one needs one."""
        is_rpc = "Signature" in _envelope(request)
        if operation.access == "open" and not is_rpc and "authorization" not in request.headers:
            return Caller("", "none", world.ALIBABA_ACCOUNT)
        try:
            key = self._rpc_verifier.verify(request) if is_rpc else self._verifier.verify(request)
        except SignatureRefused as refused:
            code, message = _SIGNATURE_CODES[refused.reason]
            echo = ""
            if refused.reason is Reason.MISMATCH:
                echo = (
                    f" server stringToSign is {refused.detail}, server canonicalRequest is {refused.canonical_request}"
                )
            raise refuse(AlibabaRefusal, code, message.format(refused.detail), echo) from refused
        return _caller(key, store)

    def parameters(self, request: WireRequest, operation: Operation, path: dict[str, str]) -> dict[str, Any]:
        """Query and form against the operation's declarations."""
        query, form = query_pairs(request.query, unquote_plus), self._form(request)
        envelope = _envelope(request)
        try:
            if envelope:
                return _check_anywhere(operation, [pair for pair in (*query, *form) if pair[0] not in envelope])
            return check_texts(operation.parameters, "query", query) | check_texts(operation.parameters, "form", form)
        except BadParameter as bad:
            raise self._refuse_parameter(operation, bad) from None

    def raw_parameters(self, request: WireRequest) -> Any:
        """Everything that was sent, unchecked, for the journal."""
        return dict(_sent(request))

    def too_large(self) -> Refusal:
        """A body above what the gateways take."""
        message = "The request body is larger than 12 MB."
        return refuse(AlibabaRefusal, choices.ALIBABA_TOO_LARGE.value, message)

    def internal_error(self) -> Refusal:
        """What the vendor answers when its own code fails."""
        message = "An internal system error occurred. Try again later."
        return AlibabaRefusal(500, "InternalError.System", message)

    def unknown_api(self, code: str) -> Refusal:
        """The gateway's own 404, which says nothing about what exists behind it."""
        code = code or "InvalidApi.NotFound"
        return AlibabaRefusal(404, code, _UNKNOWN_API.get(code, "Specified api is not found."))

    def failure(self, operation: Operation, status: int, code: str, message: str, shape: str) -> Refusal:
        """Any error with any status: ``shape`` is ``gateway``, ``service`` or empty for the usual one."""
        room = self._rooms[operation.service]
        if shape == "gateway":
            return AlibabaRefusal(status, code, message)
        if shape == "service" or status < 400:
            flagged, usual = room.unsuccessful(operation)
            return flagged(status, code or usual, message)
        return room.failure(operation)(status, code or self.internal_error().code, message)

    def throttled(self, wait: float | str, form: str, now: float) -> Refusal:
        """429 Throttling.User; unless told otherwise the wait is in the header that the current SDK reads.

        A ``wait`` that is text is sent in that header as it is.
        """
        refusal = AlibabaRefusal(429, "Throttling.User", "Request was denied due to user flow control.")
        if isinstance(wait, str):
            return with_headers(refusal, {"x-acs-retry-after" if form == "x-acs-retry-after" else "Retry-After": wait})
        milliseconds = math.ceil(wait * 1000)
        if form in ("", "x-acs-retry-after"):
            return with_headers(refusal, {"x-acs-retry-after": str(milliseconds)})
        if form in ("x-ratelimit-user-api", "x-ratelimit-user"):
            limit, reset = choices.ALIBABA_RATE_LIMIT.value, math.ceil(now * 1000) + milliseconds
            left = f"Limit:{limit},Remain:0,TimeLeft:{milliseconds},Reset:{reset}"
            return with_headers(refusal, {form: left})
        return with_retry_after(refusal, wait, form, now)

    def unauthorized(self, operation: Operation, caller: Caller, *, expired: bool) -> Refusal:
        """A session key whose token is not good any more, or an access key that was disabled or removed."""
        own = self._rooms[operation.service].refuse_token(operation, expired=expired)
        if caller.credential == "none" and own is not None:
            return own
        if caller.credential == "session key" and expired:
            message = "Specified SecurityToken is expired."
            return refuse(AlibabaRefusal, choices.ALIBABA_TOKEN_EXPIRED.value, message)
        if expired:
            return AlibabaRefusal(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
        reason = Reason.TOKEN_WRONG if caller.credential == "session key" else Reason.UNKNOWN_KEY
        code, message = _SIGNATURE_CODES[reason]
        return refuse(AlibabaRefusal, code, message)

    def _refuse_parameter(self, operation: Operation, bad: BadParameter) -> Refusal:
        own = self._rooms[operation.service].refuse_parameter(operation, bad)
        if own is not None:
            return own
        if bad.fault is Fault.MISSING:
            return AlibabaRefusal(400, f"Missing{bad.name}", f"{bad.name} is mandatory for this action.")
        invalid = bad.fault is Fault.INVALID
        code = (choices.ALIBABA_INVALID_PARAMETER if invalid else choices.ALIBABA_UNKNOWN_PARAMETER).value
        return refuse(AlibabaRefusal, code, str(bad))

    @staticmethod
    def _form(request: WireRequest) -> list[tuple[str, str]]:
        if not request.body:
            return []
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            text = request.body.decode("utf-8")
        except UnicodeDecodeError:
            text = None
        if content_type != FORM or text is None:
            message = f"The body must be {FORM} in UTF-8."
            raise refuse(AlibabaRefusal, choices.ALIBABA_CONTENT_TYPE.value, message)
        return query_pairs(text, unquote_plus)


def _envelope(request: WireRequest) -> dict[str, str]:
    """The parameters that are no operation's own, when the request is in the older form; in query or form."""
    if "authorization" in request.headers:
        return {}
    sent = dict(_sent(request))
    return {name: value for name, value in sent.items() if name in ENVELOPE} if "Action" in sent else {}


def _sent(request: WireRequest) -> list[tuple[str, str]]:
    form = query_pairs(request.body.decode(errors="replace"), unquote_plus)
    return [*query_pairs(request.query, unquote_plus), *form]


def _check_anywhere(operation: Operation, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """In the older form a parameter is as good in the query as in the form."""
    return check_texts(tuple(replace(each, place="form") for each in operation.parameters), "form", pairs)


def _caller(key: AccessKey, store: Store) -> Caller:
    account = key.account
    if key.security_token is None:
        return Caller(key.id, "key", account, principal=Principal("user", account.user_name))
    return Caller(key.id, "session key", account, principal=issued.principal_of(store, key.id) or _BORN_SESSION)
