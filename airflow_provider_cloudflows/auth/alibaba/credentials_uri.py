"""Temporary keys from an address that somebody runs: a sidecar, an agent of the machine, a broker in the company.

Vendor page: *Use a credentials URI* of the Alibaba Cloud credentials package. A GET, answered with the JSON document
that the ECS metadata service answers with too.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Hashable, Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlsplit

from airflow_provider_cloudflows.auth.alibaba.keys import credential_in
from airflow_provider_cloudflows.auth.answers import sentence
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.calls.endpoints import is_loopback, origin_of
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent, interrupted, not_sent

__all__ = ["CredentialsUriFromEnvironment", "CredentialsUriSource"]

URI = "ALIBABA_CLOUD_CREDENTIALS_URI"
ANSWER_SECONDS = 10.0

# What RFC 3986 lets stand as it is in a path and a query, and the sign of what is encoded already.
AS_IT_IS = "%/?:@!$&'()*+,;=-._~"
HALF_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")


class CredentialsUriSource:
    """Keys that ``uri`` hands out. The query may hold a secret, so messages show only what comes before it.

    :param reach: how the address is reached: directly on this machine, through the proxy elsewhere.
    :param uri: path and query are sent as they are, if they are properly encoded, else encoded once. Plain HTTP is for
        this machine, unless ``reach`` allows more.
    :param name: where the address comes from, for messages.
    :raises ConfigurationError: ``uri`` is no address, or plain HTTP to another machine.
    """

    def __init__(self, reach: Reach, uri: str, name: str = "the credentials URI") -> None:
        try:
            parts = urlsplit(uri.strip())
            origin = origin_of(f"{parts.scheme}://{parts.netloc}", name, allow_http=True)
        except (ValueError, ConfigurationError):
            raise ConfigurationError(
                f"{sentence(name)} is no address such as http://127.0.0.1:8080/credentials or "
                "https://host.example.com/path; correct it."
            ) from None
        if origin.startswith("http:") and not (is_loopback(origin) or reach.allow_http):
            raise ConfigurationError(
                f"{sentence(name)} uses plain http:// for {origin.removeprefix('http://')}, which is not this machine, "
                "and the keys would travel in clear; use https://, or allow plain HTTP in the connection."
            )
        self._origin = origin
        self._path = _encoded(parts.path) or "/"
        self._query = _encoded(parts.query)
        self._who = f"{name} {origin}{self._path}"

    def obtain(self) -> Flow[Credential]:
        """Return the keys that are handed out now.

        :raises ConfigurationError: the answer is not what the vendor documents.
        :raises CloudError: no answer came, or the service failed.
        """
        message = Message("GET", self._origin, self._path, self._query, timeout=ANSWER_SECONDS)
        message.direct = is_loopback(self._origin)
        try:
            reply: Reply = yield message
        except NotSent as failure:
            raise not_sent(failure, operation=sentence(self._who)) from None
        except Interrupted as failure:
            raise interrupted(failure, operation=sentence(self._who), effect=Effect.READ) from None
        return credential_in(reply, self._who, f"credentials URI {self._origin}{self._path}")

    def identity(self) -> Hashable:
        """Return the address, its query as a digest."""
        return ("credentials_uri", self._origin, self._path, hashlib.sha256(self._query.encode()).hexdigest())

    def secrets(self) -> Iterable[str]:
        """Return the values in the query, as they are sent and as they are meant."""
        sent = [pair.partition("=")[2] or pair for pair in self._query.split("&")]
        meant = [value for _, value in parse_qsl(self._query)]
        return sorted({value for value in (*sent, *meant) if value})


class CredentialsUriFromEnvironment:
    """The keys that the address in ``ALIBABA_CLOUD_CREDENTIALS_URI`` hands out.

    :param reach: how the address is reached.
    :param environ: the variables; those of this process by default.
    """

    def __init__(self, reach: Reach, environ: Mapping[str, str] = os.environ) -> None:
        self._reach = reach
        self._environ = environ
        self._found: CredentialsUriSource | None = None

    def obtain(self) -> Flow[Credential]:
        """Return the keys that are handed out now.

        :raises NotConfigured: the variable is not set.
        """
        uri = self._uri()
        if not uri:
            raise NotConfigured(f"{URI} is not set.")
        self._found = CredentialsUriSource(self._reach, uri, URI)
        return (yield from self._found.obtain())

    def identity(self) -> Hashable:
        """Return a digest of the address."""
        return ("uri_environment", hashlib.sha256(repr(self._uri()).encode()).hexdigest(), self._reach.allow_http)

    def secrets(self) -> Iterable[str]:
        """Return the values in the query of the address that was used last."""
        return self._found.secrets() if self._found else ()

    def _uri(self) -> str:
        return self._environ.get(URI, "").strip()


def _encoded(text: str) -> str:
    """Return ``text`` with everything encoded that must be, and nothing twice."""
    return quote(HALF_ENCODED.sub("%25", text), safe=AS_IT_IS, errors="replace")
