"""What the Alibaba gateway refuses before any room sees the request."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.signatures import CLOCK_WINDOW_SECONDS

from .signing import Draft, acs3, alibaba, rpc, sign_acs3

FORM = {"ProjectId": "10000", "BusinessName": "daily"}


def draft(sandbox: Running) -> Draft:
    return acs3(sandbox.url, "CreateBusiness", FORM)


def test_error_body_is_the_gateways(sandbox: Running) -> None:
    reply = sign_acs3(draft(sandbox), replace(world.ALIBABA_KEY, secret="wrong")).send()
    assert reply.status == 400
    assert set(reply.json) == {"Code", "Message", "RequestId", "HostId", "Recommend"}
    assert reply.json["Code"] == "SignatureDoesNotMatch"
    assert reply.json["HostId"] == sandbox.url.removeprefix("http://")


def test_mismatch_echoes_what_the_server_signed(sandbox: Running) -> None:
    request = sign_acs3(draft(sandbox), replace(world.ALIBABA_KEY, secret="wrong"))
    message = request.send().json["Message"]
    assert "server stringToSign is ACS3-HMAC-SHA256\n" in message
    assert f"x-acs-signature-nonce:{request.headers['x-acs-signature-nonce']}\n" in message


@pytest.mark.parametrize(("offset", "accepted"), [(-1, True), (0, True), (1, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_clock_window_is_fifteen_minutes(offset: int, sign: int, accepted: bool) -> None:
    now = 1_800_000_000
    with serve(clock=lambda: now) as running:
        sent = now + sign * (CLOCK_WINDOW_SECONDS + offset)
        reply = alibaba(running.url, "CreateBusiness", FORM, now=sent)
    assert reply.json.get("Code") == (None if accepted else "InvalidTimeStamp.Expired")
    assert reply.status == (200 if accepted else 400)


def test_nonce_is_used_once(sandbox: Running) -> None:
    request = sign_acs3(draft(sandbox))
    assert request.send().status == 200
    again = request.send()
    assert (again.status, again.json["Code"]) == (400, "SignatureNonceUsed")
    assert len(sandbox.state()["dataworks.business"]) == 1


def test_nonce_is_remembered_as_long_as_its_date_is_accepted() -> None:
    moment = {"now": 1_800_000_000.0}
    with serve(clock=lambda: moment["now"]) as running:
        early = moment["now"] + CLOCK_WINDOW_SECONDS
        request = sign_acs3(acs3(running.url, "CreateBusiness", FORM, now=early))
        assert request.send().status == 200
        moment["now"] += 2 * CLOCK_WINDOW_SECONDS
        assert request.send().json["Code"] == "SignatureNonceUsed"
        moment["now"] += 1
        assert request.send().json["Code"] == "InvalidTimeStamp.Expired"


def test_forged_request_does_not_use_up_a_nonce(sandbox: Running) -> None:
    request = draft(sandbox)
    forged = sign_acs3(replace(request, headers=dict(request.headers)), replace(world.ALIBABA_KEY, secret="x"))
    assert forged.send().json["Code"] == "SignatureDoesNotMatch"
    assert sign_acs3(request).send().status == 200


def _change_body(request: Draft) -> None:
    request.body = request.body.replace(b"daily", b"dolly")


def _change_body_and_hash(request: Draft) -> None:
    changed = acs3(request.url, "CreateBusiness", FORM | {"BusinessName": "dolly"})
    request.body = changed.body
    request.headers["x-acs-content-sha256"] = changed.headers["x-acs-content-sha256"]


def _change_action(request: Draft) -> None:
    request.headers["x-acs-action"] = "GetBusiness"


def _add_query(request: Draft) -> None:
    request.query.append(("Owner", "1"))


def _change_host(request: Draft) -> None:
    request.headers["host"] = "dataworks.cn-hangzhou.aliyuncs.com"


@pytest.mark.parametrize("tamper", [_change_body, _change_body_and_hash, _change_action, _add_query, _change_host])
def test_tampered_request_is_refused(sandbox: Running, tamper: Callable[[Draft], None]) -> None:
    request = sign_acs3(draft(sandbox))
    tamper(request)
    reply = request.send()
    assert (reply.status, reply.json["Code"]) == (400, "SignatureDoesNotMatch")
    assert "dataworks.business" not in sandbox.state()


@pytest.mark.parametrize(
    "name",
    [
        "host",
        "content-type",
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
        "x-acs-security-token",
    ],
)
def test_mandatory_headers_must_be_signed(sandbox: Running, name: str) -> None:
    request = acs3(sandbox.url, "CreateBusiness", FORM, key=world.ALIBABA_SESSION_KEY)
    reply = sign_acs3(request, world.ALIBABA_SESSION_KEY, leave_out=name).send()
    assert (reply.status, reply.json["Code"]) == (400, choices.ALIBABA_UNSIGNED_HEADER.value.code)
    assert name in reply.json["Message"]


@pytest.mark.parametrize("name", ["x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"])
def test_mandatory_headers_must_be_there(sandbox: Running, name: str) -> None:
    request = draft(sandbox)
    del request.headers[name]
    assert sign_acs3(request).send().json["Code"] == choices.ALIBABA_UNSIGNED_HEADER.value.code


def test_header_signed_but_removed_on_the_way(sandbox: Running) -> None:
    request = acs3(sandbox.url, "CreateBusiness", FORM, accept="application/json")
    sign_acs3(request)
    del request.headers["accept"]
    assert request.send().json["Code"] == choices.ALIBABA_UNSIGNED_HEADER.value.code


@pytest.mark.parametrize(
    "header",
    [
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=x-acs-date;host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=Host,Signature=00",
        "ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=00",
        "Bearer abc",
    ],
)
def test_malformed_authorization(sandbox: Running, header: str) -> None:
    request = draft(sandbox)
    request.headers["authorization"] = header
    reply = request.send()
    assert (reply.status, reply.json["Code"]) == (400, "IncompleteSignature")


@pytest.mark.parametrize("date", ["yesterday", "20261121T000000Z", "2026-11-21 00:00:00"])
def test_malformed_date(sandbox: Running, date: str) -> None:
    request = acs3(sandbox.url, "CreateBusiness", FORM, x_acs_date=date)
    assert sign_acs3(request).send().json["Code"] == "InvalidTimeStamp.Format"


def test_unsigned_call(sandbox: Running) -> None:
    reply = draft(sandbox).send()
    assert reply.json["Code"] == choices.ALIBABA_AUTHORIZATION_MISSING.value.code


def test_security_token_with_a_permanent_key(sandbox: Running) -> None:
    request = acs3(sandbox.url, "CreateBusiness", FORM, x_acs_security_token="any")
    reply = sign_acs3(request).send()
    assert reply.json["Code"] == choices.ALIBABA_TOKEN_MISMATCH.value.code


def test_unsigned_extra_headers_are_fine(sandbox: Running) -> None:
    request = acs3(sandbox.url, "CreateBusiness", FORM, user_agent="x")
    assert sign_acs3(request, leave_out="user-agent").send().status == 200


def test_huawei_key_is_unknown_here(sandbox: Running) -> None:
    reply = sign_acs3(draft(sandbox), world.HUAWEI_KEY).send()
    assert (reply.status, reply.json["Code"]) == (404, "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize(
    ("header", "value", "status", "code"),
    [
        ("x-acs-action", "DropEverything", 404, "InvalidApi.NotFound"),
        ("x-acs-version", "2024-05-19", 404, "InvalidApi.NotFound"),
        ("x-acs-action", "", 400, "MissingAction"),
        ("x-acs-version", "", 400, "MissingVersion"),
    ],
)
def test_unknown_operation(sandbox: Running, header: str, value: str, status: int, code: str) -> None:
    request = draft(sandbox)
    request.headers[header] = value
    reply = sign_acs3(request).send()
    assert (reply.status, reply.json["Code"]) == (status, code)


def test_get_is_for_sts_only(sandbox: Running) -> None:
    identity = replace(acs3(sandbox.url, "GetCallerIdentity"), method="GET")
    assert sign_acs3(identity).send().status == 200
    projects = replace(acs3(sandbox.url, "ListProjects"), method="GET")
    assert sign_acs3(projects).send().json["Code"] == choices.ALIBABA_METHOD.value.code


def test_date_header_is_of_the_sandboxs_clock() -> None:
    with serve(clock=lambda: 1_800_000_000.0) as running:
        reply = acs3(running.url, "CreateBusiness", FORM).send()
    assert reply.headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"


ROLE = {"RoleArn": world.ALIBABA_ROLE_ARN, "RoleSessionName": "airflow"}


@pytest.mark.parametrize("place", ["query", "form"])
def test_older_signature_is_good_in_query_and_form(sandbox: Running, place: str) -> None:
    assert rpc(sandbox.url, "GetCallerIdentity").send().json["IdentityType"] == "RAMUser"
    request = rpc(sandbox.url, "CreateBusiness", FORM, method="POST", version="2020-05-18")
    if place == "form":
        request.body, request.query = request.encoded_query.encode(), []
        request.headers["content-type"] = "application/x-www-form-urlencoded"
    reply = request.send()
    assert reply.json["Success"] is True
    assert str(reply.json["BusinessId"]) in [str(each["BusinessId"]) for each in sandbox.state()["dataworks.business"]]
    assert request.send().json["Code"] == "SignatureNonceUsed"
    assert "Signature=" not in json.dumps(sandbox.requests())


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("RoleSessionName", "another", "SignatureDoesNotMatch"),
        ("Signature", "00V4trfPSLsRjNu9JBZ8u+GTfM0=", "SignatureDoesNotMatch"),
        ("Signature", "ß", "SignatureDoesNotMatch"),
        ("SignatureMethod", "HMAC-SHA256", "IncompleteSignature"),
        ("SignatureVersion", "2.0", "IncompleteSignature"),
        ("SignatureNonce", "", "IncompleteSignature"),
        ("Timestamp", "", "IncompleteSignature"),
        ("Timestamp", "yesterday", "InvalidTimeStamp.Format"),
        ("Timestamp", "2020-01-02T03:04:05Z", "InvalidTimeStamp.Expired"),
        ("AccessKeyId", "LTAInobody", "InvalidAccessKeyId.NotFound"),
        ("AccessKeyId", world.ALIBABA_SESSION_KEY.id, "MissingSecurityToken"),
        ("SecurityToken", "any", choices.ALIBABA_TOKEN_MISMATCH.value.code),
    ],
)
def test_older_signature_is_verified(sandbox: Running, name: str, value: str, code: str) -> None:
    request = rpc(sandbox.url, "AssumeRole", ROLE)
    request.query = list((dict(request.query) | {name: value}).items())
    assert request.send().json["Code"] == code
    assert "issued.key" not in sandbox.state()


def test_older_signature_signs_the_method(sandbox: Running) -> None:
    request = rpc(sandbox.url, "AssumeRole", ROLE)
    assert replace(request, method="POST").send().json["Code"] == "SignatureDoesNotMatch"
    assert rpc(sandbox.url, "AssumeRole", ROLE, method="POST").send().status == 200


def test_older_signature_is_good_once(sandbox: Running) -> None:
    request = rpc(sandbox.url, "AssumeRole", ROLE)
    assert request.send().status == 200
    assert request.send().json["Code"] == "SignatureNonceUsed"
    sandbox.reset()
    assert request.send().status == 200


@pytest.mark.parametrize(("offset", "status"), [(0, 200), (1, 400)])
@pytest.mark.parametrize("sign", [1, -1])
def test_window_of_the_older_signature(offset: int, sign: int, status: int) -> None:
    now = 1_800_000_000
    with serve(clock=lambda: now) as running:
        sent = now + sign * (CLOCK_WINDOW_SECONDS + offset)
        assert rpc(running.url, "GetCallerIdentity", now=sent).send().status == status


def test_signature_on_an_open_call_must_be_right(sandbox: Running) -> None:
    parameters = ROLE | {"OIDCProviderArn": world.ALIBABA_OIDC_PROVIDER_ARN, "OIDCToken": sandbox.oidc_token()}
    wrong = replace(world.ALIBABA_KEY, secret="wrong")
    assert rpc(sandbox.url, "AssumeRoleWithOIDC", parameters, key=wrong).send().status == 400
    assert rpc(sandbox.url, "AssumeRoleWithOIDC", parameters).send().status == 200
