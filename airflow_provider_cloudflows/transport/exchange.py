"""The exchange in progress: how long it may take, and whether its request has begun to leave.

The drivers open one for each message; the sockets, which the HTTP library calls and which know nothing of messages,
find it in a context variable. Because every first byte passes :meth:`Exchange.begin`, what a failure means is decided
by the phase alone: before that moment nothing has left, after it nobody can tell. Nothing here touches a socket.
"""

from __future__ import annotations

import math
import time
from contextvars import ContextVar
from types import TracebackType

from airflow_provider_cloudflows.transport.flow import Stop
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent

__all__ = ["LONGEST_MOMENT", "Exchange", "current_exchange"]

LONGEST_MOMENT = 0.1
"""So many seconds a pause may go on after somebody has asked the conversation to stop."""

_current: ContextVar[Exchange | None] = ContextVar("cloudflows_exchange", default=None)


class Exchange:
    """One message on its way; a context manager, inside of which the sockets know it.

    :param seconds: how long all of it may take.
    :param connect_seconds: how long it may take until there is a connection: name resolution, proxy and TLS included.
    :param send_within: how long until the first byte of the request must have left; None sets no such bound.
    :param stop: whether the conversation has been asked to end.
    """

    __slots__ = (
        "_connected_by",
        "_ends",
        "_send_by",
        "_send_within",
        "_token",
        "begun",
        "connect_seconds",
        "seconds",
        "stop",
    )

    def __init__(self, seconds: float, connect_seconds: float, send_within: float | None, stop: Stop) -> None:
        self.seconds = seconds
        self.connect_seconds = min(seconds, connect_seconds, math.inf if send_within is None else send_within)
        self.stop = stop
        self.begun = False
        now = time.monotonic()
        self._ends = now + seconds
        self._connected_by = now + self.connect_seconds
        self._send_within = send_within
        self._send_by = math.inf if send_within is None else now + send_within

    def __enter__(self) -> Exchange:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._token)

    def left(self) -> float:
        """Return the seconds that are left: for the connection while there is none, else for all of it.

        :raises TimeoutError: there are none.
        :raises Stopped: the conversation was asked to end, and nothing has left yet.
        """
        if not self.begun:
            self.stop.check()
        seconds = (self._ends if self.begun else self._connected_by) - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def moment(self) -> float:
        """Return the seconds after which a pause should ask again: like :meth:`left`, but never many."""
        return min(self.left(), LONGEST_MOMENT)

    def begin(self) -> None:
        """Take note that the first byte of the request leaves now.

        :raises NotSent: it is too late for that.
        :raises Stopped: the conversation was asked to end.
        """
        self.stop.check()
        if time.monotonic() > self._send_by:
            raise NotSent(self._too_late())
        self.begun = True

    def verdict(self, cause: str, *, timed_out: bool) -> NotSent | Interrupted:
        """Return what a failure at this moment means.

        :param cause: what failed.
        :param timed_out: it failed because the time was over.
        :raises Stopped: nothing has left, and the conversation was asked to end.
        """
        if self.begun:
            return Interrupted(f"no complete answer came within {self.seconds:.3g} seconds" if timed_out else cause)
        self.stop.check()
        return NotSent(self._too_late() if timed_out else cause)

    def _too_late(self) -> str:
        if self._send_within is not None and time.monotonic() >= self._send_by:
            return f"it could not leave within the {self._send_within:.3g} seconds that it had"
        return f"no connection within {self.connect_seconds:.3g} seconds"


def current_exchange() -> Exchange | None:
    """Return the exchange that this thread or task is about; None while idle connections are looked after."""
    return _current.get()
