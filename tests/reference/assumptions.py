"""What nobody knows for certain, collected: the sandbox's choices, and each statement that a page marks as assumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from airflow_provider_cloudflows.sandbox.choices import listing
from tests.reference.catalogue import SERVICE_TITLES
from tests.reference.docstrings import cell

__all__ = ["anchor", "choices_page", "marked_assumptions", "slug"]

DOCS = Path(__file__).parents[2] / "docs"
SANDBOX = "airflow_provider_cloudflows.sandbox"
BULLET = re.compile(r"^- Assumption: (.+?)(?=^- |^#|^\s*$|\Z)", re.MULTILINE | re.DOTALL)
PAGES_WITH_ASSUMPTIONS = ("connections/permissions.md",)


def choices_page() -> str:
    """Return the page of what the sandbox chose."""
    rooms = {"Faults, gateways, IAM and STS": f"{SANDBOX}.choices"}
    rooms |= {
        title: f"{SANDBOX}.{folder}.choices"
        for folder, title in SERVICE_TITLES.items()
        if folder not in ("alibaba", "huawei")
    }
    sections = "\n".join(f"## {title}\n\n{_choices(module)}" for title, module in rooms.items())
    return (
        "# Choices of the sandbox\n\n"
        "What the vendors do not publish and the [sandbox](../sandbox.md) therefore had to choose: no fact about a "
        "cloud. "
        "A running sandbox lists the same at `/_sandbox/choices`. "
        "[What is assumed](../assumptions.md) says what else was not tried on live clouds.\n\n"
        f"{sections}"
    )


def _choices(module: str) -> str:
    rows = (
        f"| {cell(choice['subject'])} | {cell(_literally(choice['value']))} | {cell(_literally(choice['why']))} |\n"
        for choice in listing(vars(import_module(module)))
    )
    return f"| what is open | what the sandbox does | why |\n| --- | --- | --- |\n{''.join(rows)}"


def _literally(text: str) -> str:
    """Return a text whose braces, stars and angles mean themselves."""
    return re.sub(r"([*<>_\[\]])", r"\\\1", str(text))


def marked_assumptions() -> str:
    """Return a list of what the pages mark as an assumption, each with a link to where it stands."""
    return "".join(
        f"- {said[0].upper()}{said[1:]} ([{heading.replace('`', '')}]({page}#{anchor(heading)}))\n"
        for page in PAGES_WITH_ASSUMPTIONS
        for heading, said in _marked(DOCS / page)
    )


def _marked(page: Path) -> Iterator[tuple[str, str]]:
    for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        for said in BULLET.findall(text):
            yield heading, " ".join(said.split())


def anchor(heading: str) -> str:
    """Return the anchor of a heading: its text in lower case, without punctuation, with hyphens for blanks."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def slug(heading: str, separator: str) -> str:
    """Return the same for MkDocs, which asks with the separator that it would use."""
    return anchor(heading)
