"""What other people do to resources: removed, altered, inserted, at once or between pages; ids end for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.events import InvalidEvent
from airflow_provider_cloudflows.sandbox.resources import InvalidResource, UnknownResource

from .signing import Draft, Reply, alibaba, get, huawei, workspace_path
from .test_rules import GROUP, TASK

IN_PROJECT = {"ProjectId": "10000"}
# For each kind: fields to insert one, a field to alter, and a way to read it by its id.
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "dataworks.business": ({"BusinessName": "x", "ProjectId": 10000}, "BusinessName"),
    "dataworks.group": ({"GroupName": "x", "ProjectId": 10000}, "GroupName"),
    "dataworks.workflow": ({"Name": "x", "ProjectId": 10001}, "Name"),
    "bpstudio.task": ({"Name": "x"}, "Name"),
    "secmaster.workflow": (
        {"name": "x", "workspace_id": world.SECMASTER_WORKSPACE_ID, "project_id": world.HUAWEI_PROJECT_ID},
        "name",
    ),
    "fabric.workspace": ({"name": "lake-house", "project_id": world.HUAWEI_PROJECT_ID}, "name"),
}


def send(url: str, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Reply:
    headers = {"content-type": content_type} if content_type else {}
    return Draft(url, method, path, headers=headers, body=b"" if body is None else json.dumps(body).encode()).send()


def read(url: str, kind: str, document: dict[str, Any], now: float | None = None) -> dict[str, Any] | None:
    """What a client sees of a resource by its id; None when the service says that it is gone."""
    found: dict[str, Any] | None
    if kind == "dataworks.business":
        reply = alibaba(url, "GetBusiness", IN_PROJECT | {"BusinessId": str(document["BusinessId"])}, now=now)
        found = reply.json.get("Data")
    elif kind == "dataworks.group":
        found = alibaba(url, "GetDataServiceGroup", IN_PROJECT | {"GroupId": document["GroupId"]}, now=now).json.get(
            "Group"
        )
    elif kind == "dataworks.workflow":
        reply = alibaba(url, "GetWorkflow", query={"Id": id_of(document)}, method="GET", version="2024-05-18", now=now)
        found = reply.json.get("Workflow")
    elif kind == "bpstudio.task":
        found = alibaba(url, "GetTask", {"TaskId": str(document["Id"])}, now=now).json.get("Data")
    elif kind == "secmaster.workflow":
        found = huawei(url, "GET", workspace_path(f"/soc/workflows/{document['id']}"), now=now).json.get("data")
    else:
        query = {"enterprise_project_id": "0", "id": document["id"]}
        found = next(iter(huawei(url, "GET", "/v1/workspaces", query=query, now=now).json["workspaces"]), None)
    return found


def id_of(document: dict[str, Any]) -> str:
    return str(next(document[name] for name in ("BusinessId", "GroupId", "Id", "id") if name in document))


@pytest.mark.parametrize("kind", KINDS)
def test_resource_is_inserted_altered_and_removed_by_hand(sandbox: Running, kind: str) -> None:
    fields, name = KINDS[kind]
    made = send(sandbox.url, "POST", f"/_sandbox/resources/{kind}", fields)
    assert made.status == 201
    seen = read(sandbox.url, kind, made.json)
    assert seen is not None
    assert seen[name] == fields[name]
    path = f"/_sandbox/resources/{kind}/{id_of(made.json)}"
    assert send(sandbox.url, "PATCH", path, {name: "renamed"}).status == 200
    seen = read(sandbox.url, kind, made.json)
    assert seen is not None
    assert seen[name] == "renamed"
    assert send(sandbox.url, "DELETE", path).status == 200
    assert read(sandbox.url, kind, made.json) is None
    (removed,) = get(sandbox.url, "/_sandbox/removed").json["removed"]
    assert (removed["kind"], removed["id"]) == (kind, id_of(made.json))
    assert send(sandbox.url, "DELETE", path).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "dataworks.table", {}, 404, "the kinds are dataworks.business"),
        ("POST", "dataworks.business", {"BusinessName": "x"}, 400, "needs ProjectId"),
        ("POST", "dataworks.business", {"ProjectId": "10000"}, 400, "must be of type int, not str"),
        ("POST", "dataworks.business", {"ProjectId": 10000, "BusinessId": 7}, 400, "fields of dataworks.business"),
        ("POST", "dataworks.business?account=1", {"ProjectId": 10000}, 400, "account must be one of"),
        ("POST", "dataworks.business", [], 400, "JSON object"),
        ("PATCH", "dataworks.business/1", {"BusinessName": "x"}, 404, "no dataworks.business with the id '1'"),
        ("PATCH", "dataworks.business/1", {"ProjectId": 10001}, 400, "cannot change"),
    ],
)
def test_changes_that_cannot_be(sandbox: Running, method: str, path: str, body: Any, status: int, says: str) -> None:
    path, _, query = path.partition("?")
    draft = Draft(
        sandbox.url,
        method,
        f"/_sandbox/resources/{path}",
        [("account", "1")] if query else [],
        {"content-type": "application/json"},
        json.dumps(body).encode(),
    )
    reply = draft.send()
    assert (reply.status, says in reply.json["error"]) == (status, True)


def test_a_form_of_another_site_changes_nothing(sandbox: Running) -> None:
    for method, path in (
        ("POST", "resources/bpstudio.task"),
        ("PATCH", "resources/bpstudio.task/1"),
        ("POST", "events"),
    ):
        assert send(sandbox.url, method, f"/_sandbox/{path}", {}, "text/plain").status == 415
    assert sandbox.removed() == []


def created(url: str) -> list[str]:
    """The ids of one new resource of each kind whose ids are counted."""
    return [
        str(alibaba(url, "CreateBusiness", IN_PROJECT | {"BusinessName": "daily"}).json["BusinessId"]),
        alibaba(url, "CreateDataServiceGroup", GROUP).json["GroupId"],
        str(alibaba(url, "CreateTask", TASK).json["Data"]),
    ]


def test_ids_never_come_again(tmp_path: Path) -> None:
    seen: list[str] = []
    for _ in range(2):
        with serve(state=tmp_path / "state.db") as running:
            seen += created(running.url)
            for kind in ("dataworks.business", "dataworks.group", "bpstudio.task"):
                running.remove(kind, "newest")
            seen += created(running.url)
            running.reset()
            seen += created(running.url)
            running.remove("dataworks.business", "newest")
    assert len(seen) == len(set(seen)) == 18


def pages(url: str, size: int = 2) -> list[list[str]]:
    """The names on both pages of the businesses."""
    found = []
    for number in ("1", "2"):
        page = IN_PROJECT | {"PageNumber": number, "PageSize": str(size)}
        found.append([each["BusinessName"] for each in alibaba(url, "ListBusiness", page).json["Data"]["Business"]])
    return found


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"action": "remove", "id": "oldest"}, [["a", "b"], ["d"]]),
        ({"action": "alter", "id": "newest", "fields": {"BusinessName": "z"}}, [["a", "b"], ["c", "z"]]),
        (
            {"action": "insert", "fields": {"BusinessName": "e", "ProjectId": 10000}},
            [["a", "b", "c"], ["d", "e"]],
        ),
    ],
)
def test_something_changes_between_two_pages(
    sandbox: Running, event: dict[str, Any], expected: list[list[str]]
) -> None:
    for name in "abcd":
        sandbox.insert("dataworks.business", BusinessName=name, ProjectId=10000)
    given = {"operation": "ListBusiness", "kind": "dataworks.business"} | event
    assert send(sandbox.url, "POST", "/_sandbox/events", given).status == 201
    assert pages(sandbox.url, len(expected[0])) == expected
    (shown,) = get(sandbox.url, "/_sandbox/events").json["events"]
    assert (shown["answers"], shown["happened"], shown["problem"]) == (1, True, "")
    assert send(sandbox.url, "DELETE", "/_sandbox/events").json == {"events": []}


def test_event_waits_for_its_answer_and_tells_what_hindered_it(sandbox: Running) -> None:
    sandbox.events.add("dataworks.ListBusiness", "remove", "dataworks.business", id="oldest", nth=2)
    pages(sandbox.url)
    assert "no dataworks.business" in sandbox.events.as_json()[0]["problem"]
    sandbox.reset()
    assert sandbox.events.as_json() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"operation": "ListAll"}, "no operation 'ListAll'"),
        ({"action": "burn"}, "action must be one of"),
        ({"nth": 0}, "nth must be"),
        ({"kind": "thing"}, "no kind 'thing'"),
        ({"id": None}, "need an id"),
        ({"fields": 7}, "fields must be"),
        ({"account": world.ALIBABA_ACCOUNT_ID}, "for insert only"),
        ({"when": "soon"}, "An event is a JSON object"),
    ],
)
def test_events_that_cannot_be(sandbox: Running, change: dict[str, Any], says: str) -> None:
    given = {"operation": "ListBusiness", "action": "remove", "kind": "dataworks.business", "id": "oldest"} | change
    with pytest.raises((InvalidEvent, InvalidResource, UnknownResource), match=says):
        sandbox.events.add_json({name: value for name, value in given.items() if value is not None})


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_resource_is_read_late_and_listed_at_once(kind: str) -> None:
    now = [1_800_000_000.0]
    with serve(clock=lambda: now[0], settings={"read_lag": 5}) as running:
        made = running.insert(kind, **KINDS[kind][0])
        for later, is_known in ((0, False), (4.9, False), (5, True)):
            now[0] = 1_800_000_000.0 + later
            assert (read(running.url, kind, made, now[0]) is not None) is is_known


LISTS = {
    "dataworks.business": lambda url, size, now: alibaba(
        url, "ListBusiness", IN_PROJECT | {"PageNumber": "1", "PageSize": str(size)}, now=now
    ).json["Data"],
    "dataworks.group": lambda url, size, now: alibaba(
        url, "ListDataServiceGroups", IN_PROJECT | {"PageNumber": "1", "PageSize": str(size)}, now=now
    ).json["GroupPagingResult"],
    "dataworks.workflow": lambda url, size, now: alibaba(
        url,
        "ListWorkflows",
        {"ProjectId": "10001", "Name": "x", "PageSize": str(size)},  # and not those that it is born with
        version="2024-05-18",
        now=now,
    ).json["PagingInfo"],
    "secmaster.workflow": lambda url, size, now: (
        huawei(url, "GET", workspace_path("/soc/workflows"), query={"limit": str(size)}, now=now).json
    ),
    "fabric.workspace": lambda url, size, now: (
        huawei(url, "GET", "/v1/workspaces", query={"limit": str(size), "enterprise_project_id": "0"}, now=now).json
    ),
}


def listed(kind: str, url: str, size: int = 50, now: float | None = None) -> tuple[int, int]:
    """The total that a list tells, and how many items it shows."""
    answer = LISTS[kind](url, size, now)
    items = next(value for value in answer.values() if isinstance(value, list))
    return answer.get("TotalCount", answer.get("total")), len(items)


@pytest.mark.parametrize("kind", LISTS)
def test_a_removed_resource_is_listed_for_a_while_and_gone_by_id(kind: str) -> None:
    now = [1_800_000_000.0]
    with serve(clock=lambda: now[0], settings={"deleted_lag": 5}) as running:
        made = running.insert(kind, **KINDS[kind][0])
        running.remove(kind, id_of(made))
        for later, shown in ((0, 1), (4.9, 1), (5, 0)):
            now[0] = 1_800_000_000.0 + later
            assert listed(kind, running.url, now=now[0]) == (shown, shown)
            assert read(running.url, kind, made, now[0]) is None


@pytest.mark.parametrize("kind", LISTS)
def test_pages_are_capped_and_totals_true(sandbox: Running, kind: str) -> None:
    for _ in range(5):
        sandbox.insert(kind, **KINDS[kind][0])
    assert listed(kind, sandbox.url) == (5, 5)
    sandbox.settings.page_cap = 3
    assert listed(kind, sandbox.url) == (5, 3)
    assert listed(kind, sandbox.url, size=2) == (5, 2)


def test_all_pages_together_hold_everything_under_a_cap(sandbox: Running) -> None:
    for name in "abcd":
        sandbox.insert("dataworks.business", BusinessName=name, ProjectId=10000)
    sandbox.settings.page_cap = 2
    assert pages(sandbox.url, 100) == [["a", "b"], ["c", "d"]]
