"""How a kept credential of Alibaba Cloud signs, and how its STS client is made."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.base import AccessKey, Credential
from airflow_provider_cloudflows.transport.flow import Signer

__all__ = ["RENEW_AHEAD", "signer_for"]

RENEW_AHEAD = 15 * 60.0
"""Seconds before the expiry at which the vendor's own package renews."""


def signer_for(credential: Credential, clock: Callable[[], float]) -> Signer:
    """Return what signs with ``credential``."""
    if not isinstance(credential.proof, AccessKey):
        raise TypeError("Alibaba Cloud signs with keys only.")
    return Acs3Signer(credential.proof, clock=clock)
