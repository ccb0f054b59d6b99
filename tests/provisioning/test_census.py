"""A census of a list that others change while it is read: a moment's truth, or an error, never a gap.

A real server answers over real sockets; pauses are not slept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import hypothesis.strategies as st
import pytest
from hypothesis import given

from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.errors import NoAnswer
from airflow_provider_cloudflows.provisioning.census import census
from airflow_provider_cloudflows.services.dataworks.business import ListBusiness
from airflow_provider_cloudflows.services.dataworks.data_service_group import ListDataServiceGroups
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.services.secmaster.workflow import ListWorkflows
from tests.provisioning.driving import Drive
from tests.services.clients import alibaba, huawei
from tests.transport.servers import Answer, Seen

LISTS = [
    (alibaba, ListBusiness(project_id=1)),
    (alibaba, ListDataServiceGroups(project_id=1)),
    (huawei, ListWorkflows(workspace_id="w")),
    (huawei, ListWorkspaces()),
]
lists = pytest.mark.parametrize(("cloud", "pages"), LISTS, ids=lambda one: one.title if isinstance(one, Pages) else "")


class Shelf:
    """A list that changes while it is read.

    :param items: ids, in the order of the list.
    :param cap: the most items that a page holds, whatever is asked for.
    :param before: called with the number of each request before it is answered.
    :param counts_as_asked: finds a page by the size asked for, although it holds fewer.
    """

    def __init__(
        self,
        items: list[int],
        cap: int = 100,
        before: Callable[[Shelf, int], None] = lambda shelf, number: None,
        *,
        counts_as_asked: bool = False,
    ) -> None:
        self.items = list(items)
        self.moments = [list(items)]
        self.cap = cap
        self.before = before
        self.counts_as_asked = counts_as_asked
        self.requests = 0

    def change(self, items: list[int]) -> None:
        self.items = items
        self.moments.append(list(items))

    def __call__(self, seen: Seen) -> Answer:
        self.before(self, self.requests)
        self.requests += 1
        text = seen.body.decode() or seen.target.partition("?")[2]
        asked = {name: int(values[0]) for name, values in parse_qs(text).items() if values[0].isdecimal()}
        if "limit" in asked:
            first, size = asked["offset"], min(asked["limit"], self.cap)
        else:
            size = min(asked["PageSize"], self.cap)
            first = (asked["PageNumber"] - 1) * (asked["PageSize"] if self.counts_as_asked else size)
        page, total = self.items[first : first + size], len(self.items)
        return Answer(
            {
                "Success": True,
                "Data": {"TotalCount": total, "Business": [{"BusinessId": n, "BusinessName": "b"} for n in page]},
                "GroupPagingResult": {
                    "TotalCount": total,
                    "Groups": [{"GroupId": str(n), "GroupName": "g"} for n in page],
                },
                "total": total,
                "code": "00000000",
                "success": True,
                "data": [{"id": str(n)} for n in page],
                "workspaces": [{"id": str(n)} for n in page],
            }
        )


def taken(cloud: Any, pages: Pages[Any, Any], shelf: Shelf) -> list[int]:
    with cloud(shelf) as client:
        return [int(pages.key_of(item)) for item in Drive(client)(census(client, pages))]  # type: ignore[call-overload]


@lists
@pytest.mark.parametrize("cap", [20, 30, 50])
@pytest.mark.parametrize("counts_as_asked", [False, True])
def test_smaller_pages_than_asked_for_hide_nothing(cloud: Any, pages: Any, cap: int, counts_as_asked: bool) -> None:
    assert taken(cloud, pages, Shelf(list(range(105)), cap, counts_as_asked=counts_as_asked)) == list(range(105))


@lists
def test_something_removed_between_two_pages_hides_nothing(cloud: Any, pages: Any) -> None:
    def remove(shelf: Shelf, number: int) -> None:
        if number == 1:
            shelf.change(shelf.items[1:])

    assert taken(cloud, pages, Shelf(list(range(30)), 10, remove)) == list(range(1, 30))


@lists
def test_a_removal_made_up_for_by_an_insertion_hides_nothing(cloud: Any, pages: Any) -> None:
    """The total stays the same, and what moved to the page before was not read."""

    def swap(shelf: Shelf, number: int) -> None:
        if number == 1:
            shelf.change([*shelf.items[1:], 99])

    assert taken(cloud, pages, Shelf(list(range(30)), 10, swap)) == [*range(1, 30), 99]


@lists
def test_a_list_that_never_holds_still_is_an_error(cloud: Any, pages: Any) -> None:
    def swap(shelf: Shelf, number: int) -> None:
        shelf.change([*shelf.items[1:], 100 + number])

    with pytest.raises(NoAnswer, match="does not add up"):
        taken(cloud, pages, Shelf(list(range(30)), 10, swap))


@lists
def test_a_list_that_claims_more_than_it_gives_is_an_error(cloud: Any, pages: Any) -> None:
    class Short(Shelf):
        def __call__(self, seen: Seen) -> Answer:
            self.items = list(range(3))
            answer = super().__call__(seen)
            document: Any = answer.body
            for part in (document, document["Data"], document["GroupPagingResult"]):
                part.update({name: 4 for name in ("total", "TotalCount") if name in part})
            return answer

    with pytest.raises(NoAnswer, match=r"3 of 4 items|came twice"):
        taken(cloud, pages, Short([]))


@lists
def test_an_answer_that_holds_neither_items_nor_a_total_is_no_empty_list(cloud: Any, pages: Any) -> None:
    def nothing(seen: Seen) -> Answer:
        return Answer({"Success": True, "Data": {}, "GroupPagingResult": {}, "code": "00000000", "success": True})

    with cloud(nothing) as client, pytest.raises(NoAnswer, match="neither an item nor a total"):
        Drive(client)(census(client, pages))


CHANGES = st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.integers(0, 30)), max_size=6)


@given(changes=CHANGES, size=st.integers(0, 25), cap=st.integers(2, 9))
def test_a_census_is_what_the_list_was_at_some_moment(
    changes: list[tuple[int, bool, int]], size: int, cap: int
) -> None:
    fresh = iter(range(1000, 2000))

    def change(shelf: Shelf, number: int) -> None:
        for when, removes, place in changes:
            if when == number and removes and shelf.items:
                rest = list(shelf.items)
                del rest[place % len(rest)]
                shelf.change(rest)
            elif when == number and not removes:
                at = place % (len(shelf.items) + 1)
                shelf.change([*shelf.items[:at], next(fresh), *shelf.items[at:]])

    shelf = Shelf(list(range(size)), cap, change)
    try:
        found = taken(huawei, ListWorkspaces(), shelf)
    except NoAnswer:
        return
    assert found in shelf.moments
