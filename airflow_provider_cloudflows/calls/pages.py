"""A list that comes page by page, and whether all of it came.

A list changes while it is read, and services give smaller pages than they are asked for. So nothing here is computed
from the size asked for: what arrived is counted, and compared with the total that the service names.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar, Generic, Self, TypeVar

from airflow_provider_cloudflows.calls.call import Call, ResultT
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.errors import NoAnswer

__all__ = ["Offsets", "PageNumbers", "Pages", "Tally"]

ItemT = TypeVar("ItemT")


class Pages(Call[ResultT], Generic[ResultT, ItemT]):
    """A request that answers one page of ``ItemT`` at a time.

    :cvar size_field: the field that says how many items a page may hold.
    """

    size_field: ClassVar[str]

    def parameters(self) -> Document:
        """Return every parameter of the request as plain JSON."""
        raise NotImplementedError

    def items(self, response: ResultT) -> list[ItemT]:
        """Return the items on the page ``response``."""
        raise NotImplementedError

    def total(self, response: ResultT) -> int | None:
        """Return how many items there are on all pages, or None when the answer does not tell."""
        raise NotImplementedError

    def key_of(self, item: ItemT) -> Hashable:
        """Return what tells ``item`` from all others of the list: its id."""
        raise NotImplementedError

    def together(self, items: list[ItemT]) -> list[Any]:
        """Return what the items of all pages show of what is looked for; by default each is one.

        A list may show the parts of a thing, each apart, or beside it things of another state.
        """
        return items

    def start(self) -> int:
        """Return how many items of the list come before the page that this request asks for."""
        raise NotImplementedError

    def following(self, here: int) -> Self:
        """Return the request for the page after this one.

        :param here: how many items this page held.
        """
        raise NotImplementedError

    def in_pages_of(self, size: int) -> Self:
        """Return the request for the first page of the same list, in pages of at most ``size`` items."""
        smaller: Self = self.model_copy(update={self.size_field: size})  # type: ignore[attr-defined]
        return smaller


class PageNumbers(Pages[ResultT, ItemT]):
    """Paging by ``PageNumber`` (from 1) and ``PageSize``."""

    size_field: ClassVar[str] = "page_size"
    page_number: int
    page_size: int

    def start(self) -> int:
        """Return how many items fit on the pages before."""
        return (self.page_number - 1) * self.page_size

    def following(self, here: int) -> Self:
        """Return the request for the page with the next number."""
        page: Self = self.model_copy(update={"page_number": self.page_number + 1})  # type: ignore[attr-defined]
        return page


class Offsets(Pages[ResultT, ItemT]):
    """Paging by ``offset`` (from 0) and ``limit``."""

    size_field: ClassVar[str] = "limit"
    offset: int
    limit: int

    def start(self) -> int:
        """Return the offset."""
        return self.offset

    def following(self, here: int) -> Self:
        """Return the request for the page that begins after the items of this one."""
        page: Self = self.model_copy(update={"offset": self.offset + here})  # type: ignore[attr-defined]
        return page


class Tally(Generic[ResultT, ItemT]):
    """Counts what arrived on the pages of one list.

    :param pages: the request for the first page.
    """

    def __init__(self, pages: Pages[ResultT, ItemT]) -> None:
        self._request: Pages[ResultT, ItemT] | None = pages
        self._title = pages.title
        self._start = pages.start()
        self._keys: set[Hashable] = set()
        self._totals: set[int | None] = set()
        self.sizes: list[int] = []

    @property
    def request(self) -> Pages[ResultT, ItemT] | None:
        """The request for the next page, or None when no page follows."""
        return self._request

    @property
    def arrived(self) -> int:
        """How many items the pages so far held."""
        return sum(self.sizes)

    def add(self, response: ResultT) -> list[ItemT]:
        """Count the page ``response`` of :attr:`request`, and return its items."""
        assert self._request is not None
        items, total = self._request.items(response), self._request.total(response)
        before = len(self._keys)
        self._keys.update(self._request.key_of(item) for item in items)
        self._totals.add(total)
        self.sizes.append(len(items))
        # A page with nothing new is the last one: a service that ignores the page number would go on for ever.
        is_last = len(self._keys) == before or (total is not None and self._start + self.arrived >= total)
        self._request = None if is_last else self._request.following(len(items))
        return items

    def problem(self) -> str | None:
        """Return why what arrived is not the whole list, or None when it is."""
        if len(self._totals) > 1:
            return f"its total changed from page to page ({', '.join(map(str, sorted(self._totals, key=str)))})"
        (total,) = self._totals
        if self.arrived != len(self._keys):
            return f"{self.arrived - len(self._keys)} items came twice"
        if total is None:
            return None if self.arrived else "it holds neither an item nor a total"
        if total != self._start + self.arrived:
            return f"{self.arrived} of {total - self._start} items came"
        return None

    def check(self) -> None:
        """Do nothing, or raise :class:`NoAnswer` when what arrived is not the whole list."""
        problem = self.problem()
        if problem is not None:
            raise NoAnswer(f"the list does not add up: {problem}", operation=self._title)
