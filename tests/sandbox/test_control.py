"""The control API: what a person sees, what is kept from the journal, who is let in."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_provider_cloudflows.sandbox import dataworks, journal, oidc, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.dispatch import Sandbox
from airflow_provider_cloudflows.sandbox.redaction import LONGEST_TEXT
from airflow_provider_cloudflows.sandbox.signatures import WireRequest

from .signing import Draft, Reply, acs3, alibaba, get, huawei, sdk_hmac, sign_acs3, sign_sdk_hmac
from .test_signatures_huawei import PROJECT_SCOPE, auth

BUSINESS = {"ProjectId": "10000", "BusinessName": "daily"}


def post(url: str, path: str, content_type: str | None = "application/json", **headers: str) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type:
        sent["content-type"] = content_type
    return Draft(url, "POST", path, headers=sent).send()


def test_health(sandbox: Running) -> None:
    assert get(sandbox.url, "/_sandbox/health").json == {"status": "ok"}


def test_a_connection_that_is_kept_is_answered_at_once(sandbox: Running) -> None:
    """The second half of an answer waits for nobody to confirm the first, which systems do after 40 ms."""
    with closing(http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)) as connection:
        seconds = []
        for _ in range(10):
            asked = time.perf_counter()
            connection.request("GET", "/_sandbox/health")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - asked)
    assert min(seconds[2:]) < 0.035, seconds


def test_state_shows_birth_and_what_was_created(sandbox: Running) -> None:
    born = get(sandbox.url, "/_sandbox/state").json
    assert [project["ProjectId"] for project in born["dataworks.project"]] == [10000, 10001, 20000]
    assert len(born["secmaster.dataclass"]) == 15
    alibaba(sandbox.url, "CreateBusiness", BUSINESS)
    state = get(sandbox.url, "/_sandbox/state").json
    assert [business["BusinessName"] for business in state["dataworks.business"]] == ["daily"]
    assert state == sandbox.state()


def test_reset_goes_back_to_birth(sandbox: Running) -> None:
    born = sandbox.state()
    request = sign_acs3(acs3(sandbox.url, "CreateBusiness", BUSINESS))
    first = request.send().json["BusinessId"]
    assert post(sandbox.url, "/_sandbox/reset").json == {"status": "reset"}
    assert sandbox.state() == born
    assert sandbox.requests() == []
    assert request.send().json["BusinessId"] == first + 1


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_form_of_another_site_cannot_reset(sandbox: Running, content_type: str | None) -> None:
    alibaba(sandbox.url, "CreateBusiness", BUSINESS)
    assert post(sandbox.url, "/_sandbox/reset", content_type).status == 415
    assert sandbox.state()["dataworks.business"]


def test_reset_is_a_post(sandbox: Running) -> None:
    assert get(sandbox.url, "/_sandbox/reset").status == 405


@pytest.mark.parametrize("path", ["/", "/_sandbox/state", "/_sandbox/requests", "/_sandbox/connections"])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("192.168.1.10:8470", 403),
        ("evil.example@localhost", 403),
        ("localhost/evil.example", 403),
        ("localhost:evil", 403),
        ("", 403),
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("[::1]:8470", 200),
    ],
)
def test_only_loopback_hosts_see_the_control_api(sandbox: Running, path: str, host: str, status: int) -> None:
    assert get(sandbox.url, path, host=host).status == status


def test_clouds_answer_under_their_own_host_names(sandbox: Running) -> None:
    request = acs3(sandbox.url, "CreateBusiness", BUSINESS, host="dataworks.cn-hangzhou.aliyuncs.com")
    assert sign_acs3(request).send().status == 200


def test_choices_are_listed_with_their_reasons(sandbox: Running) -> None:
    listed = get(sandbox.url, "/_sandbox/choices").json["choices"]
    by_subject = {each["subject"]: each for each in listed}
    assert len(by_subject) == len(listed) > 40
    assert all(each["why"].endswith(".") for each in listed)
    duplicate = by_subject[dataworks.choices.DUPLICATE.subject]
    assert duplicate["value"] == "HTTP 409 Invalid.Tenant.BusinessAlreadyExists"


def test_connections_are_the_published_ones(sandbox: Running) -> None:
    shown = get(sandbox.url, "/_sandbox/connections").json
    assert shown == sandbox.connections
    assert json.loads(shown["AIRFLOW_CONN_HUAWEICLOUD_DEFAULT"]) == {
        "conn_type": "cloudflows_huawei",
        "login": world.HUAWEI_KEY.id,
        "password": world.HUAWEI_KEY.secret,
        "extra": {
            "region": "cn-north-4",
            "endpoint": sandbox.url,
            "workspace_id": world.SECMASTER_WORKSPACE_ID,
        },
    }


def test_journal_tells_what_happened(sandbox: Running) -> None:
    alibaba(sandbox.url, "CreateBusiness", BUSINESS)
    refused = alibaba(sandbox.url, "CreateBusiness", BUSINESS)
    huawei(sandbox.url, "POST", "/v1/workspaces", {"name": "lake-house", "tags": [{"key": "k"}]})
    first, second, third = get(sandbox.url, "/_sandbox/requests").json["requests"]
    assert (first["service"], first["operation"], first["status"], first["code"]) == (
        "DataWorks",
        "CreateBusiness",
        200,
        "",
    )
    assert (first["key_id"], first["parameters"]) == (world.ALIBABA_KEY.id, BUSINESS)
    assert (second["status"], second["code"]) == (409, refused.json["Code"])
    assert second["request_id"] == refused.json["RequestId"]
    assert (third["cloud"], third["operation"], third["path"]) == (
        "huawei",
        "CreateWorkspace",
        "/v1/workspaces",
    )
    assert third["parameters"] == {"name": "lake-house", "tags": [{"key": "k"}]}
    limited = Draft(sandbox.url, "GET", "/_sandbox/requests", [("limit", "1")]).send().json["requests"]
    assert limited == [third]
    later = Draft(sandbox.url, "GET", "/_sandbox/requests", [("after", str(first["number"]))]).send().json["requests"]
    assert later == [second, third]
    (brief,) = Draft(sandbox.url, "GET", "/_sandbox/requests", [("limit", "1"), ("brief", "1")]).send().json["requests"]
    assert brief["about"] == 'name lake-house · tags [{"key": "k"}]'
    assert "headers" not in brief


def test_journal_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LENGTH", 20)
    with closing(Sandbox()) as sandbox:
        for _ in range(25):
            sandbox.handle(_request("GET", "/v1/nothing"))
        kept = sandbox.journal.entries()
        assert [entry["number"] for entry in kept] == list(range(6, 26))
        assert [sandbox.journal.find(number) is not None for number in (0, 5, 6, 25, 26)] == [
            False,
            False,
            True,
            True,
            False,
        ]
        sandbox.close()


def test_long_values_are_shortened(sandbox: Running) -> None:
    huawei(sandbox.url, "POST", "/v1/workspaces", {"name": "x" * 100_000})
    assert len(sandbox.requests()[-1]["parameters"]["name"]) < LONGEST_TEXT + 50


def _request(method: str, path: str) -> WireRequest:
    return WireRequest(method, path, "", {}, b"")


CANARY = "canary-5ecret"


def _wrong_password(url: str) -> Draft:
    return sdk_hmac(url, "POST", "/v3/auth/tokens", auth(PROJECT_SCOPE, password=CANARY))


def _unknown_token(url: str) -> Draft:
    return Draft(url, "GET", "/v1/workspaces", headers={"x-auth-token": CANARY})


def _stale_alibaba_token(url: str) -> Draft:
    return sign_acs3(acs3(url, "ListProjects", x_acs_security_token=CANARY))


def _stale_huawei_token(url: str) -> Draft:
    return sign_sdk_hmac(sdk_hmac(url, "GET", "/v3/projects", x_security_token=CANARY))


def _strange_authorization(url: str) -> Draft:
    return Draft(url, "GET", "/v1/workspaces", headers={"authorization": f"Bearer {CANARY}"})


def _cookie(url: str) -> Draft:
    return Draft(url, "GET", "/v1/workspaces", headers={"cookie": f"session={CANARY}"})


def _secret_parameter(url: str) -> Draft:
    return sign_acs3(acs3(url, "CreateBusiness", BUSINESS | {"AccessKeySecret": CANARY}))


def _token_in_the_query(url: str) -> Draft:
    return Draft(url, "GET", "/v1/workspaces", [("X-Auth-Token", CANARY)])


@pytest.mark.parametrize(
    "draft",
    [
        _wrong_password,
        _unknown_token,
        _stale_alibaba_token,
        _stale_huawei_token,
        _strange_authorization,
        _cookie,
        _secret_parameter,
        _token_in_the_query,
    ],
)
def test_no_secret_is_in_the_journal_or_state(sandbox: Running, draft: Callable[[str], Draft]) -> None:
    draft(sandbox.url).send()
    assert len(sandbox.requests()) == 1
    assert CANARY not in json.dumps(sandbox.requests())
    assert CANARY not in json.dumps(sandbox.state())
    assert CANARY not in get(sandbox.url, "/_sandbox/requests/1").body.decode()
    assert CANARY not in get(sandbox.url, "/_sandbox/requests/1/curl").body.decode()


def test_no_known_secret_is_in_the_journal_wherever_it_was_sent(sandbox: Running) -> None:
    key = world.ALIBABA_SESSION_KEY
    alibaba(sandbox.url, "CreateBusiness", BUSINESS | {"BusinessName": f"x {key.secret}"}, key=key)
    huawei(sandbox.url, "GET", "/v5/caller-identity", key=world.HUAWEI_SESSION_KEY)
    get(sandbox.url, f"/v1/{world.HUAWEI_USER_PASSWORD}/x")
    issued = sdk_hmac(sandbox.url, "POST", "/v3/auth/tokens", auth(PROJECT_SCOPE)).send()
    token = issued.headers["x-subject-token"]
    get(sandbox.url, "/v3/projects", x_auth_token=token)
    pages = [get(sandbox.url, f"/_sandbox/requests/{number}").body.decode() for number in range(1, 6)]
    journal, state = json.dumps(sandbox.requests()) + "".join(pages), json.dumps(sandbox.state())
    assert len(sandbox.requests()) == 5
    tokens = [key.security_token for key in world.BIRTH_KEYS if key.security_token]
    for secret in (*(key.secret for key in world.BIRTH_KEYS), *tokens, world.HUAWEI_USER_PASSWORD, token):
        assert secret not in journal
    assert token not in state
    assert world.HUAWEI_USER_NAME in journal


def test_signatures_are_not_in_the_journal(sandbox: Running) -> None:
    requests = [
        sign_acs3(acs3(sandbox.url, "ListProjects")),
        sign_sdk_hmac(sdk_hmac(sandbox.url, "GET", "/v3/projects")),
    ]
    for request in requests:
        request.send()
        signature = request.headers["authorization"].split("Signature=")[1]
        recorded = sandbox.requests()[-1]["headers"]["authorization"]
        assert signature not in recorded
        assert "SignedHeaders=" in recorded


def test_extra_keys_are_accepted_and_not_shown() -> None:
    extra = world.parse_keys(
        '[{"cloud": "alibaba", "id": "LTAIextra", "secret": "extra-5ecret"},'
        ' {"cloud": "huawei", "id": "HPUAextra", "secret": "extra-5ecret", "security_token": "t0ken-extra"}]'
    )
    with serve(extra_keys=extra) as running:
        assert alibaba(running.url, "ListProjects", key=extra[0]).status == 200
        assert huawei(running.url, "GET", "/v5/caller-identity", key=extra[1]).status == 200
        paths = ("/", "/_sandbox/state", "/_sandbox/requests", "/_sandbox/connections")
        shown = b"".join(get(running.url, path).body for path in paths)
    assert b"extra-5ecret" not in shown
    assert b"t0ken-extra" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[1]",
        '[{"cloud": "aws", "id": "a", "secret": "5ecret"}]',
        '[{"cloud": "alibaba", "id": "a"}]',
        '[{"cloud": "alibaba", "id": "a", "secret": "5ecret", "more": "x"}]',
        '[{"cloud": "alibaba", "id": "", "secret": "5ecret"}]',
    ],
)
def test_unusable_extra_keys_are_explained_without_showing_them(text: str) -> None:
    with pytest.raises(world.InvalidKeysError, match="CLOUDFLOWS_SANDBOX_KEYS must be a JSON list") as error:
        world.parse_keys(text)
    assert "5ecret" not in str(error.value)


def send(url: str, method: str, path: str, body: Any = None) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Draft(url, method, path, headers={"content-type": "application/json"}, body=raw).send()


def test_faults_are_added_shown_and_removed(sandbox: Running) -> None:
    added = send(sandbox.url, "POST", "/_sandbox/faults", {"operation": "CreateBusiness", "kind": "html", "nth": 1})
    rule = {"id": 1, "operation": "CreateBusiness", "kind": "html", "when": "before", "nth": 1, "times": 1}
    assert (added.status, added.json) == (201, rule | {"calls": 0, "hits": 0})
    send(sandbox.url, "POST", "/_sandbox/faults", {"operation": "*", "kind": "slow_headers", "seconds": 0})
    assert alibaba(sandbox.url, "CreateBusiness", BUSINESS).status == 502
    shown = get(sandbox.url, "/_sandbox/faults").json
    assert [(each["calls"], each["hits"]) for each in shown["faults"]] == [(1, 1), (1, 0)]
    assert "slow_body" in shown["kinds"]
    assert send(sandbox.url, "DELETE", "/_sandbox/faults/1").json["faults"][0]["id"] == 2
    assert send(sandbox.url, "DELETE", "/_sandbox/faults/1").status == 404
    assert send(sandbox.url, "DELETE", "/_sandbox/faults").json == {"faults": []}
    assert get(sandbox.url, "/_sandbox/faults").json["faults"] == []
    third = send(sandbox.url, "POST", "/_sandbox/faults", {"operation": "*", "kind": "empty"})
    assert third.json["id"] == 3


def test_a_fault_is_switched_off_and_on_with_its_counts(sandbox: Running) -> None:
    sandbox.faults.add("CreateBusiness", "html", times=2)
    assert alibaba(sandbox.url, "CreateBusiness", BUSINESS).status == 502
    off = send(sandbox.url, "PATCH", "/_sandbox/faults/1", {"off": True}).json
    assert off["off"] is True
    assert alibaba(sandbox.url, "CreateBusiness", BUSINESS).status == 200
    on = send(sandbox.url, "PATCH", "/_sandbox/faults/1", {"off": False}).json
    assert (on.get("off"), on["calls"], on["hits"]) == (None, 1, 1)
    statuses = [alibaba(sandbox.url, "CreateBusiness", BUSINESS).status for _ in range(2)]
    assert statuses[0] == 502
    assert statuses[1] != 502
    assert send(sandbox.url, "PATCH", "/_sandbox/faults/9", {"off": True}).status == 404
    assert send(sandbox.url, "PATCH", "/_sandbox/faults/1", {"off": 1}).status == 400


def test_the_catalog_lists_what_a_form_can_offer(sandbox: Running) -> None:
    catalog = get(sandbox.url, "/_sandbox/catalog").json
    names = {(each["cloud"], each["service"], each["name"]) for each in catalog["operations"]}
    assert ("alibaba", "DataWorks", "CreateBusiness") in names
    assert ("huawei", "Fabric", "RunJob") in names
    by_name = {each["name"]: each for each in catalog["faults"]}
    assert by_name["drop"]["is_tcp"]
    assert not catalog["tcp_faults"]
    status = next(each for each in by_name["error"]["parameters"] if each["name"] == "status")
    assert status == {"name": "status", "type": "int", "among": [], "least": 200, "most": 599}
    assert all(rule in catalog["kinds"] for rule in [each["kind"] for each in catalog["work"]])
    assert "secret" not in json.dumps(catalog["keys"]).lower()


def test_settings_are_changed_and_shown(sandbox: Running) -> None:
    born = get(sandbox.url, "/_sandbox/settings").json
    assert born == {
        "list_lag": 0,
        "read_lag": 0,
        "deleted_lag": 0,
        "page_cap": 0,
        "requests_per_second": 0,
        "clock_offset": 0,
        "date_header": "",
        "credential_seconds": 0,
        "metadata": "v2 and v1",
        "revoked": {},
    }
    changed = send(sandbox.url, "POST", "/_sandbox/settings", {"list_lag": 2, "requests_per_second": 50})
    assert changed.json == born | {"list_lag": 2, "requests_per_second": 50}
    wanted = {"credential": world.ALIBABA_SESSION_KEY.id, "reason": "invalid"}
    assert send(sandbox.url, "POST", "/_sandbox/revoke", wanted).json["revoked"] == {wanted["credential"]: "invalid"}
    send(sandbox.url, "POST", "/_sandbox/faults", {"operation": "*", "kind": "empty"})
    send(sandbox.url, "POST", "/_sandbox/reset", {})
    assert get(sandbox.url, "/_sandbox/settings").json == born
    assert get(sandbox.url, "/_sandbox/faults").json["faults"] == []


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("faults", b"{", "not JSON"),
        ("faults", [], "a JSON object"),
        ("faults", {}, "needs an operation and a kind"),
        ("faults", {"operation": "CreateBusiness", "kind": 1}, "needs an operation and a kind"),
        ("faults", {"operation": "Nothing", "kind": "html"}, "no operation 'Nothing'"),
        ("faults", {"operation": "*", "kind": "html", "nth": "1"}, "a whole number of at least 1"),
        ("faults", {"operation": "*", "kind": "html", "nth": 1.5}, "a whole number of at least 1"),
        ("faults", {"operation": "*", "kind": "html", "when": None}, "before or after"),
        ("faults", {"operation": "*", "kind": "html", "often": 1}, "no 'often'"),
        ("faults", {"operation": "*", "kind": "reset"}, "--tcp-faults"),
        ("settings", {"list_lag": -1}, "from 0 to"),
        ("settings", {"speed": 1}, "no setting 'speed'"),
        ("settings", 1, "a JSON object"),
        ("revoke", {"credential": "nobody"}, "the id of a key"),
        ("revoke", {"credential": ["x"]}, "the id of a key"),
        ("revoke", {"credential": "tokens", "reason": "old"}, "expired or invalid"),
        ("revoke", {"key": "x"}, "credential"),
    ],
)
def test_what_cannot_be_is_explained(sandbox: Running, path: str, body: Any, message: str) -> None:
    reply = send(sandbox.url, "POST", f"/_sandbox/{path}", body)
    assert reply.status == 400
    assert message in reply.json["error"]
    assert reply.json["error"].endswith(".")
    assert get(sandbox.url, "/_sandbox/faults").json["faults"] == []


@pytest.mark.parametrize("path", ["faults", "settings", "revoke"])
def test_a_form_of_another_site_cannot_misbehave(sandbox: Running, path: str) -> None:
    assert post(sandbox.url, f"/_sandbox/{path}", "text/plain").status == 415
    headers = {"host": "evil.example"}
    assert Draft(sandbox.url, "DELETE", "/_sandbox/faults", headers=headers).send().status == 403


def test_oidc_token_for_a_file(sandbox: Running) -> None:
    reply = get(sandbox.url, "/_sandbox/oidc-token?lifetime=0.5")
    assert reply.headers["content-type"].startswith("text/plain")
    now = sandbox.sandbox.clock()
    claims = oidc.check(reply.body.decode(), now)
    assert claims.subject == world.OIDC_SUBJECT
    assert claims.expires - claims.issued == pytest.approx(0.5, abs=1e-5)
    with pytest.raises(oidc.OidcRefused):
        oidc.check(get(sandbox.url, "/_sandbox/oidc-token?lifetime=-1").body.decode(), now)
    usual = oidc.check(get(sandbox.url, "/_sandbox/oidc-token").body.decode(), now)
    assert usual.expires - usual.issued == pytest.approx(3600)
    assert get(sandbox.url, "/_sandbox/oidc-token?lifetime=soon").status == 400
    assert get(sandbox.url, "/_sandbox/oidc-token", host="evil.example").status == 403
