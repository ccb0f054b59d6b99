"""What a credential is, where one can come from, and what signing with one has in common on both clouds.

A *source* is one way to obtain a credential; each has a module of its own. What keeps a credential and renews it is
:mod:`.cache`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = [
    "AccessKey",
    "Credential",
    "KeySigner",
    "NotConfigured",
    "Source",
    "Token",
    "Unsigned",
    "expiry",
    "header_text",
    "headers_with_prefix",
]


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair of either cloud, with the token of a session when it is temporary. Secrets stay out of its repr.

    :param key_id: AccessKey ID (Alibaba) or AK (Huawei).
    :param secret: AccessKey secret or SK.
    :param session_token: security token of temporary credentials.
    """

    key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        header_text(self.key_id, "access key id")
        header_text(self.secret, "access key secret")
        if self.session_token is not None:
            header_text(self.session_token, "session token")

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must not be shown."""
        return (self.secret, self.session_token) if self.session_token else (self.secret,)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of Huawei Cloud's IAM, which stands for a login. It stays out of its repr."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        header_text(self.text, "X-Auth-Token")

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must not be shown."""
        return (self.text,)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a source gave: something to sign with, and what is known of it.

    :param proof: a key or a token.
    :param origin: where it comes from, in words for a person: ``RAM role acs:ram::1:role/etl``.
    :param expires: seconds since the epoch, by this machine's clock; None when it does not expire.
    :param project_id: the Huawei Cloud project it is bound to, when the source knows one.
    :param account_id: the Alibaba Cloud account it acts in, when the source knows it.
    """

    proof: AccessKey | Token
    origin: str
    expires: float | None = None
    project_id: str | None = None
    account_id: str | None = None


class NotConfigured(ConfigurationError):
    """A source has nothing to go by here: a variable is not set, a file is not there, no metadata service answers.

    A chain goes on with its next source; whoever asked for this very source sees the message.
    """

    help_code = "CF102"


class Source(Protocol):
    """One way to obtain a credential."""

    def obtain(self) -> Flow[Credential]:
        """Return a new credential; a flow that may talk to a cloud, to this machine's metadata or to nobody.

        :raises NotConfigured: there is nothing here to obtain one from.
        :raises CloudflowsError: there is, and it failed.
        """

    def identity(self) -> Hashable:
        """Return what tells this source from others: two equal ones would obtain credentials of the same caller."""

    def secrets(self) -> Iterable[str]:
        """Return the secrets that the source itself holds."""


def expiry(text: str, clock_difference: float | None) -> float:
    """Return the moment ``text`` as seconds since the epoch, by this machine's clock.

    :param text: an ISO 8601 time as either cloud writes it.
    :param clock_difference: seconds that the clock of who wrote it is ahead of ours, None when it is not known; the
        header that tells it has whole seconds, so a small one means nothing.
    :raises ConfigurationError: ``text`` is no such time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"A credential came with the expiry {excerpt(text, 40)!r}, which is no time; check that the endpoint in "
            "the connection is the service itself."
        ) from None
    ahead = clock_difference if clock_difference is not None and abs(clock_difference) > SMALL_DIFFERENCE else 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - ahead


SMALL_DIFFERENCE = 2.0


class Unsigned:
    """Signs nothing: for the requests that carry their own proof.

    :param secrets: what they carry, so that no message shows it.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)

    def sign(self, message: Message) -> Flow[None]:
        """Leave ``message`` as it is."""
        yield from ()

    def now(self) -> float:
        """Return no number: there is no date of ours, so a clock that is off is no reason to send a login again."""
        return math.nan

    def adjust_clock(self, offset: float) -> None:
        """Do nothing: there is no date of ours."""

    def rejected(self, message: Message) -> bool:
        """Return False: there is nothing to renew."""
        return False

    def secrets(self) -> Iterable[str]:
        """Return the texts that must not be shown."""
        return self._secrets


class KeySigner:
    """What both clouds' signers share: a fixed key, and a clock that can be put right.

    :param key: the access key; with a session token it is a temporary one.
    :param clock: seconds since the epoch.
    """

    def __init__(self, key: AccessKey, *, clock: Callable[[], float] = time.time) -> None:
        self.key = key
        self._clock = clock
        self._offset = 0.0

    def now(self) -> float:
        """Return the time that signatures carry."""
        return self._clock() + self._offset

    def adjust_clock(self, offset: float) -> None:
        """Sign with a clock that is ``offset`` seconds ahead of what it was."""
        self._offset += offset

    def rejected(self, message: Message) -> bool:
        """Return False: a fixed key has no successor."""
        return False

    def secrets(self) -> Iterable[str]:
        """Return the texts that must not be shown."""
        return self.key.secrets()


def headers_with_prefix(message: Message, prefix: str) -> list[tuple[str, str]]:
    """Return ``host``, ``content-type`` and every header of ``message`` that starts with ``prefix``.

    Names are in lower case and sorted, as both clouds sign them.
    """
    signed = [("host", message.host)]
    for name, value in message.headers.items():
        name = name.lower()
        if name == "content-type" or name.startswith(prefix):
            signed.append((name, value.strip()))
    return sorted(signed)


def header_text(value: str, name: str) -> str:
    """Return ``value`` if an HTTP header can carry it; a pasted line break or blank is a common mistake."""
    if value.split() != [value] or not value.isascii() or not value.isprintable():
        raise ConfigurationError(
            f"The {name} of the connection is empty or holds blanks, line breaks or non-ASCII characters; "
            "paste it again."
        )
    return value
