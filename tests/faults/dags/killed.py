"""Tasks whose process is killed on the first try, each at another point of the create protocol.

The kill is a SIGKILL of the real task process, so nothing of it can clean up; Airflow's own retry follows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, BaseOperator

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


WAITS_IN_THE_WORKER = {"settle": 1, "poll_interval": 1, "deferrable": False}


def of_run(group: str, where: str) -> str:
    """Return the template for what the test has prepared in ``group`` for the task that dies at ``where``."""
    return f"{{{{ dag_run.conf['{group}']['{where}'] }}}}"


TASKS: dict[str, tuple[type[BaseOperator], Callable[[str], dict[str, Any]]]] = {
    "business": (
        CreateBusinessOperator,
        lambda where: {"project_id": 10000, "business_name": f"killed-{where}", "settle": 1, "if_exists": "fail"},
    ),
    "workflow": (  # SecMaster does not refuse a second one of the same name
        CreateSecMasterWorkflowOperator,
        lambda where: {
            "name": f"killed-{where}",
            "aop_type": "NORMAL",
            "dataclass_name": "Alert",
            "settle": 1,
            "if_exists": "fail",
        },
    ),
    "task": (  # nobody can look it up
        CreateBPStudioTaskOperator,
        lambda where: {"task_name": f"killed-{where}", "app_id": "JXT3MLZJ56SANDBX", "process_id": "P3KTG43SW7SANDBX"},
    ),
    "run": (
        RunSecMasterWorkflowOperator,
        lambda where: {"workflow_id": f"{{{{ dag_run.conf['{where}'] }}}}", **WAITS_IN_THE_WORKER},
    ),
    "dataworks": (
        RunDataWorksWorkflowOperator,
        lambda where: {
            "project_id": 10000,
            "workflow_id": 200001,
            "biz_date": "2019-12-31",
            "run_name": where,
            **WAITS_IN_THE_WORKER,
        },
    ),
    "publish": (
        PublishDataWorksOperator,
        lambda where: {"project_id": 10000, "object_id": of_run("to_publish", where), **WAITS_IN_THE_WORKER},
    ),
    "deploy": (
        SubmitAndDeployFileOperator,
        lambda where: {"project_id": 10000, "file_id": of_run("to_deploy", where), **WAITS_IN_THE_WORKER},
    ),
    "integrate": (
        StartDIJobOperator,
        lambda where: {"project_id": 10000, "di_job_id": of_run("to_integrate", where), **WAITS_IN_THE_WORKER},
    ),
    "fabric": (
        RunFabricJobOperator,
        lambda where: {
            "workspace_id": of_run("to_run_at", "workspace_id"),
            "job_id": of_run("to_run_at", "job_id"),
            "version_id": of_run("to_run_at", "version_id"),
            "endpoint_id": of_run("to_run_at", "endpoint_id"),
            "run_name": where,
            **WAITS_IN_THE_WORKER,
        },
    ),
    "execute": (  # the execution has no id
        ExecuteBPStudioTaskOperator,
        lambda where: {"bpstudio_task_id": of_run("to_execute", where), **WAITS_IN_THE_WORKER},
    ),
    "flow": (
        RunDataWorksManualFlowOperator,
        lambda where: {
            "project_id": 10001,
            "flow_name": "month_end",
            "biz_date": "2019-12-31",
            "dag_parameters": {"killed": where},
            **WAITS_IN_THE_WORKER,
        },
    ),
    "api": (  # a create without a model of its own
        AlibabaCloudApiOperator,
        lambda where: {
            "product": "dataworks",
            "version": "2020-05-18",
            "action": "CreateBusiness",
            "form": {"ProjectId": 10000, "BusinessName": f"killed-api-{where}"},
            "result_path": "BusinessId",
            "find": {
                "action": "ListBusiness",
                "form": {"ProjectId": 10000, "Keyword": f"killed-api-{where}", "PageNumber": 1, "PageSize": 10},
                "found_path": "Data.Business[0].BusinessId",
                "settle": 1,
            },
        },
    ),
}
"""Of each kind that is killed: its operator, and its arguments for a place to die at."""

with DAG(
    dag_id="killed",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=1)},
):
    for kind, (operator, arguments) in TASKS.items():
        for point in KILLED_AT[kind]:
            operator(task_id=f"{kind}_{point}", pre_execute=dies_at(point), **arguments(point))
