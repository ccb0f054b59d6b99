"""What the sandbox issues for a while: temporary access keys and tokens; made, found again, expired, revoked.

Ids are derived from who asked, what for and until when; secrets and tokens are derived from the ids. So nothing
secret is kept, the state shows ids only, and the same question at the same moment has the same answer. Who may ask
for what is decided in the rooms.
"""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import math
import re
import time
from dataclasses import dataclass
from typing import Any, Literal

from airflow_provider_cloudflows.sandbox.operations import Call, Principal
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import ISSUED_MARK, AccessKey, Cloud

KEYS = "issued.key"
TOKENS = "iam.token"
METADATA_TOKENS = "metadata.token"

Refused = Literal["expired", "invalid"]
Question = tuple[str, ...]

_SEED = b"cloudflows sandbox: a published dummy"
_TOKEN_PREFIX = {TOKENS: "MII", METADATA_TOKENS: ""}
_TOKEN = re.compile(rf"(?:MII)?{ISSUED_MARK}([0-9a-f]{{32}})[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Issued:
    """A temporary access key and when it stops working."""

    key: AccessKey
    issued: float
    expires: float


def expiry(call: Call, asked: float, digits: int) -> float:
    """When something issued now for ``asked`` seconds expires, as exactly as a time with ``digits`` can say."""
    moment = call.now + (call.settings.credential_seconds or asked)
    unit: int = 10**digits
    return math.floor(moment * unit) / unit


def time_text(moment: float, digits: int) -> str:
    """UTC with this many decimal digits of the second: ``2026-01-02T03:04:05Z``, ``…05.123Z``, ``…05.123456Z``."""
    seconds, rest = divmod(round(moment * 1_000_000), 1_000_000)
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{rest:06d}"[: len(whole) + (digits and digits + 1)] + "Z"


def issue_key(call: Call, cloud: Cloud, operation: str, principal: Principal, asker: str, expires: float) -> Issued:
    """A temporary key for ``principal``; ``asker`` is who wanted it, ``operation`` how."""
    question = (cloud, operation, asker, principal.kind, principal.name, principal.session, f"{expires:.6f}")
    for generation in itertools.count():
        key_id = _key_id(cloud, (*question, str(generation)))
        kept = call.store.get(KEYS, key_id)
        if kept is None or "revoked" not in kept:
            break
    if kept is None:
        kept = {
            "id": key_id,
            "cloud": cloud,
            "account_id": call.account.id,
            "operation": operation,
            "kind": principal.kind,
            "name": principal.name,
            "session": principal.session,
            "issued": call.now,
            "expires": expires,
            "expires_at": time_text(expires, 6),
        }
        call.store.add(KEYS, key_id, kept, place=operation)
    return _issued(kept)


def current_key(call: Call, operation: str, name: str) -> Issued | None:
    """The key that a metadata service still hands out: the latest, until less than a third of its life is left."""
    for kept in reversed(call.store.all(KEYS, place=operation)):
        left, life = kept["expires"] - call.now, kept["expires"] - kept["issued"]
        if kept["name"] == name and "revoked" not in kept and left > 0 and left * 3 >= life:
            return _issued(kept)
    return None


def find_key(store: Store, key_id: str) -> AccessKey | None:
    """An issued key with its secret and token, expired and revoked ones included."""
    kept = store.get(KEYS, key_id)
    return None if kept is None else _access_key(kept)


def principal_of(store: Store, key_id: str) -> Principal | None:
    """Whom an issued key belongs to."""
    kept = store.get(KEYS, key_id)
    return None if kept is None else _principal(kept)


def why_refused(store: Store, key_id: str, now: float) -> Refused | None:
    """Why an issued key is not accepted any more, if so."""
    kept = store.get(KEYS, key_id)
    return None if kept is None else _why_refused(kept, now)


def issue_token(call: Call, kind: str, question: Question, expires: float, document: dict[str, Any]) -> str:
    """A token of a kind; ``document`` is what shall be known when it comes back."""
    for generation in itertools.count():
        token_id = _derived("id", kind, *question, f"{expires:.6f}", str(generation)).hex()[:32]
        kept = call.store.get(kind, token_id)
        if kept is None or "revoked" not in kept:
            break
    if kept is None:
        call.store.add(kind, token_id, {"id": token_id} | document | {"expires": expires})
    return _token(kind, token_id)


def find_token(store: Store, kind: str, token: str, now: float) -> dict[str, Any] | Refused:
    """What was kept with a token, or why it is refused."""
    match = _TOKEN.fullmatch(token)
    kept = store.get(kind, match[1]) if match else None
    if match is None or kept is None or not hmac.compare_digest(token, _token(kind, match[1])):
        return "invalid"
    return _why_refused(kept, now) or kept


def token_principal(kept: dict[str, Any]) -> Principal:
    """Whom a token belongs to."""
    return _principal(kept)


def forget_expired(store: Store, kind: str, now: float) -> None:
    """Remove what has expired, where it does not matter for the answer."""
    for kept in store.all(kind):
        if kept["expires"] <= now:
            store.forget(kind, kept["id"])


def revoke(store: Store, kind: str, id: str, reason: str) -> bool:
    """Refuse one from now on; tells whether it was there."""
    kept = store.get(kind, id)
    if kept is not None:
        store.update(kind, id, kept | {"revoked": reason})
    return kept is not None


def revoke_all(store: Store, kind: str, reason: str) -> None:
    """Refuse all of a kind that were issued so far."""
    for each in store.ids(kind):
        revoke(store, kind, each, reason)


def revoked(store: Store, now: float) -> dict[str, str]:
    """The revoked keys that would not have expired by themselves, and why each is refused."""
    return {kept["id"]: kept["revoked"] for kept in store.all(KEYS) if "revoked" in kept and kept["expires"] > now}


def _issued(kept: dict[str, Any]) -> Issued:
    return Issued(_access_key(kept), kept["issued"], kept["expires"])


def _why_refused(kept: dict[str, Any], now: float) -> Refused | None:
    if kept.get("revoked") == "invalid":
        return "invalid"
    return "expired" if "revoked" in kept or kept["expires"] <= now else None


def _principal(kept: dict[str, Any]) -> Principal:
    return Principal(kept["kind"], kept["name"], kept["session"])


def _access_key(kept: dict[str, Any]) -> AccessKey:
    """Tokens hold the characters that must be escaped in a query, as real ones do."""
    cloud, key_id = kept["cloud"], kept["id"]
    secret = _letters("secret", key_id)
    token = base64.b64encode(_derived("token", key_id) + _derived("token", key_id, "more")).decode()
    length = 30 if cloud == "alibaba" else 40
    return AccessKey(cloud, key_id, f"{ISSUED_MARK}{secret}"[:length], f"{ISSUED_MARK}+/{token}", kept["account_id"])


def _key_id(cloud: Cloud, question: Question) -> str:
    letters = _letters("key", *question).upper()
    return f"STS.N{letters[:24]}" if cloud == "alibaba" else f"HSTA{letters[:16]}"


def _token(kind: str, token_id: str) -> str:
    rest = base64.urlsafe_b64encode(_derived("token", kind, token_id)).decode().rstrip("=")
    return f"{_TOKEN_PREFIX[kind]}{ISSUED_MARK}{token_id}{rest}"


def _letters(*parts: str) -> str:
    return base64.b32encode(_derived(*parts)).decode().rstrip("=").lower()


def _derived(*parts: str) -> bytes:
    return hmac.digest(_SEED, json.dumps(parts).encode(), "sha256")
