"""Fixtures of the tests of the ways to obtain an Alibaba Cloud credential."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_cloudflows.auth.cache import forget_all
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.transport.client import Transport
from tests.auth.alibaba.bench import Bench


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A transport and no cloud: nothing answers."""
    transport = Transport()
    yield Bench(transport, "http://127.0.0.1:9")
    transport.close()


@pytest.fixture
def cloud(sandbox: Running) -> Iterator[Bench]:
    """A transport and the sandbox as the cloud, and as this machine's metadata service."""
    transport = Transport()
    yield Bench(transport, sandbox.url)
    transport.close()
