"""Alibaba Cloud's RPC style on the wire: the bytes of a request, and what an answer objects to.

It knows no product but the rules that all of them share.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from airflow_provider_cloudflows.calls import passing
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.reading import request_id
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ClockSkewed,
    InvalidParameter,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
)
from airflow_provider_cloudflows.transport.message import Message, Reply, encode_form, encode_query
from airflow_provider_cloudflows.transport.outcome import ErrorTable, Refusal
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = [
    "bare_refusal",
    "flag_refusal",
    "flattened",
    "form_text",
    "gateway_errors",
    "gateway_refusal",
    "make_refusal",
    "rpc_message",
    "says_no",
    "stated_status",
]


@cache
def gateway_errors() -> ErrorTable:
    """Return the codes of the gateway that stands in front of every product, and what all products share.

    Per the vendor's pages: ECS API reference, common error codes; the tables of gateway errors on the pages of KMS,
    EMAS and DataWorks. What is not here costs a create a look: an unlisted code refuses nothing for certain.
    """
    return {
        **passing.by_code(passing.ALIBABA),
        "AuthenticationFail*": AuthenticationFailed,
        "Forbidden*": PermissionDenied,
        "Forbidden.AccessKeyDisabled": AuthenticationFailed,
        # "…not found, so we cannot get enough information to check the permission"
        "Forbidden.*NotFound": NotFound,
        "IdempotentParameterMismatch": InvalidRequest,
        "IllegalTimestamp": ClockSkewed,
        "IncompleteSignature": AuthenticationFailed,
        "InsufficientBalance": PermissionDenied,
        "InvalidAccessKeyId*": AuthenticationFailed,
        "InvalidAction*": InvalidRequest,
        "InvalidApi.NotFound": InvalidRequest,
        "InvalidIdempotenceParameter.Mismatch": InvalidRequest,
        "InvalidOwner*": InvalidRequest,
        "InvalidParamater*": InvalidRequest,  # the vendor's own spelling, for the parameters of a signature
        "InvalidParameter*": InvalidRequest,
        "InvalidProduct.NotFound": InvalidRequest,
        "InvalidProtocol.NeedSsl": InvalidRequest,
        "InvalidSecurityToken*": AuthenticationFailed,
        "InvalidTimeStamp*": AuthenticationFailed,
        "InvalidTimeStamp.Expired": ClockSkewed,
        "Missing*": InvalidRequest,
        "MissingSecurityToken": AuthenticationFailed,
        "NoPermission*": PermissionDenied,
        "QuotaExceed*": QuotaExceeded,
        "RealNameAuthenticationError": PermissionDenied,
        "SignatureDoesNotMatch": AuthenticationFailed,
        "SignatureNonceUsed": AuthenticationFailed,
        # Daily limits and used-up editions: they come as throttling, and no short wait helps.
        "Throttling.Api.Risk": QuotaExceeded,
        "Throttling.Resource": QuotaExceeded,
        "UnsupportedHTTPMethod": InvalidRequest,
        "UnsupportedOperation": InvalidRequest,
        "UnsupportedParameter": InvalidRequest,
    }


def rpc_message(
    origin: str,
    action: str,
    version: str,
    *,
    method: str = "POST",
    form: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> Message:
    """Build the message of ``action``: names sorted, objects as compact JSON text, nothing for what is unset."""
    message = Message(method, origin, headers={"x-acs-action": action, "x-acs-version": version})
    if query:
        message.query = encode_query((name, form_text(value)) for name, value in query.items() if value is not None)
    if form is not None:
        message.headers["Content-Type"] = "application/x-www-form-urlencoded"
        pairs = [(name, form_text(value)) for name, value in form.items() if value is not None]
        message.body = encode_form(pairs).encode()
    return message


def form_text(value: Any) -> str:
    """Return ``value``, plain JSON, as a form field: lower-case booleans, objects and lists as compact JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def flattened(parameters: Mapping[str, Any], json_parameters: Collection[str] = ()) -> Document:
    """Return ``parameters`` in the vendor's flat form: ``{"Tag": [{"Key": "a"}]}`` is ``{"Tag.1.Key": "a"}``.

    Elements of a list count from 1. What is None is left out, and keeps its number in a list.

    :param json_parameters: names of parameters that stay whole, for an operation that reads them as JSON.
    :raises InvalidParameter: two parameters would get one name.
    """
    flat: Document = {}
    for name, value in parameters.items():
        leaves = [(name, value)] if name in json_parameters else _leaves(name, value)
        for leaf, content in leaves:
            if leaf in flat:
                raise InvalidParameter(f"The parameter {leaf} is given twice: by its own name and inside {name}.")
            flat[leaf] = content
    return flat


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        inner: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        inner = enumerate(value, 1)
    else:
        if value is not None:
            yield name, value
        return
    for key, content in inner:
        yield from _leaves(f"{name}.{key}", content)


def gateway_refusal(reply: Reply, document: Document) -> Refusal | None:
    """Return the gateway's error ``{Code, Message, RequestId}`` of an HTTP status that is no success."""
    code = document.get("Code") or document.get("code") or document.get("ErrorCode")
    if reply.status < 300 or not code:
        return None
    message = document.get("Message") or document.get("message") or document.get("ErrorMessage") or ""
    return make_refusal(reply.status, code, message, reply, document)


def flag_refusal(reply: Reply, document: Document) -> Refusal | None:
    """The rule of operations with a ``Success`` flag: HTTP below 400 *and* ``Success`` true.

    ``ErrorCode`` alone says nothing: the vendor's own sample of a success shows one.
    """
    by_gateway = gateway_refusal(reply, document)
    if by_gateway is not None or not says_no(document.get("Success")):
        return by_gateway
    code = str(document.get("Code") or "").strip()
    return make_refusal(
        stated_status(document.get("HttpStatusCode"), reply),
        document.get("ErrorCode") or (code if code and not SUCCESS.fullmatch(code) else "Success=false"),
        document.get("ErrorMessage") or document.get("Message") or "the service reports no success and no reason",
        reply,
        document,
    )


ERROR_DOCUMENT = frozenset({"code", "message", "requestid", "hostid", "recommend", "accessdenieddetail"})
"""The fields of the gateway's error, folded: some products write them with small letters."""

SUCCESS = re.compile(r"0+|2[0-9]{2}|ok|succe(ed|eded|ss|ssful)", re.IGNORECASE)
"""The codes by which products report a success: the vendor has no rule for them."""


def bare_refusal(reply: Reply, document: Document) -> Refusal | None:
    """Return the error of an HTTP success that holds nothing but a code and a message.

    Beside others, a field ``Code`` may well be a part of what was asked for.
    """
    said = {name.lower(): value for name, value in document.items() if value is not None}
    code = said.get("code")
    if not code or not said.keys() <= ERROR_DOCUMENT or SUCCESS.fullmatch(str(code).strip()):
        return None
    return make_refusal(stated_status(code, reply), code, said.get("message", ""), reply, document)


def says_no(flag: Any) -> bool:
    """Tell whether a flag of an answer says no; one that is missing says nothing. Some services write it as text."""
    return str(flag).strip().casefold() in ("false", "0")


def stated_status(value: Any, reply: Reply) -> int:
    """Return the error status that a body states, as text or as a number, else the status of ``reply``."""
    return int(value) if re.fullmatch("[45][0-9]{2}", str(value)) else reply.status


# The gateway repeats the request as it would have signed it: half a page that pushes the advice out of sight.
SIGNED_ECHO = r"(?is)[\s,;.]*server string ?to ?sign is.*"


def make_refusal(status: int, code: Any, message: Any, reply: Reply, document: Document) -> Refusal:
    """Return a refusal with the request id, and with the action that RAM denied if it is told."""
    message = re.sub(SIGNED_ECHO, "", str(message))
    denied = document.get("AccessDeniedDetail")
    if isinstance(denied, dict) and denied.get("AuthAction"):
        message = f"{message} (action {denied['AuthAction']}, {denied.get('NoPermissionType') or 'denied'})"
    return Refusal(status, str(code), excerpt(str(message)), request_id(reply, document), reply.status)
