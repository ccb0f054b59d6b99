"""An agency of IAM v3: IAM gives temporary keys of the agency to a caller whose account it trusts.

Vendor page: *Obtaining a Temporary Access Key and Security Token Through an Agency*. The caller may have keys, which
sign the request, or a token, which travels with it.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable

from airflow_provider_cloudflows.auth.assuming import SESSION_NAME, request_of
from airflow_provider_cloudflows.auth.base import Credential, Source
from airflow_provider_cloudflows.auth.cache import kept
from airflow_provider_cloudflows.auth.huawei.keys import iam_keys
from airflow_provider_cloudflows.auth.huawei.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.services.iam import IAM, CreateTemporaryAccessKeyByAgency
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["AgencySource"]


class AgencySource:
    """Temporary keys of one agency.

    :param reach: how IAM is reached.
    :param caller: gives the credential that calls IAM.
    :param agency_name: name of the agency.
    :param domain_name: account that the agency is in; or its id.
    :param domain_id: account that the agency is in; or its name.
    :param duration: seconds that the keys live; None takes the vendor's quarter of an hour.
    :param session_name: who uses the agency, for the audit log.
    :param policy: JSON that narrows the permissions.
    """

    def __init__(
        self,
        reach: Reach,
        caller: Source,
        agency_name: str,
        *,
        domain_name: str | None = None,
        domain_id: str | None = None,
        duration: int | None = None,
        session_name: str | None = None,
        policy: str | None = None,
    ) -> None:
        self._caller = caller
        self._origin = f"agency {agency_name} of account {domain_name or domain_id or '?'}"
        self._request = request_of(
            CreateTemporaryAccessKeyByAgency,
            self._origin,
            agency_name=agency_name,
            domain_name=domain_name,
            domain_id=domain_id,
            duration_seconds=duration,
            session_user=session_name or SESSION_NAME,
            policy=self._document(policy) if policy else None,
        )
        self._endpoint = reach.endpoints.origin(IAM)
        self._client = reach.client(
            RenewingSigner(kept(caller, ahead=RENEW_AHEAD, announce=reach.announce), signer_for)
        )

    def obtain(self) -> Flow[Credential]:
        """Return new keys of the agency."""
        answer = yield from self._client.flow(self._request)
        return iam_keys(answer, self._origin, self._client)

    def identity(self) -> Hashable:
        """Return who asks whom for which agency."""
        return ("agency", self._endpoint, repr(self._request), self._caller.identity())

    def secrets(self) -> Iterable[str]:
        """Return the secrets of the caller."""
        return self._caller.secrets()

    def _document(self, policy: str) -> Document:
        try:
            document = json.loads(policy)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise ConfigurationError(f"The policy for {self._origin} is no JSON object; correct it.")
        return document
