"""Business dates and cycle times: at month ends, over midnight in Shanghai, and for whatever dates there are."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.services.dataworks import dates

SHANGHAI = dates.zone_named("Asia/Shanghai")
# Of Asia/Shanghai, the farthest east, and those whose clocks change: at 2, at midnight, and to midnight.
NAMES = ("Asia/Shanghai", "UTC", "Pacific/Kiritimati", "America/New_York", "America/Santiago", "America/Havana")
ZONES = st.sampled_from([ZoneInfo(name) for name in NAMES])
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
MOMENTS = st.integers(1_577_836_800, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
LENGTHS = st.lists(st.timedeltas(timedelta(seconds=1), timedelta(days=40)), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # A daily DAG in UTC: its run at 08:00 in Shanghai works on the day that has ended there.
        ("2026-01-31T00:00+00:00", "2026-02-01T00:00+00:00", ["2026-01-31"]),
        ("2024-02-28T00:00+08:00", "2024-02-29T00:00+08:00", ["2024-02-28"]),
        ("2024-02-29T00:00+08:00", "2024-03-01T00:00+08:00", ["2024-02-29"]),
        ("2025-12-31T00:00+08:00", "2026-01-01T00:00+08:00", ["2025-12-31"]),
        # Midnight in Shanghai is 16:00 in UTC.
        ("2026-03-31T15:00+00:00", "2026-03-31T16:00+00:00", ["2026-03-31"]),
        ("2026-03-31T16:00+00:00", "2026-03-31T17:00+00:00", []),
        ("2026-01-30T00:00+08:00", "2026-02-02T00:00+08:00", ["2026-01-30", "2026-01-31", "2026-02-01"]),
        # Without length: the day before.
        ("2026-02-28T16:00+00:00", "2026-02-28T16:00+00:00", ["2026-02-28"]),
        ("2026-02-28T15:59+00:00", "2026-02-28T15:59+00:00", ["2026-02-27"]),
    ],
)
def test_the_business_dates_of_an_interval(start: str, end: str, expected: list[str]) -> None:
    found = dates.business_dates(datetime.fromisoformat(start), datetime.fromisoformat(end), SHANGHAI)
    assert [dates.date_text(day) for day in found] == expected


@given(MOMENTS, LENGTHS, ZONES, ZONES)
def test_intervals_that_follow_each_other_have_each_date_once(
    start: datetime, lengths: list[timedelta], zone: ZoneInfo, dag_zone: ZoneInfo
) -> None:
    ends: list[datetime] = [start.astimezone(dag_zone)]
    for length in lengths:
        ends.append((ends[-1].astimezone(UTC) + length).astimezone(dag_zone))
    apart = [day for pair in itertools.pairwise(ends) for day in dates.business_dates(pair[0], pair[1], zone)]
    assert apart == dates.business_dates(start, ends[-1], zone)
    over = [dates.midnight(day + timedelta(days=1), zone).astimezone(UTC) for day in apart]
    assert all(start < one <= ends[-1].astimezone(UTC) for one in over)


def test_an_hour_that_comes_twice_is_an_hour_long() -> None:
    """In Havana it is half past midnight twice on 1 November 2026, and no date ends between the two."""
    havana = ZoneInfo("America/Havana")
    first = datetime(2026, 11, 1, 0, 30, tzinfo=havana)
    assert dates.business_dates(first, first.replace(fold=1), havana) == []


@given(DAYS, ZONES)
def test_each_spelling_is_of_the_same_day(day: date, zone: ZoneInfo) -> None:
    spelt = dates.milliseconds(day, zone)
    assert len(str(spelt)) == 13
    assert dates.date_of(spelt, zone) == day
    assert dates.time_text(day, zone) == f"{dates.date_text(day)} 00:00:00"
    for text in (dates.date_text(day), dates.time_text(day, zone), day.strftime("%Y%m%d")):
        assert dates.read_date(text) == day


@given(DAYS, st.times(), ZONES)
def test_what_runs_at_a_cycle_time_works_on_the_day_before(day: date, at: time, zone: ZoneInfo) -> None:
    assert dates.business_date_before(dates.cycle_time(day, at, zone), zone) == day


def test_a_cycle_time_is_on_the_day_after_its_business_date() -> None:
    due = dates.cycle_time(date(2026, 1, 31), time(0, 30), SHANGHAI)
    assert dates.time_text(due, SHANGHAI) == "2026-02-01 00:30:00"
    assert dates.milliseconds(due, SHANGHAI) == 1769877000000


@given(st.lists(DAYS, max_size=40))
def test_ranges_hold_exactly_the_days(days: list[date]) -> None:
    found = dates.ranges(days)
    held = [first + timedelta(days=number) for first, last in found for number in range((last - first).days + 1)]
    assert held == sorted(set(days))
    assert all(before[1] + timedelta(days=1) < after[0] for before, after in itertools.pairwise(found))


@pytest.mark.parametrize("value", ["2026-02-30", "31.01.2026", "", "2026-01-31 08:00:00", 20260131, None,
                                   datetime(2026, 1, 31, tzinfo=UTC)])  # fmt: skip
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(InvalidParameter, match="is no date: write it as"):
        dates.read_date(value)


@pytest.mark.parametrize("value", ["0001-01-01", "1026-03-01", "1969-12-31", date.max, date.min])
def test_a_year_that_no_date_of_the_service_has_is_refused(value: Any) -> None:
    with pytest.raises(InvalidParameter, match="is the year mistyped"):
        dates.read_date(value)


@pytest.mark.parametrize("name", ["Asia/Shangai", "", "../etc", "Asia"])
def test_a_time_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(InvalidParameter, match="no time zone"):
        dates.zone_named(name)
