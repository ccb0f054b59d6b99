"""A credential that somebody wrote into a connection, as the base from which roles and agencies are assumed."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable

from airflow_provider_cloudflows.auth.base import Credential
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["FixedSource"]


class FixedSource:
    """Always the same credential.

    :param credential: what somebody configured.
    """

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def obtain(self) -> Flow[Credential]:
        """Return the credential; asks nobody."""
        yield from ()
        return self._credential

    def identity(self) -> Hashable:
        """Return a digest: another key id or another secret is another identity."""
        texts = "\0".join([repr(self._credential.proof), *self._credential.proof.secrets()])
        return ("fixed", hashlib.sha256(texts.encode()).hexdigest())

    def secrets(self) -> Iterable[str]:
        """Return the secrets of the credential."""
        return self._credential.proof.secrets()
