"""Secrets stay out of logs, errors and representations."""

from __future__ import annotations

import asyncio
import io
import logging
import pprint
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.log import mask_logs

from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.project import ListProjects
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from tests.conftest import SetConnection
from tests.hooks.conftest import Opened

Secrets = dict[str, str]


def fresh(*names: str) -> Secrets:
    """New secrets: Airflow's masker never forgets, so an old one would prove nothing."""
    return {name: uuid.uuid4().hex for name in names}


def masked(secret: str) -> bool:
    """Tell whether Airflow's log processor hides ``secret``."""
    return secret not in str(mask_logs(None, "info", {"event": f"before {secret} after"}))


def read_blocking(hook: CloudHook) -> None:
    assert hook.fields


def read_on_a_loop(hook: CloudHook) -> None:
    asyncio.run(hook.aload())


CASES: list[tuple[str, type[CloudHook], tuple[str, ...]]] = [
    ("cloudflows_alibaba", AlibabaCloudHook, ("password", "security_token", "proxy")),
    ("alibaba_cloud", AlibabaCloudHook, ("access_key_secret",)),
    ("cloudflows_huawei", HuaweiCloudHook, ("password", "security_token", "x_auth_token", "proxy")),
    ("huaweicloud", HuaweiCloudHook, ("password",)),
]


@pytest.mark.parametrize("read", [read_blocking, read_on_a_loop])
@pytest.mark.parametrize(("conn_type", "hook_class", "names"), CASES, ids=[case[0] for case in CASES])
def test_every_secret_is_masked_in_task_logs_once_it_is_read(
    set_connection: SetConnection,
    conn_type: str,
    hook_class: type[CloudHook],
    names: tuple[str, ...],
    read: Callable[[CloudHook], None],
) -> None:
    secrets = fresh(*names)
    extra = {name: value for name, value in secrets.items() if name != "password"}
    set_connection("masked", conn_type=conn_type, login="key-id", password=secrets.get("password"), extra=extra)
    hook = hook_class("masked")
    assert not [name for name, value in secrets.items() if masked(value)]
    read(hook)
    assert [name for name, value in secrets.items() if not masked(value)] == []


def test_secret_is_masked_without_the_blanks_around_it(set_connection: SetConnection) -> None:
    secret = fresh("token")["token"]
    set_connection("blanks", conn_type="cloudflows_huawei", extra={"x_auth_token": f" {secret}\n"})
    read_blocking(HuaweiCloudHook("blanks"))
    assert masked(secret)


@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
def test_representations_hold_no_secret(
    set_connection: SetConnection, sandbox: Running, opened: Opened, cloud: str
) -> None:
    secrets = fresh("password", "security_token")
    extra = {"security_token": secrets["security_token"], "region": "cn-north-4", "endpoint": sandbox.url}
    extra["proxy"] = "http://me:ProxyPassword01@127.0.0.1:9"
    set_connection("shown", conn_type=f"cloudflows_{cloud}", login="key-id", password=secrets["password"], extra=extra)
    hook: CloudHook = AlibabaCloudHook("shown") if cloud == "alibaba" else HuaweiCloudHook("shown")
    client = opened(hook).get_conn()
    signer: Any = client.signer
    looked_at: list[Any] = [hook, client, client.transport, client.transport.settings, client.endpoints]
    looked_at += [signer, signer.kept, signer.kept.source, signer.kept.source._credential, hook.fields]
    for one in looked_at:
        shown = f"{one!r} {one!s}"
        assert not [name for name, secret in secrets.items() if secret in shown], shown
        assert "ProxyPassword01" not in shown
    for one in (client, signer, signer.kept, signer.kept.source, client.transport):
        assert not [name for name, secret in secrets.items() if secret in pprint.pformat(vars(one))]
        assert "ProxyPassword01" not in pprint.pformat(vars(one))


@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
def test_errors_and_debug_logs_hold_no_secret(
    set_connection: SetConnection, sandbox: Running, opened: Opened, cloud: str
) -> None:
    secrets = fresh("password", "security_token")
    extra = {"security_token": secrets["security_token"], "region": "cn-north-4", "endpoint": sandbox.url}
    extra["project_id"] = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    set_connection("logged", conn_type=f"cloudflows_{cloud}", login="key-id", password=secrets["password"], extra=extra)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        hook: CloudHook = AlibabaCloudHook("logged") if cloud == "alibaba" else HuaweiCloudHook("logged")
        request: Any = ListProjects() if cloud == "alibaba" else ListWorkspaces()
        with pytest.raises(CloudflowsError) as caught:
            opened(hook).call(request)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    error = caught.value
    shown = f"{error!r} {error!s} {vars(error)} {written.getvalue()}"
    assert not [name for name, secret in secrets.items() if secret in shown], shown
