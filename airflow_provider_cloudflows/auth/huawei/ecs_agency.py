"""The agency of the ECS instance that this process runs on: its metadata service hands out temporary keys.

Vendor page: *Obtaining Metadata*, *Security Key*. The service answers on the instance's own link, at one fixed address,
in two versions: version 2 asks for a token first, which keeps a forged request of a server on this machine from reading
the keys; version 1 does not, and is used only where somebody allowed it. No proxy is ever asked.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable

from airflow_provider_cloudflows.auth.answers import sentence
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured
from airflow_provider_cloudflows.auth.huawei.keys import credential_in, succeeded
from airflow_provider_cloudflows.auth.reach import Reach, asked
from airflow_provider_cloudflows.errors import ConfigurationError, NoAnswer
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message, Reply

__all__ = ["EcsAgencySource"]

SERVICE = "the ECS metadata service"
METADATA = "http://169.254.169.254"
TOKEN_PATH = "/meta-data/latest/api/token"
KEYS_PATH = "/openstack/latest/securitykey"
TOKEN_SECONDS = 6 * 3600
ANSWER_SECONDS = 1.0

NO_TOKENS = (404, 405, 503)
"""How a service that knows only version 1 answers the request for a token, as the vendor's package has it."""

UNAVAILABLE = 503
"""This one may also be a bad moment, which is no reason to look for another credential."""

NO_AGENCY = b"Please configure Cloud Service Agency first"
TOKEN = re.compile(rb"[!-~]{1,8192}")

ADVICE = "check that the instance may read its metadata"


class EcsAgencySource:
    """Temporary keys of the agency that this instance has.

    :param reach: how the service is reached; only a sandbox on this machine may stand in for it.
    :param allow_v1: use version 1 where version 2 does not hand out a token.
    """

    def __init__(self, reach: Reach, *, allow_v1: bool = False) -> None:
        self._metadata = reach.metadata_origin(METADATA)
        self._who = f"{SERVICE} at {self._metadata}"
        self._allow_v1 = allow_v1
        self._token: str | None = None

    def obtain(self) -> Flow[Credential]:
        """Return the keys that the agency has now.

        :raises NotConfigured: no service answers within a second, it hands out no token, or there is no agency.
        :raises ConfigurationError: the answer is not what the service documents.
        :raises CloudError: the service is there, and failed.
        """
        self._token = yield from self._session()
        headers = {"X-Metadata-Token": self._token} if self._token else {}
        message = Message("GET", self._metadata, KEYS_PATH, headers=headers)
        try:
            reply = yield from asked(message, sentence(SERVICE), ANSWER_SECONDS)
        except NotConfigured as silence:
            if self._token is None:
                raise
            # It is there: this is a bad moment of a source in use, and no reason to look for another one.
            raise NoAnswer(silence.sentence(), operation=sentence(SERVICE), advice="try again later") from None
        if reply.status == 404 or (reply.status == 401 and NO_AGENCY in reply.body):
            raise NotConfigured(f"{sentence(self._who)} knows no agency of this instance; choose one for it.")
        return credential_in(
            succeeded(reply, self._who, ADVICE, tuple(self.secrets())), self._who, "agency of this ECS instance"
        )

    def identity(self) -> Hashable:
        """Return where the service is, and which versions of it are used."""
        return ("ecs_agency", self._metadata, self._allow_v1)

    def secrets(self) -> Iterable[str]:
        """Return the metadata token that was issued last."""
        return (self._token,) if self._token else ()

    def _session(self) -> Flow[str | None]:
        """Return a token of version 2, or None where version 1 will do."""
        lifetime = {"X-Metadata-Token-Ttl-Seconds": str(TOKEN_SECONDS)}
        message = Message("PUT", self._metadata, TOKEN_PATH, headers=lifetime)
        reply: Reply = yield from asked(message, sentence(SERVICE), ANSWER_SECONDS)
        if reply.status in NO_TOKENS and self._allow_v1:
            return None
        if reply.status in NO_TOKENS and reply.status != UNAVAILABLE:
            raise NotConfigured(
                f"{sentence(self._who)} hands out no token (HTTP {reply.status}), and version 1, which needs none, is "
                "not allowed; allow it in the connection if the instance has no other."
            )
        token = succeeded(reply, self._who, ADVICE).body.strip()
        if not TOKEN.fullmatch(token):
            raise ConfigurationError(f"The answer of {self._who} is no token.")
        return token.decode("ascii")
