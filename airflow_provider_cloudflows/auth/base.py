"""What a credential is, once somebody has obtained it, and what signing with one has in common on both clouds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.message import Message

__all__ = ["AccessKey", "KeySigner", "header_text", "headers_with_prefix"]


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
