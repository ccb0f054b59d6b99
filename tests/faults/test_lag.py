"""A list that shows new resources late: where the promise holds, and where it ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_cloudflows.errors import AmbiguousMatch
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running, serve
from tests.provisioning.resources import WORKFLOW, DictStore, client, close_clients

SETTLE = 0.4
CREATES = 40
AT_ONCE = 10


def extras(share_of_settle: float) -> int:
    """Lose every first answer while the list lags; return how many resources there are too many."""
    with serve(tcp_faults=True) as sandbox:
        sandbox.settings.list_lag = SETTLE * share_of_settle

        def create(number: int) -> None:
            caller = client(WORKFLOW.cloud, sandbox.url)
            try:
                Provisioner(caller, DictStore(), settle=SETTLE).ensure(WORKFLOW.request(f"orders-{number:03}"))
            except AmbiguousMatch:  # a later look saw two: that is how the protocol says that the promise has ended
                assert share_of_settle > 1

        sandbox.faults.add(WORKFLOW.operation, "drop", when="after", probability=0.5, seed=3)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(create, range(CREATES)))
        close_clients()
        return count(sandbox) - CREATES


def count(sandbox: Running) -> int:
    return len(sandbox.state().get(WORKFLOW.kind, []))


@pytest.mark.parametrize("share_of_settle", [0.0, 0.5, 0.9])
def test_a_lag_within_the_settle_time_makes_no_extra(share_of_settle: float) -> None:
    assert extras(share_of_settle) == 0


def test_a_lag_beyond_the_settle_time_does(capsys: pytest.CaptureFixture[str]) -> None:
    """The promise has an end, and the harness sees it."""
    found = {share: extras(share) for share in (1.5, 2.0)}
    with capsys.disabled():
        shown = ", ".join(f"{share:g} x settle: {extra}" for share, extra in found.items())
        print(f"\nextra of {CREATES} creates with a list lag of {shown}", end="")
    assert all(extra > 0 for extra in found.values())
