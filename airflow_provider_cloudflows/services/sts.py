"""Who is calling, and as whom may I call? The STS of both clouds.

Vendor pages: Alibaba STS *GetCallerIdentity*, *AssumeRole* and *AssumeRoleWithOIDC* (2015-04-01), Huawei STS
*GetCallerIdentity*, *AssumeAgency* and *AssumeAgencyWithOIDC* (v5). To ask who is calling needs no permission, which
makes it the cheapest proof that a credential works.
"""

from __future__ import annotations

import time
import uuid
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, SecretStr

from airflow_provider_cloudflows.calls.answers import Response, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Wire
from airflow_provider_cloudflows.calls.rest import RestRequest
from airflow_provider_cloudflows.calls.rest_wire import gateway_errors as huawei_errors
from airflow_provider_cloudflows.calls.rest_wire import rest_message
from airflow_provider_cloudflows.calls.rpc import Place, RpcRequest, pascal_case
from airflow_provider_cloudflows.calls.rpc_wire import gateway_errors as alibaba_errors
from airflow_provider_cloudflows.calls.rpc_wire import rpc_message
from airflow_provider_cloudflows.calls.rules import Required, matches
from airflow_provider_cloudflows.calls.service import Service, regional_host
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Message

__all__ = [
    "ALIBABA_STS",
    "HUAWEI_STS",
    "AlibabaIdentity",
    "AssumeAgency",
    "AssumeAgencyWithOidc",
    "AssumeRole",
    "AssumeRoleWithOidc",
    "AssumedAgency",
    "AssumedRole",
    "GetAlibabaCallerIdentity",
    "GetHuaweiCallerIdentity",
    "HuaweiIdentity",
]


def _alibaba_host(region: str | None, vpc: bool) -> str:
    if not region:
        return "sts.aliyuncs.com"
    return f"sts{'-vpc' if vpc else ''}.{region}.aliyuncs.com"


ALIBABA_STS = Service("sts", "STS", _alibaba_host, alibaba_errors)
HUAWEI_STS = Service("sts", "STS", regional_host("sts", "STS"), huawei_errors)


class AlibabaIdentity(RpcResponse):
    """:param account_id: the account.
    :param arn: the principal, for example ``acs:ram::1234:user/airflow``.
    :param identity_type: ``Account``, ``RAMUser`` or ``AssumedRoleUser``."""

    account_id: str
    arn: str
    identity_type: str | None = None
    principal_id: str | None = None
    user_id: str | None = None
    role_id: str | None = None


class GetAlibabaCallerIdentity(RpcRequest, Call[AlibabaIdentity]):
    """Tell who the caller is."""

    service: ClassVar[Service] = ALIBABA_STS
    version: ClassVar[str] = "2015-04-01"
    operation: ClassVar[str] = "GetCallerIdentity"
    effect: ClassVar[Effect] = Effect.READ
    parameters_in: ClassVar[Place] = "query"


class RoleKeys(Wire):
    """Temporary keys; secrets."""

    model_config = ConfigDict(alias_generator=pascal_case)

    access_key_id: str
    access_key_secret: SecretStr
    security_token: SecretStr
    expiration: str


class AssumedRole(RpcResponse):
    """:param credentials: temporary keys of the role."""

    credentials: RoleKeys


SessionName = Annotated[str, matches(r"[\w.@=-]{2,64}", "must have 2 to 64 letters, digits and . _ - @ =")]
RoleDuration = Annotated[int, Field(ge=900, le=43200)]


class AssumeRole(RpcRequest, Call[AssumedRole]):
    """Obtain temporary keys of a RAM role.

    :param role_arn: ``acs:ram::<account id>:role/<role name>``.
    :param role_session_name: who uses the role, for the audit log.
    :param duration_seconds: 900 to 43,200, and not above the role's own limit; 3,600 by default.
    :param external_id: what the role's trust policy may demand of callers from another account.
    :param policy: JSON that narrows the role's permissions.
    """

    service: ClassVar[Service] = ALIBABA_STS
    version: ClassVar[str] = "2015-04-01"
    operation: ClassVar[str] = "AssumeRole"
    effect: ClassVar[Effect] = Effect.READ
    answers_secrets: ClassVar[bool] = True
    parameters_in: ClassVar[Place] = "query"

    role_arn: Annotated[str, Required]
    role_session_name: SessionName
    duration_seconds: RoleDuration | None = None
    external_id: str | None = None
    policy: str | None = None


class AssumeRoleWithOidc(RpcRequest, Call[AssumedRole]):
    """Obtain temporary keys of a RAM role for a token of an identity provider; the request is not signed.

    :param role_arn: ``acs:ram::<account id>:role/<role name>``.
    :param oidc_provider_arn: ``acs:ram::<account id>:oidc-provider/<provider name>``.
    :param oidc_token: the provider's token; a secret.
    :param role_session_name: who uses the role, for the audit log.
    :param duration_seconds: 900 to 43,200, and not above the role's own limit; 3,600 by default.
    :param policy: JSON that narrows the role's permissions.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    service: ClassVar[Service] = ALIBABA_STS
    version: ClassVar[str] = "2015-04-01"
    operation: ClassVar[str] = "AssumeRoleWithOIDC"
    effect: ClassVar[Effect] = Effect.READ
    answers_secrets: ClassVar[bool] = True

    role_arn: Annotated[str, Required]
    oidc_provider_arn: Annotated[str, Required] = Field(alias="OIDCProviderArn")
    oidc_token: SecretStr = Field(alias="OIDCToken")
    role_session_name: SessionName
    duration_seconds: RoleDuration | None = None
    policy: str | None = None

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize as the official SDK does without a key: action, version and time travel in the query too."""
        parameters = self.model_dump(by_alias=True, exclude_none=True)
        envelope = {
            "Action": self.operation,
            "Format": "json",
            "Version": self.version,
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "SignatureNonce": uuid.uuid4().hex,
            "OIDCToken": self.oidc_token.get_secret_value(),
        }
        return rpc_message(origin, self.operation, self.version, query=parameters | envelope)


class HuaweiIdentity(Response):
    """:param account_id: the account.
    :param principal_urn: the principal, for example ``iam::d0a1…:user:airflow``."""

    account_id: str
    principal_urn: str
    principal_id: str | None = None


class GetHuaweiCallerIdentity(RestRequest, Call[HuaweiIdentity]):
    """Tell who the caller is."""

    service: ClassVar[Service] = HUAWEI_STS
    operation: ClassVar[str] = "GetCallerIdentity"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v5/caller-identity"
    effect: ClassVar[Effect] = Effect.READ
    uses_project: ClassVar[bool] = False


class AgencyKeys(Wire):
    """Temporary keys; secrets."""

    access_key_id: str
    secret_access_key: SecretStr
    security_token: SecretStr
    expiration: str


class AssumedAgency(Response):
    """:param credentials: temporary keys of the agency."""

    credentials: AgencyKeys


class AssumeAgency(RestRequest, Call[AssumedAgency]):
    """Obtain temporary keys of an agency (a trust agency of the v5 identity policies).

    :param agency_urn: ``iam::<account id>:agency:<agency name>``.
    :param agency_session_name: who uses the agency, for the audit log.
    :param duration_seconds: 900 or more, and not above the agency's own limit; 3,600 by default.
    :param external_id: what the agency's trust policy may demand of callers from another account.
    :param policy: JSON that narrows the agency's permissions.
    """

    service: ClassVar[Service] = HUAWEI_STS
    operation: ClassVar[str] = "AssumeAgency"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v5/agencies/assume"
    effect: ClassVar[Effect] = Effect.READ
    answers_secrets: ClassVar[bool] = True
    uses_project: ClassVar[bool] = False

    agency_urn: Annotated[str, Required]
    agency_session_name: SessionName
    duration_seconds: Annotated[int, Field(ge=900)] | None = None
    external_id: str | None = None
    policy: str | None = None


class AssumeAgencyWithOidc(RestRequest, Call[AssumedAgency]):
    """Obtain temporary keys of an agency for a token of an identity provider; the request is not signed.

    :param provider_urn: ``iam::<account id>:oidc-provider:<provider name>``.
    :param agency_urn: ``iam::<account id>:agency:<agency name>``.
    :param agency_session_name: who uses the agency, for the audit log.
    :param id_token: the provider's token; a secret.
    :param duration_seconds: 900 or more, and not above the agency's own limit; 3,600 by default.
    :param policy: JSON that narrows the agency's permissions.
    :param policy_ids: ids of policies that narrow the agency's permissions.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    service: ClassVar[Service] = HUAWEI_STS
    operation: ClassVar[str] = "AssumeAgencyWithOIDC"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v5/agencies/assume-with-oidc"
    effect: ClassVar[Effect] = Effect.READ
    answers_secrets: ClassVar[bool] = True
    uses_project: ClassVar[bool] = False

    provider_urn: Annotated[str, Required]
    agency_urn: Annotated[str, Required]
    agency_session_name: SessionName
    id_token: SecretStr
    duration_seconds: Annotated[int, Field(ge=900)] | None = None
    policy: str | None = None
    policy_ids: list[str] | None = None

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request, with its secret in clear."""
        body = self.model_dump(mode="json", exclude_none=True) | {"id_token": self.id_token.get_secret_value()}
        return rest_message(self.method, origin, self.path, None, body=body)
