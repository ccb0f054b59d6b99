"""Runs the create protocol step by step, in a time that the test makes, so that it can be killed at every step.

Messages go to the real sandbox over real sockets; only pauses are not slept: the test's clock moves on instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Step, Wait
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.transport.outcome import NotSent
from tests.transport.servers import one

__all__ = ["Drive", "Killed", "MadeTime"]

T = TypeVar("T")


class MadeTime:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the package may catch it."""


@dataclass
class Drive:
    """Drives conversations of one client.

    :param client: sends the messages.
    :param clock: moves on with every pause.
    :param dies_before: number of the step, from 0, before which the process dies; None lives.
    :param dies_after: number of the step after which it dies: the work is done and nobody reads what came of it.
    :param before: called with each step before it is carried out; what it raises is raised into the conversation.
    """

    client: CloudClient
    clock: MadeTime = field(default_factory=MadeTime)
    dies_before: int | None = None
    dies_after: int | None = None
    before: Callable[[Step], None] | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def waits(self) -> list[float]:
        """The pauses so far."""
        return [step.seconds for step in self.steps if isinstance(step, Wait)]

    def __call__(self, flow: Flow[T]) -> T:
        """Run ``flow`` to its end."""
        return last(self.steps_of(flow))

    def steps_of(self, flow: Flow[T]) -> Generator[Step, None, T]:
        """Run ``flow`` and stop after each step."""
        try:
            step = next(flow)
            while True:
                yielded = self.clock.now
                count = len(self.steps)
                self.steps.append(step)
                if count == self.dies_before:
                    raise Killed
                yield step
                try:
                    if self.before is not None:
                        self.before(step)
                    if isinstance(step, Message) and step.send_within is not None:
                        check_it_leaves_in_time(self.clock.now - yielded, step.send_within)
                    outcome = self._take(step)
                except Exception as failure:  # noqa: BLE001 - the conversation decides what it means
                    step = flow.throw(failure)
                else:
                    if count == self.dies_after:
                        raise Killed
                    step = flow.send(outcome)
        except StopIteration as end:
            result: T = end.value
            return result

    def send(self, message: Message) -> Any:
        """Send ``message`` and return the reply."""
        return self.client.transport.run(one(message))

    def _take(self, step: Step) -> Any:
        if isinstance(step, Message):
            return self.send(step)
        if isinstance(step, Blocking):
            return step.work()
        assert isinstance(step, Wait)
        self.clock.sleep(step.seconds)
        return None


def check_it_leaves_in_time(passed: float, within: float) -> None:
    """Do as the transport does, by the clock of the test."""
    if passed > within:
        raise NotSent(f"it was not on its way within {within:g} seconds")


def last(steps: Generator[Any, None, T]) -> T:
    """Return what a generator returns."""
    try:
        while True:
            next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
