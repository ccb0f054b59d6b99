"""Tasks whose process is killed on the first try, each at another point of the create protocol.

The kill is a SIGKILL of the real task process, so nothing of it can clean up; Airflow's own retry follows.
"""

from __future__ import annotations

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


class Killed:
    """Mixed into an operator: dies at ``point`` on the first try."""

    point: str

    def execute(self, context: Any) -> Any:
        """Arm the process on the first try, then do what the operator does."""
        if context["ti"].try_number == 1:
            arm(HALVES.get(self.point, self.point))
        return super().execute(context)  # type: ignore[misc]


class KilledBusiness(Killed, CreateBusinessOperator):
    """A business whose creator dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledWorkflow(Killed, CreateSecMasterWorkflowOperator):
    """A workflow whose creator dies; SecMaster does not refuse a second one of the same name."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledTask(Killed, CreateBPStudioTaskOperator):
    """A BPStudio task whose creator dies; nobody can look it up."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledRun(Killed, RunSecMasterWorkflowOperator):
    """A run of a workflow whose starter dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledDataWorksRun(Killed, RunDataWorksWorkflowOperator):
    """A run of a DataWorks workflow whose starter dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledPublishing(Killed, PublishDataWorksOperator):
    """A publishing process whose starter dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledDeployment(Killed, SubmitAndDeployFileOperator):
    """A file whose deployer dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledIntegration(Killed, StartDIJobOperator):
    """A data integration job whose starter dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledFabricRun(Killed, RunFabricJobOperator):
    """A run of a Fabric job whose starter dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledExecution(Killed, ExecuteBPStudioTaskOperator):
    """A BPStudio task whose executor dies; the execution has no id."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledFlow(Killed, RunDataWorksManualFlowOperator):
    """A manual flow of the older DataStudio whose starter dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


class KilledApi(Killed, AlibabaCloudApiOperator):
    """A create without a model of its own, whose sender dies."""

    def __init__(self, *, point: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.point = point


with DAG(
    dag_id="killed",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=1)},
):
    for where in KILLED_AT["business"]:
        KilledBusiness(
            task_id=f"business_{where}",
            point=where,
            project_id=10000,
            business_name=f"killed-{where}",
            settle=1,
            if_exists="fail",
        )
    for where in KILLED_AT["workflow"]:
        KilledWorkflow(
            task_id=f"workflow_{where}",
            point=where,
            name=f"killed-{where}",
            aop_type="NORMAL",
            dataclass_name="Alert",
            settle=1,
            if_exists="fail",
        )
    for where in KILLED_AT["task"]:
        KilledTask(
            task_id=f"task_{where}",
            point=where,
            task_name=f"killed-{where}",
            app_id="JXT3MLZJ56SANDBX",
            process_id="P3KTG43SW7SANDBX",
        )
    for where in KILLED_AT["run"]:
        KilledRun(
            task_id=f"run_{where}",
            point=where,
            workflow_id=f"{{{{ dag_run.conf['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["dataworks"]:
        KilledDataWorksRun(
            task_id=f"dataworks_{where}",
            point=where,
            project_id=10000,
            workflow_id=200001,
            biz_date="2019-12-31",
            run_name=where,
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["publish"]:
        KilledPublishing(
            task_id=f"publish_{where}",
            point=where,
            project_id=10000,
            object_id=f"{{{{ dag_run.conf['to_publish']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["deploy"]:
        KilledDeployment(
            task_id=f"deploy_{where}",
            point=where,
            project_id=10000,
            file_id=f"{{{{ dag_run.conf['to_deploy']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["integrate"]:
        KilledIntegration(
            task_id=f"integrate_{where}",
            point=where,
            project_id=10000,
            di_job_id=f"{{{{ dag_run.conf['to_integrate']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["fabric"]:
        KilledFabricRun(
            task_id=f"fabric_{where}",
            point=where,
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
        KilledExecution(
            task_id=f"execute_{where}",
            point=where,
            bpstudio_task_id=f"{{{{ dag_run.conf['to_execute']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["flow"]:
        KilledFlow(
            task_id=f"flow_{where}",
            point=where,
            project_id=10001,
            flow_name="month_end",
            biz_date="2019-12-31",
            dag_parameters={"killed": where},
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in KILLED_AT["api"]:
        KilledApi(
            task_id=f"api_{where}",
            point=where,
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
