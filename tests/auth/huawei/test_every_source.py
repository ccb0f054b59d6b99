"""What holds for every source that asks somebody: its credential works, is renewed, and is fetched once more when it
is refused; nobody can read a secret off it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import Source, Token
from airflow_provider_cloudflows.auth.huawei.agency import AgencySource
from airflow_provider_cloudflows.auth.huawei.default_chain import default_chain
from airflow_provider_cloudflows.auth.huawei.ecs_agency import EcsAgencySource
from airflow_provider_cloudflows.auth.huawei.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.huawei.oidc_agency import OidcAgencyFromEnvironment, OidcAgencySource
from airflow_provider_cloudflows.auth.huawei.oidc_federation import OidcFederationSource
from airflow_provider_cloudflows.auth.huawei.password import PasswordSource
from airflow_provider_cloudflows.auth.huawei.pod_identity import PodIdentitySource
from airflow_provider_cloudflows.auth.huawei.profile import ProfileSource
from airflow_provider_cloudflows.auth.huawei.sts_agency import StsAgencySource
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow
from tests.auth.huawei.bench import Bench, caller, issued, operations
from tests.conftest import TimePasses

BY_AGENCY, BY_TOKEN = "CreateTemporaryAccessKeyByAgency", "CreateTemporaryAccessKeyByToken"


@dataclass
class Place:
    """Where a source is tried."""

    cloud: Bench
    tokens: Path
    pods: Path
    tmp_path: Path

    @property
    def federation(self) -> dict[str, str]:
        return {
            "HUAWEICLOUD_SDK_IDP_ID": world.HUAWEI_IDP_ID,
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE": str(self.tokens),
            "HUAWEICLOUD_SDK_PROJECT_ID": world.HUAWEI_PROJECT_ID,
        }

    @property
    def pod(self) -> dict[str, str]:
        return {
            "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{self.cloud.url}{world.POD_IDENTITY_PATH}",
            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(self.pods),
        }

    @property
    def oidc(self) -> dict[str, str]:
        return {
            "HUAWEICLOUD_OIDC_PROVIDER_URN": world.HUAWEI_OIDC_PROVIDER_URN,
            "HUAWEICLOUD_OIDC_AGENCY_URN": world.HUAWEI_AGENCY_URN,
            "HUAWEICLOUD_OIDC_TOKEN_FILE": str(self.tokens),
        }

    def profile(self) -> Path:
        file = self.tmp_path / "credentials"
        file.write_text(f"[basic]\nidp_id = {world.HUAWEI_IDP_ID}\nid_token_file = {self.tokens}\n")
        return file


@pytest.fixture
def place(cloud: Bench, id_token_file: Path, pod_token_file: Path, tmp_path: Path) -> Place:
    return Place(cloud, id_token_file, pod_token_file, tmp_path)


def password(at: Place, project_name: str | None = world.HUAWEI_REGION) -> PasswordSource:
    login = (world.HUAWEI_USER_NAME, world.HUAWEI_USER_PASSWORD, world.HUAWEI_DOMAIN_NAME)
    return PasswordSource(at.cloud.reach, *login, project_name=project_name)


def agency(at: Place, by: Source | None = None, **options: Any) -> AgencySource:
    by = by or caller()
    return AgencySource(at.cloud.reach, by, world.HUAWEI_AGENCY_NAME, domain_name=world.HUAWEI_DOMAIN_NAME, **options)


def sts_agency(at: Place, by: Source | None = None) -> StsAgencySource:
    return StsAgencySource(at.cloud.reach, by or caller(), world.HUAWEI_AGENCY_URN, SessionOptions())


def oidc_agency(at: Place) -> OidcAgencySource:
    urns = (world.HUAWEI_OIDC_PROVIDER_URN, world.HUAWEI_AGENCY_URN)
    return OidcAgencySource(at.cloud.reach, *urns, at.tokens, SessionOptions())


# Each with the operation that issues, and how its credential speaks of itself.
SOURCES: dict[str, tuple[Callable[[Place], Source], str, str]] = {
    "password": (password, "CreateToken", "password of IAM user sandbox_user"),
    "agency": (agency, BY_AGENCY, "agency sandbox_agency of account sandbox_account"),
    "agency by token": (
        lambda at: agency(at, password(at, None)),
        BY_AGENCY,
        "agency sandbox_agency of account sandbox_account",
    ),
    "sts agency": (sts_agency, "AssumeAgency", f"agency {world.HUAWEI_AGENCY_URN}"),
    "agency by agency": (lambda at: sts_agency(at, agency(at)), "AssumeAgency", f"agency {world.HUAWEI_AGENCY_URN}"),
    "federation": (
        lambda at: OidcFederationSource(at.cloud.reach, world.HUAWEI_IDP_ID, at.tokens),
        BY_TOKEN,
        "identity provider sandbox-idp",
    ),
    "federation of the environment": (
        lambda at: EnvironmentSource(at.cloud.reach, at.federation),
        BY_TOKEN,
        "identity provider sandbox-idp (environment variables)",
    ),
    "federation of a profile": (
        lambda at: ProfileSource(at.cloud.reach, at.profile()),
        BY_TOKEN,
        "identity provider sandbox-idp (section [basic] of ",
    ),
    "oidc agency": (oidc_agency, "AssumeAgencyWithOidc", f"agency {world.HUAWEI_AGENCY_URN} for an OIDC token"),
    "oidc agency of the environment": (
        lambda at: OidcAgencyFromEnvironment(at.cloud.reach, at.oidc),
        "AssumeAgencyWithOidc",
        f"agency {world.HUAWEI_AGENCY_URN} for an OIDC token",
    ),
    "ecs agency": (lambda at: EcsAgencySource(at.cloud.reach), "GetSecurityKey", "agency of this ECS instance"),
    "pod identity": (
        lambda at: PodIdentitySource(at.cloud.reach, environ=at.pod),
        "GetPodIdentityCredentials",
        "pod identity",
    ),
    "default chain": (
        lambda at: default_chain(at.cloud.reach, environ={"HOME": str(at.tmp_path)}),
        "GetSecurityKey",
        "agency of this ECS instance",
    ),
}
EVERY = pytest.mark.parametrize(("make", "operation", "origin"), SOURCES.values(), ids=SOURCES)
Make = Callable[[Place], Source]


@EVERY
def test_its_credential_works(place: Place, make: Make, operation: str, origin: str) -> None:
    source = make(place)
    client = place.cloud.client(source)
    assert client.call(CreateWorkspace(name="by-source")).id
    workspace = world.SECMASTER_WORKSPACE_ID
    alert = world.SECMASTER_DATACLASS_IDS[workspace]["Alert"]
    workflow = CreateWorkflow(workspace_id=workspace, name="by-source", aop_type="NORMAL", dataclass_id=alert)
    assert client.call(workflow).data.id
    credential = place.cloud.obtain(source)
    assert credential.origin.startswith(origin)
    assert credential.expires is not None
    assert credential.expires > time.time() + 600


@EVERY
def test_it_is_asked_once_and_its_credential_is_renewed_at_its_expiry(
    place: Place, sandbox: Running, time_passes: TimePasses, make: Make, operation: str, origin: str
) -> None:
    sandbox.settings.credential_seconds = 600
    client = place.cloud.client(make(place))
    for _ in range(2):
        client.call(ListWorkspaces())
    assert operations(sandbox).count(operation) == 1
    first = set(issued(sandbox))
    time_passes(601)
    client.call(CreateWorkspace(name="after-expiry"))
    assert operations(sandbox).count(operation) == 2
    assert set(issued(sandbox)) > first
    assert [call["status"] for call in sandbox.requests() if call["service"] == "Fabric"] == [200, 200, 200]


@EVERY
@pytest.mark.parametrize("reason", ["expired", "invalid"])
def test_a_refused_credential_is_fetched_once_more(
    place: Place, sandbox: Running, make: Make, operation: str, origin: str, reason: str
) -> None:
    source = make(place)
    client = place.cloud.client(source)
    client.call(ListWorkspaces())
    is_token = isinstance(place.cloud.obtain(source).proof, Token)
    before = operations(sandbox).count(operation)
    sandbox.revoke("tokens" if is_token else "issued", reason)
    client.call(ListWorkspaces())
    fabric = [call["status"] for call in sandbox.requests() if call["service"] == "Fabric"]
    refused = 403 if is_token and reason == "invalid" else 401
    assert fabric == [200, refused, 200]
    # Where the caller's own keys were revoked with the others, asking with them is refused once too.
    assert before + 1 <= operations(sandbox).count(operation) <= before + 2


@EVERY
def test_nothing_about_it_shows_a_secret(place: Place, make: Make, operation: str, origin: str) -> None:
    source = make(place)
    credential = place.cloud.obtain(source)
    secrets = {
        *credential.proof.secrets(),
        *source.secrets(),
        world.HUAWEI_USER_PASSWORD,
        world.HUAWEI_KEY.secret,
        place.tokens.read_text().strip(),
        world.POD_IDENTITY_TOKEN,
    }
    shown = f"{source!r} {source.identity()!r} {credential!r} {credential.origin}"
    assert not [secret for secret in secrets if secret in shown]


@EVERY
def test_its_identity_is_stable_and_its_own(place: Place, make: Make, operation: str, origin: str) -> None:
    assert make(place).identity() == make(place).identity()
    assert hash(make(place).identity()) is not None
    others = [other(place).identity() for other, *_ in SOURCES.values() if other is not make]
    assert make(place).identity() not in others
