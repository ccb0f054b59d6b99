"""What Airflow learns about this provider without importing the rest of it.

The connection types and the fields of their forms are declared here once: Airflow 3.2 and newer reads them as
``conn-fields``, and the hooks build the form of Airflow 3.1 from the same tables. The name of every secret field is one
that Airflow masks by itself.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ALIBABA_TYPE", "FORM_BEHAVIOUR", "FORM_FIELDS", "HUAWEI_TYPE", "provider_info"]

ALIBABA_TYPE = "cloudflows_alibaba"
HUAWEI_TYPE = "cloudflows_huawei"

Field = dict[str, Any]


def _text(label: str, description: str, **schema: Any) -> Field:
    return {"label": label, "description": description, "schema": {"type": ["string", "null"], **schema}}


def _secret(label: str, description: str) -> Field:
    return _text(label, description, format="password")


def _seconds(label: str, description: str, default: int) -> Field:
    schema = {"type": ["number", "null"], "default": default, "exclusiveMinimum": 0}
    return {"label": label, "description": description, "schema": schema}


def _endpoint(service: str, host: str) -> Field:
    return _text(f"{service} endpoint", f"Overrides the address of {service} alone; normally {host}.")


NETWORK_FIELDS: dict[str, Field] = {
    "endpoint": _text(
        "Endpoint for all services",
        "Scheme, host and port that answer for every service, for example a sandbox; empty uses the vendor's hosts.",
    ),
    "proxy": _secret("Proxy", "URL of an HTTP proxy, which may hold a password; empty reads HTTPS_PROXY and NO_PROXY."),
    "ca_bundle": _text("CA bundle", "File of CA certificates to trust instead of the default ones."),
    "timeout": _seconds("Timeout", "Seconds that one call may take in total.", 90),
    "connect_timeout": _seconds("Connect timeout", "Seconds to wait for a connection.", 10),
}

ALIBABA_FIELDS: dict[str, Field] = {
    "region": _text(
        "Region",
        "Region id; any id of the vendor is accepted.",
        examples=["cn-hangzhou", "cn-shanghai", "cn-beijing", "ap-southeast-1", "eu-central-1", "us-east-1"],
    ),
    "security_token": _secret("Security token", "Only with temporary (STS) credentials."),
    "use_vpc_endpoints": {
        "label": "Use VPC endpoints",
        "description": "Call the hosts that are reachable from inside an Alibaba Cloud VPC.",
        "schema": {"type": ["boolean", "null"], "default": False},
    },
    "dataworks_endpoint": _endpoint("DataWorks", "dataworks.{region}.aliyuncs.com"),
    "bpstudio_endpoint": _endpoint("BPStudio", "bpstudio.cn-hangzhou.aliyuncs.com"),
    "sts_endpoint": _endpoint("STS", "sts.{region}.aliyuncs.com"),
    **NETWORK_FIELDS,
}

HUAWEI_FIELDS: dict[str, Field] = {
    "region": _text(
        "Region",
        "Region id; any id of the vendor is accepted.",
        examples=[
            "cn-north-4",
            "cn-southwest-2",
            "cn-east-3",
            "ap-southeast-1",
            "ap-southeast-3",
            "eu-west-101",
        ],
    ),
    "project_id": _text("Project ID", "Empty asks IAM for the project of the region."),
    "workspace_id": _text("SecMaster workspace ID", "Workspace that SecMaster operators use by default."),
    "security_token": _secret("Security token", "Only with temporary AK and SK."),
    "x_auth_token": _secret(
        "X-Auth-Token", "A token from IAM instead of AK and SK; it is not renewed and lives up to 24 hours."
    ),
    "secmaster_endpoint": _endpoint("SecMaster", "secmaster.{region}.myhuaweicloud.com"),
    "fabric_endpoint": _endpoint("DataArts Fabric", "fabric.{region}.myhuaweicloud.com"),
    "iam_endpoint": _endpoint("IAM", "iam.{region}.myhuaweicloud.com"),
    "sts_endpoint": _endpoint("STS", "sts.{region}.myhuaweicloud.com"),
    **NETWORK_FIELDS,
}

FORM_FIELDS: dict[str, dict[str, Field]] = {ALIBABA_TYPE: ALIBABA_FIELDS, HUAWEI_TYPE: HUAWEI_FIELDS}
"""Form fields that are stored in a connection's extra, by connection type."""

FORM_BEHAVIOUR: dict[str, dict[str, Any]] = {
    ALIBABA_TYPE: {
        "hidden-fields": ["host", "port", "schema"],
        "relabeling": {"login": "AccessKey ID", "password": "AccessKey Secret"},
        "placeholders": {"login": "LTAI5t…", "region": "cn-hangzhou"},
    },
    HUAWEI_TYPE: {
        "hidden-fields": ["host", "port", "schema"],
        "relabeling": {"login": "Access Key (AK)", "password": "Secret Access Key (SK)"},
        "placeholders": {"login": "HPUA…", "region": "cn-north-4"},
    },
}
"""How the standard fields of the form look, by connection type."""

PACKAGE = "airflow_provider_cloudflows"
ALIBABA = "Alibaba Cloud"
HUAWEI = "Huawei Cloud"
OPERATOR_MODULES = {
    "DataWorks": "dataworks",
    "Cloud Architect Design Tools (BPStudio)": "bpstudio",
    "SecMaster": "secmaster",
    "DataArts Fabric": "fabric",
}


def provider_info() -> dict[str, Any]:
    """Return the provider's description; Airflow validates it against ``provider_info.schema.json``."""
    from airflow_provider_cloudflows import __version__

    return {
        "package-name": "airflow-provider-cloudflows",
        "name": "Cloudflows",
        "description": (
            "Creates resources on Alibaba Cloud and Huawei Cloud: DataWorks workflows and data service groups, "
            "BPStudio tasks, SecMaster workflows and DataArts Fabric workspaces."
        ),
        "versions": [__version__],
        "integrations": [
            {"integration-name": name, "tags": ["service"]} for name in (ALIBABA, HUAWEI, *OPERATOR_MODULES)
        ],
        "connection-types": [
            _connection_type(ALIBABA_TYPE, f"{ALIBABA} (cloudflows)", f"{PACKAGE}.hooks.alibaba.AlibabaCloudHook"),
            _connection_type(HUAWEI_TYPE, f"{HUAWEI} (cloudflows)", f"{PACKAGE}.hooks.huawei.HuaweiCloudHook"),
        ],
        "hooks": [
            {"integration-name": ALIBABA, "python-modules": [f"{PACKAGE}.hooks.alibaba"]},
            {"integration-name": HUAWEI, "python-modules": [f"{PACKAGE}.hooks.huawei"]},
        ],
        "operators": [
            {"integration-name": name, "python-modules": [f"{PACKAGE}.operators.{module}"]}
            for name, module in OPERATOR_MODULES.items()
        ],
        "extra-links": [
            f"{PACKAGE}.links.dataworks.DataStudioLink",
            f"{PACKAGE}.links.dataworks.DataServiceLink",
            f"{PACKAGE}.links.bpstudio.BPStudioApplicationLink",
            f"{PACKAGE}.links.secmaster.SecMasterConsoleLink",
            f"{PACKAGE}.links.fabric.FabricConsoleLink",
        ],
    }


def _connection_type(name: str, title: str, hook_class: str) -> dict[str, Any]:
    return {
        "connection-type": name,
        "hook-class-name": hook_class,
        "hook-name": title,
        "ui-field-behaviour": FORM_BEHAVIOUR[name],
        "conn-fields": FORM_FIELDS[name],
    }
