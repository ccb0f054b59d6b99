"""What somebody else does between two calls: a resource is removed, altered or inserted after a certain answer.

An event is a rule like "after the second answer of ListBusiness, remove the oldest business". It happens once, after
the answer was made and before it is sent, so that the next call sees it, whatever the timing. What goes wrong with
calls is in ``faults.py``; the changes themselves are those of ``resources.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from airflow_provider_cloudflows.sandbox.operations import Operation
from airflow_provider_cloudflows.sandbox.resources import Resources, UnknownResource

ACTIONS = ("remove", "alter", "insert")
_NAMES = {"operation", "action", "kind", "id", "fields", "account", "nth"}


class InvalidEvent(ValueError):
    """An event cannot be; the message is one sentence for a person."""


@dataclass(slots=True)
class Event:
    """After the ``nth`` answer of ``operation`` do ``action`` to a resource of ``kind``.

    ``id`` is that of the resource, or ``oldest`` or ``newest``. ``happened`` tells whether it was done, and
    ``problem`` why it could not be.
    """

    number: int
    operation: str
    action: str
    kind: str
    id: str
    fields: dict[str, Any]
    account: str
    nth: int
    answers: int = 0
    happened: bool = False
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """The event as it was given, with what became of it."""
        shown = {
            name: getattr(self, name) for name in ("operation", "action", "kind", "id", "fields", "account", "nth")
        }
        given = {name: value for name, value in shown.items() if value not in ("", {})}
        return given | {
            "number": self.number,
            "answers": self.answers,
            "happened": self.happened,
            "problem": self.problem,
        }


class Events:
    """The events of a sandbox, in the order they were added."""

    def __init__(self, operations: Iterable[Operation], resources: Resources) -> None:
        self._names = {name for each in operations for name in (each.name, _full_name(each))}
        self._resources = resources
        self._events: list[Event] = []
        self._last = 0
        self._lock = threading.Lock()

    def add(self, operation: str, action: str, kind: str, **what: Any) -> Event:
        """Add an event: ``events.add("ListBusiness", "remove", "dataworks.business", id="oldest", nth=1)``.

        ``nth`` counts answers from now on and is 1 at first. ``fields`` (a mapping) is for alter and insert,
        ``account`` (an account id, by default the first of the cloud) for insert.
        """
        return self.add_json({"operation": operation, "action": action, "kind": kind, **what})

    def add_json(self, given: Any) -> Event:
        """Add an event given as a JSON object."""
        if not isinstance(given, dict) or not {"operation", "action", "kind"} <= set(given) <= _NAMES:
            wanted = "operation, action, kind and, if wanted, id, fields, account and nth"
            raise InvalidEvent(f"An event is a JSON object with {wanted}.")
        self._check(given)
        with self._lock:
            self._last += 1
            event = Event(
                self._last,
                given["operation"],
                given["action"],
                given["kind"],
                str(given.get("id", "")),
                dict(given.get("fields", {})),
                given.get("account", ""),
                given.get("nth", 1),
            )
            self._events.append(event)
        return event

    def clear(self) -> None:
        """Forget all events."""
        with self._lock:
            self._events = []

    def reset(self) -> None:
        """Back to birth."""
        self.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All events, in the order they were added."""
        with self._lock:
            return [event.as_json() for event in self._events]

    def answered(self, operation: Operation) -> None:
        """Count an answer, and let happen what is due."""
        with self._lock:
            for event in self._events:
                if event.happened or event.operation not in (operation.name, _full_name(operation)):
                    continue
                event.answers += 1
                if event.answers >= event.nth:
                    self._happen(event)

    def _happen(self, event: Event) -> None:
        event.happened = True
        try:
            if event.action == "insert":
                self._resources.insert(event.kind, event.fields, account=event.account)
            elif event.action == "alter":
                self._resources.alter(event.kind, event.id, event.fields)
            else:
                self._resources.remove(event.kind, event.id)
        except (UnknownResource, ValueError) as error:
            event.problem = str(error)

    def _check(self, given: dict[str, Any]) -> None:
        if given["operation"] not in self._names:
            raise InvalidEvent(f"There is no operation {given['operation']!r}; give a name such as ListBusiness.")
        if given["action"] not in ACTIONS:
            raise InvalidEvent(f"action must be one of {', '.join(ACTIONS)}, not {given['action']!r}.")
        nth = given.get("nth", 1)
        if isinstance(nth, bool) or not isinstance(nth, int) or nth < 1:
            raise InvalidEvent(f"nth must be a whole number of at least 1, not {nth!r}.")
        if (given["action"] == "insert") == ("id" in given):
            raise InvalidEvent("remove and alter need an id (or oldest or newest); insert has none.")
        if not isinstance(given.get("fields", {}), dict):
            raise InvalidEvent("fields must be a JSON object.")
        if "account" in given and given["action"] != "insert":
            raise InvalidEvent("account is for insert only.")
        self._resources.check(given["kind"], given.get("fields", {}), account=given.get("account", ""))


def _full_name(operation: Operation) -> str:
    return f"{operation.service.lower()}.{operation.name}"
