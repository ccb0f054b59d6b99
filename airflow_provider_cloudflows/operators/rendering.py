"""What rendering makes of an operator's arguments: a text without a template stays, and nothing is told from "None".

Airflow renders in place, so that afterwards nobody sees whether an author wrote the text ``None`` or a template that
found nothing. While a value is rendered both are at hand: what was written, and what became of it. Nothing is marked
then, wherever in a list or mapping it is, and the operator refuses it before it calls the cloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.calls.json_form import inner_place
from airflow_provider_cloudflows.operators.literals import is_reference
from airflow_provider_cloudflows.transport.redact import excerpt

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Nothing", "holds_template", "marked", "places_of_nothing", "resolved", "unmarked"]

RENDERED_NONE = "None"


class Nothing(str):
    """Stands where a template, or another task's output, gave None; a text, so that Airflow can store and show it.

    :param rendered: what Airflow made of it: the text ``None``, or None with native rendering and task outputs.
    :param written: what the author wrote.
    """

    rendered: str | None
    written: str

    def __new__(cls, rendered: str | None = None, written: str = "") -> Nothing:
        """Make the text that Airflow shows."""
        nothing = super().__new__(cls, RENDERED_NONE if rendered is None else rendered)
        nothing.rendered, nothing.written = rendered, written
        return nothing


def holds_template(text: str, environment: Environment) -> bool:
    """Tell whether ``environment`` would render anything in ``text``; a DAG may set other marks than ``{{``."""
    if environment.line_statement_prefix or environment.line_comment_prefix:
        return True
    starts = (environment.variable_start_string, environment.block_start_string, environment.comment_start_string)
    return any(start in text for start in starts)


def marked(written: Any, rendered: Any) -> Any:
    """Return ``rendered``, or the mark for nothing where a template or a reference gave None."""
    gave_text = isinstance(written, str) and isinstance(rendered, str) and rendered.strip() == RENDERED_NONE
    gave_none = rendered is None and (isinstance(written, str) or is_reference(written))
    return Nothing(rendered, excerpt(str(written), 80)) if gave_text or gave_none else rendered


def resolved(rendered: Any) -> Any:
    """Return the items of a mapped task's output, fetched at once: looked at one by one, each costs a call."""
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

    return list(rendered[:]) if isinstance(rendered, LazyXComSequence) else rendered


def places_of_nothing(value: Any, place: str) -> Iterator[tuple[str, Nothing]]:
    """Yield each mark in ``value``, at any depth, and where it is."""
    if isinstance(value, Nothing):
        yield place, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from places_of_nothing(value[key], inner_place(place, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from places_of_nothing(item, inner_place(place, index))


def unmarked(value: Any) -> Any:
    """Return ``value`` as Airflow rendered it."""
    if isinstance(value, Nothing):
        return value.rendered
    if isinstance(value, dict):
        return {key: unmarked(item) for key, item in value.items()}
    return [unmarked(item) for item in value] if isinstance(value, list) else value
