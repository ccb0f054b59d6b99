"""What the states of a thing mean: it goes on, it ended as it should, or it did not.

Every service has words of its own, and adds some later. So a state that nobody listed says "still running": a wait goes
on until its deadline, and never takes an unknown word for an end.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

__all__ = ["Outcome", "States", "is_among"]


class Outcome(Enum):
    """What a look at a thing says about its end."""

    RUNNING = "running"
    GOOD = "good"
    BAD = "bad"
    GONE = "gone"
    """It does not exist any more, or is not visible to the caller."""


@dataclass(frozen=True)
class States:
    """The states of a kind of thing in which it stays; all others pass.

    :param good: it is what it should be: finished, or ready for use.
    :param bad: it failed or was stopped.
    :param undeleted: those of ``bad`` that say that deleting it failed.
    :param stopping: states that pass, after somebody stopped it: its end is near, and most likely a bad one.
    """

    good: Collection[str]
    bad: Collection[str]
    undeleted: Collection[str] = ()
    stopping: Collection[str] = ()

    def outcome(self, state: str | None) -> Outcome:
        """Return what ``state`` says; case and blanks at the ends say nothing."""
        if is_among(state, self.good):
            return Outcome.GOOD
        return Outcome.BAD if is_among(state, self.bad) else Outcome.RUNNING

    def is_undeleted(self, state: str | None) -> bool:
        """Tell whether ``state`` says that it was to be deleted and stays."""
        return is_among(state, self.undeleted)


def is_among(state: str | None, words: Collection[str]) -> bool:
    """Tell whether ``state`` is one of ``words``; case and blanks at the ends say nothing, on either side."""
    return _plain(state or "") in {_plain(one) for one in words}


def _plain(word: str) -> str:
    return word.strip().casefold()
