"""Signing with a credential that is renewed: the signature of the moment, with the clock put right once for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeAlias

from airflow_provider_cloudflows.auth.base import Credential
from airflow_provider_cloudflows.auth.cache import KeptCredential
from airflow_provider_cloudflows.transport.flow import Flow, Signer
from airflow_provider_cloudflows.transport.message import Message

__all__ = ["RenewingSigner", "SignerFor"]

Clock: TypeAlias = Callable[[], float]

SignerFor: TypeAlias = Callable[[Credential, Clock], Signer]
"""Returns what signs with one credential, by a clock."""


class RenewingSigner:
    """Signs each message with the credential that is good at that moment.

    :param kept: has the credential.
    :param signer_for: the cloud's signature.
    """

    def __init__(self, kept: KeptCredential, signer_for: SignerFor) -> None:
        self.kept = kept
        self._signer_for = signer_for
        self._last: tuple[Credential, Signer] | None = None
        self._offset = 0.0

    def sign(self, message: Message) -> Flow[None]:
        """Sign ``message``, after a renewal if it is time for one."""
        credential = yield from self.kept.get()
        message.credential = credential
        yield from self._signer(credential).sign(message)

    def now(self) -> float:
        """Return the time that signatures carry, or no number while they carry none."""
        return self._clock() if self._last is None else self._last[1].now()

    def adjust_clock(self, offset: float) -> None:
        """Sign with a clock that is ``offset`` seconds ahead of what it was."""
        self._offset += offset

    def rejected(self, message: Message) -> bool:
        """Drop the credential of ``message``; the next signature is made with another one."""
        self.kept.reject(message.credential)
        return True

    def secrets(self) -> Iterable[str]:
        """Return the texts that must not be shown."""
        return self.kept.secrets()

    def _signer(self, credential: Credential) -> Signer:
        last = self._last
        if last is None or last[0] is not credential:
            last = self._last = (credential, self._signer_for(credential, self._clock))
        return last[1]

    def _clock(self) -> float:
        return time.time() + self._offset
