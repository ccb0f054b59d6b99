"""One HTTP request and one reply, as plain data.

A message is serialized once: the path and the query are already encoded and the body is bytes, so what is signed is
what is sent. This module knows neither the HTTP library nor any cloud.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import quote

__all__ = [
    "Background",
    "Flow",
    "Join",
    "Message",
    "Reply",
    "Signer",
    "Step",
    "Wait",
    "encode_form",
    "encode_query",
    "encode_segment",
]


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


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause in a conversation.

    :param seconds: how long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Join:
    """A pause until another conversation, of whatever thread or event loop, has settled something.

    :param outcome: resolved by the other conversation; it holds no value that matters.
    :param seconds: the longest pause.
    """

    outcome: Future[None]
    seconds: float


@dataclass(frozen=True, slots=True)
class Background:
    """The start of another conversation, beside this one, which goes on at once.

    :param flow: deals with its own failures; nobody waits for it.
    """

    flow: Generator[Any, Any, None]


T = TypeVar("T")

Step: TypeAlias = Message | Wait | Join | Background

Flow: TypeAlias = Generator[Step, Any, T]
"""A conversation written once for blocking and asynchronous callers: yields messages, and is sent their replies; yields
waits and joins, and is resumed after them; yields what is to go on beside it."""


class Signer(Protocol):
    """What the transport's callers know of a credential: it authenticates one message."""

    def sign(self, message: Message) -> Flow[None]:
        """Add the headers that prove who sends ``message``; may talk to the cloud to renew itself first."""

    def now(self) -> float:
        """Seconds since the epoch, as the signer would write them into a message."""

    def adjust_clock(self, offset: float) -> None:
        """Add ``offset`` seconds to what :meth:`now` says."""

    def rejected(self, message: Message) -> bool:
        """Take note that the cloud does not accept the credential of ``message``; True if there may be a new one."""

    def secrets(self) -> Iterable[str]:
        """The secret texts in use, so that they can be removed from whatever is shown."""


@lru_cache(maxsize=4096)
def encode_segment(text: str) -> str:
    """Percent-encode everything but RFC 3986's unreserved characters, so that no value can leave its place."""
    return quote(text, safe="")


def encode_form(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode ``pairs`` as an HTML form does, sorted by name: like a query, and a blank is a plus."""
    return encode_query(pairs).replace("%20", "+")


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode ``pairs`` in the order that both clouds sign: by name, then by value, before encoding."""
    return "&".join(f"{encode_segment(name)}={encode_segment(value)}" for name, value in sorted(pairs))
