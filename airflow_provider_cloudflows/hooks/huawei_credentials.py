"""Which credential a Huawei Cloud connection means: its ``auth_type`` and the fields that belong to it."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, Source, Token
from airflow_provider_cloudflows.auth.huawei.agency import AgencySource
from airflow_provider_cloudflows.auth.huawei.default_chain import default_chain
from airflow_provider_cloudflows.auth.huawei.ecs_agency import EcsAgencySource
from airflow_provider_cloudflows.auth.huawei.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.huawei.oidc_agency import OidcAgencySource
from airflow_provider_cloudflows.auth.huawei.oidc_federation import OidcFederationSource
from airflow_provider_cloudflows.auth.huawei.password import PasswordSource
from airflow_provider_cloudflows.auth.huawei.pod_identity import PodIdentitySource
from airflow_provider_cloudflows.auth.huawei.profile import ProfileSource
from airflow_provider_cloudflows.auth.huawei.sts_agency import StsAgencySource
from airflow_provider_cloudflows.auth.reach import Expected, Reach
from airflow_provider_cloudflows.auth.static import FixedSource
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.forms import HUAWEI_AUTH_TYPES, HUAWEI_TYPE
from airflow_provider_cloudflows.hooks.connection import ConnectionFields

__all__ = ["source_of"]

# IAM's own default is a quarter of an hour, STS's an hour; one form, one default.
DEFAULT_DURATION = 3600


def source_of(fields: ConnectionFields, reach: Reach, project_id: str | None) -> Source:
    """Return where the credential of the connection ``fields`` comes from.

    :param project_id: the project that was configured for the region in use, if any.
    :raises ConfigurationError: a field is missing, or belongs to another ``auth_type``.
    """
    auth_type = fields.choice("auth_type", HUAWEI_AUTH_TYPES, "auto")
    fields.check_use(HUAWEI_TYPE, auth_type)
    if auth_type == "password":
        return _password(fields, reach, project_id)
    return SOURCES[auth_type](fields, reach)


def _auto(fields: ConnectionFields, reach: Reach) -> Source:
    """The keys of the connection if it has any, else its token, else the vendor's default chain."""
    if fields.get("x_auth_token") and not (fields.login and fields.password):
        return _token(fields, reach)
    if fields.login or fields.password:
        return _access_key(fields, reach)
    return default_chain(reach, allow_v1=fields.flag("allow_imds_v1"))


def _access_key(fields: ConnectionFields, reach: Reach) -> Source:
    if not fields.login or not fields.password:
        raise ConfigurationError(
            f"The connection {fields.conn_id!r} has no AK and SK; enter them as login and password."
        )
    key = AccessKey(fields.login, fields.password, fields.get("security_token"))
    kind = "temporary AK" if key.session_token else "AK"
    return FixedSource(Credential(key, f"the {kind} {key.key_id} of the connection"))


def _temporary_key(fields: ConnectionFields, reach: Reach) -> Source:
    fields.required("security_token", "temporary_key")
    return _access_key(fields, reach)


def _token(fields: ConnectionFields, reach: Reach) -> Source:
    token = fields.get("x_auth_token")
    if not token:
        raise ConfigurationError(f"The connection {fields.conn_id!r} has no X-Auth-Token; fill in x_auth_token.")
    return FixedSource(Credential(Token(token), "the X-Auth-Token of the connection"))


def _password(fields: ConnectionFields, reach: Reach, project_id: str | None) -> Source:
    if not fields.login or not fields.password:
        raise ConfigurationError(
            f"The connection {fields.conn_id!r} has no IAM user and password; enter them as login and password."
        )
    for_project = fields.choice("login_scope", ("project", "account"), "project") == "project"
    if for_project and not project_id and not reach.endpoints.region:
        raise ConfigurationError(
            f"The connection {fields.conn_id!r} logs in to a project, and names none; set Region or Project ID, or "
            "choose the whole account as the scope of the login."
        )
    return PasswordSource(
        reach,
        fields.login,
        fields.password,
        fields.required("domain_name", "password"),
        project_id=project_id if for_project else None,
        project_name=reach.endpoints.region if for_project and not project_id else None,
    )


def _agency(fields: ConnectionFields, reach: Reach) -> Source:
    domain_name, domain_id = fields.network("agency_domain_name"), fields.network("agency_domain_id")
    if (domain_name is None) == (domain_id is None):
        raise ConfigurationError(
            f"The connection {fields.conn_id!r} must say whose agency it is; fill in either agency_domain_name or "
            "agency_domain_id."
        )
    options = _options(fields)
    return AgencySource(
        reach,
        _auto(fields, reach),
        fields.required("agency_name", "agency"),
        domain_name=domain_name,
        domain_id=domain_id,
        duration=options.duration,
        session_name=options.session_name,
        policy=options.policy,
    )


def _sts_agency(fields: ConnectionFields, reach: Reach) -> Source:
    agency_urn = fields.required("agency_urn", "sts_agency")
    return StsAgencySource(reach, _auto(fields, reach), agency_urn, _options(fields))


def _options(fields: ConnectionFields) -> SessionOptions:
    return SessionOptions(
        fields.network("agency_session_name") or SessionOptions().session_name,
        fields.whole_number("agency_duration", 900, 86400) or DEFAULT_DURATION,
        fields.network("agency_external_id"),
        fields.json_text("agency_policy"),
    )


def _oidc_federation(fields: ConnectionFields, reach: Reach) -> Source:
    idp_id = fields.required("idp_id", "oidc_federation")
    return OidcFederationSource(reach, idp_id, fields.required("oidc_file", "oidc_federation"))


def _oidc_agency(fields: ConnectionFields, reach: Reach) -> Source:
    return OidcAgencySource(
        reach,
        fields.required("oidc_provider_urn", "oidc_agency"),
        fields.required("agency_urn", "oidc_agency"),
        fields.required("oidc_file", "oidc_agency"),
        _options(fields),
    )


def _ecs_agency(fields: ConnectionFields, reach: Reach) -> Source:
    source = EcsAgencySource(reach, allow_v1=fields.flag("allow_imds_v1"))
    return Expected(source, "ECS metadata")


def _pod_identity(fields: ConnectionFields, reach: Reach) -> Source:
    return PodIdentitySource(reach)


def _profile(fields: ConnectionFields, reach: Reach) -> Source:
    return ProfileSource(reach, fields.network("profile_file"), fields.network("profile"))


def _environment(fields: ConnectionFields, reach: Reach) -> Source:
    return EnvironmentSource(reach)


SOURCES: dict[str, Callable[[ConnectionFields, Reach], Source]] = {
    "auto": _auto,
    "access_key": _access_key,
    "temporary_key": _temporary_key,
    "token": _token,
    "agency": _agency,
    "sts_agency": _sts_agency,
    "oidc_federation": _oidc_federation,
    "oidc_agency": _oidc_agency,
    "ecs_agency": _ecs_agency,
    "pod_identity": _pod_identity,
    "profile": _profile,
    "environment": _environment,
}
