"""The store, and what callers see when it fails or when many call at once."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_provider_cloudflows.sandbox import dataworks, rooms
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.state import Store

from .signing import alibaba, huawei

BUSINESS = {"ProjectId": "10000", "BusinessName": "daily"}


@pytest.mark.parametrize("in_file", [False, True])
def test_failed_transaction_leaves_nothing(tmp_path: Path, in_file: bool) -> None:
    store = Store(tmp_path / "state.db" if in_file else None, rooms.seed)
    before = store.dump()

    def fail() -> None:
        with store.transaction():
            store.add("fabric.workspace", "1", {"name": "half"})
            assert store.next_number("counter", 7) == 7
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert store.dump() == before
    assert store.next_number("counter", 7) == 7
    store.close()


def test_things_are_found_in_their_place_only() -> None:
    store = Store(None, lambda empty: None)
    store.add("thing", "1", {"name": "a"}, place="here")
    store.add("thing", "2", {"name": "b"}, place="there")
    assert store.get("thing", "1", place="here") == store.get("thing", "1") == {"name": "a"}
    assert store.get("thing", "1", place="there") is None
    assert store.all("thing", place="there") == [{"name": "b"}]
    assert store.all("thing") == [{"name": "a"}, {"name": "b"}]
    store.close()


def test_name_is_given_once_however_many_ask(sandbox: Running) -> None:
    def create(_: int) -> int:
        return alibaba(sandbox.url, "CreateBusiness", BUSINESS).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(16)))
    assert statuses == [200] + [dataworks.choices.DUPLICATE.value.status] * 15
    assert len(sandbox.state()["dataworks.business"]) == 1


def test_failure_of_the_sandbox_looks_like_one_of_the_cloud(caplog: pytest.LogCaptureFixture) -> None:
    with serve() as running, caplog.at_level(logging.CRITICAL):
        running.sandbox.store.close()
        business = alibaba(running.url, "CreateBusiness", BUSINESS)
        workspace = huawei(running.url, "POST", "/v1/workspaces", {"name": "lake-house"})
        codes = [entry["code"] for entry in running.requests()]
    assert (business.status, business.json["Code"]) == (500, "InternalError.System")
    assert (workspace.status, workspace.json["error_code"]) == (500, "APIGW.0601")
    assert codes == ["InternalError.System", "APIGW.0601"]
    assert business.json["RequestId"]


def test_file_is_used_again_after_serve(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with serve(state=state) as running:
        alibaba(running.url, "CreateBusiness", BUSINESS)
    with serve(state=state) as running:
        assert [each["BusinessName"] for each in running.state()["dataworks.business"]] == ["daily"]
