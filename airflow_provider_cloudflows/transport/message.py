"""One HTTP request and one reply, as plain data.

A message is serialized once: the path and the query are already encoded and the body is bytes, so what is signed is
what is sent. This module knows neither the HTTP library nor any cloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

__all__ = ["Message", "Reply", "encode_form", "encode_query", "encode_segment"]


@dataclass(slots=True)
class Message:
    """A request, ready to be signed and sent.

    :param method: HTTP method in upper case.
    :param origin: scheme, host and, if it is not the default, port: ``https://sts.aliyuncs.com``.
    :param path: percent-encoded path.
    :param query: percent-encoded query string in canonical order, or an empty string.
    :param headers: names in the case they are sent in; a signer adds its own.
    :param body: exactly the bytes to send.
    :param timeout: seconds that this exchange may take; None leaves it to the transport.
    :param send_within: seconds from now after which the first byte must not leave any more; None sets no such bound.
    :param direct: talk to the host itself, never through a proxy: it is on this machine or on its own link.
    :param credential: what a signer signed with, for the signer alone: a refused credential is told from its successor.
    """

    method: str
    origin: str
    path: str = "/"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float | None = None
    send_within: float | None = None
    direct: bool = False
    credential: object | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """The value of the Host header."""
        return self.origin.partition("://")[2]

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.origin}{self.path}?{self.query}" if self.query else f"{self.origin}{self.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def encode_segment(text: str) -> str:
    """Percent-encode everything but RFC 3986's unreserved characters, so that no value can leave its place."""
    return _kept_segment(text) if len(text) <= LONGEST_KEPT_SEGMENT else quote(text, safe="")


LONGEST_KEPT_SEGMENT = 64
"""Characters. Names of parameters come again with each request; long texts do not, and would fill the memory."""


@lru_cache(maxsize=2048)
def _kept_segment(text: str) -> str:
    return quote(text, safe="")


def encode_form(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode ``pairs`` as an HTML form does, sorted by name: like a query, and a blank is a plus."""
    return encode_query(pairs).replace("%20", "+")


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode ``pairs`` in the order that both clouds sign: by name, then by value, before encoding."""
    return "&".join(f"{encode_segment(name)}={encode_segment(value)}" for name, value in sorted(pairs))
