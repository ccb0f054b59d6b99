"""Which arguments of an operator are known when the DAG is parsed, and whether those keep the vendor's rules.

A value that is a template or another task's output is unknown until the task runs; everything else is checked at once,
so that a wrong literal fails the import of the DAG instead of a run at night.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from types import NoneType
from typing import Any

from pydantic import BaseModel, ValidationError

from airflow_provider_cloudflows.base_errors import InvalidParameter

__all__ = [
    "broken_rules",
    "complaint",
    "flag_of",
    "is_given",
    "is_literal",
    "is_positive_number",
    "is_reference",
    "is_undecided",
    "plain_argument",
    "seconds_of",
    "structure",
    "validated",
]

Values = Mapping[str, Any]
IsKnown = Callable[[Any], bool]

TEMPLATE_STARTS = ("{{", "{%", "{#")

SCALARS = (int, float, NoneType)
"""What most arguments are, beside texts. Known by type at once: for an abstract class such as ``Mapping``, Python asks
each of its many subclasses the first time."""

UNKNOWN = "{{ unknown }}"
"""Stands for a reference while the arguments around it are checked."""


def is_literal(value: Any) -> bool:
    """Tell whether ``value`` is known at parse time: no template, and no reference to another task.

    :raises InvalidParameter: it holds itself, or is nested too deeply to be looked through.
    """
    try:
        return _is_literal(value)
    except RecursionError:
        raise InvalidParameter("An argument holds itself, or is nested too deeply for JSON.") from None


def _is_literal(value: Any) -> bool:
    if isinstance(value, str):
        return not any(start in value for start in TEMPLATE_STARTS)
    if isinstance(value, SCALARS):
        return True
    if isinstance(value, Mapping):
        return all(_is_literal(value[key]) for key in value)  # Airflow renders no keys
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(_is_literal(item) for item in value)
    return not is_reference(value)


def is_reference(value: Any) -> bool:
    """Tell whether Airflow puts something else in the place of ``value`` when the task runs.

    It does so for what it can resolve, such as another task's output, for functions, and in objects that have template
    fields of their own.
    """
    if isinstance(value, os.PathLike):
        return False
    return callable(value) or hasattr(value, "resolve") or hasattr(value, "template_fields")


def structure(text: str, is_known: IsKnown = is_literal) -> Any:
    """Return what the JSON ``text`` spells, or ``text`` itself while its templates must be rendered as text first.

    A template in a value is rendered in its place as well when the structure is taken apart before; one in a key, or
    one that is not inside of a JSON string, is rendered in the text only.

    :raises ValueError: when a text that is known is no JSON, or has one key twice, of which JSON would drop the first.
    """
    try:
        spelled = json.loads(text, object_pairs_hook=_keys_are_known(is_known))
    except (ValueError, RecursionError) as unreadable:
        if is_known(text):
            raise ValueError(str(unreadable)) from None
        return text
    return text if isinstance(spelled, str) and not is_known(text) else spelled


def _keys_are_known(is_known: IsKnown) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    from airflow_provider_cloudflows.calls.json_form import without_twins  # loaded with the request that is checked

    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if not all(is_known(key) for key, _ in pairs):
            raise ValueError("a key is a template")
        return without_twins(pairs)

    return check


def plain_argument(value: Any, name: str, where: str) -> Any:
    """Return ``value`` as plain JSON, in which references stand as templates.

    :param name: name of the argument.
    :param where: operator and task, for the message.
    :raises InvalidParameter: for what has no JSON form.
    """
    from airflow_provider_cloudflows.calls.json_form import json_form  # loaded with the request that is checked

    try:
        return json_form(_with_stand_ins(value), name)
    except InvalidParameter as invalid:
        raise InvalidParameter(f"{where} got what cannot be sent: {invalid.sentence()}") from None
    except RecursionError:
        raise InvalidParameter(f"{where} got {name}, which holds itself, or is nested too deeply for JSON.") from None


def _with_stand_ins(value: Any) -> Any:
    if isinstance(value, (str, *SCALARS)):
        return value
    if isinstance(value, Mapping):
        return {key: _with_stand_ins(value[key]) for key in value}
    if isinstance(value, (list, tuple)):
        return [_with_stand_ins(item) for item in value]
    return UNKNOWN if is_reference(value) else value


def seconds_of(value: Any) -> float | None:
    """Return the seconds that ``value`` stands for, or None when it is no time that one can wait."""
    if isinstance(value, bool):
        return None
    try:
        seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def is_positive_number(value: Any) -> bool:
    """Tell whether ``value`` is a whole number, 1 or more, or the digits of one."""
    if isinstance(value, str):
        return value.isascii() and value.isdecimal() and int(value) > 0
    return type(value) is int and value > 0


def flag_of(value: Any) -> bool | None:
    """Return the truth value that ``value`` stands for, which a template renders to a text, or None for neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().casefold()) if isinstance(value, str) else None


def is_given(value: Any) -> bool:
    """Tell whether an argument is given: neither None nor an empty text is."""
    return value is not None and not (isinstance(value, str) and not value)


def is_undecided(values: Values, names: Collection[str], is_known: IsKnown = is_literal) -> bool:
    """Tell whether only a run decides which of ``names`` are given: what is not known may render to nothing."""
    unknown = [name for name in names if not is_known(values.get(name))]
    given = [name for name in names if name not in unknown and is_given(values.get(name))]
    return bool(unknown) and len(given) < 2


def validated(model: type[BaseModel], values: Values, names: Values, where: str) -> Any:
    """Return the request ``model`` made of ``values``.

    :param names: operator argument by field, where they differ.
    :param where: operator and task, for the message.
    :raises InvalidParameter: with every broken rule.
    """
    try:
        return model.model_validate(_given(values))
    except ValidationError as invalid:
        raise complaint(invalid, names, where) from None


def complaint(invalid: ValidationError, names: Values, where: str) -> InvalidParameter:
    """Return what to say of a request that cannot be made; the parameters are those of :func:`validated`."""
    return _complaint(where, [_rule(error, names) for error in invalid.errors(include_url=False)])


def broken_rules(
    model: type[BaseModel],
    values: Values,
    names: Values,
    where: str,
    unknown: Collection[str] = (),
    is_known: IsKnown = is_literal,
) -> InvalidParameter | None:
    """Return what is wrong with the known ones among ``values``, or None.

    :param unknown: fields that are filled in when the task runs.
    """
    errors = _errors(model, values)
    for choice in [error["ctx"]["names"] for error in errors if "names" in error.get("ctx", {})]:
        if is_undecided(values, choice, is_known):
            # It hides what is wrong with the others: let one of the choice stand, which satisfies it.
            stands = next(name for name in choice if is_given(values.get(name)))
            values = {name: value for name, value in values.items() if name not in choice or name == stands}
            errors = _errors(model, values)
    certain = [error for error in errors if _is_certain(error, values, unknown, is_known)]
    return _complaint(where, [_rule(error, names) for error in certain]) if certain else None


def _given(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _errors(model: type[BaseModel], values: Values) -> list[Any]:
    try:
        model.model_validate(_given(values))
    except ValidationError as invalid:
        return list(invalid.errors(include_url=False))
    return []


def _is_certain(error: Mapping[str, Any], values: Values, unknown: Collection[str], is_known: IsKnown) -> bool:
    place = error["loc"]
    if not place:
        return True
    if values.get(place[0]) is None:  # it is missing
        return place[0] not in unknown
    # A mapping may have been taken apart, where no place leads; its keys are known, since Airflow renders none.
    return is_known(error["input"]) or is_known(_leaf(values, place))


def _leaf(values: Values, place: tuple[Any, ...]) -> Any:
    """Return the part of ``values`` that ``place`` points to, as far as it can be followed."""
    leaf: Any = values.get(place[0])
    for step in place[1:]:
        try:
            leaf = leaf[step]
        except (KeyError, IndexError, TypeError):
            break
    return leaf


def _rule(error: Mapping[str, Any], names: Values) -> str:
    place, value = error["loc"], error["input"]
    if not place:
        return str(error["msg"])
    name = names.get(place[0], place[0]) + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in place[1:]
    )
    if error["type"] == "missing":
        return f"{name} is required"
    from airflow_provider_cloudflows.transport.redact import excerpt  # a DAG file that keeps the rules shows nothing

    shown = f"={excerpt(repr(value), 80)}" if isinstance(value, (str, int, float)) else ""
    return f"{name}{shown}: {error['msg']}"


def _complaint(where: str, rules: list[str]) -> InvalidParameter:
    return InvalidParameter(f"{where} breaks the vendor's rules: {'; '.join(rules)}.")
