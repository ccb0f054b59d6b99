"""The browser on this machine, and the pictures that a test keeps of what it saw.

The driver is Playwright's Python package with the Chromium that is installed here: it downloads no browser.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
WINDOW: ViewportSize = {"width": 1280, "height": 900}
HIGH_WINDOW: ViewportSize = {"width": 1280, "height": 2100}
"""Shows the longest form without scrolling; to change the height for each picture takes longer than the picture."""
FLAGS = [
    # A container often runs as root, with no user namespaces to build Chromium's own sandbox from, and gives
    # /dev/shm too little room. The browser visits nothing but the Airflow that the test has started.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    # A machine without a graphics card would imitate one, which only takes time.
    "--disable-gpu",
]
# What slides, fades and turns is drawn sixty times a second, which is half of what a form costs.
NOTHING_MOVES = """{
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { animation: none !important; transition: none !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
}"""


def find_chromium() -> str | None:
    """Return the path of the browser: what the variable CHROMIUM names, else the first of the usual commands."""
    chosen = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [chosen] if chosen else NAMES)), None)


@contextmanager
def open_browser(executable: str, timeout: float = 60.0) -> Iterator[Page]:
    """A page of a headless browser, in English; whatever is waited for has ``timeout`` seconds to come: a busy
    machine takes a quarter of a minute to load the scripts of Airflow."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            page = browser.new_page(viewport=WINDOW, locale="en-US")
            page.add_init_script(NOTHING_MOVES)
            page.set_default_timeout(timeout * 1000)
            expect.set_options(timeout=timeout * 1000)
            yield page
        finally:
            browser.close()


class Album:
    """A folder of screenshots, numbered in the order in which they were taken; it forgets those of an earlier run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken = 0
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("[0-9][0-9]-*.png"):
            old.unlink()

    def take(self, page: Page, name: str) -> None:
        """Photograph what the window shows."""
        self._taken += 1
        page.screenshot(path=self._folder / f"{self._taken:02}-{name}.png")
