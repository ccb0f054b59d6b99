"""What an answer, or the lack of one, means for the caller.

Everything is decided by phase and by effect, never by an exception's type alone: a request that was never sent and a
request that a parsed answer refused certainly had no effect; everything else that follows a CREATE is unknown. This
module turns those cases into the classes of :mod:`airflow_provider_cloudflows.errors`; it does not know which codes a
service uses: each service brings its own table.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TypeAlias

from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AuthenticationFailed,
    CloudError,
    ConnectionFailed,
    InvalidRequest,
    NoAnswer,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = [
    "Effect",
    "ErrorTable",
    "Interrupted",
    "NotSent",
    "Refusal",
    "interrupted",
    "not_sent",
    "refused",
    "requested_wait",
    "unreadable",
]


class Effect(Enum):
    """What sending a request twice would do; retry rules hang on this, not on the HTTP method."""

    READ = "read"
    IDEMPOTENT = "idempotent"
    CREATE = "create"


class NotSent(Exception):
    """Raised into a flow: no connection was made, so the cloud never saw the message."""


class Interrupted(Exception):
    """Raised into a flow: the message went out, wholly or in part, and no complete answer came back."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error document of either cloud, whatever its shape.

    :param status: what the document says, else the HTTP status.
    :param http_status: the HTTP status itself.
    """

    status: int
    code: str
    message: str
    request_id: str | None
    http_status: int


ErrorTable: TypeAlias = Mapping[str, type[CloudError]]
"""Vendor code to error class; a key that ends in ``*`` stands for every code that begins with it."""

BY_STATUS: Mapping[int, type[CloudError]] = {
    401: AuthenticationFailed,
    403: PermissionDenied,
    404: NotFound,
    408: ServerError,
    409: AlreadyExists,
    429: Throttled,
}


# Neither vendor publishes the codes for a name that is taken; their messages are all there is to tell it by.
NAME_TAKEN = re.compile(r"already (exists?|in use|used|taken)|duplicated? name|name .{0,40}duplicate", re.IGNORECASE)


# The gateway refuses a signature that it has seen, so one copy of the request has arrived before.
SEEN_BEFORE = ("SignatureNonceUsed",)

# Told by HTTP alone: who asks, what they may and how often is decided before a service looks at the request.
DECIDED_AT_THE_DOOR = frozenset({401, 403, 429})


def refused(
    refusal: Refusal, *, operation: str, effect: Effect, table: ErrorTable, headers: Mapping[str, str]
) -> CloudError:
    """Return the error for an answer that the service itself wrote: by its code first, then by the HTTP status.

    A CREATE is refused only by a code that the table lists or by an HTTP status of a refusal; any other failure that a
    service reports may come after the fact.
    """
    listed = _by_code(refusal.code, table)
    kind = listed or _by_status(refusal.status)
    if kind is InvalidRequest and NAME_TAKEN.search(refusal.message):
        kind = AlreadyExists
    is_unlisted_report = listed is None and kind is not ServerError and refusal.http_status < 400
    if effect is Effect.CREATE and (kind is ServerError or is_unlisted_report or refusal.code in SEEN_BEFORE):
        return _unknown(refusal, operation, kind if is_unlisted_report else None)
    code = excerpt(refusal.code, 100)
    status, request_id = refusal.status, refusal.request_id
    if issubclass(kind, Throttled):
        wait = requested_wait(headers, refusal.message)
        return kind(refusal.message, operation=operation, status=status, code=code, request_id=request_id, wait=wait)
    error = kind(refusal.message, operation=operation, status=status, code=code, request_id=request_id)
    error.is_certain = listed is not None or refusal.http_status in DECIDED_AT_THE_DOOR
    return error


def _unknown(refusal: Refusal, operation: str, refused_as: type[CloudError] | None) -> OutcomeUnknown:
    error = OutcomeUnknown(
        refusal.message,
        operation=operation,
        status=refusal.status,
        code=excerpt(refusal.code, 100),
        request_id=refusal.request_id,
    )
    error.refused_as = refused_as
    return error


def unreadable(found: str, *, operation: str, effect: Effect, status: int, request_id: str | None = None) -> CloudError:
    """Return the error for an answer that is not what the service documents: HTML, nothing, half, another type."""
    kind = OutcomeUnknown if effect is Effect.CREATE else NoAnswer
    advice = None
    if status >= 300:
        advice = f"check that the endpoint in the connection is the service itself, then {kind.default_advice}"
    return kind(found, operation=operation, status=status, request_id=request_id, advice=advice)


def not_sent(cause: NotSent, *, operation: str) -> CloudError:
    """Return the error for a message that never left."""
    return ConnectionFailed(excerpt(str(cause)), operation=operation)


def interrupted(cause: Interrupted, *, operation: str, effect: Effect) -> CloudError:
    """Return the error for a message that left without a complete answer."""
    kind = OutcomeUnknown if effect is Effect.CREATE else NoAnswer
    return kind(excerpt(str(cause)), operation=operation)


def _by_code(code: str, table: ErrorTable) -> type[CloudError] | None:
    exact = table.get(code)
    if exact is not None:
        return exact
    prefixes = [key for key in table if key.endswith("*") and code.startswith(key[:-1])]
    return table[max(prefixes, key=len)] if prefixes else None


def _by_status(status: int) -> type[CloudError]:
    if status >= 500:
        return ServerError
    return BY_STATUS.get(status, InvalidRequest)


# Nine digits are a wait of years; more is no wait but nonsense.
WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
# "Limit:5,Remain:0,TimeLeft:800,Reset:…" (Alibaba's older gateways; milliseconds).
TIME_LEFT = re.compile(r"TimeLeft:\s*([0-9]{1,9})(?![0-9])", re.IGNORECASE)
# "…policy user over ratelimit,limit:10,time:1 minute" (Huawei's API gateway).
WINDOW = re.compile(r"time:\s*([0-9]{1,9})\s*(second|minute|hour)", re.IGNORECASE)
SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


def requested_wait(headers: Mapping[str, str], message: str) -> float | None:
    """Return the seconds that the server asks to wait, or None when it does not say.

    Read in this order: ``x-acs-retry-after`` (milliseconds), ``Retry-After`` (seconds or a date),
    ``x-ratelimit-user-api`` and ``x-ratelimit-user`` (``TimeLeft`` in milliseconds), the ``time:`` of an API gateway
    message. The last is the length of the limit's window, so it is an upper bound.
    """
    milliseconds = headers.get("x-acs-retry-after", "").strip()
    if WHOLE_NUMBER.fullmatch(milliseconds):
        return int(milliseconds) / 1000
    standard = _retry_after(headers.get("retry-after", ""))
    if standard is not None:
        return standard
    for name in ("x-ratelimit-user-api", "x-ratelimit-user"):
        left = TIME_LEFT.search(headers.get(name, ""))
        if left:
            return int(left[1]) / 1000
    window = WINDOW.search(message)
    return int(window[1]) * SECONDS[window[2].lower()] if window else None


def _retry_after(value: str) -> float | None:
    if WHOLE_NUMBER.fullmatch(value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, moment - time.time())
