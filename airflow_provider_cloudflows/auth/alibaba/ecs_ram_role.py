"""The RAM role of the ECS instance that this process runs on: its metadata service hands out temporary keys.

Vendor page: *Instance RAM roles*, *Instance metadata*. The service answers on the instance's own link, at one fixed
address, in two versions: version 2 asks for a token first, which keeps a forged request of a server on this machine
from reading the keys; version 1 does not, and is used only where somebody allowed it. No proxy is ever asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterable, Mapping

from airflow_provider_cloudflows.auth.alibaba.environment import is_on
from airflow_provider_cloudflows.auth.alibaba.keys import answered, credential_in, is_passing
from airflow_provider_cloudflows.auth.answers import sentence
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured
from airflow_provider_cloudflows.auth.reach import Reach, asked
from airflow_provider_cloudflows.errors import ConfigurationError, NoAnswer
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message, Reply

__all__ = ["EcsRamRoleFromEnvironment", "EcsRamRoleSource"]

SERVICE = "the ECS metadata service"
METADATA = "http://100.100.100.200"
TOKEN_PATH = "/latest/api/token"
ROLES_PATH = "/latest/meta-data/ram/security-credentials/"
TOKEN_SECONDS = 6 * 3600
ANSWER_SECONDS = 1.0

ROLE_NAME = "ALIBABA_CLOUD_ECS_METADATA"
DISABLED = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"
V1_DISABLED = "ALIBABA_CLOUD_IMDSV1_DISABLED"

ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class EcsRamRoleSource:
    """Temporary keys of the role that is attached to this instance.

    :param reach: how the service is reached; only a sandbox on this machine may stand in for it.
    :param role_name: name of the role; None asks the service, which knows it.
    :param allow_v1: use version 1 where version 2 does not hand out a token.
    """

    def __init__(self, reach: Reach, role_name: str | None = None, allow_v1: bool = False) -> None:
        if role_name and not ROLE.fullmatch(role_name):
            raise ConfigurationError("The name of the ECS instance's RAM role is no such name; correct or remove it.")
        self._origin = reach.metadata_origin(METADATA)
        self._who = f"{SERVICE} at {self._origin}"
        self._role_name = role_name
        self._allow_v1 = allow_v1
        self._has_answered = False
        self._token: str | None = None

    def obtain(self) -> Flow[Credential]:
        """Return the keys that the role has now.

        :raises NotConfigured: no service answers within a second, it issues no token, or the instance has no role.
        :raises ConfigurationError: the answer is not what the service documents.
        :raises CloudError: the service is there, and failed.
        """
        self._token = yield from self._session()
        role = self._role_name or (yield from self._attached_role())
        reply = yield from self._get(role)
        if reply.status == 404:
            raise ConfigurationError(
                f"{sentence(self._who)} knows no role {role!r}; attach it to the instance, or correct it."
            )
        return credential_in(reply, self._who, f"ECS RAM role {role}")

    def identity(self) -> Hashable:
        """Return which role is asked for, and where."""
        return ("ecs_ram_role", self._origin, self._role_name, self._allow_v1)

    def secrets(self) -> Iterable[str]:
        """Return the metadata token that was issued last."""
        return (self._token,) if self._token else ()

    def _session(self) -> Flow[str | None]:
        """Return a token of version 2, or None where version 1 will do."""
        lifetime = {"X-aliyun-ecs-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
        try:
            reply = yield from self._ask(Message("PUT", self._origin, TOKEN_PATH, headers=lifetime))
        except NotConfigured:
            if self._allow_v1:  # an answer to PUT may be dropped on its way into a container, an answer to GET is not
                return None
            raise
        if reply.status >= 400 and not is_passing(reply.status):
            if self._allow_v1:
                return None
            raise NotConfigured(
                f"{sentence(self._who)} issues no token (HTTP {reply.status}), and version 1, which needs none, is not "
                "allowed; turn version 2 on for the instance, or allow version 1 in the connection."
            )
        token = answered(reply, self._who).body.decode("ascii", "replace").strip()
        if not re.fullmatch(r"[!-~]{1,4096}", token):
            raise ConfigurationError(f"The answer of {self._who} is no token.")
        return token

    def _attached_role(self) -> Flow[str]:
        reply = yield from self._get("")
        role = reply.body.decode("ascii", "replace").strip()
        if reply.status == 404 or (reply.status == 200 and not role):
            raise NotConfigured(f"{sentence(self._who)} knows no RAM role; attach one to the instance.")
        answered(reply, self._who)
        if not ROLE.fullmatch(role):
            raise ConfigurationError(f"The answer of {self._who} is no name of a role.")
        return role

    def _get(self, role: str) -> Flow[Reply]:
        headers = {"X-aliyun-ecs-metadata-token": self._token} if self._token else {}
        return (yield from self._ask(Message("GET", self._origin, f"{ROLES_PATH}{role}", headers=headers)))

    def _ask(self, message: Message) -> Flow[Reply]:
        try:
            reply = yield from asked(message, sentence(SERVICE), ANSWER_SECONDS)
        except NotConfigured as silence:
            if not self._has_answered:
                raise
            # It is there: this is a bad moment of a source in use, and no reason to look for another one.
            raise NoAnswer(silence.sentence(), operation=sentence(SERVICE), advice="try again later") from None
        self._has_answered = True
        return reply


class EcsRamRoleFromEnvironment:
    """The role of this instance, unless the environment says no.

    ``ALIBABA_CLOUD_ECS_METADATA`` names the role, ``ALIBABA_CLOUD_ECS_METADATA_DISABLED`` turns this source off and
    ``ALIBABA_CLOUD_IMDSV1_DISABLED`` forbids version 1. The vendor's own package uses version 1 unless that variable
    is set; here it needs the connection's permission too.

    :param reach: how the service is reached.
    :param environ: the variables; those of this process by default.
    :param role_name: a name that is stronger than the variable's.
    :param allow_v1: the connection allows version 1.
    """

    def __init__(
        self,
        reach: Reach,
        environ: Mapping[str, str] = os.environ,
        *,
        role_name: str | None = None,
        allow_v1: bool = False,
    ) -> None:
        self._reach = reach
        self._environ = environ
        self._role_name = role_name
        self._allow_v1 = allow_v1
        self._made: tuple[Hashable, EcsRamRoleSource] | None = None

    def obtain(self) -> Flow[Credential]:
        """Return the keys that the role has now.

        :raises NotConfigured: it is turned off, no service answers, or the instance has no role.
        """
        if is_on(self._environ, DISABLED):
            raise NotConfigured(f"The ECS metadata service is turned off by {DISABLED}.")
        if not self._role_name and not ROLE.fullmatch(self._environ.get(ROLE_NAME, "").strip() or "none"):
            raise ConfigurationError(f"{ROLE_NAME} is no name of a RAM role; correct or remove it.")
        if self._made is None or self._made[0] != self._arguments():
            self._made = (self._arguments(), EcsRamRoleSource(self._reach, *self._arguments()))
        return (yield from self._made[1].obtain())

    def identity(self) -> Hashable:
        """Return which role is asked for, and where."""
        origin = self._reach.metadata_origin(METADATA)
        return ("ecs_environment", origin, is_on(self._environ, DISABLED), self._arguments())

    def secrets(self) -> Iterable[str]:
        """Return the metadata token that was issued last."""
        return self._made[1].secrets() if self._made else ()

    def _arguments(self) -> tuple[str | None, bool]:
        role_name = self._role_name or self._environ.get(ROLE_NAME, "").strip() or None
        return role_name, self._allow_v1 and not is_on(self._environ, V1_DISABLED)
