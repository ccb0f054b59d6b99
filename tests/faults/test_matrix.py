"""Every fault against every create: one resource and its id in the same try, or the error that the table promises."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import CloudflowsError, LostTrack
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.transport import retry
from tests.faults.matrix import FAULTS, Fault, table
from tests.provisioning.resources import RESOURCES, DictStore, Resource, client, close_clients

DEADLINE = 1.5
"""Seconds; a busy machine may take one of them for a connection."""
LASTING = {"silence", "slow_headers", "slow_body", "endless_body"}
"""Faults that last until the deadline."""
PAGE = Path(__file__).parents[2] / "docs" / "promise.md"

CASES = [pytest.param(fault, when, id=f"{fault.title}-{when}") for fault in FAULTS for when in fault.whens]


@pytest.fixture(scope="module")
def misbehaving() -> Iterator[Running]:
    """A sandbox whose connections can break; shared, because most of a test's time would be its start."""
    with serve(tcp_faults=True) as running:
        yield running
        close_clients()


@pytest.fixture(autouse=True)
def newborn(misbehaving: Running) -> Iterator[None]:
    """Every test starts at birth."""
    misbehaving.reset()
    yield
    close_clients()


@pytest.fixture(autouse=True)
def short_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that a server names stay as they are; the random part shrinks."""
    monkeypatch.setattr(retry, "THROTTLED_SPREAD", 0.05)


def made(resource: Resource, sandbox: Running) -> list[Any]:
    return [document[resource.id_field] for document in sandbox.state().get(resource.kind, [])]


@pytest.mark.parametrize(("fault", "when"), CASES)
def test_the_promise_holds(fault: Fault, when: str, misbehaving: Running) -> None:
    """For all resources at once, since half of the faults last until the deadline."""
    resources = [resource for resource in RESOURCES if resource.cloud in fault.clouds]
    with ThreadPoolExecutor(len(resources)) as pool:
        broken = list(pool.map(lambda resource: broken_promise(resource, fault, when, misbehaving), resources))
    assert broken == [None] * len(resources)


def broken_promise(resource: Resource, fault: Fault, when: str, misbehaving: Running) -> str | None:
    """Create one of ``resource`` with the fault in the way; return what was promised and is not so, or None."""
    rule = misbehaving.faults.add(resource.operation, fault.kind, when=when, nth=1, **fault.parameters)
    timeout = DEADLINE if fault.kind in LASTING else 10.0
    provisioner = Provisioner(client(resource.cloud, misbehaving.url, timeout=timeout), DictStore(), settle=0.0)
    expected = fault.raises
    if expected is None and not fault.known and not resource.findable:
        expected = LostTrack
    try:
        created = provisioner.ensure(resource.request("orders-1"))
        ended, ids = None, [created.resource_id]
    except CloudflowsError as failure:
        ended, ids = failure, []
    if type(ended) is not (expected or type(None)) or "\n" in str(ended):
        return f"{resource} ends with {ended!r}"
    there = made(resource, misbehaving)
    if there != ids if expected is None else len(there) != (when == "after"):
        return f"{resource} returned {ids} and {there} exist"
    return None if rule.hits == 1 else f"{resource} met the fault {rule.hits} times"


def test_the_documentation_shows_this_matrix() -> None:
    assert table() in PAGE.read_text()
