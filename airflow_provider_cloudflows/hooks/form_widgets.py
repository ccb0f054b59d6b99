"""The connection form as Airflow 3.1 asks a hook for it.

Newer versions read :mod:`airflow_provider_cloudflows.forms`, which is where the fields are declared.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_cloudflows.forms import FORM_BEHAVIOUR, FORM_FIELDS

__all__ = ["form_behaviour", "form_widgets"]


def form_behaviour(connection_type: str) -> dict[str, Any]:
    """Return how the standard fields of a connection form look, as Airflow 3.1 asks a hook for it."""
    behaviour = FORM_BEHAVIOUR[connection_type]
    return {
        "hidden_fields": behaviour["hidden-fields"],
        "relabeling": behaviour["relabeling"],
        "placeholders": behaviour["placeholders"],
    }


def form_widgets(connection_type: str) -> dict[str, Any]:
    """Return a connection form's own fields, as Airflow 3.1 asks a hook for them."""
    from wtforms import BooleanField, IntegerField, PasswordField, StringField  # type: ignore[import-untyped]
    from wtforms.validators import any_of  # type: ignore[import-untyped]

    kinds = {"boolean": BooleanField, "integer": IntegerField}
    widgets = {}
    for name, field in FORM_FIELDS[connection_type].items():
        schema = field["schema"]
        kind = PasswordField if schema.get("format") == "password" else kinds.get(schema["type"][0], StringField)
        choices = [any_of(schema["enum"])] if "enum" in schema else []
        widgets[name] = kind(field["label"], choices, description=field["description"], default=schema.get("default"))
    return widgets
