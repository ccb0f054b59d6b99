"""Temporary keys that expire while they are in use: calls go on, whatever source the keys come from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_cloudflows.auth.alibaba.cli_profile import CliProfileSource
from airflow_provider_cloudflows.auth.alibaba.credentials_uri import CredentialsUriSource
from airflow_provider_cloudflows.auth.alibaba.default_chain import default_chain
from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleSource
from airflow_provider_cloudflows.auth.alibaba.ini_profile import IniProfileSource
from airflow_provider_cloudflows.auth.alibaba.oidc_role import OidcRoleSource
from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import Source
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.business import ListBusiness
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from tests.auth.alibaba.bench import Bench
from tests.conftest import TimePasses

KEY = {"access_key_id": world.ALIBABA_KEY.id, "access_key_secret": world.ALIBABA_KEY.secret}

Make = Callable[[Bench, Running, Path], Source]


LIST = ListBusiness(project_id=world.DATAWORKS_PROJECT_ID)


def oidc(cloud: Bench, sandbox: Running, home: Path) -> Source:
    (home / "token").write_text(sandbox.oidc_token())
    arn, provider = world.ALIBABA_ROLE_ARN, world.ALIBABA_OIDC_PROVIDER_ARN
    return OidcRoleSource(cloud.reach, arn, provider, home / "token", SessionOptions("oidc"))


def ecs(cloud: Bench, sandbox: Running, home: Path) -> Source:
    return EcsRamRoleSource(cloud.reach)


def uri(cloud: Bench, sandbox: Running, home: Path) -> Source:
    return CredentialsUriSource(cloud.reach, f"{sandbox.url}{world.CREDENTIALS_URI_PATH}")


def cli_chain(cloud: Bench, sandbox: Running, home: Path) -> Source:
    role = {"mode": "ChainableRamRoleArn", "source_profile": "base", "ram_session_name": "first"}
    profiles = [
        {"name": "key", "mode": "AK", **KEY},
        {**role, "name": "base", "source_profile": "key", "ram_role_arn": world.ALIBABA_ROLE_ARN},
        {**role, "name": "etl", "ram_role_arn": world.ALIBABA_CHAINED_ROLE_ARN},
    ]
    (home / "config.json").write_text(json.dumps({"current": "etl", "profiles": profiles}))
    return CliProfileSource(cloud.reach, path=home / "config.json", environ={})


def ini(cloud: Bench, sandbox: Running, home: Path) -> Source:
    lines = [f"{name}={value}" for name, value in {**KEY, "role_arn": world.ALIBABA_ROLE_ARN}.items()]
    (home / "c.ini").write_text("\n".join(["[default]", "type=ram_role_arn", "role_session_name=ini", *lines]))
    return IniProfileSource(cloud.reach, path=home / "c.ini", environ={})


def chain(cloud: Bench, sandbox: Running, home: Path) -> Source:
    environ = {
        "HOME": str(home),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "ALIBABA_CLOUD_CREDENTIALS_URI": f"{sandbox.url}{world.PROTECTED_CREDENTIALS_URI_PATH}"
        f"?secret={world.CREDENTIALS_URI_SECRET}",
    }
    return default_chain(cloud.reach, environ=environ)


SOURCES: tuple[Make, ...] = (oidc, ecs, uri, cli_chain, ini, chain)


def create(client: CloudClient, name: str) -> None:
    client.call(CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name=name))


def creates(sandbox: Running) -> list[tuple[str, int]]:
    return calls(sandbox, "CreateBusiness")


def calls(sandbox: Running, operation: str) -> list[tuple[str, int]]:
    return [(call["key_id"], call["status"]) for call in sandbox.requests() if call["operation"] == operation]


@pytest.mark.parametrize("make", SOURCES)
def test_a_source_renews_before_its_keys_expire(
    cloud: Bench, sandbox: Running, time_passes: TimePasses, tmp_path: Path, make: Make
) -> None:
    """A call every minute for half an hour: none meets expired keys, and few new ones are asked for."""
    sandbox.settings.credential_seconds = 600
    client = cloud.client(make(cloud, sandbox, tmp_path))
    for minute in range(30):
        (tmp_path / "token").write_text(sandbox.oidc_token())
        create(client, f"etl_{minute}")
        time_passes(60)
    calls = creates(sandbox)
    assert {status for _, status in calls} == {200}
    assert 3 <= len({key for key, _ in calls}) <= 7


@pytest.mark.parametrize("make", SOURCES)
def test_keys_that_the_cloud_refuses_are_replaced(cloud: Bench, sandbox: Running, tmp_path: Path, make: Make) -> None:
    client = cloud.client(make(cloud, sandbox, tmp_path))
    client.call(LIST)
    sandbox.revoke("issued")
    client.call(LIST)
    (first, _), (second, status), (third, _) = calls(sandbox, "ListBusiness")
    assert first == second != third
    assert status != 200
