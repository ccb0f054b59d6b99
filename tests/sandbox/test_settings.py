"""List lag, requests per second, the clock and revoked credentials."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, dataworks, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.settings import InvalidSetting

from .signing import alibaba, get, huawei, workspace_path
from .test_faults import business, token, workspace
from .test_rules import GROUP, WORKFLOW

PAGE = {"ProjectId": "10000", "PageNumber": "1", "PageSize": "50"}


class SetClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def timed(clock: SetClock) -> Iterator[Running]:
    with serve(clock=clock) as running:
        yield running


def listed(url: str, now: float) -> list[int]:
    """How many things each of the four lists shows."""
    flows = huawei(url, "GET", workspace_path("/soc/workflows"), now=now).json
    spaces = huawei(url, "GET", "/v1/workspaces", query={"enterprise_project_id": "0"}, now=now).json
    return [
        alibaba(url, "ListBusiness", PAGE, now=now).json["Data"]["TotalCount"],
        alibaba(url, "ListDataServiceGroups", PAGE, now=now).json["GroupPagingResult"]["TotalCount"],
        flows["total"],
        spaces["total"],
    ]


def test_lists_lag_and_reading_by_id_does_not(timed: Running, clock: SetClock) -> None:
    timed.settings.list_lag = 5
    url = timed.url
    number = business(url, now=clock.now).send().json["BusinessId"]
    group = alibaba(url, "CreateDataServiceGroup", GROUP, now=clock.now).json["GroupId"]
    flow = huawei(url, "POST", workspace_path("/soc/workflows"), WORKFLOW, now=clock.now).json["data"]["id"]
    space = huawei(url, "POST", "/v1/workspaces", {"name": "lake-house"}, now=clock.now).json["id"]
    assert listed(url, clock.now) == [0, 0, 0, 0]
    project = {"ProjectId": "10000"}
    found = [
        alibaba(url, "GetBusiness", project | {"BusinessId": str(number)}, now=clock.now),
        alibaba(url, "GetDataServiceGroup", project | {"GroupId": group}, now=clock.now),
        huawei(url, "GET", workspace_path(f"/soc/workflows/{flow}"), now=clock.now),
    ]
    assert [reply.status for reply in found] == [200, 200, 200]
    query = {"enterprise_project_id": "0", "id": space}
    assert huawei(url, "GET", "/v1/workspaces", query=query, now=clock.now).json["total"] == 1
    assert business(url, now=clock.now).send().status == dataworks.choices.DUPLICATE.value.status
    clock.now += 4.999
    assert listed(url, clock.now) == [0, 0, 0, 0]
    clock.now += 0.001
    assert listed(url, clock.now) == [1, 1, 1, 1]


def test_lag_does_not_delay_changes(timed: Running, clock: SetClock) -> None:
    number = business(timed.url, now=clock.now).send().json["BusinessId"]
    clock.now += 10
    timed.settings.update({"list_lag": 9, "clock_offset": 600})
    assert alibaba(timed.url, "ListProjects", now=clock.now).json["PageResult"]["TotalCount"] == 2
    change = {"ProjectId": "10000", "BusinessId": str(number), "BusinessName": "renamed"}
    alibaba(timed.url, "UpdateBusiness", change, now=clock.now)
    shown = alibaba(timed.url, "ListBusiness", PAGE, now=clock.now).json["Data"]["Business"]
    assert [each["BusinessName"] for each in shown] == ["renamed"]


def told(reply: Any) -> float:
    """The seconds a throttled caller was told to wait."""
    if "x-acs-retry-after" in reply.headers:
        return int(reply.headers["x-acs-retry-after"]) / 1000
    match = re.search(r"time:(\d+) second", reply.json["error_msg"])
    assert match
    return float(match[1])


@pytest.mark.parametrize("per_second", [0.4, 1, 2.5, 5])
@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
def test_the_wait_that_is_told_is_right(timed: Running, clock: SetClock, per_second: float, cloud: str) -> None:
    timed.settings.requests_per_second = per_second

    def call() -> Any:
        if cloud == "alibaba":
            return alibaba(timed.url, "GetCallerIdentity", now=clock.now)
        return huawei(timed.url, "GET", "/v5/caller-identity", now=clock.now)

    passed, started = 0, clock.now
    for _ in range(12):
        reply = call()
        while reply.status == 200:
            passed += 1
            clock.now += 0.013
            reply = call()
        assert (reply.status, timed.requests()[-1]["fault"]) == (429, f"limit of {per_second:g} requests per second")
        wait = told(reply)
        if cloud == "alibaba":
            clock.now += wait - 0.002
            assert call().status == 429
            clock.now += 0.002
        else:
            assert wait <= math.ceil(max(1, 1 / per_second))
            clock.now += wait
        assert call().status == 200
        passed += 1
    assert passed <= per_second * (clock.now - started) + max(1, per_second)


def test_limit_is_for_each_key(timed: Running, clock: SetClock) -> None:
    timed.settings.requests_per_second = 1
    keys = (world.ALIBABA_KEY, world.ALIBABA_SESSION_KEY, world.ALIBABA_KEY)
    assert [alibaba(timed.url, "GetCallerIdentity", key=key, now=clock.now).status for key in keys] == [200, 200, 429]
    assert huawei(timed.url, "GET", "/v5/caller-identity", now=clock.now).status == 200
    timed.settings.requests_per_second = 0
    assert alibaba(timed.url, "GetCallerIdentity", now=clock.now).status == 200


@pytest.mark.parametrize("offset", [1200, -1200])
def test_clock_of_the_sandbox(sandbox: Running, offset: float) -> None:
    sandbox.settings.clock_offset = offset
    refused = [business(sandbox.url).send(), workspace(sandbox.url).send()]
    assert [refused[0].json["Code"], refused[1].json["error_code"]] == ["InvalidTimeStamp.Expired", "APIGW.0301"]
    for reply in refused:
        server = parsedate_to_datetime(reply.headers["date"]).timestamp()
        assert abs(server - time.time() - offset) < 5
    assert business(sandbox.url, now=server).send().status == 200


def test_date_that_is_a_lie(sandbox: Running) -> None:
    sandbox.settings.date_header = "Thu, 01 Jan 1970 00:00:00 GMT"
    reply = business(sandbox.url).send()
    assert (reply.status, reply.headers["date"]) == (200, "Thu, 01 Jan 1970 00:00:00 GMT")
    sandbox.settings.date_header = ""
    assert "1970" not in business(sandbox.url).send().headers["date"]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("expired", "InvalidSecurityToken.Expired"), ("invalid", choices.ALIBABA_TOKEN_MISMATCH.value.code)],
)
def test_session_key_of_alibaba_is_revoked(sandbox: Running, reason: str, code: str) -> None:
    key = world.ALIBABA_SESSION_KEY
    assert alibaba(sandbox.url, "GetCallerIdentity", key=key).status == 200
    sandbox.revoke(key.id, reason)
    reply = business(sandbox.url, key=key).send()
    assert (reply.status, reply.json["Code"]) == (400, code)
    assert "dataworks.business" not in sandbox.state()
    assert alibaba(sandbox.url, "GetCallerIdentity").status == 200
    sandbox.reset()
    assert alibaba(sandbox.url, "GetCallerIdentity", key=key).status == 200


def test_keys_of_huawei_are_revoked(sandbox: Running) -> None:
    for key, words in ((world.HUAWEI_SESSION_KEY, "token expires"), (world.HUAWEI_KEY, "ak not exist")):
        sandbox.revoke(key.id)
        reply = huawei(sandbox.url, "GET", "/v5/caller-identity", key=key)
        assert (reply.status, reply.json["error_code"]) == (401, "APIGW.0301")
        assert words in reply.json["error_msg"]


@pytest.mark.parametrize(("reason", "code"), [("expired", "IAM.0066"), ("invalid", "IAM.0067")])
def test_tokens_are_revoked_and_new_ones_are_good(sandbox: Running, reason: str, code: str) -> None:
    old = token(sandbox.url)
    assert get(sandbox.url, "/v3/projects", x_auth_token=old).status == 200
    sandbox.revoke("tokens", reason)
    reply = get(sandbox.url, "/v3/projects", x_auth_token=old)
    assert (reply.status, reply.json["error_code"]) == (401, code)
    assert get(sandbox.url, "/v3/projects", x_auth_token=token(sandbox.url)).status == 200


def test_settings_may_be_there_from_the_start() -> None:
    with serve(settings={"credential_seconds": 1.5, "metadata": "off"}) as running:
        assert (running.settings.credential_seconds, running.settings.metadata) == (1.5, "off")
    with pytest.raises(InvalidSetting), serve(settings={"metadata": "v3"}):
        pass


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("list_lag", -1, "from 0 to 86400"),
        ("list_lag", "1", "must be a number"),
        ("list_lag", True, "must be a number"),
        ("requests_per_second", float("nan"), "must be a number"),
        ("clock_offset", None, "must be a number"),
        ("date_header", "yesterday", "an HTTP date"),
        ("date_header", "Thu, 01 Jan 1970 00:00:00 GMT\r\nX: y", "an HTTP date"),
        ("date_header", 0, "an HTTP date"),
        ("credential_seconds", -1, "from 0 to 604800"),
        ("credential_seconds", "2", "must be a number"),
        ("metadata", "v3", "one of v2 and v1, v2, v1, off"),
        ("metadata", None, "one of v2 and v1"),
        ("lag", 1, "no setting 'lag'"),
    ],
)
def test_settings_that_cannot_be(sandbox: Running, name: str, value: Any, message: str) -> None:
    before = sandbox.settings.as_json()
    with pytest.raises(InvalidSetting, match=message):
        sandbox.settings.update({"list_lag": 3, name: value})
    with pytest.raises(InvalidSetting, match=message):
        setattr(sandbox.settings, name, value)
    assert sandbox.settings.as_json() == before
