"""The vendor's own SDK as the judge: given the same machine, its providers and our sources find the same keys.

The sandbox's clock stands still here, so that the same question has the same answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey, Source
from airflow_provider_cloudflows.auth.huawei.default_chain import default_chain
from airflow_provider_cloudflows.auth.huawei.ecs_agency import EcsAgencySource
from airflow_provider_cloudflows.auth.huawei.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.huawei.oidc_agency import OidcAgencyFromEnvironment
from airflow_provider_cloudflows.auth.huawei.pod_identity import PodIdentitySource
from airflow_provider_cloudflows.auth.huawei.profile import ProfileSource
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.transport.client import Transport
from tests.auth.huawei.bench import AK, SK, TOKEN, Bench
from tests.sandbox.conftest import huawei_modules

__all__ = ["huawei_modules"]


@pytest.fixture
def still() -> Iterator[Running]:
    now = time.time()
    with serve(clock=lambda: now) as running:
        yield running


@pytest.fixture
def at(still: Running) -> Iterator[Bench]:
    transport = Transport()
    yield Bench(transport, still.url)
    transport.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".huaweicloud").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def theirs(credentials: Any, sdk: SimpleNamespace, url: str) -> tuple[AccessKey, str | None]:
    """Let the SDK call somebody, so that its credentials are there, and return them."""
    project_id = credentials.project_id
    credentials.with_project_id(project_id or world.HUAWEI_PROJECT_ID)
    client = sdk.sts.StsClient.new_builder().with_credentials(credentials).with_endpoints([url]).build()
    if credentials.sts_accessor:
        client.get_caller_identity(sdk.sts.GetCallerIdentityRequest())
    return AccessKey(credentials.ak, credentials.sk, credentials.security_token or None), project_id or None


def ours(source: Source, at: Bench) -> tuple[AccessKey, str | None]:
    found = at.obtain(source)
    assert isinstance(found.proof, AccessKey)
    return found.proof, found.project_id


def asked(sandbox: Running) -> list[tuple[str, Any]]:
    """Return what was asked for a credential, and forget it."""
    found = [
        (call["operation"], call["parameters"])
        for call in sandbox.requests()
        if call["operation"] != "GetCallerIdentity"
    ]
    sandbox.sandbox.journal.clear()
    return found


Variables = Callable[..., None]


@pytest.fixture
def variables(still: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Variables:
    """Sets variables; one that names a token file gets one."""
    (tmp_path / "id").write_text(f"{still.oidc_token()}\n")
    (tmp_path / "pod").write_text(f"{world.POD_IDENTITY_TOKEN}\n")
    places = {"<id>": str(tmp_path / "id"), "<pod>": str(tmp_path / "pod"), "<url>": still.url}

    def set_all(**values: str) -> None:
        for name, value in values.items():
            for mark, place in places.items():
                value = value.replace(mark, place)
            monkeypatch.setenv(name, value)

    return set_all


KEYS = {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}
PROJECT = {"HUAWEICLOUD_SDK_PROJECT_ID": world.HUAWEI_PROJECT_ID}
FEDERATION = {
    "HUAWEICLOUD_SDK_IDP_ID": world.HUAWEI_IDP_ID,
    "HUAWEICLOUD_SDK_ID_TOKEN_FILE": "<id>",
    "HUAWEICLOUD_SDK_IAM_ENDPOINT": "<url>",
}
OIDC = {
    "HUAWEICLOUD_OIDC_PROVIDER_URN": world.HUAWEI_OIDC_PROVIDER_URN,
    "HUAWEICLOUD_OIDC_AGENCY_URN": world.HUAWEI_AGENCY_URN,
    "HUAWEICLOUD_OIDC_TOKEN_FILE": "<id>",
    "HUAWEICLOUD_OIDC_SESSION_NAME": "airflow",
    "HUAWEICLOUD_OIDC_DURATION_SECONDS": "3600",
    "HUAWEICLOUD_SDK_STS_ENDPOINT": "<url>",
}
POD = {
    "HC_CONTAINER_CREDENTIALS_FULL_URI": f"<url>{world.POD_IDENTITY_PATH}",
    "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": "<pod>",
}


@pytest.mark.parametrize(
    "given",
    [
        KEYS,
        KEYS | PROJECT,
        KEYS | {"HUAWEICLOUD_SDK_SECURITY_TOKEN": TOKEN},
        KEYS | {"HUAWEICLOUD_SDK_IDP_ID": "idp"},
        KEYS | {"HUAWEICLOUD_SDK_ID_TOKEN_FILE": "/nowhere"},
        FEDERATION,
        FEDERATION | KEYS | PROJECT | {"HUAWEICLOUD_SDK_SECURITY_TOKEN": TOKEN},
    ],
)
def test_environment(
    at: Bench, still: Running, huawei_modules: SimpleNamespace, variables: Variables, given: dict[str, str]
) -> None:
    variables(**given)
    credentials = huawei_modules.providers.EnvCredentialProvider.get_basic().get_credentials()
    expected, theirs_asked = theirs(credentials, huawei_modules, at.url), asked(still)
    assert ours(EnvironmentSource(at.reach_of(region=world.HUAWEI_REGION)), at) == expected
    assert asked(still) == theirs_asked


@pytest.mark.parametrize("given", [{}, PROJECT, {"HUAWEICLOUD_SDK_AK": AK}, {"HUAWEICLOUD_SDK_IDP_ID": "idp"}])
def test_environment_without_a_credential(
    at: Bench, huawei_modules: SimpleNamespace, variables: Variables, given: dict[str, str]
) -> None:
    variables(**given)
    with pytest.raises(Exception, match="does not exist in environmental variables"):
        huawei_modules.providers.EnvCredentialProvider.get_basic().get_credentials()
    with pytest.raises(Exception, match=r"HUAWEICLOUD_SDK_\w+ .*set"):
        at.obtain(EnvironmentSource(at.reach))


FILES = {
    "keys": f"[basic]\nak = {AK}\nsk = {SK}\n",
    "other spelling": f"# mine\n[basic]\n  AK:{AK}\nSk={SK}\nproject_id=p1\n\n[global]\nak = other\nsk = other\n",
    "temporary": f"[basic]\nak = {AK}\nsk = {SK}\nsecurity_token = {TOKEN}\n",
    "defaults": f"[DEFAULT]\nsk = {SK}\n[basic]\nak = {AK}\n",
    "federation": "[basic]\nidp_id = sandbox-idp\nid_token_file = <id>\niam_endpoint = <url>\nproject_id = p1\n",
    "both": f"[basic]\nak = {AK}\nsk = {SK}\nidp_id = sandbox-idp\nid_token_file = <id>\niam_endpoint = <url>\n",
    "half": f"[basic]\nak = {AK}\nsk = {SK}\nidp_id = sandbox-idp\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("by_variable", [False, True])
def test_profile(
    at: Bench,
    still: Running,
    huawei_modules: SimpleNamespace,
    home: Path,
    variables: Variables,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    by_variable: bool,
) -> None:
    file = home / "elsewhere" if by_variable else home / ".huaweicloud" / "credentials"
    file.write_text(FILES[name].replace("<id>", str(home / "id")).replace("<url>", at.url))
    if by_variable:
        monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(file))
    credentials = huawei_modules.providers.ProfileCredentialProvider.get_basic().get_credentials()
    expected, theirs_asked = theirs(credentials, huawei_modules, at.url), asked(still)
    assert ours(ProfileSource(at.reach_of(region=world.HUAWEI_REGION)), at) == expected
    assert asked(still) == theirs_asked


def test_global_profile(at: Bench, huawei_modules: SimpleNamespace, home: Path) -> None:
    (home / ".huaweicloud" / "credentials").write_text(f"[basic]\nak=a\nsk=b\n[global]\nak={AK}\nsk={SK}\n")
    credentials = huawei_modules.providers.ProfileCredentialProvider.get_global().get_credentials()
    assert at.key(ProfileSource(at.reach, section="global")) == AccessKey(credentials.ak, credentials.sk)


@pytest.mark.parametrize("more", [{}, PROJECT, {"HUAWEICLOUD_OIDC_POLICY": "{}", "HUAWEICLOUD_OIDC_POLICY_IDS": "a,b"}])
def test_oidc_agency(
    at: Bench, still: Running, huawei_modules: SimpleNamespace, variables: Variables, more: dict[str, str]
) -> None:
    variables(**OIDC, **more)
    credentials = huawei_modules.providers.OidcStsCredentialProvider.get_basic().get_credentials()
    expected, theirs_asked = theirs(credentials, huawei_modules, at.url), asked(still)
    assert ours(OidcAgencyFromEnvironment(at.reach_of(region=world.HUAWEI_REGION)), at) == expected
    assert asked(still) == theirs_asked


@pytest.mark.parametrize("mode", ["v2 and v1", "v2", "v1"])
def test_metadata(
    at: Bench, still: Running, huawei_modules: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    still.settings.metadata = mode
    monkeypatch.setattr(huawei_modules.accessors.MetadataAccessor, "_METADATA_ENDPOINT", at.url)
    credentials = huawei_modules.providers.MetadataCredentialProvider.get_basic().get_credentials()
    expected, theirs_asked = theirs(credentials, huawei_modules, at.url), asked(still)
    assert ours(EcsAgencySource(at.reach, allow_v1=True), at) == expected
    assert asked(still) == theirs_asked


def test_pod_identity(at: Bench, still: Running, huawei_modules: SimpleNamespace, variables: Variables) -> None:
    variables(**POD)
    credentials = huawei_modules.providers.PodIdentityCredentialProvider.get_basic().get_credentials()
    expected, theirs_asked = theirs(credentials, huawei_modules, at.url), asked(still)
    assert ours(PodIdentitySource(at.reach), at) == expected
    assert asked(still) == theirs_asked


@pytest.mark.parametrize(
    ("given", "file", "metadata"),
    [
        (OIDC | FEDERATION | POD, "keys", True),
        (KEYS | POD, "temporary", True),
        (FEDERATION | KEYS, "keys", True),
        (POD, "temporary", True),
        (POD, None, True),
        (POD, None, False),
    ],
)
def test_default_chain(
    at: Bench,
    still: Running,
    huawei_modules: SimpleNamespace,
    home: Path,
    variables: Variables,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    file: str | None,
    metadata: bool,
) -> None:
    variables(**given)
    if file:
        (home / ".huaweicloud" / "credentials").write_text(FILES[file])
    still.settings.metadata = "v2" if metadata else "off"
    monkeypatch.setattr(huawei_modules.accessors.MetadataAccessor, "_METADATA_ENDPOINT", at.url)
    credentials = huawei_modules.providers.CredentialProviderChain.get_basic().get_credentials()
    expected = theirs(credentials, huawei_modules, at.url)
    # The endpoint for everything makes the sandbox this machine's metadata service; IAM and STS are there as well.
    assert ours(default_chain(Reach(at.transport, at.reach.endpoints)), at) == expected
