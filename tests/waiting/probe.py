"""A trigger that measures the triggerer it runs in: the lag of its event loop, its size, and its connections."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_cloudflows.triggers import callers

__all__ = ["Probe"]

TICK = 0.01
REPORT = 1.0
"""Seconds between two lines of the report."""


class Probe(BaseTrigger):
    """Writes a line of JSON a second: time, waits in the loop, its lags, resident bytes, sockets to the cloud.

    :param report: the file.
    :param port: of the cloud.
    """

    def __init__(self, *, report: str, port: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.report = report
        self.port = port

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {"report": self.report, "port": self.port}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        while not await self._is_told_to_stop():
            lags, until = [], time.monotonic() + REPORT
            while time.monotonic() < until:
                started = time.perf_counter()
                await asyncio.sleep(TICK)
                lags.append(time.perf_counter() - started - TICK)
            line = {"at": time.time(), "waits": waits(), "lags": lags, "rss": rss(), "sockets": sockets(self.port)}
            await asyncio.to_thread(append, Path(self.report), json.dumps(line) + "\n")
        yield TriggerEvent(None)

    async def _is_told_to_stop(self) -> bool:
        return await asyncio.to_thread(Path(f"{self.report}.stop").exists)


def append(report: Path, line: str) -> None:
    with report.open("a") as file:
        file.write(line)


def waits() -> int:
    """How many waits the pollers of this event loop hold."""
    shared = callers._callers.get(asyncio.get_running_loop(), {})
    pollers = [caller._poller for caller in shared.values() if caller._poller is not None]
    return sum(len(group) for poller in pollers for group in poller._groups.values())


def rss() -> int:
    return int(psutil.Process().memory_info().rss)


def sockets(port: int) -> int:
    """How many connections of this process lead to ``port``."""
    open_ones = psutil.Process().net_connections(kind="tcp")
    return sum(one.status == psutil.CONN_ESTABLISHED and one.raddr.port == port for one in open_ones)
