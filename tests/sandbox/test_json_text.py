"""JSON that comes from outside: what could not be shown again is refused, and breaks nobody who looks."""

from __future__ import annotations

import json

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.json_text import DEEPEST, read_json

from .signing import Draft, get, huawei

BAD = {
    "half of a pair": '{"name": "\\ud83d"}',
    "half of a pair as a name": '{"\\uDE00": 1}',
    "no number": '{"name": NaN}',
    "no end of a number": '{"name": 1e999}',
    "too deep": '{"name": ' + "[" * 10_000 + "]" * 10_000 + "}",
    "deep enough to trip who walks": '{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1),
    "endless": "[" * 100_000,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_nobody_can_keep_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_json(text.encode())


@pytest.mark.parametrize(
    "text", ['"\\ud83d\\ude00"', "[" * DEEPEST + "]" * DEEPEST, '"' + "[{" * 9999 + '"', "-1.5e30", "[1, {}, null]"]
)
def test_all_else_is_read_as_it_is(text: str) -> None:
    assert read_json(text) == json.loads(text)


def test_the_console_outlives_whatever_anybody_sends(sandbox: Running) -> None:
    clouds = ("/v3/auth/tokens", f"/v1/{world.HUAWEI_PROJECT_ID}/workspaces/w/soc/workflows", "/")
    ways = ("/_sandbox/resources/fabric.workspace", "/_sandbox/courses", "/_sandbox/faults", "/_sandbox/clock", *clouds)
    for text in BAD.values():
        for path in ways:
            headers = {"content-type": "application/json"}
            reply = Draft(sandbox.url, "POST", path, headers=headers, body=text.encode()).send()
            assert reply.status in (400, 401), (path, text[:20])
    assert len(sandbox.requests()) == len(BAD) * len(clouds)
    for path in ("requests", "inventory", "state", "courses", "faults", f"requests/{len(sandbox.requests())}"):
        assert get(sandbox.url, f"/_sandbox/{path}").status == 200


def test_a_name_that_cannot_be_shown_is_a_mistake_of_who_sends_it(sandbox: Running) -> None:
    reply = huawei(sandbox.url, "POST", "/v1/workspaces", {"name": "orders", "description": "\ud83d"})
    assert (reply.status, sandbox.state().get("fabric.workspace", [])) == (400, [])


@pytest.mark.parametrize("path", ["inventory/" + "9" * 30, "requests/" + "9" * 30])
def test_a_number_beyond_all_is_one_that_there_is_not(sandbox: Running, path: str) -> None:
    assert get(sandbox.url, f"/_sandbox/{path}").status == 404
    assert get(sandbox.url, "/_sandbox/requests?after=" + "9" * 30).status == 400
