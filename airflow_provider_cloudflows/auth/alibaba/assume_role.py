"""A RAM role: STS gives temporary keys of the role to a caller that its trust policy names.

Vendor page: STS *AssumeRole*. Roles can be chained: the caller is then itself a role.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from airflow_provider_cloudflows.auth.alibaba.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, Source, expiry
from airflow_provider_cloudflows.auth.cache import kept
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.services.client import CloudClient
from airflow_provider_cloudflows.services.rpc import RpcRequest
from airflow_provider_cloudflows.services.sts import ALIBABA_STS, AssumedRole, AssumeRole
from airflow_provider_cloudflows.transport.message import Flow

__all__ = ["AssumedRoleSource", "RoleOptions", "credential_of", "in_chain", "role_request"]

RequestT = TypeVar("RequestT", bound=RpcRequest)

SESSION_NAME = "airflow"


@dataclass(frozen=True, slots=True)
class RoleOptions:
    """What may be said when a role is assumed; see :class:`~airflow_provider_cloudflows.services.sts.AssumeRole`.

    :param session_name: who uses the role, for the audit log.
    :param duration: seconds that the keys live; None takes the vendor's hour.
    :param external_id: what the trust policy may demand.
    :param policy: JSON that narrows the permissions.
    """

    session_name: str = SESSION_NAME
    duration: int | None = None
    external_id: str | None = None
    policy: str | None = None


class AssumedRoleSource:
    """Temporary keys of one role.

    :param reach: how STS is reached.
    :param caller: gives the credential that calls STS.
    :param role_arn: ``acs:ram::<account id>:role/<role name>``.
    :param options: what else STS is told.
    """

    def __init__(self, reach: Reach, caller: Source, role_arn: str, options: RoleOptions) -> None:
        self._caller = caller
        self._request = role_request(
            AssumeRole,
            role_arn=role_arn,
            role_session_name=options.session_name,
            duration_seconds=options.duration,
            external_id=options.external_id,
            policy=options.policy,
        )
        self._endpoint = reach.endpoints.origin(ALIBABA_STS)
        self._client = reach.client(
            RenewingSigner(kept(caller, ahead=RENEW_AHEAD, announce=reach.announce), signer_for)
        )

    def obtain(self) -> Flow[Credential]:
        """Return new keys of the role."""
        answer = yield from self._client.flow(self._request)
        return credential_of(answer, f"RAM role {self._request.role_arn}", self._client)

    def identity(self) -> Hashable:
        """Return who asks whom for which role."""
        return ("assume_role", self._endpoint, repr(self._request), self._caller.identity())

    def secrets(self) -> Iterable[str]:
        """Return the secrets of the caller."""
        return self._caller.secrets()


def in_chain(reach: Reach, caller: Source, role_arns: Iterable[str], options: RoleOptions) -> Source:
    """Return the last of ``role_arns``, each of which is assumed with the one before it, the first with ``caller``.

    Duration, external id and policy are the last role's; a chained session lasts an hour at most, by the vendor's rule.
    """
    *steps, last = role_arns
    for role_arn in steps:
        caller = AssumedRoleSource(reach, caller, role_arn, RoleOptions(options.session_name))
    return AssumedRoleSource(reach, caller, last, options)


def role_request(request: type[RequestT], **fields: Any) -> RequestT:
    """Return the request to STS, made of what a connection, a variable or a profile says of a role.

    :raises ConfigurationError: it breaks a documented constraint.
    """
    try:
        return request(**fields)
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in problem["loc"])
        raise ConfigurationError(f"The role cannot be assumed: {name} {problem['msg']}; correct it.") from None


def credential_of(answer: AssumedRole, origin: str, client: CloudClient) -> Credential:
    """Return the keys in an answer of STS, which ``client`` received."""
    keys = answer.credentials
    return Credential(
        AccessKey(
            keys.access_key_id, keys.access_key_secret.get_secret_value(), keys.security_token.get_secret_value()
        ),
        origin,
        expiry(keys.expiration, client.clock_difference),
    )
