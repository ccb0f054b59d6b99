"""What every message of either cloud is made of: models that build their validators when they are first needed.

A request is no :class:`Wire`, although it is set up alike (:mod:`.request`): a DAG file checks requests and reads no
answer, and each class of models costs it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["Document", "Wire"]

Document = dict[str, Any]
"""A JSON object as it came."""


class Wire(BaseModel):
    """Base of all answers, and of what is inside of requests and answers.

    Validators are built when first needed, so that importing a service stays cheap. Fields that a cloud adds later are
    kept at every level of an answer.
    """

    model_config = ConfigDict(
        extra="allow",
        defer_build=True,
        populate_by_name=True,
        loc_by_alias=False,
        protected_namespaces=(),
        coerce_numbers_to_str=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _no_number_is_a_flag(cls, data: Any) -> Any:
        """To Python True is 1: an id that came as ``true`` would be that of the first of all things.

        Once for all fields: to ask at each costs a create a tenth of its time.
        """
        if isinstance(data, dict):
            for name in _numbers_of(cls):
                if _holds_flag(data.get(name)):
                    rule = f"{name} is a number, and not true or false"
                    raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return data

    def document(self) -> Document:
        """Return the fields as plain JSON, with the vendor's names and without fields that did not come."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _holds_flag(value: Any) -> bool:
    return value.__class__ is bool or (isinstance(value, list) and any(one.__class__ is bool for one in value))


@cache
def _numbers_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return how the fields that are numbers are called; another type takes or refuses a flag by itself."""

    def numbers(annotation: Any) -> bool:
        return annotation is int or any(map(numbers, get_args(annotation)))

    def flags(annotation: Any) -> bool:
        return annotation in (bool, Any) or any(map(flags, get_args(annotation)))

    fields = model.model_fields.items()
    found = [(name, field) for name, field in fields if numbers(field.annotation) and not flags(field.annotation)]
    return tuple(key for name, field in found for key in {name: None, field.alias or name: None})
