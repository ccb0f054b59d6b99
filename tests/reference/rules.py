"""The vendor's rules for an argument, in words, read off the field of the request that it fills."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

__all__ = ["rules_of"]

LIMITS: dict[type[Any], tuple[str, str]] = {
    Ge: ("ge", "{} or more"),
    Gt: ("gt", "more than {}"),
    Le: ("le", "{} or less"),
    Lt: ("lt", "less than {}"),
    MinLen: ("min_length", "at least {} long"),
    MaxLen: ("max_length", "at most {} long"),
}

LARGEST_INTEGER = 2**63
"""Nobody wants to read it as digits."""


def rules_of(field: FieldInfo) -> list[str]:
    """Return the rules of a field of a request, without those of its type."""
    return list(dict.fromkeys(_rules([*_of_metadata(field.metadata), *_of_type(field.annotation)])))


def _rules(found: list[str]) -> Iterator[str]:
    yield from (one.rstrip(".") for one in found if one)


def _of_type(annotation: Any) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        yield from _of_metadata(metadata)
        yield from _of_type(inner)
    elif origin is Literal:
        yield f"one of {', '.join(f'`{value}`' for value in get_args(annotation))}"
    elif inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield from _of_parts(annotation)
    else:
        for part in get_args(annotation):
            yield from _of_type(part)


def _of_parts(model: type[BaseModel]) -> Iterator[str]:
    """Yield the rules of a structure inside of a request, each with the name of its part."""
    for name, field in model.model_fields.items():
        for rule in rules_of(field):
            yield f"`{field.alias or name}`: {rule}"


def _of_metadata(metadata: Any) -> Iterator[str]:
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from _of_metadata(one.metadata)
        elif isinstance(one, AfterValidator | BeforeValidator):
            yield _said_by(one.func)
        elif type(one) in LIMITS:
            name, words = LIMITS[type(one)]
            limit = getattr(one, name)
            yield words.format("2⁶³" if limit == LARGEST_INTEGER else limit)


def _said_by(check: Any) -> str:
    """Return what a user reads when a check fails, or an empty text for what only converts."""
    declared = inspect.getclosurevars(check).nonlocals.get("rule")
    if declared is not None:
        return str(declared)
    for wrong in ("", True):
        try:
            check(wrong)
        except PydanticCustomError as complaint:
            return complaint.message()
        except (ValidationError, ValueError, TypeError, AttributeError):
            continue
    return ""
