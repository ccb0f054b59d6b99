"""The vendor's own package as judge: in the same environment, with the same files, it finds the same keys.

It reads the environment when it is imported, so its two modules that do are loaded again for each test. It sends to
fixed hosts over https, so the one function that puts an address together is replaced by one that names the sandbox.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_provider_cloudflows.auth.alibaba.cli_profile import CliProfileSource
from airflow_provider_cloudflows.auth.alibaba.credentials_uri import CredentialsUriFromEnvironment
from airflow_provider_cloudflows.auth.alibaba.default_chain import default_chain
from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleFromEnvironment
from airflow_provider_cloudflows.auth.alibaba.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.alibaba.ini_profile import IniProfileSource
from airflow_provider_cloudflows.auth.alibaba.oidc_role import OidcRoleFromEnvironment
from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import Source
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from tests.auth.alibaba.bench import KEY_ID, SECRET, TOKEN, Bench, proof

Keys = tuple[str, str, str | None]
Vendor = Callable[[str], Keys]

KEYS = {"access_key_id": KEY_ID, "access_key_secret": SECRET}
SANDBOX_KEYS = {"access_key_id": world.ALIBABA_KEY.id, "access_key_secret": world.ALIBABA_KEY.secret}
SESSION = SessionOptions().session_name


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A sandbox whose clock stands still: who asks twice for the same keys gets the same."""
    now = float(int(time.time()))
    with serve(clock=lambda: now) as running:
        yield running


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The environment of this test, for both: put a variable in before ``vendor`` is called."""
    for name in [name for name in os.environ if name.startswith("ALIBABA_CLOUD_")]:
        monkeypatch.delenv(name)
    return {"HOME": str(tmp_path), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


def load() -> None:
    from alibabacloud_credentials.utils import auth_constant, auth_util

    importlib.reload(auth_util)
    importlib.reload(auth_constant)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], sandbox: Running) -> Iterator[Vendor]:
    """Returns the keys that one of the vendor's providers finds."""
    import alibabacloud_credentials.provider as package
    from alibabacloud_credentials.provider.default import DefaultCredentialsProvider
    from alibabacloud_credentials.provider.ecs_ram_role import BackgroundScheduler
    from Tea.core import TeaCore

    compose_url: Callable[[Any], str] = TeaCore.compose_url

    def compose_sandbox_url(request: Any) -> str:
        request.port = 80
        parts = urlsplit(compose_url(request))
        return f"{sandbox.url}{parts.path or '/'}?{parts.query}"

    def find(name: str) -> Keys:
        for variable, value in environ.items():
            monkeypatch.setenv(variable, value)
        load()
        options = {"async_update_enabled": False} if name.startswith("Ecs") else {}
        made = DefaultCredentialsProvider if name == "Default" else getattr(package, f"{name}CredentialsProvider")
        found = made(**options).get_credentials()
        return found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token()

    monkeypatch.setattr(TeaCore, "compose_url", staticmethod(compose_sandbox_url))
    # The chain has a provider that asks again every minute until the process ends, in the middle of other tests.
    schedulers: list[Any] = []
    monkeypatch.setattr(BackgroundScheduler, "start", lambda self: schedulers.append(self))
    yield find
    for scheduler in schedulers:
        atexit.unregister(scheduler.shutdown)
    monkeypatch.undo()
    load()


@pytest.fixture
def ours(cloud: Bench) -> Callable[[Source], Keys]:
    """Returns the keys that one of our sources finds."""

    def find(source: Source) -> Keys:
        key = proof(cloud.obtain(source))
        return key.key_id, key.secret, key.session_token

    return find


Ours = Callable[[Source], Keys]


def cli(environ: dict[str, str], *profiles: dict[str, Any]) -> None:
    file = Path(environ["HOME"]) / ".aliyun" / "config.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"current": "etl", "profiles": profiles}))


def ini(environ: dict[str, str], text: str) -> None:
    file = Path(environ["HOME"]) / ".alibabacloud" / "credentials.ini"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_variables(vendor: Vendor, ours: Ours, environ: dict[str, str], token: str | None) -> None:
    environ |= {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
    if token:
        environ["ALIBABA_CLOUD_SECURITY_TOKEN"] = token
    assert vendor("EnvironmentVariable") == ours(EnvironmentSource(environ)) == (KEY_ID, SECRET, token)


@pytest.mark.parametrize(
    "profile",
    [
        {"mode": "AK", **KEYS},
        {"mode": "StsToken", **KEYS, "sts_token": TOKEN},
        {"mode": "OAuth", **KEYS, "sts_token": TOKEN, "sts_expiration": int(time.time()) + 3600},
        {"mode": "External", "process_command": f"echo '{json.dumps({'mode': 'AK', **KEYS})}'"},
        {"mode": "EcsRamRole"},
        {"mode": "EcsRamRole", "ram_role_name": world.ALIBABA_METADATA_ROLE_NAME},
        {
            "mode": "RamRoleArn",
            **SANDBOX_KEYS,
            "ram_role_arn": world.ALIBABA_PARTNER_ROLE_ARN,
            "ram_session_name": "s-1",
            "external_id": world.EXTERNAL_ID,
            "expired_seconds": 1800,
            "policy": '{"Version":"1","Statement":[]}',  # the package signs a blank wrongly
            "sts_region": "cn-hangzhou",
        },
    ],
)
def test_profiles_of_the_cli(
    vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running, profile: dict[str, Any]
) -> None:
    del environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"]
    cli(environ, {"name": "other", "mode": "AK"}, {"name": "etl", **profile}, {"name": "etl", "mode": "AK"})
    assert vendor("CLIProfile") == ours(CliProfileSource(cloud.reach, environ=environ))


def test_a_chain_of_profiles(
    vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running
) -> None:
    chained = {"mode": "ChainableRamRoleArn", "ram_session_name": "s-1"}
    cli(
        environ,
        {"name": "etl", **chained, "source_profile": "role", "ram_role_arn": world.ALIBABA_CHAINED_ROLE_ARN},
        {"name": "role", **chained, "source_profile": "key", "ram_role_arn": world.ALIBABA_ROLE_ARN},
        {"name": "key", "mode": "AK", **SANDBOX_KEYS},
    )
    assert vendor("CLIProfile") == ours(CliProfileSource(cloud.reach, environ=environ))


def test_an_oidc_role(
    vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(sandbox.oidc_token())
    environ |= {
        "ALIBABA_CLOUD_ROLE_ARN": world.ALIBABA_ROLE_ARN,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": world.ALIBABA_OIDC_PROVIDER_ARN,
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "token"),
        "ALIBABA_CLOUD_ROLE_SESSION_NAME": SESSION,
        "ALIBABA_CLOUD_STS_REGION": "cn-hangzhou",
    }
    assert vendor("OIDCRoleArn") == ours(OidcRoleFromEnvironment(cloud.reach, environ))


@pytest.mark.parametrize("mode", ["v2 and v1", "v2", "v1"])
def test_the_role_of_the_instance(
    vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running, mode: str
) -> None:
    del environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"]
    sandbox.settings.metadata = mode
    assert vendor("EcsRamRole") == ours(EcsRamRoleFromEnvironment(cloud.reach, environ, allow_v1=True))


def test_a_credentials_uri(vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running) -> None:
    secret = world.CREDENTIALS_URI_SECRET
    address = f"{sandbox.url}{world.PROTECTED_CREDENTIALS_URI_PATH}?secret={secret}"
    environ["ALIBABA_CLOUD_CREDENTIALS_URI"] = address
    assert vendor("URL") == ours(CredentialsUriFromEnvironment(cloud.reach, environ))


INI = f"""\
; one comment
[default]
type = access_key            # another
access_key_id = {KEY_ID}
access_key_secret: {SECRET}#1

[role]
enable = true
type = ram_role_arn
{"".join(f"{name}={value}{chr(10)}" for name, value in SANDBOX_KEYS.items())}
ROLE_ARN = {world.ALIBABA_ROLE_ARN}
role_session_name = s-1

[ecs]
type = ecs_ram_role
role_name = {world.ALIBABA_METADATA_ROLE_NAME}
"""


@pytest.mark.parametrize("section", ["default", "role", "ecs"])
def test_sections_of_the_ini_file(
    vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running, section: str, tmp_path: Path
) -> None:
    del environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"]
    environ["ALIBABA_CLOUD_PROFILE"] = section
    if section == "role":
        environ["ALIBABA_CLOUD_CREDENTIALS_FILE"] = str(tmp_path / "mine.ini")
        (tmp_path / "mine.ini").write_text(INI)
    else:
        ini(environ, INI)
    assert vendor("Profile") == ours(IniProfileSource(cloud.reach, environ=environ))


def test_the_order_of_the_chain(
    vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(sandbox.oidc_token())
    environ["ALIBABA_CLOUD_CREDENTIALS_URI"] = f"{sandbox.url}{world.CREDENTIALS_URI_PATH}"
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: environ.update({"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "false"}),
        lambda: ini(environ, "[default]\ntype=access_key\naccess_key_id=LTAIini\naccess_key_secret=s\n"),
        lambda: cli(environ, {"name": "etl", "mode": "AK", **KEYS}),
        lambda: environ.update(
            {
                "ALIBABA_CLOUD_ROLE_ARN": world.ALIBABA_ROLE_ARN,
                "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": world.ALIBABA_OIDC_PROVIDER_ARN,
                "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "token"),
                "ALIBABA_CLOUD_ROLE_SESSION_NAME": SESSION,
            }
        ),
        lambda: environ.update({"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIenv", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}),
    ]
    found = []
    for step in steps:
        step()
        found.append(vendor("Default"))
        assert found[-1] == ours(default_chain(cloud.reach, environ=environ))
    assert len(set(found)) == len(steps)


def test_where_the_vendor_goes_on_to_another_caller_the_search_ends_here(
    vendor: Vendor, ours: Ours, cloud: Bench, environ: dict[str, str], sandbox: Running
) -> None:
    environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIhalf"
    environ["ALIBABA_CLOUD_CREDENTIALS_URI"] = f"{sandbox.url}{world.CREDENTIALS_URI_PATH}"
    assert vendor("Default")[0].startswith("STS.")
    with pytest.raises(ConfigurationError, match="set both or neither"):
        ours(default_chain(cloud.reach, environ=environ))
