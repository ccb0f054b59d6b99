"""Fixtures of the sandbox that other test folders use as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_cloudflows.sandbox.app import Running, serve


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A newborn sandbox on a free loopback port, for one test."""
    with serve() as running:
        yield running
