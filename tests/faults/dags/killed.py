"""Tasks whose process is killed on the first try, each at another point of the create protocol.

The kill is a SIGKILL of the real task process, so nothing of it can clean up; Airflow's own retry follows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.alibaba.api import AlibabaCloudApiOperator
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.bpstudio.task_execution import ExecuteBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.dag import RunDataWorksManualFlowOperator
from airflow_provider_cloudflows.operators.dataworks.deployment import SubmitAndDeployFileOperator
from airflow_provider_cloudflows.operators.dataworks.di_job import StartDIJobOperator
from airflow_provider_cloudflows.operators.dataworks.pipeline_run import PublishDataWorksOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import RunDataWorksWorkflowOperator
from airflow_provider_cloudflows.operators.fabric.job_run import RunFabricJobOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator
from airflow_provider_cloudflows.provisioning import by_job
from airflow_provider_cloudflows.testing.kills import arm
from tests.faults.kill_points import DEPLOYED, EXECUTED, KILLED_AT, SUBMITTED

HALVES = {
    EXECUTED: "after_commit:ExecPipelineRunStage",
    SUBMITTED: "after_commit:SubmitFile",
    DEPLOYED: "after_commit:DeployFile",
}
"""The requests in the middle of a chain that is published or deployed: they took effect, and nobody read the answer."""

by_job.LONGEST_JOB = 5.0  # a create that was never sent is looked for so long, and not for ten minutes


def dies_at(point: str) -> Callable[[Any], None]:
    """Return what a task calls before it begins: on the first try, its process is going to die at ``point``."""

    def before(context: Any) -> None:
        if context["ti"].try_number == 1:
            arm(HALVES.get(point, point))

    return before


with DAG(
    dag_id="killed",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=1)},
):
    for where in KILLED_AT["business"]:
        CreateBusinessOperator(
            task_id=f"business_{where}",
            pre_execute=dies_at(where),
            project_id=10000,
            business_name=f"killed-{where}",
            settle=1,
            if_exists="fail",
        )
    for where in KILLED_AT["workflow"]:
        CreateSecMasterWorkflowOperator(
            task_id=f"workflow_{where}",
            pre_execute=dies_at(where),
            name=f"killed-{where}",
            aop_type="NORMAL",
            dataclass_name="Alert",
            settle=1,
            if_exists="fail",
        )
    for where in KILLED_AT["task"]:
        CreateBPStudioTaskOperator(
            task_id=f"task_{where}",
            pre_execute=dies_at(where),
            task_name=f"killed-{where}",
            app_id="JXT3MLZJ56SANDBX",
            process_id="P3KTG43SW7SANDBX",
        )
    for where in KILLED_AT["run"]:
        RunSecMasterWorkflowOperator(
            task_id=f"run_{where}",
            pre_execute=dies_at(where),
            workflow_id=f"{{{{ dag_run.conf['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["dataworks"]:
        RunDataWorksWorkflowOperator(
            task_id=f"dataworks_{where}",
            pre_execute=dies_at(where),
            project_id=10000,
            workflow_id=200001,
            biz_date="2019-12-31",
            run_name=where,
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["publish"]:
        PublishDataWorksOperator(
            task_id=f"publish_{where}",
            pre_execute=dies_at(where),
            project_id=10000,
            object_id=f"{{{{ dag_run.conf['to_publish']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["deploy"]:
        SubmitAndDeployFileOperator(
            task_id=f"deploy_{where}",
            pre_execute=dies_at(where),
            project_id=10000,
            file_id=f"{{{{ dag_run.conf['to_deploy']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["integrate"]:
        StartDIJobOperator(
            task_id=f"integrate_{where}",
            pre_execute=dies_at(where),
            project_id=10000,
            di_job_id=f"{{{{ dag_run.conf['to_integrate']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["fabric"]:
        RunFabricJobOperator(
            task_id=f"fabric_{where}",
            pre_execute=dies_at(where),
            workspace_id="{{ dag_run.conf['to_run_at']['workspace_id'] }}",
            job_id="{{ dag_run.conf['to_run_at']['job_id'] }}",
            version_id="{{ dag_run.conf['to_run_at']['version_id'] }}",
            endpoint_id="{{ dag_run.conf['to_run_at']['endpoint_id'] }}",
            run_name=where,
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["execute"]:
        ExecuteBPStudioTaskOperator(
            task_id=f"execute_{where}",
            pre_execute=dies_at(where),
            bpstudio_task_id=f"{{{{ dag_run.conf['to_execute']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["flow"]:
        RunDataWorksManualFlowOperator(
            task_id=f"flow_{where}",
            pre_execute=dies_at(where),
            project_id=10001,
            flow_name="month_end",
            biz_date="2019-12-31",
            dag_parameters={"killed": where},
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["api"]:
        AlibabaCloudApiOperator(
            task_id=f"api_{where}",
            pre_execute=dies_at(where),
            product="dataworks",
            version="2020-05-18",
            action="CreateBusiness",
            form={"ProjectId": 10000, "BusinessName": f"killed-api-{where}"},
            result_path="BusinessId",
            find={
                "action": "ListBusiness",
                "form": {"ProjectId": 10000, "Keyword": f"killed-api-{where}", "PageNumber": 1, "PageSize": 10},
                "found_path": "Data.Business[0].BusinessId",
                "settle": 1,
            },
        )
