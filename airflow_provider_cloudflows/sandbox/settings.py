"""How the whole sandbox behaves: lags, page sizes, a limit of requests, its clock, what it issues. Harmless at birth.

A setting is checked when it is set, whether by the control API, the command line or a program. What goes wrong with
single calls is in ``faults.py``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_LAG = 86400.0
LARGEST_PAGE = 10_000.0
MOST_REQUESTS = 100_000.0
_TOLERANCE = 1e-6  # seconds; the clock is a binary number, and who comes back in time must be let in
LONGEST_LIFE = 7 * 86400.0
LARGEST_OFFSET = 10 * 365 * 86400.0

_NUMBERS = {
    "list_lag": (0.0, LONGEST_LAG, "seconds"),
    "read_lag": (0.0, LONGEST_LAG, "seconds"),
    "deleted_lag": (0.0, LONGEST_LAG, "seconds"),
    "page_cap": (0.0, LARGEST_PAGE, "items, 0 for no cap"),
    "requests_per_second": (0.0, MOST_REQUESTS, "requests, 0 for no limit"),
    "clock_offset": (-LARGEST_OFFSET, LARGEST_OFFSET, "seconds"),
    "credential_seconds": (0.0, LONGEST_LIFE, "seconds, 0 for as long as was asked for"),
}
METADATA = ("v2 and v1", "v2", "v1", "off")
_BORN: dict[str, Any] = {
    "list_lag": 0.0,
    "read_lag": 0.0,
    "deleted_lag": 0.0,
    "page_cap": 0,
    "requests_per_second": 0.0,
    "clock_offset": 0.0,
    "date_header": "",
    "credential_seconds": 0.0,
    "metadata": METADATA[0],
}


class InvalidSetting(ValueError):
    """A setting cannot have this value; the message is one sentence for a person."""


class Settings:
    """``clock_offset`` in seconds, ``requests_per_second`` for each caller, 0 being no limit.

    Three lags in seconds: lists show a new resource after ``list_lag``, reads by id know it after ``read_lag``, and
    lists go on showing a removed one for ``deleted_lag``. ``page_cap`` is the most items that a page holds whatever
    was asked for, 0 being the service's own limit.
    ``date_header`` is sent as the ``Date`` of every answer instead of the sandbox's own time; empty tells the truth.
    ``credential_seconds`` is how long every key and token lives that is issued from then on, 0 being as long as was
    asked for. ``metadata`` says which versions the two metadata services offer: ``v2 and v1``, ``v2`` (a token is
    required), ``v1`` (there are no tokens) or ``off``.
    """

    list_lag: float
    read_lag: float
    deleted_lag: float
    page_cap: int
    requests_per_second: float
    clock_offset: float
    date_header: str
    credential_seconds: float
    metadata: str

    def __init__(self) -> None:
        self.reset()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, _checked(name, value))

    def update(self, changes: Mapping[str, Any]) -> None:
        """Set several at once, all or none."""
        for name, value in [(name, _checked(name, value)) for name, value in changes.items()]:
            super().__setattr__(name, value)

    def reset(self) -> None:
        """Back to birth."""
        self.update(_BORN)

    def as_json(self) -> dict[str, Any]:
        """All settings."""
        return {name: getattr(self, name) for name in _BORN}


def _checked(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        least, most, unit = _NUMBERS[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise InvalidSetting(f"{name} must be a number from {least:g} to {most:g} ({unit}), not {value!r}.")
        if name == "page_cap" and value != int(value):
            raise InvalidSetting(f"page_cap must be a whole number, not {value!r}.")
        return int(value) if name == "page_cap" else float(value)
    if name == "metadata":
        if value not in METADATA:
            raise InvalidSetting(f"metadata must be one of {', '.join(METADATA)}, not {value!r}.")
        return value
    if name != "date_header":
        raise InvalidSetting(f"There is no setting {name!r}; the settings are {', '.join(_BORN)}.")
    if value == "":
        return value
    try:
        parsedate_to_datetime(value)
        readable = value.isascii() and value.isprintable()
    except (TypeError, ValueError, AttributeError):
        readable = False
    if not readable:
        example = "Thu, 01 Jan 1970 00:00:00 GMT"
        raise InvalidSetting(f"date_header must be an HTTP date such as {example!r}, or empty, not {value!r}.")
    return value


class RateLimit:
    """Counts the requests of each caller that were let through; refused ones do not count."""

    def __init__(self) -> None:
        self._passed: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, caller: str, per_second: float, now: float) -> float:
        """0 when the request may pass, otherwise the seconds until the next slot is free."""
        if per_second <= 0:
            return 0
        slots = max(1, int(per_second))
        window = slots / per_second
        with self._lock:
            passed = self._passed.setdefault(caller, deque())
            while passed and now - passed[0] >= window - _TOLERANCE:
                passed.popleft()
            # The limit may have been lowered meanwhile: the slot that counts is the one `slots` ago.
            if len(passed) < slots:
                passed.append(now)
                return 0
            return passed[-slots] + window - now

    def reset(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._passed.clear()
