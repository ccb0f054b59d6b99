"""Ends a process as the kernel's out-of-memory killer would, at a named point of what an operator does.

The kill is a SIGKILL of the real process, so nothing of it can clean up; what follows is Airflow's own retry. A process
is armed in itself, before the operator begins: by ``run_dag_processes``, or by hand. This reaches into the operators'
own code: the points are where what was sent, what was recorded and what took effect differ.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["POINTS", "UnknownPoint", "arm", "check_point", "deaths_of"]

LastWord = Callable[[], None]

POINTS = {
    "before_intent": "before anything is on record: nothing was sent",
    "after_intent": "the intent is on record, the request has not left",
    "after_send": "the request has left; nobody knows whether it arrived",
    "after_commit": "it took effect and its answer has come; nobody has read it",
    "after_job": "the job that makes it is on record, its own id is not",
    "after_record": "the id is on record; the task has not ended",
    "waiting": "in the wait of a worker for the end of what was started",
}
"""Where a process can be killed. ``after_send`` and ``after_commit`` are about the create of the task; with an
operation after a colon, such as ``after_commit:DeleteWorkflow``, about the request of that name."""

ABOUT_A_REQUEST = ("after_send", "after_commit")


class UnknownPoint(ValueError):
    """There is no such point; the message is one sentence for a person."""


def check_point(text: str) -> tuple[str, str]:
    """Return the point in ``text`` and the operation that it is about, empty for the create.

    :raises UnknownPoint: there is none of that name.
    """
    point, colon, operation = text.partition(":")
    if point not in POINTS or (colon and (point not in ABOUT_A_REQUEST or not operation)):
        raise UnknownPoint(
            f"There is no point {text!r}; the points are {', '.join(POINTS)}, and after_send or after_commit may name "
            "an operation: after_commit:DeleteWorkflow."
        )
    return point, operation


def deaths_of(plan: Path) -> Path:
    """The file in which tasks are named that died by the plan in a file."""
    return plan.with_suffix(".deaths")


def arm(text: str, last_word: LastWord = lambda: None) -> None:
    """Make this process die when it comes to the point in ``text``.

    :param last_word: called right before, to tell that it came there.
    :raises UnknownPoint: there is none of that name.
    """
    point, operation = check_point(text)

    if point == "waiting":
        _die_waiting(last_word)
    elif point in ABOUT_A_REQUEST:
        _die_reading_the_answer(last_word, operation, after_it_came=point == "after_commit")
    else:
        _die_at_a_write(last_word, point)


def die(last_word: LastWord) -> NoReturn:
    """End this process at once."""
    last_word()
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process does not get here")


def _die_waiting(last_word: LastWord) -> None:
    from airflow_provider_cloudflows.operators.waiting import WaitingOperator

    def armed(*_: object) -> NoReturn:
        die(last_word)

    WaitingOperator._wait_here = armed  # type: ignore[method-assign,assignment]


def _die_at_a_write(last_word: LastWord, point: str) -> None:
    from airflow_provider_cloudflows.operators.intent import TaskStateStore

    write: Callable[..., None] = TaskStateStore.write

    def armed(self: TaskStateStore, intent: dict[str, Any]) -> None:
        if point == "before_intent":
            die(last_word)
        write(self, intent)
        is_reached = {
            "after_intent": True,
            "after_job": intent["job"] is not None,
            "after_record": intent["resource_id"] is not None,
        }
        if is_reached[point]:
            die(last_word)

    TaskStateStore.write = armed  # type: ignore[method-assign]


def _die_reading_the_answer(last_word: LastWord, operation: str, *, after_it_came: bool) -> None:
    from airflow_provider_cloudflows.calls.client import CloudClient
    from airflow_provider_cloudflows.transport.effect import Effect
    from airflow_provider_cloudflows.transport.sockets import BlockingStream

    exchange: Callable[..., Any] = CloudClient._exchange
    read = BlockingStream.read
    is_on_its_way = False

    def armed_exchange(self: CloudClient, request: Any, *arguments: Any) -> Any:
        nonlocal is_on_its_way
        is_on_its_way = request.operation == operation if operation else request.effect is Effect.CREATE
        return (yield from exchange(self, request, *arguments))

    def armed_read(self: BlockingStream, max_bytes: int, timeout: float | None = None) -> bytes:
        if not is_on_its_way:
            return read(self, max_bytes, timeout)
        if after_it_came:
            read(self, max_bytes, timeout)
        else:
            self._flush()
        die(last_word)

    CloudClient._exchange = armed_exchange  # type: ignore[method-assign,assignment]
    BlockingStream.read = armed_read  # type: ignore[method-assign]
