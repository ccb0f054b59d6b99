"""Loads the signature vectors and the captured requests of the vendors' own SDKs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.auth.base import AccessKey

__all__ = [
    "ALIBABA_CAPTURES",
    "HUAWEI_CAPTURES",
    "HUAWEI_KEY",
    "alibaba_key",
    "captures",
    "huawei_key",
    "vectors",
]

DATA = Path(__file__).parent.parent / "data"

HUAWEI_KEY = AccessKey("AKEXAMPLE0000000TEST", "SkExample/Not+AReal~Secret0000000000test")


def vectors(cloud: str) -> Any:
    """Return the signature vectors of ``cloud``."""
    return json.loads((DATA / cloud / "vectors.json").read_text("utf-8"))


def captures(cloud: str) -> dict[str, Any]:
    """Return the captures of ``cloud`` by name."""
    files = sorted((DATA / cloud / "captures").glob("[!_]*.json"))
    return {file.stem: json.loads(file.read_text("utf-8")) for file in files}


def alibaba_key(capture: Any) -> AccessKey:
    """Return the key that signed ``capture``."""
    credentials = capture["credentials"]
    return AccessKey(credentials["access_key_id"], credentials["access_key_secret"], credentials.get("security_token"))


def huawei_key(headers: dict[str, str]) -> AccessKey:
    """Return the key that signed a request with ``headers``."""
    return AccessKey(HUAWEI_KEY.key_id, HUAWEI_KEY.secret, headers.get("x-security-token"))


ALIBABA_CAPTURES = captures("alibaba")
HUAWEI_CAPTURES = captures("huawei")
