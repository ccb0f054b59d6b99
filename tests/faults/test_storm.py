"""Forty creates against a service that takes twenty requests a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running, serve
from tests.provisioning.resources import BUSINESS, DictStore, client, close_clients

CREATES = 40
PER_SECOND = 20
AT_ONCE = 8
"""How many run at the same time, as a pool or ``max_active_tis_per_dagrun`` would have it."""

NEEDED = 3 * CREATES
"""One look, one create and one read each."""


@pytest.fixture
def narrow() -> Iterator[Running]:
    """A sandbox that lets few requests a second through."""
    with serve() as running:
        running.settings.requests_per_second = PER_SECOND
        yield running
        close_clients()


def test_all_end_with_few_calls_and_no_waves(narrow: Running, capsys: pytest.CaptureFixture[str]) -> None:
    def create(number: int) -> int | str:
        caller = client(BUSINESS.cloud, narrow.url, timeout=120.0)
        return Provisioner(caller, DictStore(), settle=0.0).ensure(BUSINESS.request(f"orders-{number:03}")).resource_id

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ids = list(pool.map(create, range(CREATES)))
    journal = narrow.requests()
    refused = Counter(_tenth(entry["time"]) for entry in journal if entry["status"] == 429)
    seconds = _seconds(journal)
    # The first second aside, when all start at once: callers that were sent away must not come back together.
    waves = [count for tenth, count in refused.items() if tenth > min(refused) + 10]
    with capsys.disabled():
        print(
            f"\n{CREATES} creates at {PER_SECOND} requests a second: {len(journal)} calls where {NEEDED} are needed, "
            f"{refused.total()} throttled, {seconds:.0f} s, at most {max(waves)} throttled in a tenth of a second",
            end="",
        )
    assert len(set(ids)) == CREATES
    assert len(journal) <= 1.5 * NEEDED
    assert max(waves) <= AT_ONCE // 2


def _tenth(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 10)


def _seconds(journal: list[dict[str, str]]) -> float:
    times = [datetime.fromisoformat(entry["time"]).timestamp() for entry in journal]
    return max(times) - min(times)
