"""Profiles of the Alibaba Cloud CLI: every mode, every way in which the file can be wrong."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba.cli_profile import CliProfileSource
from airflow_provider_cloudflows.auth.alibaba.external_process import ExternalProcessSource
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, NotConfigured
from airflow_provider_cloudflows.auth.cache import forget_all
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError, PermissionDenied
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.sts import GetAlibabaCallerIdentity
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.message import Message
from tests.auth.alibaba.bench import KEY_ID, SECRET, TOKEN, Bench, in_an_hour, proof
from tests.transport.servers import COLOURS, Colour

SHOWN = "~/.aliyun/config.json"
ETL = f"profile 'etl' of {SHOWN}"
KEYS = {"access_key_id": KEY_ID, "access_key_secret": SECRET}
STORED = {**KEYS, "sts_token": TOKEN}
SANDBOX_KEYS = {"access_key_id": world.ALIBABA_KEY.id, "access_key_secret": world.ALIBABA_KEY.secret}

Write = Callable[..., dict[str, str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a configuration below a home directory, and returns an environment with that home."""

    def write_one(*profiles: dict[str, Any], current: str | None = "etl", **rest: Any) -> dict[str, str]:
        (tmp_path / ".aliyun").mkdir(exist_ok=True)
        config = {"current": current, "profiles": list(profiles), **rest}
        (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(config))
        return {"HOME": str(tmp_path)}

    return write_one


def etl(mode: str, **fields: Any) -> dict[str, Any]:
    return {"name": "etl", "mode": mode, **fields}


def source(bench: Bench, environ: dict[str, str], **options: Any) -> CliProfileSource:
    return CliProfileSource(bench.reach, environ=environ, **options)


def test_an_access_key(bench: Bench, write: Write) -> None:
    found = source(bench, write(etl("AK", **KEYS, sts_token="old")))
    assert bench.obtain(found) == Credential(AccessKey(KEY_ID, SECRET), ETL)
    assert set(found.secrets()) == {SECRET}
    assert SECRET not in repr(found) + repr(found.identity())


def test_a_temporary_key(bench: Bench, write: Write) -> None:
    found = source(bench, write(etl("StsToken", **STORED)))
    assert bench.obtain(found) == Credential(AccessKey(KEY_ID, SECRET, TOKEN), ETL)


def test_which_profile_is_meant(bench: Bench, write: Write) -> None:
    environ = write(etl("AK", **KEYS), {"name": "other", "mode": "AK", **KEYS, "access_key_id": "LTAIother"})
    for options, variable, expected in (
        ({}, "", KEY_ID),
        ({}, "other", "LTAIother"),
        ({"profile": "etl"}, "other", KEY_ID),
    ):
        found = source(bench, {**environ, "ALIBABA_CLOUD_PROFILE": variable}, **options)
        assert proof(bench.obtain(found)).key_id == expected


def test_which_file_is_meant(bench: Bench, write: Write, tmp_path: Path) -> None:
    environ = write(etl("AK", **KEYS))
    (tmp_path / ".aliyun" / "config.json").rename(tmp_path / "cli.json")
    found = source(bench, environ, path=tmp_path / "cli.json")
    assert bench.obtain(found).origin == f"profile 'etl' of {tmp_path}/cli.json"
    assert bench.obtain(source(bench, environ, path="~/cli.json")).origin == "profile 'etl' of ~/cli.json"


def test_the_file_is_read_anew_each_time_and_never_written(bench: Bench, write: Write, tmp_path: Path) -> None:
    environ = write(etl("AK", **KEYS))
    file = tmp_path / ".aliyun" / "config.json"
    before = file.read_bytes()
    found = source(bench, environ)
    bench.obtain(found)
    assert file.read_bytes() == before
    write(etl("AK", **{**KEYS, "access_key_id": "LTAInew"}))
    assert proof(bench.obtain(found)).key_id == "LTAInew"


def test_a_file_that_windows_wrote(bench: Bench, write: Write, tmp_path: Path) -> None:
    environ = write(etl("AK", **KEYS))
    file = tmp_path / ".aliyun" / "config.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b", ", b",\r\n"))
    bench.obtain(source(bench, environ))


# Roles


def test_a_role_of_a_key(cloud: Bench, write: Write) -> None:
    role = etl("RamRoleArn", **SANDBOX_KEYS, ram_role_arn=world.ALIBABA_ROLE_ARN, ram_session_name="s-1")
    environ = write({**role, "expired_seconds": 900, "sts_region": "cn-hangzhou", "policy": '{"Version": "1"}'})
    found = source(cloud, environ)
    client = cloud.client(found)
    business = CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="etl")
    assert client.call(business).business_id > 0
    assert client.call(GetAlibabaCallerIdentity()).arn.endswith(f"{world.ALIBABA_ROLE_NAME}/s-1")
    credential = cloud.obtain(found)
    assert credential.origin == f"RAM role {world.ALIBABA_ROLE_ARN} ({ETL})"
    assert credential.expires is not None
    assert abs(credential.expires - time.time() - 900) < 5
    assert set(found.secrets()) == {world.ALIBABA_KEY.secret}


def test_an_external_id(cloud: Bench, write: Write) -> None:
    role = etl("RamRoleArn", **SANDBOX_KEYS, ram_role_arn=world.ALIBABA_PARTNER_ROLE_ARN, ram_session_name="s-1")
    cloud.obtain(source(cloud, write({**role, "external_id": world.EXTERNAL_ID})))
    cloud.refusal(source(cloud, write(role)), PermissionDenied, world.ALIBABA_KEY.secret)


def test_the_session_has_a_name_in_any_case(cloud: Bench, write: Write) -> None:
    environ = write(etl("RamRoleArn", **SANDBOX_KEYS, ram_role_arn=world.ALIBABA_ROLE_ARN, expired_seconds=0))
    named = {**environ, "ALIBABA_CLOUD_ROLE_SESSION_NAME": "pod-7"}
    for one, expected in ((environ, "/airflow"), (named, "/pod-7")):
        assert cloud.client(source(cloud, one)).call(GetAlibabaCallerIdentity()).arn.endswith(expected)


def test_a_chain_of_roles(cloud: Bench, write: Write) -> None:
    first = {"name": "base", "mode": "AK", **SANDBOX_KEYS}
    second = {
        "name": "role",
        "mode": "ChainableRamRoleArn",
        "source_profile": "base",
        "ram_role_arn": world.ALIBABA_ROLE_ARN,
        "ram_session_name": "s-1",
    }
    third = etl("ChainableRamRoleArn", source_profile="role", ram_role_arn=world.ALIBABA_CHAINED_ROLE_ARN)
    found = source(cloud, write(first, second, third))
    assert (
        cloud.client(found).call(GetAlibabaCallerIdentity()).arn.endswith(f"{world.ALIBABA_CHAINED_ROLE_NAME}/airflow")
    )


def test_a_chain_that_begins_with_the_instance(cloud: Bench, write: Write, sandbox: Running) -> None:
    base = {"name": "ecs", "mode": "EcsRamRole", "ram_role_name": world.ALIBABA_METADATA_ROLE_NAME}
    role = etl("ChainableRamRoleArn", source_profile="ecs", ram_role_arn=world.ALIBABA_ROLE_ARN)
    cloud.obtain(source(cloud, write(base, role)))
    assert [call["operation"] for call in sandbox.requests()] == [
        "GetMetadataToken",
        "GetRoleCredentials",
        "AssumeRole",
    ]


def test_an_oidc_role(cloud: Bench, write: Write, sandbox: Running, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(sandbox.oidc_token())
    fields = {
        "ram_role_arn": world.ALIBABA_ROLE_ARN,
        "oidc_provider_arn": world.ALIBABA_OIDC_PROVIDER_ARN,
        "oidc_token_file": str(tmp_path / "token"),
    }
    for name, value in (("ram_session_name", "as-the-cli-writes"), ("role_session_name", "as-the-package-reads")):
        found = source(cloud, write(etl("OIDC", **fields, **{name: value})))
        forget_all()  # the file is another one, the identity is not
        assert cloud.client(found).call(GetAlibabaCallerIdentity()).arn.endswith(f"/{value}")
    assert list(found.secrets()) == [(tmp_path / "token").read_text()]


def test_the_role_of_the_instance(cloud: Bench, write: Write, sandbox: Running) -> None:
    environ = write(etl("EcsRamRole"))
    found = cloud.obtain(source(cloud, environ))
    assert found.origin == f"ECS RAM role {world.ALIBABA_METADATA_ROLE_NAME} ({ETL})"
    sandbox.settings.metadata = "v1"
    assert "version 1" in cloud.refusal(source(cloud, environ), ConfigurationError)
    cloud.obtain(source(cloud, environ, allow_v1=True))


def test_an_instance_that_is_none_is_an_error_of_the_profile(bench: Bench, write: Write) -> None:
    environ = write(etl("EcsRamRole"))
    said = bench.refusal(source(bench, environ), ConfigurationError)
    assert said.startswith(f"The {ETL} cannot be used: The ECS metadata service does not answer at")
    said = bench.refusal(source(bench, {**environ, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}), ConfigurationError)
    assert said.startswith(f"The {ETL} cannot be used: The ECS metadata service is turned off by ALIBABA_CLOUD_ECS_")


def test_a_base_key_that_sts_does_not_accept(cloud: Bench, write: Write) -> None:
    environ = write(etl("RamRoleArn", **KEYS, ram_role_arn=world.ALIBABA_ROLE_ARN))
    cloud.refusal(source(cloud, environ), AuthenticationFailed)


REGION, VPC = {"ALIBABA_CLOUD_STS_REGION": "cn-beijing"}, {"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED": "true"}


@pytest.mark.parametrize(
    ("fields", "endpoints", "environ", "host"),
    [
        ({}, {}, {}, "sts.aliyuncs.com"),
        ({}, {}, REGION | VPC, "sts-vpc.cn-beijing.aliyuncs.com"),
        ({}, {"region": "cn-hangzhou"}, REGION, "sts.cn-hangzhou.aliyuncs.com"),
        ({"sts_region": "cn-shanghai"}, {"region": "cn-hangzhou"}, REGION, "sts.cn-shanghai.aliyuncs.com"),
        ({"sts_region": "cn-shanghai", "enable_vpc": True}, {}, {}, "sts-vpc.cn-shanghai.aliyuncs.com"),
        ({"sts_region": "cn-shanghai", "enable_vpc": False}, {}, VPC, "sts.cn-shanghai.aliyuncs.com"),
    ],
)
def test_which_sts_is_asked(
    bench: Bench,
    write: Write,
    fields: dict[str, Any],
    endpoints: dict[str, Any],
    environ: dict[str, str],
    host: str,
) -> None:
    home = write(etl("RamRoleArn", **KEYS, ram_role_arn="r", **fields))
    message = next(CliProfileSource(bench.reach_of(**endpoints), environ={**home, **environ}).obtain())
    assert isinstance(message, Message)
    assert message.origin == f"https://{host}"


# Stored keys


@pytest.mark.parametrize("mode", ["CloudSSO", "OAuth"])
def test_stored_keys_while_they_are_valid(bench: Bench, write: Write, mode: str) -> None:
    expires = int(time.time()) + 600
    found = source(bench, write(etl(mode, **STORED, sts_expiration=expires)))
    assert bench.obtain(found) == Credential(AccessKey(KEY_ID, SECRET, TOKEN), ETL, float(expires))


@pytest.mark.parametrize("mode", ["CloudSSO", "OAuth"])
@pytest.mark.parametrize(
    ("expiration", "said"),
    [
        (1_700_000_000, "expired at 2023-11-14 22:13 UTC"),
        (-(2**52), "expired at a time long ago"),
        (0, "are not there (no sts_expiration)"),
    ],
)
def test_stored_keys_that_have_expired(bench: Bench, write: Write, mode: str, expiration: int, said: str) -> None:
    environ = write(etl(mode, **STORED, sts_expiration=expiration, oauth_refresh_token="Hush"))
    assert bench.refusal(source(bench, environ), ConfigurationError, "Hush") == (
        f"The stored keys in {ETL}, mode {mode}, {said}; log in again with the Alibaba Cloud CLI, or use a mode that "
        "needs no browser for scheduled runs."
    )


# External


def program(tmp_path: Path, body: str) -> str:
    script = tmp_path / "give keys.py"
    script.write_text(body)
    return f"{sys.executable} '{script}' --password Hush"


def printing(document: Any) -> str:
    return f"print({json.dumps(document)!r})"


@pytest.mark.parametrize("colour", COLOURS)
def test_a_program_prints_the_keys(bench: Bench, write: Write, tmp_path: Path, colour: Colour) -> None:
    command = program(tmp_path, printing({"mode": "StsToken", **STORED, "expiration": in_an_hour()}))
    found: Credential = colour(Transport(), source(bench, write(etl("External", process_command=command))).obtain())
    assert (found.proof, found.origin) == (AccessKey(KEY_ID, SECRET, TOKEN), ETL)
    assert found.expires is not None
    assert abs(found.expires - time.time() - 3600) < 5


def test_a_program_prints_a_permanent_key(bench: Bench, write: Write, tmp_path: Path) -> None:
    command = program(tmp_path, printing({"mode": "AK", **KEYS, "sts_token": "", "expiration": None}))
    found = bench.obtain(source(bench, write(etl("External", process_command=command))))
    assert found == Credential(AccessKey(KEY_ID, SECRET), ETL)


def test_no_shell_reads_the_command(bench: Bench, write: Write, tmp_path: Path) -> None:
    command = f"echo x; touch {tmp_path}/made && $HOME `id` $(touch {tmp_path}/made) > {tmp_path}/made"
    bench.refusal(source(bench, write(etl("External", process_command=command))), ConfigurationError)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (printing(["Hush"]), "printed is no JSON object."),
        ("print('Hush')", "printed is no JSON object."),
        ("import sys; sys.stdout.buffer.write(b'\\xffHush')", "printed is no JSON object."),
        ("raise SystemExit('Hush')", "ended with exit status 1; run it by hand to see why."),
        ("import os; os.kill(os.getpid(), 9)", "ended with exit status -9; run it by hand to see why."),
        (printing({**KEYS, "access_key_id": ""}), "The field access_key_id is missing in what the program"),
        (printing({"mode": "StsToken", **KEYS}), "The field sts_token is missing in what the program"),
        (printing({**KEYS, "expiration": 7}), "The field expiration is missing in what the program"),
        (printing({**KEYS, "expiration": "soon"}), "came with the expiry 'soon', which is no time"),
        (printing({**KEYS, "access_key_secret": "Hush \n"}), "The access key in what the program"),
    ],
)
def test_a_program_that_fails(bench: Bench, write: Write, tmp_path: Path, body: str, said: str) -> None:
    environ = write(etl("External", process_command=program(tmp_path, body)))
    assert said in bench.refusal(source(bench, environ), ConfigurationError, "Hush")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/no/such/program Hush", f"The program /no/such/program of {ETL} could not be started (No such file"),
        ("a\0b Hush", "could not be started (no program has such a name)."),
        ("'unclosed Hush", f"The field process_command in {ETL} is no command; mind its quotes."),
        ("  ", f"The field process_command in {ETL} is no command; mind its quotes."),
    ],
)
def test_a_command_that_is_none(bench: Bench, write: Write, command: str, said: str) -> None:
    environ = write(etl("External", process_command=command))
    assert said in bench.refusal(source(bench, environ), ConfigurationError, "Hush")


def test_a_program_that_takes_too_long(bench: Bench) -> None:
    found = ExternalProcessSource(
        f"{sys.executable} -c 'import time; time.sleep(30)' Hush", "profile 'etl'", seconds=0.2
    )
    started = time.monotonic()
    said = bench.refusal(found, ConfigurationError, "Hush")
    assert time.monotonic() - started < 5
    assert said == f"The program {sys.executable} of profile 'etl' did not end within 0.2 seconds and was stopped."


# What is not there, and what is wrong


def test_no_file(bench: Bench, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert bench.refusal(source(bench, environ), NotConfigured) == f"There is no file {SHOWN}."
    said = bench.refusal(source(bench, environ, path="~/mine.json"), ConfigurationError)
    assert said == "The file ~/mine.json does not exist; correct its path."


def test_no_home(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    said = bench.refusal(source(bench, {}), NotConfigured)
    assert said == "There is no home directory to look for ~/.aliyun/config.json in; set HOME."


def test_turned_off(bench: Bench, write: Write) -> None:
    environ = {**write(etl("AK", **KEYS)), "ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "True"}
    said = bench.refusal(source(bench, environ), NotConfigured)
    assert said == "The profiles of the CLI are turned off by ALIBABA_CLOUD_CLI_PROFILE_DISABLED."


def test_a_profile_that_is_not_there(bench: Bench, write: Write) -> None:
    environ = write(etl("AK", **KEYS))
    said = bench.refusal(source(bench, environ, profile="nightly"), NotConfigured)
    assert said == f"The file {SHOWN} has no profile 'nightly'."
    assert bench.refusal(source(bench, write()), NotConfigured) == f"The file {SHOWN} holds no profile."
    for current in (None, "nightly"):
        said = bench.refusal(source(bench, write(etl("AK", **KEYS), current=current)), ConfigurationError)
        assert said == f"The field current in {SHOWN} names none of its profiles."


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (etl("AK", access_key_id=KEY_ID), f"The field access_key_secret is missing in {ETL}."),
        (etl("AK", access_key_secret=SECRET), f"The field access_key_id is missing in {ETL}."),
        (etl("AK", access_key_id=[SECRET], access_key_secret=SECRET), f"The field access_key_id in {ETL} is no text."),
        (etl("AK", access_key_id=KEY_ID, access_key_secret=f"{SECRET} "), f"The access key in {ETL} is empty or holds"),
        (etl("StsToken", **KEYS), f"The field sts_token is missing in {ETL}."),
        (etl("RamRoleArn", **KEYS), f"The field ram_role_arn is missing in {ETL}."),
        (etl("RamRoleArn", ram_role_arn="r"), f"The field access_key_id is missing in {ETL}."),
        (etl("OIDC", ram_role_arn="r"), f"The field oidc_provider_arn is missing in {ETL}."),
        (etl("External"), f"The field process_command is missing in {ETL}."),
        (etl("ChainableRamRoleArn"), f"The field source_profile is missing in {ETL}."),
        (etl("Nonsense", **KEYS), f"The field mode in {ETL} is none of AK, ChainableRamRoleArn, CloudSSO, Ecs"),
        ({"name": "etl", **KEYS}, f"The field mode is missing in {ETL}."),
        (
            etl("RamRoleArn", **KEYS, ram_role_arn="r", expired_seconds="900"),
            f"The field expired_seconds in {ETL} is no whole number.",
        ),
        (
            etl("RamRoleArn", **KEYS, ram_role_arn="r", expired_seconds=60),
            f"The {ETL} cannot be used: No credential can be obtained for RAM role r: duration_seconds Input should",
        ),
        (
            etl("RamRoleArn", **KEYS, ram_role_arn="r", enable_vpc=1),
            f"The field enable_vpc in {ETL} is neither true nor",
        ),
        (
            etl("RamRoleArn", **KEYS, ram_role_arn="r", sts_region="a b"),
            f"The region in sts_region of {ETL} is not an id such as cn-h",
        ),
        (
            etl("EcsRamRole", ram_role_name="a/b"),
            f"The {ETL} cannot be used: The name of the ECS instance's RAM role is",
        ),
        (etl("OAuth", **STORED, sts_expiration=10**400), f"The field sts_expiration in {ETL} is no whole number."),
        (etl("CloudSSO", **KEYS, sts_expiration=2**40), f"The field sts_token is missing in {ETL}."),
    ],
)
def test_a_broken_profile(bench: Bench, write: Write, profile: dict[str, Any], said: str) -> None:
    assert bench.refusal(source(bench, write(profile)), ConfigurationError).startswith(said)


def test_a_circle_of_profiles(bench: Bench, write: Write) -> None:
    def chained(name: str, before: str) -> dict[str, Any]:
        return {"name": name, "mode": "ChainableRamRoleArn", "source_profile": before, "ram_role_arn": "r"}

    for profiles in (
        [chained("etl", "etl")],
        [chained("etl", "b"), chained("b", "c"), chained("c", "b")],
        [chained("etl", "0"), *(chained(str(n), str(n + 1)) for n in range(2000)), {"name": "2000", "mode": "AK"}],
    ):
        said = bench.refusal(source(bench, write(*profiles)), ConfigurationError)
        assert "leads round in a circle, or too far." in said
    said = bench.refusal(source(bench, write(chained("etl", "gone"))), ConfigurationError)
    assert said == f"The field source_profile in {ETL} names none of the profiles."


def test_a_broken_profile_in_a_chain_is_named_with_the_one_that_led_there(bench: Bench, write: Write) -> None:
    role = etl("ChainableRamRoleArn", source_profile="base", ram_role_arn="r")
    said = bench.refusal(
        source(bench, write({"name": "base", "mode": "AK", **KEYS, "access_key_id": ""}, role)), ConfigurationError
    )
    assert said == (f"The {ETL} cannot be used: The field access_key_id is missing in profile 'base' of {SHOWN}.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", f"The file {SHOWN} is no JSON object."),
        (b'{"current": "etl", "profiles": [{"access_key_secret": "Hush', f"The file {SHOWN} is no JSON object."),
        (b"[]", f"The file {SHOWN} is no JSON object."),
        (b"[" * 100_000, f"The file {SHOWN} is no JSON object."),
        (b'"\xff"', f"The file {SHOWN} is no UTF-8 text."),
        (b'{"profiles": {"etl": "Hush"}}', f"The field profiles in {SHOWN} is no list of profiles."),
        (b'{"profiles": ["Hush"]}', f"The field profiles in {SHOWN} is no list of profiles."),
    ],
)
def test_a_broken_file(bench: Bench, write: Write, tmp_path: Path, content: bytes, said: str) -> None:
    environ = write()
    (tmp_path / ".aliyun" / "config.json").write_bytes(content)
    assert bench.refusal(source(bench, environ), ConfigurationError, "Hush") == said


def test_a_file_that_cannot_be_read(bench: Bench, tmp_path: Path) -> None:
    said = bench.refusal(source(bench, {}, path=tmp_path), ConfigurationError)
    assert said == f"The file {tmp_path} cannot be read (Is a directory)."
    assert "(no file has such a name)" in bench.refusal(source(bench, {}, path="a\0b"), ConfigurationError)
    if os.geteuid() != 0:
        (tmp_path / "closed").touch(mode=0)
        said = bench.refusal(source(bench, {}, path=tmp_path / "closed"), ConfigurationError)
        assert said.endswith("cannot be read (Permission denied).")
