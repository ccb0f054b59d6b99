"""An agency of the v5 identity policies: STS gives temporary keys of the agency to a caller that it trusts.

Vendor page: STS *AssumeAgency*. The caller needs keys: STS takes no token.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from airflow_provider_cloudflows.auth.assuming import SessionOptions, request_of
from airflow_provider_cloudflows.auth.base import Credential, Source
from airflow_provider_cloudflows.auth.cache import kept
from airflow_provider_cloudflows.auth.huawei.keys import sts_keys
from airflow_provider_cloudflows.auth.huawei.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.services.sts import HUAWEI_STS, AssumeAgency
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["StsAgencySource"]


class StsAgencySource:
    """Temporary keys of one agency.

    :param reach: how STS is reached.
    :param caller: gives the credential that calls STS.
    :param agency_urn: ``iam::<account id>:agency:<agency name>``.
    :param options: what else STS is told.
    """

    def __init__(self, reach: Reach, caller: Source, agency_urn: str, options: SessionOptions) -> None:
        self._caller = caller
        self._origin = f"agency {agency_urn}"
        self._request = request_of(
            AssumeAgency,
            self._origin,
            agency_urn=agency_urn,
            agency_session_name=options.session_name,
            duration_seconds=options.duration,
            external_id=options.external_id,
            policy=options.policy,
        )
        self._endpoint = reach.endpoints.origin(HUAWEI_STS)
        self._client = reach.client(
            RenewingSigner(kept(caller, ahead=RENEW_AHEAD, announce=reach.announce), signer_for)
        )

    def obtain(self) -> Flow[Credential]:
        """Return new keys of the agency."""
        answer = yield from self._client.flow(self._request)
        return sts_keys(answer, self._origin, self._client)

    def identity(self) -> Hashable:
        """Return who asks whom for which agency."""
        return ("sts_agency", self._endpoint, repr(self._request), self._caller.identity())

    def secrets(self) -> Iterable[str]:
        """Return the secrets of the caller."""
        return self._caller.secrets()
