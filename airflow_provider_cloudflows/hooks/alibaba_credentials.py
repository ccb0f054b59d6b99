"""Which credential an Alibaba Cloud connection means: its ``auth_type`` and the fields that belong to it."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_cloudflows.auth.alibaba.assume_role import in_chain
from airflow_provider_cloudflows.auth.alibaba.cli_profile import CliProfileSource
from airflow_provider_cloudflows.auth.alibaba.credentials_uri import CredentialsUriSource
from airflow_provider_cloudflows.auth.alibaba.default_chain import default_chain
from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleSource
from airflow_provider_cloudflows.auth.alibaba.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.alibaba.ini_profile import IniProfileSource
from airflow_provider_cloudflows.auth.alibaba.oidc_role import OidcRoleSource
from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, Source
from airflow_provider_cloudflows.auth.reach import Expected, Reach
from airflow_provider_cloudflows.auth.static import FixedSource
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.forms import ALIBABA_AUTH_TYPES, ALIBABA_TYPE
from airflow_provider_cloudflows.hooks.connection import ConnectionFields

__all__ = ["source_of"]


def source_of(fields: ConnectionFields, reach: Reach) -> Source:
    """Return where the credential of the connection ``fields`` comes from.

    :raises ConfigurationError: a field is missing, or belongs to another ``auth_type``.
    """
    auth_type = fields.choice("auth_type", ALIBABA_AUTH_TYPES, "auto")
    fields.check_use(ALIBABA_TYPE, auth_type)
    return SOURCES[auth_type](fields, reach)


def _auto(fields: ConnectionFields, reach: Reach) -> Source:
    """The keys of the connection if it has any, else the vendor's default chain."""
    if _key_id(fields) or _secret(fields):
        return _access_key(fields, reach)
    return default_chain(reach, allow_v1=fields.flag("allow_imds_v1"))


def _access_key(fields: ConnectionFields, reach: Reach) -> Source:
    key_id, secret = _key_id(fields), _secret(fields)
    if not key_id or not secret:
        raise ConfigurationError(
            f"The connection {fields.conn_id!r} has no AccessKey ID and Secret; enter them as login and password."
        )
    key = AccessKey(key_id, secret, fields.get("security_token"))
    kind = "temporary AccessKey" if key.session_token else "AccessKey"
    return FixedSource(Credential(key, f"the {kind} {key_id} of the connection"))


def _session_token(fields: ConnectionFields, reach: Reach) -> Source:
    fields.required("security_token", "session_token")
    return _access_key(fields, reach)


def _ram_role(fields: ConnectionFields, reach: Reach) -> Source:
    named = fields.required("role_arn", "ram_role").split(",")
    role_arns = [role_arn.strip() for role_arn in named]
    return in_chain(reach, _auto(fields, reach), role_arns, _role_options(fields))


def _oidc_role(fields: ConnectionFields, reach: Reach) -> Source:
    return OidcRoleSource(
        reach,
        fields.required("role_arn", "oidc_role"),
        fields.required("oidc_provider_arn", "oidc_role"),
        fields.required("oidc_file", "oidc_role"),
        _role_options(fields),
    )


def _role_options(fields: ConnectionFields) -> SessionOptions:
    return SessionOptions(
        fields.network("role_session_name") or SessionOptions().session_name,
        fields.whole_number("role_duration", 900, 43200),
        fields.network("role_external_id"),
        fields.json_text("role_policy"),
    )


def _ecs_ram_role(fields: ConnectionFields, reach: Reach) -> Source:
    source = EcsRamRoleSource(reach, fields.network("ecs_role"), allow_v1=fields.flag("allow_imds_v1"))
    return Expected(source, "ECS metadata")


def _credentials_uri(fields: ConnectionFields, reach: Reach) -> Source:
    return CredentialsUriSource(reach, fields.required("credentials_uri", "credentials_uri"))


def _cli_profile(fields: ConnectionFields, reach: Reach) -> Source:
    return CliProfileSource(
        reach, fields.network("profile"), fields.network("profile_file"), allow_v1=fields.flag("allow_imds_v1")
    )


def _ini_profile(fields: ConnectionFields, reach: Reach) -> Source:
    return IniProfileSource(
        reach, fields.network("profile"), fields.network("profile_file"), allow_v1=fields.flag("allow_imds_v1")
    )


def _environment(fields: ConnectionFields, reach: Reach) -> Source:
    return EnvironmentSource()


def _key_id(fields: ConnectionFields) -> str | None:
    return fields.login or fields.get("access_key_id")


def _secret(fields: ConnectionFields) -> str | None:
    return fields.password or fields.get("access_key_secret")


SOURCES: dict[str, Callable[[ConnectionFields, Reach], Source]] = {
    "auto": _auto,
    "access_key": _access_key,
    "session_token": _session_token,
    "ram_role": _ram_role,
    "oidc_role": _oidc_role,
    "ecs_ram_role": _ecs_ram_role,
    "credentials_uri": _credentials_uri,
    "cli_profile": _cli_profile,
    "ini_profile": _ini_profile,
    "environment": _environment,
}
