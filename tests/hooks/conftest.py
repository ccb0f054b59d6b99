"""Fixtures of the hooks' tests: our connections to the sandbox, and the vendors' host names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.world import AccessKey
from tests.conftest import SetConnection
from tests.hooks.vendor_hosts import VendorHosts, make_certificate, vendor_hosts
from tests.supervisor import as_in_a_task as as_in_a_task

HookT = TypeVar("HookT", bound=CloudHook)
MakeAlibaba = Callable[..., AlibabaCloudHook]
MakeHuawei = Callable[..., HuaweiCloudHook]


class Opened(Protocol):
    """Closes a hook's connections when the test has ended: ``hook = opened(AlibabaCloudHook("x"))``."""

    def __call__(self, hook: HookT, /) -> HookT: ...


@pytest.fixture
def opened() -> Iterator[Opened]:
    hooks: list[CloudHook] = []

    def keep(hook: HookT) -> HookT:
        hooks.append(hook)
        return hook

    yield keep
    for hook in hooks:
        hook.close()


@pytest.fixture
def alibaba(sandbox: Running, opened: Opened, set_connection: SetConnection) -> MakeAlibaba:
    """Makes a hook for the sandbox: ``alibaba(key, hook={…}, **extra)``; None removes an extra field."""

    def make(
        key: AccessKey | None = world.ALIBABA_KEY, hook: dict[str, Any] | None = None, **extra: Any
    ) -> AlibabaCloudHook:
        fields = {"region": world.ALIBABA_REGION, "endpoint": sandbox.url, **extra}
        login = _login(key, fields)
        set_connection("ali", conn_type="cloudflows_alibaba", extra=_given(fields), **login)
        return opened(AlibabaCloudHook("ali", **(hook or {})))

    return make


@pytest.fixture
def huawei(sandbox: Running, opened: Opened, set_connection: SetConnection) -> MakeHuawei:
    """Makes a hook for the sandbox: ``huawei(key, hook={…}, **extra)``; None removes an extra field."""

    def make(
        key: AccessKey | None = world.HUAWEI_KEY, hook: dict[str, Any] | None = None, **extra: Any
    ) -> HuaweiCloudHook:
        fields = {"region": world.HUAWEI_REGION, "endpoint": sandbox.url, **extra}
        login = _login(key, fields)
        set_connection("hua", conn_type="cloudflows_huawei", extra=_given(fields), **login)
        return opened(HuaweiCloudHook("hua", **(hook or {})))

    return make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of the vendors' hosts."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def vendors(sandbox: Running, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorHosts]:
    """The vendors' hosts, reached as in many companies: a proxy and a CA of one's own, both from the environment."""
    with vendor_hosts(sandbox.port, *certificate) as running:
        monkeypatch.setenv("HTTPS_PROXY", running.proxy)
        monkeypatch.setenv("SSL_CERT_FILE", str(running.ca_bundle))
        yield running


def _login(key: AccessKey | None, fields: dict[str, Any]) -> dict[str, str]:
    if key is None:
        return {}
    if key.security_token:
        fields.setdefault("security_token", key.security_token)
    return {"login": key.id, "password": key.secret}


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
