"""Huawei Cloud IAM: tokens, projects and accounts.

Vendor pages: *Obtaining a User Token Through Password Authentication*, *Querying Project Information*. None of these
calls belongs to a project; they are what tells which projects there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, SecretStr

from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    CloudError,
    NotFound,
    PermissionDenied,
    ServerError,
)
from airflow_provider_cloudflows.services.base import Call, Document, Required, Response, Service, Wire
from airflow_provider_cloudflows.services.rest import (
    GATEWAY_ERRORS,
    RestRequest,
    regional_host,
    rest_message,
)
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Effect, Refusal

__all__ = [
    "IAM",
    "CreateToken",
    "CreatedToken",
    "Domain",
    "Domains",
    "ListAuthDomains",
    "ListAuthProjects",
    "ListProjects",
    "Project",
    "Projects",
]

ERRORS: Mapping[str, type[CloudError]] = {
    **GATEWAY_ERRORS,
    "IAM.0001": AuthenticationFailed,
    "IAM.0002": PermissionDenied,
    "IAM.0003": PermissionDenied,
    "IAM.0004": NotFound,
    "IAM.0006": ServerError,
    "IAM.006*": AuthenticationFailed,
    "IAM.008*": PermissionDenied,
}

_regional = regional_host("iam", "IAM")


def _host(region: str | None, vpc: bool) -> str:
    return str(_regional(region, vpc)) if region else "iam.myhuaweicloud.com"


IAM = Service("iam", "IAM", _host, ERRORS)


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


class TokenDetails(Wire):
    expires_at: str
    project: Project | None = None
    domain: Domain | None = None


class CreatedToken(Response):
    """:param subject_token: the token, valid for 24 hours; a secret.
    :param token: what it is good for."""

    subject_token: SecretStr
    token: TokenDetails


class CreateToken(IamRequest, Call[CreatedToken]):
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

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """Any HTTP status below 300 is success; the token itself travels in a header."""
        token = reply.headers.get("x-subject-token")
        if token:
            document["subject_token"] = token
        return super().refusal(reply, document)
