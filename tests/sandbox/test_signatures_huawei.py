"""What the Huawei gateway refuses before any room sees the request: signatures, locks and tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.huawei_login import TOKEN_SECONDS
from airflow_provider_cloudflows.sandbox.signatures import (
    CLOCK_WINDOW_SECONDS,
    FAILURES_BEFORE_LOCK,
    LOCK_SECONDS,
)

from .signing import Draft, Reply, get, huawei, sdk_hmac, sign_sdk_hmac, workspace_path

BODY = {"name": "lake-house"}
WRONG = replace(world.HUAWEI_KEY, secret="wrong")
ALL = {"enterprise_project_id": "all_granted_eps"}


def draft(url: str) -> Draft:
    return sdk_hmac(url, "POST", "/v1/workspaces", BODY)


def failed_once(url: str) -> Reply:
    return sign_sdk_hmac(draft(url), WRONG).send()


def test_error_body_is_the_gateways(sandbox: Running) -> None:
    reply = failed_once(sandbox.url)
    assert reply.status == 401
    assert set(reply.json) == {"error_msg", "error_code", "request_id"}
    assert reply.json["error_code"] == "APIGW.0301"
    assert "verify aksk signature fail,canonicalRequest:POST\n/v1/workspaces/\n" in reply.json["error_msg"]
    assert reply.json["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(("offset", "status"), [(0, 200), (1, 401)])
@pytest.mark.parametrize("sign", [1, -1])
def test_clock_window_is_fifteen_minutes(offset: int, sign: int, status: int) -> None:
    now = 1_800_000_000
    with serve(clock=lambda: now) as running:
        sent = now + sign * (CLOCK_WINDOW_SECONDS + offset)
        assert huawei(running.url, "POST", "/v1/workspaces", BODY, now=sent).status == status


def _change_body(request: Draft) -> None:
    request.body = request.body.replace(b"house", b"mouse")


def _unsigned_payload(request: Draft) -> None:
    _change_body(request)
    request.headers["x-sdk-content-sha256"] = "UNSIGNED-PAYLOAD"


def _change_project(request: Draft) -> None:
    request.headers["x-project-id"] = world.HUAWEI_AMBIGUOUS_PROJECT_IDS[0]


def _add_query(request: Draft) -> None:
    request.query.append(("a", "b"))


@pytest.mark.parametrize("tamper", [_change_body, _unsigned_payload, _change_project, _add_query])
def test_tampered_request_is_refused(sandbox: Running, tamper: Callable[[Draft], None]) -> None:
    request = sign_sdk_hmac(draft(sandbox.url))
    tamper(request)
    reply = request.send()
    assert (reply.status, reply.json["error_code"]) == (401, "APIGW.0301")
    assert "fabric.workspace" not in sandbox.state()


def test_json_may_not_be_left_unsigned(sandbox: Running) -> None:
    request = draft(sandbox.url)
    request.headers["x-sdk-content-sha256"] = "UNSIGNED-PAYLOAD"
    assert sign_sdk_hmac(request, payload="UNSIGNED-PAYLOAD").send().status == 401
    assert sign_sdk_hmac(request).send().status == 200


def test_header_values_are_utf8(sandbox: Running) -> None:
    request = sdk_hmac(sandbox.url, "GET", "/v5/caller-identity", user_agent="Zürich 日报")
    assert sign_sdk_hmac(request).send().status == 200


def test_key_is_locked_after_more_than_five_failures() -> None:
    moment = {"now": 1_800_000_000.0}
    with serve(clock=lambda: moment["now"]) as running:
        request = draft(running.url)

        def call(key: Any) -> Reply:
            request.headers["x-sdk-date"] = sdk_hmac(running.url, "GET", "/", now=moment["now"]).headers["x-sdk-date"]
            return sign_sdk_hmac(request, key).send()

        for _ in range(FAILURES_BEFORE_LOCK + 1):
            assert "verify aksk signature fail" in call(WRONG).json["error_msg"]
        locked = call(world.HUAWEI_KEY)
        assert (locked.status, locked.json["error_code"]) == (401, "APIGW.0301")
        assert "AK access failed to reach the limit,forbidden" in locked.json["error_msg"]
        moment["now"] += LOCK_SECONDS - 1
        assert call(world.HUAWEI_KEY).status == 401
        moment["now"] += 1
        assert call(world.HUAWEI_KEY).status == 200


def test_success_between_failures_keeps_a_key_open(sandbox: Running) -> None:
    for _ in range(FAILURES_BEFORE_LOCK):
        failed_once(sandbox.url)
    assert sign_sdk_hmac(draft(sandbox.url)).send().status == 200
    failed_once(sandbox.url)
    assert huawei(sandbox.url, "GET", "/v5/caller-identity").status == 200


def test_one_locked_key_does_not_lock_another(sandbox: Running) -> None:
    for _ in range(FAILURES_BEFORE_LOCK + 1):
        failed_once(sandbox.url)
    key = world.HUAWEI_SESSION_KEY
    assert huawei(sandbox.url, "GET", "/v5/caller-identity", key=key).status == 200


def test_reset_unlocks(sandbox: Running) -> None:
    for _ in range(FAILURES_BEFORE_LOCK + 1):
        failed_once(sandbox.url)
    assert huawei(sandbox.url, "GET", "/v5/caller-identity").status == 401
    sandbox.reset()
    assert huawei(sandbox.url, "GET", "/v5/caller-identity").status == 200


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("SDK-HMAC-SHA256", "format error"),
        ("SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date;host, Signature=00", "format error"),
        ("SDK-HMAC-SHA256 Access=a, Signature=00", "format error"),
        ("V11-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00", "format error"),
        ("", "authorization not found"),
    ],
)
def test_malformed_authorization(sandbox: Running, header: str, message: str) -> None:
    request = draft(sandbox.url)
    request.headers["authorization"] = header
    reply = request.send()
    assert (reply.status, reply.json["error_code"]) == (401, "APIGW.0301")
    assert message in reply.json["error_msg"]


@pytest.mark.parametrize("name", ["x-sdk-date", "x-security-token"])
def test_mandatory_headers_must_be_signed(sandbox: Running, name: str) -> None:
    key = world.HUAWEI_SESSION_KEY
    request = sdk_hmac(sandbox.url, "GET", "/v5/caller-identity", key=key)
    reply = sign_sdk_hmac(request, key, leave_out=name).send()
    assert reply.status == 401
    assert name in reply.json["error_msg"]


def test_malformed_date(sandbox: Running) -> None:
    request = sdk_hmac(sandbox.url, "GET", "/v5/caller-identity", x_sdk_date="2026-11-21T00:00:00Z")
    assert "20060102T150405Z" in sign_sdk_hmac(request).send().json["error_msg"]


def test_only_the_date_must_be_signed(sandbox: Running) -> None:
    request = sdk_hmac(sandbox.url, "GET", "/v5/caller-identity")
    assert sign_sdk_hmac(request, leave_out="host").send().status == 200


@pytest.mark.parametrize("case", ["absent", "unsigned", "foreign"])
def test_fabric_needs_a_signed_project(sandbox: Running, case: str) -> None:
    projects = {"absent": None, "unsigned": world.HUAWEI_PROJECT_ID, "foreign": "f" * 32}
    request = sdk_hmac(sandbox.url, "POST", "/v1/workspaces", BODY, project_id=projects[case])
    reply = sign_sdk_hmac(request, leave_out="x-project-id" if case == "unsigned" else "").send()
    assert (reply.status, reply.json["error_code"]) == (403, choices.HUAWEI_PROJECT.value.code)


@pytest.mark.parametrize(
    ("path_project", "header_project"),
    [
        ("f" * 32, None),
        ("f" * 32, world.HUAWEI_PROJECT_ID),
        (world.HUAWEI_PROJECT_ID, world.HUAWEI_AMBIGUOUS_PROJECT_IDS[0]),
    ],
)
def test_secmaster_path_must_be_of_the_callers_project(
    sandbox: Running, path_project: str, header_project: str | None
) -> None:
    path = workspace_path("/soc/workflows").replace(world.HUAWEI_PROJECT_ID, path_project)
    reply = huawei(sandbox.url, "GET", path, project_id=header_project)
    assert (reply.status, reply.json["code"]) == (400, "SecMaster.20030002")


def test_secmaster_works_without_a_project_header(sandbox: Running) -> None:
    assert huawei(sandbox.url, "GET", workspace_path("/soc/workflows"), project_id=None).status == 200


def test_foreign_domain_is_refused(sandbox: Running) -> None:
    reply = huawei(sandbox.url, "GET", "/v3/projects", project_id=None, x_domain_id="d" * 32)
    assert (reply.status, reply.json["error_code"]) == (403, "IAM.0002")


def auth(scope: dict[str, Any] | None = None, methods: tuple[str, ...] = ("password",), **user: Any) -> dict[str, Any]:
    named = {
        "name": world.HUAWEI_USER_NAME,
        "password": world.HUAWEI_USER_PASSWORD,
        "domain": {"name": world.HUAWEI_DOMAIN_NAME},
    }
    identity = {"methods": list(methods), "password": {"user": named | user}}
    return {"auth": {"identity": identity} | ({} if scope is None else {"scope": scope})}


def token(url: str, scope: dict[str, Any] | None) -> Reply:
    request = sdk_hmac(url, "POST", "/v3/auth/tokens", auth(scope))
    return request.send()


PROJECT_SCOPE = {"project": {"name": world.HUAWEI_REGION}}


def test_token_needs_no_other_credential_and_opens_three_services(sandbox: Running) -> None:
    issued = token(sandbox.url, PROJECT_SCOPE)
    assert issued.status == 201
    assert issued.json["token"]["project"]["id"] == world.HUAWEI_PROJECT_ID
    subject = issued.headers["x-subject-token"]
    for path in (workspace_path("/soc/workflows"), "/v3/auth/projects", "/v3/auth/domains"):
        assert get(sandbox.url, path, x_auth_token=subject).status == 200
    listed = replace(draft(sandbox.url), method="GET", body=b"", query=list(ALL.items()))
    listed.headers = {"host": listed.headers["host"], "x-auth-token": subject}
    assert listed.send().status == 200


def test_account_token_has_no_project(sandbox: Running) -> None:
    for scope in (None, {"domain": {"name": world.HUAWEI_DOMAIN_NAME}}):
        issued = token(sandbox.url, scope)
        assert issued.json["token"]["domain"]["id"] == world.HUAWEI_DOMAIN_ID
        subject = issued.headers["x-subject-token"]
        assert get(sandbox.url, "/v3/projects", x_auth_token=subject).status == 200
        refused = get(sandbox.url, workspace_path("/soc/workflows"), x_auth_token=subject)
        assert refused.json["code"] == "SecMaster.20030002"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (auth(PROJECT_SCOPE, password="wrong"), 401, "IAM.0062"),
        (auth(PROJECT_SCOPE, name="nobody"), 401, "IAM.0062"),
        (auth({"project": {"name": world.HUAWEI_AMBIGUOUS_REGION}}), 404, "IAM.0004"),
        (auth({"project": {"id": "f" * 32}}), 404, "IAM.0004"),
        (auth({"domain": {"id": "f" * 32}}), 404, "IAM.0004"),
        (auth({"project": {}}), 400, "IAM.0007"),
        (auth(PROJECT_SCOPE, mfa="1"), 400, "IAM.0007"),
        ({"auth": {}}, 400, "IAM.0007"),
        (auth(methods=("totp",)), 400, "IAM.0007"),
    ],
)
def test_token_refusals(sandbox: Running, body: dict[str, Any], status: int, code: str) -> None:
    reply = sdk_hmac(sandbox.url, "POST", "/v3/auth/tokens", body).send()
    assert (reply.status, reply.json["error_code"]) == (status, code)


def test_signed_token_call_must_be_signed_rightly(sandbox: Running) -> None:
    request = sdk_hmac(sandbox.url, "POST", "/v3/auth/tokens", auth(PROJECT_SCOPE))
    assert sign_sdk_hmac(request, WRONG).send().status == 401


FABRIC_LIST = "/v1/workspaces"


@pytest.mark.parametrize(
    ("path", "expired", "status", "code"),
    [
        (workspace_path("/soc/workflows"), False, 401, "APIG.1002"),
        (workspace_path("/soc/workflows"), True, 401, "APIG.1002"),
        ("/v3/projects", False, 401, "IAM.0067"),
        ("/v3/projects", True, 401, "IAM.0066"),
        (FABRIC_LIST, True, 401, "APIG.1002"),
        (FABRIC_LIST, False, 403, 403),
        ("/v5/caller-identity", False, 401, "APIGW.0301"),
    ],
)
def test_bad_tokens(path: str, expired: bool, status: int, code: Any) -> None:
    moment = {"now": 1_800_000_000.0}
    with serve(clock=lambda: moment["now"]) as running:
        subject = token(running.url, PROJECT_SCOPE).headers["x-subject-token"] if expired else "MIIwrong"
        moment["now"] += TOKEN_SECONDS
        reply = get(running.url, path, x_auth_token=subject)
    assert (reply.status, reply.json["error_code"]) == (status, code)


def test_fabrics_odd_403(sandbox: Running) -> None:
    reply = get(sandbox.url, FABRIC_LIST, x_auth_token="wrong")
    assert reply.json == {
        "error": {"code": "403", "message": "X-Auth-Token is invalid in the request", "title": "Forbidden"},
        "error_code": 403,
        "error_msg": "X-Auth-Token is invalid in the request",
        "title": "Forbidden",
    }


def test_no_credential_at_all(sandbox: Running) -> None:
    reply = get(sandbox.url, FABRIC_LIST)
    assert (reply.status, reply.json["error_code"]) == (401, "APIGW.0301")
    assert "x-auth-token not found" in reply.json["error_msg"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nothing"), ("DELETE", "/v1/workspaces"), ("GET", "/v1/workspaces/")]
)
def test_unknown_api(sandbox: Running, method: str, path: str) -> None:
    reply = huawei(sandbox.url, method, path)
    assert (reply.status, reply.json["error_code"]) == (404, "APIGW.0101")
    assert reply.headers["x-request-id"]
