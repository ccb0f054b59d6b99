"""The order in which Alibaba Cloud's own tools look for a credential when nobody names one.

Vendor page: *Manage access credentials* of the SDKs, default credential provider chain.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from airflow_provider_cloudflows.auth.alibaba.cli_profile import CliProfileSource
from airflow_provider_cloudflows.auth.alibaba.credentials_uri import CredentialsUriFromEnvironment
from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleFromEnvironment
from airflow_provider_cloudflows.auth.alibaba.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.alibaba.ini_profile import IniProfileSource
from airflow_provider_cloudflows.auth.alibaba.oidc_role import OidcRoleFromEnvironment
from airflow_provider_cloudflows.auth.chain import Chain
from airflow_provider_cloudflows.auth.reach import Reach

__all__ = ["default_chain"]

ADVICE = "Enter an access key in the connection, choose another Auth type there, or set up one of these"


def default_chain(reach: Reach, *, allow_v1: bool = False, environ: Mapping[str, str] = os.environ) -> Chain:
    """Return the vendor's chain. Unlike there, a source that is configured and fails ends the search.

    :param reach: how STS, the metadata service and a credentials URI are reached.
    :param allow_v1: the connection allows version 1 of the metadata service, which the vendor's package uses unless
        ``ALIBABA_CLOUD_IMDSV1_DISABLED`` is set; that variable counts here too.
    :param environ: the variables; those of this process by default, read whenever a credential is obtained.
    """
    return Chain(
        [
            ("environment variables", EnvironmentSource(environ)),
            ("OIDC role", OidcRoleFromEnvironment(reach, environ)),
            ("CLI profile", CliProfileSource(reach, environ=environ, allow_v1=allow_v1)),
            ("credentials file", IniProfileSource(reach, environ=environ, allow_v1=allow_v1)),
            ("ECS RAM role", EcsRamRoleFromEnvironment(reach, environ, allow_v1=allow_v1)),
            ("credentials URI", CredentialsUriFromEnvironment(reach, environ)),
        ],
        ADVICE,
    )
