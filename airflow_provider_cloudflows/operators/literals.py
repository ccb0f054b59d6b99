"""Which arguments of an operator are known when the DAG is parsed, and whether those keep the vendor's rules.

A value that is a template or another task's output is unknown until the task runs; everything else is checked at once,
so that a wrong literal fails the import of the DAG instead of a run at night.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["broken_rules", "is_literal", "validated"]

Values = Mapping[str, Any]


def is_literal(value: Any) -> bool:
    """Tell whether ``value`` is known at parse time: no template, and no reference to another task."""
    if isinstance(value, str):
        return "{{" not in value and "{%" not in value
    if isinstance(value, Mapping):
        return all(is_literal(item) for item in value.values())  # Airflow renders no keys
    if isinstance(value, (list, tuple)):
        return all(is_literal(item) for item in value)
    return value is None or isinstance(value, (bool, int, float))


def validated(model: type[BaseModel], values: Values, names: Values, where: str) -> Any:
    """Return the request ``model`` made of ``values``.

    :param names: operator argument by field, where they differ.
    :param where: operator and task, for the message.
    :raises InvalidParameter: with every broken rule.
    """
    try:
        return model.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as invalid:
        raise _complaint(where, [_rule(error, names) for error in _errors(invalid)]) from None


def broken_rules(
    model: type[BaseModel], values: Values, names: Values, where: str, unknown: Collection[str] = ()
) -> InvalidParameter | None:
    """Return what is wrong with the literals among ``values``, or None.

    :param unknown: fields that are filled in when the task runs.
    """
    try:
        model.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as invalid:
        certain = [error for error in _errors(invalid) if _is_certain(error, values, unknown)]
        return _complaint(where, [_rule(error, names) for error in certain]) if certain else None
    return None


def _errors(invalid: ValidationError) -> list[Any]:
    return list(invalid.errors(include_url=False, include_context=False))


def _is_certain(error: Mapping[str, Any], values: Values, unknown: Collection[str]) -> bool:
    place = error["loc"]
    if place and place[0] in unknown and values.get(place[0]) is None:
        return False
    return is_literal(_leaf(values, place)) if place else True


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
    shown = f"={excerpt(repr(value), 80)}" if isinstance(value, (str, int, float)) else ""
    return f"{name}{shown}: {error['msg']}"


def _complaint(where: str, rules: list[str]) -> InvalidParameter:
    return InvalidParameter(f"{where} breaks the vendor's rules: {'; '.join(rules)}.")
