"""Docstrings as Markdown: the text before the parameters, and what is said of each parameter."""

from __future__ import annotations

import inspect
import re
from typing import Any

__all__ = ["cell", "markdown", "parameters", "summary", "text"]

FIELD = re.compile(r"^:(\w+)(?: (\w+))?: *(.*(?:\n(?:[ \t]+.*|(?=\n[ \t])))*)", re.MULTILINE)
ROLE = re.compile(r":\w+:`~?([^`]+)`")


def text(documented: Any) -> str:
    """Return what the docstring of a class or function says before its parameters, as Markdown."""
    return markdown(re.split(r"^:\w+(?: \w+)?:", inspect.cleandoc(documented.__doc__ or ""), maxsplit=1, flags=re.M)[0])


def summary(documented: Any) -> str:
    """Return its first paragraph on one line."""
    return " ".join(text(documented).split("\n\n")[0].split())


def parameters(documented: Any) -> dict[str, str]:
    """Return what the docstring says of each parameter, on one line."""
    found = FIELD.findall(inspect.cleandoc(documented.__doc__ or ""))
    return {name: " ".join(markdown(said).split()) for field, name, said in found if field == "param"}


def markdown(docstring: str) -> str:
    """Return reStructuredText, as far as docstrings here use it, as Markdown."""
    without_roles = ROLE.sub(lambda role: f"`{role[1].rpartition('.')[2]}`", docstring)
    return without_roles.replace("``", "`").strip()


def cell(markdown_text: str) -> str:
    """Return a text as the cell of a table."""
    return " ".join(markdown_text.split()).replace("|", "\\|")
