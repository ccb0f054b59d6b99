"""Lists over several pages, from a real server, lazily and in both colours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.errors import NoAnswer
from airflow_provider_cloudflows.services.dataworks import business, data_service_group
from airflow_provider_cloudflows.services.dataworks import project as dataworks_project
from airflow_provider_cloudflows.services.fabric import workspace as fabric_workspace
from airflow_provider_cloudflows.services.secmaster import data_class
from airflow_provider_cloudflows.services.secmaster import workflow as secmaster_workflow
from airflow_provider_cloudflows.services.secmaster import workspace as secmaster_workspace
from tests.services.clients import alibaba, huawei
from tests.transport.servers import Answer, Seen

Handler = Callable[[Seen], Answer]


def parameters(seen: Seen) -> dict[str, int]:
    text = seen.body.decode() or seen.target.partition("?")[2]
    numbers = ("PageNumber", "PageSize", "offset", "limit")
    return {name: int(values[0]) for name, values in parse_qs(text).items() if name in numbers}


class Shelf:
    """Any of the lists, with ``size`` items.

    :param tells: whether the answers say how many items there are.
    """

    def __init__(self, size: int, tells: bool = True) -> None:
        self.size = size
        self.tells = tells
        self.asked: list[dict[str, int]] = []

    def __call__(self, seen: Seen) -> Answer:
        asked = parameters(seen)
        self.asked.append(asked)
        if "offset" in asked:
            first, many = asked["offset"], asked["limit"]
        else:
            first, many = (asked["PageNumber"] - 1) * asked["PageSize"], asked["PageSize"]
        numbers = range(first, min(first + many, self.size))
        total = {"TotalCount": self.size, "total": self.size, "count": self.size} if self.tells else {}
        return Answer(
            {
                "Success": True,
                "Data": {
                    **total,
                    "Business": [{"BusinessId": number, "BusinessName": str(number)} for number in numbers],
                },
                "GroupPagingResult": {
                    **total,
                    "Groups": [{"GroupId": str(number), "GroupName": str(number)} for number in numbers],
                },
                "PageResult": {**total, "ProjectList": [{"ProjectId": number} for number in numbers]},
                **total,
                "code": "00000000",
                "success": True,
                "data": [{"id": str(number)} for number in numbers],
                "workspaces": [{"id": str(number)} for number in numbers],
                "dataclass_details": [{"id": str(number)} for number in numbers],
            }
        )


LISTS = [
    (alibaba, business.ListBusiness(project_id=1, page_size=3)),
    (alibaba, data_service_group.ListDataServiceGroups(project_id=1, page_size=3)),
    (alibaba, dataworks_project.ListProjects(page_size=3)),
    (huawei, secmaster_workflow.ListWorkflows(workspace_id="w", limit=3)),
    (huawei, data_class.ListDataClasses(workspace_id="w", limit=3)),
    (huawei, secmaster_workspace.ListWorkspaces(limit=3)),
    (huawei, fabric_workspace.ListWorkspaces(limit=3)),
]
lists = pytest.mark.parametrize(
    ("cloud", "request_"), LISTS, ids=lambda value: value.title if isinstance(value, Pages) else ""
)


def blocking(client: CloudClient, request: Any) -> list[Any]:
    return list(client.iterate(request))


def asynchronous(client: CloudClient, request: Any) -> list[Any]:
    async def collect() -> list[Any]:
        try:
            return [item async for item in client.aiterate(request)]
        finally:
            await client.transport.aclose()

    return asyncio.run(collect())


def id_of(item: Any) -> int:
    return next(
        int(getattr(item, name)) for name in ("business_id", "group_id", "id", "project_id") if hasattr(item, name)
    )


@lists
@pytest.mark.parametrize("collect", [blocking, asynchronous])
@pytest.mark.parametrize(("size", "pages"), [(0, 1), (2, 1), (3, 1), (7, 3)])
def test_every_item_comes_once(cloud: Any, request_: Any, collect: Any, size: int, pages: int) -> None:
    shelf = Shelf(size)
    with cloud(shelf) as client:
        assert [id_of(item) for item in collect(client, request_)] == list(range(size))
    assert len(shelf.asked) == pages


@lists
def test_a_list_that_does_not_tell_its_total_is_read_to_its_end(cloud: Any, request_: Any) -> None:
    shelf = Shelf(6, tells=False)
    with cloud(shelf) as client:
        assert [id_of(item) for item in client.iterate(request_)] == list(range(6))
    assert len(shelf.asked) == 3, "a full page without a total says nothing about the next one"


def test_a_page_is_asked_for_when_it_is_needed() -> None:
    shelf = Shelf(7)
    with alibaba(shelf) as client:
        items: Iterator[Any] = client.iterate(business.ListBusiness(project_id=1, page_size=3))
        assert shelf.asked == []
        assert [id_of(next(items)) for _ in range(3)] == [0, 1, 2]
        assert shelf.asked == [{"PageNumber": 1, "PageSize": 3}]
        assert id_of(next(items)) == 3
        assert shelf.asked[1:] == [{"PageNumber": 2, "PageSize": 3}]


def test_a_page_is_asked_for_when_it_is_needed_asynchronously() -> None:
    shelf = Shelf(7)

    async def some(client: CloudClient) -> None:
        items: AsyncIterator[Any] = client.aiterate(fabric_workspace.ListWorkspaces(limit=3))
        assert [id_of(await anext(items)) for _ in range(3)] == [0, 1, 2]
        assert shelf.asked == [{"offset": 0, "limit": 3}]
        assert id_of(await anext(items)) == 3
        assert shelf.asked[1:] == [{"offset": 3, "limit": 3}]
        await client.transport.aclose()

    with huawei(shelf) as client:
        asyncio.run(some(client))


def test_a_list_may_begin_in_the_middle() -> None:
    with huawei(Shelf(7)) as client:
        assert [id_of(item) for item in client.iterate(fabric_workspace.ListWorkspaces(limit=3, offset=4))] == [4, 5, 6]


def test_a_page_that_fails_is_an_error_and_no_end() -> None:
    shelf = Shelf(7)

    def failing(seen: Seen) -> Answer:
        return shelf(seen) if not shelf.asked else Answer(b"<html>", 502)

    with alibaba(failing) as client, pytest.raises(NoAnswer):
        list(client.iterate(business.ListBusiness(project_id=1, page_size=3)))
