"""Two clouds that play the running of things by a script: DataArts Fabric on two hosts, and BPStudio.

What is started goes through the states of the script, one at each look, and stays in the last. Answers can get lost on
their way after the request took effect.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from airflow_provider_cloudflows.sandbox import world
from tests.conftest import SetConnection
from tests.transport.servers import Answer, Seen, http_script, serving

__all__ = ["DENIED", "BPStudio", "Fabric", "allow_calls_a_day", "connected"]

DENIED = Answer({"error_code": "APIGW.0302", "error_msg": "Incorrect app authentication information"}, 403)

LOST = Answer(b"<html>a gateway gave up</html>", 502)
CREATED = "2026-01-10T03:37:12.000+00:00"


@dataclass
class Fabric:
    """A workspace with runs and endpoints.

    :param scripts: the states of each thing that is started, in the order of the starts.
    :param lost: how many answers to starts get lost from now on; likewise ``lost_deletes``.
    :param strays: what the next reads by an id are answered with instead.
    :param goes_as: the states of what is deleted.
    :param things: what exists, by id.
    :param calls: how often each operation was called.
    """

    scripts: list[list[str]] = field(default_factory=lambda: [["SUCCEEDED"]])
    lost: int = 0
    lost_deletes: int = 0
    strays: list[Answer] = field(default_factory=list)
    goes_as: list[str] = field(default_factory=lambda: ["DELETED"])
    refusals: list[Answer] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.target)
        place = parts.path.removeprefix("/v1/workspaces/ws-1/")
        kind, _, rest = (place.removeprefix("jobs/")).partition("/")
        operation = {"POST": "cancel" if rest.endswith("/cancel") else "start", "DELETE": "delete"}.get(
            seen.method, "show" if rest else "list"
        )
        self.calls[operation] += 1
        if operation == "start" and self.refusals:
            return self.refusals.pop(0)
        if operation == "show" and self.strays:
            return self.strays.pop(0)
        if operation == "start":
            return self._start(json.loads(seen.body))
        if operation == "list":
            wanted = parse_qs(parts.query).get("name", [""])[0]
            found = [self._view(one) for one in self.things.values() if wanted in one["name"]]  # the filter is fuzzy
            return Answer({"total": len(found), "job_runs" if kind == "runs" else "endpoints": found})
        thing = self.things.get(rest.removesuffix("/cancel"))
        if thing is None:
            return Answer({"error_code": "dataartsfabric.00010009", "error_msg": "resource not found"}, 400)
        if operation == "show":
            states = thing["states"]
            thing["status"] = states[0] if len(states) == 1 else states.pop(0)
            return Answer(self._view(thing) | (self.shown if thing["status"].endswith("FAILED") else {}))
        thing["states"] = ["STOPPED"] if operation == "cancel" else list(self.goes_as)
        if operation == "delete" and self.lost_deletes:
            self.lost_deletes -= 1
            return LOST
        return Answer()

    def _start(self, body: dict[str, Any]) -> Answer:
        self.sent.append(body)
        made_id = f"id-{len(self.sent)}"  # never used again
        states = list(self.scripts[min(len(self.sent), len(self.scripts)) - 1])
        self.things[made_id] = {"id": made_id, "status": states[0], "create_time": CREATED, **body, "states": states}
        if self.lost:
            self.lost -= 1
            return LOST
        return Answer({"id": made_id})

    @staticmethod
    def _view(thing: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in thing.items() if name != "states"}


@dataclass
class BPStudio:
    """One task, 1994.

    :param script: its states after it was executed.
    :param before: its state before, and ``message_before`` its error message.
    :param message: its error message after it was executed.
    :param lost: how many answers to executions get lost from now on.
    :param ignored: how many executions have no effect, and no answer either.
    :param answers: what the next calls are answered with instead, without effect.
    """

    script: list[str] = field(default_factory=lambda: ["BINDING", "FINISH "])
    before: str = "CREATED"
    message_before: str = ""
    message: str = ""
    lost: int = 0
    ignored: int = 0
    answers: list[Answer] = field(default_factory=list)
    executions: int = 0
    calls: Counter[str] = field(default_factory=Counter)

    def __call__(self, seen: Seen) -> Answer:
        action = seen.headers["x-acs-action"]
        self.calls[action] += 1
        if self.answers and action != "GetCallerIdentity":
            return self.answers.pop(0)
        if action == "GetCallerIdentity":
            return Answer({"AccountId": "1", "UserId": "2", "Arn": "acs:ram::1:user/x", "RequestId": "r"})
        assert dict(parse_qsl(seen.body.decode())) == {"TaskId": "1994"}
        if action == "ExecuteTask":
            if self.ignored:
                self.ignored -= 1
                return LOST
            self.executions += 1
            if self.lost:
                self.lost -= 1
                return LOST
            return self._answer({"Id": 1994, "Name": "scale", "Status": self.script[0], "ErrorMessage": ""})
        state, message = self.before, self.message_before
        if self.executions:
            message = self.message
            state = self.script[0] if len(self.script) == 1 else self.script.pop(0)
        task = {"Id": 1994, "Name": "scale", "AppId": "APP1", "Status": state, "ErrorMessage": message}
        return self._answer(task)

    @staticmethod
    def _answer(data: Any) -> Answer:
        return Answer({"Code": "200", "Message": "Success", "RequestId": "r", "Data": data})


@contextmanager
def connected(cloud: Fabric | BPStudio, set_connection: SetConnection) -> Iterator[None]:
    """The default connections, to ``cloud``, for the duration of the block."""
    with serving(http_script(cloud)) as server:
        for conn_id, conn_type, key, region in (
            ("huaweicloud_default", "cloudflows_huawei", world.HUAWEI_KEY, "cn-north-4"),
            ("alibabacloud_default", "cloudflows_alibaba", world.ALIBABA_KEY, "cn-hangzhou"),
        ):
            extra = {"region": region, "endpoint": server.origin, "timeout": 5}
            extra |= {"project_id": "p" * 32} if conn_type == "cloudflows_huawei" else {}
            set_connection(conn_id, conn_type=conn_type, login=key.id, password=key.secret, extra=extra)
        yield


def allow_calls_a_day(count: int, monkeypatch: pytest.MonkeyPatch, cloud: str = "huawei") -> None:
    """Let the connection to a cloud say how many calls a day the account may make."""
    variable = f"AIRFLOW_CONN_{cloud.upper()}CLOUD_DEFAULT"
    connection = json.loads(os.environ[variable])
    connection["extra"]["requests_per_day"] = count
    monkeypatch.setenv(variable, json.dumps(connection))
