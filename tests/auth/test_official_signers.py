"""The signatures against the official SDKs' own signers, over random requests."""

from __future__ import annotations

import string
from types import SimpleNamespace
from typing import Any

from alibabacloud_openapi_util.client import Client as OlderAlibabaSigner
from alibabacloud_tea_openapi.utils import Utils as AlibabaSigner
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer as HuaweiSigner
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.transport.message import Message, encode_query, encode_segment

# The last code point is kept for a name that must not collide.
LAST = "\U0010ffff"
TEXT = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x10FFFE), max_size=12) | st.sampled_from(
    ["", " ", "a b", "+", "%20", "/", "a/b", "~", "*", "'()!", "&=", "?#", "é", "日报 流程", "\n", "\U0001f4a5"]
)
# The SDKs leave the names in Alibaba's query unencoded, so reserved characters in them cannot be compared.
PLAIN_NAME = st.text(string.ascii_letters + string.digits + "-_.~", min_size=1, max_size=8)
BLANKS = st.sampled_from(["", " ", "  ", "\t"])
HEADER_VALUE = st.builds(
    lambda before, text, after: before + text + after,
    BLANKS,
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=10),
    BLANKS,
)
HOST = st.sampled_from(["ecs.cn-hangzhou.aliyuncs.com", "iam.cn-north-4.myhuaweicloud.com", "127.0.0.1", "localhost"])
ORIGIN = st.builds(
    lambda scheme, host, port: f"{scheme}://{host}{port}",
    st.sampled_from(["https", "http"]),
    HOST,
    st.just("") | st.integers(1, 65535).map(lambda port: f":{port}"),
)
SECRET = st.text(string.ascii_letters + string.digits + "/+=~", min_size=1, max_size=40)
KEY = st.builds(AccessKey, st.text(string.ascii_letters + string.digits, min_size=1), SECRET, st.none() | SECRET)
METHOD = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"])
NOW = st.integers(0, 4_000_000_000).map(float)


def run(signing: Any) -> None:
    """Carry out a signer that has nothing to ask."""
    assert list(signing) == []


@given(
    key=KEY,
    origin=ORIGIN,
    method=METHOD,
    # A mapping: neither generation of the SDK can express a name that comes twice.
    query=st.dictionaries(PLAIN_NAME, TEXT, max_size=5),
    extra=st.dictionaries(st.sampled_from(["x-acs-action", "x-acs-a", "X-Acs-Zone"]), HEADER_VALUE),
    form=st.booleans(),
    body=st.binary(max_size=40),
    now=NOW,
)
def test_acs3(
    key: AccessKey,
    origin: str,
    method: str,
    query: dict[str, str],
    extra: dict[str, str],
    form: bool,
    body: bytes,
    now: float,
) -> None:
    message = Message(method, origin, "/", encode_query(query.items()), dict(extra), body)
    if form:
        message.headers["Content-Type"] = "application/x-www-form-urlencoded"
    message.headers["User-Agent"] = "not signed"
    run(Acs3Signer(key, clock=lambda: now).sign(message))

    headers = {**message.headers, "host": message.host}
    ours = headers.pop("Authorization")
    del headers["User-Agent"]
    asked = SimpleNamespace(method=method, pathname="/", query=query, headers=headers)
    payload = message.headers["x-acs-content-sha256"]
    for sdk in (AlibabaSigner, OlderAlibabaSigner):
        theirs = sdk.get_authorization(asked, "ACS3-HMAC-SHA256", payload, key.key_id, key.secret)
        assert ours == theirs
    assert payload == AlibabaSigner.hex_encode(AlibabaSigner.hash(body, "ACS3-HMAC-SHA256"))


@given(
    key=KEY,
    origin=ORIGIN,
    method=METHOD,
    segments=st.lists(TEXT, max_size=5),
    slash=st.booleans(),
    query=st.lists(st.tuples(TEXT, TEXT), max_size=6),
    repeated=st.lists(TEXT, max_size=3),
    extra=st.dictionaries(st.sampled_from(["X-Project-Id", "X-Language", "x-a"]), HEADER_VALUE),
    # Any other content type makes the SDK sign no body at all, which this package never does.
    json_body=st.booleans(),
    body=st.binary(max_size=40),
    now=NOW,
)
def test_sdk_hmac(
    key: AccessKey,
    origin: str,
    method: str,
    segments: list[str],
    slash: bool,
    query: list[tuple[str, str]],
    repeated: list[str],
    extra: dict[str, str],
    json_body: bool,
    body: bytes,
    now: float,
) -> None:
    path = "/" + "/".join(encode_segment(segment) for segment in segments) + ("/" if slash else "")
    # A list value repeats its name. The SDK cannot sort a list beside a text of the same name, so it gets its own.
    pairs = [*query, *[(LAST, value) for value in repeated]]
    message = Message(method, origin, path, encode_query(pairs), dict(extra), body)
    if json_body:
        message.headers["Content-Type"] = "application/json"
    run(SdkHmacSigner(key, clock=lambda: now).sign(message))

    headers = {name: value for name, value in message.headers.items() if name != "Authorization"}
    theirs = HuaweiSigner(SimpleNamespace(ak=key.key_id, sk=key.secret)).sign(
        SdkRequest(
            method=method,
            schema=origin.partition("://")[0],
            host=message.host,
            resource_path=path,
            query_params=[*query, *([(LAST, list(repeated))] if repeated else [])],
            header_params=headers,
            body=body,
        )
    )
    assert message.headers["Authorization"] == theirs.header_params["Authorization"]
    assert message.url == f"{origin}{theirs.uri}"
