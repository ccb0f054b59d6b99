"""The signatures against vectors: the vendors' published examples, and values that the official SDKs computed.

The derived-key vectors (``V11-HMAC-SHA256``) are left out: no service of this package uses that algorithm.
"""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba import acs3
from airflow_provider_cloudflows.auth.base import AccessKey, headers_with_prefix
from airflow_provider_cloudflows.auth.huawei import sdk_hmac
from airflow_provider_cloudflows.transport.message import Message, encode_query
from tests.auth.material import vectors

ACS3 = vectors("alibaba")["acs3"]
SDK_HMAC = [vector for vector in vectors("huawei")["vectors"] if vector["algorithm"] == sdk_hmac.ALGORITHM]


def test_no_vector_is_lost() -> None:
    assert {vector["group"] for vector in ACS3} == {"published", "minimal_headers", "sdk_wire", "edge"}
    assert (len(ACS3), len(SDK_HMAC)) == (21, 13)


@pytest.mark.parametrize("vector", ACS3, ids=lambda vector: vector["name"])
def test_acs3(vector: Any) -> None:
    given, expected = vector["input"], vector["expect"]
    signed = sorted((name.lower(), value.strip()) for name, value in given["headers_to_sign"].items())
    host = dict(signed)["host"]
    message = Message(
        given["method"],
        f"https://{host}",
        given["path"],
        encode_query(given["query"].items()),
        {"x-acs-content-sha256": dict(signed)["x-acs-content-sha256"]},
        given["body"].encode(),
    )
    key = AccessKey(given["access_key_id"], given["access_key_secret"])
    # The official SDK leaves the names in a query unencoded; the edge vector's "Z~" is the same either way.
    assert message.query == expected["canonical_query"]
    assert acs3.authorization(message, key, signed) == expected["authorization"]


@pytest.mark.parametrize(
    "vector", [vector for vector in ACS3 if vector["group"] != "sdk_wire"], ids=lambda vector: vector["name"]
)
def test_acs3_signs_the_documented_headers(vector: Any) -> None:
    headers = {name: value for name, value in vector["input"]["headers_to_sign"].items() if name != "host"}
    message = Message("POST", f"https://{vector['input']['headers_to_sign']['host']}", headers=headers)
    message.headers["User-Agent"] = "a proxy may rewrite this"
    names = [name for name, _ in headers_with_prefix(message, "x-acs-")]
    assert ";".join(names) == vector["expect"]["signed_headers"]


def value_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("vector", SDK_HMAC, ids=lambda vector: vector["id"])
def test_sdk_hmac(vector: Any) -> None:
    given, expected = vector["input"], vector["expected"]
    pairs = [
        (name, value_text(one))
        for name, value in given["query"]
        for one in (value if isinstance(value, list) else [value])
    ]
    headers = dict(given["headers"])
    content_hash = expected["headers_on_wire"].get("X-Sdk-Content-Sha256")
    if content_hash:  # the SDK adds it to a multipart body
        headers["X-Sdk-Content-Sha256"] = content_hash
    message = Message(
        given["method"],
        f"{given['scheme']}://{given['host']}",
        given["path"],
        encode_query(pairs),
        headers,
        (given["body_utf8"] or "").encode(),
    )
    signed = sorted(
        (name.lower(), value.strip()) for name, value in {**headers, "Host": message.host}.items() if "_" not in name
    )
    target = message.url.removeprefix(message.origin)
    assert target == expected["request_target"]
    key = AccessKey(given["access_key"], given["secret_key"])
    assert sdk_hmac.authorization(message, key, signed) == expected["authorization"]
