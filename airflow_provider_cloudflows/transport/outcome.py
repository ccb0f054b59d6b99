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
from fnmatch import fnmatchcase
from typing import TypeAlias

from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AuthenticationFailed,
    Busy,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    NoAnswer,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = [
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
"""Vendor code to error class; ``*`` in a key stands for any characters. The exact key wins, then the longest."""

BY_STATUS: Mapping[int, type[CloudError]] = {
    401: AuthenticationFailed,
    403: PermissionDenied,
    404: NotFound,
    408: ServerError,
    409: Conflict,
    429: Throttled,
}


# Neither vendor publishes the codes for a name that is taken; their messages are all there is to tell it by.
NAME_TAKEN = r"(?i)already (exists?|in use|used|taken)|duplicated? name|name .{0,40}duplicate"


# The gateway refuses a signature that it has seen, so one copy of the request has arrived before.
SEEN_BEFORE = ("SignatureNonceUsed",)

# Told by HTTP alone: who asks, what they may and how often is decided before a service looks at the request.
DECIDED_AT_THE_DOOR = frozenset({401, 403, 429})


def refused(
    refusal: Refusal, *, operation: str, effect: Effect, table: ErrorTable, headers: Mapping[str, str]
) -> CloudError:
    """Return the error for an answer that the service itself wrote: by its code first, then by the HTTP status.

    A CREATE is refused only by a code that the table lists or by an HTTP status of a refusal; any other failure that a
    service reports may come after the fact. A server that says when to come back throttles, whatever its code, unless
    the rest of the answer leaves it open whether a CREATE took effect.
    """
    listed = _by_code(refusal.code, table)
    is_put_off = _names_a_wait(headers, refusal.http_status)
    kind = listed or _unlisted(refusal, effect, is_put_off)
    if effect is Effect.CREATE and _is_open(refusal, kind, is_listed=listed is not None):
        is_report = not issubclass(kind, ServerError) and refusal.code not in SEEN_BEFORE
        return _unknown(refusal, operation, kind if is_report and not is_put_off else None)
    if is_put_off and (effect is not Effect.CREATE or max(refusal.status, refusal.http_status) < 500):
        kind = Throttled
    code = excerpt(refusal.code, 100)
    status, request_id = refusal.status, refusal.request_id
    if issubclass(kind, Throttled):
        wait = requested_wait(headers, refusal.message)
        return kind(refusal.message, operation=operation, status=status, code=code, request_id=request_id, wait=wait)
    error = kind(refusal.message, operation=operation, status=status, code=code, request_id=request_id)
    error.is_certain = listed is not None or refusal.http_status in DECIDED_AT_THE_DOOR
    return error


def _unlisted(refusal: Refusal, effect: Effect, is_put_off: bool) -> type[CloudError]:
    """Return the class of a refusal whose code no table lists."""
    kind = ServerError if refusal.status >= 500 else BY_STATUS.get(refusal.status, InvalidRequest)
    if kind in (InvalidRequest, Conflict) and re.search(NAME_TAKEN, refusal.message):
        return AlreadyExists
    if kind is Conflict and effect is Effect.CREATE:
        # Only a create can find its name taken. A conflict that passes is another request's doing, perhaps of its twin.
        return Busy if is_put_off else AlreadyExists
    return kind


def _is_open(refusal: Refusal, kind: type[CloudError], *, is_listed: bool) -> bool:
    """Tell whether a CREATE that was answered with ``refusal`` may have taken effect all the same."""
    is_unlisted_report = not is_listed and refusal.http_status < 400
    return issubclass(kind, ServerError) or is_unlisted_report or refusal.code in SEEN_BEFORE


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
    patterns = [key for key in table if "*" in key and fnmatchcase(code, key)]
    return table[max(patterns, key=len)] if patterns else None


# Nine digits are a wait of years; more is no wait but nonsense.
WHOLE_NUMBER = r"[0-9]{1,9}"
# "Limit:5,Remain:0,TimeLeft:800,Reset:…" (Alibaba's older gateways; milliseconds).
TIME_LEFT = r"(?i)TimeLeft:\s*([0-9]{1,9})(?![0-9])"
# "…policy user over ratelimit,limit:10,time:1 minute" (Huawei's API gateway; a limit per day is on its pages, too).
WINDOW = r"(?i)time:\s*([0-9]{1,9})\s*(second|minute|hour|day)"
SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
# The statuses that RFC 9110 and the vendors' pages define Retry-After for: the request was put off.
PUT_OFF = frozenset({413, 429, 503})


def requested_wait(headers: Mapping[str, str], message: str) -> float | None:
    """Return the seconds that the server asks to wait, or None when it does not say.

    Read in this order: ``x-acs-retry-after`` (milliseconds), ``Retry-After`` (seconds or a date),
    ``x-ratelimit-user-api`` and ``x-ratelimit-user`` (``TimeLeft`` in milliseconds), the ``time:`` of an API gateway
    message. The last is the length of the limit's window, so it is an upper bound.
    """
    milliseconds = _acs_retry_after(headers)
    if milliseconds:
        return milliseconds / 1000
    standard = _retry_after(headers.get("retry-after", ""))
    if standard is not None:
        return standard
    for name in ("x-ratelimit-user-api", "x-ratelimit-user"):
        left = re.search(TIME_LEFT, headers.get(name, ""))
        if left:
            return int(left[1]) / 1000
    window = re.search(WINDOW, message)
    return int(window[1]) * SECONDS[window[2].lower()] if window else None


def _names_a_wait(headers: Mapping[str, str], status: int) -> bool:
    """Tell whether a header says when to come back: the vendor's own at any status, as its SDK reads it."""
    if _acs_retry_after(headers):
        return True
    return status in PUT_OFF and _retry_after(headers.get("retry-after", "")) is not None


def _acs_retry_after(headers: Mapping[str, str]) -> int:
    """Return the milliseconds of ``x-acs-retry-after``; to the vendor's SDK, all but a positive number is none."""
    value = headers.get("x-acs-retry-after", "").strip()
    return int(value) if re.fullmatch(WHOLE_NUMBER, value) else 0


def _retry_after(value: str) -> float | None:
    if re.fullmatch(WHOLE_NUMBER, value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, moment - time.time())
