"""A Huawei Cloud token that somebody else obtained: ``X-Auth-Token``, no signature.

Vendor page: *Token-based authentication*. A token lives for up to 24 hours; this module cannot renew it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from airflow_provider_cloudflows.auth.base import header_text
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message

__all__ = ["TokenSigner"]


class TokenSigner:
    """Adds one token to every message.

    :param token: value of the ``X-Subject-Token`` header that IAM answered a login with.
    """

    def __init__(self, token: str) -> None:
        self._token = header_text(token, "X-Auth-Token")

    def sign(self, message: Message) -> Flow[None]:
        """Add the token to ``message``; its scope, not a header, names the project."""
        yield from ()  # a fixed token needs no conversation
        message.headers["X-Auth-Token"] = self._token

    def now(self) -> float:
        """Return no number: a token carries no date of ours, so a clock that is off is not why it is refused."""
        return math.nan

    def adjust_clock(self, offset: float) -> None:
        """Do nothing: a token carries no time of ours."""

    def rejected(self, message: Message) -> bool:
        """Return False: a fixed token has no successor."""
        return False

    def secrets(self) -> Iterable[str]:
        """Return the texts that must not be shown."""
        return (self._token,)
