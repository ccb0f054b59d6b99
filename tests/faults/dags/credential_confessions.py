"""A task that says all it knows of each way to obtain a credential, as a person does who looks for a mistake."""

from __future__ import annotations

import logging

from airflow.sdk import DAG, task

from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook

ALIBABA = ("ram_role", "oidc_role", "credentials_uri", "ecs_ram_role")
HUAWEI = ("password", "agency", "sts_agency", "oidc_federation", "oidc_agency", "ecs_agency", "pod_identity")

log = logging.getLogger(__name__)


def say_everything(auth_type: str) -> None:
    hook: CloudHook = (AlibabaCloudHook if auth_type in ALIBABA else HuaweiCloudHook)(f"canary_{auth_type}")
    log.warning("%s", hook.test_connection()[1])
    kept = hook._kept
    assert kept is not None
    assert kept.current is not None
    print(hook, vars(hook), vars(hook.get_conn()), vars(kept), kept.source, kept.current)
    for secret in kept.current.proof.secrets():
        log.warning("The secret of %s is %s", auth_type, secret)
        print(f"The secret of {auth_type} is {secret}")


@task
def confess() -> None:
    for auth_type in (*ALIBABA, *HUAWEI):
        say_everything(auth_type)


with DAG("credential_confessions", schedule=None):
    confess()
