"""A call of the journal as a curl command that works: the same request, with a date and a signature of its own.

It is signed by the permanent key of the account that made the call, so no token and no secret is in the command; what
the journal hides stays hidden in it. The signature is good for as long as the clouds' clock window.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shlex
import time
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from airflow_provider_cloudflows.sandbox import metadata
from airflow_provider_cloudflows.sandbox.journal import Entry
from airflow_provider_cloudflows.sandbox.redaction import LONGEST_TEXT
from airflow_provider_cloudflows.sandbox.signatures import (
    ENVELOPE,
    Acs3Verifier,
    Authorization,
    SdkHmacVerifier,
    WireRequest,
    sha256_hex,
)
from airflow_provider_cloudflows.sandbox.world import AccessKey, Cloud, first_account

_KEPT_HEADERS = ("accept", "content-type", "x-domain-id", "x-project-id")


class CannotRepeat(ValueError):
    """The call cannot be written as a command; the message is one sentence for a person."""


def command(entry: Entry, url: str, keys: Iterable[AccessKey], now: float) -> str:
    """The command for a call, to be run against the sandbox at ``url``; ``keys`` are the permanent ones.

    :raises CannotRepeat: the journal did not keep all of the body.
    """
    key = _signer(entry, tuple(keys))
    query, body = _query(entry), _body(entry)
    headers = {"host": urlsplit(url).netloc}
    headers |= {name: value for name, value in entry.headers.items() if name in _KEPT_HEADERS}
    if entry.cloud == "alibaba" and entry.operation and not _is_metadata(entry):
        headers |= _alibaba_headers(entry, body, now)
        scheme, wire = "ACS3-HMAC-SHA256", WireRequest(entry.method, entry.path, query, headers, body)
        headers["authorization"] = _signed(scheme, "Credential", key, wire, Acs3Verifier.canonical_request, "")
    elif not _is_metadata(entry):
        headers["x-sdk-date"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        scheme, wire = "SDK-HMAC-SHA256", WireRequest(entry.method, entry.path, query, headers, body)
        date = f"{headers['x-sdk-date']}\n"
        headers["authorization"] = _signed(scheme, "Access", key, wire, SdkHmacVerifier.canonical_request, date)
    return _written(entry, f"{url}{entry.path}" + (f"?{query}" if query else ""), headers, body)


def _signer(entry: Entry, keys: tuple[AccessKey, ...]) -> AccessKey:
    """The permanent key of the caller's account, or of the first account of the cloud."""
    cloud: Cloud = "alibaba" if entry.cloud == "alibaba" else "huawei"
    named = next((key for key in keys if key.id == entry.key_id), None)
    account = named.account if named else first_account(cloud)
    return next(key for key in keys if key.account == account and key.security_token is None)


def _is_metadata(entry: Entry) -> bool:
    return entry.service == metadata.SERVICE


def _query(entry: Entry) -> str:
    pairs = [(name, value) for name, value in entry.sent["query"] if not (_is_rpc(entry) and name in ENVELOPE)]
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(pairs))


def _is_rpc(entry: Entry) -> bool:
    return entry.cloud == "alibaba" and "x-acs-action" not in entry.headers


def _body(entry: Entry) -> bytes:
    form, body = entry.sent["form"], entry.sent["body"]
    if form == "none":
        return b""
    if form == "form":
        pairs = [(name, value) for name, value in body if not (_is_rpc(entry) and name in ENVELOPE)]
        text = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    elif form == "json":
        text = json.dumps(body, ensure_ascii=False)
    else:
        raise CannotRepeat("The body of this call was not kept, since it is neither JSON nor a form.")
    if any(f"… ({length} characters)" in text for length in _lengths(body)):
        raise CannotRepeat(f"A value of this call is longer than {LONGEST_TEXT} characters, and was not kept whole.")
    return text.encode()


def _lengths(body: Any) -> Iterable[str]:
    """The numbers that stand in the notes on what was shortened."""
    return [part.rpartition("… (")[2] for part in str(body).split(" characters)") if "… (" in part]


def _alibaba_headers(entry: Entry, body: bytes, now: float) -> dict[str, str]:
    pairs = [*entry.sent["query"], *(entry.sent["body"] if entry.sent["form"] == "form" else [])]
    sent = dict(pairs)
    return {
        "x-acs-action": entry.headers.get("x-acs-action") or str(sent.get("Action", "")),
        "x-acs-version": entry.headers.get("x-acs-version") or str(sent.get("Version", "")),
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": sha256_hex(body),
    }


def _signed(scheme: str, name: str, key: AccessKey, wire: WireRequest, canonical: Any, date: str) -> str:
    names = tuple(sorted(wire.headers))
    text = canonical(wire, Authorization(key.id, names, ""))
    to_sign = f"{scheme}\n{date}{sha256_hex(text.encode())}"
    signature = hmac.new(key.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    comma = "," if name == "Credential" else ", "
    return comma.join((f"{scheme} {name}={key.id}", f"SignedHeaders={';'.join(names)}", f"Signature={signature}"))


def _written(entry: Entry, url: str, headers: dict[str, str], body: bytes) -> str:
    parts = ["curl --include", f"--request {entry.method}", shlex.quote(url)]
    parts += [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in headers.items() if name != "host"]
    if body:
        parts.append(f"--data-binary {shlex.quote(body.decode())}")
    return " \\\n  ".join(parts)
