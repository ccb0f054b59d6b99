"""The agency of an ECS instance: what is asked, of whom, in which version, and what no answer or a wrong one means."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey, NotConfigured
from airflow_provider_cloudflows.auth.huawei.ecs_agency import EcsAgencySource
from airflow_provider_cloudflows.auth.reach import NoService, Reach
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ConfigurationError,
    InvalidRequest,
    NoAnswer,
    PermissionDenied,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted
from tests.auth.huawei.bench import AK, SK, TOKEN, Bench, Script, keys_document, operations
from tests.conftest import TimePasses
from tests.transport.servers import COLOURS, Answer, Colour, Peer, RawServer, http_script, serving

ASK_TOKEN, ASK_KEYS = "PUT /meta-data/latest/api/token", "GET /openstack/latest/securitykey"
METADATA_TOKEN = "Hush/metadata-token=="
WHO = "The ECS metadata service at "


@pytest.fixture
def script() -> Script:
    """A metadata service in good health."""
    return Script({ASK_TOKEN: Answer(METADATA_TOKEN.encode() + b"\n"), ASK_KEYS: Answer(keys_document())})


@pytest.fixture
def metadata(bench: Bench, script: Script) -> Iterator[Bench]:
    with serving(http_script(script)) as server:
        yield Bench(bench.transport, server.origin)


def change(script: Script, **answers: Answer) -> None:
    names = {"token": ASK_TOKEN, "keys": ASK_KEYS}
    script.answers = {**script.answers, **{names[name]: answer for name, answer in answers.items()}}


@pytest.mark.parametrize("colour", COLOURS)
def test_what_is_asked(metadata: Bench, script: Script, colour: Colour) -> None:
    source = EcsAgencySource(metadata.reach)
    found = colour(metadata.transport, source.obtain())
    assert (found.proof, found.origin) == (AccessKey(AK, SK, TOKEN), "agency of this ECS instance")
    first, second = script.seen
    assert (first.method, first.target) == ("PUT", "/meta-data/latest/api/token")
    assert (first.headers["x-metadata-token-ttl-seconds"], first.body) == ("21600", b"")
    assert (second.method, second.target) == ("GET", "/openstack/latest/securitykey")
    assert second.headers["x-metadata-token"] == METADATA_TOKEN
    assert list(source.secrets()) == [METADATA_TOKEN]
    assert METADATA_TOKEN not in repr((source, source.identity(), found))


def test_the_sandbox_knows_whose_keys_they_are(cloud: Bench) -> None:
    agency = f"{world.HUAWEI_METADATA_AGENCY_NAME}/{world.HUAWEI_METADATA_SESSION}"
    assert cloud.urn(EcsAgencySource(cloud.reach)).endswith(f":assumed-agency:{agency}")


def steps(source: EcsAgencySource, *replies: Reply | Exception) -> list[Message]:
    """Return the messages of ``source``, which are answered by hand."""
    flow = source.obtain()
    messages: list[Message] = []
    try:
        message = next(flow)
        for reply in replies:
            assert isinstance(message, Message)
            messages.append(message)
            message = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
    except StopIteration:
        pass
    return messages


def messages_of(source: EcsAgencySource) -> list[Message]:
    body = b'{"credential": {"access": "a", "secret": "b", "securitytoken": "c", "expires_at": "2999-01-01T00:00:00Z"}}'
    return steps(source, Reply(200, {}, b"t"), Reply(200, {}, body))


@pytest.mark.parametrize(
    "endpoints",
    [
        {},
        {"region": "cn-north-4", "vpc": True},
        {"everywhere": "https://gateway.example.com"},
        {"everywhere": "http://127.0.0.1.example.com"},
        {"overrides": {"iam": "http://127.0.0.1:9", "sts": "http://127.0.0.1:9"}},
    ],
)
def test_it_is_asked_at_its_fixed_address_and_directly(bench: Bench, endpoints: dict[str, Any]) -> None:
    source = EcsAgencySource(bench.reach_of(allow_http=True, **endpoints))
    for message in messages_of(source):
        assert message.origin == "http://169.254.169.254"
        assert message.direct
        assert message.timeout == 1.0


@pytest.mark.parametrize("everywhere", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_a_sandbox_on_this_machine_stands_in_for_it(bench: Bench, everywhere: str) -> None:
    messages = messages_of(EcsAgencySource(bench.reach_of(everywhere=everywhere)))
    assert [message.origin for message in messages] == [everywhere] * 2


def test_no_proxy_is_asked(metadata: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Script({})
    with serving(http_script(asked)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        transport = Transport(TransportSettings(proxy=proxy.origin))
        reach = Reach(transport, Endpoints(everywhere=metadata.url))
        assert transport.run(EcsAgencySource(reach).obtain()).expires
        transport.close()
    assert asked.seen == []


def test_nobody_answers(bench: Bench) -> None:
    refusal = bench.refusal(EcsAgencySource(bench.reach), NoService)
    assert refusal.startswith("The ECS metadata service does not answer at http://127.0.0.1:9 (")


def test_silence_ends_after_a_second(bench: Bench) -> None:
    def silent(peer: Peer) -> None:
        peer.request()
        peer.stopping.wait(10)

    with serving(silent) as server:
        began = time.monotonic()
        refusal = bench.refusal(EcsAgencySource(Bench(bench.transport, server.origin).reach), NoService)
        assert 0.9 < time.monotonic() - began < 2.5
    assert "no complete answer came within 1 seconds" in refusal


def test_silence_after_an_answer_is_no_reason_to_look_elsewhere(bench: Bench) -> None:
    source = EcsAgencySource(bench.reach_of())
    with pytest.raises(NoAnswer, match=r"service does not answer at http://169\.254\.169\.254") as caught:
        steps(source, Reply(200, {}, b"Hush"), Interrupted("the line is cut"))
    assert "Hush" not in str(caught.value)


@pytest.mark.parametrize("status", [404, 405, 503])
def test_version_1_is_used_only_where_it_is_allowed(metadata: Bench, script: Script, status: int) -> None:
    change(script, token=Answer(b"", status))
    source = EcsAgencySource(metadata.reach)
    if status == 503:  # which may be a bad moment as well
        metadata.refusal(source, ServerError)
    else:
        assert metadata.refusal(source, NotConfigured) == (
            f"{WHO}{metadata.url} hands out no token (HTTP {status}), and version 1, which needs none, is not allowed; "
            "allow it in the connection if the instance has no other."
        )
    assert [seen.method for seen in script.seen] == ["PUT"]
    allowed = EcsAgencySource(metadata.reach, allow_v1=True)
    assert metadata.key(allowed).key_id == AK
    assert "x-metadata-token" not in script.seen[-1].headers
    assert allowed.identity() != source.identity()


@pytest.mark.parametrize(
    ("mode", "allow_v1", "works"),
    [
        ("v2", False, True),
        ("v2", True, True),
        ("v1", False, False),
        ("v1", True, True),
        ("off", False, False),
        ("off", True, False),
    ],
)
def test_versions_of_the_sandbox(cloud: Bench, sandbox: Running, mode: str, allow_v1: bool, works: bool) -> None:
    sandbox.settings.metadata = mode
    source = EcsAgencySource(cloud.reach, allow_v1=allow_v1)
    if works:
        assert cloud.obtain(source).expires
    else:
        cloud.refusal(source, NotConfigured)


def test_an_old_token_is_not_used_after_a_fall_back(metadata: Bench, script: Script) -> None:
    source = EcsAgencySource(metadata.reach, allow_v1=True)
    metadata.obtain(source)
    change(script, token=Answer(b"", 404))
    metadata.obtain(source)
    assert list(source.secrets()) == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", 404),
        Answer({"error": {"message": "Please configure Cloud Service Agency first", "code": 401}}, 401),
    ],
)
def test_an_instance_without_an_agency(metadata: Bench, script: Script, answer: Answer) -> None:
    change(script, keys=answer)
    refusal = metadata.refusal(EcsAgencySource(metadata.reach), NotConfigured)
    assert refusal == f"{WHO}{metadata.url} knows no agency of this instance; choose one for it."


@pytest.mark.parametrize("which", ["token", "keys"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_error_and_not_followed(metadata: Bench, script: Script, which: str, status: int) -> None:
    elsewhere = Script({ASK_TOKEN: Answer(b"t"), ASK_KEYS: Answer(keys_document())})
    with serving(http_script(elsewhere)) as other:
        path = (ASK_TOKEN if which == "token" else ASK_KEYS).partition(" ")[2]
        change(script, **{which: Answer(b"", status, {"Location": f"{other.origin}{path}"})})
        refusal = metadata.refusal(EcsAgencySource(metadata.reach, allow_v1=True), ConfigurationError, METADATA_TOKEN)
    assert refusal == (
        f"The answer of the ECS metadata service at {metadata.url} is a redirect (HTTP {status}), which is not "
        "followed; use the final address."
    )
    assert elsewhere.seen == []


@pytest.mark.parametrize("which", ["token", "keys"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, AuthenticationFailed),
        (403, PermissionDenied),
        (429, Throttled),
        (500, ServerError),
        (502, ServerError),
    ],
)
def test_a_service_that_is_there_and_fails(
    metadata: Bench, script: Script, which: str, status: int, kind: type[Any]
) -> None:
    change(script, **{which: Answer(f"no, {METADATA_TOKEN} <html>".encode(), status)})
    source = EcsAgencySource(metadata.reach, allow_v1=True)
    refusal = metadata.refusal(source, kind, *([METADATA_TOKEN] if which == "keys" else []))
    assert refusal.startswith(WHO)
    assert f"(HTTP {status})" in refusal
    assert "access key" not in refusal


@pytest.mark.parametrize("token", [b"", b" ", b"a b", b"a\r\nX-Evil: 1", b"\xff", b"<html>\n</html>", b"a" * 9000])
def test_an_answer_that_is_no_token(metadata: Bench, script: Script, token: bytes) -> None:
    change(script, token=Answer(token))
    refusal = metadata.refusal(EcsAgencySource(metadata.reach), ConfigurationError)
    assert refusal == f"The answer of the ECS metadata service at {metadata.url} is no token."


def test_the_clock_of_the_service_counts(metadata: Bench, script: Script) -> None:
    behind = time.time() - 7200
    expires = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(behind + 3600))
    change(script, keys=Answer(keys_document(expires_at=expires), 200, {"Date": formatdate(behind, usegmt=True)}))
    found = metadata.obtain(EcsAgencySource(metadata.reach)).expires
    assert found is not None
    assert abs(found - time.time() - 3600) < 3


def test_a_bad_moment_of_the_service_is_survived_while_the_keys_are_good(
    cloud: Bench, sandbox: Running, time_passes: TimePasses
) -> None:
    sandbox.settings.credential_seconds = 600
    client = cloud.client(EcsAgencySource(cloud.reach))
    client.call(ListWorkspaces())
    sandbox.faults.add("GetSecurityKey", "error", status=500)
    time_passes(450)
    client.call(ListWorkspaces())
    assert operations(sandbox).count("ListWorkspaces") == 2


def test_a_server_that_hangs_up(bench: Bench) -> None:
    with serving(lambda peer: None) as server:
        assert isinstance(server, RawServer)
        bench.refusal(EcsAgencySource(Bench(bench.transport, server.origin).reach), NoService)
