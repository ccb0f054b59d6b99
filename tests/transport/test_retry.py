"""When a call is tried again: what may be repeated, how long it waits, and that one deadline bounds it all."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    CloudError,
    ConnectionFailed,
    InvalidRequest,
    NoAnswer,
    OutcomeUnknown,
    QuotaExceeded,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.retry import Attempts, clock_offset


class Clock:
    """Seconds that pass only when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def attempts(effect: Effect, total: float = 90.0, *, clock: Clock | None = None, **more: Any) -> Attempts:
    return Attempts(effect, total, clock=clock or Clock(), **more)


def longest(low: float, high: float) -> float:
    """The random number that waits longest."""
    return high


@pytest.mark.parametrize("error", [ConnectionFailed(), Throttled(), NoAnswer(), ServerError()])
@pytest.mark.parametrize("effect", [Effect.READ, Effect.IDEMPOTENT])
def test_what_may_be_sent_twice_is_tried_again(effect: Effect, error: CloudError) -> None:
    assert attempts(effect).pause_after(error) is not None


@pytest.mark.parametrize("error", [ConnectionFailed(), Throttled()])
def test_a_create_is_tried_again_when_it_certainly_did_not_happen(error: CloudError) -> None:
    assert attempts(Effect.CREATE).pause_after(error) is not None


@pytest.mark.parametrize("error", [OutcomeUnknown(), NoAnswer(), ServerError()])
def test_a_create_that_may_have_happened_is_not_tried_again(error: CloudError) -> None:
    assert attempts(Effect.CREATE).pause_after(error) is None


@pytest.mark.parametrize("error", [AuthenticationFailed(), InvalidRequest(), QuotaExceeded()])
@pytest.mark.parametrize("effect", list(Effect))
def test_what_would_be_refused_again_is_not_tried_again(effect: Effect, error: CloudError) -> None:
    assert attempts(effect).pause_after(error) is None


def test_failures_end_after_four_attempts_with_growing_jitter() -> None:
    tried = attempts(Effect.READ, uniform=longest)
    assert [tried.pause_after(NoAnswer()) for _ in range(4)] == [0.5, 1.0, 2.0, None]


def test_jitter_is_full() -> None:
    bounds: list[tuple[float, float]] = []

    def record(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    attempts(Effect.READ, uniform=record).pause_after(ServerError())
    assert bounds == [(0.0, 0.5)]


def test_the_wait_that_the_server_names_is_the_least_wait() -> None:
    tried = attempts(Effect.CREATE, uniform=lambda low, high: low)
    assert tried.pause_after(Throttled(wait=3.0)) == 3.0


def test_throttled_callers_do_not_come_back_together() -> None:
    waits = {attempts(Effect.CREATE).pause_after(Throttled(wait=3.0)) for _ in range(20)}
    assert len(waits) == 20
    assert min(wait for wait in waits if wait is not None) >= 3.0


def test_throttling_goes_on_until_the_deadline() -> None:
    clock = Clock()
    tried = attempts(Effect.CREATE, 60.0, clock=clock, uniform=lambda low, high: low)
    pauses = 0
    while (pause := tried.pause_after(Throttled(wait=1.0))) is not None:
        clock.now += pause
        pauses += 1
    assert pauses > 4
    assert clock.now <= 60.0


def test_a_wait_beyond_the_deadline_is_left_to_the_caller() -> None:
    assert attempts(Effect.READ, 30.0).pause_after(Throttled(wait=60.0)) is None


def test_a_create_gets_all_the_time_that_is_left() -> None:
    clock = Clock()
    tried = attempts(Effect.CREATE, 90.0, clock=clock)
    assert tried.timeout() == 90.0
    clock.now = 60.0
    assert tried.timeout() == 30.0


def test_a_hanging_read_leaves_time_for_another_attempt() -> None:
    clock = Clock()
    tried = attempts(Effect.READ, 90.0, clock=clock)
    assert tried.timeout() == 30.0
    clock.now = 80.0
    assert tried.timeout() == 10.0


@pytest.mark.parametrize("minutes", [20, -20, 14 * 60])
def test_a_clock_that_is_off_is_noticed(minutes: int) -> None:
    headers = {"date": formatdate(1_700_000_000 + minutes * 60, usegmt=True)}
    assert clock_offset(headers, lambda: 1_700_000_000.0) == minutes * 60


@pytest.mark.parametrize(
    "date",
    [
        pytest.param(formatdate(1_700_000_000 + 60, usegmt=True), id="close to ours"),
        pytest.param(formatdate(0, usegmt=True), id="1970"),
        pytest.param("yesterday", id="no date"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_date_that_explains_nothing_or_is_not_believable_is_ignored(date: str) -> None:
    assert clock_offset({"date": date}, lambda: 1_700_000_000.0) is None
