"""Fixtures: one throw-away Airflow beside one sandbox, started when first wanted and shared by a whole session.

Import them in a conftest. A test that uses them puts its DAG files into ``shared_airflow.dags_folder`` and
triggers; ``trigger`` waits until Airflow has read the file. Mark such tests with
``pytest.mark.xdist_group("airflow")``: a second worker would start a second Airflow. After the last of them it is
stopped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from airflow_provider_cloudflows.sandbox import oidc, world
from airflow_provider_cloudflows.testing.processes import EAGER, QUICK_TRIGGERER, reading_kills_from

SHARED_AIRFLOW_GROUP = "airflow"
RUNNING = pytest.StashKey[ExitStack]()

# A DAG file may share something with its test; and tasks are forked from a process that has imported what they use.
WITH_THE_TESTS = {
    "PYTHONPATH": str(Path(__file__).parents[2]),
    "AIRFLOW__CORE__EXECUTOR": "tests.demo.warm_executor.WarmLocalExecutor",
}
# The web UI has no button to test a connection unless it is told to.
WITH_TEST_BUTTON = {"AIRFLOW__CORE__TEST_CONNECTION": "Enabled"}

# Secrets that are easy to find again; each begins alike, so that one search finds all of them.
CANARY = "Canary"
CANARY_KEYS = [
    {
        "cloud": cloud,
        "id": f"{prefix}SESSION0000001",
        "secret": f"{CANARY}Secret{cloud}0000000000001",
        "security_token": f"{CANARY}Token{cloud}0000000000001",
    }
    for cloud, prefix in (("alibaba", "STS."), ("huawei", "HSTA"))
]


def canary_connections(url: str) -> dict[str, str]:
    """Connections to the sandbox at ``url`` with a canary in every field that holds a secret."""
    made: dict[str, dict[str, Any]] = {}
    for key, region in zip(CANARY_KEYS, ("cn-hangzhou", "cn-north-4"), strict=True):
        cloud = key["cloud"]
        workspace = {"workspace_id": "f44065f5-557b-4376-ae02-8c65ef1960f4"} if cloud == "huawei" else {}
        extra = {"region": region, "endpoint": url, "security_token": key["security_token"], **workspace}
        session = {"conn_type": f"cloudflows_{cloud}", "login": key["id"], "password": key["secret"], "extra": extra}
        made[f"canary_{cloud}_session"] = session
        # Nothing listens there: the error is about the proxy.
        proxy = {"proxy": f"http://user:{CANARY}Proxy{cloud}0001@127.0.0.1:9", "timeout": 1}
        made[f"canary_{cloud}_proxy"] = session | {"extra": {**extra, **proxy}}
    token = {"region": "cn-north-4", "endpoint": url, "x_auth_token": f"{CANARY}XAuthToken0000001"}
    made["canary_huawei_token"] = {"conn_type": "cloudflows_huawei", "extra": token}
    return {name: json.dumps(connection) for name, connection in made.items()}


def credential_connections(url: str, folder: Path) -> dict[str, str]:
    """Connections to the sandbox at ``url`` for every way to obtain a credential that has a secret in it.

    :param folder: gets the files that some of them read.
    """
    id_token = folder / "id-token"
    id_token.write_text(oidc.make(time.time(), 24 * 3600))
    (folder / "pod-token").write_text(world.POD_IDENTITY_TOKEN)
    alibaba, huawei = ({"login": key["id"], "password": key["secret"]} for key in CANARY_KEYS)
    tokens = [{"security_token": key["security_token"]} for key in CANARY_KEYS]
    role = {"role_arn": world.ALIBABA_ROLE_ARN}
    oidc_role = {"oidc_provider_arn": world.ALIBABA_OIDC_PROVIDER_ARN, "oidc_file": str(id_token)}
    secret_uri = f"{url}{world.PROTECTED_CREDENTIALS_URI_PATH}?secret={world.CREDENTIALS_URI_SECRET}"
    user = {"login": world.HUAWEI_USER_NAME, "password": world.HUAWEI_USER_PASSWORD}
    agency = {"agency_name": world.HUAWEI_AGENCY_NAME, "agency_domain_name": world.HUAWEI_DOMAIN_NAME}
    agency_urn = {"agency_urn": world.HUAWEI_AGENCY_URN}
    provider = {"oidc_provider_urn": world.HUAWEI_OIDC_PROVIDER_URN, "oidc_file": str(id_token)}
    made: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
        "ram_role": ("alibaba", alibaba, tokens[0] | role),
        "oidc_role": ("alibaba", {}, role | oidc_role),
        "credentials_uri": ("alibaba", {}, {"credentials_uri": secret_uri}),
        "ecs_ram_role": ("alibaba", {}, {}),
        "password": ("huawei", user, {"domain_name": world.HUAWEI_DOMAIN_NAME}),
        "agency": ("huawei", huawei, tokens[1] | agency),
        "sts_agency": ("huawei", huawei, tokens[1] | agency_urn),
        "oidc_federation": ("huawei", {}, {"idp_id": world.HUAWEI_IDP_ID, "oidc_file": str(id_token)}),
        "oidc_agency": ("huawei", {}, provider | agency_urn),
        "ecs_agency": ("huawei", {}, {}),
        "pod_identity": ("huawei", {}, {}),
    }
    regions = {"alibaba": "cn-hangzhou", "huawei": "cn-north-4"}
    return {
        f"canary_{auth_type}": json.dumps(
            {
                "conn_type": f"cloudflows_{cloud}",
                **login,
                "extra": {"region": regions[cloud], "endpoint": url, "auth_type": auth_type, **extra},
            }
        )
        for auth_type, (cloud, login, extra) in made.items()
    }


@pytest.fixture(scope="session")
def credential_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside of Airflow's for the tokens that connections read."""
    return tmp_path_factory.mktemp("credentials")


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[SandboxProcess]:
    """A sandbox in a process of its own, with the connections that lead to it; it knows the canary keys."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CLOUDFLOWS_SANDBOX_KEYS", json.dumps(CANARY_KEYS))
        with SandboxProcess() as sandbox:
            yield sandbox


@pytest.fixture(scope="session")
def shared_airflow(
    shared_sandbox: SandboxProcess,
    credential_files: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[ThrowAwayAirflow]:
    """A running Airflow whose connections lead to the shared sandbox."""
    folder = tmp_path_factory.mktemp("dags")
    url = shared_sandbox.url
    connections = shared_sandbox.connections | canary_connections(url) | credential_connections(url, credential_files)
    pod = {
        "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{url}{world.POD_IDENTITY_PATH}",
        "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(credential_files / "pod-token"),
    }
    plan = reading_kills_from(tmp_path_factory.mktemp("kills") / "plan.json")
    env = EAGER | QUICK_TRIGGERER | WITH_THE_TESTS | WITH_TEST_BUTTON | plan | pod
    airflow = ThrowAwayAirflow(
        folder,
        connections=connections,
        env=env,
        parallelism=4,  # more tasks at once than cores: most of them wait
        with_triggerer=True,
    )
    with ExitStack() as running:
        pytestconfig.stash[RUNNING] = running
        yield running.enter_context(airflow)


def stop_shared_airflow(config: pytest.Config) -> None:
    """Stop the shared Airflow, if it has been started."""
    if RUNNING in config.stash:
        config.stash[RUNNING].close()


def add_dag(airflow: ThrowAwayAirflow, file: Path) -> None:
    """Copy a DAG file into the DAG folder of a running Airflow; a file that is there already stays."""
    target = airflow.dags_folder / file.name
    if not target.exists():
        target.write_bytes(file.read_bytes())
