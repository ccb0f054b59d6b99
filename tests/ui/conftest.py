"""The browser, logged in to the shared Airflow, and the folder for its screenshots."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from tests.ui.browser import HIGH_WINDOW, Album, find_chromium, open_browser
from tests.ui.pages import AirflowUI

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def album() -> Album:
    """Where screenshots go: the folder that CLOUDFLOWS_SCREENSHOTS names, else one that git ignores."""
    return Album(Path(os.environ.get("CLOUDFLOWS_SCREENSHOTS") or ROOT / ".venv" / "screenshots"))


# Not for the session: while Playwright runs, the thread has an event loop, and other tests start their own.
@pytest.fixture(scope="module")
def ui(shared_airflow: ThrowAwayAirflow) -> Iterator[AirflowUI]:
    """Airflow's web UI in a headless browser, logged in."""
    chromium = find_chromium()
    assert chromium, "a test that uses this is skipped without Chromium"
    with open_browser(chromium) as page:
        page.set_viewport_size(HIGH_WINDOW)
        yield AirflowUI(page, shared_airflow.url, shared_airflow.rest.token)
