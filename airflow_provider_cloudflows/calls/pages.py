"""A list that comes page by page, and when it is complete."""

from __future__ import annotations

from typing import Generic, Self, TypeVar

from airflow_provider_cloudflows.calls.call import Call, ResultT
from airflow_provider_cloudflows.errors import NoAnswer

__all__ = ["Pages"]

ItemT = TypeVar("ItemT")


class Pages(Call[ResultT], Generic[ResultT, ItemT]):
    """A request that answers one page of ``ItemT`` at a time."""

    def items(self, response: ResultT) -> list[ItemT]:
        """Return the items on the page ``response``."""
        raise NotImplementedError

    def total(self, response: ResultT) -> int:
        """Return how many items there are on all pages; 0 beside a full page means that the answer does not tell."""
        raise NotImplementedError

    def has_more(self, response: ResultT, before: int, page_size: int) -> bool:
        """Tell whether pages follow ``response``.

        A service may give less than a full page before the end, so the total decides where there is one. An empty page
        before the total is an error: a list that breaks off must not be taken for proof that something is absent.

        :param before: how many items the earlier pages had room for.
        :param page_size: how many items were asked for.
        """
        total, here = self.total(response), len(self.items(response))
        if here == 0 and before < total:
            raise NoAnswer(f"the list ends after {before} of {total} items", operation=self.title)
        return before + here < total if total else here >= page_size

    def next_page(self, response: ResultT) -> Self | None:
        """Return the request for the page after ``response``, or None after the last one."""
        raise NotImplementedError
