"""What a source needs to talk to somebody: the cloud's own STS or IAM, or a service of the machine it runs on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airflow_provider_cloudflows.auth.base import Credential, NotConfigured, Source, Unsigned
from airflow_provider_cloudflows.auth.cache import Announce
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints, is_loopback
from airflow_provider_cloudflows.errors import ConnectionFailed
from airflow_provider_cloudflows.transport.flow import Flow, Signer, Wait
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent

if TYPE_CHECKING:
    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["Expected", "NoService", "Reach", "asked"]

CREDENTIAL_CALL_SECONDS = 20.0
"""A call that waits for a credential has a deadline of its own, which must not be used up by obtaining one."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a source reaches the cloud.

    :param transport: carries out the calls.
    :param endpoints: which host answers for which service.
    :param allow_http: plain HTTP to other machines is allowed where an address may be configured.
    :param announce: is told the secrets of each credential before it is used; see
        :class:`~airflow_provider_cloudflows.auth.cache.KeptCredential`.
    """

    transport: Transport
    endpoints: Endpoints
    allow_http: bool = False
    announce: Announce = lambda key, secrets: None

    def client(self, signer: Signer | None = None) -> CloudClient:
        """Return a client for STS and IAM; without ``signer`` its requests carry their own proof."""
        return CloudClient(self.transport, self.endpoints, signer or Unsigned(), timeout=CREDENTIAL_CALL_SECONDS)

    def in_region(self, region: str | None) -> Reach:
        """Return the same reach, with the regional hosts of ``region`` if it is given."""
        return replace(self, endpoints=replace(self.endpoints, region=region)) if region else self

    def at(self, service: str, origin: str | None) -> Reach:
        """Return the same reach, with ``origin`` for ``service`` where the connection itself names no host."""
        if not origin or self.endpoints.everywhere or service in self.endpoints.overrides:
            return self
        return replace(self, endpoints=replace(self.endpoints, overrides={**self.endpoints.overrides, service: origin}))

    def metadata_origin(self, fixed: str) -> str:
        """Return where the metadata service answers: at its ``fixed`` address, or in a sandbox on this machine.

        No connection can point it elsewhere: a loopback address in the field for all services is the one exception.
        """
        everywhere = self.endpoints.everywhere
        return everywhere if everywhere and is_loopback(everywhere) else fixed


def asked(message: Message, who: str, seconds: float) -> Flow[Reply]:
    """Send ``message`` to a service of this machine, past any proxy, and return its answer; nothing is signed.

    :param who: how messages name the service.
    :param seconds: how long it may take; such services answer at once where they exist.
    :raises NoService: nobody answers.
    """
    message.direct = True
    message.timeout = seconds
    try:
        reply: Reply = yield message
    except (NotSent, Interrupted) as failure:
        raise NoService(f"{who} does not answer at {message.origin} ({failure}).") from None
    return reply


class NoService(NotConfigured):
    """A service of this machine does not answer; most machines have none."""


class Expected:
    """A source whose service somebody says is there: its silence is a bad moment, and worth another try.

    :param source: the source.
    :param service: how messages name its service, as the beginning of a sentence.
    """

    def __init__(self, source: Source, service: str) -> None:
        self._source = source
        self._service = service

    def obtain(self) -> Flow[Credential]:
        """Return a new credential.

        :raises ConnectionFailed: the service did not answer, several times.
        """
        for pause in PAUSES:
            try:
                return (yield from self._source.obtain())
            except NoService:
                yield Wait(pause)
        try:
            return (yield from self._source.obtain())
        except NoService as silence:
            advice = "check that this machine has such a service, or choose another credential in the connection"
            raise ConnectionFailed(silence.sentence(), operation=self._service, advice=advice) from None

    def identity(self) -> Hashable:
        """Return the identity of the source."""
        return self._source.identity()

    def secrets(self) -> Iterable[str]:
        """Return the secrets of the source."""
        return self._source.secrets()


PAUSES = (0.5, 1.0)
"""Seconds between the attempts to reach a service that is said to be there."""
