"""What every message of either cloud is made of: models that build their validators when they are first needed.

A request is no :class:`Wire`, although it is set up alike (:mod:`.request`): a DAG file checks requests and reads no
answer, and each class of models costs it.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

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

    def document(self) -> Document:
        """Return the fields as plain JSON, with the vendor's names and without fields that did not come."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
