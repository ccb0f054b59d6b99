"""What a run of the create protocol hands to whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Differences, Id
from airflow_provider_cloudflows.provisioning.record import How

__all__ = ["Created"]


@dataclass(frozen=True, slots=True)
class Created:
    """The end of a run of the protocol.

    :param resource_id: the id, in the API's type.
    :param document: the resource as the service shows it, as plain JSON in the vendor's spelling.
    :param how: how the id is known; None where an older version recorded it.
    :param answer: the raw answer of the create, when this run read it.
    :param request_id: the vendor's id of that call.
    :param drift: asked-for and existing value by field, where the resource differs.
    :param scope: where it is and whose, as far as known: endpoint, region, project, account.
    :param others: ids of what the same create made beside it.
    """

    resource_id: Id
    document: Document
    how: How | None
    answer: Document | None = None
    request_id: str | None = None
    drift: Differences = field(default_factory=dict)
    scope: Document = field(default_factory=dict)
    others: tuple[Id, ...] = ()

    @property
    def made(self) -> bool:
        """Whether this run read the answer of the create that made it."""
        return self.answer is not None
