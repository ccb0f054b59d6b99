"""A RAM role: STS gives temporary keys of the role to a caller that its trust policy names.

Vendor page: STS *AssumeRole*. Roles can be chained: the caller is then itself a role.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from airflow_provider_cloudflows.auth.alibaba.account import account_of_role
from airflow_provider_cloudflows.auth.alibaba.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.assuming import SessionOptions, request_of
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, Source, expiry
from airflow_provider_cloudflows.auth.cache import kept
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.services.sts import ALIBABA_STS, AssumedRole, AssumeRole
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["AssumedRoleSource", "credential_of", "in_chain"]


class AssumedRoleSource:
    """Temporary keys of one role.

    :param reach: how STS is reached.
    :param caller: gives the credential that calls STS.
    :param role_arn: ``acs:ram::<account id>:role/<role name>``.
    :param options: what else STS is told.
    """

    def __init__(self, reach: Reach, caller: Source, role_arn: str, options: SessionOptions) -> None:
        self._caller = caller
        self._role_arn = role_arn
        self._origin = f"RAM role {role_arn}"
        self._request = request_of(
            AssumeRole,
            self._origin,
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
        return credential_of(answer, self._role_arn, self._origin, self._client)

    def identity(self) -> Hashable:
        """Return who asks whom for which role."""
        return ("assume_role", self._endpoint, repr(self._request), self._caller.identity())

    def secrets(self) -> Iterable[str]:
        """Return the secrets of the caller."""
        return self._caller.secrets()


def in_chain(reach: Reach, caller: Source, role_arns: Iterable[str], options: SessionOptions) -> Source:
    """Return the last of ``role_arns``, each of which is assumed with the one before it, the first with ``caller``.

    Duration, external id and policy are the last role's; a chained session lasts an hour at most, by the vendor's rule.
    """
    *steps, last = role_arns
    for role_arn in steps:
        caller = AssumedRoleSource(reach, caller, role_arn, SessionOptions(options.session_name))
    return AssumedRoleSource(reach, caller, last, options)


def credential_of(answer: AssumedRole, role_arn: str, origin: str, client: CloudClient) -> Credential:
    """Return the keys of ``role_arn`` in an answer of STS, which ``client`` received."""
    keys = answer.credentials
    return Credential(
        AccessKey(
            keys.access_key_id, keys.access_key_secret.get_secret_value(), keys.security_token.get_secret_value()
        ),
        origin,
        expiry(keys.expiration, client.clock_difference),
        account_id=account_of_role(role_arn),
    )
