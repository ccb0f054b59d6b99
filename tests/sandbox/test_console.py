"""The console as it is served: who is let in, what the browser may load, what is repeated as curl, what is live.

What a person does with it is tried in a browser: see ``tests/ui/test_console.py``.
"""

from __future__ import annotations

import http.client
import json
import re
import shlex
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_provider_cloudflows.sandbox import console, control, world
from airflow_provider_cloudflows.sandbox.app import Running, bind, serve
from airflow_provider_cloudflows.sandbox.dispatch import Sandbox
from airflow_provider_cloudflows.sandbox.faults import KINDS

from .signing import Draft, Reply, acs3, alibaba, get, huawei, rpc, sdk_hmac, sign_acs3, sign_sdk_hmac

FOLDER = Path(console.__file__).parent
FILES = sorted(file for file in FOLDER.iterdir() if file.suffix in (".js", ".css", ".html", ".svg"))
BUSINESS = {"ProjectId": "10000", "BusinessName": "daily"}
GUIDE = Path(__file__).parents[2] / "docs" / "sandbox.md"


def post(sandbox: Running, path: str, **headers: str) -> Reply:
    sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Draft(sandbox.url, "POST", f"/_sandbox/{path}", headers=sent, body=b"{}").send()


# Who is let in


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "http://[::1"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"},
        {"host": "rebound.evil.example"},
    ],
)
def test_a_page_of_another_origin_changes_nothing(sandbox: Running, headers: dict[str, str]) -> None:
    alibaba(sandbox.url, "CreateBusiness", BUSINESS)
    refused = post(sandbox, "reset", **headers)
    assert refused.status == 403
    assert refused.json["error"].endswith(".")
    assert sandbox.state()["dataworks.business"]
    own = {"origin": sandbox.url, "sec_fetch_site": "same-origin"}
    assert post(sandbox, "reset", **own).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://rebound.evil.example", "host": "rebound.evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    ],
)
def test_no_program_of_a_page_calls_a_cloud_with_the_published_keys(sandbox: Running, headers: dict[str, str]) -> None:
    draft = acs3(sandbox.url, "CreateBusiness", BUSINESS)
    reply = sign_acs3(replace(draft, headers=draft.headers | headers)).send()
    assert (reply.status, sandbox.state().get("dataworks.business", []), sandbox.requests()) == (403, [], [])


def test_a_page_of_another_origin_reads_nothing_and_may_link_here(sandbox: Running) -> None:
    assert (
        get(sandbox.url, "/_sandbox/connections", sec_fetch_site="cross-site", sec_fetch_mode="no-cors").status == 403
    )
    assert get(sandbox.url, "/", sec_fetch_site="same-site", sec_fetch_mode="navigate").status == 200
    assert get(sandbox.url, "/_sandbox/stream", host="evil.example").status == 403


def test_no_origin_but_its_own_is_let_in_when_other_machines_may_come() -> None:
    sandbox = Sandbox()
    running = Running(sandbox, bind("127.0.0.1", 0), allow_remote=True)
    thread = threading.Thread(target=running.run)
    thread.start()
    host = "build-host:8470"
    assert get(running.url, "/_sandbox/health", host=host).status == 200
    assert get(running.url, "/_sandbox/health", host=host, origin=f"http://{host}").status == 200
    assert get(running.url, "/_sandbox/health", host=host, origin="http://evil.example").status == 403
    running.stop()
    thread.join()
    sandbox.close()


# What is served


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_served_with_a_policy_that_lets_nothing_else_in(sandbox: Running, file: Path) -> None:
    reply = get(sandbox.url, "/" if file.name == "index.html" else f"/_sandbox/console/{file.name}")
    assert (reply.status, reply.body) == (200, file.read_bytes())
    policy = reply.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["__init__.py", "..%2fapp.py", "nothing.js", "%2e%2e/guard.py"])
def test_nothing_else_is_served(sandbox: Running, name: str) -> None:
    assert get(sandbox.url, f"/_sandbox/console/{name}").status == 404


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_writes_markup_or_names_another_machine(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\son\w+=\"", text
    )
    assert set(re.findall(r"https?://[^\s\"'`]+", text)) <= {"http://www.w3.org/2000/svg"}
    for name in re.findall(r"from \"\./([\w-]+\.js)\"", text):
        assert (FOLDER / name).is_file()


def test_every_kind_of_fault_and_every_setting_has_its_place() -> None:
    faults = (FOLDER / "faults.js").read_text("utf-8")
    groups = re.findall(r"\[(\"[a-z_0-9]+\"(?:, \"[a-z_0-9]+\")*)\]\]", faults)
    assert sorted(re.findall(r"[a-z_0-9]+", " ".join(groups))) == sorted(KINDS)
    settings = (FOLDER / "settings.js").read_text("utf-8")
    sandbox = Sandbox()
    assert all(f'"{name}"' in settings or f"setting-{name}" in settings for name in sandbox.settings.as_json())
    sandbox.close()


def test_the_guide_lists_the_routes_that_there_are() -> None:
    sandbox = Sandbox()
    routes = control.routes(sandbox, "http://127.0.0.1:8470")
    sandbox.close()
    there = {f"{method} {route.path}" for route in routes for method in route.methods or () if method != "HEAD"}
    written = re.findall(r"^\| `([A-Z]+)` \| `(/[^`?]*)", GUIDE.read_text("utf-8"), re.MULTILINE)
    plain = {re.sub(r":\w+}", "}", route) for route in there}
    assert {f"{method} {path}" for method, path in written} == plain
    assert len(written) == len(plain)


# What is repeated


def run(command: str) -> Reply:
    """What a curl command does, without curl."""
    words = shlex.split(command.replace("\\\n", " "))
    options = dict(pairwise(words))
    url = next(word for word in words if word.startswith("http://"))
    headers = dict(words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "--header")
    body = options.get("--data-binary", "").encode()
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(options["--request"], target, body or None, headers)
    answer = connection.getresponse()
    reply = Reply(answer.status, dict(answer.getheaders()), answer.read())
    connection.close()
    return reply


def curl_of_the_last(sandbox: Running) -> Reply:
    return get(sandbox.url, f"/_sandbox/requests/{sandbox.requests()[-1]['number']}/curl")


def _form(url: str) -> Draft:
    return sign_acs3(acs3(url, "CreateBusiness", BUSINESS | {"BusinessName": "it's Ünïcode & <more>"}))


def _session_key(url: str) -> Draft:
    key = world.ALIBABA_SESSION_KEY
    return sign_acs3(acs3(url, "GetCallerIdentity", key=key), key)


def _older(url: str) -> Draft:
    return rpc(url, "GetCallerIdentity")


def _json(url: str) -> Draft:
    return sign_sdk_hmac(
        sdk_hmac(url, "POST", "/v1/workspaces", {"name": "lake-house", "description": "the lake's, \\ and more"})
    )


def _query(url: str) -> Draft:
    return sign_sdk_hmac(sdk_hmac(url, "GET", "/v1/workspaces", query={"enterprise_project_id": "all_granted_eps"}))


def _metadata(url: str) -> Draft:
    return Draft(url, "GET", "/latest/meta-data/ram/security-credentials/")


@pytest.mark.parametrize("draft", [_form, _session_key, _older, _json, _query, _metadata])
def test_a_call_is_repeated_by_its_command(sandbox: Running, draft: Any) -> None:
    first = draft(sandbox.url).send()
    assert first.status == 200, first.body
    command = curl_of_the_last(sandbox).body.decode()
    for key in world.BIRTH_KEYS:
        assert key.secret not in command
        assert not key.security_token or key.security_token not in command
    sandbox.reset()
    assert run(command).status == 200
    latest = sandbox.requests()[-1]
    assert latest["status"] == 200


def test_a_call_that_was_signed_wrongly_is_repeated_rightly(sandbox: Running) -> None:
    draft = _json(sandbox.url)
    draft.body += b" "
    assert draft.send().status == 401
    assert run(curl_of_the_last(sandbox).body.decode()).status == 200


def test_a_call_that_was_not_kept_whole_is_not_repeated(sandbox: Running) -> None:
    huawei(sandbox.url, "POST", "/v1/workspaces", {"name": "x" * 100_000})
    assert curl_of_the_last(sandbox).status == 409
    Draft(sandbox.url, "POST", "/v1/workspaces", headers={"content-type": "application/json"}, body=b"{").send()
    refused = curl_of_the_last(sandbox)
    assert (refused.status, refused.json["error"][-1]) == (409, ".")
    assert get(sandbox.url, "/_sandbox/requests/99/curl").status == 404


# What is kept of a call


def test_a_call_shows_what_was_sent_and_answered(sandbox: Running) -> None:
    alibaba(sandbox.url, "CreateBusiness", BUSINESS, query={"Description": "a b"})
    call = get(sandbox.url, "/_sandbox/requests/1").json
    assert call["sent"] == {
        "query": [["Description", "a b"]],
        "body": [["ProjectId", "10000"], ["BusinessName", "daily"]],
        "form": "form",
    }
    assert call["answer"]["body"]["RequestId"] == call["request_id"]
    sandbox.faults.add("CreateWorkspace", "html")
    huawei(sandbox.url, "POST", "/v1/workspaces", {"name": "lake"})
    call = get(sandbox.url, "/_sandbox/requests/2").json
    assert (call["sent"]["body"], call["answer"]["form"]) == ({"name": "lake"}, "text")
    assert "502 Bad Gateway" in call["answer"]["body"]


def test_no_secret_is_in_the_answers_that_are_kept(sandbox: Running) -> None:
    role = {"RoleArn": world.ALIBABA_ROLE_ARN, "RoleSessionName": "session"}
    issued = alibaba(sandbox.url, "AssumeRole", query=role).json["Credentials"]
    get(sandbox.url, "/latest/meta-data/ram/security-credentials/" + world.ALIBABA_METADATA_ROLE_NAME)
    nested = {"db_password": "canary-5ecret"}
    task = {"ProcessId": world.BPSTUDIO_PROCESS_ID, "AppId": world.BPSTUDIO_APPLICATION_ID, "TaskName": "t"}
    alibaba(sandbox.url, "CreateTask", task | {"Variables": json.dumps(nested)})
    pages = b"".join(get(sandbox.url, f"/_sandbox/requests/{number}").body for number in (1, 2, 3)).decode()
    for secret in (issued["AccessKeySecret"], issued["SecurityToken"], "canary-5ecret", world.ISSUED_MARK):
        assert secret not in pages
    assert issued["AccessKeyId"] in pages


# What is live


def test_the_stream_tells_what_changed(sandbox: Running) -> None:
    parts = urlsplit(sandbox.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", "/_sandbox/stream")
    answer = connection.getresponse()
    assert answer.headers["content-type"].startswith("text/event-stream")

    def told() -> Any:
        while not (line := answer.readline().decode()).startswith("data: "):
            assert line, "the stream ended"
        return json.loads(line.removeprefix("data: "))

    first = told()
    alibaba(sandbox.url, "CreateBusiness", BUSINESS)
    second = told()
    assert second["requests"] == first["requests"] + 1
    assert second["resources"] != first["resources"]
    sandbox.faults.add("*", "empty")
    assert told()["controls"] != second["controls"]
    sandbox.reset()
    assert told()["resets"] == first["resets"] + 1
    connection.close()


def test_a_sandbox_stops_though_a_console_is_open() -> None:
    with serve() as running:
        connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=10)
        connection.request("GET", "/_sandbox/stream")
        answer = connection.getresponse()
        assert answer.readline()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()
