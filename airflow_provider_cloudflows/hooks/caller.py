"""Who a connection makes its user: what ``test_connection`` and the check command say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Caller"]

SAME_CLOCK = 2.0
"""Seconds; the header that tells a server's time has whole ones."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the cloud says is calling.

    :param cloud: ``Alibaba Cloud`` or ``Huawei Cloud``.
    :param principal: the caller as the cloud names it.
    :param account: the account it belongs to.
    :param asked: scheme and host that answered.
    :param source: where the credential comes from.
    :param expires: when it expires, in seconds since the epoch; None when it does not or nobody can tell.
    :param clock_difference: seconds that the server's clock is ahead of this machine's, or None.
    """

    cloud: str
    principal: str
    account: str
    asked: str
    source: str
    expires: float | None = None
    clock_difference: float | None = None

    def sentence(self) -> str:
        """Return all of it in two sentences."""
        return (
            f"{self.cloud} knows the caller as {self.principal} ({self.account}; asked {self.asked}). The credential "
            f"comes from {self.source}, {self.expiry()}, and {self.clock()}."
        )

    def expiry(self) -> str:
        """Return how long the credential is good."""
        if self.expires is None:
            return "with no expiry known"
        return f"good until {datetime.fromtimestamp(self.expires, UTC):%Y-%m-%d %H:%M:%S} UTC"

    def clock(self) -> str:
        """Return how the clocks compare."""
        difference = self.clock_difference
        if difference is None:
            return "the server does not tell its time"
        if abs(difference) <= SAME_CLOCK:
            return "the clocks agree"
        return f"this machine's clock is {abs(difference):.0f} seconds {'behind' if difference > 0 else 'ahead'}"
