"""What the calls of SecMaster have in common: paths, paging parameters, filters, times and the workflow envelope."""

from __future__ import annotations

import time
from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.operations import Call, Operation, Parameter, Refusal
from airflow_provider_cloudflows.sandbox.refusals import PlainRefusal, SecMasterRefusal
from airflow_provider_cloudflows.sandbox.world import Account

SERVICE = "SecMaster"
WORKSPACES = "/v1/{project_id}/workspaces"
LIMIT = Parameter("limit", "query", "int32", minimum=1, maximum=100)

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
