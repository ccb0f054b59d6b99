"""What exists in a cloud, and the request that creates it."""

from __future__ import annotations

from typing import Any, ClassVar, Generic

from airflow_provider_cloudflows.calls.call import Call, ResultT
from airflow_provider_cloudflows.calls.models import Document, Wire
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.calls.rules import plain

__all__ = ["Creation"]


class Creation(Call[ResultT], Generic[ResultT]):
    """A create whose resource can be told from others; the create protocol hangs on these rules.

    :cvar identified_by: fields that make the identity: the name and the place. Looking goes by them.
    :cvar compared: fields that an existing resource is compared in.
    :cvar updatable: those of ``compared`` that :meth:`updating` can change.
    """

    identified_by: ClassVar[tuple[str, ...]]
    compared: ClassVar[tuple[str, ...]] = ()
    updatable: ClassVar[tuple[str, ...]] = ()

    def identity(self) -> Document:
        """Return name and place as plain JSON."""
        return {name: getattr(self, name) for name in self.identified_by}

    def parameters(self) -> Document:
        """Return every parameter of the request as plain JSON."""
        raise NotImplementedError

    def made_id(self, answer: ResultT) -> int | str:
        """Return the id in the answer of the create."""
        raise NotImplementedError

    def search(self) -> Pages[Any, Any] | None:
        """Return the list that shows the resource if it exists, or None when the service lists none."""
        raise NotImplementedError

    def is_match(self, item: Any) -> bool:
        """Tell whether a listed item is exactly the resource asked for; the services' filters are fuzzy."""
        raise NotImplementedError

    def id_of(self, item: Any) -> int | str:
        """Return the id of a listed item."""
        raise NotImplementedError

    def reading(self, resource_id: int | str) -> Call[Any]:
        """Return the request that reads the resource with that id."""
        raise NotImplementedError

    def item_of(self, answer: Any) -> Wire:
        """Return the item in the answer to :meth:`reading`; raises NotFound when it holds none."""
        raise NotImplementedError

    def listing_of(self, resource_id: int | str) -> Pages[Any, Any] | None:
        """Return a list that shows the resource with that id under whatever name it has, or None."""
        return None

    def updating(self, resource_id: int | str, changes: list[str]) -> Call[Any]:
        """Return the request that changes the fields ``changes`` of the resource to what is asked for."""
        raise NotImplementedError

    def differences(self, item: Any) -> dict[str, tuple[Any, Any]]:
        """Return asked-for and existing value of each field that was asked for and differs.

        A field that the service does not show says nothing; the clouds write an unset text as an empty one.
        """
        found = {}
        for name in self.compared:
            asked, exists = getattr(self, name), getattr(item, name, None)
            if asked is not None and exists is not None and plain(asked) != plain(exists):
                found[name] = (plain(asked), plain(exists))
        return found
