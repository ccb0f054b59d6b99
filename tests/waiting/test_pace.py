"""How often a wait looks."""

from __future__ import annotations

from itertools import accumulate, islice, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.waiting.pace import LONGEST_PAUSE, Pace

DAY = 24 * 3600.0


def test_the_pauses_grow_by_half_to_ten_minutes() -> None:
    assert list(islice(Pace(30).steady(), 9)) == [30, 45, 67.5, 101.25, 151.875, 227.8125, 341.71875, 512.578125, 600]


def test_an_author_who_asks_for_less_gets_it() -> None:
    assert list(islice(Pace(3600).steady(), 3)) == [3600, 3600, 3600]


@pytest.mark.parametrize(("hours", "most"), [(1, 13), (4, 31), (8, 55)])
def test_a_long_wait_costs_few_calls(hours: int, most: int) -> None:
    assert Pace(30).looks_within(hours * 3600) <= most


@given(st.floats(0.1, 5000), st.floats(1, 10**6))
def test_the_looks_that_are_counted_are_those_that_are_made(first: float, seconds: float) -> None:
    looks = Pace(first).looks_within(seconds)
    before = list(accumulate(islice(Pace(first).steady(), looks - 1)))  # the first look comes at once
    assert before[-1] >= seconds
    assert len(before) == 1 or before[-2] < seconds


@given(st.floats(5, 5000), st.floats(0, 3 * DAY))
def test_no_day_takes_more_looks_than_the_first_wherever_its_midnight_is(first: float, midnight: float) -> None:
    """The allowance is one of calendar days, and a wait begins at any time of one."""
    looks = takewhile(lambda at: at < midnight + DAY, accumulate(Pace(first).steady(), initial=0.0))
    days = [at >= midnight for at in looks if at >= midnight - DAY]
    assert max(days.count(False), days.count(True)) <= Pace(first).looks_within(DAY)


@given(st.floats(0.1, 5000))
def test_no_two_waits_stay_in_step(first: float) -> None:
    pauses = list(islice(Pace(first).pauses(), 30))
    steady = list(islice(Pace(first).steady(), 30))
    assert pauses != steady
    assert all(0.9 * one <= pause <= 1.1 * one for pause, one in zip(pauses, steady, strict=True))
    assert max(pauses) <= 1.1 * max(first, LONGEST_PAUSE)
