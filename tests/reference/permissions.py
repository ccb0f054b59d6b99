"""What the caller must be allowed to do, read from the one page that says it: ``docs/connections/permissions.md``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["PAGE", "Permission", "permissions_of", "policy_section"]

PAGE = Path(__file__).parents[2] / "docs" / "connections" / "permissions.md"
ROW = re.compile(r"^\| (?:`(\w+)`)? ?\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Permission:
    """Calls that an operator sends, and what for."""

    calls: str
    purpose: str


def permissions_of(name: str) -> tuple[Permission, ...]:
    """Return the calls of an operator or sensor, in the order of need."""
    return _table().get(name, ())


def policy_section(name: str) -> str:
    """Return the heading of the section with the policy for an operator or sensor."""
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    named = [heading for heading, text in map(_parted, sections) if f"`{name}`" in text]
    return named[0] if named else ""


def _parted(section: str) -> tuple[str, str]:
    """Return the heading of a section, and its first paragraph, which says for whom it is."""
    heading, _, text = section.partition("\n\n")
    return heading, text.partition("\n\n")[0] if text.startswith("For ") else ""


@cache
def _table() -> dict[str, tuple[Permission, ...]]:
    found: dict[str, tuple[Permission, ...]] = {}
    operator = ""
    for name, calls, purpose in ROW.findall(PAGE.read_text(encoding="utf-8")):
        operator = name or operator
        found[operator] = (*found.get(operator, ()), Permission(calls, purpose))
    return found
