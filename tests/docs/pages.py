"""The pages that people write, and what is printed on them: blocks of code, commands, mentions of commands, links."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if "reference" not in page.relative_to(ROOT).parts),
)
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """A block of code on a page.

    :param line: the line that it begins in.
    """

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Return the blocks of all pages in one of ``languages``."""
    return [block for page in PAGES for block in _blocks_of(page) if block.language in languages]


def _blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        yield Block(page, text[: found.start()].count("\n") + 1, found[2], textwrap.dedent(found[3]))


def languages() -> set[str]:
    """Return the languages of all blocks."""
    return {block.language for page in PAGES for block in _blocks_of(page)}


def commands(block: Block) -> Iterator[list[str]]:
    """Yield the commands of a shell block as words, without comments and without what they print."""
    lines = block.text.splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    pending = ""
    for line in lines:
        pending += line + "\n"
        try:
            words = shlex.split(pending.replace("\\\n", " "), comments=True)
        except ValueError:  # a quote is still open
            continue
        if not line.endswith("\\"):
            pending = ""
            if words:
                yield words
    assert not pending.strip(), f"{block} ends inside of a command"


def mentions() -> Iterator[tuple[Path, list[str]]]:
    """Yield the commands that the text of the pages names, as words."""
    for page in PAGES:
        text = BLOCK.sub("", page.read_text(encoding="utf-8"))
        for inline in INLINE.findall(text):
            if re.match(r"(make|pytest|python -m|airflow) [a-z./_-]", inline):
                yield page, shlex.split(inline)
