"""What exists and existed: by cloud and service, with who made and changed it, in which request, and how it ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import history, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, begun
from airflow_provider_cloudflows.sandbox.history import Cause
from airflow_provider_cloudflows.sandbox.inventory import FAMILIES, title_of
from airflow_provider_cloudflows.sandbox.resources import InvalidResource
from airflow_provider_cloudflows.sandbox.rooms import RESOURCES
from airflow_provider_cloudflows.sandbox.state import Store

from .signing import Draft, Reply, alibaba, get, huawei
from .test_courses import Fabric

BUSINESS = {"ProjectId": "10000", "BusinessName": "daily"}


def listed(sandbox: Running, kind: str) -> list[Any]:
    return [each for each in get(sandbox.url, "/_sandbox/inventory").json["resources"] if each["kind"] == kind]


def told(sandbox: Running, kind: str, place: int = -1) -> Any:
    return get(sandbox.url, f"/_sandbox/inventory/{listed(sandbox, kind)[place]['number']}").json


def post(sandbox: Running, path: str, body: Any) -> Reply:
    headers = {"content-type": "application/json"}
    return Draft(sandbox.url, "POST", f"/_sandbox/{path}", headers=headers, body=json.dumps(body).encode()).send()


def test_a_resource_tells_its_whole_life(sandbox: Running) -> None:
    made = alibaba(sandbox.url, "CreateBusiness", BUSINESS).json
    changed = alibaba(
        sandbox.url,
        "UpdateBusiness",
        {"ProjectId": "10000", "BusinessId": str(made["BusinessId"]), "Description": "Sales"},
    ).json
    gone = alibaba(sandbox.url, "DeleteBusiness", {"ProjectId": "10000", "BusinessId": str(made["BusinessId"])}).json
    one = told(sandbox, "dataworks.business")
    assert (one["cloud"], one["service"], one["title"], one["name"]) == ("alibaba", "DataWorks", "Business", "daily")
    assert one["removed"] is not None
    assert [(line["what"], line["by"], line["request_id"]) for line in one["history"]] == [
        ("made", "DataWorks CreateBusiness", made["RequestId"]),
        ("changed", "DataWorks UpdateBusiness", changed["RequestId"]),
        ("removed", "DataWorks DeleteBusiness", gone["RequestId"]),
    ]
    assert one["history"][1]["changes"]["Description"] == ["", "Sales"]
    touched = [get(sandbox.url, f"/_sandbox/requests/{number}").json["touched"] for number in (1, 2, 3)]
    assert [[(each["event"], each["number"]) for each in found] for found in touched] == [
        [("made", one["number"])],
        [("changed", one["number"])],
        [("removed", one["number"])],
    ]


def test_what_is_there_from_birth_says_so(sandbox: Running) -> None:
    assert all(each["is_born"] for each in get(sandbox.url, "/_sandbox/inventory").json["resources"])
    sandbox.insert("dataworks.business", ProjectId=10000, BusinessName="by hand")
    (one,) = listed(sandbox, "dataworks.business")
    assert (one["is_born"], one["made_by"]) == (False, history.PERSON.by)
    sandbox.events.add("ListBusiness", "remove", "dataworks.business", id="oldest")
    alibaba(sandbox.url, "ListBusiness", {"ProjectId": "10000", "PageNumber": "1", "PageSize": "10"})
    assert told(sandbox, "dataworks.business")["history"][-1]["by"] == history.EVENT.by


def test_every_kind_has_a_cloud_a_service_and_a_name(sandbox: Running) -> None:
    families = {kind.partition(".")[0] for kind in (*RESOURCES, *sandbox.state())}
    assert families <= {*FAMILIES, "issued", "metadata"}
    assert len({title_of(kind) for kind in RESOURCES if kind.startswith("dataworks.")}) == len(
        [kind for kind in RESOURCES if kind.startswith("dataworks.")]
    )


def test_a_run_tells_when_it_began_and_how_it_ended(sandbox: Running) -> None:
    fabric = Fabric(sandbox)
    sandbox.courses.add("fabric.job_run", seconds=3600.0, ending="bad", reason="no such table", times=0)
    run = fabric.run()
    shown = told(sandbox, "fabric.job_run")
    assert (shown["state"], shown["goes_on"], shown["outcome"]) == ("RUNNING", True, "")
    fabric.states(run, 3)
    assert [line["what"] for line in told(sandbox, "fabric.job_run")["history"]] == ["made"]
    sandbox.advance(3600)
    over = told(sandbox, "fabric.job_run")
    assert (over["state"], over["goes_on"], over["outcome"]) == ("FAILED", False, "bad")
    assert [line["what"] for line in over["history"]] == ["made", "ended: FAILED, no such table"]
    stopped = fabric.run()
    assert fabric.cancel(stopped).status == 200
    assert [line["what"] for line in told(sandbox, "fabric.job_run")["history"]][1] == "told to stop"
    assert told(sandbox, "fabric.job_run")["outcome"] == "stopped"


@pytest.mark.parametrize(("ending", "state"), [("good", "SUCCEEDED"), ("bad", "FAILED")])
def test_work_is_ended_by_hand_for_whoever_looks(sandbox: Running, ending: str, state: str) -> None:
    fabric = Fabric(sandbox)
    sandbox.courses.add("fabric.job_run", ending="never", begun_looks=5)
    run = fabric.run()
    assert fabric.state(run) == "PENDING"
    ended = post(sandbox, f"resources/fabric.job_run/{run}/end", {"ending": ending, "reason": "enough"})
    assert (ended.status, ended.json["status"]) == (200, state)
    assert fabric.state(run) == state
    again = post(sandbox, f"resources/fabric.job_run/{run}/end", {})
    assert again.status == 400
    assert "is over" in again.json["error"]
    said = "told to finish now" if ending == "good" else "told to fail now"
    assert [line["what"] for line in told(sandbox, "fabric.job_run")["history"]] == [
        "made",
        said,
        f"ended: {state}, enough",
    ]


@pytest.mark.parametrize("kind", [kind for kind, (_, resource) in RESOURCES.items() if resource.words is not None])
def test_all_work_can_be_ended_by_hand(sandbox: Running, kind: str) -> None:
    resource, store = RESOURCES[kind][1], sandbox.sandbox.store
    place: dict[str, Any] = {resource.place: 10000 if resource.place == "ProjectId" else "place"}
    number = str(sandbox.insert(kind, **(place if resource.place else {}))[resource.id])
    document = store.get(kind, number) or {}
    store.update(kind, number, document | {COURSE: begun(store.now(), Script(ending="never"))})
    assert resource.words is not None
    ended = sandbox.end(kind, number, "bad", "by hand")
    assert ended[resource.words.field] == resource.words.bad
    assert not told(sandbox, kind)["goes_on"]


def test_all_work_that_goes_on_is_ended_at_once_and_what_is_over_stays_as_it_is(sandbox: Running) -> None:
    fabric = Fabric(sandbox)
    sandbox.courses.add("fabric.job_run", ending="never", times=0)
    over, *going = fabric.run(), fabric.run(), fabric.run()
    sandbox.end("fabric.job_run", over)
    sandbox.advance(5)  # so that the endpoint has started
    ended = post(sandbox, "end", {"ending": "bad", "reason": "enough"})
    assert [each["id"] for each in ended.json["ended"]] == going
    assert [fabric.state(run) for run in (over, *going)] == ["SUCCEEDED", "FAILED", "FAILED"]
    assert post(sandbox, "end", {}).json == {"ended": []}
    assert post(sandbox, "end", {"ending": "never"}).status == 400


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("dataworks.business/1", {}, 400, "does not go on by itself"),
        ("fabric.job_run/none", {}, 404, "no fabric.job_run"),
        ("nothing/1", {}, 404, "no kind"),
        ("fabric.job_run/none", {"ending": "never"}, 400, "good or bad"),
        ("fabric.job_run/none", {"now": True}, 400, "ending"),
    ],
)
def test_what_cannot_be_ended_is_explained(sandbox: Running, path: str, body: Any, status: int, message: str) -> None:
    reply = post(sandbox, f"resources/{path}/end", body)
    assert (reply.status, message in reply.json["error"]) == (status, True)


def test_work_that_was_not_started_cannot_be_ended(sandbox: Running) -> None:
    with pytest.raises(InvalidResource, match="was not started"):
        sandbox.end("dataworks.di_job", world.DATAWORKS_DI_JOB_ID)


def test_what_was_rolled_back_was_never_told() -> None:
    store = Store(None, lambda empty: None).by(Cause("a test"))
    store.add("thing", "1", {"name": "a"})

    def fail() -> None:
        with store.transaction():
            store.update("thing", "1", {"name": "b"})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    store.update("thing", "1", {"name": "a"})
    store.update("thing", "1", {"name": "c", "inner": {"x": 1}})
    (one,) = store.kept()
    assert [(line.event, line.by, line.changes) for line in store.history(one.sequence)] == [
        ("made", "a test", {}),
        ("changed", "a test", {"name": ["a", "c"], "inner.x": [None, 1]}),
    ]
    store.forget("thing", "1")
    assert store.history(one.sequence) == []
    store.close()


def test_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_provider_cloudflows.sandbox.state.MOST_LINES", 10)
    store = Store(None, lambda empty: None)
    store.add("thing", "1", {"n": 0})
    for number in range(1, 50):
        store.update("thing", "1", {"n": number})
    (one,) = store.kept()
    lines = store.history(one.sequence)
    assert [line.changes["n"][1] for line in lines[1:]] == list(range(40, 50))
    store.close()


def test_history_survives_a_restart_and_not_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with serve(state=file) as first:
        alibaba(first.url, "CreateBusiness", BUSINESS)
        first.alter("dataworks.business", "oldest", Description="later")
    with serve(state=file) as second:
        assert [line["what"] for line in told(second, "dataworks.business")["history"]] == ["made", "changed"]
        second.reset()
        assert listed(second, "dataworks.business") == []
        huawei(second.url, "POST", "/v1/workspaces", {"name": "lake"})
        assert [line["what"] for line in told(second, "fabric.workspace")["history"]] == ["made"]


def test_a_number_of_before_a_reset_never_means_something_else(sandbox: Running) -> None:
    sandbox.insert("dataworks.business", ProjectId=10000, BusinessName="before")
    number = sandbox.sandbox.inventory.listing()[-1]["number"]
    sandbox.reset()
    sandbox.insert("dataworks.business", ProjectId=10000, BusinessName="after")
    assert sandbox.sandbox.inventory.detail(number) is None
    assert sandbox.sandbox.inventory.listing()[-1]["number"] > number
