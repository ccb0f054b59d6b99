"""What MkDocs asks while it builds the site.

The Markdown in ``docs/`` is written for people on a forge or in an editor as well, whose links lead to files of the
repository. Here those files become pages: the README is the start page, the changelog and each example a page, and
the links follow. Pages of reference that are behind the code are a warning, and warnings fail the build.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from tests.reference.catalogue import SERVICE_TITLES
from tests.reference.pages import differences

__all__ = ["on_config", "on_files", "on_page_markdown", "on_pre_build"]

ROOT = Path(__file__).parents[2]
LOG = logging.getLogger("mkdocs.plugins.reference")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
NOTE = re.compile(r"\A<!--.*?-->\s*", re.DOTALL)
"""What a page that is written says to who would change it: before a heading that is not the first, it is no title."""
PAGES_OF_FILES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}
"""Files beside ``docs`` that are pages of the site."""
EXAMPLES = ("example_dags", "tests/testing/example_project")
"""Folders beside ``docs`` each of whose programs is one."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of a folder in the place of each entry of the navigation that names one."""
    config.nav = [one for entry in config.nav or [] for one in _filled(entry)]
    return config


def on_pre_build(config: MkDocsConfig) -> None:
    """Warn of pages of reference that do not say what the code says."""
    for page in differences():
        LOG.warning("docs/%s is not what the code says: run python -m tests.reference.", page)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made of files beside ``docs``."""
    for source, page in PAGES_OF_FILES.items():
        said = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_from_the_root(said)))
    for example in sorted(one for folder in EXAMPLES for one in (ROOT / folder).rglob("*.py")):
        said = f"# {example.name}\n\n```python\n{example.read_text(encoding='utf-8')}```\n"
        place = example.relative_to(ROOT).with_suffix(".md").as_posix()
        file = File.generated(config, place, content=said)
        file.inclusion = file.inclusion.NOT_IN_NAV
        files.append(file)
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Let links to files beside ``docs`` lead to their pages, and the heading give its name to the page."""
    depth = len(PurePosixPath(page.file.src_uri).parts) - 1
    return _with_links(NOTE.sub("", markdown), lambda target: _inside(target, depth))


def _filled(entry: Any) -> Iterator[Any]:
    if isinstance(entry, dict):
        ((title, inside),) = entry.items()
        if isinstance(inside, str) and inside.endswith("/"):
            if pages := list(_pages_in(inside)):
                yield {title: pages}
        elif isinstance(inside, list):
            yield {title: [one for each in inside for one in _filled(each)]}
        else:
            yield entry
    else:
        yield entry


def _pages_in(folder: str) -> Iterator[Any]:
    """Yield the pages of a folder, its index first, and then those of each service in it."""
    place = ROOT / "docs" / folder
    pages = sorted(place.glob("*.md"), key=lambda file: (file.stem != "index", file.stem))
    yield from (f"{folder}{file.name}" for file in pages)
    for name, title in SERVICE_TITLES.items():
        if inside := list((place / name).glob("*.md")):
            yield {title: [f"{folder}{name}/{file.name}" for file in sorted(inside)]}


def _from_the_root(said: str) -> str:
    """Return a page of the repository's root as one of ``docs``, where the other pages are nearer."""
    return _with_links(said, lambda target: target.removeprefix("docs/") if _is_here(target) else target)


def _inside(target: str, depth: int) -> str:
    """Return where a link leads in the site, whose pages of examples are beside those of ``docs``."""
    if not _is_here(target):
        return target
    out = "../" * (depth + 1)
    within = target.removeprefix(out) if target.startswith(out) else target
    path, mark, anchor = within.partition("#")
    path = PAGES_OF_FILES.get(path, path)
    if re.search(rf"(^|/)({'|'.join(EXAMPLES)})/[\w/]+\.py$", path):
        path = path.removesuffix(".py") + ".md"
    return ("../" * depth if target.startswith(out) else "") + path + mark + anchor


def _is_here(target: str) -> bool:
    return "://" not in target and not target.startswith(("#", "mailto:"))


def _with_links(markdown: str, lead: Any) -> str:
    parts = FENCE.split(markdown)
    return "".join(part if part.startswith("```") else LINK.sub(lambda m: f"]({lead(m[1])})", part) for part in parts)
