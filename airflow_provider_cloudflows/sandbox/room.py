"""What a room (a service) tells the gateway in front of it: its operations and how it words refusals.

A room is a package with one module per resource, or a single module where there is little. A resource module
declares ``OPERATIONS`` and, when clients create the thing, ``RESOURCE``; the room collects them. A gateway knows rooms
by this class alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from airflow_provider_cloudflows.sandbox.operations import BadParameter, Operation, Refusal, Resource
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import Cloud


def _nothing(store: Store) -> None:
    """A room that is born empty."""


def _by_gateway(operation: Operation, bad: BadParameter) -> Refusal | None:
    """The gateway words a bad parameter."""
    return None


def _by_signature_only(operation: Operation, *, expired: bool) -> Refusal | None:
    """The room takes no tokens."""
    return None


@dataclass(frozen=True, slots=True)
class Room:
    """One service.

    ``failure`` gives the shape of its own error bodies with an HTTP status; ``unsuccessful`` that of a failure with
    a status of success, and the code that it has when nobody asks for another. ``refuse_parameter`` and
    ``refuse_token`` word what the gateway finds before a handler runs; None leaves the words to the gateway.
    """

    cloud: Cloud
    service: str
    operations: tuple[Operation, ...]
    failure: Callable[[Operation], type[Refusal]]
    unsuccessful: Callable[[Operation], tuple[type[Refusal], str]]
    refuse_parameter: Callable[[Operation, BadParameter], Refusal | None] = _by_gateway
    refuse_token: Callable[..., Refusal | None] = _by_signature_only
    resources: tuple[Resource, ...] = ()
    seed: Callable[[Store], None] = _nothing
    choices: ModuleType | None = None
