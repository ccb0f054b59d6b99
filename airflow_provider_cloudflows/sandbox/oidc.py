"""The sandbox as its own identity provider: OIDC tokens (JWT, HS256), made and checked.

A real provider signs with a private key and publishes the other half; a published dummy secret serves both ends
here, so that nothing but the standard library is needed. What a cloud says to a bad token is decided in its room.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.json_text import read_json

DEFAULT_SECONDS = 3600.0


class OidcReason(Enum):
    """Why a token is refused."""

    INVALID = auto()
    SIGNATURE = auto()
    ISSUER = auto()
    AUDIENCE = auto()
    EXPIRED = auto()


class OidcRefused(Exception):
    """The token is not accepted; the message is one sentence without the token."""

    def __init__(self, reason: OidcReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    issuer: str
    audience: str
    subject: str
    issued: float
    expires: float


def make(
    now: float,
    lifetime: float = DEFAULT_SECONDS,
    *,
    subject: str = world.OIDC_SUBJECT,
    audience: str = world.OIDC_AUDIENCE,
    issuer: str = world.OIDC_ISSUER,
    secret: str = world.OIDC_SECRET,
) -> str:
    """A token that is good for ``lifetime`` seconds from ``now``; a negative one has expired already."""
    claims = {"iss": issuer, "aud": audience, "sub": subject, "iat": now, "exp": now + lifetime}
    head = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{head}.{_base64url(_signature(head, secret))}"


def check(token: str, now: float) -> Claims:
    """The claims of a token, or ``OidcRefused``."""
    head, _, signature = token.rpartition(".")
    try:
        header, claims = (read_json(_decode(part)) for part in head.split("."))
        sent = _decode(signature)
        if header["alg"] != "HS256":
            raise OidcRefused(OidcReason.INVALID, "The algorithm of the OIDC token is not HS256.")
        found = Claims(claims["iss"], claims["aud"], claims["sub"], float(claims["iat"]), float(claims["exp"]))
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise OidcRefused(OidcReason.INVALID, "The OIDC token is no JWT with iss, aud, sub, iat and exp.") from None
    if not hmac.compare_digest(sent, _signature(head, world.OIDC_SECRET)):
        raise OidcRefused(OidcReason.SIGNATURE, "The signature of the OIDC token is not valid.")
    if found.issuer != world.OIDC_ISSUER:
        raise OidcRefused(OidcReason.ISSUER, "The issuer of the OIDC token is not that of the identity provider.")
    if found.audience != world.OIDC_AUDIENCE:
        raise OidcRefused(OidcReason.AUDIENCE, "The audience of the OIDC token is not a client of the provider.")
    if found.expires <= now:
        raise OidcRefused(OidcReason.EXPIRED, "The OIDC token has expired.")
    return found


def _signature(head: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), head.encode(), hashlib.sha256)


def _part(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
