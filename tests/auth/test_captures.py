"""The signatures against requests that the official SDKs really sent: the same ``Authorization``, byte for byte."""

from __future__ import annotations

import re
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba import acs3
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei import sdk_hmac
from airflow_provider_cloudflows.transport.message import Message, encode_query
from tests.auth.material import ALIBABA_CAPTURES, HUAWEI_CAPTURES, HUAWEI_KEY, alibaba_key


def signed_names(authorization: str) -> list[str]:
    found = re.search(r"SignedHeaders=([^,]+)", authorization)
    assert found
    return found[1].split(";")


@pytest.mark.parametrize("name", ALIBABA_CAPTURES)
def test_acs3(name: str) -> None:
    for request in ALIBABA_CAPTURES[name]["requests"]:
        headers = {name.lower(): value for name, value in request["headers"]}
        message = Message(
            request["method"],
            f"https://{headers['host']}",
            request["path"],
            encode_query(request["query_params"]),
            headers,
            request["raw_body"].encode(),
        )
        signed = [(name, headers[name]) for name in signed_names(headers["authorization"])]
        ours = acs3.authorization(message, alibaba_key(ALIBABA_CAPTURES[name]), signed)
        assert ours == headers["authorization"]


@pytest.mark.parametrize("name", HUAWEI_CAPTURES)
def test_sdk_hmac(name: str) -> None:
    requests: list[Any] = HUAWEI_CAPTURES[name]["http"]
    for request in requests:
        headers = {name.lower(): value for name, value in request["headers"]}
        if "authorization" not in headers:
            assert "X-Subject-Token" in str(HUAWEI_CAPTURES[name]), "only a login goes out unsigned"
            continue
        message = Message(
            request["method"],
            f"http://{headers['host']}",
            request["path"],
            encode_query(request["query"]),
            {"X-Sdk-Date": headers["x-sdk-date"]},
            request["body_raw"].encode(),
        )
        access = re.search(r"Access=([^,]+)", headers["authorization"])
        assert access
        signed = [(name, headers[name]) for name in signed_names(headers["authorization"])]
        ours = sdk_hmac.authorization(message, AccessKey(access[1], HUAWEI_KEY.secret), signed)
        assert message.url == f"{message.origin}{request['target']}"
        assert ours == headers["authorization"]
