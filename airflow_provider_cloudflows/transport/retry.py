"""When a call is tried again, and after how long.

What may be repeated hangs on the effect of the request: a read, or a change that may be made twice, repeats after a
lost answer, throttling and a server's failure; a create repeats only when it certainly did not happen. All attempts of
a call share one deadline. Waits that the server asks for are honoured; the rest is full jitter, so that callers that
failed together do not come back together.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from airflow_provider_cloudflows.errors import CloudError, ConnectionFailed, NoAnswer, ServerError, Throttled
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["Attempts", "clock_offset", "server_time"]

FIRST_WAIT = 0.25
LONGEST_WAIT = 20.0

THROTTLED_SPREAD = 6.0
"""Throttled callers spread over twice this many seconds at first, then over twice as many each time. A wait that the
server names says when one slot is free, not how many callers wait for it."""

MOST_FAILURES = 4
"""How many failures that are no throttling end a call; a throttled call goes on until its deadline."""

SHARE_OF_ONE_READ = 1 / 3
"""What part of the deadline one attempt of a read may use, so that a hanging server leaves time for another one."""

CERTAINLY_NOT_DONE = (ConnectionFailed, Throttled)
HARMLESS_TO_REPEAT = (ConnectionFailed, Throttled, NoAnswer, ServerError)

# The services refuse dates that are more than 15 minutes off; a smaller offset cannot be why a signature failed.
LEAST_SKEW = 14 * 60.0
# A server whose clock is further off than this is the one that is wrong.
MOST_SKEW = 24 * 3600.0


class Attempts:
    """The attempts of one call.

    :param effect: what sending the request twice would do.
    :param total: seconds that all attempts and the waits between them may take.
    :param clock: monotonic seconds.
    :param uniform: returns a random number between two bounds.
    """

    def __init__(
        self,
        effect: Effect,
        total: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._effect = effect
        self._total = total
        self._clock = clock
        self._uniform = uniform
        self._start = clock()
        self._failures = 0
        self._throttled = 0
        self._mended = 0

    def timeout(self) -> float:
        """Return the seconds that the next attempt may take.

        A create gets all that is left: a short timeout would only turn slow answers into unknown outcomes.
        """
        if self._effect is Effect.CREATE:
            return self._left()
        return min(self._left(), max(1.0, self._total * SHARE_OF_ONE_READ))

    def is_first_mend(self) -> bool:
        """Tell whether the cause of a refused signature has not been mended before in this call; once is enough."""
        self._mended += 1
        return self._mended == 1

    def pause_after(self, error: CloudError) -> float | None:
        """Return the seconds to wait before the next attempt, or None when there is none."""
        repeatable = CERTAINLY_NOT_DONE if self._effect is Effect.CREATE else HARMLESS_TO_REPEAT
        if not isinstance(error, repeatable):
            return None
        pause = self._after_throttling(error) if isinstance(error, Throttled) else self._after_failure()
        return pause if pause is not None and pause < self._left() else None

    def _after_throttling(self, error: Throttled) -> float:
        """Wait as told and then some: everybody who was told the same must not come back at once."""
        self._throttled += 1
        return (error.wait or 0.0) + self._jitter(THROTTLED_SPREAD, self._throttled)

    def _after_failure(self) -> float | None:
        self._failures += 1
        return None if self._failures >= MOST_FAILURES else self._jitter(FIRST_WAIT, self._failures)

    def _jitter(self, first: float, count: int) -> float:
        return self._uniform(0.0, min(LONGEST_WAIT, first * 2.0 ** min(count, 30)))

    def _left(self) -> float:
        return max(0.0, self._start + self._total - self._clock())


def clock_offset(headers: Mapping[str, str], clock: Callable[[], float] = time.time) -> float | None:
    """Return how far the server's clock is ahead of ours, in seconds, when that can be why it refused a signature.

    None when the ``Date`` header is missing, close to our clock, or not believable: there are servers that say 1970.
    """
    server = server_time(headers.get("date", ""))
    if server is None:
        return None
    offset = server - clock()
    return offset if LEAST_SKEW <= abs(offset) <= MOST_SKEW else None


def server_time(date: str) -> float | None:
    """Return the time in a ``Date`` header, in seconds since the epoch, or None when it cannot be read."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
