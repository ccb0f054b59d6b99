"""Reads JSON that comes from outside, and takes only what can be kept and shown again.

Python reads more than there is in JSON (``NaN``), and JSON can write more than a text can hold (half of a surrogate
pair) or than anybody walks through (an array in an array, a hundred thousand times). Either would break whoever shows
it later, such as the console, and not who sent it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

__all__ = ["read_json"]

DEEPEST = 100
"""Containers in containers; the clouds' own gateways take about as many."""

_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(text: str | bytes) -> Any:
    """Return what a JSON text says.

    :raises ValueError: it is no JSON in UTF-8, or holds a number, a character or a depth that nobody can keep.
    """
    if isinstance(text, bytes | bytearray):
        text = text.decode()
    _check_depth(text)
    value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    if _HALF_OF_A_PAIR.search(text):
        # A whole pair has become one character; what cannot be encoded is a half that was left over.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for bracket in re.findall(r'"(?:\\.|[^"\\])*"|[\[\]{}]', text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket, 0)
        if depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} containers in each other")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
