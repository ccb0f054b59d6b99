"""An agency of the v5 identity policies for a token of an identity provider, such as one that is mounted into a pod.

Vendor page: STS *AssumeAgencyWithOIDC*. The request is not signed: the token is its proof. Whoever issues the token
renews the file, so it is read anew each time.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from airflow_provider_cloudflows.auth.assuming import SESSION_NAME, SessionOptions, request_of
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured, Unsigned
from airflow_provider_cloudflows.auth.huawei.keys import key_text, sts_keys
from airflow_provider_cloudflows.auth.huawei.sdk_variables import at_sdk_endpoints, digest, project_of
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.token_file import token_in
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError
from airflow_provider_cloudflows.services.sts import HUAWEI_STS, AssumeAgencyWithOidc
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["OidcAgencyFromEnvironment", "OidcAgencySource"]

PREFIX = "HUAWEICLOUD_OIDC_"
PROVIDER_URN = f"{PREFIX}PROVIDER_URN"
AGENCY_URN = f"{PREFIX}AGENCY_URN"
ID_TOKEN = f"{PREFIX}ID_TOKEN"
TOKEN_FILE = f"{PREFIX}TOKEN_FILE"
SESSION = f"{PREFIX}SESSION_NAME"
DURATION = f"{PREFIX}DURATION_SECONDS"
POLICY = f"{PREFIX}POLICY"
POLICY_IDS = f"{PREFIX}POLICY_IDS"


class OidcAgencySource:
    """Temporary keys of one agency, for the token in a file.

    :param reach: how STS is reached.
    :param provider_urn: ``iam::<account id>:oidc-provider:<provider name>``.
    :param agency_urn: ``iam::<account id>:agency:<agency name>``.
    :param token_file: holds the token and nothing else.
    :param options: what else STS is told; an external id has no place in this call.
    """

    def __init__(
        self, reach: Reach, provider_urn: str, agency_urn: str, token_file: str | Path, options: SessionOptions
    ) -> None:
        if options.external_id:
            raise ConfigurationError("An agency for an OIDC token takes no external id; leave it out.")
        self._reach = reach
        self._provider_urn = provider_urn
        self._agency_urn = agency_urn
        self._file = token_file
        self._options = options
        self._endpoint = reach.endpoints.origin(HUAWEI_STS)
        self._token = ""

    def obtain(self) -> Flow[Credential]:
        """Return new keys of the agency.

        :raises ConfigurationError: the file holds no token.
        """
        self._token = token_in(self._file, "OIDC token file")
        return (yield from assumed(self._reach, self._provider_urn, self._agency_urn, self._token, self._options))

    def identity(self) -> Hashable:
        """Return whose token is exchanged for which agency, and where."""
        parts = (self._provider_urn, self._agency_urn, str(self._file), self._options)
        return ("oidc_agency", self._endpoint, *parts)

    def secrets(self) -> Iterable[str]:
        """Return the token that was read last."""
        return (self._token,) if self._token else ()


class OidcAgencyFromEnvironment:
    """The agency that the environment of the process describes.

    ``HUAWEICLOUD_OIDC_PROVIDER_URN``, ``_AGENCY_URN`` and either ``_ID_TOKEN`` or ``_TOKEN_FILE`` belong together;
    ``_SESSION_NAME``, ``_DURATION_SECONDS``, ``_POLICY`` and ``_POLICY_IDS`` are optional.

    :param reach: how STS is reached; ``HUAWEICLOUD_SDK_STS_ENDPOINT`` counts where the connection names no host.
    :param environ: the variables; those of this process by default.
    """

    def __init__(self, reach: Reach, environ: Mapping[str, str] = os.environ) -> None:
        self._reach = reach
        self._environ = environ
        self._token = ""

    def obtain(self) -> Flow[Credential]:
        """Return new keys of the agency.

        :raises NotConfigured: none of the variables that belong together is set.
        :raises ConfigurationError: one of them is missing, or another one is not what it should be.
        """
        provider_urn, agency_urn, id_token, token_file = self._required()
        self._token = (
            key_text(id_token, f"the variable {ID_TOKEN}") if id_token else token_in(token_file, "OIDC token file")
        )
        options = SessionOptions(self._get(SESSION) or SESSION_NAME, self._duration(), policy=self._get(POLICY) or None)
        policy_ids = [part.strip() for part in self._get(POLICY_IDS).split(",") if part.strip()]
        project_id = project_of(self._environ)
        reach = at_sdk_endpoints(self._reach, self._environ)
        credential = yield from assumed(reach, provider_urn, agency_urn, self._token, options, policy_ids)
        return replace(credential, project_id=project_id)

    def identity(self) -> Hashable:
        """Return a digest of the variables, and where STS is."""
        names = (PROVIDER_URN, AGENCY_URN, ID_TOKEN, TOKEN_FILE, SESSION, DURATION, POLICY, POLICY_IDS)
        return ("oidc_agency_environment", repr(self._reach.endpoints), digest(self._environ, *names))

    def secrets(self) -> Iterable[str]:
        """Return the token in the variable, and the one that was used last."""
        return tuple({token for token in (self._get(ID_TOKEN), self._token) if token})

    def _get(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def _required(self) -> tuple[str, str, str, str]:
        provider_urn, agency_urn, id_token, token_file = (
            self._get(name) for name in (PROVIDER_URN, AGENCY_URN, ID_TOKEN, TOKEN_FILE)
        )
        given = {
            PROVIDER_URN: provider_urn,
            AGENCY_URN: agency_urn,
            f"{ID_TOKEN} or {TOKEN_FILE}": id_token or token_file,
        }
        missing = [name for name, value in given.items() if not value]
        if len(missing) == len(given):
            raise NotConfigured(f"None of {PROVIDER_URN}, {AGENCY_URN}, {ID_TOKEN} and {TOKEN_FILE} is set.")
        if missing:
            raise ConfigurationError(
                f"Of the variables that belong together, {' and '.join(missing)} is not set; set it, or none of them."
            )
        return provider_urn, agency_urn, id_token, token_file

    def _duration(self) -> int | None:
        text = self._get(DURATION)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise ConfigurationError(f"The variable {DURATION} is no whole number of seconds.")
        return int(text)


def assumed(
    reach: Reach,
    provider_urn: str,
    agency_urn: str,
    token: str,
    options: SessionOptions,
    policy_ids: list[str] | None = None,
) -> Flow[Credential]:
    """Return new keys of an agency, for ``token``."""
    origin = f"agency {agency_urn} for an OIDC token"
    request = request_of(
        AssumeAgencyWithOidc,
        origin,
        provider_urn=provider_urn,
        agency_urn=agency_urn,
        agency_session_name=options.session_name,
        id_token=token,
        duration_seconds=options.duration,
        policy=options.policy,
        policy_ids=policy_ids or None,
    )
    client = reach.client(Unsigned((token,)))
    try:
        answer = yield from client.flow(request)
    except AuthenticationFailed as refused:
        refused.advice = "check the OIDC token, and the identity provider that should know it"
        raise
    return sts_keys(answer, origin, client)
