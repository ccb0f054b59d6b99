"""Whatever a file, a variable or an answer holds: a credential, or one of our errors, which shows no secret of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_provider_cloudflows.auth.alibaba.cli_profile import MODES, CliProfileSource
from airflow_provider_cloudflows.auth.alibaba.credentials_uri import CredentialsUriSource
from airflow_provider_cloudflows.auth.alibaba.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.alibaba.ini_profile import TYPES, IniProfileSource
from airflow_provider_cloudflows.auth.alibaba.keys import credential_in
from airflow_provider_cloudflows.auth.base import Credential, Source
from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import NotSent
from tests.auth.alibaba.bench import Bench, keys_document

one_file_for_all = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

SECRETS = ("HushHush/secret", "HushHush+token")

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(SECRETS)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
shown = st.none() | st.integers() | st.text(max_size=20)
"""Names, ids and paths are no secrets: messages and the credential show them."""

# A program of the machine is not to be run for the fun of it.
modes = st.sampled_from(sorted({*MODES, "ChainableRamRoleArn"} - {"External"})) | st.text(max_size=5)
names = st.sampled_from(["a", "b", "c"])
fields = st.fixed_dictionaries(
    {"name": names | shown, "mode": modes | values},
    optional={
        "access_key_id": st.just("LTAI") | shown,
        "access_key_secret": st.just(SECRETS[0]) | values,
        "sts_token": st.just(SECRETS[1]) | values,
        "sts_expiration": st.integers(0, 2**40) | values,
        "ram_role_arn": st.just("acs:ram::1:role/r") | shown,
        "ram_session_name": st.just("session") | values,
        "ram_role_name": st.just("role") | shown,
        "expired_seconds": st.integers(0, 5000) | values,
        "sts_region": st.just("cn-beijing") | values,
        "enable_vpc": values,
        "external_id": values,
        "policy": values,
        "source_profile": names | values,
        "oidc_provider_arn": st.just("p") | values,
        "oidc_token_file": st.just("/no/such/file") | shown,
    },
)
configs = st.fixed_dictionaries(
    {}, optional={"current": names | shown, "profiles": st.lists(fields, max_size=4) | values}
)


def carried_out(flow: Flow[Credential]) -> None:
    """Carry out ``flow`` where no network is: what it gives or says shows no secret."""
    try:
        step = next(flow)
        while True:
            step = flow.throw(NotSent("no network")) if isinstance(step, Message) else flow.send(None)
    except StopIteration as stop:
        said = repr(stop.value)
    except CloudflowsError as error:
        said = str(error)
    assert not any(secret in said for secret in SECRETS)
    assert "\n" not in said


def usable(source: Source) -> None:
    """What must work whatever is there."""
    carried_out(source.obtain())
    assert not any(secret in repr(source.identity()) for secret in SECRETS)
    assert all(isinstance(secret, str) for secret in source.secrets())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@one_file_for_all
@given(config=configs)
@example(config={"current": "a", "profiles": [{"name": "a", "mode": "AK", "access_key_id": "\ud800"}]})
@example(config={"current": "\ud800", "profiles": [{"name": "\ud800", "mode": "\ud800\n"}]})
def test_any_configuration_of_the_cli(bench: Bench, file: Path, config: Any) -> None:
    file.write_text(json.dumps(config))
    for profile in (None, "a"):
        usable(CliProfileSource(bench.reach_of(), profile, file, {}))


@one_file_for_all
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes(bench: Bench, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    usable(CliProfileSource(bench.reach_of(), None, file, {}))
    usable(IniProfileSource(bench.reach_of(), None, file, {}))


words = st.sampled_from(
    [*TYPES, *SECRETS, "type", "=", ":", "[default]", "[DEFAULT]", "[", "]", "\n", "\n  ", "#", ";", "%(type)s", "\r",
     "access_key_id", "access_key_secret", "role_arn", "role_session_name", "role_name", "oidc_provider_arn",
     "oidc_token_file_path", "policy", "\x00", "\u2028", "é"]
)  # fmt: skip
lines = st.tuples(st.sampled_from(["type", "access_key_secret", "policy"]), words) | st.tuples(
    st.sampled_from(["access_key_id", "role_arn"]), st.sampled_from(["LTAI", "acs:ram::1:role/r", "a b", ""])
)


@one_file_for_all
@given(
    text=st.lists(words, max_size=25).map("".join)
    | st.lists(lines.map(" = ".join), max_size=8).map(lambda found: "[default]\n" + "\n".join(found))
)
def test_any_section(bench: Bench, file: Path, text: str) -> None:
    file.write_text(text, newline="")
    usable(IniProfileSource(bench.reach_of(), None, file, {}))


@one_file_for_all
@given(
    document=st.fixed_dictionaries(
        {},
        optional={
            "Code": st.just("Success") | shown,
            "AccessKeyId": st.just("LTAI") | shown,
            "AccessKeySecret": st.just(SECRETS[0]) | values,
            "SecurityToken": st.just(SECRETS[1]) | values,
            "Expiration": st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(str) | shown,
        },
    ),
    date=st.text(max_size=10) | st.sampled_from(["Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 -2359"]),
    status=st.sampled_from([200, 200, 200, 204, 302, 400, 404, 429, 500]),
)
@example(document=keys_document(Expiration="0001-01-01T00:00:00+23:59"), date="", status=200)
@example(document=keys_document(Expiration="9999-12-31T23:59:59-23:59"), date="", status=200)
def test_any_answer(document: dict[str, Any], date: str, status: int) -> None:
    def answer() -> Flow[Credential]:
        yield from ()
        return credential_in(Reply(status, {"date": date}, json.dumps(document).encode()), "the test", "a test")

    carried_out(answer())


@one_file_for_all
@given(uri=st.text(max_size=40) | st.text(max_size=30).map("http://127.0.0.1:9/".__add__))
@example(uri="http://127.0.0.1/\ud800")
@example(uri="http://127.0.0.1/\x00\n?\r")
@example(uri="http://[::1")
def test_any_address(bench: Bench, uri: str) -> None:
    try:
        source = CredentialsUriSource(bench.reach, uri)
    except CloudflowsError:
        return
    message = next(source.obtain())
    assert isinstance(message, Message)
    assert message.url.isascii()
    assert message.url.isprintable()
    assert " " not in message.url
    usable(source)


@one_file_for_all
@given(
    key_id=st.text(max_size=10),
    secrets=st.dictionaries(
        st.sampled_from(["ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"]),
        st.text(max_size=10) | st.sampled_from(SECRETS),
    ),
)
def test_any_variables(key_id: str, secrets: dict[str, str]) -> None:
    usable(EnvironmentSource({"ALIBABA_CLOUD_ACCESS_KEY_ID": key_id, **secrets}))
