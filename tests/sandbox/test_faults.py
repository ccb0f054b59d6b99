"""Every fault as a raw client sees it, and whether the call took effect."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, rooms, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.fabric import choices as fabric_choices
from airflow_provider_cloudflows.sandbox.faults import KINDS, InvalidRule

from .signing import Draft, Reply, acs3, alibaba, get, huawei, sdk_hmac, sign_acs3, sign_sdk_hmac, workspace_path
from .test_rules import GROUP, TASK, WORKFLOW
from .test_signatures_huawei import PROJECT_SCOPE, auth
from .wire import Seen, connect, exchange, receive

PAGE = {"ProjectId": "10000", "PageNumber": "1", "PageSize": "100"}


def business(url: str, name: str = "daily", **options: Any) -> Draft:
    form = {"ProjectId": "10000", "BusinessName": name}
    key = options.get("key", world.ALIBABA_KEY)
    return sign_acs3(acs3(url, "CreateBusiness", form, **options), key)


def workspace(url: str, name: str = "lake-house") -> Draft:
    return sign_sdk_hmac(sdk_hmac(url, "POST", "/v1/workspaces", {"name": name}))


def names(running: Running) -> list[str]:
    return [each["BusinessName"] for each in running.state().get("dataworks.business", [])]


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """One sandbox with a proxy; each test resets it."""
    with serve(tcp_faults=True) as running:
        yield running


@pytest.fixture
def proxied(shared: Running) -> Running:
    shared.reset()
    return shared


def is_page(seen: Seen) -> None:
    assert seen.headers["content-type"].startswith("text/html")
    assert b"<html>" in seen.body


def is_empty(seen: Seen) -> None:
    assert (seen.body, seen.headers["content-length"]) == (b"", "0")


def is_truncated(seen: Seen) -> None:
    assert 0 < len(seen.body) < int(seen.headers["content-length"])


def is_not_utf8(seen: Seen) -> None:
    assert len(seen.body) == int(seen.headers["content-length"])
    with pytest.raises(UnicodeDecodeError):
        seen.body.decode()


def is_bad_gzip(seen: Seen) -> None:
    assert seen.headers["content-encoding"] == "gzip"
    with pytest.raises(zlib.error):
        gzip.decompress(seen.body)


def is_failure(seen: Seen) -> None:
    answer = json.loads(seen.body)
    assert answer["Success"] is False
    assert answer["ErrorCode"] == "InternalError.System"


def is_internal_error(seen: Seen) -> None:
    assert json.loads(seen.body)["Code"] == "InternalError.System"


def is_throttled(seen: Seen) -> None:
    assert json.loads(seen.body)["Code"] == "Throttling.User"
    assert seen.headers["x-acs-retry-after"] == "1000"


def is_over_quota(seen: Seen) -> None:
    assert json.loads(seen.body)["Code"] == "Throttling.Api.Risk"


def is_unauthorized(seen: Seen) -> None:
    assert json.loads(seen.body)["Code"] == "InvalidAccessKeyId.Inactive"


ANSWERS: dict[str, tuple[int | None, Callable[[Seen], None]]] = {
    "error": (500, is_internal_error),
    "html": (502, is_page),
    "throttle": (429, is_throttled),
    "quota": (429, is_over_quota),
    "unauthorized": (400, is_unauthorized),
    "success_false": (200, is_failure),
    "empty": (200, is_empty),
    "html_200": (200, is_page),
    "truncated": (None, is_truncated),
    "not_utf8": (None, is_not_utf8),
    "bad_gzip": (None, is_bad_gzip),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_answers_that_are_wrong(proxied: Running, kind: str, when: str) -> None:
    """The kinds that leave the status alone send that of the answer, or the 500 of a call without one."""
    rule = proxied.faults.add("CreateBusiness", kind, when=when, nth=1)
    status, check = ANSWERS[kind]
    seen = exchange(business(proxied.url))
    assert seen.status == (status or (200 if when == "after" else 500))
    assert seen.end == "end"
    check(seen)
    assert names(proxied) == (["daily"] if when == "after" else [])
    entry = proxied.requests()[-1]
    assert (entry["status"], entry["fault"]) == (seen.status, f"rule {rule.id}: {kind} {when} the call took effect")
    assert alibaba(proxied.url, "GetCallerIdentity").status == 200


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "raw", "end"), [("drop", b"", "end"), ("reset", b"", "reset"), ("cut", b"HTTP/1.", "end")]
)
def test_connections_that_end(proxied: Running, kind: str, raw: bytes, end: str, when: str) -> None:
    proxied.faults.add("dataworks.CreateBusiness", kind, when=when, nth=1)
    seen = exchange(business(proxied.url))
    assert (seen.raw, seen.end) == (raw, end)
    assert names(proxied) == (["daily"] if when == "after" else [])
    entry = proxied.requests()[-1]
    assert (entry["status"], entry["code"], entry["operation"]) == (0, "", "CreateBusiness")
    assert exchange(business(proxied.url)).status == (409 if when == "after" else 200)


@pytest.mark.parametrize("when", ["before", "after"])
def test_silence(proxied: Running, when: str) -> None:
    proxied.faults.add("CreateBusiness", "silence", when=when, nth=1)
    with connect(business(proxied.url)) as silent:
        # The next call is answered after the silent one was decided.
        assert exchange(business(proxied.url, "other")).status == 200
        assert receive(silent, patience=0.05) == Seen(b"", "open")
        silent.sendall(b"anybody there?")
        assert receive(silent, patience=0.05) == Seen(b"", "open")
    assert sorted(names(proxied)) == (["daily", "other"] if when == "after" else ["other"])


def test_proxy_lets_everything_else_through(proxied: Running) -> None:
    body = {"name": "lake-house", "description": "d" * 200}
    connection_url = proxied.url
    assert huawei(connection_url, "POST", "/v1/workspaces", body).status == 200
    large = huawei(connection_url, "POST", "/v1/workspaces", {"name": "x" * 12_000_000})
    assert large.status == 400
    for number in range(100):
        assert (
            alibaba(
                proxied.url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": "n" * 4000 + str(number)}
            ).status
            == 200
        )
    listed = alibaba(proxied.url, "ListBusiness", PAGE)
    assert len(listed.body) > 400_000
    assert len(listed.json["Data"]["Business"]) == 100


def test_sandbox_stops_with_open_connections() -> None:
    with serve(tcp_faults=True) as running:
        running.faults.add("CreateBusiness", "silence", nth=1)
        running.faults.add("CreateBusiness", "slow_headers", seconds=1000, nth=2)
        running.faults.add("CreateBusiness", "endless_body", nth=3)
        open_ones = [connect(business(running.url, f"b{number}")) for number in range(2)]
        endless = connect(business(running.url, "b3"))
        assert receive(endless, at_most=100).end == "open"
        assert alibaba(running.url, "GetCallerIdentity").status == 200
    for connection in (*open_ones, endless):
        assert receive(connection, at_most=10**9).end in ("end", "reset")
        connection.close()


def test_sandbox_stops_with_late_answers(caplog: pytest.LogCaptureFixture) -> None:
    with serve() as running:
        running.faults.add("CreateBusiness", "slow_headers", seconds=1000)
        late = connect(business(running.url))
        assert alibaba(running.url, "GetCallerIdentity").status == 200
    assert receive(late).end in ("end", "reset")
    late.close()
    assert caplog.records == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow_headers(sandbox: Running, when: str) -> None:
    sandbox.faults.add("CreateBusiness", "slow_headers", when=when, seconds=0.3)
    started = time.monotonic()
    with connect(business(sandbox.url)) as waiting:
        assert alibaba(sandbox.url, "GetCallerIdentity").status == 200
        assert names(sandbox) == (["daily"] if when == "after" else [])
        seen = receive(waiting)
    assert time.monotonic() - started >= 0.3
    assert seen.status == (200 if when == "after" else 500)
    assert names(sandbox) == (["daily"] if when == "after" else [])


def test_slow_body(sandbox: Running) -> None:
    sandbox.faults.add("CreateBusiness", "slow_body", when="after", interval=0.002)
    started = time.monotonic()
    seen = exchange(business(sandbox.url))
    assert time.monotonic() - started >= 0.002 * len(seen.body)
    assert json.loads(seen.body)["Success"] is True


def test_endless_body(sandbox: Running) -> None:
    sandbox.faults.add("CreateBusiness", "endless_body", when="after")
    seen = exchange(business(sandbox.url), at_most=3_000_000)
    assert (seen.status, seen.end) == (200, "open")
    assert "content-length" not in seen.headers
    assert names(sandbox) == ["daily"]


CREATES: dict[str, Callable[[str], Draft]] = {
    "CreateBusiness": business,
    "CreateDataServiceGroup": lambda url: sign_acs3(acs3(url, "CreateDataServiceGroup", GROUP)),
    "CreateTask": lambda url: sign_acs3(acs3(url, "CreateTask", TASK)),
    "CreateWorkflow": lambda url: sign_sdk_hmac(sdk_hmac(url, "POST", workspace_path("/soc/workflows"), WORKFLOW)),
    "CreateWorkspace": workspace,
}


NOT_FOR_ALL = ("quota", "slow_headers", "slow_body", "endless_body", "silence", "replay")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NOT_FOR_ALL])
@pytest.mark.parametrize("operation", CREATES)
def test_every_create_can_be_hit_after_and_before(proxied: Running, operation: str, kind: str) -> None:
    born = proxied.state()
    proxied.faults.add(operation, kind, when="before", nth=1)
    proxied.faults.add(operation, kind, when="after", nth=2)
    exchange(CREATES[operation](proxied.url))
    assert proxied.state() == born
    exchange(CREATES[operation](proxied.url))
    assert sum(map(len, proxied.state().values())) == sum(map(len, born.values())) + 1


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("CreateBusiness", {"Code": "Busy", "Message": "later"}),
        ("CreateTask", {"Code": "Busy", "Message": "later"}),
        ("CreateWorkflow", {"code": "Busy", "message": "later"}),
        ("CreateWorkspace", {"error_code": "Busy", "error_msg": "later"}),
    ],
)
def test_errors_are_worded_as_the_service_does(sandbox: Running, operation: str, expected: dict[str, str]) -> None:
    sandbox.faults.add(operation, "error", status=503, code="Busy", message="later")
    reply = CREATES[operation](sandbox.url).send()
    assert reply.status == 503
    assert expected.items() <= reply.json.items()
    sandbox.faults.clear()
    sandbox.faults.add(operation, "success_false", code="7", message="no")
    reply = CREATES[operation](sandbox.url).send()
    assert (reply.status, "no" in reply.json.values(), "7" in reply.json.values()) == (200, True, True)


def test_gateway_codes_keep_the_shape_of_the_gateway(sandbox: Running) -> None:
    sandbox.faults.add("CreateWorkflow", "error", status=502, code="APIGW.0602")
    answer = CREATES["CreateWorkflow"](sandbox.url).send().json
    assert answer["error_code"] == "APIGW.0602"
    assert "request_id" in answer


ALIBABA_FORMS = ["x-acs-retry-after", "x-ratelimit-user-api", "x-ratelimit-user"]


@pytest.mark.parametrize("form", ALIBABA_FORMS)
def test_waits_of_alibaba_are_milliseconds(sandbox: Running, form: str) -> None:
    sandbox.faults.add("CreateBusiness", "throttle", wait=2.5, form=form)
    reply = business(sandbox.url).send()
    waits = {"retry-after", *ALIBABA_FORMS} & set(reply.headers)
    assert (reply.status, reply.json["Code"], waits) == (429, "Throttling.User", {form})
    assert "2500" in reply.headers[form].replace("TimeLeft:", "").split(",")


@pytest.mark.parametrize("draft", [business, workspace])
def test_standard_waits(sandbox: Running, draft: Callable[[str], Draft]) -> None:
    sandbox.faults.add("*", "throttle", wait=2.5, form="retry-after", times=1)
    assert draft(sandbox.url).send().headers["retry-after"] == "3"
    sandbox.faults.add("*", "throttle", wait=90, form="retry-after-date", times=1)
    told = parsedate_to_datetime(draft(sandbox.url).send().headers["retry-after"]).timestamp()
    assert 88 < told - time.time() < 92
    sandbox.faults.add("*", "throttle", form="none", times=1)
    reply = draft(sandbox.url).send()
    assert (reply.status, "retry-after" in reply.headers, b"time:" in reply.body) == (429, False, False)


def test_wait_of_huawei_is_in_the_message(sandbox: Running) -> None:
    sandbox.faults.add("CreateWorkspace", "throttle", wait=7)
    reply = workspace(sandbox.url).send()
    assert (reply.status, reply.json["error_code"]) == (429, "APIGW.0308")
    assert reply.json["error_msg"].endswith("policy user over ratelimit,limit:200,time:7 second")


def test_quotas(sandbox: Running) -> None:
    sandbox.faults.add("CreateBusiness", "quota", code="Throttling.Resource")
    reply = business(sandbox.url).send()
    assert (reply.status, reply.json["Code"]) == (429, "Throttling.Resource")


def token(url: str) -> str:
    return sdk_hmac(url, "POST", "/v3/auth/tokens", auth(PROJECT_SCOPE)).send().headers["x-subject-token"]


def by_token(url: str, path: str, issued: str) -> Reply:
    return get(url, path, x_auth_token=issued)


def test_tokens_are_refused_as_each_service_does(sandbox: Running) -> None:
    issued = token(sandbox.url)
    projects, flows, spaces = "/v3/projects", workspace_path("/soc/workflows"), "/v1/workspaces?enterprise_project_id=0"
    for reason, expected in (
        ("expired", [(401, "IAM.0066"), (401, "APIG.1002"), (401, "APIG.1002")]),
        ("invalid", [(401, "IAM.0067"), (401, "APIG.1002"), (403, 403)]),
    ):
        sandbox.faults.add("*", "unauthorized", reason=reason)
        replies = [by_token(sandbox.url, path, issued) for path in (projects, flows, spaces)]
        assert [(reply.status, reply.json["error_code"]) for reply in replies] == expected
        sandbox.faults.clear()


# How often


def hits(running: Running, count: int) -> list[int]:
    """Which of so many calls were hit."""
    return [number for number in range(1, count + 1) if alibaba(running.url, "GetCallerIdentity").status == 503]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 3}, [3]),
        ({"nth": 3, "times": 2}, [3, 4]),
        ({"times": 2}, [1, 2]),
        ({"probability": 0}, []),
        ({"probability": 1, "times": 1}, [1]),
    ],
)
def test_how_often(sandbox: Running, how: dict[str, Any], expected: list[int]) -> None:
    rule = sandbox.faults.add("GetCallerIdentity", "error", status=503, **how)
    assert hits(sandbox, 6) == expected
    assert (rule.calls, rule.hits) == (6, len(expected))


def test_same_seed_same_calls() -> None:
    found: dict[int, list[int]] = {}
    for seed in (1, 1, 2):
        with serve() as running:
            running.faults.add("GetCallerIdentity", "error", status=503, probability=0.5, seed=seed)
            calls = hits(running, 24)
        assert found.setdefault(seed, calls) == calls
        assert 4 < len(calls) < 20
    assert found[1] != found[2]


def test_rules_do_not_disturb_each_other(sandbox: Running) -> None:
    """A rule draws and counts in the same way whatever the rules before it do."""
    alone = sandbox.faults.add("GetCallerIdentity", "error", status=503, probability=0.5, seed=7)
    expected = hits(sandbox, 16)
    sandbox.faults.clear()
    sandbox.faults.add("GetCallerIdentity", "error", status=429, nth=expected[0])
    again = sandbox.faults.add("GetCallerIdentity", "error", status=503, probability=0.5, seed=7)
    assert hits(sandbox, 16) == expected[1:]
    assert (alone.calls, again.calls, alone.hits - again.hits) == (16, 16, 1)


def test_only_good_calls_are_counted(sandbox: Running) -> None:
    rule = sandbox.faults.add("CreateBusiness", "error", status=503)
    forged = business(sandbox.url)
    forged.headers["authorization"] += "0"
    assert forged.send().status == 400
    assert alibaba(sandbox.url, "CreateBusiness", {"BusinesName": "x"}).status == 400
    assert alibaba(sandbox.url, "ListBusiness", PAGE).status == 200
    assert rule.calls == 0
    assert business(sandbox.url).send().status == 503


def test_lost_refusal_is_lost_too(proxied: Running) -> None:
    business(proxied.url).send()
    proxied.faults.add("CreateBusiness", "drop", when="after")
    assert exchange(business(proxied.url)).raw == b""


def test_a_name_may_be_that_of_two_services(sandbox: Running) -> None:
    sandbox.faults.add("fabric.ListWorkspaces", "error", status=503)
    secmaster = Draft(
        sandbox.url, "GET", f"/v1/{world.HUAWEI_PROJECT_ID}/workspaces", [("limit", "1"), ("offset", "0")]
    )
    fabric = Draft(sandbox.url, "GET", "/v1/workspaces", [("enterprise_project_id", "0")])
    issued = {"x-auth-token": token(sandbox.url)}
    for draft in (secmaster, fabric):
        draft.headers |= issued
    assert [secmaster.send().status, fabric.send().status] == [200, 503]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CreateBusiness", "write it like"),
        ("CreateBusines:html", "no operation 'CreateBusines'"),
        ("CreateBusiness:dorp", "no fault 'dorp'"),
        ("CreateBusiness:html:sideways", "before or after"),
        ("CreateBusiness:html:after:nth", "NAME=VALUE"),
        ("CreateBusiness:html:nth=0", "of at least 1"),
        ("CreateBusiness:html:nth=x", "a whole number"),
        ("CreateBusiness:html:nth=1,probability=0.5", "exclude each other"),
        ("CreateBusiness:html:probability=1.5", "from 0 to 1"),
        ("CreateBusiness:html:probability=nan", "from 0 to 1"),
        ("CreateBusiness:html:seed=1", "with probability"),
        ("CreateBusiness:html:seconds=1", "has no 'seconds'"),
        ("CreateBusiness:error:status=199", "from 200 to 599"),
        ("CreateBusiness:throttle:form=smoke", "one of x-acs-retry-after"),
        ("CreateBusiness:throttle:form=message", "what Huawei Cloud says"),
        ("CreateWorkspace:throttle:form=x-acs-retry-after", "what Alibaba Cloud says"),
        ("CreateWorkspace:quota", "what Alibaba Cloud says"),
        ("CreateBusiness:quota:code=Throttling.User", "one of Throttling.Api.Risk"),
        ("CreateBusiness:drop", "--tcp-faults"),
    ],
)
def test_rules_that_cannot_be(sandbox: Running, text: str, message: str) -> None:
    with pytest.raises(InvalidRule) as error:
        sandbox.faults.add_text(text)
    assert message in str(error.value)
    assert str(error.value).endswith(".")
    assert sandbox.faults.as_json() == []


def test_compact_form_says_all(sandbox: Running) -> None:
    rule = sandbox.faults.add_text("CreateBusiness:throttle:after:wait=2.5,form=retry-after,nth=2,times=3")
    assert rule.as_json() == {
        "id": 1,
        "operation": "CreateBusiness",
        "kind": "throttle",
        "when": "after",
        "nth": 2,
        "times": 3,
        "wait": 2.5,
        "form": "retry-after",
        "calls": 0,
        "hits": 0,
    }
    text = sandbox.faults.add_text("*:error:code=A:B,probability=0.5")
    assert (text.parameters["code"], text.when, text.seed) == ("A:B", "before", 0)


def test_choices_about_faults_are_listed() -> None:
    subjects = {each["subject"] for each in rooms.listed_choices()}
    assert {choices.FAULT_ORDER.subject, choices.LIST_LAG.subject, choices.RATE_LIMIT.subject} <= subjects


COUNTED = {
    "CreateBusiness": "dataworks.business",
    "CreateDataServiceGroup": "dataworks.group",
    "CreateTask": "bpstudio.task",
    "CreateWorkflow": "secmaster.workflow",
    "CreateWorkspace": "fabric.workspace",
}


@pytest.mark.parametrize(("operation", "kind"), COUNTED.items())
def test_replayed_bytes_are_processed_twice(sandbox: Running, operation: str, kind: str) -> None:
    sandbox.faults.add(operation, "replay", nth=1)
    reply = CREATES[operation](sandbox.url).send()
    first, copy = sandbox.requests()
    assert first["status"] in (200, 201)
    assert copy["fault"] == "the copy of a replayed call"
    made = len(sandbox.state()[kind])
    if operation == "CreateWorkflow":
        assert (reply.status, made) == (200, 2)
        assert reply.json["data"]["id"] == sandbox.state()[kind][1]["id"]
    elif operation == "CreateWorkspace":  # Its names are unique: the copy meets the first.
        assert (reply.json["error_code"], made) == (fabric_choices.DUPLICATE.value.code, 1)
    else:
        assert (reply.json["Code"], made) == ("SignatureNonceUsed", 1)
    CREATES[operation](sandbox.url).send()
    assert len(sandbox.requests()) == 3


FAILED = {
    "CreateBusiness": {"Success": False, "ErrorCode": "7", "HttpStatusCode": 200},
    "CreateTask": {"Code": "7"},
    "CreateWorkflow": {"code": "7", "success": False, "data": None},
    "CreateWorkspace": {"error_code": "7"},
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("operation", "expected"), FAILED.items())
def test_an_error_may_have_any_status_before_and_after(
    sandbox: Running, operation: str, expected: dict[str, Any], when: str
) -> None:
    sandbox.faults.add(operation, "error", when=when, status=200, code="7", message="no", nth=1)
    reply = CREATES[operation](sandbox.url).send()
    assert reply.status == 200
    assert expected.items() <= reply.json.items()
    assert (COUNTED[operation] in sandbox.state()) is (when == "after")


def test_shape_of_an_error_is_chosen(sandbox: Running) -> None:
    sandbox.faults.add("CreateBusiness", "error", status=400, code="7", shape="service")
    assert business(sandbox.url).send().json["ErrorCode"] == "7"
    sandbox.faults.add("CreateWorkspace", "error", status=404, code="7", shape="gateway")
    assert "request_id" in workspace(sandbox.url).send().json


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("ListBusiness:gateway_404", "InvalidApi.NotFound"),
        ("ListBusiness:gateway_404:code=InvalidProduct.NotFound", "InvalidProduct.NotFound"),
    ],
)
def test_bare_404_of_alibabas_gateway(sandbox: Running, rule: str, code: str) -> None:
    sandbox.faults.add_text(rule)
    reply = alibaba(sandbox.url, "ListBusiness", PAGE)
    assert (reply.status, reply.json["Code"]) == (404, code)


def test_bare_404_of_huaweis_gateway_and_of_a_web_server(sandbox: Running) -> None:
    sandbox.faults.add("fabric.ListWorkspaces", "gateway_404", nth=1)
    sandbox.faults.add("fabric.ListWorkspaces", "html_404", nth=2)
    query = {"enterprise_project_id": "0"}
    bare = huawei(sandbox.url, "GET", "/v1/workspaces", query=query)
    assert (bare.status, bare.json["error_code"]) == (404, "APIGW.0101")
    page = huawei(sandbox.url, "GET", "/v1/workspaces", query=query)
    assert (page.status, page.headers["content-type"], b"<html>" in page.body) == (404, "text/html;charset=utf-8", True)


@pytest.mark.parametrize("text", ["999999999", "-5", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", ""])
@pytest.mark.parametrize("operation", ["CreateBusiness", "CreateWorkspace"])
def test_retry_after_may_be_any_text(sandbox: Running, operation: str, text: str) -> None:
    sandbox.faults.add_text(f"{operation}:throttle:retry_after={text}")
    reply = CREATES[operation](sandbox.url).send()
    assert (reply.status, reply.headers["retry-after"]) == (429, text)
    assert "x-acs-retry-after" not in reply.headers


def test_the_header_of_alibaba_may_hold_any_text_too(sandbox: Running) -> None:
    sandbox.faults.add("CreateBusiness", "throttle", retry_after="999999999", form="x-acs-retry-after")
    assert business(sandbox.url).send().headers["x-acs-retry-after"] == "999999999"
    with pytest.raises(InvalidRule, match="printable ASCII"):
        sandbox.faults.add("CreateBusiness", "throttle", retry_after="1\r\nX: y")
