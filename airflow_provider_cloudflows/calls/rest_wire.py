"""Huawei Cloud's REST style on the wire: the bytes of a request, and the several shapes of error documents.

It knows no service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from airflow_provider_cloudflows.calls import passing
from airflow_provider_cloudflows.calls.json_form import inner_place
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.reading import request_id
from airflow_provider_cloudflows.calls.service import Service
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ConfigurationError,
    InvalidParameter,
    InvalidRequest,
    PermissionDenied,
    QuotaExceeded,
)
from airflow_provider_cloudflows.transport.message import Message, Reply, encode_query
from airflow_provider_cloudflows.transport.outcome import ErrorTable, Refusal
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["document_refusal", "gateway_errors", "make_refusal", "project_required", "rest_message"]


@cache
def gateway_errors() -> ErrorTable:
    """Return the codes of the gateway in front of every service: API Request Signing Guide, API Gateway user guide.

    0201 is left out: it is a body that is too large (413) and a backend that timed out (504), which its status tells
    apart. So are 0103, 0104 and 0105, which the two pages give different statuses.
    """
    return {
        **passing.by_code(passing.HUAWEI),
        # The gateway's codes come as APIGW.nnnn and as APIG.nnnn; the digits mean the same.
        **{
            f"{prefix}.{digits}": kind
            for prefix in ("APIGW", "APIG")
            for digits, kind in {
                "0101": InvalidRequest,  # no such path or method: the request is wrong, nothing is gone
                "0106": InvalidRequest,
                "0301": AuthenticationFailed,
                "0302": PermissionDenied,
                "0303": AuthenticationFailed,
                "0304": PermissionDenied,
                "0305": AuthenticationFailed,
                "0306": PermissionDenied,
                "0307": AuthenticationFailed,
                "0310": PermissionDenied,
                "0311": AuthenticationFailed,
                "0401": PermissionDenied,
                "0402": PermissionDenied,
                "0404": PermissionDenied,
                "0501": QuotaExceeded,
                "0502": PermissionDenied,
                "0602": InvalidRequest,
                "0607": InvalidRequest,
                "0801": PermissionDenied,
                "0802": PermissionDenied,
                "1002": AuthenticationFailed,
                "1005": PermissionDenied,
            }.items()
        },
    }


def project_required(project_id: str | None, service: Service) -> None:
    """Check that there is a project id for a path that names it."""
    if not project_id:
        raise ConfigurationError(
            f"{service.title} needs a project id; set Project ID in the connection or pass project_id=."
        )


def rest_message(
    method: str,
    origin: str,
    path: str,
    project_id: str | None,
    *,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
) -> Message:
    """Build the message; ``project_id`` goes into the header that the signature covers."""
    message = Message(method, origin, path, encode_query(_pairs(query or {})))
    if project_id:
        message.headers["X-Project-Id"] = project_id
    if body is not None:
        message.headers["Content-Type"] = "application/json"
        message.body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return message


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, text) for name, value in query.items() for text in _query_texts(value, f"query.{name}")]


def _query_texts(value: Any, place: str) -> list[str]:
    """Return what ``value``, plain JSON, gives its name in a query: a list repeats the name, an object gives one
    ``key=value`` for each key, as the official SDK does; none of them holds another one."""
    if isinstance(value, list):
        return [_query_text(one, inner_place(place, index)) for index, one in enumerate(value) if one is not None]
    if isinstance(value, dict):
        items = [(name, one) for name, one in value.items() if one is not None]
        return [f"{name}={_query_text(one, inner_place(place, name))}" for name, one in items]
    return [] if value is None else [_query_text(value, place)]


def _query_text(value: Any, place: str) -> str:
    if isinstance(value, (list, dict)):
        raise InvalidParameter(f"{place} is a list or an object inside of another one, for which a query has no form.")
    return str(value).lower() if isinstance(value, bool) else str(value)


def document_refusal(reply: Reply, document: Document) -> Refusal | None:
    """Return the error document of an HTTP status that is no success."""
    if reply.status < 300:
        return None
    code, message = _code_and_message(document)
    return None if code is None else make_refusal(reply, document, code, message)


# The gateway repeats the request as it would have signed it: half a page that pushes the advice out of sight.
SIGNED_ECHO = r"(?is)[\s,;.]*canonicalRequest:.*"


def make_refusal(reply: Reply, document: Document, code: Any, message: Any) -> Refusal:
    """Return a refusal with the request id from the body or the ``X-Request-Id`` header."""
    said = excerpt(re.sub(SIGNED_ECHO, "", str(message or "")))
    return Refusal(reply.status, str(code), said, request_id(reply, document), reply.status)


def _code_and_message(document: Document) -> tuple[Any, Any]:
    """Read any of the vendor's error shapes, in the order in which its SDK tries them."""
    for code, message in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
        if document.get(code) is not None:
            solution = document.get("solution_msg")
            said = str(document.get(message) or "")
            return document[code], f"{said} ({solution})" if solution else said
    nested = document.get("error")
    return _code_and_message(nested) if isinstance(nested, dict) else (None, "")
