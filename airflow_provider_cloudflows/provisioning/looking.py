"""Whether one resource is there: read by its id, as often as it takes to believe that it is not.

One "not found" proves little: a gateway says it of a path it does not know today, a service says it of what it made a
moment ago, and a list still shows what is gone. So absence is believed only by what the service is known to say of it,
or by a complete list, and only twice, a settle time apart.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.pages import Pages, Tally
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.errors import CloudError, InvalidRequest, NoAnswer, NotFound
from airflow_provider_cloudflows.provisioning.census import census
from airflow_provider_cloudflows.transport.flow import Flow, Wait

__all__ = ["Candidates", "Found", "Looker", "NothingProven"]

PROOFS = 2
MOST_READS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that exists.

    :param resource_id: its id.
    :param item: what the service shows of it.
    :param others: ids of what the same create made beside it.
    """

    resource_id: Id
    item: Any
    others: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a list shows under one name.

    :param alive: exactly the resource, confirmed by their ids.
    :param dead: ids that the list still shows, of what is gone.
    :param similar: not exactly: the name or what else tells it differs in the list, or by its id.
    """

    alive: list[Found]
    dead: list[Id]
    similar: list[Found]


class NothingProven(Exception):
    """A read by id found nothing, in a way that does not prove that there is nothing.

    :param error: what was said.
    """

    def __init__(self, error: CloudError) -> None:
        super().__init__(error)
        self.error = error


class Looker:
    """Looks at single resources. Every method is a conversation.

    :param client: calls the cloud.
    :param settle: seconds after which a read and a list show what happened.
    :param operation: on whose behalf, for error messages.
    """

    def __init__(self, client: CloudClient, settle: float, operation: str) -> None:
        self._client = client
        self.settle = settle
        self._operation = operation

    def candidates(
        self, resource: Resource, items: Collection[Any], excluded: Collection[Id], *, similar_too: bool
    ) -> Flow[Candidates]:
        """Return which of ``items`` are ``resource``, each confirmed by its id.

        :param excluded: ids that do not count.
        :param similar_too: look at those of a similar name as well.
        """
        alive, dead, similar = [], [], []
        for item in items:
            resource_id = resource.id_of(item)
            is_wanted = resource.is_match(item) or (similar_too and resource.resembles(item))
            if resource_id in excluded or not is_wanted:
                continue
            confirmed = yield from self.confirm(resource, resource_id)
            if confirmed is None:
                dead.append(resource_id)
            elif resource.is_match(item) and resource.is_match(confirmed):
                alive.append(Found(resource_id, confirmed))
            elif not (resource.told_by_birth or resource.is_another(confirmed)):
                similar.append(Found(resource_id, confirmed))
        return Candidates(alive, dead, similar)

    def confirm(self, resource: Resource, resource_id: Id) -> Flow[Any | None]:
        """Return the item with that id, or None when it is certainly gone.

        :raises NoAnswer: when it is not found and nothing proves that it is gone.
        """
        proofs, doubt = 0, None
        for count in range(MOST_READS):
            if count:
                yield Wait(self.settle)
            try:
                item = yield from self.read(resource, resource_id)
            except NothingProven as nothing:
                proofs, doubt = 0, nothing.error
                continue
            if item is not None:
                return item
            proofs += 1
            if proofs == PROOFS:
                return None
        assert doubt is not None
        advice = "try again later; that it was not found is no proof that it is gone, so nothing more was sent"
        said = f"{resource.title} {resource_id}: {doubt.message}"
        error = doubt.recast(resource.unproven(), message=said, advice=advice)
        error.operation = self._operation
        raise error

    def read(self, resource: Resource, resource_id: Id) -> Flow[Any | None]:
        """Read by id once; return None when the service says so, as it is known to, of what does not exist.

        :raises NothingProven: when it was not found otherwise: by a gateway, by a code that nobody lists.
        """
        try:
            item = yield from self._item(resource, resource_id)
        except CloudError as error:
            if error.code in resource.gone_codes:
                return None
            if not isinstance(error, (NotFound, InvalidRequest)) or not resource.can_be_gone:
                raise
            doubt = error
        else:
            if item is not None and str(resource.id_of(item)) != str(resource_id):
                said = f"asked for {resource_id}, it shows {resource.id_of(item)}"
                raise NoAnswer(said, operation=resource.reading(resource_id).title)
            return item
        everything = resource.listing()
        if everything is None:
            raise NothingProven(doubt)
        # Where the vendor publishes no code for what does not exist, a complete list tells.
        try:
            items = yield from census(self._client, everything)
        except (NotFound, InvalidRequest):  # the place itself is not known, today
            raise NothingProven(doubt) from None
        if any(resource.id_of(item) == resource_id for item in items):
            raise NothingProven(doubt)
        return None

    def _item(self, resource: Resource, resource_id: Id) -> Flow[Any | None]:
        """Return what the answer to the read shows, on whichever page it is."""
        request = resource.reading(resource_id)
        if not (resource.is_on_a_page and isinstance(request, Pages)):
            return resource.item_of((yield from self._client.flow(request)), resource_id)
        tally = Tally(request)
        while tally.request is not None:
            answer = yield from self._client.flow(tally.request)
            item = resource.item_of(answer, resource_id)
            if item is not None:
                return item
            tally.add(answer)
        tally.check()
        return resource.on_no_page(resource_id)
