"""The language of a conversation: what it yields, and what it gets back.

A conversation is written once, as a generator, and carried out by :mod:`.client` on blocking sockets or on an event
loop. This module knows neither of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from airflow_provider_cloudflows.transport.message import Message

__all__ = ["Background", "Flow", "Join", "Signer", "Step", "Wait"]


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
