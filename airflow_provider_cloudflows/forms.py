"""The connection types and the fields of their forms, each declared here once.

Airflow 3.2 and newer reads them as ``conn-fields``, and the hooks build the form of Airflow 3.1 from the same tables.
The name of every secret field is one that Airflow masks by itself. Every process of Airflow reads this, so it imports
nothing.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ALIBABA_AUTH_TYPES",
    "ALIBABA_DEFAULT_CONNECTION",
    "ALIBABA_TYPE",
    "CLOUD_OF_TYPE",
    "EXISTING_ALIBABA_TYPE",
    "EXISTING_HUAWEI_TYPE",
    "FIELD_USE",
    "FORM_BEHAVIOUR",
    "FORM_FIELDS",
    "HUAWEI_AUTH_TYPES",
    "HUAWEI_DEFAULT_CONNECTION",
    "HUAWEI_TYPE",
]

ALIBABA_TYPE = "cloudflows_alibaba"
HUAWEI_TYPE = "cloudflows_huawei"

# The types of the providers that exist for the two clouds; their connections are read too.
EXISTING_ALIBABA_TYPE = "alibaba_cloud"
EXISTING_HUAWEI_TYPE = "huaweicloud"

CLOUD_OF_TYPE = {
    ALIBABA_TYPE: "Alibaba Cloud",
    EXISTING_ALIBABA_TYPE: "Alibaba Cloud",
    "adb_spark": "Alibaba Cloud",
    "maxcompute": "Alibaba Cloud",
    "oss": "Alibaba Cloud",
    HUAWEI_TYPE: "Huawei Cloud",
    EXISTING_HUAWEI_TYPE: "Huawei Cloud",
    "dws": "Huawei Cloud",
}
"""Whose keys a connection holds, by its type: ours and those of the existing Alibaba and Huawei providers."""

ALIBABA_DEFAULT_CONNECTION = "alibabacloud_default"
HUAWEI_DEFAULT_CONNECTION = "huaweicloud_default"

ALIBABA_AUTH_TYPES = {
    "auto": "Automatic: the keys in Standard Fields, else the default chain",
    "access_key": "AccessKey",
    "session_token": "Temporary AccessKey with security token",
    "ram_role": "Assume a RAM role",
    "oidc_role": "RAM role for an OIDC token",
    "ecs_ram_role": "RAM role of this ECS instance",
    "credentials_uri": "Credentials URI",
    "cli_profile": "Profile of the Alibaba Cloud CLI",
    "ini_profile": "Profile in credentials.ini",
    "environment": "Environment variables",
}
"""Where an Alibaba Cloud credential can come from, in the order and the words of the form."""

HUAWEI_AUTH_TYPES = {
    "auto": "Automatic: the keys in Standard Fields, else the default chain",
    "access_key": "AK and SK",
    "temporary_key": "Temporary AK and SK with security token",
    "token": "X-Auth-Token",
    "password": "IAM user and password",
    "agency": "Assume an agency (IAM)",
    "sts_agency": "Assume an agency (STS v5)",
    "oidc_federation": "Identity provider and ID token (IAM)",
    "oidc_agency": "Agency for an ID token (STS v5)",
    "ecs_agency": "Agency of this ECS instance",
    "pod_identity": "Pod identity (CCE)",
    "profile": "Profile file",
    "environment": "Environment variables",
}
"""Where a Huawei Cloud credential can come from, in the order and the words of the form."""

Field = dict[str, Any]

CREDENTIALS = "Region and credentials"
ROLE = "Role to assume"
AGENCY = "Agency to assume"
LOGIN = "IAM user"
IDENTITY_PROVIDER = "Identity provider (OIDC)"
MACHINE = "Files and services of the machine"
ENDPOINTS = "Endpoints"
NETWORK = "Network"

# Airflow keeps every field that was shown in the connection, touched or not. So a field has a default only where
# the person who fills in the form should see it; the others are empty and the hook knows what that means.


def _field(section: str, label: str, description: str, kind: str, schema: dict[str, Any]) -> Field:
    return {
        "label": label,
        "description": description,
        "schema": {"type": [kind, "null"], **schema, "section": section},
    }


def _text(section: str, label: str, description: str, **schema: Any) -> Field:
    return _field(section, label, description, "string", schema)


def _secret(section: str, label: str, description: str) -> Field:
    return _text(section, label, description, format="password")


def _json(section: str, label: str, description: str) -> Field:
    return _text(section, label, description, format="multiline")


def _flag(section: str, label: str, description: str) -> Field:
    return _field(section, label, description, "boolean", {"default": False})


def _seconds(section: str, label: str, description: str, **schema: Any) -> Field:
    return _field(section, label, description, "number", schema)


def _lifetime(section: str, most: int) -> Field:
    description = f"How long the temporary keys live, 900 to {most} seconds; 3600 when empty."
    return _field(section, "Duration", description, "integer", {"minimum": 900, "maximum": most})


def _choice(section: str, label: str, description: str, choices: dict[str, str], default: str) -> Field:
    return _text(section, label, description, enum=list(choices), values_display=choices, default=default)


def _endpoint(service: str, host: str) -> Field:
    return _text(ENDPOINTS, f"{service} endpoint", f"Overrides the address of {service} alone; normally {host}.")


EVERYWHERE = _text(
    ENDPOINTS,
    "Endpoint for all services",
    "Scheme, host and port that answer for every service, for example a sandbox; empty uses the vendor's hosts.",
)
ALLOW_HTTP = _flag(
    ENDPOINTS,
    "Allow plain HTTP",
    "Accept http:// addresses of other machines; whoever is on the way can read what travels there.",
)
ALLOW_IMDS_V1 = _flag(
    MACHINE,
    "Allow metadata without a token",
    "Ask the metadata service in its older way when it hands out no token; any program on the machine could do that.",
)

NETWORK_FIELDS: dict[str, Field] = {
    "proxy": _secret(
        NETWORK, "Proxy", "URL of an HTTP proxy, which may hold a password; empty reads HTTPS_PROXY and NO_PROXY."
    ),
    "ca_bundle": _text(NETWORK, "CA bundle", "File of CA certificates to trust instead of the default ones."),
    "timeout": _seconds(NETWORK, "Timeout", "Seconds that one call may take in total; 90 when empty.", minimum=1),
    "connect_timeout": _seconds(
        NETWORK, "Connect timeout", "Seconds to wait for a connection; 10 when empty.", minimum=1
    ),
    "requests_per_day": _field(
        NETWORK,
        "Requests per day",
        "How many calls a day the account may make; a wait that would need more is refused before its work is started.",
        "integer",
        {"minimum": 1},
    ),
}

ALIBABA_FIELDS: dict[str, Field] = {
    "region": _text(
        CREDENTIALS,
        "Region",
        "Region id, such as cn-hangzhou; DataWorks needs one. Any id of the vendor is accepted.",
        examples=["cn-hangzhou", "cn-shanghai", "cn-beijing", "ap-southeast-1", "eu-central-1", "us-east-1"],
    ),
    "auth_type": _choice(
        CREDENTIALS,
        "Credential",
        "Where the credential comes from. The help text of a field names the choices it belongs to.",
        ALIBABA_AUTH_TYPES,
        "auto",
    ),
    "security_token": _secret(CREDENTIALS, "Security token", "The token that came with a temporary AccessKey."),
    "role_arn": _text(
        ROLE,
        "Role ARN",
        "For example acs:ram::1234567890123456:role/etl. Several, parted by commas, are assumed one after the other.",
    ),
    "role_session_name": _text(ROLE, "Session name", "Who uses the role, for the audit log; airflow when empty."),
    "role_duration": _lifetime(ROLE, 43200),
    "role_external_id": _text(ROLE, "External ID", "What the trust policy of a role in another account may demand."),
    "role_policy": _json(ROLE, "Session policy", "JSON that narrows the permissions of the role."),
    "oidc_provider_arn": _text(
        IDENTITY_PROVIDER, "OIDC provider ARN", "For example acs:ram::1234567890123456:oidc-provider/k8s."
    ),
    "oidc_file": _text(
        IDENTITY_PROVIDER, "OIDC token file", "File that holds the current OIDC token; it is read at each renewal."
    ),
    "ecs_role": _text(MACHINE, "ECS role name", "Name of the instance's role; empty asks the metadata service."),
    "allow_imds_v1": ALLOW_IMDS_V1,
    "credentials_uri": _text(
        MACHINE, "Credentials URI", "Address that answers with temporary keys as JSON; https://, or on this machine."
    ),
    "profile": _text(
        MACHINE, "Profile", "Name of the profile; empty takes ALIBABA_CLOUD_PROFILE, else the file's own default."
    ),
    "profile_file": _text(
        MACHINE, "Profile file", "Empty reads ~/.aliyun/config.json, or ~/.alibabacloud/credentials.ini for that kind."
    ),
    "endpoint": EVERYWHERE,
    "use_vpc_endpoints": _flag(
        ENDPOINTS, "Use VPC endpoints", "Call the hosts that are reachable from inside an Alibaba Cloud VPC."
    ),
    "allow_http": ALLOW_HTTP,
    "dataworks_endpoint": _endpoint("DataWorks", "dataworks.{region}.aliyuncs.com"),
    "bpstudio_endpoint": _endpoint("BPStudio", "bpstudio.cn-hangzhou.aliyuncs.com"),
    "sts_endpoint": _endpoint("STS", "sts.{region}.aliyuncs.com"),
    **NETWORK_FIELDS,
}

HUAWEI_FIELDS: dict[str, Field] = {
    "region": _text(
        CREDENTIALS,
        "Region",
        "Region id, such as cn-north-4; every service needs one. Any id of the vendor is accepted.",
        examples=[
            "cn-north-4",
            "cn-southwest-2",
            "cn-east-3",
            "ap-southeast-1",
            "ap-southeast-3",
            "eu-west-101",
        ],
    ),
    "project_id": _text(CREDENTIALS, "Project ID", "Empty asks IAM for the project of the region."),
    "auth_type": _choice(
        CREDENTIALS,
        "Credential",
        "Where the credential comes from. The help text of a field names the choices it belongs to.",
        HUAWEI_AUTH_TYPES,
        "auto",
    ),
    "security_token": _secret(CREDENTIALS, "Security token", "The token that came with a temporary AK and SK."),
    "x_auth_token": _secret(
        CREDENTIALS,
        "X-Auth-Token",
        "A token from IAM instead of AK and SK; it is not renewed and lives up to 24 hours.",
    ),
    "workspace_id": _text(CREDENTIALS, "SecMaster workspace ID", "Workspace that SecMaster operators use by default."),
    "domain_name": _text(
        LOGIN, "Account name", "Account (domain) of the IAM user, whose name and password go into Standard Fields."
    ),
    "login_scope": _choice(
        LOGIN,
        "Scope of the login",
        "What the token is good for. SecMaster and DataArts Fabric need a project.",
        {"project": "The project of the region", "account": "The whole account"},
        "project",
    ),
    "agency_name": _text(AGENCY, "Agency name", "Name of the agency."),
    "agency_domain_name": _text(AGENCY, "Account name of the agency", "Account (domain) that delegates to you."),
    "agency_domain_id": _text(AGENCY, "Account ID of the agency", "Instead of the account's name."),
    "agency_urn": _text(AGENCY, "Agency URN", "For example iam::d0a1b2c3d4e5f60718293a4b5c6d7e8f:agency:etl."),
    "agency_session_name": _text(AGENCY, "Session name", "Who uses the agency, for the audit log; airflow when empty."),
    "agency_duration": _lifetime(AGENCY, 86400),
    "agency_external_id": _text(
        AGENCY, "External ID", "What the trust policy of an agency in another account may demand."
    ),
    "agency_policy": _json(AGENCY, "Session policy", "JSON that narrows the permissions of the agency."),
    "idp_id": _text(IDENTITY_PROVIDER, "Identity provider ID", "Name of the identity provider in IAM."),
    "oidc_provider_urn": _text(
        IDENTITY_PROVIDER,
        "OIDC provider URN",
        "For example iam::d0a1b2c3d4e5f60718293a4b5c6d7e8f:oidc-provider:k8s.",
    ),
    "oidc_file": _text(
        IDENTITY_PROVIDER, "ID token file", "File that holds the current ID token; it is read at each renewal."
    ),
    "allow_imds_v1": ALLOW_IMDS_V1,
    "profile": _text(MACHINE, "Profile", "Section of the file: basic or global; empty takes the first that is there."),
    "profile_file": _text(MACHINE, "Profile file", "Empty reads ~/.huaweicloud/credentials."),
    "endpoint": EVERYWHERE,
    "allow_http": ALLOW_HTTP,
    "secmaster_endpoint": _endpoint("SecMaster", "secmaster.{region}.myhuaweicloud.com"),
    "fabric_endpoint": _endpoint("DataArts Fabric", "fabric.{region}.myhuaweicloud.com"),
    "fabric_ep_endpoint": _endpoint("DataArts Fabric data plane", "fabric-ep.{region}.myhuaweicloud.com"),
    "iam_endpoint": _endpoint("IAM", "iam.{region}.myhuaweicloud.com"),
    "sts_endpoint": _endpoint("STS", "sts.{region}.myhuaweicloud.com"),
    **NETWORK_FIELDS,
}

FIELD_USE: dict[str, dict[str, tuple[str, ...]]] = {
    ALIBABA_TYPE: {
        "security_token": ("auto", "access_key", "session_token", "ram_role"),
        "role_arn": ("ram_role", "oidc_role"),
        "role_session_name": ("ram_role", "oidc_role"),
        "role_duration": ("ram_role", "oidc_role"),
        "role_external_id": ("ram_role",),
        "role_policy": ("ram_role", "oidc_role"),
        "oidc_provider_arn": ("oidc_role",),
        "oidc_file": ("oidc_role",),
        "ecs_role": ("ecs_ram_role",),
        "credentials_uri": ("credentials_uri",),
        "profile": ("cli_profile", "ini_profile"),
        "profile_file": ("cli_profile", "ini_profile"),
    },
    HUAWEI_TYPE: {
        "security_token": ("auto", "access_key", "temporary_key", "agency", "sts_agency"),
        "x_auth_token": ("auto", "token", "agency"),
        "domain_name": ("password",),
        "agency_name": ("agency",),
        "agency_domain_name": ("agency",),
        "agency_domain_id": ("agency",),
        "agency_urn": ("sts_agency", "oidc_agency"),
        "agency_session_name": ("agency", "sts_agency", "oidc_agency"),
        "agency_duration": ("agency", "sts_agency", "oidc_agency"),
        "agency_external_id": ("sts_agency",),
        "agency_policy": ("agency", "sts_agency", "oidc_agency"),
        "idp_id": ("oidc_federation",),
        "oidc_provider_urn": ("oidc_agency",),
        "oidc_file": ("oidc_federation", "oidc_agency"),
        "profile": ("profile",),
        "profile_file": ("profile",),
    },
}
"""Which values of ``auth_type`` use a field; the fields that are not here go with every one."""


def _with_use(fields: dict[str, Field], use: dict[str, tuple[str, ...]], choices: dict[str, str]) -> dict[str, Field]:
    """Return ``fields`` whose help texts name the choices that use them: the form cannot hide the others."""
    return {
        name: field | {"description": f"{field['description']} {_used_with(use[name], choices)}"}
        if name in use
        else field
        for name, field in fields.items()
    }


def _used_with(auth_types: tuple[str, ...], choices: dict[str, str]) -> str:
    # The form of Airflow 3.1, and whoever writes JSON, knows the choices by their keys.
    titles = [f"“{choices[one].partition(':')[0]}” ({one})" for one in auth_types]
    listed = " and ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles)
    return f"Goes with {listed}."


FORM_FIELDS: dict[str, dict[str, Field]] = {
    ALIBABA_TYPE: _with_use(ALIBABA_FIELDS, FIELD_USE[ALIBABA_TYPE], ALIBABA_AUTH_TYPES),
    HUAWEI_TYPE: _with_use(HUAWEI_FIELDS, FIELD_USE[HUAWEI_TYPE], HUAWEI_AUTH_TYPES),
}
"""Form fields that are stored in a connection's extra, by connection type."""

# Airflow 3.3.1 and 3.3.2 answer the Test button with "Bad Request" for every connection that was saved without a port
# (apache/airflow#73298), so the form shows a field that neither cloud has.
PORT_LABEL = "Port (not used)"
PORT_PLACEHOLDER = "0 lets the Test button work on Airflow 3.3.1 and 3.3.2"

FORM_BEHAVIOUR: dict[str, dict[str, Any]] = {
    ALIBABA_TYPE: {
        "hidden-fields": ["host", "schema"],
        "relabeling": {"login": "AccessKey ID", "password": "AccessKey Secret", "port": PORT_LABEL},
        "placeholders": {
            "login": "LTAI5t…, or empty for other credentials",
            "password": "Secret of the AccessKey",
            "port": PORT_PLACEHOLDER,
        },
    },
    HUAWEI_TYPE: {
        "hidden-fields": ["host", "schema"],
        "relabeling": {
            "login": "AK or IAM user",
            "password": "SK or password",
            "port": PORT_LABEL,
        },
        "placeholders": {
            "login": "HPUA…, an IAM user, or empty for other credentials",
            "password": "SK, or the password of the IAM user",
            "port": PORT_PLACEHOLDER,
        },
    },
}
"""How the standard fields of the form look, by connection type."""
