"""Pod identity: what the agent of the node is sent, where it may be, and what its answers may look like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey, NotConfigured
from airflow_provider_cloudflows.auth.huawei.pod_identity import PodIdentitySource
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ConfigurationError,
    NoAnswer,
    NotFound,
    ServerError,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message
from tests.auth.huawei.bench import AK, SK, TOKEN, Bench, Script, in_an_hour, keys_document
from tests.transport.servers import Answer, http_script, serving

URI, FILE = "HC_CONTAINER_CREDENTIALS_FULL_URI", "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
POD_TOKEN = "Hush.pod.token"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "pod"
    file.write_text(f"{POD_TOKEN}\n")
    return file


@pytest.fixture
def script() -> Script:
    return Script({"POST /v1/credentials": Answer(keys_document())})


@pytest.fixture
def agent(script: Script) -> Iterator[str]:
    with serving(http_script(script)) as server:
        yield f"{server.origin}/v1/credentials"


def test_what_is_sent(bench: Bench, script: Script, agent: str, file: Path) -> None:
    source = PodIdentitySource(bench.reach, f"{agent}?a=b%20c", file)
    found = bench.obtain(source)
    assert (found.proof, found.origin) == (AccessKey(AK, SK, TOKEN), "pod identity")
    (seen,) = script.seen
    assert (seen.method, seen.target, seen.body) == ("POST", "/v1/credentials?a=b%20c", b"{}")
    assert (seen.headers["authorization"], seen.headers["content-type"]) == (POD_TOKEN, "application/json")
    assert list(source.secrets()) == [POD_TOKEN]
    assert POD_TOKEN not in repr((source, source.identity(), found))


def test_the_environment_names_the_agent(bench: Bench, agent: str, file: Path) -> None:
    environ = {URI: agent, FILE: str(file)}
    assert bench.key(PodIdentitySource(bench.reach, environ=environ)).key_id == AK
    given = PodIdentitySource(bench.reach, agent, file, environ={URI: "http://example.com", FILE: "/nowhere"})
    assert bench.key(given).key_id == AK


def test_the_sandbox_knows_the_pod(cloud: Bench, pod_token_file: Path) -> None:
    source = PodIdentitySource(cloud.reach, f"{cloud.url}{world.POD_IDENTITY_PATH}", pod_token_file)
    assert cloud.urn(source).endswith(f"assumed-agency:{world.HUAWEI_AGENCY_NAME}/{world.HUAWEI_POD_SESSION}")


def test_the_token_is_read_anew(bench: Bench, script: Script, agent: str, file: Path) -> None:
    source = PodIdentitySource(bench.reach, agent, file)
    bench.obtain(source)
    file.write_text("renewed")
    bench.obtain(source)
    assert [seen.headers["authorization"] for seen in script.seen] == [POD_TOKEN, "renewed"]


def test_nothing_there(bench: Bench) -> None:
    refusal = bench.refusal(PodIdentitySource(bench.reach, environ={URI: " "}), NotConfigured)
    assert refusal == f"Neither {URI} nor {FILE} is set."


@pytest.mark.parametrize(("there", "missing"), [(URI, FILE), (FILE, URI)])
def test_one_without_the_other(bench: Bench, there: str, missing: str) -> None:
    refusal = bench.refusal(PodIdentitySource(bench.reach, environ={there: "Hush"}), ConfigurationError, "Hush")
    assert refusal == f"{there} is set and {missing} is not; set both or neither."


def first_message(source: PodIdentitySource) -> Message:
    message = next(source.obtain())
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize(
    ("uri", "origin", "target"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "/"),
        ("http://localhost/a", "http://localhost", "/a"),
        ("http://[::1]:8080/a?b", "http://[::1]:8080", "/a?b"),
        ("http://169.254.169.254/v1/x", "http://169.254.169.254", "/v1/x"),
        ("http://169.254.170.23:80/v1/x", "http://169.254.170.23", "/v1/x"),
        ("https://agent.example.com:8443/a", "https://agent.example.com:8443", "/a"),
        ("HTTPS://Agent.example.com/a", "https://agent.example.com", "/a"),
    ],
)
def test_where_it_may_be(bench: Bench, file: Path, uri: str, origin: str, target: str) -> None:
    message = first_message(PodIdentitySource(bench.reach_of(), uri, file))
    assert (message.origin, message.url.removeprefix(origin).removeprefix(message.origin)) == (origin, target)
    assert message.direct
    assert message.timeout == 5.0


@pytest.mark.parametrize(
    "uri",
    [
        "http://agent.example.com/Hush",
        "http://169.254.170.23.example.com/Hush",
        "http://169.253.0.1/Hush",
        "http://2852039166/Hush",
        "http://10.0.0.1/Hush",
        "ftp://127.0.0.1/Hush",
        "file:///Hush",
        "127.0.0.1/Hush",
        "http://u:Hush@127.0.0.1/",
        "http://127.0.0.1/a b?Hush",
        "http://127.0.0.1/é?Hush",
        "http://127.0.0.1/\r\nHush: 1",
        "http://127.0.0.1/#Hush",
        "http://127.0.0.1:x/Hush",
        "http://[::1/Hush",
        "http:///Hush",
        "Hush",
    ],
)
def test_where_it_may_not_be(bench: Bench, file: Path, uri: str) -> None:
    refusal = bench.refusal(PodIdentitySource(bench.reach_of(), uri, file), ConfigurationError, "Hush")
    assert refusal == (
        f"{URI} must be an https:// address, or http:// on this machine or its own link (169.254.0.0/16); correct it, "
        "or allow plain HTTP in the connection."
    )


def test_plain_http_to_another_machine_can_be_allowed(bench: Bench, file: Path) -> None:
    source = PodIdentitySource(bench.reach_of(allow_http=True), "http://agent.example.com/a", file)
    assert first_message(source).origin == "http://agent.example.com"


def test_no_proxy_is_asked(agent: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Script({})
    with serving(http_script(asked)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)
        transport = Transport(TransportSettings(proxy=proxy.origin))
        assert transport.run(PodIdentitySource(Reach(transport, Endpoints()), agent, file).obtain()).expires
        transport.close()
    assert asked.seen == []


def test_an_agent_that_does_not_answer_is_no_reason_to_look_elsewhere(bench: Bench, file: Path) -> None:
    refusal = bench.refusal(PodIdentitySource(bench.reach, "http://127.0.0.1:9/a?Hush", file), NoAnswer, "Hush")
    assert refusal.startswith(
        "The pod identity agent got no usable answer: The pod identity agent does not answer at http://127.0.0.1:9 ("
    )


@pytest.mark.parametrize("content", ["", "a b", "a\nb", "é"])
def test_a_file_that_holds_no_token(bench: Bench, script: Script, agent: str, file: Path, content: str) -> None:
    file.write_text(content)
    refusal = bench.refusal(PodIdentitySource(bench.reach, agent, file), ConfigurationError)
    assert refusal == f"The pod token file {file} does not hold one token and nothing else."
    assert script.seen == []


def test_a_file_that_is_not_there(bench: Bench, agent: str, tmp_path: Path) -> None:
    refusal = bench.refusal(PodIdentitySource(bench.reach, agent, tmp_path / "no"), ConfigurationError)
    assert refusal == f"The pod token file {tmp_path / 'no'} cannot be read (No such file or directory)."


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationFailed), (404, NotFound), (500, ServerError), (503, ServerError)]
)
def test_refusals(bench: Bench, script: Script, agent: str, file: Path, status: int, kind: type[Any]) -> None:
    script.answers = {"POST /v1/credentials": Answer(f"you sent {POD_TOKEN}".encode(), status)}
    refusal = bench.refusal(PodIdentitySource(bench.reach, f"{agent}?Hush", file), kind, "Hush")
    assert refusal.startswith("The pod identity agent at http://127.0.0.1:")
    assert f"(HTTP {status}): you sent ***;" in refusal
    assert status != 401 or "check the token in the file that HC_CONTAINER_AUTHORIZATION_TOKEN_FILE names" in refusal


def test_a_redirect_is_an_error_and_not_followed(bench: Bench, script: Script, agent: str, file: Path) -> None:
    elsewhere = Script({"POST /v1/credentials": Answer(keys_document())})
    with serving(http_script(elsewhere)) as other:
        moved = Answer(b"", 307, {"Location": f"{other.origin}/v1/credentials"})
        script.answers = {"POST /v1/credentials": moved}
        refusal = bench.refusal(PodIdentitySource(bench.reach, agent, file), ConfigurationError)
    assert "is a redirect (HTTP 307), which is not followed" in refusal
    assert elsewhere.seen == []


SHAPES = [
    ("access", "secret", "securitytoken", "expires_at"),
    ("accessKeyId", "secretAccessKey", "securityToken", "expiration"),
    ("access_key_id", "secret_access_key", "security_token", "expiration"),
]


@pytest.mark.parametrize("names", SHAPES)
@pytest.mark.parametrize("around", ["credential", "credentials", None])
def test_shapes(
    bench: Bench, script: Script, agent: str, file: Path, names: tuple[str, ...], around: str | None
) -> None:
    keys = dict(zip(names, (AK, SK, TOKEN, in_an_hour()), strict=True))
    script.answers = {"POST /v1/credentials": Answer({around: keys} if around else keys)}
    assert bench.key(PodIdentitySource(bench.reach, agent, file)) == AccessKey(AK, SK, TOKEN)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The answer of the pod identity agent at {} is no JSON object."),
        (b"[]", "The answer of the pod identity agent at {} is no JSON object."),
        (b"\xff", "The answer of the pod identity agent at {} is no JSON object."),
        (b"[" * 100_000, "The answer of the pod identity agent at {} is no JSON object."),
        ({"credential": None}, "The field credential in the answer of the pod identity agent at {} is no JSON object."),
        ({"credentials": [SK]}, "The field credentials in the answer of the pod identity agent at {} is no JSON"),
        ({}, "The field access is missing in the answer of the pod identity agent at {}, or is no text."),
        (keys_document(secret=None), "The field secret is missing in the answer of the pod identity agent at {}, or"),
        (keys_document(secret=[SK]), "The field secret is missing in the answer of the pod identity agent at {}, or"),
        (keys_document(securitytoken=""), "The field securitytoken is missing in the answer of"),
        (keys_document(expires_at=None), "The field expires_at is missing in the answer of"),
        (keys_document(expires_at=1800000000), "The field expires_at is missing in the answer of"),
        (keys_document(expires_at="soon"), "A credential came with the expiry 'soon', which is no time"),
        (keys_document(secret=f"{SK}\n"), "The secret in the answer of the pod identity agent at {} is empty or holds"),
    ],
)
def test_answers_that_are_no_keys(bench: Bench, script: Script, agent: str, file: Path, body: Any, said: str) -> None:
    script.answers = {"POST /v1/credentials": Answer(body)}
    refusal = bench.refusal(PodIdentitySource(bench.reach, agent, file), ConfigurationError)
    assert refusal.startswith(said.format(agent.removesuffix("/v1/credentials")))
