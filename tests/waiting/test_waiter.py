"""One wait, on real sockets, blocking and on an event loop."""

from __future__ import annotations

import logging

import pytest

from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import ConfigurationError, InvalidRequest, PermissionDenied, WaitTimedOut
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.waiting import waiter
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.waiter import cancel, look, wait
from tests.transport.servers import COLOURS, Answer, Colour
from tests.waiting.cloud import Runs, secmaster, watch_of

SOON = Pace(0.01)
DENIED = Answer(status=403, body=b'{"code": "SecMaster.20010001", "message": "x", "error_code": "APIGW.0302"}')
BUSY = Answer(status=503, body=b"<html>try later</html>")


@pytest.mark.parametrize("drive", COLOURS)
def test_it_ends_when_the_run_does(drive: Colour, caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs({"r": ["CREATED", "RUNNING", "RUNNING", "FINISHED"]})
    with secmaster(runs) as client, caplog.at_level(logging.INFO):
        seen = drive(client.transport, wait(client, watch_of("r"), SOON, 10))
    assert (seen.outcome, seen.state) == (Outcome.GOOD, "FINISHED")
    assert runs.calls == {"show": 4}
    said = [record.getMessage() for record in caplog.records if "after" in record.getMessage()]
    assert [line.split(" after")[0] for line in said] == [
        "workflow instance r is CREATED",
        "workflow instance r is RUNNING",
        "workflow instance r is FINISHED",
    ]


def test_a_bad_end_says_what_the_steps_said() -> None:
    runs = Runs({"r": ["FAILED"]}, reasons={"r": "the\n\tfirewall\x1bsaid no\r\n"})
    with secmaster(runs) as client:
        seen = client.transport.run(look(client, watch_of("r")))
    assert (seen.outcome, seen.state, seen.reason) == (Outcome.BAD, "FAILED", "Block: the firewall said no")


def test_a_state_that_nobody_has_heard_of_goes_on() -> None:
    runs = Runs({"r": ["DREAMING", "FINISHED"]})
    with secmaster(runs) as client:
        assert client.transport.run(wait(client, watch_of("r"), SOON, 10)).state == "FINISHED"
    assert runs.calls["show"] == 2


def test_the_end_of_the_time_is_said_with_the_last_state() -> None:
    with (
        secmaster(Runs({"r": ["RUNNING"]})) as client,
        pytest.raises(WaitTimedOut, match=r"workflow instance r was not over after 0\.05 s, and last seen as RUNNING"),
    ):
        client.transport.run(wait(client, watch_of("r"), SOON, 0.05))


def test_a_service_that_hiccups_ends_no_wait() -> None:
    runs = Runs({"r": ["FINISHED"]}, refusals=[BUSY] * 5)  # a call tries four times by itself
    with secmaster(runs) as client:
        assert client.transport.run(wait(client, watch_of("r"), SOON, 30)).state == "FINISHED"


def test_a_refusal_ends_a_wait_when_it_comes_three_times() -> None:
    once = Runs({"r": ["FINISHED"]}, refusals=[DENIED] * 2)
    with secmaster(once) as client:
        assert client.transport.run(wait(client, watch_of("r"), SOON, 10)).state == "FINISHED"
    always = Runs({"r": ["FINISHED"]}, refusals=[DENIED] * 3)
    with secmaster(always) as client, pytest.raises((PermissionDenied, InvalidRequest)):
        client.transport.run(wait(client, watch_of("r"), SOON, 10))
    assert always.calls["show"] == 3


def test_a_credential_that_cannot_be_had_for_a_moment_ends_no_wait() -> None:
    runs = Runs({"r": ["FINISHED"]})
    with secmaster(runs) as client:
        sign, failures = client.signer.sign, iter([ConfigurationError("The file is no JSON.")] * 2)

        def sign_later(message: Message) -> Flow[None]:
            for failure in failures:
                raise failure
            return sign(message)

        client.signer.sign = sign_later  # type: ignore[method-assign]
        assert client.transport.run(wait(client, watch_of("r"), SOON, 10)).state == "FINISHED"


def test_a_run_that_is_certainly_not_there_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiter, "SETTLE", 0.01)
    with secmaster(Runs()) as client:
        assert client.transport.run(look(client, watch_of("r"))).outcome is Outcome.GONE


def test_a_wait_for_its_end_ends_when_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiter, "SETTLE", 0.01)
    watch = watch_of("r", target="gone")
    with secmaster(Runs()) as client:
        seen = client.transport.run(wait(client, watch, SOON, 10))
    assert watch.is_met(seen)


def test_a_cancelled_run_is_looked_at_once_more(caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs({"r": ["RUNNING"]})
    with secmaster(runs) as client, caplog.at_level(logging.INFO):
        seen = client.transport.run(cancel(client, watch_of("r").resource(), "r"))
    assert seen is not None
    assert seen.state == "TERMINATED"
    assert runs.calls == {"PUT": 1, "show": 1}
    assert "workflow instance r is TERMINATED after it was told to stop." in caplog.text


def test_a_cancel_that_is_refused_is_said_and_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs({"r": ["RUNNING"]}, refusals=[DENIED])
    with secmaster(runs) as client:
        seen = client.transport.run(cancel(client, watch_of("r").resource(), "r"))
    assert seen is not None
    assert seen.state == "RUNNING"
    assert "workflow instance r may go on: [CF203] SecMaster UpdateWorkflowInstance" in caplog.text
