"""The order in which Huawei Cloud's own SDK looks for a credential when nobody names one."""

from __future__ import annotations

import os
from collections.abc import Mapping

from airflow_provider_cloudflows.auth.chain import Chain
from airflow_provider_cloudflows.auth.huawei.ecs_agency import EcsAgencySource
from airflow_provider_cloudflows.auth.huawei.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.huawei.oidc_agency import OidcAgencyFromEnvironment
from airflow_provider_cloudflows.auth.huawei.pod_identity import PodIdentitySource
from airflow_provider_cloudflows.auth.huawei.profile import ProfileSource
from airflow_provider_cloudflows.auth.reach import Reach

__all__ = ["default_chain"]

ADVICE = "Enter AK and SK in the connection, choose another Credential there, or set up one of these"


def default_chain(reach: Reach, *, allow_v1: bool = False, environ: Mapping[str, str] = os.environ) -> Chain:
    """Return the SDK's chain. Unlike there, a source that is configured and fails ends the search.

    :param reach: how IAM, STS, the metadata service and the pod identity agent are reached;
        ``HUAWEICLOUD_SDK_IAM_ENDPOINT`` and ``HUAWEICLOUD_SDK_STS_ENDPOINT`` count where the connection names no host.
    :param allow_v1: use version 1 of the metadata service, as the SDK does, where version 2 hands out no token.
    :param environ: the variables; those of this process by default, read whenever a credential is obtained.
    """
    return Chain(
        [
            ("OIDC agency", OidcAgencyFromEnvironment(reach, environ)),
            ("environment variables", EnvironmentSource(reach, environ)),
            ("profile file", ProfileSource(reach, environ=environ)),
            ("ECS agency", EcsAgencySource(reach, allow_v1=allow_v1)),
            ("pod identity", PodIdentitySource(reach, environ=environ)),
        ],
        ADVICE,
    )
