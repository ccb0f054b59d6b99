"""Hundreds of triggers on one event loop, as in a triggerer: they share their looks, and each learns of its end."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from airflow.triggers.base import TriggerEvent

from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.triggers import wait
from airflow_provider_cloudflows.triggers.wait import WaitTrigger
from tests.waiting.many import begin_wait, count_calls
from tests.waiting.probe import sockets, waits

WAITS = 300
POLL_INTERVAL = 0.5
LOOKS = 3
"""How often each of them looks before all runs end, at least."""


async def event_of(trigger: WaitTrigger) -> TriggerEvent:
    return await anext(trigger.run())


async def conversation(sandbox: Running, calls: Counter[str]) -> tuple[list[TriggerEvent], int, int]:
    """Let all of them wait, then end all runs; return the events, the most sockets, and the calls for the looks."""
    triggers = [WaitTrigger(**begin_wait(sandbox, POLL_INTERVAL)[1]) for _ in range(WAITS)]
    events = [asyncio.create_task(event_of(trigger)) for trigger in triggers]
    most_sockets = 0
    while waits() < WAITS or calls["all"] < LOOKS * WAITS / 100:
        most_sockets = max(most_sockets, sockets(sandbox.port))
        await asyncio.sleep(0.05)
    made = calls["all"]
    sandbox.advance(100 * 3600)
    return await asyncio.gather(*events), most_sockets, made


def test_they_share_looks_and_sockets_and_every_one_learns_of_its_end(
    connections: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait, "EARLIEST_EVENT", 0.0)
    calls = count_calls(connections)
    events, most_sockets, made = asyncio.run(asyncio.wait_for(conversation(connections, calls), 120))
    said: list[dict[str, Any]] = [event.payload for event in events]
    assert [one["error"] for one in said] == [None] * WAITS
    assert len({one["watch"]["resource_id"] for one in said}) == WAITS
    assert 0 < most_sockets <= 9  # one pool: the list, and eight reads by id at once
    assert made < WAITS * LOOKS / 10
