"""When a call is repeated, against the sandbox: by effect, after the waits it names, and never for a refused key.

Waits are recorded instead of slept, except where a test is about the wait itself.
"""

from __future__ import annotations

import json
import logging
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.project import KnownProject
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.auth.huawei.token import TokenSigner
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    CloudError,
    ConnectionFailed,
    NoAnswer,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.services.dataworks.business import ListBusiness, UpdateBusiness
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.transport import retry
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.flow import Signer, Wait
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent
from tests.transport.servers import COLOURS, Colour, one

colours = pytest.mark.parametrize("colour", COLOURS)

LIST = ListBusiness(project_id=world.DATAWORKS_PROJECT_ID)
CREATE = CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="orders")
LIST_HUAWEI = ListWorkspaces(enterprise_project_id="0")
CREATE_HUAWEI = CreateWorkspace(name="orders-1")
SESSION_KEYS = {"alibaba": world.ALIBABA_SESSION_KEY, "huawei": world.HUAWEI_SESSION_KEY}

LOST = ["drop", "reset", "cut", "empty", "truncated", "not_utf8", "bad_gzip", "html", "html_200"]
"""Faults that leave a create in doubt, and make a read or an update repeat."""


@pytest.fixture(scope="module")
def breaking() -> Iterator[Running]:
    """A sandbox whose connections can break; one for all tests."""
    with serve(tcp_faults=True) as running:
        yield running


@pytest.fixture
def cloud(breaking: Running) -> Running:
    """The same, as at birth."""
    breaking.reset()
    return breaking


_opened: list[Transport] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close what the test opened."""
    yield
    while _opened:
        _opened.pop().close()


def signer(key: world.AccessKey, *, secret: str = "") -> Signer:
    access = AccessKey(key.id, secret or key.secret, key.security_token)
    return Acs3Signer(access) if key.cloud == "alibaba" else SdkHmacSigner(access)


def caller(url: str, signs: Signer | None = None, *, timeout: float = 60.0) -> CloudClient:
    """A client of the cloud that the signer is for; Alibaba's when none is given."""
    transport = Transport(TransportSettings(timeout=timeout))
    _opened.append(transport)
    endpoints = Endpoints(region="cn-north-4", everywhere=url)
    known = KnownProject(world.HUAWEI_PROJECT_ID)
    return CloudClient(transport, endpoints, signs or signer(world.ALIBABA_KEY), known)


@dataclass
class Driven:
    """How a call went.

    :param waits: the pauses that it asked for, none of which was slept.
    """

    result: Any = None
    error: CloudError | None = None
    waits: list[float] = field(default_factory=list)


def drive(client: CloudClient, request: Call[Any]) -> Driven:
    """Carry out a call over real sockets, and record its pauses instead of sleeping."""
    driven = Driven()
    flow = client.flow(request)
    answer: Any = None
    failure: Exception | None = None
    while True:
        try:
            step = flow.send(answer) if failure is None else flow.throw(failure)
        except StopIteration as stop:
            driven.result = stop.value
            return driven
        except CloudError as error:
            driven.error = error
            return driven
        answer = failure = None
        if isinstance(step, Wait):
            driven.waits.append(step.seconds)
            continue
        assert isinstance(step, Message)
        try:
            answer = client.transport.run(one(step))
        except (NotSent, Interrupted) as lost:
            failure = lost


def sent(cloud: Running, operation: str) -> int:
    return sum(entry["operation"] == operation for entry in cloud.requests())


def update(client: CloudClient) -> UpdateBusiness:
    made = client.call(CREATE)
    return UpdateBusiness(
        project_id=world.DATAWORKS_PROJECT_ID, business_id=made.business_id, business_name="orders", description="new"
    )


# --- by effect -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [*LOST, "error", "throttle"])
def test_a_read_repeats(fault: str, cloud: Running) -> None:
    rule = cloud.faults.add("ListBusiness", fault, times=2)
    driven = drive(caller(cloud.url), LIST)
    assert driven.error is None
    assert (rule.hits, sent(cloud, "ListBusiness"), len(driven.waits)) == (2, 3, 2)


@pytest.mark.parametrize("fault", [*LOST, "error", "throttle"])
def test_an_update_repeats(fault: str, cloud: Running) -> None:
    client = caller(cloud.url)
    request = update(client)
    cloud.faults.add("UpdateBusiness", fault, when="after", times=1)
    driven = drive(client, request)
    assert driven.error is None
    assert sent(cloud, "UpdateBusiness") == 2
    assert cloud.state()["dataworks.business"][0]["Description"] == "new"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", [*LOST, "error"])
def test_a_create_in_doubt_is_sent_once(fault: str, when: str, cloud: Running) -> None:
    cloud.faults.add("CreateBusiness", fault, when=when)
    driven = drive(caller(cloud.url), CREATE)
    assert type(driven.error) is OutcomeUnknown
    assert (sent(cloud, "CreateBusiness"), driven.waits) == (1, [])


def test_a_throttled_create_is_left_to_the_caller(cloud: Running) -> None:
    """Whether a create may be sent again is for the create protocol to decide, which writes it down first."""
    cloud.faults.add("CreateBusiness", "throttle", times=2, wait=0.5)
    driven = drive(caller(cloud.url), CREATE)
    assert isinstance(driven.error, Throttled)
    assert (sent(cloud, "CreateBusiness"), driven.waits) == (1, [])


@pytest.mark.parametrize(
    ("request_", "repeats"), [(CREATE, 0), (LIST, retry.MOST_FAILURES - 1)], ids=["create", "read"]
)
def test_a_refused_connection_repeats_a_few_times_what_is_no_create(request_: Call[Any], repeats: int) -> None:
    with serve() as gone:
        nowhere = gone.url
    driven = drive(caller(nowhere), request_)
    assert type(driven.error) is ConnectionFailed
    assert len(driven.waits) == repeats


@pytest.mark.parametrize(("fault", "kind"), [("error", ServerError), ("html", NoAnswer), ("drop", NoAnswer)])
def test_a_read_that_never_gets_better_ends(fault: str, kind: type[CloudError], cloud: Running) -> None:
    cloud.faults.add("ListBusiness", fault)
    driven = drive(caller(cloud.url), LIST)
    assert type(driven.error) is kind
    assert sent(cloud, "ListBusiness") == retry.MOST_FAILURES


@colours
def test_blocking_and_asynchronous_calls_repeat_alike(
    colour: Colour, cloud: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    for fault in ("drop", "html", "error"):
        cloud.faults.add("ListBusiness", fault, times=1)
    client = caller(cloud.url)
    assert colour(client.transport, client.flow(LIST)).data is not None
    assert sent(cloud, "ListBusiness") == 4


# --- waits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "most", "least"),
    [
        ("x-acs-retry-after", 1.25, 1.25),
        ("x-ratelimit-user-api", 1.25, 1.25),
        ("x-ratelimit-user", 1.25, 1.25),
        ("retry-after", 3.0, 3.0),
        ("retry-after-date", 4.0, 1.0),  # a date has no fractions, and some time passes until it is read
        ("none", 3.0, 0.0),
    ],
)
def test_every_form_of_a_wait_is_kept(form: str, most: float, least: float, cloud: Running) -> None:
    cloud.faults.add("ListBusiness", "throttle", times=1, form=form, wait=min(most, 3.0))
    driven = drive(caller(cloud.url), LIST)
    assert driven.error is None
    assert least - 0.1 <= driven.waits[0] <= most + 2 * retry.THROTTLED_SPREAD


def test_the_wait_in_a_message_of_the_other_gateway_is_kept(cloud: Running) -> None:
    cloud.faults.add("ListWorkspaces", "throttle", times=1, form="message", wait=7)
    driven = drive(caller(cloud.url, signer(world.HUAWEI_KEY)), LIST_HUAWEI)
    assert driven.error is None
    assert 7.0 <= driven.waits[0] <= 7.0 + 2 * retry.THROTTLED_SPREAD


@colours
def test_the_wait_is_waited(colour: Colour, cloud: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "THROTTLED_SPREAD", 0.0)
    cloud.faults.add("ListBusiness", "throttle", times=1, wait=0.4)
    client = caller(cloud.url)
    colour(client.transport, client.flow(LIST))
    first, second = (datetime.fromisoformat(entry["time"]) for entry in cloud.requests())
    assert 0.39 <= (second - first).total_seconds() < 2.0


def test_a_wait_beyond_the_deadline_is_left_to_the_caller(cloud: Running) -> None:
    cloud.faults.add("CreateBusiness", "throttle", wait=11)
    driven = drive(caller(cloud.url, timeout=10.0), CREATE)
    assert isinstance(driven.error, Throttled)
    assert (driven.error.wait, driven.waits, sent(cloud, "CreateBusiness")) == (11.0, [], 1)


def test_throttled_callers_do_not_come_back_together(cloud: Running) -> None:
    cloud.faults.add("ListBusiness", "throttle", wait=0.1)
    waits = []
    for _ in range(8):
        client = caller(cloud.url)
        flow = client.flow(LIST)
        step = flow.send(client.transport.run(one(next(flow))))  # type: ignore[arg-type]
        assert isinstance(step, Wait)
        waits.append(round(step.seconds, 1))
        flow.close()
    assert len(set(waits)) > 3


@pytest.mark.parametrize("code", ["Throttling.Api.Risk", "Throttling.Resource"])
@pytest.mark.parametrize("request_", [LIST, CREATE], ids=["read", "create"])
def test_a_quota_is_no_rate(code: str, request_: Call[Any], cloud: Running) -> None:
    cloud.faults.add(request_.operation, "quota", code=code)
    driven = drive(caller(cloud.url), request_)
    assert isinstance(driven.error, QuotaExceeded)
    assert (driven.error.code, driven.waits, len(cloud.requests())) == (code, [], 1)


# --- credentials ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [world.ALIBABA_KEY, world.HUAWEI_KEY], ids=["alibaba", "huawei"])
def test_a_wrong_secret_is_sent_once(key: world.AccessKey, cloud: Running) -> None:
    """Five failures lock a key for minutes."""
    request: Call[Any] = LIST if key.cloud == "alibaba" else LIST_HUAWEI
    driven = drive(caller(cloud.url, signer(key, secret="NotTheSecret0001")), request)
    assert isinstance(driven.error, AuthenticationFailed)
    assert (len(cloud.requests()), driven.waits) == (1, [])


@pytest.mark.parametrize("reason", ["expired", "invalid"])
@pytest.mark.parametrize("key", world.BIRTH_KEYS, ids=lambda key: key.id)
def test_a_revoked_key_is_sent_once(key: world.AccessKey, reason: str, cloud: Running) -> None:
    cloud.revoke(key.id, reason)
    request: Call[Any] = LIST if key.cloud == "alibaba" else LIST_HUAWEI
    driven = drive(caller(cloud.url, signer(key)), request)
    assert isinstance(driven.error, AuthenticationFailed)
    assert (len(cloud.requests()), driven.waits) == (1, [])


@pytest.mark.parametrize("reason", ["expired", "invalid"])
def test_a_revoked_token_that_nobody_here_can_renew_is_sent_once(reason: str, cloud: Running) -> None:
    client = caller(cloud.url, TokenSigner(token(cloud)))
    assert drive(client, LIST_HUAWEI).error is None
    cloud.revoke("tokens", reason)
    before = len(cloud.requests())
    driven = drive(client, LIST_HUAWEI)
    assert isinstance(driven.error, (AuthenticationFailed, PermissionDenied))  # Fabric says 403
    assert (len(cloud.requests()) - before, driven.waits) == (1, [])


def token(cloud: Running) -> str:
    """Log in as a person would, with a password."""
    user = {"name": world.HUAWEI_USER_NAME, "password": world.HUAWEI_USER_PASSWORD}
    identity = {"methods": ["password"], "password": {"user": user | {"domain": {"name": world.HUAWEI_DOMAIN_NAME}}}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": world.HUAWEI_PROJECT_ID}}}}
    login = urllib.request.Request(
        f"{cloud.url}/v3/auth/tokens", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(login) as answer:
        return str(answer.headers["X-Subject-Token"])


# --- the clock -----------------------------------------------------------------------------------------------------

twenty_minutes = pytest.mark.parametrize("offset", [-1200.0, 1200.0])
CLOUDS = pytest.mark.parametrize("key", [world.ALIBABA_KEY, world.HUAWEI_KEY], ids=["alibaba", "huawei"])


@twenty_minutes
@CLOUDS
@colours
def test_a_clock_that_is_off_costs_one_more_request(
    colour: Colour, key: world.AccessKey, offset: float, cloud: Running, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.settings.clock_offset = offset
    request: Call[Any] = LIST if key.cloud == "alibaba" else LIST_HUAWEI
    client = caller(cloud.url, signer(key))
    with caplog.at_level(logging.WARNING):
        colour(client.transport, client.flow(request))
    assert [entry["status"] // 100 for entry in cloud.requests()] == [4, 2]
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    shown = float(warning.getMessage().partition("machine is ")[2].partition(" seconds")[0])
    assert abs(shown + offset) <= 2

    caplog.clear()
    colour(client.transport, client.flow(LIST if key.cloud == "alibaba" else LIST_HUAWEI))
    assert len(cloud.requests()) == 3, "the corrected clock stays"
    assert not caplog.records


@CLOUDS
def test_a_create_is_not_signed_again_by_itself(key: world.AccessKey, cloud: Running) -> None:
    cloud.settings.clock_offset = 1200.0
    client = caller(cloud.url, signer(key))
    request: Call[Any] = CREATE if key.cloud == "alibaba" else CREATE_HUAWEI
    driven = drive(client, request)
    assert isinstance(driven.error, AuthenticationFailed)
    assert driven.error.is_mended
    assert len(cloud.requests()) == 1
    assert drive(client, request).error is None, "the corrected clock stays"


@CLOUDS
def test_a_server_that_says_1970_is_not_believed(key: world.AccessKey, cloud: Running) -> None:
    cloud.settings.update({"clock_offset": 1200.0, "date_header": "Thu, 01 Jan 1970 00:00:00 GMT"})
    client = caller(cloud.url, signer(key))
    before = client.signer.now()
    driven = drive(client, LIST if key.cloud == "alibaba" else LIST_HUAWEI)
    assert isinstance(driven.error, AuthenticationFailed)
    assert (len(cloud.requests()), driven.waits) == (1, [])
    assert client.signer.now() - before < 60


@CLOUDS
def test_an_offset_that_the_service_would_accept_is_not_the_reason(key: world.AccessKey, cloud: Running) -> None:
    cloud.settings.clock_offset = 600.0
    request: Call[Any] = LIST if key.cloud == "alibaba" else LIST_HUAWEI
    assert drive(caller(cloud.url, signer(key)), request).error is None
    assert len(cloud.requests()) == 1
    driven = drive(caller(cloud.url, signer(key, secret="NotTheSecret0001")), request)
    assert isinstance(driven.error, AuthenticationFailed)
    assert len(cloud.requests()) == 2


@CLOUDS
def test_a_wrong_secret_under_a_wrong_clock_is_sent_twice_and_no_more(key: world.AccessKey, cloud: Running) -> None:
    cloud.settings.clock_offset = 1200.0
    request: Call[Any] = LIST if key.cloud == "alibaba" else LIST_HUAWEI
    driven = drive(caller(cloud.url, signer(key, secret="NotTheSecret0001")), request)
    assert isinstance(driven.error, AuthenticationFailed)
    assert (len(cloud.requests()), driven.waits) == (2, [])


# --- what is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cloud_name", ["alibaba", "huawei"])
def test_no_secret_in_the_log_of_retries(cloud_name: str, cloud: Running, caplog: pytest.LogCaptureFixture) -> None:
    key = SESSION_KEYS[cloud_name]
    request: Call[Any] = LIST if cloud_name == "alibaba" else LIST_HUAWEI
    assert key.security_token
    said = f"{key.secret} and {key.security_token}"
    cloud.faults.add(request.operation, "error", times=1, status=500, code="E", message=said)
    cloud.faults.add(request.operation, "throttle", times=1)
    cloud.faults.add(request.operation, "drop", times=1)
    with caplog.at_level(logging.DEBUG):
        driven = drive(caller(cloud.url, signer(key)), request)
    assert driven.error is None
    assert caplog.text.count("Trying again in") == 3
    assert "*** and ***" in caplog.text
    assert key.secret not in caplog.text
    assert key.security_token not in caplog.text
