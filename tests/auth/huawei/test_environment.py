"""The variables of the vendor's SDK: found, missing, half there, wrong, and changed while the process runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey, NotConfigured
from airflow_provider_cloudflows.auth.huawei.environment import EnvironmentSource
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from tests.auth.huawei.bench import AK, SK, TOKEN, Bench, operations

SDK = "HUAWEICLOUD_SDK_"
AK_NAME, SK_NAME, TOKEN_NAME = f"{SDK}AK", f"{SDK}SK", f"{SDK}SECURITY_TOKEN"
IDP, FILE, PROJECT, IAM = f"{SDK}IDP_ID", f"{SDK}ID_TOKEN_FILE", f"{SDK}PROJECT_ID", f"{SDK}IAM_ENDPOINT"
KEYS = {AK_NAME: AK, SK_NAME: SK}


def test_a_key_pair(bench: Bench) -> None:
    found = bench.obtain(EnvironmentSource(bench.reach, {**KEYS, TOKEN_NAME: "", PROJECT: ""}))
    assert (found.proof, found.origin) == (AccessKey(AK, SK), "environment variables")
    assert (found.expires, found.project_id) == (None, None)


def test_a_temporary_key_of_a_project(bench: Bench) -> None:
    source = EnvironmentSource(bench.reach, {**KEYS, TOKEN_NAME: TOKEN, PROJECT: "p1"})
    found = bench.obtain(source)
    assert (found.proof, found.project_id) == (AccessKey(AK, SK, TOKEN), "p1")
    assert set(source.secrets()) == {SK, TOKEN}


def test_the_sandbox_takes_the_key(cloud: Bench) -> None:
    environ = {AK_NAME: world.HUAWEI_KEY.id, SK_NAME: world.HUAWEI_KEY.secret}
    assert cloud.client(EnvironmentSource(cloud.reach, environ)).call(CreateWorkspace(name="by-environment")).id


def test_the_process_environment_is_read_when_it_is_needed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    source = EnvironmentSource(bench.reach)
    before = source.identity()
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert bench.key(source) == AccessKey(AK, SK)
    assert source.identity() != before


def test_another_secret_is_another_identity_that_shows_neither(bench: Bench) -> None:
    one, two = (EnvironmentSource(bench.reach, {**KEYS, SK_NAME: secret}).identity() for secret in (SK, f"{SK}2"))
    assert one != two
    assert SK not in repr((one, two))


def test_nothing_there(bench: Bench) -> None:
    for environ in ({}, {AK_NAME: "", PROJECT: "p1", TOKEN_NAME: TOKEN}):
        assert bench.refusal(EnvironmentSource(bench.reach, environ), NotConfigured) == (
            "Neither HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK nor HUAWEICLOUD_SDK_IDP_ID and "
            "HUAWEICLOUD_SDK_ID_TOKEN_FILE are set."
        )


@pytest.mark.parametrize(("there", "missing"), [(AK_NAME, SK_NAME), (SK_NAME, AK_NAME), (IDP, FILE), (FILE, IDP)])
def test_one_without_the_other(bench: Bench, there: str, missing: str) -> None:
    refusal = bench.refusal(EnvironmentSource(bench.reach, {there: SK}), ConfigurationError)
    assert refusal == f"{there} is set and {missing} is not; set both or neither."


@pytest.mark.parametrize("name", [AK_NAME, SK_NAME, TOKEN_NAME, PROJECT])
@pytest.mark.parametrize("value", [f"{SK} ", f"{SK}\n", f"{SK}é", " "])
def test_what_no_header_can_carry(bench: Bench, name: str, value: str) -> None:
    refusal = bench.refusal(EnvironmentSource(bench.reach, {**KEYS, name: value}), ConfigurationError)
    assert refusal.startswith(f"The variable {name} is empty or holds blanks, line breaks")


def test_an_identity_provider_is_stronger_than_a_key(cloud: Bench, sandbox: Running, id_token_file: Path) -> None:
    environ = {**KEYS, IDP: world.HUAWEI_IDP_ID, FILE: str(id_token_file), PROJECT: "p1"}
    source = EnvironmentSource(cloud.reach, environ)
    found = cloud.obtain(source)
    assert found.origin == "identity provider sandbox-idp (environment variables)"
    assert found.project_id == "p1"
    assert operations(sandbox) == ["CreateTokenWithIdToken", "CreateTemporaryAccessKeyByToken"]
    assert {SK, id_token_file.read_text().strip()} < set(source.secrets())


@pytest.mark.parametrize("half", [{IDP: "idp"}, {FILE: "/nowhere"}])
def test_half_an_identity_provider_leaves_the_key(bench: Bench, half: dict[str, str]) -> None:
    assert bench.key(EnvironmentSource(bench.reach, {**KEYS, **half})) == AccessKey(AK, SK)


def test_the_iam_endpoint_of_the_environment(cloud: Bench, bench: Bench, id_token_file: Path) -> None:
    environ = {IDP: world.HUAWEI_IDP_ID, FILE: str(id_token_file), IAM: f" {cloud.url}/ "}
    assert bench.obtain(EnvironmentSource(bench.reach_of(region="cn-north-4"), environ)).expires


@pytest.mark.parametrize("url", ["https://127.0.0.1:9", "http://iam.example.com/path"])
def test_the_endpoints_of_the_connection_are_stronger(cloud: Bench, id_token_file: Path, url: str) -> None:
    environ = {IDP: world.HUAWEI_IDP_ID, FILE: str(id_token_file), IAM: url}
    for reach in (cloud.reach, cloud.reach_of(overrides={"iam": cloud.url})):
        assert cloud.obtain(EnvironmentSource(reach, environ)).expires


@pytest.mark.parametrize(
    "url", ["http://iam.example.com", "https://iam.example.com/path", "https://u:Hush@h", "ftp://h"]
)
def test_an_endpoint_that_is_none(bench: Bench, id_token_file: Path, url: str) -> None:
    environ = {IDP: world.HUAWEI_IDP_ID, FILE: str(id_token_file), IAM: url}
    reach = bench.reach_of(region="cn-north-4")
    refusal = bench.refusal(EnvironmentSource(reach, environ), ConfigurationError, "Hush")
    assert refusal.startswith("HUAWEICLOUD_SDK_IAM_ENDPOINT must be https:// and a host, for example https://iam.")


def test_a_refused_id_token_is_said_to_be_one(cloud: Bench, sandbox: Running, id_token_file: Path) -> None:
    expired = sandbox.oidc_token(-10)
    id_token_file.write_text(expired)
    environ = {IDP: world.HUAWEI_IDP_ID, FILE: str(id_token_file)}
    refusal = cloud.refusal(EnvironmentSource(cloud.reach, environ), AuthenticationFailed, expired)
    assert "IAM CreateTokenWithIdToken was not authenticated (HTTP 401, code IAM.0066" in refusal
    assert refusal.endswith(f"check the ID token in {id_token_file} and the identity provider sandbox-idp in IAM.")
