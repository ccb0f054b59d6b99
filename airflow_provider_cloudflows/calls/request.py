"""What every request of either cloud is: a model that takes no unknown field, and values by their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.calls.json_form import json_form

__all__ = ["Request"]


class Request(BaseModel):
    """Base of all requests; validators are built when first needed, so that importing a service stays cheap.

    See :func:`~airflow_provider_cloudflows.calls.json_form.json_form` for what becomes of dates and the like; what has
    no JSON form breaks the rules of the request.
    """

    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        populate_by_name=True,
        loc_by_alias=False,
        protected_namespaces=(),
        coerce_numbers_to_str=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _take_json_form(cls, data: Any) -> Any:
        """Once for all fields: a validator of each is built with the model, which a DAG file pays for."""
        if not isinstance(data, Mapping):
            return data
        try:
            return {name: json_form(value, str(name)) for name, value in data.items()}
        except InvalidParameter as invalid:
            raise PydanticCustomError("rule", "{rule}", {"rule": invalid.sentence().rstrip(".")}) from None
