"""Verification of request signatures, written from the two vendors' published algorithms.

Alibaba: "V3 request body and signature mechanism" (ACS3-HMAC-SHA256), and "RPC signature" for the older version 1.0
(HMAC-SHA1). Huawei: "API signing guide" (SDK-HMAC-SHA256). A verifier finds the key, rebuilds the canonical request
from what arrived, and compares. It cannot be switched off, and it does not know how a cloud words its refusal: it
says why in ``Reason``, and the gateways turn that into codes.
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NoReturn
from urllib.parse import quote, unquote, unquote_plus

from airflow_provider_cloudflows.sandbox.json_text import read_json
from airflow_provider_cloudflows.sandbox.world import AccessKey

Clock = Callable[[], float]
FindKey = Callable[[str], AccessKey | None]

CLOCK_WINDOW_SECONDS = 15 * 60
FAILURES_BEFORE_LOCK = 5
LOCK_SECONDS = 5 * 60

# What a request in the older form carries among its parameters, beside those of the operation.
ENVELOPE = {
    "Action",
    "Version",
    "Format",
    "Timestamp",
    "AccessKeyId",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureVersion",
}


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it arrived: path and query still encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Reason(Enum):
    """Why a signature was refused."""

    ABSENT = auto()
    MALFORMED = auto()
    NOT_SIGNED = auto()
    UNKNOWN_KEY = auto()
    LOCKED = auto()
    DATE_MALFORMED = auto()
    DATE_OUTSIDE_WINDOW = auto()
    TOKEN_MISSING = auto()
    TOKEN_WRONG = auto()
    BODY_CHANGED = auto()
    MISMATCH = auto()
    NONCE_USED = auto()


class SignatureRefused(Exception):
    """The signature is not accepted. ``detail`` is a header or key name, or the server's own text."""

    def __init__(self, reason: Reason, detail: str = "", canonical_request: str = "") -> None:
        super().__init__(f"{reason.name}: {detail}")
        self.reason = reason
        self.detail = detail
        self.canonical_request = canonical_request


@dataclass(frozen=True, slots=True)
class Authorization:
    """The parts of an Authorization header of either cloud."""

    key_id: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, header: str | None, pattern: re.Pattern[str]) -> Authorization:
        """Take the header apart, or refuse it."""
        if not header:
            raise SignatureRefused(Reason.ABSENT, "Authorization")
        match = pattern.fullmatch(header.strip())
        if match is None:
            raise SignatureRefused(Reason.MALFORMED, "Authorization")
        names = tuple(match["headers"].split(";"))
        if list(names) != sorted({name.lower() for name in names}):
            raise SignatureRefused(Reason.MALFORMED, "SignedHeaders")
        return cls(match["key"], names, match["signature"])


def sha256_hex(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256, as both clouds use it."""
    return hashlib.sha256(data).hexdigest()


def _encode(text: str) -> str:
    """Percent-encode everything but the unreserved characters of RFC 3986."""
    return quote(text, safe="~")


def query_pairs(query: str, decode: Callable[[str], str]) -> list[tuple[str, str]]:
    """Names and values of a raw query or form, decoded, in the order they came."""
    split = (piece.partition("=") for piece in query.split("&") if piece)
    return [(decode(name), decode(value)) for name, _, value in split]


def raw_parameters(request: WireRequest, decode: Callable[[str], str]) -> dict[str, Any]:
    """Query and JSON body of a request as one object, unchecked, for the journal."""
    query: dict[str, Any] = dict(query_pairs(request.query, decode))
    try:
        body = read_json(request.body) if request.body else {}
    except ValueError:
        return query | {"(body)": "not JSON"}
    return query | body if isinstance(body, dict) else query | {"(body)": body}


def _canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(pairs))


def _canonical_headers(request: WireRequest, names: Iterable[str]) -> str:
    return "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)


def _require_signed(request: WireRequest, authorization: Authorization, names: Iterable[str]) -> None:
    """Each name must have arrived and be signed; each signed name must have arrived."""
    for name in (*names, *authorization.signed_headers):
        if name not in request.headers:
            raise SignatureRefused(Reason.NOT_SIGNED, name)
        if name not in authorization.signed_headers:
            raise SignatureRefused(Reason.NOT_SIGNED, name)


def none_issued(key_id: str) -> AccessKey | None:
    """For a verifier that knows its permanent keys only."""
    return None


def _find_key(keys: Iterable[AccessKey], issued: FindKey, key_id: str) -> AccessKey:
    """Look at every key whatever the outcome, each in constant time; then among the keys that were issued."""
    found = None
    for key in keys:
        if hmac.compare_digest(key.id.encode(), key_id.encode()):
            found = key
    found = found or issued(key_id)
    if found is None:
        raise SignatureRefused(Reason.UNKNOWN_KEY, key_id)
    return found


def _check_date(text: str, pattern: str, now: float) -> None:
    try:
        sent = calendar.timegm(time.strptime(text, pattern))
    except ValueError:
        raise SignatureRefused(Reason.DATE_MALFORMED, text) from None
    if abs(now - sent) > CLOCK_WINDOW_SECONDS:
        raise SignatureRefused(Reason.DATE_OUTSIDE_WINDOW, text)


def _check_token(key: AccessKey, sent: str | None) -> None:
    if key.security_token is not None and not sent:
        raise SignatureRefused(Reason.TOKEN_MISSING)
    if not hmac.compare_digest((key.security_token or "").encode(), (sent or "").encode()):
        raise SignatureRefused(Reason.TOKEN_WRONG)


class _Nonces:
    """The nonces of good signatures: each may be used once by a key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept_until: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def use(self, key: AccessKey, nonce: str) -> None:
        """A date stays acceptable for at most two windows, so a nonce is kept that long."""
        now = self._clock()
        with self._lock:
            while self._kept_until and next(iter(self._kept_until.values())) < now:
                del self._kept_until[next(iter(self._kept_until))]
            if (key.id, nonce) in self._kept_until:
                raise SignatureRefused(Reason.NONCE_USED, nonce)
            self._kept_until[key.id, nonce] = now + 2 * CLOCK_WINDOW_SECONDS

    def reset(self) -> None:
        with self._lock:
            self._kept_until.clear()


def _compare(secret: str, string_to_sign: str, signature: str, canonical_request: str) -> None:
    expected = hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureRefused(Reason.MISMATCH, string_to_sign, canonical_request)


class Acs3Verifier:
    """Alibaba Cloud ACS3-HMAC-SHA256, with its clock window and single-use nonces."""

    _PATTERN = re.compile(
        r"ACS3-HMAC-SHA256 +Credential=(?P<key>[^,\s]+), *SignedHeaders=(?P<headers>[^,\s]+), *"
        r"Signature=(?P<signature>[0-9a-fA-F]+)"
    )
    _MANDATORY = ("host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce")

    def __init__(self, keys: Iterable[AccessKey], clock: Clock, issued: FindKey = none_issued) -> None:
        self._keys = tuple(key for key in keys if key.cloud == "alibaba")
        self._issued = issued
        self._clock = clock
        self._nonces = _Nonces(clock)

    def verify(self, request: WireRequest) -> AccessKey:
        """Return the key that signed the request, or raise ``SignatureRefused``."""
        authorization = Authorization.parse(request.headers.get("authorization"), self._PATTERN)
        key = _find_key(self._keys, self._issued, authorization.key_id)
        _require_signed(request, authorization, self._must_be_signed(request))
        _check_date(request.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ", self._clock())
        _check_token(key, request.headers.get("x-acs-security-token"))
        self._check_body(request)
        canonical = self.canonical_request(request, authorization)
        string_to_sign = f"ACS3-HMAC-SHA256\n{sha256_hex(canonical.encode())}"
        _compare(key.secret, string_to_sign, authorization.signature.lower(), canonical)
        self._nonces.use(key, request.headers["x-acs-signature-nonce"])
        return key

    def reset(self) -> None:
        """Forget all nonces."""
        self._nonces.reset()

    def _must_be_signed(self, request: WireRequest) -> list[str]:
        present = [name for name in request.headers if name.startswith("x-acs-") or name == "content-type"]
        return [*self._MANDATORY, "x-acs-content-sha256", *present]

    @staticmethod
    def canonical_request(request: WireRequest, authorization: Authorization) -> str:
        """The text that is hashed. The query is parsed and encoded anew: clients send ``+`` for a space."""
        return "\n".join(
            (
                request.method,
                request.path,
                _canonical_query(query_pairs(request.query, unquote_plus)),
                _canonical_headers(request, authorization.signed_headers),
                ";".join(authorization.signed_headers),
                request.headers["x-acs-content-sha256"],
            )
        )

    @staticmethod
    def _check_body(request: WireRequest) -> None:
        actual = sha256_hex(request.body)
        if not hmac.compare_digest(actual.encode(), request.headers["x-acs-content-sha256"].encode()):
            raise SignatureRefused(Reason.BODY_CHANGED, actual)


class RpcVerifier:
    """Alibaba Cloud RPC signature version 1.0 (HMAC-SHA1), which travels in the parameters with all it needs."""

    _CONSTANT = (("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0"))
    _MANDATORY = ("AccessKeyId", "Signature", "SignatureNonce", "Timestamp")

    def __init__(self, keys: Iterable[AccessKey], clock: Clock, issued: FindKey = none_issued) -> None:
        self._keys = tuple(key for key in keys if key.cloud == "alibaba")
        self._issued = issued
        self._clock = clock
        self._nonces = _Nonces(clock)

    def verify(self, request: WireRequest) -> AccessKey:
        """Return the key that signed the request, or raise ``SignatureRefused``."""
        pairs = self._signed_pairs(request)
        sent = dict(pairs)
        for name, value in self._CONSTANT:
            if sent.get(name) != value:
                raise SignatureRefused(Reason.MALFORMED, name)
        for name in self._MANDATORY:
            if not sent.get(name):
                raise SignatureRefused(Reason.MALFORMED, name)
        key = _find_key(self._keys, self._issued, sent["AccessKeyId"])
        _check_date(sent["Timestamp"], "%Y-%m-%dT%H:%M:%SZ", self._clock())
        _check_token(key, sent.get("SecurityToken"))
        string_to_sign = self.string_to_sign(request.method, pairs)
        digest = hmac.digest(f"{key.secret}&".encode(), string_to_sign.encode(), "sha1")
        if not hmac.compare_digest(base64.b64encode(digest), sent["Signature"].encode()):
            raise SignatureRefused(Reason.MISMATCH, string_to_sign, _canonical_query(pairs))
        self._nonces.use(key, sent["SignatureNonce"])
        return key

    def reset(self) -> None:
        """Forget all nonces."""
        self._nonces.reset()

    @staticmethod
    def string_to_sign(method: str, pairs: Iterable[tuple[str, str]]) -> str:
        """Method, path and all parameters but the signature, the latter encoded twice."""
        canonical = _canonical_query(pair for pair in pairs if pair[0] != "Signature")
        return f"{method}&{_encode('/')}&{_encode(canonical)}"

    @staticmethod
    def _signed_pairs(request: WireRequest) -> list[tuple[str, str]]:
        form = request.body.decode(errors="replace")
        return [*query_pairs(request.query, unquote_plus), *query_pairs(form, unquote_plus)]


class SdkHmacVerifier:
    """Huawei Cloud SDK-HMAC-SHA256, with its clock window and the lock after repeated failures."""

    _PATTERN = re.compile(
        r"SDK-HMAC-SHA256 +Access=(?P<key>[^,\s]+), *SignedHeaders=(?P<headers>[^,\s]+), *"
        r"Signature=(?P<signature>[0-9a-fA-F]+)"
    )

    def __init__(self, keys: Iterable[AccessKey], clock: Clock, issued: FindKey = none_issued) -> None:
        self._keys = tuple(key for key in keys if key.cloud == "huawei")
        self._issued = issued
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._locked_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def verify(self, request: WireRequest) -> tuple[AccessKey, frozenset[str]]:
        """Return the key that signed the request and the signed header names, or raise."""
        authorization = Authorization.parse(request.headers.get("authorization"), self._PATTERN)
        key = _find_key(self._keys, self._issued, authorization.key_id)
        if self._clock() < self._locked_until.get(key.id, 0):
            raise SignatureRefused(Reason.LOCKED, key.id)
        _require_signed(request, authorization, ["x-sdk-date"])
        _check_date(request.headers["x-sdk-date"], "%Y%m%dT%H%M%SZ", self._clock())
        token = request.headers.get("x-security-token")
        if token and "x-security-token" not in authorization.signed_headers:
            raise SignatureRefused(Reason.NOT_SIGNED, "x-security-token")
        _check_token(key, token)
        canonical = self.canonical_request(request, authorization)
        date, digest = request.headers["x-sdk-date"], sha256_hex(canonical.encode())
        try:
            _compare(key.secret, f"SDK-HMAC-SHA256\n{date}\n{digest}", authorization.signature.lower(), canonical)
        except SignatureRefused as refused:
            self._failed(key, refused)
        with self._lock:
            self._failures.pop(key.id, None)
        return key, frozenset(authorization.signed_headers)

    def reset(self) -> None:
        """Forget all failures and unlock all keys."""
        with self._lock:
            self._failures.clear()
            self._locked_until.clear()

    @staticmethod
    def canonical_request(request: WireRequest, authorization: Authorization) -> str:
        """The text that is hashed. The path is decoded, encoded by segment, and ended with a slash."""
        segments = [_encode(segment) for segment in unquote(request.path).split("/")]
        path = "/".join(segments)
        return "\n".join(
            (
                request.method,
                path if path.endswith("/") else f"{path}/",
                _canonical_query(query_pairs(request.query, unquote)),
                _canonical_headers(request, authorization.signed_headers),
                ";".join(authorization.signed_headers),
                SdkHmacVerifier._payload_hash(request),
            )
        )

    @staticmethod
    def _payload_hash(request: WireRequest) -> str:
        """The body's hash; a client may leave the body unsigned only when it is not JSON."""
        declared = request.headers.get("x-sdk-content-sha256")
        is_json = request.headers.get("content-type", "").lower().startswith(("application/json", "application/bson"))
        if request.body and not is_json and declared == "UNSIGNED-PAYLOAD":
            return declared
        return sha256_hex(request.body)

    def _failed(self, key: AccessKey, refused: SignatureRefused) -> NoReturn:
        with self._lock:
            failures = self._failures.get(key.id, 0) + 1
            self._failures[key.id] = failures
            if failures > FAILURES_BEFORE_LOCK:
                self._locked_until[key.id] = self._clock() + LOCK_SECONDS
                del self._failures[key.id]
        raise refused
