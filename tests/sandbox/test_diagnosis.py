"""Why a signature was refused: the mistake is named, the expected text is shown, and no secret is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dispatch import Sandbox
from airflow_provider_cloudflows.sandbox.signatures import WireRequest

from .signing import Draft, acs3, get, rpc, sdk_hmac, sign_acs3, sign_sdk_hmac

BUSINESS = {"ProjectId": "10000", "BusinessName": "daily sales"}
QUERY = {"b": "2 x", "a": "1/2"}


def explained(sandbox: Running, draft: Draft) -> Any:
    """What the console is told of a request with a wrong signature."""
    assert draft.send().status in (400, 401)
    return get(sandbox.url, f"/_sandbox/requests/{sandbox.requests()[-1]['number']}").json["signature"]


def huawei_draft(url: str) -> Draft:
    return sdk_hmac(url, "POST", "/v1/workspaces", {"name": "lake-house"}, query=QUERY)


def signed_differently(draft: Draft, change: Callable[[Draft], None]) -> Draft:
    """Signed after a change that is taken back before it is sent."""
    method, path, query, headers, body = draft.method, draft.path, draft.query, dict(draft.headers), draft.body
    change(draft)
    sign = sign_acs3 if "x-acs-action" in draft.headers else sign_sdk_hmac
    authorization = sign(draft).headers["authorization"]
    draft.method, draft.path, draft.query, draft.body = method, path, query, body
    draft.headers = headers | {"authorization": authorization}
    return draft


def without_port(draft: Draft) -> None:
    draft.headers["host"] = draft.headers["host"].partition(":")[0]


def as_put(draft: Draft) -> None:
    draft.method = "PUT"


def without_query(draft: Draft) -> None:
    draft.query = []


def without_body(draft: Draft) -> None:
    draft.body = b""


def other_json(draft: Draft) -> None:
    draft.body = json.dumps(json.loads(draft.body), separators=(",", ":")).encode()


MISTAKES: list[tuple[Callable[[Draft], None], str]] = [
    (without_port, "The Host header was signed without its port."),
    (as_put, "PUT was signed as the method, and POST was sent."),
    (without_query, "The query was signed as if there were none."),
]


@pytest.mark.parametrize(
    ("change", "mistake"), [*MISTAKES, (without_body, "The hash of the body was that of an empty one.")]
)
def test_a_mistake_of_a_huawei_client_is_named(sandbox: Running, change: Callable[[Draft], None], mistake: str) -> None:
    told = explained(sandbox, signed_differently(huawei_draft(sandbox.url), change))
    assert (told["reason"], told["mistake"]) == ("mismatch", mistake)
    assert told["signed"] != told["expected"]
    assert told["expected"].startswith("POST\n/v1/workspaces/\na=1%2F2&b=2%20x\n")


@pytest.mark.parametrize(("change", "mistake"), MISTAKES)
def test_a_mistake_of_an_alibaba_client_is_named(
    sandbox: Running, change: Callable[[Draft], None], mistake: str
) -> None:
    draft = acs3(sandbox.url, "CreateBusiness", BUSINESS, query=QUERY)
    told = explained(sandbox, signed_differently(draft, change))
    assert told["mistake"] == mistake
    assert told["string_to_sign"].startswith("ACS3-HMAC-SHA256\n")


def test_json_that_was_written_anew_after_it_was_signed_is_named(sandbox: Running) -> None:
    told = explained(sandbox, signed_differently(huawei_draft(sandbox.url), other_json))
    assert told["mistake"].endswith("the same JSON written differently: sign the very bytes that are sent.")


def test_a_path_that_was_encoded_twice_is_named(sandbox: Running) -> None:
    draft = sdk_hmac(sandbox.url, "DELETE", "/v1/workspaces/lake%20house")
    draft.path = "/v1/workspaces/lake%2520house"
    sign_sdk_hmac(draft)
    draft.path = "/v1/workspaces/lake%20house"
    assert explained(sandbox, draft)["mistake"] == "The path was signed encoded twice."


@pytest.mark.parametrize(
    ("secret", "mistake"),
    [
        (world.HUAWEI_KEY.secret + "\n", "It was signed with the right secret and a line break after it."),
        (world.OTHER_HUAWEI_KEY.secret, f"It was signed with the secret of the key {world.OTHER_HUAWEI_KEY.id}."),
        ("a secret that nobody knows", ""),
    ],
)
def test_a_wrong_secret_is_told_from_a_wrong_text(sandbox: Running, secret: str, mistake: str) -> None:
    draft = huawei_draft(sandbox.url)
    told = explained(sandbox, sign_sdk_hmac(draft, replace(world.HUAWEI_KEY, secret=secret)))
    assert told["mistake"] == mistake
    assert told["signed"] == (told["expected"] if mistake else "")
    assert world.HUAWEI_KEY.secret not in json.dumps(told)


def test_the_older_signature_of_alibaba_is_explained_too(sandbox: Running) -> None:
    key = replace(world.ALIBABA_KEY, secret=world.ALIBABA_KEY.secret + "\n")
    told = explained(sandbox, rpc(sandbox.url, "GetCallerIdentity", key=key))
    assert told["mistake"] == "It was signed with the right secret and a line break after it."
    assert told["expected"].startswith("GET&%2F&AccessKeyId%3D")
    posted = rpc(sandbox.url, "GetCallerIdentity", method="POST")
    posted.method = "GET"
    assert explained(sandbox, posted)["mistake"] == "POST was signed as the method, and GET was sent."


def test_what_is_wrong_before_a_signature_is_compared_is_explained(sandbox: Running) -> None:
    late = explained(sandbox, sign_acs3(acs3(sandbox.url, "ListProjects", now=1_000_000_000)))
    assert (late["reason"], late["expected"]) == ("date_outside_window", "")
    assert "more than 15 minutes" in late["explanation"]
    unknown = replace(world.HUAWEI_KEY, id="HPUANOBODY")
    assert "HPUANOBODY" in explained(sandbox, sign_sdk_hmac(huawei_draft(sandbox.url), unknown))["explanation"]
    body = sign_acs3(acs3(sandbox.url, "CreateBusiness", BUSINESS))
    body.body += b"&x=1"
    assert explained(sandbox, body)["reason"] == "body_changed"


def test_a_call_that_was_let_in_has_nothing_to_explain(sandbox: Running) -> None:
    assert sign_acs3(acs3(sandbox.url, "CreateBusiness", BUSINESS)).send().status == 200
    assert get(sandbox.url, "/_sandbox/requests/1").json["signature"] is None


TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40).map("tok-{}".format)


@pytest.fixture(scope="module")
def quiet() -> Any:
    """A sandbox without a server: requests go straight in."""
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@settings(max_examples=60)
@given(token=TOKENS, where=st.sampled_from(["header", "query", "form"]))
def test_no_token_is_shown_wherever_it_was_sent_and_signed(quiet: Sandbox, token: str, where: str) -> None:
    key = replace(world.HUAWEI_SESSION_KEY, security_token=None)
    if where == "header":
        draft = sign_sdk_hmac(huawei_draft("http://127.0.0.1:1"), replace(key, secret="wrong"))
        draft.headers["x-security-token"] = token
    else:
        other = replace(world.ALIBABA_SESSION_KEY, security_token=token, secret="wrong")
        draft = rpc("http://127.0.0.1:1", "GetCallerIdentity", key=other, method="POST" if where == "form" else "GET")
        if where == "form":
            draft.body, draft.query = draft.encoded_query.encode(), []
            draft.headers["content-type"] = "application/x-www-form-urlencoded"
    quiet.handle(WireRequest(draft.method, draft.path, draft.encoded_query, draft.headers, draft.body))
    entry = quiet.journal.find(quiet.journal.last)
    assert entry is not None
    shown = json.dumps(entry.page()) + json.dumps(entry.brief())
    for written in (token, json.dumps(token)[1:-1], quote(token, safe="~"), quote(quote(token, safe="~"), safe="~")):
        assert written not in shown
