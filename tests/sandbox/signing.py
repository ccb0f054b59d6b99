"""Raw signed requests for the cases no SDK can send.

A second, independent implementation of both signature algorithms, so that the sandbox's own code is not its
only judge; the other judges are the official SDKs and their captured requests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.world import AccessKey, Cloud

_nonces = itertools.count()
_STS = dict.fromkeys(("GetCallerIdentity", "AssumeRole", "AssumeRoleWithOIDC"), "2015-04-01")
_BPSTUDIO = dict.fromkeys(("CreateTask", "ExecuteTask", "GetTask"), "2021-09-31")
_VERSIONS = _BPSTUDIO | _STS


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Draft:
    """A request that a test may change before or after it is signed."""

    url: str
    method: str = "POST"
    path: str = "/"
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __post_init__(self) -> None:
        self.headers.setdefault("host", urlsplit(self.url).netloc)

    @property
    def encoded_query(self) -> str:
        pairs = sorted(self.query)
        return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)

    def send(self) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        target = self.path + (f"?{self.encoded_query}" if self.query else "")
        connection.putrequest(self.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value.encode())
        connection.putheader("content-length", str(len(self.body)))
        connection.endheaders(self.body)
        response = connection.getresponse()
        reply = Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return reply


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def acs3(
    url: str,
    action: str,
    form: dict[str, str] | None = None,
    *,
    query: dict[str, str] | None = None,
    key: AccessKey = world.ALIBABA_KEY,
    now: float | None = None,
    method: str = "POST",
    version: str = "",
    **headers: str,
) -> Draft:
    """An unsigned Alibaba request with all its headers."""
    draft = Draft(url, method, query=list((query or {}).items()), body=urlencode(form or {}).encode())
    draft.headers |= {
        "x-acs-action": action,
        "x-acs-version": version or _VERSIONS.get(action, "2020-05-18"),
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "x-acs-signature-nonce": f"nonce-{next(_nonces)}",
        "x-acs-content-sha256": _hash(draft.body),
    }
    if form:
        draft.headers["content-type"] = "application/x-www-form-urlencoded"
    if key.security_token:
        draft.headers["x-acs-security-token"] = key.security_token
    draft.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    return draft


def sign_acs3(draft: Draft, key: AccessKey = world.ALIBABA_KEY, *, leave_out: str = "") -> Draft:
    """Sign with all present headers except ``leave_out``."""
    names = sorted(name for name in draft.headers if name not in (leave_out, "authorization"))
    canonical = "\n".join(
        [
            draft.method,
            draft.path,
            draft.encoded_query,
            "".join(f"{name}:{draft.headers[name]}\n" for name in names),
            ";".join(names),
            draft.headers.get("x-acs-content-sha256", ""),
        ]
    )
    signature = _hmac(key.secret, f"ACS3-HMAC-SHA256\n{_hash(canonical.encode())}")
    draft.headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key.id},SignedHeaders={';'.join(names)},Signature={signature}"
    )
    return draft


def alibaba(url: str, action: str, form: dict[str, str] | None = None, **options: Any) -> Reply:
    """Send a rightly signed Alibaba request."""
    key = options.get("key", world.ALIBABA_KEY)
    return sign_acs3(acs3(url, action, form, **options), key).send()


def rpc(
    url: str,
    action: str,
    parameters: dict[str, str] | None = None,
    *,
    key: AccessKey = world.ALIBABA_KEY,
    now: float | None = None,
    method: str = "GET",
    version: str = "2015-04-01",
) -> Draft:
    """An Alibaba request in the older form, signed with version 1.0 (HMAC-SHA1)."""
    sent = {
        "Action": action,
        "Version": version,
        "Format": "JSON",
        "AccessKeyId": key.id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": f"nonce-{next(_nonces)}",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
    }
    sent |= {"SecurityToken": key.security_token} if key.security_token else {}
    draft = Draft(url, method, query=list((sent | (parameters or {})).items()))
    text = f"{method}&%2F&{quote(draft.encoded_query, safe='~')}"
    digest = hmac.new(f"{key.secret}&".encode(), text.encode(), hashlib.sha1).digest()
    draft.query.append(("Signature", base64.b64encode(digest).decode()))
    return draft


def sdk_hmac(
    url: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    query: dict[str, str] | None = None,
    project_id: str | None = world.HUAWEI_PROJECT_ID,
    key: AccessKey = world.HUAWEI_KEY,
    now: float | None = None,
    **headers: str,
) -> Draft:
    """An unsigned Huawei request with all its headers."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    draft = Draft(url, method, path, list((query or {}).items()), body=raw)
    draft.headers["x-sdk-date"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    if body is not None:
        draft.headers["content-type"] = "application/json"
    if project_id:
        draft.headers["x-project-id"] = project_id
    if key.security_token:
        draft.headers["x-security-token"] = key.security_token
    draft.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    return draft


def sign_sdk_hmac(draft: Draft, key: AccessKey = world.HUAWEI_KEY, *, leave_out: str = "", payload: str = "") -> Draft:
    """Sign with all present headers except ``leave_out``, and ``payload`` for the body's hash if given."""
    names = sorted(name for name in draft.headers if name not in (leave_out, "authorization"))
    canonical = "\n".join(
        [
            draft.method,
            draft.path if draft.path.endswith("/") else f"{draft.path}/",
            draft.encoded_query,
            "".join(f"{name}:{draft.headers[name]}\n" for name in names),
            ";".join(names),
            payload or _hash(draft.body),
        ]
    )
    date = draft.headers.get("x-sdk-date", "")
    signature = _hmac(key.secret, f"SDK-HMAC-SHA256\n{date}\n{_hash(canonical.encode())}")
    draft.headers["authorization"] = (
        f"SDK-HMAC-SHA256 Access={key.id}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return draft


def huawei(url: str, method: str, path: str, body: Any = None, **options: Any) -> Reply:
    """Send a rightly signed Huawei request."""
    key = options.get("key", world.HUAWEI_KEY)
    return sign_sdk_hmac(sdk_hmac(url, method, path, body, **options), key).send()


def temporary(cloud: Cloud, answer: dict[str, Any]) -> AccessKey:
    """The key in an answer that issued one, in whatever spelling."""
    fields = next((answer[name] for name in ("Credentials", "credentials", "credential") if name in answer), answer)
    spellings = (
        ("AccessKeyId", "AccessKeySecret", "SecurityToken"),
        ("access_key_id", "secret_access_key", "security_token"),
        ("access", "secret", "securitytoken"),
    )
    names = next(names for names in spellings if names[0] in fields)
    return AccessKey(cloud, *(fields[name] for name in names))


def put(url: str, path: str, **headers: str) -> Reply:
    """A plain PUT."""
    return Draft(url, "PUT", path, headers={k.replace("_", "-"): v for k, v in headers.items()}).send()


def get(url: str, path: str, **headers: str) -> Reply:
    """A plain GET."""
    return Draft(url, "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}).send()


def workspace_path(rest: str = "", workspace_id: str = world.SECMASTER_WORKSPACE_ID) -> str:
    """A SecMaster path in the sandbox's project."""
    return f"/v1/{world.HUAWEI_PROJECT_ID}/workspaces/{workspace_id}{rest}"
