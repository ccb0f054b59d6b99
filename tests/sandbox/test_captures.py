"""The sandbox's own verifiers accept what the official SDKs signed: captured requests and vectors."""

from __future__ import annotations

import calendar
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from airflow_provider_cloudflows.sandbox.dispatch import Sandbox
from airflow_provider_cloudflows.sandbox.signatures import (
    Acs3Verifier,
    Authorization,
    Reason,
    RpcVerifier,
    SdkHmacVerifier,
    SignatureRefused,
    WireRequest,
)
from airflow_provider_cloudflows.sandbox.world import AccessKey

DATA = Path(__file__).parents[1] / "data"
HUAWEI_SECRET = "SkExample/Not+AReal~Secret0000000000test"


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def seconds(text: str, pattern: str) -> float:
    return calendar.timegm(time.strptime(text, pattern))


def alibaba_captures() -> list[Any]:
    found = []
    for path in sorted((DATA / "alibaba" / "captures").glob("*.json")):
        capture = load(path)
        for number, request in enumerate(capture.get("requests", [])):
            headers = {name.lower(): value for name, value in request["headers"]}
            if headers.get("authorization", "").startswith("ACS3-HMAC-SHA256"):
                found.append(pytest.param(capture["credentials"], request, id=f"{path.stem}-{number}"))
    return found


def huawei_captures() -> list[Any]:
    found = []
    for path in sorted((DATA / "huawei" / "captures").glob("*.json")):
        for number, request in enumerate(load(path).get("http", []) if path.stem != "index" else []):
            headers = {name.lower(): value for name, value in request["headers"]}
            if headers.get("authorization", "").startswith("SDK-HMAC-SHA256"):
                found.append(pytest.param(request, id=f"{path.stem}-{number}"))
    return found


def alibaba_request(request: Any) -> WireRequest:
    headers = {name.lower(): value for name, value in request["headers"]}
    return WireRequest(request["method"], request["path"], request["raw_query"], headers, request["raw_body"].encode())


def acs3_verifier(credentials: dict[str, str], request: WireRequest) -> Acs3Verifier:
    key = AccessKey(
        "alibaba",
        credentials["access_key_id"],
        credentials["access_key_secret"],
        credentials.get("security_token"),
    )
    now = seconds(request.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ")
    return Acs3Verifier([key], lambda: now)


def test_there_are_captures() -> None:
    assert len(alibaba_captures()) >= 17
    assert len(huawei_captures()) >= 20


@pytest.mark.parametrize(("credentials", "captured"), alibaba_captures())
def test_alibaba_capture_is_accepted(credentials: dict[str, str], captured: Any) -> None:
    request = alibaba_request(captured)
    verifier = acs3_verifier(credentials, request)
    assert verifier.verify(request).id == credentials["access_key_id"]


@pytest.mark.parametrize(("credentials", "captured"), alibaba_captures())
def test_alibaba_capture_with_another_body_is_refused(credentials: dict[str, str], captured: Any) -> None:
    request = alibaba_request(captured)
    changed = WireRequest(request.method, request.path, request.query, request.headers, request.body + b"&a=b")
    with pytest.raises(SignatureRefused) as refused:
        acs3_verifier(credentials, request).verify(changed)
    assert refused.value.reason is Reason.BODY_CHANGED


def sdk_hmac_verifier(request: WireRequest, key_id: str, secret: str) -> SdkHmacVerifier:
    key = AccessKey("huawei", key_id, secret, request.headers.get("x-security-token"))
    now = seconds(request.headers["x-sdk-date"], "%Y%m%dT%H%M%SZ")
    return SdkHmacVerifier([key], lambda: now)


def huawei_request(method: str, target: str, headers: list[Any], body: bytes) -> WireRequest:
    path, _, query = target.partition("?")
    return WireRequest(method, path, query, {name.lower(): value for name, value in headers}, body)


@pytest.mark.parametrize("captured", huawei_captures())
def test_huawei_capture_is_accepted(captured: Any) -> None:
    request = huawei_request(captured["method"], captured["target"], captured["headers"], captured["body_raw"].encode())
    key_id = request.headers["authorization"].split("Access=")[1].split(",")[0]
    verified, _ = sdk_hmac_verifier(request, key_id, HUAWEI_SECRET).verify(request)
    assert verified.id == key_id
    changed = WireRequest(request.method, request.path, "limit=7", request.headers, request.body)
    with pytest.raises(SignatureRefused) as refused:
        sdk_hmac_verifier(request, key_id, HUAWEI_SECRET).verify(changed)
    assert refused.value.reason is Reason.MISMATCH


@pytest.fixture(scope="module")
def quiet() -> Iterator[Sandbox]:
    """A sandbox without a server."""
    with closing(Sandbox()) as sandbox:
        yield sandbox


@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "alibaba" / "captures").glob("*.json")))
def test_what_an_official_alibaba_client_sent_is_understood(name: str, quiet: Sandbox) -> None:
    """The gateway finds the operation and knows every parameter, in its place."""
    gateway = quiet._alibaba
    for captured in load(DATA / "alibaba" / "captures" / name).get("requests", []):
        request = alibaba_request(captured)
        operation, path = gateway.find(request)
        gateway.parameters(request, operation, path)


HUAWEI_NOT_SERVED = {("GET", "/soc/dataclasses/909494e3-558e-46b6-a9eb-07a2e18ca62f")}


# The requests of the captured errors are made to be refused: what they show is the answer.
@pytest.mark.parametrize(
    "name",
    sorted(
        path.name
        for path in (DATA / "huawei" / "captures").glob("*.json")
        if not path.name.startswith(("index", "errors."))
    ),
)
def test_what_an_official_huawei_client_sent_is_understood(name: str, quiet: Sandbox) -> None:
    gateway = quiet._huawei
    for captured in load(DATA / "huawei" / "captures" / name)["http"]:
        body = captured["body_raw"].encode()
        request = huawei_request(captured["method"], captured["target"], captured["headers"], body)
        if any(request.method == method and request.path.endswith(path) for method, path in HUAWEI_NOT_SERVED):
            continue
        operation, path = gateway.find(request)
        gateway.parameters(request, operation, path)


def alibaba_vectors() -> list[Any]:
    return [pytest.param(each, id=each["name"]) for each in load(DATA / "alibaba" / "vectors.json")["acs3"]]


@pytest.mark.parametrize("vector", alibaba_vectors())
def test_alibaba_vector(vector: Any) -> None:
    given, expected = vector["input"], vector["expect"]
    headers = {name.lower(): value for name, value in given["headers_to_sign"].items()}
    request = WireRequest(given["method"], given["path"], vector["wire_query"], headers, given["body"].encode())
    names = tuple(expected["signed_headers"].split(";"))
    authorization = Authorization(given["access_key_id"], names, expected["signature"])
    assert Acs3Verifier.canonical_request(request, authorization) == expected["canonical_request"]


def rpc_vectors() -> list[Any]:
    vectors = load(DATA / "alibaba" / "vectors.json")["legacy_rpc_v1_hmac_sha1"]
    return [pytest.param(each, id=each["name"]) for each in vectors]


@pytest.mark.parametrize("vector", rpc_vectors())
def test_rpc_vector(vector: Any) -> None:
    """One of them is a request that the vendor's credentials package sent."""
    given, expected = vector["input"], vector["expect"]
    pairs = list(given["params"].items())
    assert RpcVerifier.string_to_sign(given["method"], pairs) == expected["string_to_sign"]
    key = AccessKey("alibaba", given["params"]["AccessKeyId"], given["access_key_secret"])
    verifier = RpcVerifier([key], lambda: seconds(given["params"]["Timestamp"], "%Y-%m-%dT%H:%M:%SZ"))

    def request(signature: str) -> WireRequest:
        query = urlencode([*pairs, ("Signature", signature)])
        return WireRequest(given["method"], "/", query, {"host": "sts.aliyuncs.com"}, b"")

    for signature in (expected.get("sdk_credentials_package_signature", "wrong"), ""):
        with pytest.raises(SignatureRefused):
            verifier.verify(request(signature))
    assert verifier.verify(request(expected["signature"])) == key
    with pytest.raises(SignatureRefused) as refused:
        verifier.verify(request(expected["signature"]))
    assert refused.value.reason is Reason.NONCE_USED


def huawei_vectors() -> list[Any]:
    vectors = load(DATA / "huawei" / "vectors.json")["vectors"]
    return [pytest.param(each, id=each["id"]) for each in vectors if each["algorithm"] == "SDK-HMAC-SHA256"]


@pytest.mark.parametrize("vector", huawei_vectors())
def test_huawei_vector(vector: Any) -> None:
    given, expected = vector["input"], vector["expected"]
    headers = [(name, value.encode("latin-1").decode("utf-8")) for name, value in expected["headers_on_wire"].items()]
    body = (given.get("body_utf8") or "").encode()
    request = huawei_request(given["method"], expected["request_target"], headers, body)
    verifier = sdk_hmac_verifier(request, given["access_key"], given["secret_key"])
    assert verifier.verify(request)[0].id == given["access_key"]
