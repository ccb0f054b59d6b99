"""What a test says to a sandbox in another process, by its control API, and what it asks there."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess

POLL_SECONDS = 0.1


def control_text(sandbox: SandboxProcess, path: str, body: Any = None, method: str | None = None) -> str:
    """Call ``/_sandbox/…`` and return the answer as it was written; POST if there is a body, else GET."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{sandbox.url}/_sandbox/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        read: bytes = answer.read()
    return read.decode()


def control(sandbox: SandboxProcess, path: str, body: Any = None, method: str | None = None) -> Any:
    """Call ``/_sandbox/…`` and return the answer."""
    return json.loads(control_text(sandbox, path, body, method))


def existing(sandbox: SandboxProcess, kind: str, **fields: Any) -> list[dict[str, Any]]:
    """Return what exists of a kind, with these values of its fields."""
    documents = control(sandbox, "state").get(kind, [])
    return [one for one in documents if all(one[field] == value for field, value in fields.items())]


def creates_of_workflow(sandbox: SandboxProcess, name: str) -> list[int]:
    """Return the statuses that the creates of a workflow of that name were answered with."""
    sent = [one for one in control(sandbox, "requests")["requests"] if one["operation"] == "CreateWorkflow"]
    return [one["status"] for one in sent if (one["parameters"] or {}).get("name") == name]


def eventually(holds: Callable[[], object], what: str, seconds: float = 90.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(POLL_SECONDS)
