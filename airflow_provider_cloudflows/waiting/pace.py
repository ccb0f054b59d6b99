"""How often a wait looks: soon at first, then ever more seldom, never in step with others.

A fixed interval either misses short jobs by minutes or spends a day's calls on a long one. What lasted an hour may be
looked at every ten minutes: the wait grows by a small part of what it waited for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["LONGEST_PAUSE", "Pace"]

GROWTH = 1.5
LONGEST_PAUSE = 600.0
"""Seconds between two looks, at most."""

JITTER = 0.1
"""Part of a pause by which it is shorter or longer, so that what started together is not looked at together."""


@dataclass(frozen=True)
class Pace:
    """The pauses between the looks of one wait.

    :param first: seconds before the second look; each further pause is half as long again, up to :data:`LONGEST_PAUSE`.
        One that is longer than that stays as it is.
    """

    first: float

    def steady(self) -> Iterator[float]:
        """Yield the pauses, for ever, without their jitter."""
        longest = max(self.first, LONGEST_PAUSE)
        pause = self.first
        while True:
            yield pause
            pause = min(pause * GROWTH, longest)

    def pauses(self, uniform: Callable[[float, float], float] = random.uniform) -> Iterator[float]:
        """Yield the pauses, for ever."""
        for pause in self.steady():
            yield pause * uniform(1 - JITTER, 1 + JITTER)

    def looks_within(self, seconds: float) -> int:
        """Return how many looks a wait of ``seconds`` takes, the first and the last included."""
        passed = 0.0
        for looks, pause in enumerate(self.steady(), 2):
            passed += pause
            if passed >= seconds:
                return looks
        raise AssertionError("pauses never end")
