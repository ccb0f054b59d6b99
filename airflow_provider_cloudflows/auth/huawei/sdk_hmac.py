"""Huawei Cloud's signature ``SDK-HMAC-SHA256``.

Vendor page: *AK/SK-based authentication* in the API signing guide. Signed are ``host``, ``content-type`` and every
``x-*`` header of the message. The path is signed with a trailing slash that is not sent.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import lru_cache
from urllib.parse import unquote

from airflow_provider_cloudflows.auth.base import AccessKey, KeySigner, headers_with_prefix
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message, encode_segment

__all__ = ["SdkHmacSigner", "authorization"]

ALGORITHM = "SDK-HMAC-SHA256"


class SdkHmacSigner(KeySigner):
    """Signs messages with one access key.

    :param key: AK and SK; with a security token they are temporary.
    :param clock: seconds since the epoch.
    """

    def sign(self, message: Message) -> Flow[None]:
        """Add the date, the security token and the signature to ``message``."""
        yield from ()  # a fixed key needs no conversation
        message.headers["X-Sdk-Date"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.now()))
        if self.key.session_token:
            message.headers["X-Security-Token"] = self.key.session_token
        message.headers["Authorization"] = authorization(message, self.key, headers_with_prefix(message, "x-"))


def authorization(message: Message, key: AccessKey, signed: list[tuple[str, str]]) -> str:
    """Return the ``Authorization`` header for ``message``, whose ``X-Sdk-Date`` is set.

    The canonical query is the query that is sent: :func:`~.message.encode_query` writes it in canonical form.

    :param signed: the headers to sign, names in lower case, sorted.
    """
    names = ";".join([name for name, _ in signed])
    lines = "".join([f"{name}:{value}\n" for name, value in signed])
    body_hash = message.headers.get("X-Sdk-Content-Sha256") or hashlib.sha256(message.body).hexdigest()
    path = canonical_path(message.path)
    canonical = f"{message.method}\n{path}\n{message.query}\n{lines}\n{names}\n{body_hash}"
    canonical_hash = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{message.headers['X-Sdk-Date']}\n{canonical_hash}"
    signature = hmac.digest(key.secret.encode(), to_sign.encode(), "sha256").hex()
    return f"{ALGORITHM} Access={key.key_id}, SignedHeaders={names}, Signature={signature}"


def canonical_path(path: str) -> str:
    """Decode ``path``, encode each segment again and end with a slash, as the gateway does before it compares."""
    return _kept_path(path) if len(path) <= LONGEST_KEPT_PATH else _canonical_path(path)


LONGEST_KEPT_PATH = 512
"""Characters; what is longer is seldom asked for twice, and would fill the memory."""


def _canonical_path(path: str) -> str:
    encoded = "/".join(encode_segment(segment) for segment in unquote(path).split("/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


_kept_path = lru_cache(maxsize=256)(_canonical_path)
