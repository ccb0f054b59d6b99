"""Who is calling? The STS of both clouds.

Vendor pages: Alibaba STS *GetCallerIdentity* (2015-04-01) and Huawei STS *GetCallerIdentity* (v5). Neither needs a
permission, which makes them the cheapest proof that a credential works.
"""

from __future__ import annotations

from typing import ClassVar

from airflow_provider_cloudflows.services.base import Call, Response, Service
from airflow_provider_cloudflows.services.rest import GATEWAY_ERRORS as HUAWEI_ERRORS
from airflow_provider_cloudflows.services.rest import RestRequest, regional_host
from airflow_provider_cloudflows.services.rpc import GATEWAY_ERRORS as ALIBABA_ERRORS
from airflow_provider_cloudflows.services.rpc import Place, RpcRequest, RpcResponse
from airflow_provider_cloudflows.transport.outcome import Effect

__all__ = [
    "ALIBABA_STS",
    "HUAWEI_STS",
    "AlibabaIdentity",
    "GetAlibabaCallerIdentity",
    "GetHuaweiCallerIdentity",
    "HuaweiIdentity",
]


def _alibaba_host(region: str | None, vpc: bool) -> str:
    if not region:
        return "sts.aliyuncs.com"
    return f"sts{'-vpc' if vpc else ''}.{region}.aliyuncs.com"


ALIBABA_STS = Service("sts", "STS", _alibaba_host, ALIBABA_ERRORS)
HUAWEI_STS = Service("sts", "STS", regional_host("sts", "STS"), HUAWEI_ERRORS)


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
