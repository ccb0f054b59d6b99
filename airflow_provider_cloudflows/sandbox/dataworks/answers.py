"""What the answers of DataWorks have in common: pages, times, and the flags of the business calls."""

from __future__ import annotations

import calendar
import time
from typing import Any

from airflow_provider_cloudflows.sandbox.operations import Call

SERVICE, VERSION, VERSION_2024 = "DataWorks", "2020-05-18", "2024-05-18"


def succeeded(call: Call, **fields: Any) -> dict[str, Any]:
    """The business calls say that they succeeded."""
    return fields | {
        "HttpStatusCode": 200,
        "RequestId": call.request_id,
        "ErrorMessage": "",
        "Success": True,
        "ErrorCode": "",
    }


def page(call: Call, items: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list by its number; ten items if nothing is asked for."""
    number, size = call.parameters.get("PageNumber", 1), call.page_size(call.parameters.get("PageSize", 10))
    first = (number - 1) * size
    return {
        "PageNumber": number,
        "PageSize": size,
        "TotalCount": len(found),
        items: found[first : first + size],
    }


def local_time(now: float) -> str:
    """``2020-09-24T18:37:51+0800``, as in the data service samples."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+0800", time.gmtime(now + 8 * 3600))


def milliseconds(now: float) -> int:
    """A time as the 2024-05-18 version writes it: milliseconds since 1970."""
    return round(now * 1000)


EIGHT_HOURS, DAY = 8 * 3600, 24 * 3600
"""Workspaces reckon their dates at +0800."""


def midnight(now: float) -> float:
    """The beginning of the workspaces' day that a time falls in."""
    return (now + EIGHT_HOURS) // DAY * DAY - EIGHT_HOURS


def midnight_of(date: str) -> float:
    """The beginning of a day that is written ``2026-01-31``."""
    return float(calendar.timegm(time.strptime(date, "%Y-%m-%d")) - EIGHT_HOURS)
