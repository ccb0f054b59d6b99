"""Every fault against every create: one resource and its id in the same try, or the error that the table promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import LostTrack
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.transport import retry
from tests.faults.matrix import FAULTS, Fault, table
from tests.provisioning.resources import RESOURCES, DictStore, Resource, client, close_clients

DEADLINE = 0.5
PAGE = Path(__file__).parents[2] / "docs" / "promise.md"

CASES = [
    pytest.param(resource, fault, when, id=f"{resource}-{fault.title}-{when}")
    for resource in RESOURCES
    for fault in FAULTS
    if resource.cloud in fault.clouds
    for when in fault.whens
]


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


@pytest.mark.parametrize(("resource", "fault", "when"), CASES)
def test_the_promise_holds(resource: Resource, fault: Fault, when: str, misbehaving: Running) -> None:
    rule = misbehaving.faults.add(resource.operation, fault.kind, when=when, nth=1, **fault.parameters)
    timeout = 10.0 if fault.known else DEADLINE
    provisioner = Provisioner(client(resource.cloud, misbehaving.url, timeout=timeout), DictStore(), settle=0.0)
    expected = fault.raises
    if expected is None and not fault.known and not resource.findable:
        expected = LostTrack

    if expected is None:
        created = provisioner.ensure(resource.request("orders-1"))
        assert made(resource, misbehaving) == [created.resource_id]
    else:
        with pytest.raises(expected) as caught:
            provisioner.ensure(resource.request("orders-1"))
        assert len(made(resource, misbehaving)) == (when == "after")
        assert "\n" not in str(caught.value)
    assert rule.hits == 1


def test_the_documentation_shows_this_matrix() -> None:
    assert table() in PAGE.read_text()
