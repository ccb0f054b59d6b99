"""The accounts, keys, names and ids the sandbox is born with, and the keys it accepts.

The names are fixed: the example DAGs use them as defaults, so that the same file runs here and, with other
params, on the real clouds. All secrets in this module are published dummies. What is put
into an empty store is in the rooms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Cloud = Literal["alibaba", "huawei"]

KEYS_VARIABLE = "CLOUDFLOWS_SANDBOX_KEYS"

ALIBABA_ACCOUNT_ID = "1234567890123456"
ALIBABA_USER_ID = "200000000000000001"
ALIBABA_USER_NAME = "sandbox"
ALIBABA_ROLE_ID = "300000000000000001"
ALIBABA_ROLE_NAME = "sandbox-role"
ALIBABA_ROLE_SESSION = "sandbox-session"
ALIBABA_CHAINED_ROLE_NAME = "sandbox-chained-role"
ALIBABA_PARTNER_ROLE_NAME = "sandbox-partner-role"
ALIBABA_METADATA_ROLE_NAME = "sandbox-ecs-role"
ALIBABA_METADATA_SESSION = "sandbox-instance"
ALIBABA_URI_SESSION = "sandbox-uri"
ALIBABA_REGION = "cn-hangzhou"
DATAWORKS_PROJECT_ID = 10000
DATAWORKS_PROJECT_IDENTIFIER = "dw_project"
DATAWORKS_PROJECT_ID_TWO = 10001
DATAWORKS_PROJECT_IDENTIFIER_TWO = "dw_project_two"
DATAWORKS_WORKFLOW_NAME = "daily_sales"
DATAWORKS_WORKFLOW_OWNER = "200000000000000009"
DATAWORKS_WORKFLOW_ID = 200001
DATAWORKS_TASKS = {210001: "load_orders", 210002: "sum_sales"}
DATAWORKS_DI_JOB_ID = 220001
DATAWORKS_QUALITY_TASK_ID = 230001
DATAWORKS_FLOW_ID, DATAWORKS_FLOW_NAME = 200002, "month_end"
DATAWORKS_FLOW_NODES = {210011: "copy_ledger", 210012: "close_books"}
DATAWORKS_GATED_ID, DATAWORKS_GATED_NAME = 200003, "after_signal"
DATAWORKS_GATE, DATAWORKS_GATED_NODE = 210021, 210022
API_GATEWAY_GROUP_ID = "1000abcd"
OTHER_DATAWORKS_PROJECT_ID = 20000
OTHER_API_GATEWAY_GROUP_ID = "2000abcd"
BPSTUDIO_APPLICATION_ID = "JXT3MLZJ56SANDBX"
BPSTUDIO_PROCESS_ID = "P3KTG43SW7SANDBX"

HUAWEI_DOMAIN_ID = "d0a1b2c3d4e5f60718293a4b5c6d7e8f"
HUAWEI_DOMAIN_NAME = "sandbox_account"
HUAWEI_USER_ID = "e0a1b2c3d4e5f60718293a4b5c6d7e8f"
HUAWEI_USER_NAME = "sandbox_user"
HUAWEI_USER_PASSWORD = "SandboxPassword01"
HUAWEI_FEDERATED_USER_ID = "f0a1b2c3d4e5f60718293a4b5c6d7e8f"
HUAWEI_AGENCY_ID = "a9b1c2d3e4f5061728394a5b6c7d8e9f"
HUAWEI_AGENCY_NAME = "sandbox_agency"
HUAWEI_AGENCY_SESSION = "sandbox-session"
HUAWEI_PARTNER_AGENCY_NAME = "sandbox_partner_agency"
HUAWEI_METADATA_AGENCY_NAME = "sandbox_ecs_agency"
HUAWEI_METADATA_SESSION = "sandbox-instance"
HUAWEI_POD_SESSION = "sandbox-pod"
HUAWEI_REGION = "cn-north-4"
HUAWEI_PROJECT_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
HUAWEI_AMBIGUOUS_REGION = "ap-southeast-1"
HUAWEI_AMBIGUOUS_PROJECT_IDS = ("1a1b2c3d4e5f60718293a4b5c6d7e8f9", "2a1b2c3d4e5f60718293a4b5c6d7e8f9")
HUAWEI_REGION_WITHOUT_PROJECT = "cn-north-9"
SECMASTER_WORKSPACE_ID = "f44065f5-557b-4376-ae02-8c65ef1960f4"
SECMASTER_WORKSPACE_NAME = "sandbox-workspace"
SECMASTER_WORKSPACE_ID_TWO = "b7c1d0e2-6f3a-4c58-9d21-5e0f7a8b9c34"
SECMASTER_WORKSPACE_NAME_TWO = "sandbox-workspace-two"
OTHER_HUAWEI_PROJECT_ID = "3a1b2c3d4e5f60718293a4b5c6d7e8f9"
OTHER_SECMASTER_WORKSPACE_ID = "c8d2e1f3-704b-4d69-8e32-6f108b9c0d45"

EXTERNAL_ID = "sandbox-external-id"
OIDC_ISSUER = "https://idp.sandbox.example"
OIDC_AUDIENCE = "cloudflows-sandbox"
OIDC_SUBJECT = "system:serviceaccount:airflow:worker"
OIDC_SECRET = "SandboxOidcSigningSecret0000000000001"
ALIBABA_OIDC_PROVIDER_ARN = f"acs:ram::{ALIBABA_ACCOUNT_ID}:oidc-provider/sandbox-idp"
HUAWEI_IDP_ID = "sandbox-idp"
HUAWEI_OIDC_PROVIDER_URN = f"iam::{HUAWEI_DOMAIN_ID}:oidc-provider:{HUAWEI_IDP_ID}"

CREDENTIALS_URI_PATH = "/credentials-uri"
PROTECTED_CREDENTIALS_URI_PATH = "/credentials-uri/protected"
CREDENTIALS_URI_SECRET = "SandboxCredentialsUriSecret01"
POD_IDENTITY_PATH = "/pod-identity"
POD_IDENTITY_TOKEN = "SandboxPodIdentityToken01"
ISSUED_MARK = "SandboxIssued"


def alibaba_role_arn(name: str) -> str:
    """The ARN of a role of the sandbox's account."""
    return f"acs:ram::{ALIBABA_ACCOUNT_ID}:role/{name}"


def huawei_agency_urn(name: str) -> str:
    """The URN of an agency of the sandbox's account."""
    return f"iam::{HUAWEI_DOMAIN_ID}:agency:{name}"


ALIBABA_ROLE_ARN = alibaba_role_arn(ALIBABA_ROLE_NAME)
ALIBABA_CHAINED_ROLE_ARN = alibaba_role_arn(ALIBABA_CHAINED_ROLE_NAME)
ALIBABA_PARTNER_ROLE_ARN = alibaba_role_arn(ALIBABA_PARTNER_ROLE_NAME)
HUAWEI_AGENCY_URN = huawei_agency_urn(HUAWEI_AGENCY_NAME)
HUAWEI_PARTNER_AGENCY_URN = huawei_agency_urn(HUAWEI_PARTNER_AGENCY_NAME)

# Who may become what: any caller of the account, sessions of one role, the metadata service, the OIDC provider.
TRUST_ACCOUNT, TRUST_SERVICE, TRUST_OIDC = "account", "metadata service", "oidc provider"

SECMASTER_DATACLASS_IDS: dict[str, dict[str, str]] = {
    SECMASTER_WORKSPACE_ID: {
        "Alert": "e410ae50-43fa-343e-807a-a2a9edb8018e",
        "Incident": "1f0c3d5e-2b4a-3c6d-8e7f-901a2b3c4d01",
        "Indicator": "1f0c3d5e-2b4a-3c6d-8e7f-901a2b3c4d02",
        "Vulnerability": "1f0c3d5e-2b4a-3c6d-8e7f-901a2b3c4d03",
        "CommonContext": "1f0c3d5e-2b4a-3c6d-8e7f-901a2b3c4d04",
    },
    SECMASTER_WORKSPACE_ID_TWO: {
        "Alert": "7a6b5c4d-3e2f-3a1b-9c8d-0e1f2a3b4c00",
        "Incident": "7a6b5c4d-3e2f-3a1b-9c8d-0e1f2a3b4c01",
        "Indicator": "7a6b5c4d-3e2f-3a1b-9c8d-0e1f2a3b4c02",
        "Vulnerability": "7a6b5c4d-3e2f-3a1b-9c8d-0e1f2a3b4c03",
        "CommonContext": "7a6b5c4d-3e2f-3a1b-9c8d-0e1f2a3b4c04",
    },
}
OTHER_SECMASTER_DATACLASS_IDS: dict[str, str] = {
    "Alert": "8b7c6d5e-4f30-3b2c-8dae-1f203b4c5d00",
    "Incident": "8b7c6d5e-4f30-3b2c-8dae-1f203b4c5d01",
    "Indicator": "8b7c6d5e-4f30-3b2c-8dae-1f203b4c5d02",
    "Vulnerability": "8b7c6d5e-4f30-3b2c-8dae-1f203b4c5d03",
    "CommonContext": "8b7c6d5e-4f30-3b2c-8dae-1f203b4c5d04",
}


@dataclass(frozen=True, slots=True)
class Account:
    """An Alibaba account or a Huawei domain, with its one user; nothing is shared between two of them."""

    cloud: Cloud
    id: str
    name: str
    user_id: str
    user_name: str


ALIBABA_ACCOUNT = Account("alibaba", ALIBABA_ACCOUNT_ID, "sandbox", ALIBABA_USER_ID, ALIBABA_USER_NAME)
OTHER_ALIBABA_ACCOUNT = Account("alibaba", "6543210987654321", "sandbox-other", "200000000000000002", "sandbox-other")
HUAWEI_ACCOUNT = Account("huawei", HUAWEI_DOMAIN_ID, HUAWEI_DOMAIN_NAME, HUAWEI_USER_ID, HUAWEI_USER_NAME)
OTHER_HUAWEI_ACCOUNT = Account(
    "huawei",
    "d1a1b2c3d4e5f60718293a4b5c6d7e8f",
    "sandbox_other_account",
    "e1a1b2c3d4e5f60718293a4b5c6d7e8f",
    "sandbox_other_user",
)
ACCOUNTS = {
    account.id: account for account in (ALIBABA_ACCOUNT, OTHER_ALIBABA_ACCOUNT, HUAWEI_ACCOUNT, OTHER_HUAWEI_ACCOUNT)
}


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair the sandbox accepts; with ``security_token`` it is a temporary (session) key.

    It belongs to the first account of its cloud, unless ``account_id`` names another.
    """

    cloud: Cloud
    id: str
    secret: str
    security_token: str | None = None
    account_id: str = ""

    @property
    def account(self) -> Account:
        """Whose key it is."""
        return ACCOUNTS[self.account_id] if self.account_id else first_account(self.cloud)

    def __repr__(self) -> str:
        return f"AccessKey(cloud={self.cloud!r}, id={self.id!r})"


ALIBABA_KEY = AccessKey("alibaba", "LTAI5tSandboxAccessKey01", "SandboxAccessKeySecret00000001")
ALIBABA_SESSION_KEY = AccessKey(
    "alibaba", "STS.SandboxSessionKey01", "SandboxSessionSecret0000000001", "SandboxSecurityToken0001"
)
HUAWEI_KEY = AccessKey("huawei", "HPUASANDBOXKEY000001", "SandboxSecretAccessKey000000000000000001")
HUAWEI_SESSION_KEY = AccessKey(
    "huawei",
    "HSTASANDBOXKEY000001",
    "SandboxSecretAccessKey000000000000000002",
    "SandboxHuaweiSecurityToken0001",
)
OTHER_ALIBABA_KEY = AccessKey(
    "alibaba", "LTAI5tSandboxAccessKey02", "SandboxAccessKeySecret00000002", account_id=OTHER_ALIBABA_ACCOUNT.id
)
OTHER_HUAWEI_KEY = AccessKey(
    "huawei",
    "HPUASANDBOXKEY000002",
    "SandboxSecretAccessKey000000000000000003",
    account_id=OTHER_HUAWEI_ACCOUNT.id,
)
BIRTH_KEYS = (
    ALIBABA_KEY,
    ALIBABA_SESSION_KEY,
    OTHER_ALIBABA_KEY,
    HUAWEI_KEY,
    HUAWEI_SESSION_KEY,
    OTHER_HUAWEI_KEY,
)


def first_account(cloud: Cloud) -> Account:
    """The account of whoever brings no key of another one."""
    return ALIBABA_ACCOUNT if cloud == "alibaba" else HUAWEI_ACCOUNT


class InvalidKeysError(ValueError):
    """The JSON text with extra keys cannot be used."""


def parse_keys(text: str) -> tuple[AccessKey, ...]:
    """Read extra keys from the JSON text of ``CLOUDFLOWS_SANDBOX_KEYS``.

    The form is ``[{"cloud": "alibaba" | "huawei", "id": …, "secret": …, "security_token": … (optional)}]``.
    The values never appear in an error, because they may be somebody's real keys.
    """
    problem = (
        f'{KEYS_VARIABLE} must be a JSON list of objects like {{"cloud": "alibaba", "id": "...", '
        f'"secret": "..."}}, with "cloud" alibaba or huawei and an optional "security_token"'
    )
    try:
        entries = json.loads(text)
    except ValueError:
        raise InvalidKeysError(f"{problem}; it is not valid JSON.") from None
    if not isinstance(entries, list):
        raise InvalidKeysError(f"{problem}; it is not a list.")
    return tuple(_parse_key(entry, number, problem) for number, entry in enumerate(entries, start=1))


def _parse_key(entry: Any, number: int, problem: str) -> AccessKey:
    valid = (
        isinstance(entry, Mapping)
        and set(entry) <= {"cloud", "id", "secret", "security_token"}
        and {"cloud", "id", "secret"} <= set(entry)
        and entry["cloud"] in ("alibaba", "huawei")
        and all(isinstance(value, str) and value for value in entry.values())
    )
    if not valid:
        raise InvalidKeysError(f"{problem}; entry {number} is not like that.")
    return AccessKey(**entry)


def connections(url: str) -> dict[str, str]:
    """The two Airflow connections for a sandbox at ``url``: environment variable name to JSON value."""
    return _connections(url, "DEFAULT", ALIBABA_KEY, HUAWEI_KEY, SECMASTER_WORKSPACE_ID)


def other_connections(url: str) -> dict[str, str]:
    """The same for the second account of each cloud, under ``…_OTHER``."""
    return _connections(url, "OTHER", OTHER_ALIBABA_KEY, OTHER_HUAWEI_KEY, OTHER_SECMASTER_WORKSPACE_ID)


def _connections(url: str, name: str, alibaba: AccessKey, huawei: AccessKey, workspace_id: str) -> dict[str, str]:
    alibaba_connection = {
        "conn_type": "cloudflows_alibaba",
        "login": alibaba.id,
        "password": alibaba.secret,
        "extra": {"region": ALIBABA_REGION, "endpoint": url},
    }
    huawei_connection = {
        "conn_type": "cloudflows_huawei",
        "login": huawei.id,
        "password": huawei.secret,
        "extra": {"region": HUAWEI_REGION, "endpoint": url, "workspace_id": workspace_id},
    }
    return {
        f"AIRFLOW_CONN_ALIBABACLOUD_{name}": json.dumps(alibaba_connection),
        f"AIRFLOW_CONN_HUAWEICLOUD_{name}": json.dumps(huawei_connection),
    }
