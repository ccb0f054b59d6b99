"""Who did what to a resource, and when: the words for it, and the differences that are worth telling.

The store writes one line for each change, in the transaction of the change itself, so that what was rolled back was
never told. What a line looks like to a person is made in ``inventory.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_LINES = 20_000
"""Lines that are kept of all resources together; older ones are forgotten."""

_UNTOLD = {"course.looks"}
"""A look at running work is counted in its document, and changes nothing that anybody sees."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who changes something: an operation with the request it came in, a person, an event, or the sandbox itself."""

    by: str
    request_id: str = ""


BIRTH = Cause("birth")
SANDBOX = Cause("the sandbox")
PERSON = Cause("the console or the control API")
EVENT = Cause("an event that was asked for")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What changed, by field: the value before and the value after, None where there was none.

    Of an object in a field its own fields are compared, under names such as ``course.began``.
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    names = sorted((old.keys() | new.keys()) - _UNTOLD)
    return {name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)}


def before(document: Mapping[str, Any], changes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """The document as it was before these ``differences``; what there was not yet is None."""
    earlier = dict(document)
    for name, (old, _) in changes.items():
        outer, dot, inner = name.partition(".")
        nested = earlier.get(outer)
        if dot and isinstance(nested, Mapping):
            earlier[outer] = {**nested, inner: old}
        else:
            earlier[name] = old
    return earlier


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", each) for inner, each in value.items())
        else:
            yield name, value
