"""A workflow ("business") of DataWorks is the same thing in both API versions, whichever a task speaks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_cloudflows.errors import InvalidParameter, OutcomeUnknown
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator, DeleteBusinessOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.dataworks.delete_business import DeleteBusiness
from airflow_provider_cloudflows.transport.sockets import BlockingStream
from tests.airflow_versions import needs_state_store
from tests.operators.material import TaskInstance
from tests.operators.tries import Store, run

OLD, NEW = "2020-05-18", "2024-05-18"
PLACE: dict[str, Any] = {"project_id": world.DATAWORKS_PROJECT_ID}

each_version = pytest.mark.parametrize("version", [OLD, NEW])
there_and_back = pytest.mark.parametrize(("first", "second"), [(OLD, NEW), (NEW, OLD)])

pytestmark = pytest.mark.usefixtures("connections", "leaves_soon")


def create(**more: Any) -> CreateBusinessOperator:
    return CreateBusinessOperator(task_id="make", business_name="daily", **{**PLACE, "settle": 0, **more})


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The API versions of the requests to DataWorks, as they leave."""
    seen: set[str] = set()
    write = BlockingStream.write

    def noting(self: BlockingStream, buffer: bytes, timeout: float | None = None) -> None:
        if b"Business" in buffer:
            seen.update(found.decode() for found in re.findall(rb"x-acs-version: (\S+)", buffer))
        write(self, buffer, timeout)

    monkeypatch.setattr(BlockingStream, "write", noting)
    return seen


@each_version
def test_every_request_speaks_the_version_that_was_asked_for(version: str, spoken: set[str], sandbox: Running) -> None:
    made = run(create(api_version="{{ params.v }}"), v=version)
    assert run(create(api_version=version, if_exists="update", description="d")) == made
    assert sandbox.state()["dataworks.business"][0]["Description"] == "d"
    remove = DeleteBusinessOperator(
        task_id="remove", business_id=made, api_version=version, only_if_made=False, settle=0, **PLACE
    )
    assert run(remove) is True
    assert spoken == {version}
    asked = {entry["operation"] for entry in sandbox.requests()}
    assert asked >= {"CreateBusiness", "GetBusiness", "ListBusiness", "UpdateBusiness", "DeleteBusiness"}


def test_the_older_one_is_the_default(spoken: set[str]) -> None:
    run(create())
    assert spoken == {OLD}


@needs_state_store
@there_and_back
def test_an_id_on_record_is_handed_on_in_the_other_version(first: str, second: str, sandbox: Running) -> None:
    store = Store()
    made = run(create(api_version=first), store)
    ti = TaskInstance(task_id="make")
    assert run(create(api_version=second), store, ti) == made
    assert ti.pushed["how"]["how"] == "made"
    assert len(sandbox.state()["dataworks.business"]) == 1


@needs_state_store
@there_and_back
def test_an_intent_is_found_in_the_other_version(first: str, second: str, sandbox: Running) -> None:
    """The first try got no answer, and could not look either."""
    store = Store()
    sandbox.faults.add("CreateBusiness", "html", when="after", times=1)
    sandbox.faults.add("ListBusiness", "error", status=403, code="Forbidden.Access", nth=2)
    with pytest.raises((OutcomeUnknown, AirflowFailException)):
        run(create(api_version=first), store)
    ti = TaskInstance(task_id="make")
    made = run(create(api_version=second), store, ti)
    assert [one["BusinessId"] for one in sandbox.state()["dataworks.business"]] == [made]
    assert ti.pushed["how"]["how"] == "found"


@pytest.mark.parametrize(
    "operator", [create, lambda **more: DeleteBusinessOperator(task_id="x", business_id=1, **more)]
)
def test_another_version_fails_the_import(operator: Any) -> None:
    with pytest.raises(InvalidParameter, match="api_version='2021-01-01'"):
        operator(**PLACE, api_version="2021-01-01")


def test_the_version_is_no_parameter() -> None:
    for kind, more in ((CreateBusiness, {"business_name": "b"}), (DeleteBusiness, {"business_id": 1})):
        old, new = (kind(project_id=1, api_version=version, **more) for version in (OLD, NEW))
        first, second = (request.message("https://x", None) for request in (old, new))
        assert (first.body, first.headers["x-acs-version"]) == (second.body, OLD)
        assert second.headers["x-acs-version"] == NEW
        assert old.parameters() == new.parameters()
