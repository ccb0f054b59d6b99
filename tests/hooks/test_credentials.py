"""Every way to obtain a credential, from the connection to the resource: at work, expired in mid-run, and refused.

The sandbox issues the credentials, checks every signature made with them and lets them expire when a test wants it.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from airflow.sdk.log import mask_logs

from airflow_provider_cloudflows.auth import cache, reach
from airflow_provider_cloudflows.auth.cache import forget_all
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    CloudflowsError,
    ConfigurationError,
    ConnectionFailed,
    Repeat,
    ServerError,
)
from airflow_provider_cloudflows.forms import ALIBABA_AUTH_TYPES, HUAWEI_AUTH_TYPES
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks import project as dataworks_project
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.transport.retry import MOST_FAILURES
from tests.conftest import TimePasses
from tests.hooks.conftest import MakeAlibaba, MakeHuawei
from tests.transport.servers import blackhole_port

ALI, HUA = world.ALIBABA_KEY, world.HUAWEI_KEY


@dataclass
class Case:
    """One way to obtain a credential.

    :param extra: fields of the connection.
    :param login: login and password of the connection.
    :param environ: variables of the process.
    :param files: files in the home directory, by path.
    :param obtained_by: the call in the sandbox's journal that hands out the credential; None when nobody is asked.
    :param principal: part of how the cloud names the caller.
    :param source: part of where the credential is said to come from.
    """

    cloud: Literal["alibaba", "huawei"]
    auth_type: str
    obtained_by: str | None
    principal: str
    source: str
    extra: dict[str, Any] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    environ: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.auth_type


alibaba_case, huawei_case = partial(Case, "alibaba"), partial(Case, "huawei")

URL = "{url}"
ROLE = f"assumed-role/{world.ALIBABA_ROLE_NAME}/airflow"
AGENCY = f"assumed-agency:{world.HUAWEI_AGENCY_NAME}/airflow"
ALI_LOGIN, HUA_LOGIN = (ALI.id, ALI.secret), (HUA.id, HUA.secret)
ALI_KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": ALI.id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ALI.secret}
HUA_KEYS = {"HUAWEICLOUD_SDK_AK": HUA.id, "HUAWEICLOUD_SDK_SK": HUA.secret}
CLI_PROFILE = {
    "current": "etl",
    "profiles": [
        {"name": "key", "mode": "AK", "access_key_id": ALI.id, "access_key_secret": ALI.secret},
        {
            "name": "etl",
            "mode": "ChainableRamRoleArn",
            "source_profile": "key",
            "ram_role_arn": world.ALIBABA_ROLE_ARN,
            "ram_session_name": "airflow",
        },
    ],
}
INI_PROFILE = f"""[default]
type = ram_role_arn
access_key_id = {ALI.id}
access_key_secret = {ALI.secret}
role_arn = {world.ALIBABA_ROLE_ARN}
role_session_name = airflow
"""
FEDERATION = f"idp_id = {world.HUAWEI_IDP_ID}\nid_token_file = {{home}}/id-token\n"

ALIBABA = [
    alibaba_case("access_key", None, "user/sandbox", f"the AccessKey {ALI.id} of the connection", login=ALI_LOGIN),
    alibaba_case(
        "session_token",
        None,
        "assumed-role/sandbox-role/sandbox-session",
        "the temporary AccessKey",
        {"security_token": world.ALIBABA_SESSION_KEY.security_token},
        (world.ALIBABA_SESSION_KEY.id, world.ALIBABA_SESSION_KEY.secret),
    ),
    alibaba_case("auto", None, "user/sandbox", "of the connection", login=ALI_LOGIN, name="auto with keys"),
    alibaba_case("auto", None, "user/sandbox", "environment variables", environ=ALI_KEYS, name="auto with variables"),
    alibaba_case(
        "auto",
        "GetRoleCredentials",
        "sandbox-ecs-role",
        "ECS RAM role",
        name="auto on an ECS instance",
        environ={"ALIBABA_CLOUD_ECS_METADATA": ""},
    ),
    alibaba_case(
        "ram_role",
        "AssumeRole",
        ROLE,
        f"RAM role {world.ALIBABA_ROLE_ARN}",
        {"role_arn": world.ALIBABA_ROLE_ARN, "role_duration": 900, "role_policy": '{"Version": "1", "Statement": []}'},
        ALI_LOGIN,
    ),
    alibaba_case(
        "ram_role",
        "AssumeRole",
        f"assumed-role/{world.ALIBABA_CHAINED_ROLE_NAME}/nightly",
        f"RAM role {world.ALIBABA_CHAINED_ROLE_ARN}",
        {
            "role_arn": f"{world.ALIBABA_ROLE_ARN}, {world.ALIBABA_CHAINED_ROLE_ARN}",
            "role_session_name": "nightly",
        },
        ALI_LOGIN,
        name="chained roles",
    ),
    alibaba_case(
        "ram_role",
        "AssumeRole",
        f"assumed-role/{world.ALIBABA_PARTNER_ROLE_NAME}",
        "RAM role",
        {"role_arn": world.ALIBABA_PARTNER_ROLE_ARN, "role_external_id": world.EXTERNAL_ID},
        environ=ALI_KEYS,
        name="role of a partner with the keys of the environment",
    ),
    alibaba_case(
        "oidc_role",
        "AssumeRoleWithOIDC",
        ROLE,
        "RAM role",
        {
            "role_arn": world.ALIBABA_ROLE_ARN,
            "oidc_provider_arn": world.ALIBABA_OIDC_PROVIDER_ARN,
            "oidc_file": "{home}/id-token",
        },
    ),
    alibaba_case("ecs_ram_role", "GetRoleCredentials", "sandbox-ecs-role/sandbox-instance", "ECS RAM role"),
    alibaba_case(
        "credentials_uri",
        "GetCredentialsByUri",
        "sandbox-uri",
        "credentials URI",
        {"credentials_uri": f"{URL}{world.CREDENTIALS_URI_PATH}"},
    ),
    alibaba_case("cli_profile", "AssumeRole", ROLE, "'etl'", files={".aliyun/config.json": json.dumps(CLI_PROFILE)}),
    alibaba_case(
        "ini_profile", "AssumeRole", ROLE, "section [default]", files={".alibabacloud/credentials.ini": INI_PROFILE}
    ),
    alibaba_case("environment", None, "user/sandbox", "environment variables", environ=ALI_KEYS),
]

HUAWEI = [
    huawei_case("access_key", None, "user:sandbox_user", f"the AK {HUA.id} of the connection", login=HUA_LOGIN),
    huawei_case(
        "temporary_key",
        None,
        "assumed-agency:sandbox_agency/sandbox-session",
        "the temporary AK",
        {"security_token": world.HUAWEI_SESSION_KEY.security_token},
        (world.HUAWEI_SESSION_KEY.id, world.HUAWEI_SESSION_KEY.secret),
    ),
    huawei_case("auto", None, "user:sandbox_user", "of the connection", login=HUA_LOGIN, name="auto with keys"),
    huawei_case(
        "auto", None, "user:sandbox_user", "environment variables", environ=HUA_KEYS, name="auto with variables"
    ),
    huawei_case("auto", "GetSecurityKey", "sandbox_ecs_agency", "ECS", name="auto on an ECS instance"),
    huawei_case(
        "password",
        "CreateToken",
        world.HUAWEI_USER_NAME,
        f"IAM user {world.HUAWEI_USER_NAME}",
        {"domain_name": world.HUAWEI_DOMAIN_NAME},
        (world.HUAWEI_USER_NAME, world.HUAWEI_USER_PASSWORD),
    ),
    huawei_case(
        "password",
        "CreateToken",
        world.HUAWEI_USER_NAME,
        f"IAM user {world.HUAWEI_USER_NAME}",
        {"domain_name": world.HUAWEI_DOMAIN_NAME, "project_id": world.HUAWEI_PROJECT_ID, "region": None},
        (world.HUAWEI_USER_NAME, world.HUAWEI_USER_PASSWORD),
        name="password for a project by id",
    ),
    huawei_case(
        "agency",
        "CreateTemporaryAccessKeyByAgency",
        f"assumed-agency:{world.HUAWEI_AGENCY_NAME}",
        f"agency {world.HUAWEI_AGENCY_NAME}",
        {"agency_name": world.HUAWEI_AGENCY_NAME, "agency_domain_name": world.HUAWEI_DOMAIN_NAME},
        HUA_LOGIN,
    ),
    huawei_case(
        "sts_agency",
        "AssumeAgency",
        f"assumed-agency:{world.HUAWEI_PARTNER_AGENCY_NAME}/airflow",
        "agency",
        {"agency_urn": world.HUAWEI_PARTNER_AGENCY_URN, "agency_external_id": world.EXTERNAL_ID},
        HUA_LOGIN,
    ),
    huawei_case(
        "oidc_federation",
        "CreateTemporaryAccessKeyByToken",
        "federated-user",
        world.HUAWEI_IDP_ID,
        {"idp_id": world.HUAWEI_IDP_ID, "oidc_file": "{home}/id-token"},
    ),
    huawei_case(
        "oidc_agency",
        "AssumeAgencyWithOidc",
        AGENCY,
        "agency",
        {
            "oidc_provider_urn": world.HUAWEI_OIDC_PROVIDER_URN,
            "agency_urn": world.HUAWEI_AGENCY_URN,
            "oidc_file": "{home}/id-token",
        },
    ),
    huawei_case("ecs_agency", "GetSecurityKey", "sandbox_ecs_agency/sandbox-instance", "ECS"),
    huawei_case(
        "pod_identity",
        "GetPodIdentityCredentials",
        "sandbox-pod",
        "pod identity",
        environ={
            "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{URL}{world.POD_IDENTITY_PATH}",
            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{home}/pod-token",
        },
        files={"pod-token": world.POD_IDENTITY_TOKEN},
    ),
    huawei_case(
        "profile",
        "CreateTemporaryAccessKeyByToken",
        "federated-user",
        "section [basic]",
        files={".huaweicloud/credentials": f"[basic]\n{FEDERATION}"},
    ),
    huawei_case("environment", None, "user:sandbox_user", "environment variables", environ=HUA_KEYS),
]

RAM_ROLE = next(case for case in ALIBABA if case.auth_type == "ram_role")
OIDC_ROLE = next(case for case in ALIBABA if case.auth_type == "oidc_role")
PASSWORD = next(case for case in HUAWEI if case.auth_type == "password")
RENEWED = [case for case in ALIBABA + HUAWEI if case.obtained_by]

MakeHook = Callable[[Case], CloudHook]


@pytest.fixture(autouse=True)
def no_credentials_of_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is kept from an earlier test, and the person at the keyboard has no variables of the two clouds."""
    for name in list(os.environ):
        if name.startswith(("ALIBABA_CLOUD_", "HUAWEICLOUD_", "HC_CONTAINER_")):
            monkeypatch.delenv(name)
    forget_all()
    yield
    forget_all()


@pytest.fixture
def make(
    sandbox: Running, alibaba: MakeAlibaba, huawei: MakeHuawei, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MakeHook:
    """Makes the hook of a case, in a home directory with its files and a token of the identity provider."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "id-token").write_text(sandbox.oidc_token())

    def filled(text: Any) -> Any:
        return text.replace("{url}", sandbox.url).replace("{home}", str(tmp_path)) if isinstance(text, str) else text

    def make_hook(case: Case) -> CloudHook:
        for name, text in case.environ.items():
            monkeypatch.setenv(name, filled(text))
        for path, text in case.files.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(filled(text))
        extra = {name: filled(value) for name, value in case.extra.items()}
        key = world.AccessKey(case.cloud, *case.login) if case.login else None
        make_one: Callable[..., CloudHook] = alibaba if case.cloud == "alibaba" else huawei
        return make_one(key, auth_type=case.auth_type, **extra)

    return make_hook


def creation(name: str, case: Case) -> Creation[Any]:
    """What the tests create on the case's cloud."""
    if case.cloud == "alibaba":
        return CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name=name)
    return CreateWorkspace(name=name)


def create(hook: CloudHook, name: str, case: Case) -> None:
    """Create something, as an operator does."""
    assert Provisioner(hook.get_conn(), settle=0.0).ensure(creation(name, case)).resource_id


async def acreate(hook: CloudHook, name: str, case: Case) -> None:
    """The same on an event loop."""
    await hook.aload()
    assert (await Provisioner(hook.get_conn(), settle=0.0).aensure(creation(name, case))).resource_id


def names(sandbox: Running) -> set[str]:
    """What was created."""
    state = sandbox.state()
    made = state.get("dataworks.business", []) + state.get("fabric.workspace", [])
    return {item.get("BusinessName") or item["name"] for item in made}


def times(sandbox: Running, operation: str | None) -> int:
    return sum(entry["operation"] == operation for entry in sandbox.requests())


def test_every_choice_of_the_form_is_here() -> None:
    assert {case.auth_type for case in ALIBABA} == set(ALIBABA_AUTH_TYPES)
    assert {case.auth_type for case in HUAWEI} | {"token"} == set(HUAWEI_AUTH_TYPES)


@pytest.mark.parametrize("case", ALIBABA + HUAWEI, ids=str)
def test_it_creates_and_says_who_it_is(case: Case, make: MakeHook, sandbox: Running) -> None:
    hook = make(case)
    create(hook, "first", case)
    create(hook, "second", case)
    assert {"first", "second"} <= names(sandbox)
    accepted, said = hook.test_connection()
    assert accepted, said
    assert case.principal in said
    assert case.source in said
    assert sandbox.url in said
    assert "the clocks agree" in said
    assert ("good until 20" in said) == bool(case.obtained_by)
    if case.obtained_by:
        chained = 2 if str(case) == "chained roles" else 1
        assert times(sandbox, case.obtained_by) == chained, "the credential was not kept"


@pytest.mark.parametrize("case", RENEWED, ids=str)
def test_it_goes_on_after_the_credential_expired(
    case: Case, make: MakeHook, sandbox: Running, time_passes: TimePasses
) -> None:
    sandbox.settings.credential_seconds = 600
    hook = make(case)
    create(hook, "before", case)
    time_passes(601)
    create(hook, "after", case)
    assert {"before", "after"} <= names(sandbox)
    assert [entry["operation"] for entry in sandbox.requests() if entry["status"] >= 400] == []


@pytest.mark.parametrize("reason", ["expired", "invalid"])
@pytest.mark.parametrize("case", RENEWED, ids=str)
def test_a_credential_that_is_refused_early_is_fetched_once_more(
    case: Case, make: MakeHook, sandbox: Running, reason: str
) -> None:
    """A changed password, a revoked session: the cloud refuses what should still be good."""
    hook = make(case)
    create(hook, "before", case)
    fetched = times(sandbox, case.obtained_by)
    sandbox.revoke("tokens" if case.auth_type == "password" else "issued", reason)
    create(hook, "after", case)
    assert {"before", "after"} <= names(sandbox)
    assert times(sandbox, case.obtained_by) > fetched


@pytest.mark.parametrize("case", [RAM_ROLE, PASSWORD], ids=str)
def test_fifty_calls_at_expiry_make_one_renewal(
    case: Case, make: MakeHook, sandbox: Running, time_passes: TimePasses
) -> None:
    sandbox.settings.credential_seconds = 600
    hook = make(case)
    create(hook, "before", case)
    time_passes(601)
    fetched = times(sandbox, case.obtained_by)
    together = threading.Barrier(50)

    def one(number: int) -> None:
        together.wait()
        create(hook, f"thread{number}", case)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(one, range(50)))
    assert len(names(sandbox)) >= 51
    assert times(sandbox, case.obtained_by) == fetched + 1


@pytest.mark.parametrize("case", [RAM_ROLE, PASSWORD], ids=str)
def test_fifty_tasks_at_expiry_make_one_renewal(
    case: Case, make: MakeHook, sandbox: Running, time_passes: TimePasses
) -> None:
    sandbox.settings.credential_seconds = 600
    hook = make(case)
    create(hook, "before", case)
    time_passes(601)
    fetched = times(sandbox, case.obtained_by)

    async def all_at_once() -> None:
        await asyncio.gather(*(acreate(hook, f"task{number}", case) for number in range(50)))
        await hook.get_conn().transport.aclose()

    asyncio.run(all_at_once())
    assert len(names(sandbox)) >= 51
    assert times(sandbox, case.obtained_by) == fetched + 1


def test_a_token_that_is_refused_while_the_clock_is_off_is_fetched_once_more(make: MakeHook, sandbox: Running) -> None:
    """A token carries no date, so the clock is not why it was refused."""
    sandbox.settings.clock_offset = 3600
    hook = make(PASSWORD)
    create(hook, "before", PASSWORD)
    sandbox.revoke("tokens")
    create(hook, "after", PASSWORD)
    assert {"before", "after"} <= names(sandbox)
    assert times(sandbox, "CreateToken") == 2


def test_the_keys_that_ask_for_a_role_are_masked_too(make: MakeHook, sandbox: Running) -> None:
    """The keys of the instance ask for one role, that role for the next: three sets of temporary keys."""
    roles = f"{world.ALIBABA_ROLE_ARN},{world.ALIBABA_CHAINED_ROLE_ARN}"
    case = alibaba_case("ram_role", None, "", "", {"role_arn": roles})
    create(make(case), "made", case)
    obtained = [one.current for one in cache._kept.values() if one.current]
    assert len(obtained) == 3
    for credential in obtained:
        for secret in credential.proof.secrets():
            assert secret not in str(mask_logs(None, "info", {"event": f"before {secret} after"}))


@pytest.mark.parametrize(("offset", "said"), [(3600, "3600 seconds behind"), (-3600, "3600 seconds ahead")])
@pytest.mark.parametrize("case", [RAM_ROLE, OIDC_ROLE, PASSWORD], ids=str)
def test_a_clock_that_is_off_costs_one_refusal_and_no_renewals(
    case: Case, make: MakeHook, sandbox: Running, tmp_path: Path, offset: float, said: str
) -> None:
    """Expiries are told by the server's clock: an hour off, a fresh credential would look spent, or good for two."""
    sandbox.settings.clock_offset = offset
    sandbox.settings.credential_seconds = 1800
    hook = make(case)
    (tmp_path / "id-token").write_text(sandbox.oidc_token())  # by the sandbox's clock
    for number in range(3):
        create(hook, f"made{number}", case)
    handed_out = [e for e in sandbox.requests() if e["operation"] == case.obtained_by and e["status"] < 300]
    assert len(handed_out) == 1
    accepted, text = hook.test_connection()
    assert accepted, text
    told = int(text.rpartition("clock is ")[2].split()[0])
    assert abs(told - 3600) <= 2
    assert said.split()[-1] in text
    credential = hook._kept.current if hook._kept else None
    assert credential is not None
    assert credential.expires is not None
    assert abs(credential.expires - time.time() - 1800) < 60


@pytest.mark.parametrize("make_expected", [alibaba_case, huawei_case])
def test_a_machine_without_the_metadata_service_that_was_chosen(
    make_expected: Callable[..., Case], make: MakeHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody says that it is there, so its silence may pass: the task's own retries count."""
    monkeypatch.setattr(reach, "PAUSES", (0.01, 0.01))
    with blackhole_port() as port:
        auth_type = "ecs_ram_role" if make_expected is alibaba_case else "ecs_agency"
        case = make_expected(auth_type, None, "", "", {"endpoint": f"http://127.0.0.1:{port}"})
        with pytest.raises(ConnectionFailed) as silent:
            create(make(case), "never", case)
    said = silent.value.sentence()
    assert said.startswith("ECS metadata could not connect: The ECS metadata service does not answer at http:")
    assert said.endswith("check that this machine has such a service, or choose another credential in the connection.")
    assert silent.value.repeat is not Repeat.NEVER


def test_a_failing_sts_is_not_asked_by_every_attempt_of_a_call(make: MakeHook, sandbox: Running) -> None:
    """Attempts within attempts would multiply; and nothing of the call itself was sent."""
    sandbox.faults.add("AssumeRole", "error", status=500, code="InternalError", message="a bad day")
    hook = make(RAM_ROLE)
    with pytest.raises(ServerError, match=r"STS AssumeRole failed on the server .*InternalError"):
        hook.call(dataworks_project.ListProjects())
    assert times(sandbox, "AssumeRole") == MOST_FAILURES
    assert times(sandbox, "ListProjects") == 0


def test_two_hooks_of_one_process_share_what_was_obtained(make: MakeHook, sandbox: Running) -> None:
    for number in range(3):
        create(make(RAM_ROLE), f"from hook {number}", RAM_ROLE)
    assert times(sandbox, "AssumeRole") == 1


def test_the_token_file_is_read_again_at_each_renewal(
    make: MakeHook, sandbox: Running, tmp_path: Path, time_passes: TimePasses
) -> None:
    sandbox.settings.credential_seconds = 600
    hook = make(OIDC_ROLE)
    create(hook, "before", OIDC_ROLE)
    time_passes(601)
    (tmp_path / "id-token").write_text("not.a.token")
    with pytest.raises(CloudflowsError) as refused:
        create(hook, "never", OIDC_ROLE)
    assert "AssumeRoleWithOIDC" in str(refused.value)
    assert "not.a.token" not in str(refused.value)
    (tmp_path / "id-token").write_text(sandbox.oidc_token())
    create(hook, "after", OIDC_ROLE)
    assert names(sandbox) >= {"before", "after"}


def test_a_wrong_password_is_sent_once(make: MakeHook, sandbox: Running) -> None:
    """IAM locks a user after some wrong ones."""
    wrong = replace(PASSWORD, login=(world.HUAWEI_USER_NAME, "WrongPassword01"))
    with pytest.raises(AuthenticationFailed, match=r"IAM CreateToken was not authenticated .*IAM\.0062") as refused:
        create(make(wrong), "never", wrong)
    assert times(sandbox, "CreateToken") == 1
    assert "WrongPassword01" not in str(refused.value)


@pytest.mark.parametrize("case", [alibaba_case("auto", None, "", ""), huawei_case("auto", None, "", "")], ids=str)
def test_the_chain_lists_what_it_tried(case: Case, make: MakeHook, sandbox: Running) -> None:
    sandbox.settings.metadata = "off"
    with pytest.raises(ConfigurationError) as refused:
        create(make(case), "never", case)
    said = str(refused.value)
    assert "No credentials were found, after these were tried: (1) " in said
    assert "set" in said
    assert "(5) " in said
    assert said.endswith(".")
    assert "never" not in names(sandbox)
