"""Create a SecMaster workflow for alerts.

What must exist beforehand comes from the DAG's params; their defaults are what the sandbox is born with.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator

with DAG(
    dag_id="example_secmaster",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    tags=["cloudflows", "example"],
    params={"secmaster_workspace_id": "f44065f5-557b-4376-ae02-8c65ef1960f4", "dataclass_name": "Alert"},
):
    # [START create_secmaster_workflow]
    create_workflow = CreateSecMasterWorkflowOperator(
        task_id="create_workflow",
        workspace_id="{{ params.secmaster_workspace_id }}",
        name="contain_{{ dag_run.run_after | ts_nodash }}",
        aop_type="HEMOSTASIS",
        dataclass_name="{{ params.dataclass_name }}",
        labels="IP",
    )
    # [END create_secmaster_workflow]
