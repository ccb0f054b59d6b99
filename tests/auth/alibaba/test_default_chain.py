"""The default chain: the vendor's order, one source for good, and what is said when there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba.default_chain import default_chain
from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.auth.chain import Chain
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError, ServerError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.auth.alibaba.bench import Bench, Script, proof
from tests.transport.servers import Answer, http_script, serving

Prepare = Callable[["World"], None]


class World:
    """A machine on which every source can be found, and taken away."""

    def __init__(self, home: Path, sandbox: Running) -> None:
        self.home = home
        self.sandbox = sandbox
        self.environ = {"HOME": str(home)}

    def variables(self) -> None:
        self.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIenvironment"
        self.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "Hush"

    def oidc(self) -> None:
        self.write("token", self.sandbox.oidc_token())
        self.environ["ALIBABA_CLOUD_ROLE_ARN"] = world.ALIBABA_ROLE_ARN
        self.environ["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = world.ALIBABA_OIDC_PROVIDER_ARN
        self.environ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = str(self.home / "token")

    def cli(self) -> None:
        profile = {"name": "etl", "mode": "AK", "access_key_id": "LTAIcli", "access_key_secret": "Hush"}
        self.write(".aliyun/config.json", json.dumps({"current": "etl", "profiles": [profile]}))

    def ini(self) -> None:
        text = "[default]\ntype=access_key\naccess_key_id=LTAIini\naccess_key_secret=Hush\n"
        self.write(".alibabacloud/credentials.ini", text)

    def ecs(self) -> None:
        self.environ.pop("ALIBABA_CLOUD_ECS_METADATA_DISABLED", None)

    def uri(self) -> None:
        self.environ["ALIBABA_CLOUD_CREDENTIALS_URI"] = f"{self.sandbox.url}{world.CREDENTIALS_URI_PATH}"

    def write(self, name: str, text: str) -> None:
        (self.home / name).parent.mkdir(exist_ok=True)
        (self.home / name).write_text(text)


ORDER: list[tuple[Prepare, str]] = [
    (World.variables, "environment variables"),
    (World.oidc, f"RAM role {world.ALIBABA_ROLE_ARN}, for an OIDC token"),
    (World.cli, "profile 'etl' of ~/.aliyun/config.json"),
    (World.ini, "section [default] of ~/.alibabacloud/credentials.ini"),
    (World.ecs, f"ECS RAM role {world.ALIBABA_METADATA_ROLE_NAME}"),
    (World.uri, "credentials URI "),
]


@pytest.fixture
def machine(tmp_path: Path, sandbox: Running) -> World:
    found = World(tmp_path, sandbox)
    found.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"
    return found


def chain(cloud: Bench, machine: World, **options: Any) -> Chain:
    return default_chain(cloud.reach, environ=machine.environ, **options)


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_the_order(cloud: Bench, machine: World, first: int) -> None:
    for prepare, _ in ORDER[first:]:
        prepare(machine)
    assert cloud.obtain(chain(cloud, machine)).origin.startswith(ORDER[first][1])


def test_nothing_anywhere(cloud: Bench, machine: World) -> None:
    assert cloud.refusal(chain(cloud, machine), NotConfigured) == (
        "No credentials were found, after these were tried: "
        "(1) environment variables: Neither ALIBABA_CLOUD_ACCESS_KEY_ID nor ALIBABA_CLOUD_ACCESS_KEY_SECRET is set; "
        "(2) OIDC role: Neither ALIBABA_CLOUD_OIDC_PROVIDER_ARN nor ALIBABA_CLOUD_OIDC_TOKEN_FILE is set; "
        "(3) CLI profile: There is no file ~/.aliyun/config.json; "
        "(4) credentials file: There is no file ~/.alibabacloud/credentials.ini; "
        "(5) ECS RAM role: The ECS metadata service is turned off by ALIBABA_CLOUD_ECS_METADATA_DISABLED; "
        "(6) credentials URI: ALIBABA_CLOUD_CREDENTIALS_URI is not set. "
        "Enter an access key in the connection, choose another Auth type there, or set up one of these."
    )


def test_one_source_for_good(cloud: Bench, machine: World) -> None:
    machine.ini()
    found = chain(cloud, machine)
    cloud.obtain(found)
    machine.cli()
    assert proof(cloud.obtain(found)).key_id == "LTAIini"
    assert proof(cloud.obtain(chain(cloud, machine))).key_id == "LTAIcli"
    (machine.home / ".alibabacloud" / "credentials.ini").unlink()
    cloud.refusal(found, NotConfigured)


def test_a_profile_that_only_the_second_file_has(cloud: Bench, machine: World) -> None:
    machine.cli()
    machine.write(".alibabacloud/credentials.ini", "[nightly]\ntype=access_key\naccess_key_id=N\naccess_key_secret=n\n")
    machine.environ["ALIBABA_CLOUD_PROFILE"] = "nightly"
    assert cloud.obtain(chain(cloud, machine)).origin.startswith("section [nightly]")


def test_profiles_of_the_cli_can_be_turned_off(cloud: Bench, machine: World) -> None:
    machine.cli()
    machine.ini()
    machine.environ["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"] = "true"
    assert proof(cloud.obtain(chain(cloud, machine))).key_id == "LTAIini"


def broken_variables(machine: World) -> None:
    machine.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIenvironment"


def broken_oidc(machine: World) -> None:
    machine.oidc()
    (machine.home / "token").unlink()


def broken_cli(machine: World) -> None:
    machine.write(".aliyun/config.json", "{")


def broken_ini(machine: World) -> None:
    machine.write(".alibabacloud/credentials.ini", "Hush")


def old_ecs(machine: World) -> None:
    machine.ecs()
    machine.sandbox.settings.metadata = "v1"


@pytest.mark.parametrize(
    ("broken", "after"),
    [(broken_variables, 1), (broken_oidc, 2), (broken_cli, 3), (broken_ini, 4)],
)
def test_what_is_configured_and_broken_ends_the_search(
    cloud: Bench, machine: World, broken: Prepare, after: int
) -> None:
    for prepare, _ in ORDER[after:]:
        prepare(machine)
    broken(machine)
    cloud.refusal(chain(cloud, machine), ConfigurationError, "Hush")


def test_what_sts_refuses_ends_the_search(cloud: Bench, machine: World) -> None:
    machine.oidc()
    machine.ini()
    (machine.home / "token").write_text(machine.sandbox.oidc_token(-1))
    cloud.refusal(chain(cloud, machine), AuthenticationFailed)


def test_a_server_that_fails_ends_the_search(cloud: Bench, machine: World) -> None:
    machine.ecs()
    machine.uri()
    with serving(http_script(Script({"PUT /latest/api/token": Answer(b"", 503)}))) as server:
        found = default_chain(cloud.reach_of(everywhere=server.origin), environ=machine.environ)
        cloud.refusal(found, ServerError)


def test_an_instance_without_metadata_goes_on_to_the_uri(bench: Bench, cloud: Bench, machine: World) -> None:
    machine.ecs()
    machine.uri()
    found = default_chain(bench.reach, environ=machine.environ)
    assert bench.obtain(found).origin.startswith("credentials URI")


def test_version_1_needs_permission(cloud: Bench, machine: World) -> None:
    old_ecs(machine)
    assert "version 1, which needs none, is not allowed" in cloud.refusal(chain(cloud, machine), NotConfigured)
    assert cloud.obtain(chain(cloud, machine, allow_v1=True)).origin.startswith("ECS RAM role")
    machine.environ["ALIBABA_CLOUD_IMDSV1_DISABLED"] = "true"
    assert "version 1" in cloud.refusal(chain(cloud, machine, allow_v1=True), NotConfigured)


def test_the_identity_follows_the_environment_and_shows_no_secret(cloud: Bench, machine: World) -> None:
    seen = set()
    for prepare in (World.variables, World.oidc, World.ecs, World.uri):
        seen.add(repr(chain(cloud, machine).identity()))
        prepare(machine)
    shown = repr(chain(cloud, machine).identity())
    assert len({*seen, shown}) == 5
    assert "Hush" not in shown


def test_the_secrets_of_whoever_was_asked_are_known(cloud: Bench, machine: World) -> None:
    machine.uri()
    secret = world.CREDENTIALS_URI_SECRET
    address = f"{machine.sandbox.url}{world.PROTECTED_CREDENTIALS_URI_PATH}?secret={secret}"
    machine.environ["ALIBABA_CLOUD_CREDENTIALS_URI"] = address
    found = chain(cloud, machine)
    cloud.obtain(found)
    assert set(found.secrets()) == {secret}
