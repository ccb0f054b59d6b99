"""How a kept credential of Huawei Cloud proves who calls: a key signs, a token travels as it is."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_cloudflows.auth.base import Credential, Token
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.auth.huawei.token import TokenSigner
from airflow_provider_cloudflows.transport.flow import Signer

__all__ = ["RENEW_AHEAD", "signer_for"]

RENEW_AHEAD = 40 * 60.0
"""Seconds before the expiry at which the vendor's own package renews."""


def signer_for(credential: Credential, clock: Callable[[], float]) -> Signer:
    """Return what authenticates messages with ``credential``."""
    proof = credential.proof
    return TokenSigner(proof.text) if isinstance(proof, Token) else SdkHmacSigner(proof, clock=clock)
