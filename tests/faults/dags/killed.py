"""Tasks whose process is killed on the first try, each at another point of the create protocol.

The kill is a SIGKILL of the real task process, so nothing of it can clean up; Airflow's own retry follows.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.deployment import SubmitAndDeployFileOperator
from airflow_provider_cloudflows.operators.dataworks.di_job import StartDIJobOperator
from airflow_provider_cloudflows.operators.dataworks.pipeline_run import PublishDataWorksOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import RunDataWorksWorkflowOperator
from airflow_provider_cloudflows.operators.intent import TaskStateStore
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator
from airflow_provider_cloudflows.operators.waiting import WaitingOperator
from airflow_provider_cloudflows.provisioning import by_job
from airflow_provider_cloudflows.transport.sockets import BlockingStream

POINTS = ("before_intent", "after_intent", "after_send", "after_commit", "after_record")
WAITING = "waiting"
"""One point more for what runs: in the wait for its end."""

CREATING = "after_job"
"""And one for what is made by a job, whose id alone is on record."""

EXECUTED = "after_stage"
"""And one for what is published: when a stage of the process was executed, and nobody read the answer."""

SUBMITTED, DEPLOYED = "after_submit", "after_deploy"
"""And two for a file: when it was submitted, or deployed, and nobody read the answer."""

HALVES = {
    EXECUTED: (b"x-acs-action: ExecPipelineRunStage",),
    SUBMITTED: (b"x-acs-action: SubmitFile",),
    DEPLOYED: (b"x-acs-action: DeployFile",),
}
"""The requests in the middle of a chain, by the point at which their answer is not read."""

CREATES = (
    b"x-acs-action: CreateBusiness",
    b"x-acs-action: CreatePipelineRun",
    b"x-acs-action: CreateTask",
    b"x-acs-action: CreateWorkflowInstances",
    b"x-acs-action: StartDIJob",
    b"POST /v1/",
)

by_job.LONGEST_JOB = 5.0  # a create that was never sent is looked for so long, and not for ten minutes


def die() -> NoReturn:
    """End this process as the kernel's out-of-memory killer would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process does not get here")


def arm(point: str) -> None:
    """Make this process die at ``point``."""
    if point == WAITING:
        _die_waiting()
    elif point in ("after_send", "after_commit"):
        _die_reading_the_answer(CREATES, after_it_came=point == "after_commit")
    elif point in HALVES:
        _die_reading_the_answer(HALVES[point], after_it_came=True)
    else:
        _die_at_a_write(point)


def _die_waiting() -> None:
    def armed(*_: object) -> NoReturn:
        die()

    WaitingOperator._wait_here = armed  # type: ignore[method-assign,assignment]


def _die_at_a_write(point: str) -> None:
    write: Callable[..., None] = TaskStateStore.write

    def armed(self: TaskStateStore, intent: dict[str, Any]) -> None:
        if point == "before_intent":
            die()
        write(self, intent)
        recorded = intent["resource_id"] is not None
        if point == "after_intent" or (point == "after_record" and recorded):
            die()
        if point == CREATING and intent["job"] is not None:
            die()

    TaskStateStore.write = armed  # type: ignore[method-assign]


def _die_reading_the_answer(marks: tuple[bytes, ...], *, after_it_came: bool) -> None:
    write, read = BlockingStream.write, BlockingStream.read
    is_out = False

    def armed_write(self: BlockingStream, buffer: bytes, timeout: float | None = None) -> None:
        nonlocal is_out
        write(self, buffer, timeout)
        is_out = is_out or any(mark in buffer for mark in marks)

    def armed_read(self: BlockingStream, max_bytes: int, timeout: float | None = None) -> bytes:
        if not is_out:
            return read(self, max_bytes, timeout)
        if after_it_came:
            read(self, max_bytes, timeout)
        else:
            self._flush()
        die()

    BlockingStream.write, BlockingStream.read = armed_write, armed_read  # type: ignore[method-assign]


class Killed:
    """Mixed into an operator: dies at ``point`` on the first try."""

    point: str

    def execute(self, context: Any) -> Any:
        """Arm the process on the first try, then do what the operator does."""
        if context["ti"].try_number == 1:
            arm(self.point)
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


with DAG(
    dag_id="killed",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=1)},
):
    for where in POINTS:
        KilledBusiness(
            task_id=f"business_{where}",
            point=where,
            project_id=10000,
            business_name=f"killed-{where}",
            settle=1,
            if_exists="fail",
        )
        KilledWorkflow(
            task_id=f"workflow_{where}",
            point=where,
            name=f"killed-{where}",
            aop_type="NORMAL",
            dataclass_name="Alert",
            settle=1,
            if_exists="fail",
        )
        KilledTask(
            task_id=f"task_{where}",
            point=where,
            task_name=f"killed-{where}",
            app_id="JXT3MLZJ56SANDBX",
            process_id="P3KTG43SW7SANDBX",
        )
    for where in (*POINTS, WAITING):
        KilledRun(
            task_id=f"run_{where}",
            point=where,
            workflow_id=f"{{{{ dag_run.conf['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in (*POINTS, CREATING, WAITING):
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
    for where in ("after_commit", "after_record", EXECUTED, WAITING):
        KilledPublishing(
            task_id=f"publish_{where}",
            point=where,
            project_id=10000,
            object_id=f"{{{{ dag_run.conf['to_publish']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in (SUBMITTED, DEPLOYED, WAITING):
        KilledDeployment(
            task_id=f"deploy_{where}",
            point=where,
            project_id=10000,
            file_id=f"{{{{ dag_run.conf['to_deploy']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
    for where in ("after_send", "after_commit", WAITING):
        KilledIntegration(
            task_id=f"integrate_{where}",
            point=where,
            project_id=10000,
            di_job_id=f"{{{{ dag_run.conf['to_integrate']['{where}'] }}}}",
            settle=1,
            poll_interval=1,
            deferrable=False,
        )
