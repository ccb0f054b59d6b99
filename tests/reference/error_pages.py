"""A page for each error, and the table of all: what is explained of it, with a message as the code says it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath

from airflow_provider_cloudflows.cli.explain import ERRORS, GROUPS, Explanation, explanation_of
from airflow_provider_cloudflows.errors import CloudflowsError, Repeat
from tests.reference.docstrings import cell
from tests.reference.error_examples import example_of_error

__all__ = ["error_link", "error_pages", "error_table"]

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = PurePosixPath("errors")
REPEATS = {Repeat.NEVER: "no", Repeat.LATER: "yes", Repeat.LOOK_FIRST: "yes, it looks first"}


def error_pages() -> dict[PurePosixPath, str]:
    """Return the page of each error, by its place in ``docs``."""
    with nothing_logged():
        return {FOLDER / f"{code}.md": _page(explanation_of(code), example_of_error(code)) for code in ERRORS}


def error_link(error: type[CloudflowsError], up: str) -> str:
    """Return a link to the page of an error.

    :param up: the way to the folder ``docs``.
    """
    return f"[`{error.__name__}`]({up}{FOLDER}/{error.help_code}.md)"


def error_table() -> str:
    """Return the table of all errors, group by group."""
    return "\n".join(f"### {title}\n\n{_rows(digit)}" for digit, title in GROUPS.items())


def _rows(digit: str) -> str:
    codes = sorted(code for code in ERRORS if code.startswith(f"CF{digit}"))
    return "| code | class | the request took effect? | repeating helps? |\n| --- | --- | --- | --- |\n" + "".join(
        f"| [{code}]({FOLDER}/{code}.md) | `{ERRORS[code].__name__}` | {cell(explanation_of(code).effect)} "
        f"| {REPEATS[ERRORS[code].repeat]} |\n"
        for code in codes
    )


def _page(explained: Explanation, example: str) -> str:
    error = explained.error
    effect = f"{explained.effect[:1].upper()}{explained.effect[1:]}."
    return (
        f"# {error.help_code}: {error.__name__}\n\n{explained.happened()}\n\n"
        f"```text\n{example}\n```\n\n"
        f"| class | `{error.__module__}.{error.__name__}`{_kinds(error)} |\n| --- | --- |\n"
        f"| did the request take effect? | {cell(effect)} |\n\n"
        f"{_with_links(explained.markdown())}\n\n## Related\n\n{''.join(_related(page) for page in explained.related)}"
        "- [All errors](../errors.md)\n"
    )


def _with_links(markdown: str) -> str:
    """Let each code of another error lead to its page."""
    return re.sub(r"\b(CF\d{3})\b", r"[\1](\1.md)", markdown)


def _kinds(error: type[CloudflowsError]) -> str:
    """Return which other errors it is one of."""
    kinds = [kind for kind in error.__mro__[1:] if issubclass(kind, CloudflowsError) and kind.__dict__.get("help_code")]
    above = [error_link(kind, "../") for kind in kinds if kind is not CloudflowsError]
    return f", a kind of {' and '.join(above)}" if above else ""


def _related(page: str) -> str:
    return f"- [{_title(page)}](../{page})\n"


@cache
def _title(page: str) -> str:
    """Return the first heading of a page that people write, or of the reference."""
    if page == "reference/index.md":
        return "Reference"
    said = re.search(r"^# (.+)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    if said is None:
        raise LookupError(f"docs/{page} has no heading")
    return said[1]


@contextmanager
def nothing_logged() -> Iterator[None]:
    """Keep what leads to an error out of the terminal of whoever builds the pages."""
    package = logging.getLogger("airflow_provider_cloudflows")
    silent, propagates = logging.NullHandler(), package.propagate
    package.addHandler(silent)
    package.propagate = False
    try:
        yield
    finally:
        package.propagate = propagates
        package.removeHandler(silent)
