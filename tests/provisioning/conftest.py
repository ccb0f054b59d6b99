"""Every test of the protocol closes the connections that it opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .resources import close_clients


@pytest.fixture(autouse=True)
def closed_clients() -> Iterator[None]:
    """Close what the test opened."""
    yield
    close_clients()
