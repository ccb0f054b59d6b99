"""The documentation as a site: it builds strictly, its search finds things, and it asks nobody else for anything."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from airflow_provider_cloudflows import errors
from tests.airflow_versions import written_with_the_newest
from tests.docs.pages import ROOT
from tests.reference.catalogue import entries
from tests.ui.browser import find_chromium, open_browser

pytestmark = [pytest.mark.xdist_group("site"), written_with_the_newest]

LOADED = re.compile(r"""<(?:script|img|iframe|source|audio|video)\b[^>]*?\bsrc=["']?([^"' >]+)""")
LINKED = re.compile(r"""<link\b[^>]*?\bhref=["']?([^"' >]+)""")
ELSEWHERE = re.compile(r"(\w+:)?//")

# What a person types, and the title of what should be among what is found.
SEARCHES = {
    "light": [("backfill nodes", "BackfillDataWorksNodesOperator"), ("--list-lag", "sandbox")],
    "dark": [("LostTrack", "CF602")],
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    built(ROOT / "mkdocs.yml", site_dir=str(folder))
    return folder


def built(config_file: Path, **settings: Any) -> None:
    config = load_config(str(config_file), **settings)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    for page in pages:
        text = page.read_text(encoding="utf-8")
        asked = LOADED.findall(text) + LINKED.findall(text)
        assert asked
        assert not [address for address in asked if ELSEWHERE.match(address)], page
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", style.read_text(encoding="utf-8")), style


def test_the_index_of_the_search_knows_every_class_and_every_error(site: Path) -> None:
    found = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    titles = {document["location"]: document["title"] for document in found}
    for entry in entries():
        assert titles[str(entry.page.with_suffix(".html"))] == entry.name
    assert titles["errors/CF203.html"] == "CF203: PermissionDenied"
    assert titles["reference/choices.html"] == "Choices of the sandbox"
    text = " ".join(document["text"] for document in found)
    assert not [name for name in errors.__all__ if name not in text and name != "Repeat"]


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("[a page](nowhere.md)", "nowhere.md"),
        ("[a part](#nowhere)", "#nowhere"),
        ("![a picture](nowhere.svg)", "nowhere.svg"),
    ],
)
def test_what_leads_nowhere_fails_the_build(
    page: str, complaint: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# A page\n\n{page}\n")
    validation = (ROOT / "mkdocs.yml").read_text().partition("\nvalidation:\n")[2].partition("\n\n")[0]
    config = f"site_name: a site\nstrict: true\nvalidation:\n{validation}\n"
    (tmp_path / "mkdocs.yml").write_text(config)
    with pytest.raises(Abort):
        built(tmp_path / "mkdocs.yml")
    assert complaint in caplog.text


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
def test_a_person_finds_an_operator_and_an_error_on_a_desk_and_on_a_phone(site: Path) -> None:
    chromium = find_chromium()
    assert chromium
    pictures = Path(os.environ.get("CLOUDFLOWS_SCREENSHOTS") or ROOT / ".venv" / "screenshots") / "documentation"
    with served(site) as address, open_browser(chromium, timeout=60) as page:
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        for width, scheme in ((1280, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(f"{address}reference/fabric/RunFabricJobOperator.html")
            page.screenshot(path=pictures / f"reference-{width}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            for words, wanted in SEARCHES[scheme]:
                page.goto(f"{address}index.html")
                if width < 700:
                    page.locator("header label[for=__search]").first.click()
                # Key by key: the search listens to keys, and a text that appears at once may go unnoticed.
                page.locator("input.md-search__input").press_sequentially(words)
                page.locator(".md-search-result__link h1", has_text=wanted).first.wait_for()
                page.screenshot(path=pictures / f"search-{width}-{wanted}.png")
        assert not [one for one in asked if not one.startswith((address, "data:", "blob:"))]
        assert not said
