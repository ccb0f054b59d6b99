"""Templates that name an XCom which does not exist, a mapped task of which one name is wrong, and a good task."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator

with DAG("goes_wrong", schedule=None):
    CreateBusinessOperator(task_id="nothing", business_name="{{ ti.xcom_pull('no_such_task') }}", project_id=10000)
    CreateFabricWorkspaceOperator.partial(task_id="mapped").expand(name=["lake-1", "under_score"])
    CreateFabricWorkspaceOperator.partial(
        task_id="nothing_inside", tags={"team": "{{ ti.xcom_pull('nobody') }}"}
    ).expand(name=["lake-2"])
    CreateBusinessOperator(task_id="alright", business_name="alright", project_id=10000)
