"""A credentials URI: what is asked of it, what it may be, and what of it is shown."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from airflow_provider_cloudflows.auth.alibaba.credentials_uri import (
    CredentialsUriFromEnvironment,
    CredentialsUriSource,
)
from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import ConfigurationError, ConnectionFailed, NoAnswer, ServerError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message
from tests.auth.alibaba.bench import KEY_ID, SECRET, TOKEN, Bench, Script, capture, keys_document, proof, same_wire
from tests.transport.servers import Answer, http_script, serving

VARIABLE = "ALIBABA_CLOUD_CREDENTIALS_URI"
QUERY = "key=Hush%2Fquery&region=cn-hangzhou"


@pytest.fixture
def script() -> Script:
    return Script({"GET /creds": Answer(keys_document())})


@pytest.fixture
def broker(script: Script) -> Iterator[str]:
    """The address of a scripted credentials URI."""
    with serving(http_script(script)) as server:
        yield server.origin


def test_the_keys_work(cloud: Bench, sandbox: Running) -> None:
    uri = f"{sandbox.url}{world.PROTECTED_CREDENTIALS_URI_PATH}?secret={world.CREDENTIALS_URI_SECRET}"
    business = CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="etl")
    assert cloud.client(CredentialsUriSource(cloud.reach, uri)).call(business).business_id > 0


def test_a_wrong_secret(cloud: Bench, sandbox: Running) -> None:
    source = CredentialsUriSource(cloud.reach, f"{sandbox.url}{world.PROTECTED_CREDENTIALS_URI_PATH}?secret=Hush-7")
    address = f"{sandbox.url}{world.PROTECTED_CREDENTIALS_URI_PATH}"
    assert cloud.refusal(source, ConfigurationError, "Hush-7") == (
        f"The answer of the credentials URI {address} is HTTP 403; check that this is the service which hands out "
        "credentials."
    )


def test_the_message_is_the_vendors(bench: Bench, broker: str, script: Script) -> None:
    request = capture("credentials_credentials_uri")["requests"][0]
    found = bench.obtain(CredentialsUriSource(bench.reach, f"{broker}/creds?{request['raw_query']}"))
    assert (proof(found).key_id, proof(found).secret, proof(found).session_token) == (KEY_ID, SECRET, TOKEN)
    assert found.origin == f"credentials URI {broker}/creds"
    assert found.expires is not None
    assert abs(found.expires - time.time() - 3600) < 5
    (seen,) = script.seen
    same_wire(seen, request)
    assert seen.target == "/creds?x=1"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("/creds", "/creds"),
        ("", "/"),
        ("?a=b", "/?a=b"),
        ("/a%2Fb/c%20d?q=%2B+x%26&empty=&flag", "/a%2Fb/c%20d?q=%2B+x%26&empty=&flag"),
        ("/a b/é?q=ü x", "/a%20b/%C3%A9?q=%C3%BC%20x"),
        ("/100%?a=5%&b=%41", "/100%25?a=5%25&b=%41"),
        ("/a/b//c?u=http://x/?y=[1]", "/a/b//c?u=http://x/?y=%5B1%5D"),
    ],
)
def test_path_and_query_are_sent_as_given_or_encoded_once(
    bench: Bench, broker: str, script: Script, given: str, sent: str
) -> None:
    with contextlib.suppress(ConfigurationError):  # only one path is answered
        bench.obtain(CredentialsUriSource(bench.reach, f"{broker}{given}"))
    assert script.seen[0].target == sent


def test_the_query_is_secret(bench: Bench, broker: str) -> None:
    source = CredentialsUriSource(bench.reach, f"{broker}/creds?{QUERY}")
    found = bench.obtain(source)
    assert set(source.secrets()) == {"Hush%2Fquery", "Hush/query", "cn-hangzhou"}
    for shown in (repr(source), repr(found), repr(source.identity())):
        assert "Hush" not in shown
    other = CredentialsUriSource(bench.reach, f"{broker}/creds?{QUERY}2")
    assert other.identity() != source.identity()


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer(b"", 404), ConfigurationError, "is HTTP 404; check that this is the service"),
        (Answer(b"Hush", 500), ServerError, "failed on the server (HTTP 500); try again later."),
        (Answer(b"Hush"), ConfigurationError, "is no JSON object."),
        (Answer(b"[" * 100_000), ConfigurationError, "is no JSON object."),
        (Answer(keys_document(Code="Hu")), ConfigurationError, "has the Code 'Hu' where 'Success' was due."),
        (Answer(keys_document(SecurityToken=None)), ConfigurationError, "The field SecurityToken is missing"),
        (Answer(keys_document(Expiration="")), ConfigurationError, "The field Expiration is missing"),
    ],
)
def test_a_wrong_answer(
    bench: Bench, broker: str, script: Script, answer: Answer, kind: type[ServerError], said: str
) -> None:
    script.answers["GET /creds"] = answer
    source = CredentialsUriSource(bench.reach, f"{broker}/creds?{QUERY}")
    assert said in bench.refusal(source, kind, "Hush")


def test_a_redirect_is_not_followed(bench: Bench, broker: str, script: Script) -> None:
    with serving(http_script(Script({"GET /creds": Answer(keys_document())}))) as elsewhere:
        script.answers["GET /creds"] = Answer(b"", 307, {"Location": f"{elsewhere.origin}/creds"})
        source = CredentialsUriSource(bench.reach, f"{broker}/creds?{QUERY}")
        said = bench.refusal(source, ConfigurationError, "Hush")
        assert elsewhere.connections == 0
    assert said == (
        f"The answer of the credentials URI {broker}/creds is a redirect (HTTP 307), which is not followed; use the "
        "final address."
    )


def test_nobody_answers(bench: Bench) -> None:
    source = CredentialsUriSource(bench.reach, f"{bench.url}/creds?{QUERY}")
    said = bench.refusal(source, ConnectionFailed, "Hush")
    assert said.startswith(f"The credentials URI {bench.url}/creds could not connect")


def test_an_answer_that_breaks_off(bench: Bench) -> None:
    with serving(lambda peer: (peer.request(), None)[1]) as server:
        source = CredentialsUriSource(bench.reach, f"{server.origin}/creds?{QUERY}")
        assert "/creds got no usable answer" in bench.refusal(source, NoAnswer, "Hush")


def test_plain_http_is_for_this_machine(bench: Bench) -> None:
    for uri in ("http://localhost/c", "http://127.0.0.2:8080/c", "http://[::1]:80/c", "https://broker.example/c"):
        CredentialsUriSource(bench.reach, uri)
    uri = f"http://broker.example/c?{QUERY}"
    with pytest.raises(ConfigurationError) as caught:
        CredentialsUriSource(bench.reach, uri)
    assert caught.value.sentence() == (
        "The credentials URI uses plain http:// for broker.example, which is not this machine, and the keys would "
        "travel in clear; use https://, or allow plain HTTP in the connection."
    )
    CredentialsUriSource(bench.reach_of(allow_http=True), uri)


@pytest.mark.parametrize(
    "uri",
    ["", "x", "//h/c", "ftp://127.0.0.1/c", "file:///etc/passwd", "http:///c", "http://u:Hush@h/c", "http://h:x/"],
)
def test_what_is_no_address(bench: Bench, uri: str) -> None:
    with pytest.raises(ConfigurationError, match="The credentials URI is no address such as") as caught:
        CredentialsUriSource(bench.reach_of(allow_http=True), uri)
    assert "Hush" not in str(caught.value)


def test_a_proxy_sees_another_machine_only(bench: Bench, broker: str) -> None:
    with serving(http_script(Script({}))) as proxy:
        transport = Transport(TransportSettings(proxy=proxy.origin))
        reach = Reach(transport, Endpoints())
        transport.run(CredentialsUriSource(reach, f"{broker}/creds").obtain())
        assert proxy.connections == 0
        source = CredentialsUriSource(reach, f"https://broker.example/creds?{QUERY}")
        said = Bench(transport, "").refusal(source, ConnectionFailed, "Hush")
        assert proxy.requests[0].startswith(b"CONNECT broker.example:443")
        transport.close()
    assert "https://broker.example/creds could not connect" in said


def test_nothing_else_is_asked(bench: Bench) -> None:
    message = next(CredentialsUriSource(bench.reach, "https://broker.example/c?x=1").obtain())
    assert isinstance(message, Message)
    assert (message.url, message.direct, message.headers) == ("https://broker.example/c?x=1", False, {})


def test_from_the_environment(cloud: Bench, sandbox: Running) -> None:
    address, secret = f"{sandbox.url}{world.PROTECTED_CREDENTIALS_URI_PATH}", world.CREDENTIALS_URI_SECRET
    environ = {VARIABLE: f" {address}?secret={secret}\n"}
    source = CredentialsUriFromEnvironment(cloud.reach, environ)
    assert list(source.secrets()) == []
    assert cloud.obtain(source).origin == f"credentials URI {address}"
    assert list(source.secrets()) == [secret]
    assert secret not in repr(source.identity())


def test_an_environment_without_one(bench: Bench) -> None:
    for environ in ({}, {VARIABLE: " "}):
        source = CredentialsUriFromEnvironment(bench.reach, environ)
        assert bench.refusal(source, NotConfigured) == f"{VARIABLE} is not set."
    source = CredentialsUriFromEnvironment(bench.reach, {VARIABLE: f"http://broker.example/c?{QUERY}"})
    assert bench.refusal(source, ConfigurationError, "Hush").startswith(f"{VARIABLE} uses plain http:// for")
