"""What every message of either cloud is made of: models that build their validators when they are first needed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from airflow_provider_cloudflows.calls.json_form import json_form
from airflow_provider_cloudflows.errors import InvalidParameter

__all__ = ["Document", "Request", "Wire"]

Document = dict[str, Any]
"""A JSON object as it came."""


class Wire(BaseModel):
    """Base of all models; validators are built when first needed, so that importing a service stays cheap.

    Fields that a cloud adds later are kept at every level of an answer; requests take none that they do not know.
    """

    model_config = ConfigDict(
        extra="allow",
        defer_build=True,
        populate_by_name=True,
        loc_by_alias=False,
        protected_namespaces=(),
        coerce_numbers_to_str=True,
    )

    def document(self) -> Document:
        """Return the fields as plain JSON, with the vendor's names and without fields that did not come."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Request(Wire):
    """Base of all requests: they take no field that they do not know, and values by their JSON form.

    See :func:`~airflow_provider_cloudflows.calls.json_form.json_form` for what becomes of dates and the like; what has
    no JSON form breaks the rules of the field.
    """

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _take_json_form(cls, value: Any, info: ValidationInfo) -> Any:
        try:
            return json_form(value, str(info.field_name))
        except InvalidParameter as invalid:
            raise PydanticCustomError("rule", "{rule}", {"rule": str(invalid).rstrip(".")}) from None
