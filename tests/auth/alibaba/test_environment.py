"""Keys in environment variables: found, missing, half there, and changed while the process runs."""

from __future__ import annotations

import pytest

from airflow_provider_cloudflows.auth.alibaba.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.base import AccessKey, NotConfigured
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from tests.auth.alibaba.bench import KEY_ID, SECRET, TOKEN, Bench

ID, KEY, SESSION = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)


def test_a_key_pair(bench: Bench) -> None:
    found = bench.obtain(EnvironmentSource({ID: KEY_ID, KEY: SECRET, SESSION: ""}))
    assert (found.proof, found.origin, found.expires) == (AccessKey(KEY_ID, SECRET), "environment variables", None)
    assert SECRET not in repr(found)


def test_a_temporary_key(bench: Bench) -> None:
    source = EnvironmentSource({ID: KEY_ID, KEY: SECRET, SESSION: TOKEN})
    assert bench.obtain(source).proof == AccessKey(KEY_ID, SECRET, TOKEN)
    assert set(source.secrets()) == {SECRET, TOKEN}


def test_the_process_environment_is_read_when_it_is_needed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ID, raising=False)
    source = EnvironmentSource()
    before = source.identity()
    for name, value in ((ID, KEY_ID), (KEY, SECRET)):
        monkeypatch.setenv(name, value)
    assert bench.obtain(source).proof == AccessKey(KEY_ID, SECRET)
    assert source.identity() != before
    assert SECRET not in repr(source.identity())


def test_nothing_set(bench: Bench) -> None:
    said = bench.refusal(EnvironmentSource({ID: "", KEY: ""}), NotConfigured)
    assert said == f"Neither {ID} nor {KEY} is set."


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({ID: KEY_ID}, f"{ID} is set and {KEY} is not; set both or neither."),
        ({KEY: SECRET}, f"{KEY} is set and {ID} is not; set both or neither."),
        ({ID: KEY_ID, KEY: f"{SECRET}\n"}, f"The access key in {ID} and its companions is empty or holds blanks"),
        ({ID: KEY_ID, KEY: SECRET, SESSION: f"{TOKEN}é"}, "line breaks or non-ASCII characters; correct it."),
        ({ID: "\udcff", KEY: SECRET}, "non-ASCII characters"),
    ],
)
def test_half_a_key_or_none(bench: Bench, environ: dict[str, str], said: str) -> None:
    source = EnvironmentSource(environ)
    assert said in bench.refusal(source, ConfigurationError)
    assert SECRET not in repr(source.identity())


def test_the_keys_work(cloud: Bench) -> None:
    key = world.ALIBABA_SESSION_KEY
    source = EnvironmentSource({ID: key.id, KEY: key.secret, SESSION: key.security_token or ""})
    business = CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="etl")
    assert cloud.client(source).call(business).business_id > 0
