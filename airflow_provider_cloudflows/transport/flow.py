"""The language of a conversation: what it yields, and what it gets back.

A conversation is written once, as a generator, and carried out by :mod:`.client` on blocking sockets or on an event
loop. This module knows neither of them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from airflow_provider_cloudflows.errors import Stopped
from airflow_provider_cloudflows.transport.message import Message

__all__ = ["Background", "Blocking", "Flow", "Join", "Signer", "Step", "Stop", "Wait"]


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


@dataclass(frozen=True, slots=True)
class Blocking:
    """Work that is no exchange and takes a moment, such as a write to a store; its result comes back, or its exception.

    :param work: done in place by a blocking driver, in a thread beside an event loop.
    """

    work: Callable[[], Any]


class Stop:
    """Tells a running conversation to end: nothing is sent any more, and its pauses end.

    A signal handler may ask, in the thread that the conversation blocks, so nothing here takes a lock.
    """

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked = False

    def ask(self) -> None:
        """Ask the conversation to end; what is on the wire already gets its answer."""
        self._asked = True

    def check(self) -> None:
        """Do nothing, or raise :class:`~airflow_provider_cloudflows.errors.Stopped` when somebody has asked."""
        if self._asked:
            raise Stopped


T = TypeVar("T")

Step: TypeAlias = Message | Wait | Join | Background | Blocking

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
