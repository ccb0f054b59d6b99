"""Paths into a JSON document, as the author of a DAG writes them: ``Data.Ids[0]``.

Names are separated by dots; a number in brackets counts the items of a list, from 0; a name that holds a dot, a bracket
or a quotation mark stands in brackets as a JSON text: ``Labels["app.name"]``. There are no wildcards and no filters: a
path leads to one value, or nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from airflow_provider_cloudflows.errors import InvalidParameter, ResultMissing
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["check_path", "value_at"]

STEP = re.compile(
    r"""(?:\A|(?!\A)\.)(?P<name>[^.\[\]"]+)"""
    r"""|\[(?P<index>[0-9]{1,9})\]"""
    r"""|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]""",
    re.DOTALL,
)

MOST_NAMES = 20
"""How many names of an object a message shows."""


def check_path(path: Any, place: str) -> None:
    """Check that ``path`` is one.

    :param place: what the message calls it.
    :raises InvalidParameter: with the place from which it cannot be read.
    """
    try:
        list(_steps(path))
    except (TypeError, ValueError):
        raise InvalidParameter(
            f"{place}={excerpt(repr(path), 80)} is no path; write names and indexes such as Data.Ids[0], and a name "
            'that holds a dot as ["a.b"].'
        ) from None


def value_at(document: Any, path: str, where: str) -> Any:
    """Return the value that ``path`` leads to.

    :param where: what the message calls the document.
    :raises ResultMissing: with the part of the path that leads somewhere, and the names or the type that are there; no
        value is shown, since it may be a secret.
    """
    value, passed = document, ""
    for step, end in _steps(path):
        is_there = (
            isinstance(value, list) and step < len(value)
            if isinstance(step, int)
            else isinstance(value, dict) and step in value
        )
        if not is_there:
            found = f"{where} holds no {path}: {passed or 'it'} {_what_is_there(value)}"
            is_void = value is None or value == {} or (isinstance(value, list) and isinstance(step, int))
            raise ResultMissing(found, is_void=is_void)
        value, passed = value[step], path[:end]
    return value


def _steps(path: str) -> Iterator[tuple[int | str, int]]:
    """Yield the steps of ``path``, and where in its text each ends."""
    position = 0
    while position < len(path) or not path:
        found = STEP.match(path, position)
        if found is None:
            raise ValueError(path)
        position = found.end()
        yield _step(found), position


def _step(found: re.Match[str]) -> int | str:
    if found["index"] is not None:
        return int(found["index"])
    if found["quoted"] is not None:
        return str(json.loads(found["quoted"], strict=False))
    return found["name"]


def _what_is_there(value: Any) -> str:
    if isinstance(value, dict):
        names = ", ".join(list(value)[:MOST_NAMES])
        return f"is an object with {excerpt(names, 300)}" if names else "is an empty object"
    if isinstance(value, list):
        return f"is a list of {len(value)}"
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text"}
    return f"is {kinds.get(type(value), 'null')}"
