"""Variables that the vendor's own SDK reads, as far as several sources share them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from airflow_provider_cloudflows.auth.huawei.keys import key_text
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.calls.endpoints import origin_of
from airflow_provider_cloudflows.errors import ConfigurationError

__all__ = ["IAM_ENDPOINT", "STS_ENDPOINT", "at_sdk_endpoints", "digest", "project_of", "reaching"]

PROJECT_ID = "HUAWEICLOUD_SDK_PROJECT_ID"
IAM_ENDPOINT = "HUAWEICLOUD_SDK_IAM_ENDPOINT"
STS_ENDPOINT = "HUAWEICLOUD_SDK_STS_ENDPOINT"


def at_sdk_endpoints(reach: Reach, environ: Mapping[str, str]) -> Reach:
    """Return ``reach`` with the hosts that the environment names; those of the connection are stronger."""
    for service, name in (("iam", IAM_ENDPOINT), ("sts", STS_ENDPOINT)):
        reach = reaching(reach, service, environ.get(name, "").strip(), name)
    return reach


def reaching(reach: Reach, service: str, url: str, where: str) -> Reach:
    """Return ``reach`` with ``url`` for ``service``, if it is given and the connection names no host.

    :param where: the place that ``url`` comes from, at the beginning of a sentence.
    """
    if not url or reach.endpoints.everywhere or service in reach.endpoints.overrides:
        return reach
    try:
        return reach.at(service, origin_of(url, where, allow_http=reach.allow_http))
    except ConfigurationError:
        raise ConfigurationError(
            f"{where} must be https:// and a host, for example https://{service}.cn-north-4.myhuaweicloud.com; plain "
            "http:// is for this machine, unless the connection allows it."
        ) from None


def project_of(environ: Mapping[str, str]) -> str | None:
    """Return the project that the environment names, or None."""
    project_id = environ.get(PROJECT_ID)
    return key_text(project_id, f"the variable {PROJECT_ID}") if project_id else None


def digest(environ: Mapping[str, str], *names: str) -> str:
    """Return what tells one set of values from another and shows none of them."""
    values = [environ.get(name) for name in (*names, PROJECT_ID, IAM_ENDPOINT, STS_ENDPOINT)]
    return hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()
