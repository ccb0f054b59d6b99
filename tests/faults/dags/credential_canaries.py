"""One task for each way to obtain a credential; each creates something."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator

ALIBABA = ("ram_role", "oidc_role", "credentials_uri", "ecs_ram_role")
HUAWEI = ("password", "agency", "sts_agency", "oidc_federation", "oidc_agency", "ecs_agency", "pod_identity")
SOON = {"retries": 2, "retry_delay": timedelta(seconds=0)}

with DAG("credential_canaries", schedule=None, default_args=SOON):
    for auth_type in ALIBABA:
        CreateBusinessOperator(
            task_id=auth_type,
            business_name=f"canary-{auth_type}",
            project_id=10000,
            settle=0,
            alibabacloud_conn_id=f"canary_{auth_type}",
        )
    for auth_type in HUAWEI:
        CreateFabricWorkspaceOperator(
            task_id=auth_type,
            name=f"canary-{auth_type}".replace("_", "-"),
            settle=0,
            huaweicloud_conn_id=f"canary_{auth_type}",
        )
