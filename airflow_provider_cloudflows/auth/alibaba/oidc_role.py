"""A RAM role for a token of an identity provider, such as the one that ACK mounts into a pod (RRSA).

Vendor pages: STS *AssumeRoleWithOIDC*, *Use RRSA to authorize pods to access different cloud services*. The request is
not signed: the token is its proof. Whoever issues the token renews the file, so it is read anew each time.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from airflow_provider_cloudflows.auth.alibaba.assume_role import credential_of
from airflow_provider_cloudflows.auth.alibaba.environment import values_of
from airflow_provider_cloudflows.auth.alibaba.sts_region import STS_REGION, VPC_ENDPOINT, at_sts
from airflow_provider_cloudflows.auth.assuming import SessionOptions, request_of
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured, Unsigned
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.token_file import token_in
from airflow_provider_cloudflows.errors import AuthenticationFailed, ConfigurationError
from airflow_provider_cloudflows.services.sts import ALIBABA_STS, AssumeRoleWithOidc
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["SESSION_NAME", "OidcRoleFromEnvironment", "OidcRoleSource"]

ROLE_ARN = "ALIBABA_CLOUD_ROLE_ARN"
PROVIDER_ARN = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"
TOKEN_FILE = "ALIBABA_CLOUD_OIDC_TOKEN_FILE"
SESSION_NAME = "ALIBABA_CLOUD_ROLE_SESSION_NAME"


class OidcRoleSource:
    """Temporary keys of one role, for the token in a file.

    :param reach: how STS is reached.
    :param role_arn: ``acs:ram::<account id>:role/<role name>``.
    :param provider_arn: ``acs:ram::<account id>:oidc-provider/<provider name>``.
    :param token_file: holds the token and nothing else.
    :param options: what else STS is told; an external id has no place in this call.
    """

    def __init__(
        self, reach: Reach, role_arn: str, provider_arn: str, token_file: str | Path, options: SessionOptions
    ) -> None:
        if options.external_id:
            raise ConfigurationError("A role for an OIDC token takes no external id; leave it out.")
        self._reach = reach
        self._role_arn = role_arn
        self._provider_arn = provider_arn
        self._file = Path(token_file)
        self._options = options
        self._token = ""

    def obtain(self) -> Flow[Credential]:
        """Return new keys of the role.

        :raises ConfigurationError: the file holds no token.
        """
        self._token = token = token_in(self._file, "OIDC token file")
        origin = f"RAM role {self._role_arn}, for an OIDC token"
        request = request_of(
            AssumeRoleWithOidc,
            origin,
            role_arn=self._role_arn,
            oidc_provider_arn=self._provider_arn,
            oidc_token=token,
            role_session_name=self._options.session_name,
            duration_seconds=self._options.duration,
            policy=self._options.policy,
        )
        client = self._reach.client(Unsigned([token]))
        try:
            answer = yield from client.flow(request)
        except AuthenticationFailed as refused:
            refused.advice = "check the OIDC token, its issuer and audience, and that the role trusts the provider"
            raise
        return credential_of(answer, self._role_arn, origin, client)

    def identity(self) -> Hashable:
        """Return whose token is exchanged for which role, and where."""
        endpoint = self._reach.endpoints.origin(ALIBABA_STS)
        return ("oidc_role", endpoint, self._role_arn, self._provider_arn, str(self._file), self._options)

    def secrets(self) -> Iterable[str]:
        """Return the token that was read last."""
        return (self._token,) if self._token else ()


class OidcRoleFromEnvironment:
    """The role that the environment of the process describes.

    ``ALIBABA_CLOUD_ROLE_ARN``, ``ALIBABA_CLOUD_OIDC_PROVIDER_ARN`` and ``ALIBABA_CLOUD_OIDC_TOKEN_FILE`` belong
    together; ``ALIBABA_CLOUD_ROLE_SESSION_NAME`` is optional. Where the connection names no region,
    ``ALIBABA_CLOUD_STS_REGION`` and ``ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`` choose the host.

    :param reach: how STS is reached.
    :param environ: the variables; those of this process by default.
    """

    def __init__(self, reach: Reach, environ: Mapping[str, str] = os.environ) -> None:
        self._reach = reach
        self._environ = environ
        self._found: OidcRoleSource | None = None

    def obtain(self) -> Flow[Credential]:
        """Return new keys of the role.

        :raises NotConfigured: neither a provider nor a token file is named; a role alone may be meant for others.
        :raises ConfigurationError: one of the three variables is missing.
        """
        values = {name: self._environ.get(name, "").strip() for name in (ROLE_ARN, PROVIDER_ARN, TOKEN_FILE)}
        if not values[PROVIDER_ARN] and not values[TOKEN_FILE]:
            raise NotConfigured(f"Neither {PROVIDER_ARN} nor {TOKEN_FILE} is set.")
        missing = [name for name, value in values.items() if not value]
        if missing:
            there = ", ".join(name for name, value in values.items() if value)
            raise ConfigurationError(f"{there} is set and {', '.join(missing)} is not; set all three or none.")
        options = SessionOptions()
        session_name = self._environ.get(SESSION_NAME, "").strip()
        if session_name:
            options = replace(options, session_name=session_name)
        role_arn, provider_arn, token_file = values.values()
        reach = at_sts(self._reach, self._environ)
        self._found = OidcRoleSource(reach, role_arn, provider_arn, token_file, options)
        return (yield from self._found.obtain())

    def identity(self) -> Hashable:
        """Return the variables and where STS is."""
        names = (ROLE_ARN, PROVIDER_ARN, TOKEN_FILE, SESSION_NAME, STS_REGION, VPC_ENDPOINT)
        return ("oidc_environment", repr(self._reach.endpoints), values_of(self._environ, *names))

    def secrets(self) -> Iterable[str]:
        """Return the token that was read last."""
        return self._found.secrets() if self._found else ()
