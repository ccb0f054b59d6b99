"""What an answer means: the class of an error by status, code and effect, and the wait that a server asks for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AuthenticationFailed,
    Busy,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    NoAnswer,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    Repeat,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.outcome import (
    Interrupted,
    NotSent,
    Refusal,
    interrupted,
    not_sent,
    refused,
    requested_wait,
    unreadable,
)

TABLE: Mapping[str, type[CloudError]] = {
    "Throttling*": Throttled,
    "Throttling.Api.Risk": QuotaExceeded,
    "Forbidden*": PermissionDenied,
    "ForbiddenRegion*": NotFound,
    "*.Denied*": PermissionDenied,
    "Internal": ServerError,
    "Busy": Busy,
    "Taken": AlreadyExists,
    "SignatureNonceUsed": AuthenticationFailed,
}


def judge(
    status: int,
    code: str = "Other",
    effect: Effect = Effect.READ,
    message: str = "said",
    headers: Mapping[str, str] | None = None,
    http_status: int | None = None,
) -> CloudError:
    return refused(
        Refusal(status, code, message, "r-1", http_status or status),
        operation="Service Operation",
        effect=effect,
        table=TABLE,
        headers=headers or {},
    )


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "Other", InvalidRequest),
        (401, "Other", AuthenticationFailed),
        (403, "Other", PermissionDenied),
        (404, "Other", NotFound),
        (405, "Other", InvalidRequest),
        (422, "Other", InvalidRequest),
        (429, "Other", Throttled),
        # The code is stronger than the status, the exact code than a prefix, the longer prefix than the shorter.
        (400, "Throttling.User", Throttled),
        (503, "Throttling", Throttled),
        (400, "Throttling.Api.Risk", QuotaExceeded),
        (404, "Forbidden.RAM", PermissionDenied),
        (403, "ForbiddenRegion.X", NotFound),
        (400, "Some.Denied.X", PermissionDenied),
        (400, "Forbidden.Denied", PermissionDenied),
        (400, "Some.Denie", InvalidRequest),
        (409, "Taken", AlreadyExists),
        (409, "Throttling.User", Throttled),
    ],
)
def test_a_refusal_means_the_same_for_every_effect(
    status: int, code: str, kind: type[CloudError], effect: Effect
) -> None:
    assert type(judge(status, code, effect)) is kind


@pytest.mark.parametrize(
    ("effect", "kind"), [(Effect.CREATE, AlreadyExists), (Effect.IDEMPOTENT, Conflict), (Effect.READ, Conflict)]
)
def test_only_a_create_can_find_by_a_status_that_its_name_is_taken(effect: Effect, kind: type[CloudError]) -> None:
    error = judge(409, "Other", effect)
    assert type(error) is kind
    assert effect is Effect.CREATE or error.repeat is Repeat.LATER
    assert type(judge(409, "Other", effect, "the name already exists")) is AlreadyExists, "a rename may find it, too"


WAIT = {"x-acs-retry-after": "1500"}


@pytest.mark.parametrize("effect", [Effect.READ, Effect.IDEMPOTENT])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500, 503])
@pytest.mark.parametrize("code", ["Other", "Forbidden.RAM", "Internal", "Busy", "Throttling.Api.Risk", "Taken"])
def test_a_server_that_says_when_to_come_back_throttles_whatever_its_code(
    status: int, code: str, effect: Effect
) -> None:
    error = judge(status, code, effect, headers=WAIT)
    assert isinstance(error, Throttled)
    assert (error.wait, error.code, error.status) == (1.5, code, status)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "Other", Throttled),
        (403, "Forbidden.RAM", Throttled),
        (429, "Throttling.Api.Risk", Throttled),
        # What leaves it open whether something was made stays open, whenever the server wants us back.
        (500, "Other", OutcomeUnknown),
        (503, "Other", OutcomeUnknown),
        (408, "Other", OutcomeUnknown),
        (400, "Internal", OutcomeUnknown),
        (403, "Busy", OutcomeUnknown),
        (400, "SignatureNonceUsed", OutcomeUnknown),
        (409, "Other", OutcomeUnknown),
        (200, "Other", OutcomeUnknown),
        # A code that the vendor lists decides; a failing server does not make it a throttle.
        (500, "Forbidden.RAM", PermissionDenied),
    ],
)
def test_a_create_is_throttled_only_where_nothing_speaks_for_an_effect(
    status: int, code: str, kind: type[CloudError]
) -> None:
    error = judge(status, code, Effect.CREATE, headers=WAIT)
    assert type(error) is kind
    if isinstance(error, OutcomeUnknown):
        assert error.refused_as is None, "it passes, so a look that shows nothing is no end"


def test_a_failure_that_a_document_states_keeps_a_create_open_too() -> None:
    assert type(judge(500, "Forbidden.RAM", Effect.CREATE, headers=WAIT, http_status=400)) is PermissionDenied
    assert type(judge(500, "Other", Effect.CREATE, headers=WAIT, http_status=200)) is OutcomeUnknown


@pytest.mark.parametrize("value", ["0", "-5", "", "soon", "1.5"])
def test_what_is_no_wait_is_no_throttle(value: str) -> None:
    assert type(judge(400, headers={"x-acs-retry-after": value})) is InvalidRequest


@pytest.mark.parametrize(("status", "put_off"), [(413, True), (429, True), (503, True), (400, False), (500, False)])
def test_retry_after_puts_off_where_the_standard_defines_it(status: int, put_off: bool) -> None:
    for value in ("7", formatdate(time.time() + 7, usegmt=True)):
        assert isinstance(judge(status, headers={"retry-after": value}), Throttled) is put_off
    expected = OutcomeUnknown if status >= 500 else Throttled if put_off else InvalidRequest
    assert type(judge(status, effect=Effect.CREATE, headers={"retry-after": "7"})) is expected


@pytest.mark.parametrize("effect", Effect)
def test_a_failure_that_no_table_lists_refuses_no_create_where_http_says_success(effect: Effect) -> None:
    error = judge(200, "Other", effect)
    assert type(error) is (OutcomeUnknown if effect is Effect.CREATE else InvalidRequest)
    assert not isinstance(error, OutcomeUnknown) or error.refused_as is InvalidRequest


@pytest.mark.parametrize(("status", "certain"), [(400, False), (404, False), (401, True), (403, True), (429, True)])
def test_a_status_alone_refuses_only_at_the_door(status: int, certain: bool) -> None:
    assert judge(status, "Other", Effect.CREATE).is_certain is certain
    assert judge(400, "Forbidden.RAM", Effect.CREATE).is_certain


@pytest.mark.parametrize("effect", Effect)
def test_a_signature_that_was_seen_before_proves_that_a_create_arrived(effect: Effect) -> None:
    kind = OutcomeUnknown if effect is Effect.CREATE else AuthenticationFailed
    assert type(judge(400, "SignatureNonceUsed", effect)) is kind


@pytest.mark.parametrize("effect", Effect)
def test_a_busy_service_leaves_a_create_unknown(effect: Effect) -> None:
    assert type(judge(403, "Busy", effect)) is (OutcomeUnknown if effect is Effect.CREATE else Busy)


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize(("status", "code"), [(500, "x"), (502, "x"), (504, "x"), (408, "x"), (400, "Internal")])
def test_a_failure_of_the_server_leaves_a_create_unknown(status: int, code: str, effect: Effect) -> None:
    kind = OutcomeUnknown if effect is Effect.CREATE else ServerError
    assert type(judge(status, code, effect)) is kind


@pytest.mark.parametrize(
    "message",
    [
        "The business name already exists.",
        "workspace name is duplicated: duplicated name",
        "The name daily_etl is a duplicate.",
        "name already in use",
    ],
)
def test_a_taken_name_is_told_by_the_message_alone(message: str) -> None:
    assert type(judge(400, message=message)) is AlreadyExists
    assert type(judge(403, message=message)) is PermissionDenied
    assert type(judge(400, message="The name must not be empty.")) is InvalidRequest


@pytest.mark.parametrize(("effect", "kind"), [(Effect.CREATE, OutcomeUnknown), (Effect.IDEMPOTENT, NoAnswer)])
def test_without_an_answer_only_a_create_is_unknown(effect: Effect, kind: type[CloudError]) -> None:
    assert type(interrupted(Interrupted("cut"), operation="o", effect=effect)) is kind
    assert type(unreadable("html", operation="o", effect=effect, status=200)) is kind


def test_what_was_not_sent_had_no_effect_whatever_it_was() -> None:
    error = not_sent(NotSent("refused\nby the peer"), operation="Service Operation")
    assert type(error) is ConnectionFailed
    assert error.sentence() == (
        "Service Operation could not connect: refused by the peer; "
        "check the region, the endpoint, the proxy and the network."
    )


def test_an_answer_of_something_else_sends_the_reader_to_the_endpoint() -> None:
    error = unreadable("the answer is not JSON", operation="o", effect=Effect.CREATE, status=502)
    assert "check that the endpoint in the connection is the service itself, then look in the console" in str(error)


def test_a_refusal_keeps_what_support_asks_for() -> None:
    error = judge(400, "Some.Code")
    assert (error.status, error.code, error.message, error.request_id) == (400, "Some.Code", "said", "r-1")
    assert error.operation == "Service Operation"


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({}, "", None),
        ({}, "slow down", None),
        ({"x-acs-retry-after": "1500"}, "", 1.5),
        ({"x-acs-retry-after": "1500", "retry-after": "9"}, "", 1.5),
        ({"x-acs-retry-after": "soon", "retry-after": "9"}, "", 9.0),
        ({"retry-after": "0"}, "", 0.0),
        ({"retry-after": " 7 "}, "", 7.0),
        ({"retry-after": "-7"}, "", None),
        ({"retry-after": "later"}, "", None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, "", 0.0),
        ({"x-ratelimit-user-api": "Limit:5,Remain:0,TimeLeft:800,Reset:1"}, "", 0.8),
        ({"x-ratelimit-user": "Limit:5, Remain:0, TimeLeft: 800"}, "", 0.8),
        ({"x-ratelimit-user-api": "TimeLeft:800", "x-ratelimit-user": "TimeLeft:900"}, "", 0.8),
        ({"x-ratelimit-user-api": "Limit:5,Remain:0"}, "", None),
        ({}, "policy user over ratelimit,limit:60,time:1 minute", 60.0),
        ({}, "over ratelimit,limit:10,time:10 second", 10.0),
        ({}, "over ratelimit,limit:10,time:2 hour", 7200.0),
        ({}, "policy domain over ratelimit, limit:1000, time:1 day", 86400.0),
        ({"retry-after": "3"}, "limit:60,time:1 minute", 3.0),
        ({"x-acs-retry-after": "0"}, "", None),
        ({"x-acs-retry-after": "0", "retry-after": "3"}, "", 3.0),
        # No wait at all, however much it looks like a number.
        ({"x-acs-retry-after": "²"}, "", None),
        ({"retry-after": "²"}, "", None),
        ({"x-acs-retry-after": "9" * 400}, "", None),
        ({"retry-after": "9" * 5000}, "", None),
        ({"x-ratelimit-user": f"TimeLeft:{'9' * 5000}"}, "", None),
        ({}, f"time:{'9' * 250} minute", None),
    ],
)
def test_the_wait_that_a_server_asks_for(headers: Mapping[str, str], message: str, wait: float | None) -> None:
    assert requested_wait(headers, message) == wait


def test_a_date_is_a_wait_from_now_on() -> None:
    wait = requested_wait({"retry-after": formatdate(time.time() + 100, usegmt=True)}, "")
    assert wait is not None
    assert 95 < wait <= 100


@given(
    st.dictionaries(
        st.sampled_from(["x-acs-retry-after", "retry-after", "x-ratelimit-user-api", "x-ratelimit-user"]),
        st.text(max_size=30) | st.from_regex(r"TimeLeft:\s*\d+|\d+|[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+"),
    ),
    st.text(max_size=30) | st.from_regex(r"time:\s*\d+\s*(second|minute|hour)"),
)
def test_no_header_is_too_strange(headers: dict[str, str], message: str) -> None:
    wait = requested_wait(headers, message)
    assert wait is None or 0 <= wait < float("inf")


def test_a_throttled_call_carries_the_wait() -> None:
    error = refused(
        Refusal(429, "Throttling.User", "slow down", None, 429),
        operation="Service Operation",
        effect=Effect.CREATE,
        table=TABLE,
        headers={"retry-after": "30"},
    )
    assert isinstance(error, Throttled)
    assert error.wait == 30
    assert error.sentence() == (
        "Service Operation was throttled (HTTP 429, code Throttling.User): slow down; try again in 30 seconds."
    )
