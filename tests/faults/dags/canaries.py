"""Tasks that fail, retry and succeed under connections whose every secret is recognizable."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

SOON = {"retries": 1, "retry_delay": timedelta(seconds=0)}

with DAG("canaries", schedule=None, default_args=SOON):
    for cloud in ("session", "proxy"):
        CreateBusinessOperator(
            task_id=f"business_{cloud}",
            business_name=f"canary-{cloud}",
            project_id=10000,
            settle=0,
            alibabacloud_conn_id=f"canary_alibaba_{cloud}",
        )
        CreateSecMasterWorkflowOperator(
            task_id=f"workflow_{cloud}",
            name=f"canary-{cloud}",
            aop_type="NORMAL",
            dataclass_name="Alert",
            settle=0,
            huaweicloud_conn_id=f"canary_huawei_{cloud}",
        )
    CreateBPStudioTaskOperator(
        task_id="task",
        task_name="canary",
        app_id="JXT3MLZJ56SANDBX",
        process_id="P3KTG43SW7SANDBX",
        alibabacloud_conn_id="canary_alibaba_session",
    )
    CreateFabricWorkspaceOperator(task_id="token", name="canary", settle=0, huaweicloud_conn_id="canary_huawei_token")
