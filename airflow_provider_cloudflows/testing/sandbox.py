"""The sandbox as a test sees it: what exists, what was asked, what shall go wrong, how time passes.

It wraps a running server of ``airflow_provider_cloudflows.sandbox``, and remembers what was there before the test's own
DAG came, so that it can tell what that made. It adds no behaviour to either cloud.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_cloudflows.sandbox.app import Running
    from airflow_provider_cloudflows.sandbox.faults import Rule

__all__ = ["DELETABLE", "Changes", "CloudflowsSandbox", "Mark"]

Document = dict[str, Any]

DELETABLE = (
    "dataworks.business",
    "dataworks.api",
    "dataworks.file",
    "dataworks.node",
    "dataworks.workflow_definition",
    "secmaster.workflow",
    "fabric.workspace",
    "fabric.endpoint",
)
"""The kinds that the clouds have an operation to delete; of all others something stays for ever."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in the life of a sandbox, from which changes are counted.

    :param things: kind and id of all that exists.
    :param gone: how many have been removed.
    :param calls: request ids of the calls until then.
    """

    things: frozenset[tuple[str, str]]
    gone: int
    calls: frozenset[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in the sandbox between two moments.

    :param made: what came into being and still exists, by kind.
    :param removed: kind and id of what went, whenever it was made.
    :param requests: the calls that came in, oldest first, without secrets; the journal keeps the latest 10,000.
    """

    made: Mapping[str, list[Document]]
    removed: list[tuple[str, str]]
    requests: list[Document]

    def calls(self) -> Counter[str]:
        """How many calls of each operation there were."""
        return Counter(entry["operation"] for entry in self.requests)


class CloudflowsSandbox:
    """Both clouds on this machine, newborn for each test.

    Kinds of resources are named like ``dataworks.business``, with the fields as the vendor spells them; an ``id`` may
    be ``"oldest"`` or ``"newest"``. A mistake in an argument is a ``ValueError``, a kind or an id that there is not a
    ``LookupError``, each with one sentence.
    """

    def __init__(self, running: Running) -> None:
        self._running = running
        self._given = self.mark().things

    @property
    def url(self) -> str:
        """Where it listens; a browser shows its page there."""
        return self._running.url

    @property
    def connections(self) -> dict[str, str]:
        """The Airflow connections that lead here: environment variable to JSON."""
        return self._running.connections

    # --- what there is ---------------------------------------------------------------------------------------------

    def resources(self, kind: str, **fields: Any) -> list[Document]:
        """Return what exists of a kind and has these fields, oldest first, with its state of now."""
        self._running.sandbox.resources.check_names(kind, fields)
        return [one for one in self._running.state().get(kind, []) if _has(one, fields)]

    def ever(self, kind: str, **fields: Any) -> list[Document]:
        """The same with what was removed again, and with what had these fields once and has others now."""
        resources = self._running.sandbox.resources
        resources.check_names(kind, fields)
        return [life[0] for life in resources.lives(kind) if any(_has(document, fields) for document in life)]

    def made(self, *kinds: str) -> dict[str, list[Document]]:
        """Return by kind what came into being by calls and still exists; of all kinds, unless some are named."""
        for kind in kinds:
            self._running.sandbox.resources.check(kind, {})
        return _made(self._running.state(), self._given, self._ids(), kinds)

    def has_made(self, *kinds: str) -> bool:
        """Tell whether anything of these kinds came into being by calls, whether or not it still exists."""
        ids = self._ids()
        return any((kind, str(one[ids[kind]])) not in self._given for kind in kinds for one in self.ever(kind))

    def requests(self, operation: str = "") -> list[Document]:
        """Return the calls that came in, oldest first, of one operation or of all; secrets are removed.

        Each has ``operation``, ``parameters``, ``status``, ``code``, ``message``, ``fault`` and more.
        """
        entries = self._running.requests()
        if operation:
            self.check_operation(operation)
        return [entry for entry in entries if operation in ("", entry["operation"])]

    def check_operation(self, name: str) -> None:
        """Refuse a name that no operation of the two clouds has here: it would never be found among the calls."""
        known = {operation.name for _, operation in self._running.sandbox.operations}
        if name not in known and all(name != entry["operation"] for entry in self._running.requests()):
            raise ValueError(f"There is no operation {name!r}; give a name such as CreateBusiness.")

    def mark(self) -> Mark:
        """Return this moment, for :meth:`changes`."""
        things = frozenset(_things(self._running.state(), self._ids()))
        calls = frozenset(entry["request_id"] for entry in self._running.requests())
        return Mark(things, len(self._running.removed()), calls)

    def changes(self, since: Mark) -> Changes:
        """Return what changed since a moment."""
        return Changes(
            _made(self._running.state(), since.things, self._ids(), ()),
            [(one["kind"], str(one["id"])) for one in self._running.removed()[since.gone :]],
            [entry for entry in self._running.requests() if entry["request_id"] not in since.calls],
        )

    # --- what another person does ----------------------------------------------------------------------------------

    def seed(self, kind: str, **fields: Any) -> Document:
        """Make a resource that is there before the DAG comes, and return it.

        Fields that are not given are as in a new one. It does not count as made by the DAG.
        """
        before = self.mark().things
        document = self._running.insert(kind, **fields)
        self._given |= self.mark().things - before
        return document

    def alter(self, kind: str, id: str | int, **fields: Any) -> Document:
        """Change fields of a resource, such as its name."""
        return self._running.alter(kind, id, **fields)

    def remove(self, kind: str, id: str | int) -> None:
        """Remove a resource behind the DAG's back."""
        self._running.remove(kind, id)

    # --- what goes wrong -------------------------------------------------------------------------------------------

    def fault(self, rule: str | Mapping[str, Any]) -> Rule:
        """Let calls go wrong: ``fault("CreateBusiness:drop:after:nth=1")``, or the same as a mapping.

        The rule that is returned counts in ``calls`` those it could have hit and in ``hits`` those it did.
        """
        faults = self._running.faults
        return faults.add_text(rule) if isinstance(rule, str) else faults.add_json(dict(rule))

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._running.faults.clear()

    def set(self, **settings: Any) -> None:
        """Change how all of it behaves: ``list_lag``, ``read_lag``, ``page_cap``, ``requests_per_second`` and more."""
        self._running.settings.update(settings)

    # --- how time passes -------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let time pass for what ages and goes on here, without anybody waiting."""
        self._running.advance(seconds)

    def course(self, kind: str, **script: Any) -> None:
        """Say how work goes that begins from now on: ``course("fabric.job_run", ending="bad", reason="no disk")``.

        ``seconds`` or ``looks`` say when it is over, ``ending`` is ``good``, ``bad`` or ``never``; ``times`` says for
        how many this holds: 1 at first, 0 for all.
        """
        self._running.courses.add(kind, **script)

    def finish(self, kind: str, id: str | int = "newest") -> Document:
        """Let work that goes on end well, now; return it as it is then."""
        return self._running.sandbox.resources.end(kind, str(id), "good")

    def fail(self, kind: str, id: str | int = "newest", reason: str = "") -> Document:
        """Let work that goes on end badly, now; return it as it is then."""
        return self._running.sandbox.resources.end(kind, str(id), "bad", reason)

    def reset(self) -> None:
        """Back to birth: no faults, nothing but what the sandbox is born with."""
        self._running.reset()
        self._given = self.mark().things

    def _ids(self) -> dict[str, str]:
        """The name of the field with the id, by kind, of what clients can create."""
        from airflow_provider_cloudflows.sandbox.rooms import RESOURCES

        return {kind: resource.id for kind, (_, resource) in RESOURCES.items()}


def _has(document: Document, fields: Mapping[str, Any]) -> bool:
    return all(document.get(name) == value for name, value in fields.items())


def _things(state: Mapping[str, list[Document]], ids: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(kind, str(one[ids[kind]])) for kind, documents in state.items() if kind in ids for one in documents]


def _made(
    state: Mapping[str, list[Document]],
    given: frozenset[tuple[str, str]],
    ids: Mapping[str, str],
    kinds: tuple[str, ...],
) -> dict[str, list[Document]]:
    found = {
        kind: [one for one in documents if (kind, str(one[ids[kind]])) not in given]
        for kind, documents in state.items()
        if kind in ids and (not kinds or kind in kinds)
    }
    return {kind: documents for kind, documents in found.items() if documents}
