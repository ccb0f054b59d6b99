"""Huawei Cloud IAM: tokens, temporary keys, projects and accounts.

Vendor pages: *Obtaining a User Token Through Password Authentication*, *Obtaining a Token with an OpenID Connect ID
Token*, *Obtaining a Temporary Access Key and Security Token Through an Agency* and *Through a Token*, *Querying Project
Information*. None of these calls belongs to a project; they are what tells which projects there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, SecretStr, model_validator

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document, Wire
from airflow_provider_cloudflows.calls.rest import RestRequest
from airflow_provider_cloudflows.calls.rest_wire import gateway_errors, rest_message
from airflow_provider_cloudflows.calls.rules import Required, exactly_one, matches
from airflow_provider_cloudflows.calls.service import Service, regional_host
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    NotFound,
    PermissionDenied,
)
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import ErrorTable, Refusal

__all__ = [
    "IAM",
    "CreateTemporaryAccessKeyByAgency",
    "CreateTemporaryAccessKeyByToken",
    "CreateToken",
    "CreateTokenWithIdToken",
    "CreatedTemporaryAccessKey",
    "CreatedToken",
    "Domain",
    "Domains",
    "ListAuthDomains",
    "ListAuthProjects",
    "ListProjects",
    "Project",
    "Projects",
    "ValidateToken",
    "ValidatedToken",
]


@cache
def errors() -> ErrorTable:
    """Return what the vendor's codes mean."""
    return {
        **gateway_errors(),
        "IAM.0001": AuthenticationFailed,
        "IAM.0002": PermissionDenied,
        "IAM.0003": PermissionDenied,
        "IAM.0004": NotFound,
        "IAM.006*": AuthenticationFailed,
        "IAM.008*": PermissionDenied,
    }


_regional = regional_host("iam", "IAM")


def _host(region: str | None, vpc: bool) -> str:
    return str(_regional(region, vpc)) if region else "iam.myhuaweicloud.com"


IAM = Service("iam", "IAM", _host, errors)


class IamRequest(RestRequest):
    service: ClassVar[Service] = IAM
    uses_project: ClassVar[bool] = False


class Project(Wire):
    """One project; a project is an account's share of one region."""

    id: str
    name: str | None = None
    domain_id: str | None = None
    enabled: bool | None = None


class Projects(Response):
    """:param projects: the projects."""

    projects: list[Project] = Field(default_factory=list)


class ListProjects(IamRequest, Call[Projects]):
    """List the projects of the account.

    :param name: exact name; the project that a region is born with has the region's id as its name.
    """

    operation: ClassVar[str] = "ListProjects"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v3/projects"
    effect: ClassVar[Effect] = Effect.READ

    name: str | None = None


class ListAuthProjects(IamRequest, Call[Projects]):
    """List the projects that the caller may use; needs no permission."""

    operation: ClassVar[str] = "ListAuthProjects"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v3/auth/projects"
    effect: ClassVar[Effect] = Effect.READ


class Domain(Wire):
    """One account."""

    id: str
    name: str | None = None


class Domains(Response):
    """:param domains: the accounts."""

    domains: list[Domain] = Field(default_factory=list)


class ListAuthDomains(IamRequest, Call[Domains]):
    """List the accounts that the caller may use; needs no permission."""

    operation: ClassVar[str] = "ListAuthDomains"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v3/auth/domains"
    effect: ClassVar[Effect] = Effect.READ


class User(Wire):
    """One IAM user."""

    id: str
    name: str | None = None
    domain: Domain | None = None


class TokenDetails(Wire):
    expires_at: str
    project: Project | None = None
    domain: Domain | None = None
    user: User | None = None


class CreatedToken(Response):
    """:param subject_token: the token, valid for 24 hours; a secret.
    :param token: what it is good for."""

    subject_token: SecretStr
    token: TokenDetails


class TokenRequest(IamRequest):
    """A request that is answered with a token."""

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """Any HTTP status below 300 is success; the token itself travels in a header."""
        token = reply.headers.get("x-subject-token")
        if token:
            document["subject_token"] = token
        return super().refusal(reply, document)


class ValidatedToken(Response):
    """:param token: what the token is good for, and whose it is."""

    token: TokenDetails


class ValidateToken(IamRequest, Call[ValidatedToken]):
    """Tell whose a token is, how long it lives and what it is good for.

    :param subject_token: the token in question; a secret.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    operation: ClassVar[str] = "ValidateToken"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v3/auth/tokens"
    effect: ClassVar[Effect] = Effect.READ

    subject_token: SecretStr

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request; the token travels in a header, and the endpoint catalogue is left out."""
        message = rest_message(self.method, origin, self.path, None, query={"nocatalog": "true"})
        message.headers["X-Subject-Token"] = self.subject_token.get_secret_value()
        return message


class CreateToken(TokenRequest, Call[CreatedToken]):
    """Log in as an IAM user; the request needs no credential but its own.

    :param user_name: IAM user, not the account itself.
    :param password: the user's password.
    :param domain_name: account that the user belongs to.
    :param project_id: scope of the token, one project by id.
    :param project_name: scope of the token, one project by name.

    Without a project the token is scoped to the whole account.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    operation: ClassVar[str] = "CreateToken"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v3/auth/tokens"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    user_name: Annotated[str, Required]
    password: SecretStr
    domain_name: Annotated[str, Required]
    project_id: str | None = None
    project_name: str | None = None

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize the login; the document nests, and the query asks to leave the endpoint catalogue out."""
        user: Document = {
            "name": self.user_name,
            "password": self.password.get_secret_value(),
            "domain": {"name": self.domain_name},
        }
        scope: dict[str, Any] = {"domain": {"name": self.domain_name}}
        if self.project_id or self.project_name:
            scope = {"project": {"id": self.project_id} if self.project_id else {"name": self.project_name}}
        identity = {"methods": ["password"], "password": {"user": user}}
        return rest_message(
            self.method,
            origin,
            self.path,
            None,
            query={"nocatalog": "true"},
            body={"auth": {"identity": identity, "scope": scope}},
        )


class CreateTokenWithIdToken(TokenRequest, Call[CreatedToken]):
    """Exchange the ID token of an OpenID Connect identity provider for a token without a scope.

    The request is not signed, and needs no credential but its own. A token without a scope is good for
    :class:`CreateTemporaryAccessKeyByToken`.

    :param idp_id: name of the identity provider in IAM.
    :param id_token: the provider's token; a secret.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    operation: ClassVar[str] = "CreateTokenWithIdToken"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v3.0/OS-AUTH/id-token/tokens"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    idp_id: Annotated[str, matches(r"[!-~]+", "must be printable ASCII without blanks")]
    id_token: SecretStr

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize the login; the provider is named in a header."""
        body = {"auth": {"id_token": {"id": self.id_token.get_secret_value()}}}
        message = rest_message(self.method, origin, self.path, None, body=body)
        message.headers["X-Idp-Id"] = self.idp_id
        return message


class TemporaryAccessKey(Wire):
    """Temporary keys; secrets."""

    access: str
    secret: SecretStr
    securitytoken: SecretStr
    expires_at: str


class CreatedTemporaryAccessKey(Response):
    """:param credential: temporary keys."""

    credential: TemporaryAccessKey


class TemporaryAccessKeyRequest(IamRequest):
    operation: ClassVar[str]
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v3.0/OS-CREDENTIAL/securitytokens"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT
    answers_secrets: ClassVar[bool] = True


KeyDuration = Annotated[int, Field(ge=900, le=86400)]


class CreateTemporaryAccessKeyByAgency(TemporaryAccessKeyRequest, Call[CreatedTemporaryAccessKey]):
    """Obtain temporary keys of an agency.

    :param agency_name: name of the agency.
    :param domain_name: account that the agency is in; or its id.
    :param domain_id: account that the agency is in; or its name.
    :param duration_seconds: 900 to 86,400; 900 by default.
    :param session_user: who uses the agency, for the audit log; 5 to 64 characters.
    :param policy: narrows the agency's permissions.
    """

    operation: ClassVar[str] = "CreateTemporaryAccessKeyByAgency"

    agency_name: Annotated[str, Required]
    domain_name: str | None = None
    domain_id: str | None = None
    duration_seconds: KeyDuration | None = None
    session_user: Annotated[str, matches(r".{5,64}", "must have 5 to 64 characters")] | None = None
    policy: Document | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_account(cls, data: Any) -> Any:
        return exactly_one(data, "domain_name", "domain_id") if isinstance(data, Mapping) else data

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request; the document nests."""
        names = ("agency_name", "domain_name", "domain_id", "duration_seconds")
        role = self.model_dump(include=set(names), exclude_none=True)
        if self.session_user:
            role["session_user"] = {"name": self.session_user}
        identity: Document = {"methods": ["assume_role"], "assume_role": role}
        if self.policy is not None:
            identity["policy"] = self.policy
        return rest_message(self.method, origin, self.path, None, body={"auth": {"identity": identity}})


class CreateTemporaryAccessKeyByToken(TemporaryAccessKeyRequest, Call[CreatedTemporaryAccessKey]):
    """Exchange a token for temporary keys of whom it belongs to; the request needs no credential but its own.

    :param token: the token; a secret.
    :param duration_seconds: 900 to 86,400; 900 by default.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    operation: ClassVar[str] = "CreateTemporaryAccessKeyByToken"

    token: SecretStr
    duration_seconds: KeyDuration | None = None

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request, with its secret in clear."""
        token: Document = {"id": self.token.get_secret_value()}
        if self.duration_seconds is not None:
            token["duration_seconds"] = self.duration_seconds
        identity = {"methods": ["token"], "token": token}
        return rest_message(self.method, origin, self.path, None, body={"auth": {"identity": identity}})
