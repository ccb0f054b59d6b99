"""The role of an ECS instance: what is asked, of whom, in which version, and what no answer or a wrong one means."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleFromEnvironment, EcsRamRoleSource
from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.auth.reach import NoService, Reach
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import ConfigurationError, NoAnswer, ServerError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted
from tests.auth.alibaba.bench import KEY_ID, SECRET, TOKEN, Bench, Script, capture, keys_document, proof, same_wire
from tests.transport.servers import Answer, RawServer, http_script, serving

ROLE = world.ALIBABA_METADATA_ROLE_NAME
ROLES = "/latest/meta-data/ram/security-credentials/"
ASK_TOKEN, ASK_ROLE, ASK_KEYS = "PUT /latest/api/token", f"GET {ROLES}", f"GET {ROLES}etl"
METADATA_TOKEN = "Hush/metadata-token=="


def answers(**changes: Any) -> dict[str, Answer]:
    """Return the answers of a metadata service in good health."""
    keys = Answer(keys_document(**changes))
    return {ASK_TOKEN: Answer(METADATA_TOKEN.encode()), ASK_ROLE: Answer(b"etl\n"), ASK_KEYS: keys}


@pytest.fixture
def script() -> Script:
    return Script(answers())


@pytest.fixture
def metadata(bench: Bench, script: Script) -> Iterator[Bench]:
    """A scripted metadata service."""
    with serving(http_script(script)) as server:
        yield Bench(bench.transport, server.origin)


def test_the_keys_work(cloud: Bench) -> None:
    source = EcsRamRoleSource(cloud.reach)
    business = CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="etl")
    assert cloud.client(source).call(business).business_id > 0
    assert cloud.obtain(source).origin == f"ECS RAM role {ROLE}"


def test_a_role_that_is_named_is_not_asked_for(cloud: Bench, sandbox: Running) -> None:
    cloud.obtain(EcsRamRoleSource(cloud.reach, ROLE))
    assert [call["operation"] for call in sandbox.requests()] == ["GetMetadataToken", "GetRoleCredentials"]
    with pytest.raises(ConfigurationError, match="knows no role 'other'; attach it"):
        cloud.obtain(EcsRamRoleSource(cloud.reach, "other"))


def test_the_messages_are_the_vendors(metadata: Bench, script: Script) -> None:
    captured = capture("credentials_ecs_ram_role")["requests"]
    script.answers = {
        ASK_TOKEN: Answer(b"imds-token"),
        ASK_ROLE: Answer(b"airflow-ecs-role"),
        f"GET {ROLES}airflow-ecs-role": Answer(keys_document()),
    }
    found = metadata.obtain(EcsRamRoleSource(metadata.reach))
    assert (proof(found).key_id, proof(found).secret, proof(found).session_token) == (KEY_ID, SECRET, TOKEN)
    assert len(script.seen) == 3  # the vendor's package asks for a second token; the first one is good for hours
    for ours, theirs in zip(script.seen, (captured[0], captured[1], captured[3]), strict=True):
        same_wire(ours, theirs)
        assert "authorization" not in ours.headers


def test_no_secret_is_shown(metadata: Bench) -> None:
    source = EcsRamRoleSource(metadata.reach)
    shown = repr(metadata.obtain(source)) + repr(source) + repr(source.identity())
    assert list(source.secrets()) == [METADATA_TOKEN]
    for secret in (SECRET, TOKEN, METADATA_TOKEN):
        assert secret not in shown


def test_an_expiry_is_told_by_the_clock_of_this_machine(cloud: Bench, sandbox: Running) -> None:
    sandbox.settings.clock_offset = 7200
    sandbox.settings.credential_seconds = 3600
    expires = cloud.obtain(EcsRamRoleSource(cloud.reach)).expires
    assert expires is not None
    assert abs(expires - time.time() - 3600) < 5


def first_message(reach: Reach, allow_v1: bool = False) -> Message:
    message = next(EcsRamRoleSource(reach, allow_v1=allow_v1).obtain())
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize(
    "endpoints",
    [
        {},
        {"region": "cn-hangzhou", "vpc": True},
        {"everywhere": "https://evil.example"},
        {"everywhere": "http://10.0.0.1:8080"},
        {"overrides": {"sts": "http://127.0.0.1:1", "metadata": "http://127.0.0.1:1"}},
    ],
)
def test_the_address_is_fixed_and_no_proxy_is_asked(bench: Bench, endpoints: dict[str, Any]) -> None:
    message = first_message(bench.reach_of(allow_http=True, **endpoints))
    assert (message.method, message.url) == ("PUT", "http://100.100.100.200/latest/api/token")
    assert message.direct
    assert message.timeout == 1.0


def test_a_proxy_never_sees_it(monkeypatch: pytest.MonkeyPatch, metadata: Bench, script: Script) -> None:
    with serving(http_script(Script({}))) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        for settings in (TransportSettings(proxy=proxy.origin), TransportSettings()):
            transport = Transport(settings)
            transport.run(EcsRamRoleSource(Reach(transport, Endpoints(everywhere=metadata.url))).obtain())
            transport.close()
        assert proxy.connections == 0
    assert len(script.seen) == 6


def test_a_redirect_is_not_followed(metadata: Bench, script: Script) -> None:
    with serving(http_script(Script(answers()))) as elsewhere:
        for asked in (ASK_TOKEN, ASK_ROLE, ASK_KEYS):
            path = asked.partition(" ")[2]
            script.answers = {**answers(), asked: Answer(b"", 302, {"Location": f"{elsewhere.origin}{path}"})}
            for allow_v1 in (False, True):
                source = EcsRamRoleSource(metadata.reach, allow_v1=allow_v1)
                said = metadata.refusal(source, ConfigurationError, METADATA_TOKEN)
                assert "is a redirect (HTTP 302), which is not followed" in said
        assert elsewhere.connections == 0


def test_nobody_answers(bench: Bench) -> None:
    for allow_v1 in (False, True):
        said = bench.refusal(EcsRamRoleSource(bench.reach, allow_v1=allow_v1), NoService)
        assert said.startswith(f"The ECS metadata service does not answer at {bench.url} (")


def test_somebody_who_never_answers_costs_a_second(bench: Bench) -> None:
    def silent(peer: Any) -> None:
        peer.request()
        peer.stopping.wait(5)

    with serving(silent) as server:
        started = time.monotonic()
        said = bench.refusal(EcsRamRoleSource(bench.reach_of(everywhere=server.origin)), NoService)
        assert time.monotonic() - started < 3
    assert "no complete answer came within 1 seconds" in said


def test_silence_after_an_answer_is_no_reason_to_look_elsewhere(bench: Bench) -> None:
    source = EcsRamRoleSource(bench.reach)
    flow = source.obtain()
    next(flow)
    flow.send(Reply(200, {}, b"token"))
    with pytest.raises(NoAnswer, match="ECS metadata service got no usable answer"):
        flow.throw(Interrupted("gone"))
    again = source.obtain()
    next(again)
    with pytest.raises(NoAnswer):
        again.throw(Interrupted("gone"))


def test_an_instance_without_a_role(metadata: Bench, script: Script) -> None:
    for answer in (Answer(b"", 404), Answer(b" \n")):
        script.answers = {**answers(), ASK_ROLE: answer}
        said = metadata.refusal(EcsRamRoleSource(metadata.reach), NotConfigured, METADATA_TOKEN)
        assert said == f"The ECS metadata service at {metadata.url} knows no RAM role; attach one to the instance."


def test_version_1_only_where_it_is_allowed(cloud: Bench, sandbox: Running) -> None:
    sandbox.settings.metadata = "v1"
    said = cloud.refusal(EcsRamRoleSource(cloud.reach), NotConfigured)
    assert "issues no token (HTTP 404), and version 1, which needs none, is not allowed" in said
    assert [call["operation"] for call in sandbox.requests()] == ["GetMetadataToken"]
    assert cloud.obtain(EcsRamRoleSource(cloud.reach, allow_v1=True)).origin == f"ECS RAM role {ROLE}"


def test_version_2_is_used_wherever_there_is_one(cloud: Bench, sandbox: Running) -> None:
    sandbox.settings.metadata = "v2"
    cloud.obtain(EcsRamRoleSource(cloud.reach, allow_v1=True))
    assert {call["status"] for call in sandbox.requests()} == {200}


def test_version_1_where_an_answer_to_put_does_not_arrive(bench: Bench) -> None:
    flow = EcsRamRoleSource(bench.reach, allow_v1=True).obtain()
    next(flow)
    message = flow.throw(Interrupted("no complete answer"))
    assert isinstance(message, Message)
    assert (message.method, message.path, message.headers) == ("GET", ROLES, {})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({ASK_TOKEN: Answer(b"")}, "is no token."),
        ({ASK_TOKEN: Answer(b"<html>Hush/ </html>")}, "is no token."),
        ({ASK_TOKEN: Answer(b"Hush/\r\nX-Evil: 1")}, "is no token."),
        ({ASK_TOKEN: Answer("é".encode())}, "is no token."),
        ({ASK_ROLE: Answer(b"<html>Hush/</html>")}, "is no name of a role."),
        ({ASK_ROLE: Answer(b"../../user-data")}, "is no name of a role."),
        ({ASK_ROLE: Answer(b"one\ntwo")}, "is no name of a role."),
        ({ASK_ROLE: Answer(b"", 403)}, "is HTTP 403; check that this is the service"),
        ({ASK_KEYS: Answer(b"<html>Hush/</html>")}, "is no JSON object."),
        ({ASK_KEYS: Answer(b'["Hush/"]')}, "is no JSON object."),
        ({ASK_KEYS: Answer(b"", 400)}, "is HTTP 400; check that this is the service"),
        ({ASK_KEYS: Answer(keys_document(Code="Failed"))}, "has the Code 'Failed' where 'Success' was due."),
        ({ASK_KEYS: Answer(keys_document(Code=None))}, "has the Code 'None' where 'Success' was due."),
        ({ASK_KEYS: Answer(keys_document(AccessKeyId=None))}, "The field AccessKeyId is missing in the answer of"),
        ({ASK_KEYS: Answer(keys_document(AccessKeySecret=7))}, "The field AccessKeySecret is missing in the answer of"),
        ({ASK_KEYS: Answer(keys_document(SecurityToken=""))}, "The field SecurityToken is missing in the answer of"),
        ({ASK_KEYS: Answer(keys_document(Expiration=None))}, "The field Expiration is missing in the answer of"),
        ({ASK_KEYS: Answer(keys_document(Expiration="soon"))}, "came with the expiry 'soon', which is no time"),
        ({ASK_KEYS: Answer(keys_document(AccessKeySecret=f"{SECRET}\n"))}, "The access key in the answer of"),
    ],
)
def test_an_answer_that_is_no_such_thing(
    metadata: Bench, script: Script, changes: dict[str, Answer], said: str
) -> None:
    script.answers = {**answers(), **changes}
    assert said in metadata.refusal(EcsRamRoleSource(metadata.reach), ConfigurationError, METADATA_TOKEN, "Hush/")


def test_a_service_that_fails_may_be_asked_again(metadata: Bench, script: Script) -> None:
    for asked in (ASK_TOKEN, ASK_ROLE, ASK_KEYS):
        for status in (500, 503, 429):
            script.answers = {**answers(), asked: Answer(b"Hush/", status)}
            said = metadata.refusal(EcsRamRoleSource(metadata.reach), ServerError, METADATA_TOKEN, "Hush/")
            assert said.endswith(f"failed on the server (HTTP {status}); try again later.")


@pytest.mark.parametrize("name", ["../user-data", "a/b", "a b", "é", ".", "..", "a?b", "x" * 129])
def test_a_name_that_could_lead_elsewhere(bench: Bench, name: str) -> None:
    with pytest.raises(ConfigurationError, match="name of the ECS instance's RAM role is no such name"):
        EcsRamRoleSource(bench.reach, name)
    source = EcsRamRoleFromEnvironment(bench.reach, {NAME: f"{name} "})
    assert bench.refusal(source, ConfigurationError) == f"{NAME} is no name of a RAM role; correct or remove it."


NAME, DISABLED, NO_V1 = (
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
    "ALIBABA_CLOUD_IMDSV1_DISABLED",
)


def test_the_environment_names_the_role(metadata: Bench, script: Script) -> None:
    environ = {NAME: "etl"}
    source = EcsRamRoleFromEnvironment(metadata.reach, environ)
    metadata.obtain(source)
    metadata.obtain(source)
    assert [seen.method for seen in script.seen] == ["PUT", "GET"] * 2
    assert list(source.secrets()) == [METADATA_TOKEN]
    before = source.identity()
    environ[NAME] = ""
    assert source.identity() != before
    metadata.obtain(source)
    assert len(script.seen) == 4 + 3


def test_the_environment_turns_it_off(cloud: Bench, sandbox: Running) -> None:
    source = EcsRamRoleFromEnvironment(cloud.reach, {DISABLED: "TRUE"})
    assert cloud.refusal(source, NotConfigured) == f"The ECS metadata service is turned off by {DISABLED}."
    assert sandbox.requests() == []


def test_version_1_needs_the_connection_and_the_environment(cloud: Bench, sandbox: Running) -> None:
    sandbox.settings.metadata = "v1"
    cloud.obtain(EcsRamRoleFromEnvironment(cloud.reach, {NO_V1: "false"}, allow_v1=True))
    for environ, allow_v1 in (({NO_V1: "true"}, True), ({}, False), ({NO_V1: "false"}, False)):
        said = cloud.refusal(EcsRamRoleFromEnvironment(cloud.reach, environ, allow_v1=allow_v1), NotConfigured)
        assert "version 1, which needs none, is not allowed" in said


def test_an_empty_server(bench: Bench) -> None:
    with serving(lambda peer: None) as server:
        assert isinstance(server, RawServer)
        source = EcsRamRoleSource(bench.reach_of(everywhere=server.origin))
        assert "does not answer at" in bench.refusal(source, NoService)
