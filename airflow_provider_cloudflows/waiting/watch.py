"""What is waited for, as plain values: a trigger carries it to another process.

A wait knows a kind of resource, a name and place, and an id. So whatever can be read by its id and has states can be
waited for, by the code of one module.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any, Literal

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.transport.redact import one_line

__all__ = ["Sighting", "Target", "Watch"]

Target = Literal["good", "gone"]


@dataclass(frozen=True)
class Watch:
    """One thing that is waited for.

    :param kind: its class, module and name.
    :param identity: its name and place.
    :param caller: what its requests need beside these, see
        :class:`~airflow_provider_cloudflows.calls.resource.Resource`.
    :param resource_id: its id.
    :param target: the end that is wanted: a good one, or that it is there no more.
    :param settle: seconds after which a read is certain to show what was done; None takes the usual ones.
    :param scope: where it is and whose, as :meth:`~..calls.client.CloudClient.scope` tells it; None where nobody said.
    """

    kind: str
    identity: Document
    caller: Document
    resource_id: Id
    target: Target = "good"
    settle: float | None = None
    scope: Document | None = None

    @classmethod
    def of(cls, resource: Resource, resource_id: Id, target: Target = "good", settle: float | None = None) -> Watch:
        """Return the wait for ``resource``.

        :raises InvalidParameter: what it takes to look at it is no plain JSON, so that no trigger could carry it.
        """
        kind = type(resource)
        name = f"{kind.__module__}.{kind.__qualname__}"
        watch = cls(name, resource.identity, resource.caller, resource_id, target, settle)
        try:
            same = json.loads(json.dumps(watch.document())) == watch.document()
        except (TypeError, ValueError):
            same = False
        if not same:
            raise InvalidParameter(f"{resource.title}: a wait for {watch.document()!r} cannot be handed to a trigger.")
        return watch

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Watch:
        """Return what :meth:`document` described."""
        return cls(**document)

    def document(self) -> Document:
        """Return the wait as plain JSON."""
        return asdict(self)

    def resource(self) -> Resource:
        """Return the resource.

        :raises InvalidParameter: this release knows no such kind.
        """
        module, _, name = str(self.kind).rpartition(".")
        try:
            kind = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError):
            kind = None
        if not (isinstance(kind, type) and issubclass(kind, Resource)):
            raise InvalidParameter(
                f"This release cannot wait for a {self.kind!r}; run the task with the release that began the wait, or "
                "clear it."
            )
        return kind(self.identity, self.caller)

    def is_over(self, sighting: Sighting) -> bool:
        """Tell whether nothing more is to be waited for."""
        if self.target == "good" or sighting.outcome is Outcome.GONE:
            return sighting.outcome is not Outcome.RUNNING
        # What failed before is what one deletes: only a delete that failed ends the wait.
        states = self.resource().states
        return states is not None and states.is_undeleted(sighting.state)

    def is_met(self, sighting: Sighting) -> bool:
        """Tell whether it ended as wanted."""
        return sighting.outcome is (Outcome.GONE if self.target == "gone" else Outcome.GOOD)


@dataclass(frozen=True)
class Sighting:
    """What one look showed.

    :param outcome: what the state says about the end.
    :param state: the state in the vendor's word, or None where it is gone.
    :param reason: the vendor's own words for why it ended as it did, or an empty text.
    :param document: all that the look showed, as plain JSON in the vendor's spelling, where one is at hand.
    """

    outcome: Outcome
    state: str | None = None
    reason: str = ""
    document: Document | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, resource: Resource, item: Any | None) -> Sighting:
        """Return what ``item`` shows; None stands for one that is certainly gone."""
        if item is None:
            return cls(Outcome.GONE)
        state = resource.state_of(item)
        shown = None if state is None else one_line(state)
        return cls(resource.outcome_of(item), shown, one_line(resource.reason_of(item)), item.document())
