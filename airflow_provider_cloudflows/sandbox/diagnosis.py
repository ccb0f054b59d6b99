"""Why a signature was refused, told so that its author can mend it: what was expected, and what was probably signed.

The verifiers in ``signatures.py`` say only that a signature is wrong. Here the usual mistakes are tried, one at a time:
when the signature that came is the one that a mistake would make, the mistake is named, and the text that was signed is
shown beside the expected one. Nothing here lets a request in, and no secret is in what it returns.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.signatures import (
    CLOCK_WINDOW_SECONDS,
    FAILURES_BEFORE_LOCK,
    LOCK_SECONDS,
    Reason,
    SignatureRefused,
    WireRequest,
    query_pairs,
    sha256_hex,
)
from airflow_provider_cloudflows.sandbox.world import AccessKey

_MINUTES = CLOCK_WINDOW_SECONDS // 60
_EXPLAINED = {
    Reason.ABSENT: "The request has no {0} header, and this operation needs one.",
    Reason.MALFORMED: "{0} is not written as the vendor's signature guide has it.",
    Reason.NOT_SIGNED: "The header {0} has to be sent and to be among the SignedHeaders; one of the two is missing.",
    Reason.UNKNOWN_KEY: "The sandbox has no key {0}; the keys it accepts are those of its connections.",
    Reason.LOCKED: f"After more than {FAILURES_BEFORE_LOCK} wrong signatures the key {{0}} is locked for "
    f"{LOCK_SECONDS // 60} minutes; a reset unlocks it.",
    Reason.DATE_MALFORMED: "The date {0} is not in the form that this signature needs.",
    Reason.DATE_OUTSIDE_WINDOW: f"The date {{0}} is more than {_MINUTES} minutes from the sandbox's clock.",
    Reason.TOKEN_MISSING: "The key is a temporary one, and its security token was not sent.",
    Reason.TOKEN_WRONG: "The security token that was sent does not belong to the key.",
    Reason.BODY_CHANGED: "x-acs-content-sha256 is not the hash of the body that arrived, which is {0}.",
    Reason.MISMATCH: "The signature is not the one that the request and the key's secret make.",
    Reason.NONCE_USED: "The nonce {0} was used already: each attempt needs a nonce, a date and a signature of its own.",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of a refused signature. ``expected`` and ``signed`` are canonical texts, empty where not known.

    ``mistake`` names what the client did differently, when trying it gave the signature that was sent.
    """

    reason: str
    explanation: str
    expected: str = ""
    string_to_sign: str = ""
    mistake: str = ""
    signed: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the console."""
        return asdict(self)


def diagnose(request: WireRequest, refused: SignatureRefused, keys: Iterable[AccessKey]) -> Diagnosis:
    """Explain a refusal; ``keys`` are those whose secrets are tried."""
    detail = "" if refused.reason is Reason.MISMATCH else refused.detail
    known = Diagnosis(refused.reason.name.lower(), _EXPLAINED[refused.reason].format(detail))
    if refused.reason is not Reason.MISMATCH:
        return known
    is_rpc = "authorization" not in request.headers
    expected = refused.detail if is_rpc else refused.canonical_request
    known = replace(known, expected=expected, string_to_sign=refused.detail)
    tried = _rpc(request, refused, tuple(keys)) if is_rpc else _headers(request, refused, tuple(keys))
    found = next(tried, None)
    return known if found is None else replace(known, mistake=found[0], signed=found[1])


def _headers(request: WireRequest, refused: SignatureRefused, keys: tuple[AccessKey, ...]) -> Iterator[tuple[str, str]]:
    """The mistakes that make the signature in the Authorization header, each with the text that was signed."""
    scheme, _, rest = request.headers["authorization"].strip().partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    key_id, signature = parts.get("Credential") or parts.get("Access", ""), parts["Signature"].lower()
    *head, _ = refused.detail.split("\n")
    expected = refused.canonical_request

    def makes(secret: str, canonical: str) -> bool:
        text = "\n".join((*head, sha256_hex(canonical.encode())))
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest() == signature

    for secret, mistake in _other_secrets(key_id, keys):
        if makes(secret, expected):
            yield mistake, expected
    for secret in (key.secret for key in keys if key.id == key_id):
        yield from ((said, text) for said, text in _misread(request, _Canonical.parse(expected)) if makes(secret, text))
        if hmac.new(secret.encode(), expected.encode(), hashlib.sha256).hexdigest() == signature:
            yield f"The canonical request itself was signed, without the {scheme} line and its hash.", expected


def _other_secrets(key_id: str, keys: tuple[AccessKey, ...]) -> Iterator[tuple[str, str]]:
    for key in keys:
        if key.id != key_id:
            yield key.secret, f"It was signed with the secret of the key {key.id}."
            continue
        for more, name in (("\n", "a line break"), (" ", "a blank"), ("\r\n", "a line break"), ("&", "an ampersand")):
            yield key.secret + more, f"It was signed with the right secret and {name} after it."


@dataclass(frozen=True, slots=True)
class _Canonical:
    """A canonical request in its parts; both clouds have the same six."""

    method: str
    path: str
    query: str
    headers: tuple[str, ...]
    signed: str
    payload: str

    @classmethod
    def parse(cls, text: str) -> _Canonical:
        method, path, query, *headers, _, signed, payload = text.split("\n")
        return cls(method, path, query, tuple(headers), signed, payload)

    def text(self, *, ends_headers: bool = True) -> str:
        block = (*self.headers, "") if ends_headers else self.headers
        return "\n".join((self.method, self.path, self.query, *block, self.signed, self.payload))


def _misread(request: WireRequest, right: _Canonical) -> Iterator[tuple[str, str]]:
    """The canonical requests of those who read the guide differently in one place."""
    for path, said in _paths(request, right.path):
        yield f"The path was signed {said}.", replace(right, path=path).text()
    for query, said in _queries(request):
        yield f"The query was signed {said}.", replace(right, query=query).text()
    for body, said in _bodies(request):
        yield f"The hash of the body was that of {said}.", replace(right, payload=body).text()
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {right.method}:
        yield f"{method} was signed as the method, and {right.method} was sent.", replace(right, method=method).text()
    for headers, said in _hosts(right.headers):
        yield f"The Host header was signed {said}.", replace(right, headers=headers).text()
    yield "The empty line after the signed headers was left out.", right.text(ends_headers=False)


def _paths(request: WireRequest, right: str) -> Iterator[tuple[str, str]]:
    plain = unquote(request.path)
    yield right.rstrip("/") or "/", "without a slash at its end"
    yield f"{right.rstrip('/')}/", "with a slash at its end"
    yield plain, "without being encoded"
    yield quote(right, safe="/~"), "encoded twice"
    yield "/", "as / alone"


def _queries(request: WireRequest) -> Iterator[tuple[str, str]]:
    pairs = query_pairs(request.query, unquote_plus)
    in_order = sorted(pairs)
    yield request.query, "as it was sent, neither sorted nor encoded anew"
    yield "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs), "unsorted"
    yield "&".join(f"{name}={value}" for name, value in in_order), "without being encoded"
    yield "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in in_order), "with + for blanks"
    yield "", "as if there were none"


def _bodies(request: WireRequest) -> Iterator[tuple[str, str]]:
    yield sha256_hex(b""), "an empty one"
    yield sha256_hex(request.body), "the body that arrived"
    yield "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD, which this request may not say"
    try:
        parsed = read_json(request.body)
    except ValueError:
        return
    for separators in ((",", ":"), (", ", ": ")):
        for is_ascii in (True, False):
            text = json.dumps(parsed, separators=separators, ensure_ascii=is_ascii)
            yield sha256_hex(text.encode()), "the same JSON written differently: sign the very bytes that are sent"


def _hosts(headers: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    host = next((each.removeprefix("host:") for each in headers if each.startswith("host:")), "")
    name, _, port = host.rpartition(":")
    if name and port.isdecimal():
        yield tuple(f"host:{name}" if each.startswith("host:") else each for each in headers), "without its port"


def _rpc(request: WireRequest, refused: SignatureRefused, keys: tuple[AccessKey, ...]) -> Iterator[tuple[str, str]]:
    """The same for the older signature, which travels among the parameters."""
    form = query_pairs(request.body.decode(errors="replace"), unquote_plus)
    pairs = [*query_pairs(request.query, unquote_plus), *form]
    sent = dict(pairs)
    right = refused.detail

    def makes(secret: str, text: str) -> bool:
        digest = hmac.digest(secret.encode(), text.encode(), "sha1")
        return base64.b64encode(digest).decode() == sent.get("Signature", "")

    for secret, mistake in _other_secrets(sent.get("AccessKeyId", ""), keys):
        if makes(f"{secret}&", right):
            yield mistake, right
    for secret in (key.secret for key in keys if key.id == sent.get("AccessKeyId")):
        if makes(secret, right):
            yield "It was signed with the secret alone; an ampersand belongs after it.", right
        for said, text in _rpc_misread(request.method, [pair for pair in pairs if pair[0] != "Signature"]):
            if makes(f"{secret}&", text):
                yield said, text


def _rpc_misread(method: str, pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    def text(verb: str, parts: Iterable[str]) -> str:
        return f"{verb}&%2F&{quote('&'.join(parts), safe='~')}"

    encoded = [f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(pairs)]
    for verb in {"GET", "POST"} - {method}:
        yield f"{verb} was signed as the method, and {method} was sent.", text(verb, encoded)
    in_order = [f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs]
    yield "The parameters were signed unsorted.", text(method, in_order)
    plus = [f"{quote_plus(name)}={quote_plus(value)}" for name, value in sorted(pairs)]
    yield "The parameters were signed with + for blanks.", text(method, plus)
    plain = [f"{name}={value}" for name, value in sorted(pairs)]
    yield "The parameters were encoded once instead of twice.", text(method, plain)
