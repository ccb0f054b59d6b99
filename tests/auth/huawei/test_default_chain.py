"""The default chain: the SDK's order, one answer for nothing found, and no second choice for what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.auth.huawei.default_chain import default_chain
from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudflowsError, ConfigurationError, ServerError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from tests.auth.huawei.bench import AK, SK, Bench, operations


class Machine:
    """A machine on which every source of the chain has something, until it is taken away."""

    def __init__(self, url: str, home: Path, id_token: Path, pod_token: Path) -> None:
        self.file = home / ".huaweicloud" / "credentials"
        self.file.parent.mkdir()
        self.file.write_text(f"[basic]\nak = {AK}FILE\nsk = {SK}\n")
        self.environ = {
            "HOME": str(home),
            "HUAWEICLOUD_OIDC_PROVIDER_URN": world.HUAWEI_OIDC_PROVIDER_URN,
            "HUAWEICLOUD_OIDC_AGENCY_URN": world.HUAWEI_AGENCY_URN,
            "HUAWEICLOUD_OIDC_TOKEN_FILE": str(id_token),
            "HUAWEICLOUD_SDK_AK": f"{AK}ENVIRON",
            "HUAWEICLOUD_SDK_SK": SK,
            "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{url}{world.POD_IDENTITY_PATH}",
            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(pod_token),
        }

    def without(self, prefix: str) -> None:
        for name in [name for name in self.environ if name.startswith(prefix)]:
            del self.environ[name]


@pytest.fixture
def machine(cloud: Bench, tmp_path: Path, id_token_file: Path, pod_token_file: Path) -> Machine:
    return Machine(cloud.url, tmp_path, id_token_file, pod_token_file)


def test_the_order(cloud: Bench, sandbox: Running, machine: Machine) -> None:
    def found() -> str:
        return cloud.obtain(default_chain(cloud.reach, environ=machine.environ)).origin

    assert found() == f"agency {world.HUAWEI_AGENCY_URN} for an OIDC token"
    machine.without("HUAWEICLOUD_OIDC_")
    assert found() == "environment variables"
    machine.without("HUAWEICLOUD_SDK_")
    assert found() == "the section [basic] of ~/.huaweicloud/credentials"
    machine.file.unlink()
    assert found() == "agency of this ECS instance"
    sandbox.settings.metadata = "off"
    assert found() == "pod identity"


def test_pod_identity_beside_a_service_of_version_1(cloud: Bench, sandbox: Running, machine: Machine) -> None:
    for prefix in ("HUAWEICLOUD_OIDC_", "HUAWEICLOUD_SDK_"):
        machine.without(prefix)
    machine.file.unlink()
    sandbox.settings.metadata = "v1"
    assert cloud.obtain(default_chain(cloud.reach, environ=machine.environ)).origin == "pod identity"
    allowed = default_chain(cloud.reach, allow_v1=True, environ=machine.environ)
    assert cloud.obtain(allowed).origin == "agency of this ECS instance"


def test_nothing_anywhere(bench: Bench, tmp_path: Path) -> None:
    refusal = bench.refusal(default_chain(bench.reach, environ={"HOME": str(tmp_path)}), NotConfigured)
    before, tail = refusal.split("(4) ECS agency: The ECS metadata service does not answer at http://127.0.0.1:9 (")
    assert before == (
        "No credentials were found, after these were tried: (1) OIDC agency: None of HUAWEICLOUD_OIDC_PROVIDER_URN, "
        "HUAWEICLOUD_OIDC_AGENCY_URN, HUAWEICLOUD_OIDC_ID_TOKEN and HUAWEICLOUD_OIDC_TOKEN_FILE is set; "
        "(2) environment variables: Neither HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK nor HUAWEICLOUD_SDK_IDP_ID and "
        "HUAWEICLOUD_SDK_ID_TOKEN_FILE are set; (3) profile file: There is no profile file ~/.huaweicloud/credentials; "
    )
    assert tail.endswith(
        "(5) pod identity: Neither HC_CONTAINER_CREDENTIALS_FULL_URI nor HC_CONTAINER_AUTHORIZATION_TOKEN_FILE is set. "
        "Enter AK and SK in the connection, choose another Credential there, or set up one of these."
    )


def test_the_process_environment_is_its_default(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    chain = default_chain(bench.reach)
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", AK)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", SK)
    assert bench.key(chain).key_id == AK


@contextmanager
def broken(machine: Machine, sandbox: Running, which: str) -> Iterator[None]:
    if which == "oidc":
        Path(machine.environ["HUAWEICLOUD_OIDC_TOKEN_FILE"]).write_text(sandbox.oidc_token(-10))
        yield
        return
    machine.without("HUAWEICLOUD_OIDC_")
    if which == "environment":
        del machine.environ["HUAWEICLOUD_SDK_SK"]
        yield
        return
    machine.without("HUAWEICLOUD_SDK_")
    if which == "profile":
        machine.file.write_text("[basic]\nak = a\n")
    else:
        machine.file.unlink()
        sandbox.faults.add("GetSecurityKey", "error", status=500)
    yield


@pytest.mark.parametrize(
    ("which", "kind"),
    [
        ("oidc", AuthenticationFailed),
        ("environment", ConfigurationError),
        ("profile", ConfigurationError),
        ("metadata", ServerError),
    ],
)
def test_what_is_there_and_fails_ends_the_search(
    cloud: Bench, sandbox: Running, machine: Machine, which: str, kind: type[CloudflowsError]
) -> None:
    with broken(machine, sandbox, which):
        cloud.refusal(default_chain(cloud.reach, environ=machine.environ), kind)
    assert "GetPodIdentityCredentials" not in operations(sandbox)
    assert which == "metadata" or "GetSecurityKey" not in operations(sandbox)


TAKE_AWAY: list[Callable[[Path], object]] = [Path.unlink, lambda file: file.write_text("")]


@pytest.mark.parametrize("take_away", TAKE_AWAY)
def test_a_token_file_that_is_gone_ends_the_search(
    cloud: Bench, machine: Machine, take_away: Callable[[Path], object]
) -> None:
    file = Path(machine.environ["HUAWEICLOUD_OIDC_TOKEN_FILE"])
    take_away(file)
    assert str(file) in cloud.refusal(default_chain(cloud.reach, environ=machine.environ), ConfigurationError)


def test_its_credential_works_and_it_stays_with_its_source(cloud: Bench, sandbox: Running, machine: Machine) -> None:
    client = cloud.client(default_chain(cloud.reach, environ=machine.environ))
    assert client.call(CreateWorkspace(name="by-chain")).id
    sandbox.revoke("issued")
    client.call(ListWorkspaces())
    assert operations(sandbox).count("AssumeAgencyWithOidc") == 2


def test_a_missing_region_matters_only_to_what_needs_it(bench: Bench, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}
    assert bench.key(default_chain(bench.reach_of(), environ=environ)).key_id == AK


def test_making_it_asks_nobody_and_shows_no_secret(cloud: Bench, sandbox: Running, machine: Machine) -> None:
    chain = default_chain(cloud.reach, environ=machine.environ)
    assert SK not in repr((chain, chain.identity()))
    assert SK in chain.secrets()
    assert operations(sandbox) == []
