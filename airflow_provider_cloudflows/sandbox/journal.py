"""The journal: which calls came in and how they were answered, with all secrets removed (``redaction.py``).

Bounded in length, in memory only.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from airflow_provider_cloudflows.sandbox.delivery import WireReply
from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.redaction import LONGEST_BODY, Redactor, brought_by, without
from airflow_provider_cloudflows.sandbox.signatures import ENVELOPE, WireRequest, query_pairs

LENGTH = 10_000


@dataclass(slots=True)
class Entry:
    """One call. ``time`` is that of the sandbox's clock; ``status`` is 0 when no answer was sent.

    ``number`` counts the calls from the first one on. ``fault`` names the rule or setting that made the sandbox
    misbehave. ``sent``, ``answer`` and ``signature`` (why that was refused) are for who looks at this call alone.
    """

    time: str
    cloud: str
    request_id: str
    method: str
    path: str
    service: str = ""
    operation: str = ""
    key_id: str = ""
    status: int = 0
    code: str = ""
    message: str = ""
    fault: str = ""
    parameters: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    milliseconds: float = 0.0
    number: int = 0
    sent: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    signature: dict[str, Any] | None = None

    def line(self) -> dict[str, Any]:
        """The call in a list: everything but what fills a page of its own."""
        return {name: getattr(self, name) for name in _LINE}

    def brief(self) -> dict[str, Any]:
        """The call in a list of thousands: its parameters as one short text, and no headers."""
        return {name: getattr(self, name) for name in _BRIEF} | {"about": _about(self.parameters)}

    def page(self) -> dict[str, Any]:
        """All that is known of the call."""
        return self.line() | {"sent": self.sent, "answer": self.answer, "signature": self.signature}


_LINE = tuple(name for name in Entry.__slots__ if name not in ("sent", "answer", "signature"))

_BRIEF = tuple(name for name in _LINE if name not in ("parameters", "headers", "message"))
_LONGEST_ABOUT = 240


def _about(parameters: Any) -> str:
    """Names first, then ids, then the rest: what a person looks for."""
    if not isinstance(parameters, Mapping):
        return ""
    shown = [name for name in parameters if name not in ENVELOPE]
    shown.sort(key=lambda name: (not name.lower().endswith("name"), not name.lower().endswith("id")))
    values = ((name, parameters[name]) for name in shown)
    texts = (f"{name} {json.dumps(value) if isinstance(value, dict | list) else value}" for name, value in values)
    return " · ".join(texts)[:_LONGEST_ABOUT]


class Journal:
    """The latest calls, oldest first."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._entries: deque[Entry] = deque(maxlen=LENGTH)
        self._last = 0
        self._lock = threading.Lock()

    @property
    def last(self) -> int:
        """The number of the latest call, 0 before the first."""
        return self._last

    def record(self, entry: Entry, request: WireRequest, parameters: Any, reply: WireReply) -> None:
        """Add a call, cleaned."""
        clean = self._redactor
        brought = tuple(brought_by(request))
        entry.headers = clean.headers(request.headers)
        entry.parameters = clean.value(parameters)
        for name in ("path", "message", "key_id"):
            setattr(entry, name, clean.text(getattr(entry, name)))
        entry.sent = self._sent(request)
        entry.answer = self._answer(reply, brought)
        if entry.signature is not None:
            told = entry.signature.items()
            entry.signature = {name: clean.text(without(text, brought), LONGEST_BODY) for name, text in told}
        with self._lock:
            self._last += 1
            entry.number = self._last
            self._entries.append(entry)

    def entries(self, limit: int = LENGTH, *, after: int = 0, brief: bool = False) -> list[dict[str, Any]]:
        """The latest ``limit`` calls as JSON, oldest first; only those whose number is above ``after``."""
        with self._lock:
            count = min(max(limit, 0), len(self._entries), max(self._last - after, 0))
            latest = list(islice(reversed(self._entries), count))
        latest.reverse()
        return [entry.brief() if brief else entry.line() for entry in latest]

    def find(self, number: int) -> Entry | None:
        """One call by its number, unless it is forgotten."""
        with self._lock:
            place = number - self._last - 1
            return self._entries[place] if -len(self._entries) <= place < 0 else None

    def clear(self) -> None:
        """Forget all calls; the numbers go on."""
        with self._lock:
            self._entries.clear()

    def reset(self) -> None:
        """Back to birth."""
        self.clear()

    def _sent(self, request: WireRequest) -> dict[str, Any]:
        """Query and body as they came, each apart; ``form`` tells how the body is shown."""
        query = self._redactor.pairs(query_pairs(request.query, unquote_plus))
        if not request.body:
            return {"query": query, "body": None, "form": "none"}
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            text = request.body.decode()
            if kind == "application/x-www-form-urlencoded":
                return {"query": query, "body": self._redactor.pairs(query_pairs(text, unquote_plus)), "form": "form"}
            return {"query": query, "body": self._redactor.value(read_json(text)), "form": "json"}
        except ValueError:
            # Secrets in it could not be told from the rest.
            return {"query": query, "body": f"{len(request.body)} bytes that are no JSON and no form", "form": "other"}

    def _answer(self, reply: WireReply, brought: Iterable[str]) -> dict[str, Any]:
        """What was sent back, or what was made of it before the connection was broken: nothing."""
        if not reply.status:
            return {"headers": {}, "body": None, "form": "none"}
        headers = self._redactor.headers(reply.headers)
        if not reply.body:
            return {"headers": headers, "body": None, "form": "none"}
        try:
            text = without(reply.body.decode(), brought)
        except UnicodeDecodeError:
            return {"headers": headers, "body": f"{len(reply.body)} bytes that are not UTF-8", "form": "other"}
        if len(text) <= LONGEST_BODY:
            try:
                return {"headers": headers, "body": self._redactor.value(read_json(text)), "form": "json"}
            except ValueError:
                pass
        return {"headers": headers, "body": self._redactor.json_text(text), "form": "text"}


def timestamp(now: float) -> str:
    """Journal time: UTC with milliseconds."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
