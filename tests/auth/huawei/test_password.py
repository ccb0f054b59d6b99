"""A login by password: what it is good for, and that a refused one is never repeated within a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.base import Token
from airflow_provider_cloudflows.auth.huawei.password import PasswordSource
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError, NoAnswer
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.services.iam import ListAuthProjects
from tests.auth.huawei.bench import Bench, Script, operations, token_answer
from tests.transport.servers import COLOURS, Answer, Colour, http_script, serving

WRONG = "HushWrongPassword01"


def login(bench: Bench, password: str = world.HUAWEI_USER_PASSWORD, **scope: Any) -> PasswordSource:
    return PasswordSource(bench.reach, world.HUAWEI_USER_NAME, password, world.HUAWEI_DOMAIN_NAME, **scope)


@pytest.mark.parametrize(
    ("scope", "project_id"),
    [
        ({}, None),
        ({"project_name": world.HUAWEI_REGION}, world.HUAWEI_PROJECT_ID),
        ({"project_id": world.HUAWEI_AMBIGUOUS_PROJECT_IDS[0]}, world.HUAWEI_AMBIGUOUS_PROJECT_IDS[0]),
    ],
)
def test_scopes(cloud: Bench, scope: dict[str, str], project_id: str | None) -> None:
    source = login(cloud, **scope)
    found = cloud.obtain(source)
    assert isinstance(found.proof, Token)
    assert found.expires is not None
    assert 86000 < found.expires - time.time() < 86500
    assert found.project_id == project_id
    assert found.origin == "password of IAM user sandbox_user"
    assert cloud.client(source).call(ListAuthProjects()).projects
    assert set(source.secrets()) == {world.HUAWEI_USER_PASSWORD}


def test_another_password_is_another_identity_that_shows_neither(bench: Bench) -> None:
    one, two = (login(bench, password).identity() for password in (WRONG, f"{WRONG}2"))
    assert one != two
    assert WRONG not in repr((one, two))


@pytest.mark.parametrize("colour", COLOURS)
def test_a_wrong_password_is_sent_once(cloud: Bench, sandbox: Running, colour: Colour) -> None:
    client = cloud.client(login(cloud, WRONG, project_name=world.HUAWEI_REGION))
    with pytest.raises(AuthenticationFailed) as caught:
        colour(cloud.transport, client.flow(ListWorkspaces()))
    assert operations(sandbox) == ["CreateToken"]
    assert caught.value.sentence().startswith(
        "IAM CreateToken was not authenticated (HTTP 401, code IAM.0062, request id "
    )
    assert str(caught.value).endswith(
        "check user, password and account name in the connection; several wrong passwords lock the user for a while, "
        "and a HUAWEI ID account cannot log in this way."
    )
    assert WRONG not in str(caught.value)


def test_a_clock_that_is_off_is_no_reason_to_send_it_again(cloud: Bench, sandbox: Running) -> None:
    sandbox.settings.clock_offset = 3600.0
    cloud.refusal(login(cloud, WRONG), AuthenticationFailed, WRONG)
    assert operations(sandbox) == ["CreateToken"]


def test_a_password_that_was_changed_under_a_token_is_sent_once(cloud: Bench, sandbox: Running) -> None:
    source = login(cloud, project_name=world.HUAWEI_REGION)
    client = cloud.client(source)
    client.call(ListWorkspaces())
    sandbox.revoke("tokens")
    sandbox.faults.add("CreateToken", "error", status=401, code="IAM.0062")
    with pytest.raises(AuthenticationFailed, match="IAM CreateToken was not authenticated"):
        client.call(ListWorkspaces())
    assert operations(sandbox) == ["CreateToken", "ListWorkspaces", "ListWorkspaces", "CreateToken"]


def test_a_server_in_trouble_is_asked_again(cloud: Bench, sandbox: Running) -> None:
    sandbox.faults.add("CreateToken", "error", status=503, nth=1)
    assert cloud.obtain(login(cloud)).expires
    assert operations(sandbox) == ["CreateToken", "CreateToken"]


def answered(bench: Bench, answer: Answer, use: Callable[[Bench], Any]) -> Script:
    script = Script({"POST /v3/auth/tokens": answer})
    with serving(http_script(script)) as server:
        use(Bench(bench.transport, server.origin))
    return script


def test_the_clock_of_iam_counts(bench: Bench) -> None:
    ahead = time.time() + 1000
    expires = time.strftime("%Y-%m-%dT%H:%M:%S.500000Z", time.gmtime(ahead + 86400))
    answer = token_answer(expires_at=expires)
    answer = Answer(answer.body, 201, {**answer.headers, "Date": formatdate(ahead, usegmt=True)})

    def check(served: Bench) -> None:
        found = served.obtain(login(served)).expires
        assert found is not None
        assert abs(found - time.time() - 86400) < 3

    answered(bench, answer, check)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (token_answer("", a=1), NoAnswer, "IAM CreateToken got no usable answer (HTTP 201): the answer lacks a valid "),
        (token_answer("Hush é"), ConfigurationError, "The token in the answer of IAM is empty or holds blanks"),
        (token_answer(expires_at="soon"), ConfigurationError, "A credential came with the expiry 'soon', which is no"),
        (Answer(b"<html>", 201), NoAnswer, "IAM CreateToken got no usable answer (HTTP 201): the answer is not JSON"),
        (Answer(b"", 302, {"Location": "http://127.0.0.1:9/"}), NoAnswer, "IAM CreateToken got no usable answer (HTTP"),
        (
            Answer({"error_code": "IAM.0061", "error_msg": f"{WRONG}!"}, 401),
            AuthenticationFailed,
            "IAM CreateToken was",
        ),
    ],
)
def test_answers_that_are_no_token(bench: Bench, answer: Answer, kind: type[Any], said: str) -> None:
    def check(served: Bench) -> None:
        assert served.refusal(login(served, WRONG), kind, WRONG, "Hush").startswith(said)

    script = answered(bench, answer, check)
    # What cannot be read is worth another try; what was refused, and what a redirect leads to, is not.
    assert len(script.seen) == (1 if kind is not NoAnswer else 4)


def test_a_login_that_cannot_be_made(bench: Bench) -> None:
    for user, domain, field in ((" ", "d", "user_name"), ("u", " ", "domain_name"), ("u\nv", "", "domain_name")):
        with pytest.raises(ConfigurationError) as caught:
            PasswordSource(bench.reach, user, WRONG, domain)
        assert caught.value.sentence() == (
            f"No credential can be obtained for {' '.join(f'password of IAM user {user}'.split())}: "
            f"{field} must not be empty; correct it."
        )
