"""Time that passes at once: while a DAG runs in this process, the operators' pauses cost nobody a second.

A pause of the provider moves the sandbox's clock, and the one that the provider counts its own time-outs by, and is
over. So a job of an hour ends after as many looks as on the real cloud, and a wait without end ends by its time-out.
Pauses of anybody else, such as a ``time.sleep`` in a DAG, are left alone.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from airflow_provider_cloudflows import operators, sensors

__all__ = ["time_passes_at_once"]

LOOP_PAUSE = 0.005
"""Seconds between two looks of a trigger, whose event loop has others to serve."""


class _Clock:
    """What the provider's modules find under the name ``time``: the real time, and what was skipped."""

    def __init__(self, advance: Callable[[float], None]) -> None:
        self._advance = advance
        self.skipped = 0.0
        self.deadline = math.inf
        """When the wait ends that is in a trigger; tasks run one by one here, so there is one."""

    def time(self) -> float:
        return time.time() + self.skipped

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.skipped += seconds
        self._advance(seconds)


@contextmanager
def time_passes_at_once(advance: Callable[[float], None]) -> Iterator[None]:
    """Skip the provider's pauses for as long as the block lasts.

    :param advance: told of each, in seconds.
    """
    from airflow_provider_cloudflows.operators import waiting
    from airflow_provider_cloudflows.sensors.base import CloudSensor
    from airflow_provider_cloudflows.transport.client import Transport
    from airflow_provider_cloudflows.triggers import wait as trigger
    from airflow_provider_cloudflows.waiting import poller, waiter
    from airflow_provider_cloudflows.waiting.limiter import Limiter
    from airflow_provider_cloudflows.waiting.pace import Pace

    clock = _Clock(advance)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "_take", _skipping(Transport._take, clock))
        patch.setattr(Transport, "_atake", _skipping_on_loops(Transport._atake, clock))
        patch.setattr(Pace, "steady", _hurried(Pace.steady, clock))
        patch.setattr(waiter.wait, "__defaults__", (clock.monotonic,))
        patch.setattr(trigger, "EARLIEST_EVENT", 0.0)
        patch.setattr(trigger.WaitTrigger, "_until_over", _until_the_deadline(trigger.WaitTrigger._until_over, clock))
        patch.setattr(poller, "TOGETHER", 0.0)
        patch.setattr(Limiter, "slot", _at_once)
        patch.setattr(Limiter, "hold_off", lambda _, seconds: clock.sleep(seconds))
        patch.setattr(CloudSensor, "work", _looking_at_once(CloudSensor.work, clock))
        for module in (waiting, trigger, *_operators_that_tell_the_time()):
            patch.setattr(module, "time", clock)
        yield


def _operators_that_tell_the_time() -> list[ModuleType]:
    """The operators' and sensors' modules, as far as DAGs have imported them, that count seconds themselves."""
    prefixes = (f"{operators.__name__}.", f"{sensors.__name__}.")
    modules = [module for name, module in sys.modules.items() if name.startswith(prefixes)]
    return [module for module in modules if getattr(module, "time", None) is time]


def _skipping(take: Callable[..., object], clock: _Clock) -> Callable[..., object]:
    from airflow_provider_cloudflows.transport.flow import Wait

    def skipping(self: Any, step: Any, stop: Any) -> object:
        if not isinstance(step, Wait):
            return take(self, step, stop)
        stop.check()
        clock.sleep(step.seconds)
        return None

    return skipping


def _skipping_on_loops(take: Callable[..., Any], clock: _Clock) -> Callable[..., Any]:
    from airflow_provider_cloudflows.transport.flow import Wait

    async def skipping(self: Any, step: Any, stop: Any) -> object:
        if not isinstance(step, Wait):
            return await take(self, step, stop)
        stop.check()
        clock.sleep(step.seconds)
        await asyncio.sleep(0)
        return None

    return skipping


def _looking_at_once(work: Callable[..., Any], clock: _Clock) -> Callable[..., Any]:
    """A sensor that is not deferred pauses in Airflow's own code, which others' sensors share."""
    from airflow.sdk.bases import sensor

    def looking(self: Any, context: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sensor, "time", clock)
            # Rescheduled, it would come again when Airflow's clock says so, which cannot be advanced.
            patch.setattr(self, "mode", "poke")
            return work(self, context)

    return looking


def _hurried(steady: Callable[[Any], Iterator[float]], clock: _Clock) -> Callable[[Any], Iterator[float]]:
    """The pauses of a trigger. In a wait of a worker they are waits of a conversation, and as long as they are."""

    def hurried(self: Any) -> Iterator[float]:
        is_on_a_loop = asyncio._get_running_loop() is not None
        for pause in steady(self):
            if not is_on_a_loop:
                yield pause
                continue
            left = clock.deadline - clock.time()
            clock.sleep(max(0.0, min(pause, left)))
            if left <= pause:
                raise TimeoutError
            yield LOOP_PAUSE

    return hurried


def _until_the_deadline(until_over: Callable[[Any], Awaitable[Any]], clock: _Clock) -> Callable[[Any], Awaitable[Any]]:
    """The trigger's own time-out counts seconds that pass, and here none do."""

    async def until_the_deadline(self: Any) -> Any:
        clock.deadline = self.deadline
        return await until_over(self)

    return until_the_deadline


async def _at_once(_: Any) -> None:
    """The share of one wait in how often a service is called; here there is one wait."""
