"""The fields of both connection types, as the form and its help texts have them."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_cloudflows.forms import (
    ALIBABA_FIELDS,
    ALIBABA_TYPE,
    FIELD_USE,
    FORM_BEHAVIOUR,
    FORM_FIELDS,
    HUAWEI_FIELDS,
    HUAWEI_TYPE,
    Field,
)

__all__ = ["table"]

HEADER = "| field | label | meaning | used with | secret | default |\n| --- | --- | --- | --- | --- | --- |\n"

KEY_USE = {
    ALIBABA_TYPE: "`auto`, `access_key`, `session_token`, `ram_role`",
    HUAWEI_TYPE: "`auto`, `access_key`, `temporary_key`, `password`, `agency`, `sts_agency`",
}

# The standard fields of every Airflow connection; the others are keys of its extra.
STANDARD = {
    "login": ("Who calls.", "key", ""),
    "password": ("What proves it.", "key", "yes"),
    "port": ("See [Web UI](../../connections.md#web-ui).", "nothing", ""),
}


def table(conn_type: str) -> str:
    """Return the table of one connection type."""
    return HEADER + "".join(f"| {' | '.join(row)} |\n" for row in rows(conn_type))


def rows(conn_type: str) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each field, in the order of the form."""
    labels = FORM_BEHAVIOUR[conn_type]["relabeling"]
    for name, (meaning, use, secret) in STANDARD.items():
        yield name, labels[name], meaning, KEY_USE[conn_type] if use == "key" else use, secret, ""
    meant = ALIBABA_FIELDS if conn_type == ALIBABA_TYPE else HUAWEI_FIELDS
    for name, field in FORM_FIELDS[conn_type].items():
        use = ", ".join(f"`{auth_type}`" for auth_type in FIELD_USE[conn_type].get(name, ())) or "any"
        yield f"`{name}`", field["label"], meant[name]["description"], use, secret_of(field), default_of(field)


def secret_of(field: Field) -> str:
    """Return whether Airflow hides the field."""
    return "yes" if field["schema"].get("format") == "password" else ""


def default_of(field: Field) -> str:
    """Return what the form fills in."""
    default = field["schema"].get("default")
    return "" if default is None else f"`{str(default).lower()}`"
