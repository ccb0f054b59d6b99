"""The plain JSON form of any Python value, in one place, so that no value is sent as the text that Python shows of it.

Whatever travels in a form, a query or a JSON body passes here once, before it is laid out for its place. This module
knows neither clouds nor operators; it takes values by what they can do, so that a lazy sequence of a workflow engine is
a sequence like any other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from numbers import Integral, Real
from typing import Any
from uuid import UUID

from pydantic import BaseModel, SecretBytes, SecretStr

from airflow_provider_cloudflows.base_errors import InvalidParameter

__all__ = ["inner_place", "json_form", "without_twins"]

OWN_WAY = (BaseModel, SecretStr, SecretBytes)
"""What our models serialize by themselves."""

PLAIN = frozenset((str, int, bool, type(None)))
"""Types whose values are JSON as they are; a subclass may show itself in another way."""

BYTES = (bytes, bytearray, memoryview)


def json_form(value: Any, place: str) -> Any:
    """Return ``value`` as plain JSON: dict, list, str, int, float, bool or None.

    ======================================  ==========================================================
    given                                   JSON
    ======================================  ==========================================================
    mapping, sequence (tuple, lazy, range)  object, array
    ``datetime``, ``date``, ``time``        ISO 8601 text, as ``isoformat()`` writes it
    ``Decimal``                             text with all its digits, never in powers of ten
    ``UUID``                                text in lower case, with hyphens
    ``Enum``                                what its value is
    ======================================  ==========================================================

    Keys of a mapping are texts; whole numbers and members of an ``Enum`` are taken as the text of their form.

    :param place: what messages call the value: the argument that holds it.
    :raises InvalidParameter: for what has no JSON form: sets (they have no order), bytes, ``timedelta`` (vendors count
        in units of their own), NaN and infinity, a value that holds itself, any other object. It names the place, down
        to key and index.
    """
    try:
        return _plain(value, place)
    except RecursionError:
        raise InvalidParameter(f"{place} holds itself, or is nested too deeply for JSON.") from None


def without_twins(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object that a JSON text spells, where it has each key once; for ``json.loads(object_pairs_hook=…)``.

    :raises ValueError: a key is there twice: readers of JSON drop all but the last one without a word.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        twin = next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        raise ValueError(f"the key {twin!r} is there twice in one object")
    return found


def inner_place(place: str, step: Any) -> str:
    """Return what messages call the item ``step``, a key or an index, of the value at ``place``."""
    return f"{place}[{step}]" if isinstance(step, int) else f"{place}.{step}"


def _plain(value: Any, place: str) -> Any:
    if type(value) in PLAIN:  # nearly all there is, and the questions below cost more than a signature
        return value
    if isinstance(value, Enum):  # first, since a member may be a text or a number too
        return _plain(value.value, place)
    if isinstance(value, OWN_WAY):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Mapping):
        return _object(value, place)
    if isinstance(value, Sequence) and not isinstance(value, BYTES):
        return [_plain(item, inner_place(place, index)) for index, item in enumerate(value)]
    return _scalar(value, place)


def _scalar(value: Any, place: str) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (Real, Decimal)):
        if not math.isfinite(value):
            raise InvalidParameter(f"{place} is {value}, and JSON has no such number; pass a finite one.")
        return f"{value:f}" if isinstance(value, Decimal) else float(value)
    raise InvalidParameter(f"{place} is a {type(value).__name__}, which has no JSON form; {_advice(value)}.")


def _advice(value: Any) -> str:
    if isinstance(value, BYTES):
        return "pass text, decoded or in base64"
    if isinstance(value, timedelta):
        return "pass a number, in the unit that the vendor counts in"
    if isinstance(value, (set, frozenset)):
        return "pass a list, which has an order"
    return "pass text, numbers, booleans, or lists and mappings of them"


def _object(value: Mapping[Any, Any], place: str) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key in value:  # not items(): Airflow's params would show their schemas there
        name = _plain(key, f"a key of {place}")
        if isinstance(name, bool) or not isinstance(name, (str, int)):
            raise InvalidParameter(f"a key of {place} is {name!r}, and the keys of a JSON object are texts.")
        name = str(name)
        if name in plain:
            raise InvalidParameter(f"{place} has two keys that are {name!r} in JSON; rename one.")
        plain[name] = _plain(value[key], inner_place(place, name))
    return plain
