"""A conversation that is told to stop: its pauses end, and nothing is sent any more."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import Stopped
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.flow import Flow, Join, Stop, Wait
from airflow_provider_cloudflows.transport.message import Message
from tests.transport.servers import COLOURS, Answer, Colour, http_script, serving

colours = pytest.mark.parametrize("colour", COLOURS)
LONG = 60.0


def pausing(pause: Any) -> Flow[None]:
    yield pause


@pytest.fixture
def stop() -> Iterator[Stop]:
    """A stop that is asked in a moment."""
    stop = Stop()
    timer = threading.Timer(0.2, stop.ask)
    timer.start()
    yield stop
    timer.join()


@pytest.mark.parametrize("pause", [Wait(LONG), Join(Future(), LONG)], ids=["wait", "join"])
@colours
def test_a_pause_ends_soon(colour: Colour, pause: Any, stop: Stop) -> None:
    started = time.monotonic()
    with pytest.raises(Stopped):
        colour(Transport(), pausing(pause), stop)
    assert time.monotonic() - started < 5.0


def test_a_signal_handler_may_ask_in_the_thread_that_pauses() -> None:
    """As Airflow's handler does when a task is marked failed."""
    stop = Stop()
    before = signal.signal(signal.SIGALRM, lambda *_: stop.ask())
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        started = time.monotonic()
        with pytest.raises(Stopped):
            Transport().run(pausing(Wait(LONG)), stop)
        assert time.monotonic() - started < 5.0
    finally:
        signal.signal(signal.SIGALRM, before)


@colours
def test_nothing_is_sent_and_the_conversation_may_still_tidy_up(colour: Colour) -> None:
    seen: list[str] = []
    stop = Stop()
    stop.ask()

    def conversation(origin: str) -> Flow[str]:
        try:
            yield Message("GET", origin)
        except Stopped:
            return "tidied up"
        return "sent"

    def handler(request: Any) -> Answer:
        seen.append(request.target)
        return Answer({})

    with serving(http_script(handler)) as server:
        assert colour(Transport(), conversation(server.origin), stop) == "tidied up"
    assert seen == []
