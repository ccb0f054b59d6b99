"""Alibaba Cloud's signature version 3, ``ACS3-HMAC-SHA256``.

Vendor page: *Request structure and signature V3*. Signed are the documented headers: ``host``, ``content-type`` when
there is one and every ``x-acs-*``; whatever else a proxy may rewrite stays unsigned. Each message gets a new nonce.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Callable

from airflow_provider_cloudflows.auth.base import AccessKey, KeySigner, headers_with_prefix
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message

__all__ = ["Acs3Signer", "authorization"]

ALGORITHM = "ACS3-HMAC-SHA256"


class Acs3Signer(KeySigner):
    """Signs messages with one access key.

    :param key: the access key; with a session token it is a temporary one.
    :param clock: seconds since the epoch.
    :param nonce: returns a text that no other message has.
    """

    def __init__(
        self,
        key: AccessKey,
        *,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        super().__init__(key, clock=clock)
        self._nonce = nonce

    def sign(self, message: Message) -> Flow[None]:
        """Add the date, the nonce, the hash of the body and the signature to ``message``."""
        yield from ()  # a fixed key needs no conversation
        headers = message.headers
        headers["x-acs-date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))
        headers["x-acs-signature-nonce"] = self._nonce()
        headers["x-acs-content-sha256"] = hashlib.sha256(message.body).hexdigest()
        if self.key.session_token:
            headers["x-acs-security-token"] = self.key.session_token
        headers["Authorization"] = authorization(message, self.key, headers_with_prefix(message, "x-acs-"))


def authorization(message: Message, key: AccessKey, signed: list[tuple[str, str]]) -> str:
    """Return the ``Authorization`` header for ``message``, whose ``x-acs-*`` headers are complete.

    The canonical query is the query that is sent: :func:`~.message.encode_query` writes it in canonical form.

    :param signed: the headers to sign, names in lower case, sorted.
    """
    names = ";".join([name for name, _ in signed])
    lines = "".join([f"{name}:{value}\n" for name, value in signed])
    body_hash = message.headers["x-acs-content-sha256"]
    canonical = f"{message.method}\n{message.path}\n{message.query}\n{lines}\n{names}\n{body_hash}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(key.secret.encode(), to_sign.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={key.key_id},SignedHeaders={names},Signature={signature}"
