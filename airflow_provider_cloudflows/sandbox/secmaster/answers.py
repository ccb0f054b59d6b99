"""What the calls of SecMaster have in common: paths, paging parameters, filters, times and the workflow envelope."""

from __future__ import annotations

import calendar
import re
import time
from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter, Refusal
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, SecMasterRefusal
from airflow_provider_cloudflows.sandbox.world import Account

SERVICE = "SecMaster"
WORKSPACES = "/v1/{project_id}/workspaces"
LIMIT = Parameter("limit", "query", "int32", minimum=1, maximum=100)
TIME = (
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])\.([0-9]{3})Z"
    r"([+-][01][0-9])([0-5][0-9])"
)
"""A time, as answers show it and filters take it."""

_BORN = 1_752_820_000.0  # 2025-07-18, when the workspaces and data classes of the sandbox came to be


def error_shape(operation: Operation) -> type[Refusal]:
    """Workflow calls have a shape of their own."""
    return SecMasterRefusal if "workflow" in operation.path else PlainRefusal


def filtered(
    call: Call, items: list[dict[str, Any]], *, exact: tuple[str, ...], substring: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The items that match the filters that were sent."""
    wanted = call.parameters
    return [
        item
        for item in items
        if all(item[name] == wanted[name] for name in exact if name in wanted)
        and all(wanted[name] in item[name] for name in substring if name in wanted)
    ]


def envelope(call: Call, data: Any) -> dict[str, Any]:
    """A successful answer of a workflow call."""
    return {
        "code": "00000000",
        "message": "",
        "success": True,
        "request_id": call.request_id,
        "data": data,
    }


def time_text(now: float) -> str:
    """``2025-07-18T14:44:46.735Z+0800``: a literal Z and an offset, as on the vendor's page."""
    local = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now + 8 * 3600))
    return f"{local}.{int(now * 1000) % 1000:03d}Z+0800"


def moment(text: str) -> float:
    """Seconds since the epoch of such a time: two of them may be of different time zones."""
    found = re.fullmatch(TIME, text)
    assert found is not None, text
    *date_and_time, milliseconds, hours, minutes = found.groups()
    ahead = int(hours) * 3600 + int(hours[0] + minutes) * 60
    return calendar.timegm(tuple(map(int, date_and_time))) - ahead + int(milliseconds) / 1000


def authorship(account: Account) -> dict[str, Any]:
    """Who made what was there from birth, and when."""
    return {
        "create_time": time_text(_BORN),
        "update_time": time_text(_BORN),
        "creator_id": account.user_id,
        "creator_name": account.user_name,
        "modifier_id": "",
        "modifier_name": "",
        "domain_id": account.id,
        "region_id": world.HUAWEI_REGION,
    }
