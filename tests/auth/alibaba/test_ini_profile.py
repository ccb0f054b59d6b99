"""Sections of credentials.ini: every type, every way in which the file can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_cloudflows.auth.alibaba.ini_profile import IniProfileSource
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, NotConfigured
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.sts import GetAlibabaCallerIdentity
from airflow_provider_cloudflows.transport.message import Message
from tests.auth.alibaba.bench import KEY_ID, SECRET, Bench, proof

SHOWN = "~/.alibabacloud/credentials.ini"
DEFAULT = f"section [default] of {SHOWN}"
KEYS = f"access_key_id = {KEY_ID}\naccess_key_secret = {SECRET}\n"
SANDBOX_KEYS = f"access_key_id = {world.ALIBABA_KEY.id}\naccess_key_secret = {world.ALIBABA_KEY.secret}\n"

Write = Callable[[str], dict[str, str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the file below a home directory, and returns an environment with that home."""

    def write_one(text: str) -> dict[str, str]:
        (tmp_path / ".alibabacloud").mkdir(exist_ok=True)
        (tmp_path / ".alibabacloud" / "credentials.ini").write_text(text)
        return {"HOME": str(tmp_path)}

    return write_one


def source(bench: Bench, environ: dict[str, str]) -> IniProfileSource:
    return IniProfileSource(bench.reach, environ=environ)


def test_an_access_key(bench: Bench, write: Write) -> None:
    found = source(bench, write(f"[default]\ntype = access_key # the usual\n{KEYS}"))
    assert bench.obtain(found) == Credential(AccessKey(KEY_ID, SECRET), DEFAULT)
    assert set(found.secrets()) == {SECRET}
    assert SECRET not in repr(found) + repr(found.identity())


def test_which_section_of_which_file(bench: Bench, write: Write, tmp_path: Path) -> None:
    environ = write(
        f"[default]\ntype=access_key\n{KEYS}[etl]\ntype=access_key\naccess_key_id=E\naccess_key_secret=%s(\n"
    )
    named = {**environ, "ALIBABA_CLOUD_PROFILE": "etl"}
    assert bench.obtain(source(bench, named)).proof == AccessKey("E", "%s(")
    assert proof(bench.obtain(IniProfileSource(bench.reach, "default", environ=named))).key_id == KEY_ID
    (tmp_path / "other.ini").write_text("[default]\ntype=access_key\naccess_key_id=O\naccess_key_secret=o\n")
    elsewhere = {**environ, "ALIBABA_CLOUD_CREDENTIALS_FILE": str(tmp_path / "other.ini")}
    found = bench.obtain(source(bench, elsewhere))
    assert (proof(found).key_id, found.origin) == ("O", f"section [default] of {tmp_path}/other.ini")
    usual = tmp_path / ".alibabacloud" / "credentials.ini"
    found = bench.obtain(IniProfileSource(bench.reach, None, usual, elsewhere))
    assert proof(found).key_id == KEY_ID


def test_a_role(cloud: Bench, write: Write) -> None:
    text = f"[default]\ntype=ram_role_arn\n{SANDBOX_KEYS}role_arn={world.ALIBABA_ROLE_ARN}\nrole_session_name=s-1\n"
    found = source(cloud, write(text))
    client = cloud.client(found)
    business = CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="etl")
    assert client.call(business).business_id > 0
    assert client.call(GetAlibabaCallerIdentity()).arn.endswith(f"{world.ALIBABA_ROLE_NAME}/s-1")
    assert cloud.obtain(found).origin == f"RAM role {world.ALIBABA_ROLE_ARN} ({DEFAULT})"


def test_a_role_for_an_oidc_token(cloud: Bench, write: Write, sandbox: Running, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(sandbox.oidc_token())
    text = (
        f"[default]\ntype=oidc_role_arn\nrole_arn={world.ALIBABA_ROLE_ARN}\n"
        f"oidc_provider_arn={world.ALIBABA_OIDC_PROVIDER_ARN}\noidc_token_file_path={tmp_path / 'token'}\n"
    )
    assert cloud.client(source(cloud, write(text))).call(GetAlibabaCallerIdentity()).arn.endswith("/airflow")


def test_the_role_of_the_instance(cloud: Bench, write: Write, sandbox: Running) -> None:
    environ = write(f"[default]\ntype=ecs_ram_role\nrole_name={world.ALIBABA_METADATA_ROLE_NAME}\n")
    assert cloud.obtain(source(cloud, environ)).origin == f"ECS RAM role {world.ALIBABA_METADATA_ROLE_NAME} ({DEFAULT})"
    sandbox.settings.metadata = "v1"
    assert "version 1" in cloud.refusal(source(cloud, environ), ConfigurationError)
    cloud.obtain(IniProfileSource(cloud.reach, environ=environ, allow_v1=True))


def test_an_instance_that_is_none_is_an_error_of_the_section(bench: Bench, write: Write) -> None:
    said = bench.refusal(source(bench, write("[default]\ntype=ecs_ram_role\n")), ConfigurationError)
    assert said.startswith(f"The {DEFAULT} cannot be used: The ECS metadata service does not answer at")


def test_which_sts_is_asked(bench: Bench, write: Write) -> None:
    environ = write(f"[default]\ntype=ram_role_arn\n{KEYS}role_arn=r\n")
    message = next(
        IniProfileSource(bench.reach_of(), environ={**environ, "ALIBABA_CLOUD_STS_REGION": "cn-beijing"}).obtain()
    )
    assert isinstance(message, Message)
    assert message.origin == "https://sts.cn-beijing.aliyuncs.com"


def test_nothing_there(bench: Bench, write: Write, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert bench.refusal(source(bench, environ), NotConfigured) == f"There is no file {SHOWN}."
    said = bench.refusal(source(bench, {**environ, "ALIBABA_CLOUD_CREDENTIALS_FILE": "/no/c.ini"}), ConfigurationError)
    assert said == "The file /no/c.ini does not exist; correct its path."
    for text in ("", f"[DEFAULT]\n{KEYS}", f"[etl]\n{KEYS}"):
        said = bench.refusal(source(bench, write(text)), NotConfigured)
        assert said == f"The file {SHOWN} has no section [default]."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KEYS, f"The file {SHOWN} is no INI file (line 1)."),
        (f"[default]\n{SECRET}\n", f"The file {SHOWN} is no INI file (line 2)."),
        (f"[default]\n{KEYS}access_key_secret={SECRET}\n", f"The file {SHOWN} is no INI file (line 4)."),
        (f"[default]\n{KEYS}[default]\n", f"The file {SHOWN} is no INI file (line 4)."),
        (f"[default]\n{KEYS}", f"The field type is missing in {DEFAULT}."),
        (f"[default]\ntype=sts\n{KEYS}", f"The field type in {DEFAULT} is none of access_key, ecs_ram_role, oidc_"),
        (
            f"[default]\ntype=rsa_key_pair\n{KEYS}",
            f"The type rsa_key_pair in {DEFAULT} is a legacy that is not supported; use ram_role_arn.",
        ),
        (
            f"[default]\ntype=access_key\naccess_key_id={KEY_ID}\n",
            f"The field access_key_secret is missing in {DEFAULT}",
        ),
        (f"[default]\ntype=access_key\naccess_key_id=#{SECRET}\n", f"The field access_key_id is missing in {DEFAULT}"),
        (f"[default]\ntype=ram_role_arn\n{KEYS}", f"The field role_arn is missing in {DEFAULT}."),
        ("[default]\ntype=oidc_role_arn\nrole_arn=r\n", f"The field oidc_provider_arn is missing in {DEFAULT}."),
        (f"[default]\ntype=access_key\n{KEYS}  more\n", f"The access key in {DEFAULT} is empty or holds blanks"),
        (
            f"[default]\ntype=ram_role_arn\n{KEYS}role_arn=r\nrole_session_name=a/b\n",
            f"The {DEFAULT} cannot be used: No credential can be obtained for RAM role r: role_session_name must have",
        ),
    ],
)
def test_a_broken_file(bench: Bench, write: Write, text: str, said: str) -> None:
    assert bench.refusal(source(bench, write(text)), ConfigurationError).startswith(said)


def test_a_file_that_is_no_text(bench: Bench, write: Write, tmp_path: Path) -> None:
    environ = write("")
    (tmp_path / ".alibabacloud" / "credentials.ini").write_bytes(b"[default]\nHush=\xff\n")
    assert bench.refusal(source(bench, environ), ConfigurationError, "Hush") == f"The file {SHOWN} is no UTF-8 text."
