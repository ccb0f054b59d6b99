"""An IAM user and its password: IAM answers the login with a token.

Vendor page: *Obtaining a User Token Through Password Authentication*. A token lives for 24 hours and proves itself; a
HUAWEI ID account cannot log in this way. Several wrong passwords lock the user for a while, so a refused login is never
repeated within a call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable

from airflow_provider_cloudflows.auth.assuming import request_of
from airflow_provider_cloudflows.auth.base import Credential, Token, Unsigned, expiry
from airflow_provider_cloudflows.auth.huawei.keys import key_text
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.errors import AuthenticationFailed
from airflow_provider_cloudflows.services.iam import IAM, CreateToken
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["PasswordSource"]

ADVICE = (
    "check user, password and account name in the connection; several wrong passwords lock the user for a while, and "
    "a HUAWEI ID account cannot log in this way"
)


class PasswordSource:
    """A token of one IAM user.

    :param reach: how IAM is reached.
    :param user_name: IAM user, not the account itself.
    :param password: the user's password.
    :param domain_name: account that the user belongs to.
    :param project_id: what the token is good for, a project by id.
    :param project_name: what the token is good for, a project by name.

    Without a project the token is good for the account.
    """

    def __init__(
        self,
        reach: Reach,
        user_name: str,
        password: str,
        domain_name: str,
        *,
        project_id: str | None = None,
        project_name: str | None = None,
    ) -> None:
        self._password = password
        self._origin = f"password of IAM user {user_name}"
        self._request = request_of(
            CreateToken,
            self._origin,
            user_name=user_name,
            password=password,
            domain_name=domain_name,
            project_id=project_id,
            project_name=project_name,
        )
        self._endpoint = reach.endpoints.origin(IAM)
        self._client = reach.client(Unsigned((password,)))

    def obtain(self) -> Flow[Credential]:
        """Return a new token."""
        try:
            answer = yield from self._client.flow(self._request)
        except AuthenticationFailed as refused:
            refused.advice = ADVICE
            raise
        token, project = answer.token, answer.token.project
        return Credential(
            Token(key_text(answer.subject_token.get_secret_value(), "the token in the answer of IAM")),
            self._origin,
            expiry(token.expires_at, self._client.clock_difference),
            project.id if project else None,
        )

    def identity(self) -> Hashable:
        """Return who logs in where and for what; of the password a digest: another one is another identity."""
        secret = hashlib.sha256(f"{self._request!r}\0{self._password}".encode("utf-8", "surrogatepass")).hexdigest()
        return ("password", self._endpoint, repr(self._request), secret)

    def secrets(self) -> Iterable[str]:
        """Return the password."""
        return (self._password,)
