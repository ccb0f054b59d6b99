"""Fixtures of the tests of the ways to obtain a Huawei Cloud credential."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_cloudflows.auth.cache import forget_all
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.transport.client import Transport
from tests.auth.huawei.bench import Bench


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No credential of an earlier test, and none of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("HUAWEICLOUD_", "HC_CONTAINER_")):
            monkeypatch.delenv(name)
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
    """A transport and the sandbox as the cloud, and as the services of this machine."""
    transport = Transport()
    yield Bench(transport, sandbox.url)
    transport.close()


@pytest.fixture
def id_token_file(sandbox: Running, tmp_path: Path) -> Path:
    """A token of the sandbox's identity provider, as it is mounted into a pod."""
    file = tmp_path / "id_token"
    file.write_text(f"{sandbox.oidc_token()}\n")
    return file


@pytest.fixture
def pod_token_file(tmp_path: Path) -> Path:
    file = tmp_path / "pod_token"
    file.write_text(f"{world.POD_IDENTITY_TOKEN}\n")
    return file
