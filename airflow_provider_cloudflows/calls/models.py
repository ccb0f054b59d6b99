"""What every message of either cloud is made of: models that build their validators when they are first needed.

A request is no :class:`Wire`, although it is set up alike (:mod:`.request`): a DAG file checks requests and reads no
answer, and each class of models costs it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
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

    @field_validator("*", mode="before")
    @classmethod
    def _no_number_is_a_flag(cls, value: Any, info: ValidationInfo) -> Any:
        """To Python True is 1: an id that came as ``true`` would be that of the first of all things."""
        if isinstance(value, (bool, list)) and _holds_flag(value) and not _may_be_flag(cls, info.field_name):
            raise PydanticCustomError("rule", "{rule}", {"rule": "it is a number, and not true or false"})
        return value

    def document(self) -> Document:
        """Return the fields as plain JSON, with the vendor's names and without fields that did not come."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _holds_flag(value: Any) -> bool:
    return value.__class__ is bool or any(one.__class__ is bool for one in value)


@cache
def _may_be_flag(model: type[BaseModel], field: str) -> bool:
    """Tell whether a field is no number: another type takes or refuses a flag by itself."""

    def numbers(annotation: Any) -> bool:
        return annotation is int or any(map(numbers, get_args(annotation)))

    def flags(annotation: Any) -> bool:
        return annotation in (bool, Any) or any(map(flags, get_args(annotation)))

    annotation = model.model_fields[field].annotation
    return flags(annotation) or not numbers(annotation)
