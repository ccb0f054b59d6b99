"""Which STS a role of the environment or of a profile is assumed at, where the connection does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from airflow_provider_cloudflows.auth.alibaba.environment import is_on
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.errors import ConfigurationError

__all__ = ["STS_REGION", "VPC_ENDPOINT", "at_sts"]

STS_REGION = "ALIBABA_CLOUD_STS_REGION"
VPC_ENDPOINT = "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"


def at_sts(
    reach: Reach, environ: Mapping[str, str], region: str | None = None, vpc: bool | None = None, where: str = ""
) -> Reach:
    """Return ``reach`` with the region whose STS is asked.

    :param environ: ``ALIBABA_CLOUD_STS_REGION`` counts when neither a profile nor the connection names a region,
        ``ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED`` when the profile does not speak of the VPC.
    :param region: a profile's own region for STS, which is stronger than the connection's region.
    :param vpc: a profile's own word on the hosts inside the vendor's network.
    :param where: the profile, for the message.
    """
    endpoints = reach.endpoints
    if not region and endpoints.region:
        return reach
    name, chosen = (f"sts_region of {where}", region) if region else (STS_REGION, environ.get(STS_REGION, "").strip())
    inside = endpoints.vpc or is_on(environ, VPC_ENDPOINT) if vpc is None else vpc
    try:
        return replace(reach, endpoints=replace(endpoints, region=chosen or None, vpc=inside))
    except ConfigurationError:
        raise ConfigurationError(f"The region in {name} is not an id such as cn-hangzhou; correct it.") from None
