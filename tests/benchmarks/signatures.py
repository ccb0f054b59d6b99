"""One signature over a body of 1 KiB, date and hash of the body included."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.transport.flow import Signer
from airflow_provider_cloudflows.transport.message import Message
from tests.benchmarks.table import Row, interleaved

__all__ = ["measure"]

ROUNDS = 15
CALLS = 500
LIMIT = 40.0
BODY = b"x" * 1024
KEY = AccessKey("LTAI5tBenchmark", "BenchmarkSecret000000000000001")
ALIBABA_HEADERS = {
    "x-acs-action": "CreateBusiness",
    "x-acs-version": "2020-05-18",
    "Content-Type": "application/x-www-form-urlencoded",
}
HUAWEI_PATH = "/v1/0a1b2c3d4e5f60718293a4b5c6d7e8f9/workspaces/f44065f5-557b-4376-ae02-8c65ef1960f4/soc/workflows"
HUAWEI_HEADERS = {"X-Project-Id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "Content-Type": "application/json"}


def microseconds_of(sign: Callable[[], None]) -> Callable[[], float]:
    def measure_once() -> float:
        started = time.perf_counter()
        for _ in range(CALLS):
            sign()
        return (time.perf_counter() - started) / CALLS * 1e6

    return measure_once


def ours(signer: Signer, origin: str, path: str, headers: dict[str, str]) -> Callable[[], None]:
    def sign() -> None:
        for _ in signer.sign(Message("POST", origin, path, "", dict(headers), BODY)):
            raise AssertionError("a fixed key asks nobody")

    return sign


def alibaba_sdk() -> Callable[[], None]:
    from alibabacloud_tea_openapi.utils import Utils

    def sign() -> None:
        headers = {**ALIBABA_HEADERS, "host": "dataworks.cn-hangzhou.aliyuncs.com"}
        payload = Utils.hex_encode(Utils.hash(BODY, "ACS3-HMAC-SHA256"))
        headers["x-acs-content-sha256"] = payload
        headers["x-acs-date"] = Utils.get_timestamp()
        headers["x-acs-signature-nonce"] = Utils.get_nonce()
        asked = SimpleNamespace(method="POST", pathname="/", query={}, headers=headers)
        Utils.get_authorization(asked, "ACS3-HMAC-SHA256", payload, KEY.key_id, KEY.secret)

    return sign


def huawei_sdk() -> Callable[[], None]:
    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer.signer import Signer as SdkSigner

    credentials: Any = SimpleNamespace(ak=KEY.key_id, sk=KEY.secret)
    body = BODY.decode()

    def sign() -> None:
        request = SdkRequest(
            method="POST",
            schema="https",
            host="secmaster.cn-north-4.myhuaweicloud.com",
            resource_path=HUAWEI_PATH,
            query_params=[],
            header_params=dict(HUAWEI_HEADERS),
            body=body,
        )
        SdkSigner(credentials).sign(request)

    return sign


def measure() -> list[Row]:
    """Return one row for each algorithm."""
    acs3 = ours(Acs3Signer(KEY), "https://dataworks.cn-hangzhou.aliyuncs.com", "/", ALIBABA_HEADERS)
    sdk_hmac = ours(SdkHmacSigner(KEY), "https://secmaster.cn-north-4.myhuaweicloud.com", HUAWEI_PATH, HUAWEI_HEADERS)
    rows = []
    for name, mine, other in (
        ("ACS3-HMAC-SHA256", acs3, alibaba_sdk()),
        ("SDK-HMAC-SHA256", sdk_hmac, huawei_sdk()),
    ):
        contestants = {"mine": microseconds_of(mine), "other": microseconds_of(other)}
        interleaved(contestants, 1)  # warm
        took = interleaved(contestants, ROUNDS).medians
        rows.append(Row(f"one signature, 1 KiB body: {name}", took["mine"], "us", took["other"], LIMIT))
    return rows
