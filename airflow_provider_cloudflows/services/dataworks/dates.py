"""Dates as DataWorks reckons them: business dates, cycle times and the spellings that its operations want.

A run of the small hours works on the day before, which is its *business date*; its *cycle time* is when the schedule
lets it run, on the day after the business date. Both are of the workspace's time zone, not of Airflow's. One operation
wants a date as ``2026-01-31``, another as milliseconds of its midnight, a third as ``2026-01-31 00:00:00``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow_provider_cloudflows.base_errors import InvalidParameter

__all__ = [
    "WORKSPACE_ZONE",
    "business_date_before",
    "business_dates",
    "cycle_time",
    "date_of",
    "date_text",
    "days_between",
    "milliseconds",
    "ranges",
    "read_date",
    "time_text",
    "zone_named",
]

WORKSPACE_ZONE = "Asia/Shanghai"
"""Time zone of the workspaces of mainland China; those of other regions may have another."""

ONE_DAY = timedelta(days=1)

FIRST_YEAR, LAST_YEAR = 1970, 9998
"""Years of business dates: times before 1970 have no milliseconds, and each date needs a day after it."""

AS_WRITTEN = r"(\d{4})-?(\d{2})-?(\d{2})([ T]00:00:00)?"


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone ``name``, for example ``Asia/Shanghai``.

    :raises InvalidParameter: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise InvalidParameter(
            f"There is no time zone {name!r}; name one of the IANA database, for example {WORKSPACE_ZONE}."
        ) from None


def read_date(value: Any) -> date:
    """Return the date that ``value`` is: a ``date``, or text such as ``2026-01-31`` and ``20260131``.

    :raises InvalidParameter: it is something else; a ``datetime`` too, since its date depends on the time zone.
    """
    written = re.fullmatch(AS_WRITTEN, value.strip()) if isinstance(value, str) else None
    try:
        found = date(*(int(part) for part in written.groups()[:3])) if written else value
    except ValueError:
        found = value
    if not isinstance(found, date) or isinstance(found, datetime):
        raise InvalidParameter(f"{value!r} is no date: write it as 2026-01-31 or 20260131.")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InvalidParameter(f"{value!r} is no business date: they begin in {FIRST_YEAR}; is the year mistyped?")
    return found


def business_dates(start: datetime, end: datetime, zone: ZoneInfo) -> list[date]:
    """Return the business dates that ended within an interval: after ``start``, and at ``end`` at the latest.

    Intervals that follow each other have each date once, and none has a date that is not over. An interval without
    length, as Airflow's cron schedules have, stands for the last date before it.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)  # times of one zone compare by their clocks
    if start == end:
        return [business_date_before(end, zone)]
    day, dates = business_date_before(start, zone) + ONE_DAY, []
    while midnight(day + ONE_DAY, zone) <= end:
        dates.append(day)
        day += ONE_DAY
    return dates


def business_date_before(moment: datetime, zone: ZoneInfo) -> date:
    """Return the last date that was over at ``moment``: the day before, in the workspace's time zone."""
    return moment.astimezone(zone).date() - ONE_DAY


def cycle_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return when the schedule runs the instance of the business date ``day`` that is due at the time ``at``."""
    return datetime.combine(day + ONE_DAY, at, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the beginning of ``day``."""
    return datetime.combine(day, time.min, zone)


def milliseconds(moment: date | datetime, zone: ZoneInfo) -> int:
    """Return a time, or the beginning of a day, in milliseconds since the epoch: 13 digits."""
    if not isinstance(moment, datetime):
        moment = midnight(moment, zone)
    return round(moment.timestamp() * 1000)


def date_of(value: int, zone: ZoneInfo) -> date:
    """Return the day that a time in milliseconds falls in."""
    return datetime.fromtimestamp(value / 1000, zone).date()


def date_text(day: date) -> str:
    """Return ``2026-01-31``."""
    return day.isoformat()


def time_text(moment: date | datetime, zone: ZoneInfo) -> str:
    """Return a time, or the beginning of a day, as ``2026-01-31 00:00:00``."""
    if not isinstance(moment, datetime):
        moment = midnight(moment, zone)
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def days_between(first: date, last: date) -> list[date]:
    """Return all days from ``first`` to ``last``, both included."""
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def ranges(days: Iterable[date]) -> list[tuple[date, date]]:
    """Return the fewest ranges, first and last day, that hold exactly ``days``."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and found[-1][1] + ONE_DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
