"""An agency of the v5 identity policies: STS gives temporary keys of the agency to a caller that it trusts.

Vendor page: STS *AssumeAgency*. The caller needs keys: STS takes no token.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from airflow_provider_cloudflows.auth.base import Credential, Source
from airflow_provider_cloudflows.auth.cache import kept
from airflow_provider_cloudflows.auth.huawei.keys import sts_keys
from airflow_provider_cloudflows.auth.huawei.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.services.rest import RestRequest
from airflow_provider_cloudflows.services.sts import HUAWEI_STS, AssumeAgency
from airflow_provider_cloudflows.transport.message import Flow
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["SESSION_NAME", "AgencyOptions", "StsAgencySource", "request_of"]

RequestT = TypeVar("RequestT", bound=RestRequest)

SESSION_NAME = "airflow"


@dataclass(frozen=True, slots=True)
class AgencyOptions:
    """What may be said when an agency is assumed.

    See :class:`~airflow_provider_cloudflows.services.sts.AssumeAgency`.

    :param session_name: who uses the agency, for the audit log.
    :param duration: seconds that the keys live; None takes the vendor's default.
    :param external_id: what the trust policy may demand.
    :param policy: JSON that narrows the permissions.
    """

    session_name: str = SESSION_NAME
    duration: int | None = None
    external_id: str | None = None
    policy: str | None = None


class StsAgencySource:
    """Temporary keys of one agency.

    :param reach: how STS is reached.
    :param caller: gives the credential that calls STS.
    :param agency_urn: ``iam::<account id>:agency:<agency name>``.
    :param options: what else STS is told.
    """

    def __init__(self, reach: Reach, caller: Source, agency_urn: str, options: AgencyOptions) -> None:
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


def request_of(request: type[RequestT], origin: str, **fields: Any) -> RequestT:
    """Return the request that obtains a credential, made of what a connection or a variable says.

    :param origin: what messages call the credential.
    :raises ConfigurationError: it breaks a documented constraint.
    """
    try:
        return request(**fields)
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in problem["loc"])
        found = f"{name} {problem['msg']}" if name else problem["msg"]
        raise ConfigurationError(f"No credential can be obtained for {excerpt(origin)}: {found}; correct it.") from None
