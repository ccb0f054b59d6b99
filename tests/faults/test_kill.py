"""kill -9 of real Airflow task processes at points of the create protocol, then Airflow's own retry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from airflow_provider_cloudflows.sandbox import world
from tests.airflow_versions import needs_state_store
from tests.demo.sandbox_control import control, existing
from tests.demo.shared_airflow import add_dag
from tests.faults.kill_points import GOES_ON, KILLED_AT
from tests.operators.dataworks import workflow_document

TO_RUN = {"name": "to-run", "workspace_id": world.SECMASTER_WORKSPACE_ID}
CREATED = {
    "business": ("dataworks.business", "BusinessName", "BusinessId"),
    "workflow": ("secmaster.workflow", "name", "id"),
}
"""Where the sandbox has them, and how it calls their names and ids."""

CERTAIN = ("before_intent", "after_record")
"""What was not sent, or is on record, leaves no doubt."""

IN_PROJECT = {"ProjectId": world.DATAWORKS_PROJECT_ID}

pytestmark = [pytest.mark.xdist_group("airflow"), needs_state_store]


@pytest.fixture(scope="module")
def killed(shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess) -> Run:
    """The run in which every first try was killed."""
    add_dag(shared_airflow, Path(__file__).parent / "dags" / "killed.py")
    to_run = {
        point: control(shared_sandbox, "resources/secmaster.workflow", TO_RUN)["id"] for point in KILLED_AT["run"]
    }
    # The run that is to be waited for when its task is killed goes on until a busy machine has come to that.
    match = {"workflow": {"id": to_run["waiting"], "name": "to-run", "version_id": ""}}
    control(shared_sandbox, "courses", {"kind": "secmaster.workflow_instance", "match": match, "seconds": 15})
    dataworks = ("workflow_instance", "pipeline_stage", "deployment", "di_job")
    goes_on = {"times": 0, "seconds": GOES_ON}
    for kind in ("fabric.job_run", "bpstudio.task", *(f"dataworks.{one}" for one in dataworks)):
        control(shared_sandbox, "courses", {"kind": kind, **goes_on})
    # Other tests that share the sandbox run workflows, too.
    own = {"name": TO_RUN["name"]}
    control(shared_sandbox, "courses", {"kind": "secmaster.workflow_instance", "match": own, **goes_on})
    to_publish = {point: designed(shared_sandbox, f"killed-{point}") for point in KILLED_AT["publish"]}
    to_deploy = {
        point: control(shared_sandbox, "resources/dataworks.file", {**IN_PROJECT, "FileName": f"killed-{point}"})[
            "FileId"
        ]
        for point in KILLED_AT["deploy"]
    }
    to_integrate = {
        point: control(shared_sandbox, "resources/dataworks.di_job", {**IN_PROJECT, "JobName": f"killed-{point}"})["Id"]
        for point in KILLED_AT["integrate"]
    }
    to_execute = {
        point: control(shared_sandbox, "resources/bpstudio.task", {"Name": f"executed-{point}"})["Id"]
        for point in KILLED_AT["execute"]
    }
    conf = {**to_run, "to_publish": to_publish, "to_deploy": to_deploy, "to_integrate": to_integrate}
    conf |= {"to_execute": to_execute, "to_run_at": fabric_job(shared_sandbox)}
    run = shared_airflow.trigger("killed", conf=conf)
    shared_airflow.wait_for(run)
    return run


def designed(sandbox: SandboxProcess, name: str) -> str:
    """Make a workflow definition, and return its id."""
    spec = json.dumps(workflow_document(name))
    fields = {"ProjectId": world.DATAWORKS_PROJECT_ID, "Name": name, "Spec": spec}
    return str(control(sandbox, "resources/dataworks.workflow_definition", fields)["Id"])


def fabric_job(sandbox: SandboxProcess) -> dict[str, str]:
    """Make a job and an endpoint for it, and return what a run of it names."""
    workspace = {"name": "killed", "project_id": world.HUAWEI_PROJECT_ID}
    place = {"workspace_id": control(sandbox, "resources/fabric.workspace", workspace)["id"]}
    job = control(sandbox, "resources/fabric.job", {**place, "name": "killed"})
    endpoint = control(sandbox, "resources/fabric.endpoint", {**place, "name": "killed"})
    return {**place, "job_id": job["id"], "version_id": job["version_id"], "endpoint_id": endpoint["id"]}


def tries(airflow: ThrowAwayAirflow, run: Run) -> dict[str, tuple[str | None, int]]:
    return {one.task_id: (one.state, one.try_number) for one in airflow.task_instances(run)}


@pytest.mark.parametrize(("prefix", "point"), [(one, point) for one in CREATED for point in KILLED_AT[one]])
def test_the_retry_returns_the_one_that_exists(
    prefix: str,
    point: str,
    killed: Run,
    shared_airflow: ThrowAwayAirflow,
    shared_sandbox: SandboxProcess,
) -> None:
    kind, name_field, id_field = CREATED[prefix]
    assert tries(shared_airflow, killed)[f"{prefix}_{point}"] == ("success", 2)
    (one,) = existing(shared_sandbox, kind, **{name_field: f"killed-{point}"})
    assert shared_airflow.xcom(killed, f"{prefix}_{point}") == one[id_field]


@pytest.mark.parametrize("point", [point for point in KILLED_AT["task"] if point in CERTAIN])
def test_a_task_that_was_not_sent_or_is_on_record_is_made_once(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"task_{point}"] == ("success", 2)
    (one,) = existing(shared_sandbox, "bpstudio.task", Name=f"killed-{point}")
    assert shared_airflow.xcom(killed, f"task_{point}") == one["Id"]


@pytest.mark.parametrize("point", [point for point in KILLED_AT["task"] if point not in CERTAIN])
def test_a_task_that_may_have_been_sent_stops_and_says_so(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"task_{point}"] == ("failed", 2)
    assert len(existing(shared_sandbox, "bpstudio.task", Name=f"killed-{point}")) <= 1
    log = json.dumps(shared_airflow.log(killed, f"task_{point}", try_number=2))
    assert "an earlier try sent it and got no answer" in log
    assert "on_unknown='resend'" in log


@pytest.mark.parametrize("point", KILLED_AT["run"])
def test_the_retry_waits_for_the_run_that_goes_on(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"run_{point}"] == ("success", 2)
    workflow_id = shared_airflow.rest.get("dags", "killed", "dagRuns", killed.run_id)["conf"][point]
    runs = existing(shared_sandbox, "secmaster.workflow_instance")
    (one,) = [run for run in runs if run["workflow"]["id"] == workflow_id]
    assert shared_airflow.xcom(killed, f"run_{point}") == one["id"]
    assert shared_airflow.xcom(killed, f"run_{point}", key="response")["status"] == "FINISHED"


@pytest.mark.parametrize("point", KILLED_AT["dataworks"])
def test_the_retry_goes_on_with_a_run_that_is_made_in_two_steps(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"dataworks_{point}"] == ("success", 2)
    runs = existing(shared_sandbox, "dataworks.workflow_instance")
    (one,) = [run for run in runs if run["Name"].startswith(f"{point}_")]
    assert len(existing(shared_sandbox, "dataworks.workflow_creation", Name=one["Name"])) == 1
    assert shared_airflow.xcom(killed, f"dataworks_{point}") == one["Id"]
    assert shared_airflow.xcom(killed, f"dataworks_{point}", key="response")["Status"] == "Success"


@pytest.mark.parametrize("point", KILLED_AT["publish"])
def test_the_retry_goes_on_publishing_where_it_stopped(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"publish_{point}"] == ("success", 2)
    (definition,) = existing(shared_sandbox, "dataworks.workflow_definition", Name=f"killed-{point}")
    (process,) = existing(shared_sandbox, "dataworks.pipeline_run", ObjectId=definition["Id"])
    assert str(shared_airflow.xcom(killed, f"publish_{point}")) == process["Id"]
    assert shared_airflow.xcom(killed, f"publish_{point}", key="workflow_id") == definition["WorkflowId"] > 0
    requests = control(shared_sandbox, "requests")["requests"]
    stages = [
        one["parameters"]["Code"]
        for one in requests
        if one["operation"] == "ExecPipelineRunStage" and one["parameters"]["Id"] == process["Id"]
    ]
    assert len(stages) == len(set(stages)), "a stage is executed once"  # the journal forgets the oldest calls


@pytest.mark.parametrize("point", KILLED_AT["deploy"])
def test_the_retry_goes_on_deploying_where_it_stopped(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"deploy_{point}"] == ("success", 2)
    (file,) = existing(shared_sandbox, "dataworks.file", FileName=f"killed-{point}")
    submit, deploy = existing(shared_sandbox, "dataworks.deployment", FileId=file["FileId"])
    assert (submit["Step"], deploy["Step"]) == ("submit", "deploy")
    assert shared_airflow.xcom(killed, f"deploy_{point}") == deploy["Id"]
    assert shared_airflow.xcom(killed, f"deploy_{point}", key="submitted_as") == submit["Id"]


@pytest.mark.parametrize("point", KILLED_AT["integrate"])
def test_the_retry_waits_for_a_job_that_was_started_once(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"integrate_{point}"] == ("success", 2)
    (job,) = existing(shared_sandbox, "dataworks.di_job", JobName=f"killed-{point}")
    assert (job["Executions"], job["JobStatus"]) == (1, "Finished")


@pytest.mark.parametrize("point", KILLED_AT["fabric"])
def test_the_retry_waits_for_the_run_that_bears_its_name(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"fabric_{point}"] == ("success", 2)
    (one,) = existing(shared_sandbox, "fabric.job_run", id=shared_airflow.xcom(killed, f"fabric_{point}"))
    assert one["name"].startswith(f"{point}-")
    assert existing(shared_sandbox, "fabric.job_run", name=one["name"]) == [one]
    assert shared_airflow.xcom(killed, f"fabric_{point}", key="response")["status"] == "SUCCEEDED"


@pytest.mark.parametrize("point", KILLED_AT["execute"])
def test_the_retry_waits_for_a_task_that_was_executed_once(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"execute_{point}"] == ("success", 2)
    (task,) = existing(shared_sandbox, "bpstudio.task", Name=f"executed-{point}")
    assert (task["Executions"], task["Id"]) == (1, shared_airflow.xcom(killed, f"execute_{point}"))


@pytest.mark.parametrize("point", KILLED_AT["flow"])
def test_the_retry_waits_for_a_flow_of_the_older_version_that_was_started_once(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"flow_{point}"] == ("success", 2)
    runs = existing(shared_sandbox, "dataworks.workflow_instance")
    (one,) = [run for run in runs if f'"{point}"' in run["WorkflowParameters"]]
    assert one["Id"] == shared_airflow.xcom(killed, f"flow_{point}")


@pytest.mark.parametrize("point", KILLED_AT["api"])
def test_the_retry_finds_what_any_operation_made_as_the_author_says(
    point: str, killed: Run, shared_airflow: ThrowAwayAirflow, shared_sandbox: SandboxProcess
) -> None:
    assert tries(shared_airflow, killed)[f"api_{point}"] == ("success", 2)
    (one,) = existing(shared_sandbox, "dataworks.business", BusinessName=f"killed-api-{point}")
    assert one["BusinessId"] == shared_airflow.xcom(killed, f"api_{point}")
