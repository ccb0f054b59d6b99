"""Constraints that several requests share, and the words that a user reads when one is broken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic_core import PydanticCustomError

__all__ = ["Name", "NoFlag", "Required", "exactly_one", "matches", "plain"]


def plain(value: Any) -> Any:
    """Return ``value`` with models as plain JSON, so that it compares by content."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, list):
        return sorted((plain(one) for one in value), key=repr)
    return value


def matches(pattern: str, rule: str) -> AfterValidator:
    """Constrain a text to ``pattern``, which must match all of it; ``rule`` is what the user reads."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return value

    return AfterValidator(check)


Required = matches(r"(?s).*\S.*", "must not be empty")
"""A text with something in it; a template that rendered to nothing fails here."""


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("rule", "{rule}", {"rule": "it is a number, and not True or False"})
    return value


NoFlag = BeforeValidator(_no_flag)
"""An id that is a number. To Python True is 1, so that the output of a task that tells whether something was there
would name the first of all things."""


def _without_edges(name: str) -> str:
    if not name or any(unicodedata.category(edge) in INVISIBLE for edge in (name[0], name[-1])):
        rule = "a name must not be empty, nor begin or end with white space or an invisible character"
        raise PydanticCustomError("rule", "{rule}", {"rule": rule})
    return name


INVISIBLE = ("Zs", "Zl", "Zp", "Cc", "Cf")
"""Unicode's categories of blanks, controls and formats."""

Name = AfterValidator(_without_edges)
"""The name of something to be created. A service that trims it would list another name than was sent, and each look for
the one that was sent would find nothing."""


def exactly_one(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return ``data`` with the one of ``names`` that has a value, and without the others; an empty text is none.

    The error of another number tells the names too: who knows some values only later can put the decision off.
    """
    given = [name for name in names if data.get(name) is not None and data[name] != ""]
    if len(given) != 1:
        rule = f"exactly one of {' and '.join(names)} must be given, not {'both' if given else 'neither'}"
        raise PydanticCustomError("rule", "{rule}", {"rule": rule, "names": names})
    return {name: value for name, value in data.items() if name not in names or name in given}
