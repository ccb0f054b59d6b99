"""An identity provider of IAM v3: its ID token is exchanged for an IAM token, and that for temporary keys.

Vendor pages: *Obtaining a Token with an OpenID Connect ID Token*, *Obtaining a Temporary Access Key and Security Token
Through a Token*. Neither request is signed: each carries its proof. The vendor's SDK calls this federation.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from pathlib import Path

from airflow_provider_cloudflows.auth.assuming import request_of
from airflow_provider_cloudflows.auth.base import Credential, Unsigned
from airflow_provider_cloudflows.auth.huawei.keys import iam_keys
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.token_file import token_in
from airflow_provider_cloudflows.errors import AuthenticationFailed
from airflow_provider_cloudflows.services.iam import IAM, CreateTemporaryAccessKeyByToken, CreateTokenWithIdToken
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["OidcFederationSource"]


class OidcFederationSource:
    """Temporary keys of whom an identity provider vouches for.

    :param reach: how IAM is reached.
    :param idp_id: name of the identity provider in IAM.
    :param id_token_file: holds the ID token and nothing else.
    :param duration: seconds that the keys live; the vendor's SDK takes six hours too.
    """

    def __init__(self, reach: Reach, idp_id: str, id_token_file: str | Path, *, duration: int = 21600) -> None:
        self._reach = reach
        self._idp_id = idp_id
        self._file = id_token_file
        self._duration = duration
        self._origin = f"identity provider {idp_id}"
        self._endpoint = reach.endpoints.origin(IAM)
        self._secrets: tuple[str, ...] = ()

    def obtain(self) -> Flow[Credential]:
        """Return new keys.

        :raises ConfigurationError: the file holds no token.
        """
        id_token = token_in(self._file, "ID token file")
        self._secrets = (id_token,)
        login = request_of(CreateTokenWithIdToken, self._origin, idp_id=self._idp_id, id_token=id_token)
        try:
            logged_in = yield from self._reach.client(Unsigned(self._secrets)).flow(login)
        except AuthenticationFailed as refused:
            refused.advice = (
                f"check the ID token in {excerpt(str(self._file))} and the identity provider {self._idp_id} in IAM"
            )
            raise
        token = logged_in.subject_token.get_secret_value()
        self._secrets = (id_token, token)
        exchange = request_of(
            CreateTemporaryAccessKeyByToken, self._origin, token=token, duration_seconds=self._duration
        )
        client = self._reach.client(Unsigned(self._secrets))
        return iam_keys((yield from client.flow(exchange)), self._origin, client)

    def identity(self) -> Hashable:
        """Return whose token is exchanged, and where."""
        return ("oidc_federation", self._endpoint, self._idp_id, str(self._file), self._duration)

    def secrets(self) -> Iterable[str]:
        """Return the tokens that were exchanged last."""
        return self._secrets
