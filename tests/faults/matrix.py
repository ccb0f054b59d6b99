"""The fault matrix as data: what can go wrong with a create, and what is promised then.

The tests run every row against every create operator's request; ``python -m tests.faults.matrix`` prints the table
that ``docs/promise.md`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudflowsError, InvalidRequest, QuotaExceeded

__all__ = ["FAULTS", "Fault", "table"]

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row.

    :param title: what goes wrong, in words.
    :param kind: the sandbox's name for it.
    :param whens: before the create takes effect, after it, or both.
    :param known: the client can tell for certain that the create did not take effect.
    :param raises: the error that ends the task; None when the same try ends well.
    :param parameters: of the sandbox's rule.
    :param clouds: whose services can do it.
    """

    title: str
    kind: str
    whens: tuple[When, ...] = ("before", "after")
    known: bool = False
    raises: type[CloudflowsError] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    clouds: tuple[str, ...] = ("alibaba", "huawei")


FAULTS = [
    Fault("connection ends without an answer", "drop"),
    Fault("connection reset", "reset"),
    Fault("answer cut in the status line", "cut"),
    Fault("silence until the deadline", "silence"),
    Fault("answer starts after the deadline", "slow_headers", parameters={"seconds": 30.0}),
    Fault("answer drips past the deadline", "slow_body", parameters={"interval": 0.2}),
    Fault("answer without end", "endless_body"),
    Fault("answer truncated", "truncated"),
    Fault("answer empty", "empty"),
    Fault("answer not UTF-8", "not_utf8"),
    Fault("answer damaged gzip", "bad_gzip"),
    Fault("HTML with status 502", "html"),
    Fault("HTML with status 200", "html_200"),
    Fault("internal error of the service", "error", parameters={"status": 500}),
    Fault(
        "throttled, wait in x-acs-retry-after",
        "throttle",
        ("before",),
        known=True,
        parameters={"form": "x-acs-retry-after", "wait": 0.1},
        clouds=("alibaba",),
    ),
    Fault(
        "throttled, wait in x-ratelimit-user-api",
        "throttle",
        ("before",),
        known=True,
        parameters={"form": "x-ratelimit-user-api", "wait": 0.1},
        clouds=("alibaba",),
    ),
    Fault(
        "throttled, wait in Retry-After",
        "throttle",
        ("before",),
        known=True,
        parameters={"form": "retry-after", "wait": 1},
    ),
    Fault("throttled, no wait named", "throttle", ("before",), known=True, parameters={"form": "none"}),
    Fault(
        "daily quota used up",
        "quota",
        ("before",),
        known=True,
        raises=QuotaExceeded,
        clouds=("alibaba",),
    ),
    Fault("credential refused", "unauthorized", ("before",), known=True, raises=AuthenticationFailed),
    Fault(
        "refused by the service",
        "error",
        ("before",),
        known=True,
        raises=InvalidRequest,
        parameters={"status": 400, "code": "InvalidParameter", "message": "The owner is not a member."},
    ),
]


def table() -> str:
    """Return the matrix as the documentation shows it."""
    lines = [
        "| what goes wrong with the create | before it took effect | after it took effect | BPStudio task |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {fault.title} | {_promise(fault, 'before')} | {_promise(fault, 'after')} | {_promise_for_task(fault)} |"
        for fault in FAULTS
        if "alibaba" in fault.clouds
    ]
    return "\n".join(lines)


def _promise(fault: Fault, when: When) -> str:
    if when not in fault.whens:
        return "-"
    if fault.raises is not None:
        return f"`{fault.raises.__name__}`, nothing made"
    if fault.known:
        return "waits, sends again: one, same try"
    return "looks, sends again: one, same try" if when == "before" else "looks, finds it: one, same try"


def _promise_for_task(fault: Fault) -> str:
    if fault.raises is not None:
        return f"`{fault.raises.__name__}`, nothing made"
    return "one, same try" if fault.known else "`LostTrack`, at most one"


if __name__ == "__main__":
    print(table())
