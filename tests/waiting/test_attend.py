"""Work that waits for a word on its way gets it once, although what it shows is behind; by a service that is played."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest

from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import OutcomeUnknown, PermissionDenied
from airflow_provider_cloudflows.services.dataworks.pipeline_run import PipelineRunResource
from airflow_provider_cloudflows.waiting import waiter
from airflow_provider_cloudflows.waiting.waiter import attend, look
from airflow_provider_cloudflows.waiting.watch import Watch
from tests.services.clients import alibaba
from tests.transport.servers import COLOURS, Answer, Colour, Seen

SETTLE = 0.2
WATCH = Watch.of(PipelineRunResource({"description": "d", "object_id": "77", "project_id": 1}), "p")
DENIED = Answer({"Code": "Forbidden.Access", "Message": "no", "RequestId": "r"}, 403)
LOST = Answer(b"<html>a gateway gave up</html>", 502)


@dataclass
class Process:
    """A publishing process of one stage.

    :param lag: seconds after which it shows that the stage has begun.
    :param answers: to executions, in their order; what is left over succeeds.
    :param executed: when the stage was executed, by this machine's clock.
    """

    lag: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    executed: list[float] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Answer:
        if seen.headers["x-acs-action"] == "ExecPipelineRunStage":
            self.sent.append(dict(parse_qsl(seen.body.decode())))
            answer = self.answers.pop(0) if self.answers else Answer({"Success": True, "RequestId": "r"})
            if answer is not DENIED:
                self.executed.append(time.monotonic())
            return answer
        has_begun = bool(self.executed) and time.monotonic() - self.executed[0] >= self.lag
        stage = {"Code": "PROD", "Step": 1, "Status": "Running" if has_begun else "Init"}
        shown: dict[str, Any] = {"Id": "p", "Description": "d", "Status": "Running", "Stages": [stage]}
        return Answer({"Pipeline": shown, "RequestId": "r"})


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiter, "SETTLE", SETTLE)


@pytest.mark.parametrize("drive", COLOURS)
def test_the_word_is_given_once_although_what_is_shown_is_behind(drive: Colour) -> None:
    process = Process(lag=SETTLE / 2)
    for _ in range(2):  # as a try that is killed right after the word, and the next one
        with alibaba(process) as client:
            drive(client.transport, attend(client, WATCH))
    assert process.sent == [{"Id": "p", "Code": "PROD"}]


def test_a_look_alone_says_nothing() -> None:
    process = Process()
    with alibaba(process) as client:
        seen = client.transport.run(look(client, WATCH))
    assert (seen.outcome, process.sent) == (Outcome.RUNNING, [])


def test_a_word_that_is_refused_while_the_work_goes_on_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    class Overtaken(Process):
        """Somebody else executes the stage just before."""

        def __call__(self, seen: Seen) -> Answer:
            answer = super().__call__(seen)
            if answer is DENIED:
                self.executed.append(time.monotonic())
            return answer

    process = Overtaken(answers=[DENIED])
    with alibaba(process) as client, caplog.at_level(logging.INFO):
        assert client.transport.run(attend(client, WATCH)).outcome is Outcome.RUNNING
    assert "goes on all the same" in caplog.text


def test_a_word_that_is_refused_for_good_says_which() -> None:
    with (
        alibaba(Process(answers=[DENIED])) as client,
        pytest.raises(PermissionDenied, match="ExecPipelineRunStage PROD"),
    ):
        client.transport.run(attend(client, WATCH))


def test_a_word_whose_answer_is_lost_and_that_took_no_effect_is_for_the_next_look() -> None:
    class Deaf(Process):
        """The first execution gets lost on its way."""

        def __call__(self, seen: Seen) -> Answer:
            answer = super().__call__(seen)
            if answer is LOST:
                self.executed.clear()
            return answer

    process = Deaf(answers=[LOST])
    with alibaba(process) as client:
        with pytest.raises(OutcomeUnknown):
            client.transport.run(attend(client, WATCH))
        assert len(process.sent) == 1
        client.transport.run(attend(client, WATCH))
    assert len(process.sent) == 2
