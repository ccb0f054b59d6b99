"""A SecMaster that plays runs of workflows by a script, and counts who asks for what."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.services.secmaster.workflow_instance import WorkflowInstanceResource
from airflow_provider_cloudflows.waiting.watch import Watch
from tests.services.clients import huawei
from tests.transport.servers import Answer, Seen

__all__ = ["Runs", "secmaster", "watch_of"]

WORKSPACE = "11111111-2222-3333-4444-555555555555"


def watch_of(run_id: str, **how: Any) -> Watch:
    """Return the wait for a run."""
    resource = WorkflowInstanceResource({"workflow_id": "w", "workspace_id": WORKSPACE}, caller={"project_id": None})
    return Watch.of(resource, run_id, **how)


@dataclass
class Runs:
    """The runs of one workspace.

    ``states`` holds the states that the looks at a run show, one after the other; the last one stays.
    """

    states: dict[str, list[str]] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    refusals: list[Answer] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    ends_when_cancelled: bool = True
    calls: Counter[str] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def handle(self, seen: Seen) -> Answer:
        with self.changed:
            self.changed.notify_all()
            return self._handle(seen)

    def wait_for_calls(self, kind: str, count: int) -> None:
        """Return when so many calls of a kind have come."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.calls[kind] >= count, 20)

    def _handle(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.target)
        run_id = parts.path.rpartition("/")[2]
        kind = seen.method if seen.method != "GET" else "list" if run_id == "instances" else "show"
        self.calls[kind] += 1
        if self.refusals:
            return self.refusals.pop(0)
        if kind == "PUT":
            if self.ends_when_cancelled:
                self.states[run_id] = ["TERMINATED"]
            return Answer(body=json.dumps({"code": "00000000", "success": True}).encode())
        if kind == "list":
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            offset, limit = int(query.get("offset", 0)), int(query.get("limit", 10))
            listed = [one for one in self.states if one not in self.unlisted]
            page = [self._shown(one) for one in listed[offset : offset + limit]]
            return Answer(body=json.dumps({"count": len(listed), "instances": page}).encode())
        if run_id not in self.states:
            return Answer(status=400, body=json.dumps({"code": "SecMaster.20030001", "message": "no run"}).encode())
        return Answer(body=json.dumps(self._shown(run_id)).encode())

    def _shown(self, run_id: str) -> dict[str, Any]:
        states = self.states[run_id]
        state = states[0] if len(states) == 1 else states.pop(0)
        document: dict[str, Any] = {"id": run_id, "status": state, "workflow": {"id": "w"}}
        if run_id in self.reasons:
            document["topology"] = {"audit_logs": [{"action_name": "Block", "error_msg": self.reasons[run_id]}]}
        return document


@contextmanager
def secmaster(runs: Runs) -> Iterator[CloudClient]:
    """A client of a SecMaster that holds ``runs``."""
    with huawei(runs.handle) as client:
        yield client
