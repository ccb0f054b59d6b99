"""Whatever stands in a file, a variable or an answer: the outcome is a credential, or an error of ours without it."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_provider_cloudflows.auth.base import AccessKey, Credential, Source
from airflow_provider_cloudflows.auth.huawei.ecs_agency import EcsAgencySource
from airflow_provider_cloudflows.auth.huawei.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.huawei.oidc_agency import OidcAgencyFromEnvironment
from airflow_provider_cloudflows.auth.huawei.pod_identity import PodIdentitySource
from airflow_provider_cloudflows.auth.huawei.profile import ProfileSource
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.token_file import token_in
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.services.iam import CreatedTemporaryAccessKey
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import NotSent
from tests.auth.huawei.bench import SK, keys_document

REACH = Reach(Transport(), Endpoints(region="cn-north-4"))
REPLY_FROM_NOBODY = NotSent("nobody is there")

one_file_for_all = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def outcome(source: Source, *replies: Reply) -> Credential | CloudflowsError:
    """Obtain by hand: the messages are answered by ``replies``, and then by nobody."""
    flow: Generator[Any, Any, Credential] = source.obtain()
    answers = iter(replies)
    try:
        step = next(flow)
        while True:
            reply = next(answers, None) if isinstance(step, Message) else None
            if isinstance(step, Message) and reply is None:
                step = flow.throw(REPLY_FROM_NOBODY)
            else:
                step = flow.send(reply)
    except StopIteration as stop:
        found: Credential = stop.value
        return found
    except CloudflowsError as refusal:
        return refusal


def is_sound(found: Credential | CloudflowsError) -> bool:
    """Tell whether it is a credential; a credential can be sent."""
    if isinstance(found, CloudflowsError):
        assert SK not in "".join(traceback.format_exception(found))
        assert str(found).endswith(".")
        assert str(found).isprintable()
        return False
    assert isinstance(found.proof, AccessKey)
    for text in (found.proof.key_id, *found.proof.secrets()):
        text.encode("ascii")
        assert text.split() == [text]
    return True


# Where something is named, messages show it; where something is held, nothing does.
naming_fields = st.sampled_from(["idp_id", "id_token_file"])
holding_fields = st.sampled_from(["ak", "sk", "project_id", "domain_id", "security_token", "iam_endpoint", "x"])
values = st.one_of(
    st.sampled_from([SK, "AK", "", "/nowhere", "http://iam.example.com", "https://h", f"{SK} {SK}", f"%({SK})s"]),
    st.text(max_size=20),
)
named_values = values.filter(lambda value: SK not in value)


def mixed(naming: st.SearchStrategy[str], holding: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.builds(
        lambda named, held: {**named, **held}, st.dictionaries(naming, named_values), st.dictionaries(holding, values)
    )


sections = st.lists(
    st.tuples(st.sampled_from(["basic", "global", "DEFAULT", "other"]), mixed(naming_fields, holding_fields)),
    max_size=3,
)


def ini(content: list[tuple[str, dict[str, str]]]) -> bytes:
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in body.items()) for name, body in content
    )
    return text.encode("utf-8", "surrogatepass")


@one_file_for_all
@given(
    content=st.one_of(
        st.binary(max_size=200),
        sections.map(ini),
        st.text(max_size=100).map(lambda t: t.encode("utf-8", "surrogatepass")),
    ),
    section=st.sampled_from([None, "basic", "global"]),
)
@example(content=f"[basic]\nak = AK\nsk = {SK}\n".encode(), section=None)
@example(content=f"[basic\nsk = {SK}\n".encode(), section=None)
@example(content=f"[basic]\n{SK}\n".encode(), section="basic")
@example(content=f"[basic]\nak=a\nsk=b\nsk={SK}".encode(), section=None)
def test_a_profile_file(tmp_path: Path, content: bytes, section: str | None) -> None:
    file = tmp_path / "credentials"
    file.write_bytes(content)
    is_sound(outcome(ProfileSource(REACH, file, section, environ={})))


NAMES = [
    *(f"HUAWEICLOUD_SDK_{name}" for name in ("IDP_ID", "ID_TOKEN_FILE")),
    *(f"HUAWEICLOUD_OIDC_{name}" for name in ("PROVIDER_URN", "AGENCY_URN", "TOKEN_FILE", "SESSION_NAME")),
    "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE",
]
HOLDERS = [
    *(f"HUAWEICLOUD_SDK_{name}" for name in ("AK", "SK", "SECURITY_TOKEN", "PROJECT_ID", "IAM_ENDPOINT")),
    *(f"HUAWEICLOUD_OIDC_{name}" for name in ("ID_TOKEN", "DURATION_SECONDS", "POLICY", "POLICY_IDS")),
    "HC_CONTAINER_CREDENTIALS_FULL_URI",
    "HUAWEICLOUD_SDK_STS_ENDPOINT",
]
variables = mixed(st.sampled_from(NAMES), st.sampled_from(HOLDERS))


@one_file_for_all
@given(environ=variables)
@example(environ={**dict.fromkeys(NAMES, "a"), "HUAWEICLOUD_SDK_IAM_ENDPOINT": "["})
@example(environ={"HUAWEICLOUD_SDK_AK": "\ud800", "HUAWEICLOUD_SDK_SK": SK})
@example(environ={"HUAWEICLOUD_SDK_IDP_ID": "idp", "HUAWEICLOUD_SDK_ID_TOKEN_FILE": "\0"})
def test_variables(environ: dict[str, str]) -> None:
    for source in (
        EnvironmentSource(REACH, environ),
        OidcAgencyFromEnvironment(REACH, environ),
        PodIdentitySource(REACH, environ=environ),
    ):
        is_sound(outcome(source))
        assert SK not in repr((source, source.identity()))
        assert all(isinstance(secret, str) for secret in source.secrets())


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just(SK)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        *("access", "accessKeyId", "access_key_id", "secret", "secretAccessKey", "secret_access_key"),
        *("securitytoken", "securityToken", "security_token", "expires_at", "expiration", "credential", "credentials"),
    ]
)
moments = st.one_of(
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2024-01-01", "now", "2024-W01-1"]),
)
whole = st.fixed_dictionaries(
    {"access": st.text(max_size=8), "secret": st.text(max_size=8), "securitytoken": st.text(max_size=8)},
    optional={"expires_at": moments, "expiration": moments},
)
documents = st.one_of(
    anything,
    st.dictionaries(fields, st.one_of(anything, moments, st.text(alphabet="abc", min_size=1))),
    whole,
    st.fixed_dictionaries({"credential": whole}),
    moments.map(lambda moment: keys_document(expires_at=moment)),
)
bodies = st.one_of(st.binary(max_size=100), documents.map(lambda document: json.dumps(document).encode()))
dates = st.one_of(st.just(""), st.text(max_size=30), st.just("Thu, 01 Jan 1970 00:00:00 GMT"))


@one_file_for_all
@given(
    token=st.one_of(st.just(b"token"), st.binary(max_size=40)),
    body=bodies,
    date=dates,
    statuses=st.tuples(*[st.sampled_from([200, 201, 204, 302, 400, 401, 404, 429, 500, 503])] * 2),
    allow_v1=st.booleans(),
)
@example(token=b"t", body=json.dumps(keys_document()).encode(), date="", statuses=(200, 200), allow_v1=False)
@example(token=b"t", body=b'{"credential": {"secret": "' + SK.encode(), date="", statuses=(200, 200), allow_v1=False)
def test_answers_of_the_metadata_service(
    token: bytes, body: bytes, date: str, statuses: tuple[int, int], allow_v1: bool
) -> None:
    replies = (Reply(statuses[0], {}, token), Reply(statuses[1], {"date": date}, body))
    source = EcsAgencySource(REACH, allow_v1=allow_v1)
    if statuses[1] < 300:  # what a failure says is shown, and is no place for keys
        is_sound(outcome(source, *replies))


@one_file_for_all
@given(body=bodies, date=dates)
@example(body=json.dumps(keys_document()).encode(), date="")
def test_answers_of_the_pod_identity_agent(tmp_path: Path, body: bytes, date: str) -> None:
    (tmp_path / "token").write_text("pod")
    source = PodIdentitySource(REACH, "http://127.0.0.1/", tmp_path / "token")
    is_sound(outcome(source, Reply(200, {"date": date}, body)))


def test_a_good_answer_is_not_taken_for_a_bad_one() -> None:
    body = json.dumps(keys_document()).encode()
    assert is_sound(outcome(EcsAgencySource(REACH), Reply(200, {}, b"t"), Reply(200, {}, body)))
    assert CreatedTemporaryAccessKey.model_validate(keys_document()).credential.access


@one_file_for_all
@given(content=st.binary(max_size=60))
def test_a_token_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    sound = content.decode("ascii", "replace").strip()
    if re.fullmatch(r"[!-~]+", sound):
        assert token_in(file, "token file") == sound
    else:
        with pytest.raises(
            CloudflowsError, match=r"^\[CF101\] The token file .* does not hold one token and nothing else\.$"
        ):
            token_in(file, "token file")


@pytest.fixture(autouse=True, scope="module")
def closed() -> Generator[None, None, None]:
    yield
    REACH.transport.close()
