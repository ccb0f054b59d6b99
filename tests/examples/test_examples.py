"""The example DAGs: they import cleanly, know no sandbox, and create exactly what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.airflow_names import DagBag
from tests.dag_runs import DagRun, RunDag

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "example_dags").glob("*.py"))
CREATED = ("dataworks.business", "dataworks.group", "bpstudio.task", "secmaster.workflow", "fabric.workspace")

WORLD = {
    "dataworks_project_id": world.DATAWORKS_PROJECT_ID,
    "dataworks_workflow_id": world.DATAWORKS_WORKFLOW_ID,
    "dataworks_di_job_id": world.DATAWORKS_DI_JOB_ID,
    "dataworks_quality_task_id": world.DATAWORKS_QUALITY_TASK_ID,
    "dataworks_workflow_name": world.DATAWORKS_WORKFLOW_NAME,
    "dataworks_older_project_id": world.DATAWORKS_PROJECT_ID_TWO,
    "dataworks_flow_name": world.DATAWORKS_FLOW_NAME,
    "dataworks_trigger_node_id": world.DATAWORKS_GATE,
    "dataworks_node_id": world.DATAWORKS_GATED_NODE,
    "api_gateway_group_id": world.API_GATEWAY_GROUP_ID,
    "bpstudio_app_id": world.BPSTUDIO_APPLICATION_ID,
    "bpstudio_process_id": world.BPSTUDIO_PROCESS_ID,
    "secmaster_workspace_id": world.SECMASTER_WORKSPACE_ID,
    "dataclass_name": "Alert",
    "poll_interval": 30,
}

each = pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])


def example(name: str) -> Path:
    return ROOT / "example_dags" / f"example_{name}.py"


def created(sandbox: Running) -> dict[str, int]:
    """How many things of each kind came into being."""
    state = sandbox.state()
    return {kind: len(state[kind]) for kind in CREATED if kind in state}


def succeeded(ran: DagRun) -> None:
    assert set(ran.states.values()) == {"success"}, ran.states


def test_there_is_one_example_for_each_service_and_for_what_it_runs_and_three_for_all() -> None:
    services = ["bpstudio", "dataworks", "fabric", "secmaster"]
    whats = ("file", "integration", "older", "run", "service", "wait", "workflow")
    running = ["bpstudio_run", *(f"dataworks_{what}" for what in whats), "fabric_run", "secmaster_run"]
    names = sorted([*services, *running, "api", "provisioning", "teardown"])
    assert [path.stem for path in EXAMPLES] == [f"example_{name}" for name in names]


def test_import_without_error_or_warning() -> None:
    code = "import runpy, sys; [runpy.run_path(path) for path in sys.argv[1:]]"
    ours = ["error:::__main__", "error:::<run_path>", "error:::airflow_provider_cloudflows"]
    options = [option for filtered in ours for option in ("-W", filtered)]
    command = [sys.executable, *options, "-c", code, *map(str, EXAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@each
def test_is_found_in_a_dags_folder(path: Path) -> None:
    bag = DagBag(dag_folder=str(path))
    assert bag.import_errors == {}
    assert [*bag.dags] == [path.stem]
    assert not getattr(bag, "captured_warnings", {})


@each
def test_knows_airflow_connections_and_no_sandbox(path: Path) -> None:
    _, _, code = path.read_text().partition("with DAG(")
    code = code.replace("SANDBX", "")  # the sandbox's published ids
    for word in ("sandbox", "127.0.0.1", "localhost", '"endpoint"', "conn_id", "http:"):
        assert word not in code.lower()
    imported = re.findall(r"^(?:from|import) (\S+)", path.read_text(), re.MULTILINE)
    assert not [name for name in imported if "sandbox" in name or "services" in name]


@each
def test_params_are_what_the_sandbox_is_born_with(path: Path) -> None:
    (dag,) = DagBag(dag_folder=str(path)).dags.values()
    given: dict[str, Any] = dict(dag.params)
    assert given == {name: WORLD[name] for name in given}


@each
def test_whole_file_says_what_must_exist_beforehand(path: Path) -> None:
    (dag,) = DagBag(dag_folder=str(path)).dags.values()
    assert len(path.read_text().partition('"""\n')[0]) > 20
    if dag.params:
        assert "params" in path.read_text().split('"""')[1]


@pytest.mark.usefixtures("connections")
def test_dataworks(run_dag: RunDag, sandbox: Running) -> None:
    ran = run_dag(example("dataworks"))
    succeeded(ran)
    assert created(sandbox) == {"dataworks.business": 1, "dataworks.group": 1}
    (group,), (business,) = sandbox.state()["dataworks.group"], sandbox.state()["dataworks.business"]
    assert business["Description"] == f"Feeds data service group {group['GroupId']}"
    assert business["ProjectId"] == group["ProjectId"] == world.DATAWORKS_PROJECT_ID
    assert (ran.xcom("create_group"), ran.xcom("create_business")) == (group["GroupId"], business["BusinessId"])


@pytest.mark.usefixtures("connections")
def test_bpstudio(run_dag: RunDag, sandbox: Running) -> None:
    ran = run_dag(example("bpstudio"))
    succeeded(ran)
    assert created(sandbox) == {"bpstudio.task": 1}
    (task,) = sandbox.state()["bpstudio.task"]
    assert task["Variables"] == {"${count}": "3", "${zone}": "cn-hangzhou-h"}
    assert ran.xcom("create_task") == task["Id"]


@pytest.mark.usefixtures("connections")
def test_secmaster(run_dag: RunDag, sandbox: Running) -> None:
    ran = run_dag(example("secmaster"))
    succeeded(ran)
    assert created(sandbox) == {"secmaster.workflow": 1}
    (workflow,) = sandbox.state()["secmaster.workflow"]
    assert (workflow["dataclass_name"], workflow["labels"], workflow["enabled"]) == ("Alert", "IP", False)
    assert ran.xcom("create_workflow") == workflow["id"]


@pytest.mark.usefixtures("connections")
def test_fabric(run_dag: RunDag, sandbox: Running, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_dag(example("fabric"))
    succeeded(ran)
    assert created(sandbox) == {"fabric.workspace": 1}
    (workspace,) = sandbox.state()["fabric.workspace"]
    assert workspace["tags"] == [{"key": "team", "value": "data"}, {"key": "cost-center", "value": "4711"}]
    assert f"The new workspace is {workspace['id']}." in capsys.readouterr().out


@pytest.mark.usefixtures("connections")
def test_provisioning(run_dag: RunDag, sandbox: Running) -> None:
    ran = run_dag(example("provisioning"))
    succeeded(ran)
    assert created(sandbox) == {
        "dataworks.business": 4,
        "dataworks.group": 1,
        "bpstudio.task": 1,
        "secmaster.workflow": 1,
        "fabric.workspace": 1,
    }
    state = sandbox.state()
    business_id = ran.xcom("create_business")
    (task,), (workspace,), (workflow,) = (state[kind] for kind in CREATED[2:3] + CREATED[4:] + CREATED[3:4])
    assert task["Variables"] == {"${business_id}": str(business_id), "${count}": "3"}
    assert {"key": "workflow", "value": str(business_id)} in workspace["tags"]
    report = ran.xcom("report")
    assert f"Fabric workspace {workspace['id']}, SecMaster workflow {workflow['id']}" in report
    mapped = [one["BusinessId"] for one in state["dataworks.business"] if one["UseType"] == "MANUAL_BIZ"]
    assert len(mapped) == 3
    assert all(str(one) in report for one in mapped)


@pytest.mark.usefixtures("connections")
def test_teardown(run_dag: RunDag, sandbox: Running, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_dag(example("teardown"))
    succeeded(ran)
    assert created(sandbox) == {}, "nothing is left"
    business_id = ran.xcom("create_business")
    assert f"Working with {business_id}, {ran.xcom('create_workflow')} and " in capsys.readouterr().out
    deleted = [entry["operation"] for entry in sandbox.requests() if entry["operation"].startswith("Delete")]
    assert sorted(deleted) == ["DeleteBusiness", "DeleteWorkflow", "DeleteWorkspace", "DeleteWorkspace"]
    assert ran.xcom("delete_business") is True


def done_at_once(sandbox: Running, *kinds: str) -> None:
    """What is started has ended when somebody looks."""
    for kind in kinds:
        sandbox.courses.add(kind, seconds=0.0, times=0)


@pytest.mark.usefixtures("connections")
def test_bpstudio_run(run_dag: RunDag, sandbox: Running, capsys: pytest.CaptureFixture[str]) -> None:
    done_at_once(sandbox, "bpstudio.task")
    ran = run_dag(example("bpstudio_run"))
    succeeded(ran)
    (task,) = sandbox.state()["bpstudio.task"]
    assert (ran.xcom("execute_task"), task["Executions"]) == (task["Id"], 1)
    assert ran.xcom("wait_for_task") == "FINISH"
    assert "The task made the instances []." in capsys.readouterr().out


@pytest.mark.usefixtures("connections")
def test_api(run_dag: RunDag, sandbox: Running) -> None:
    done_at_once(sandbox, "bpstudio.task")
    ran = run_dag(example("api"))
    succeeded(ran)
    (task,), (workspace,) = sandbox.state()["bpstudio.task"], sandbox.state()["fabric.workspace"]
    assert (ran.xcom("create_task"), ran.xcom("execute_task"), task["Executions"]) == (task["Id"], task["Id"], 1)
    assert (ran.xcom("create_workspace"), str(ran.xcom("wait_for_workspace"))) == (workspace["id"], "1")


@pytest.mark.usefixtures("connections")
def test_fabric_run(run_dag: RunDag, sandbox: Running) -> None:
    done_at_once(sandbox, "fabric.endpoint", "fabric.job_run")
    ran = run_dag(example("fabric_run"))
    succeeded(ran)
    asked = [entry["operation"] for entry in sandbox.requests()]
    assert [asked.count(one) for one in ("CreateEndpoint", "RunJob", "DeleteEndpoint", "DeleteWorkspace")] == [
        1,
        2,
        1,
        1,
    ]
    runs = {one["id"]: one["name"] for one in sandbox.state()["fabric.job_run"]}
    assert re.fullmatch(r"clean \d{4}-\d\d-\d\d-[0-9a-f]{12}", runs[ran.xcom("run_job")])
    assert re.fullmatch(r"start-job-[0-9a-f]{12}", runs[ran.xcom("start_job")])
    assert ran.xcom("wait_for_job") == "SUCCEEDED"
    assert created(sandbox) == {}, "nothing is left"


@pytest.mark.usefixtures("connections")
def test_secmaster_run(run_dag: RunDag, sandbox: Running) -> None:
    done_at_once(sandbox, "secmaster.workflow_instance")
    ran = run_dag(example("secmaster_run"))
    succeeded(ran)
    runs = [one["id"] for one in sandbox.state()["secmaster.workflow_instance"]]
    assert runs == [ran.xcom("run_workflow"), ran.xcom("start_workflow")]
    assert created(sandbox) == {}, "nothing is left"


@pytest.mark.usefixtures("connections")
def test_dataworks_wait(run_dag: RunDag, sandbox: Running, capsys: pytest.CaptureFixture[str]) -> None:
    succeeded(run_dag(example("dataworks_wait")))
    (instance,) = sandbox.state()["dataworks.workflow_instance"]
    assert (instance["Name"], instance["Type"]) == (world.DATAWORKS_WORKFLOW_NAME, "Normal")
    assert "Yesterday's sales are there: Success." in capsys.readouterr().out


@pytest.mark.usefixtures("connections")
def test_dataworks_older(run_dag: RunDag, sandbox: Running) -> None:
    done_at_once(sandbox, "dataworks.workflow_instance")
    ran = run_dag(example("dataworks_older"))
    succeeded(ran)
    asked = [entry["operation"] for entry in sandbox.requests()]
    counted = {one: asked.count(one) for one in ("RunTriggerNode", "RunManualDagNodes", "RunCycleDagNodes")}
    assert set(counted.values()) == {1}
    made = {one["Type"]: one["Id"] for one in sandbox.state()["dataworks.workflow_instance"]}
    assert (made["ManualWorkflow"], [made["SupplementData"]]) == (ran.xcom("close_month"), ran.xcom("load_again"))


@pytest.mark.usefixtures("connections")
def test_dataworks_run(run_dag: RunDag, sandbox: Running) -> None:
    done_at_once(sandbox, "dataworks.workflow_creation", "dataworks.workflow_instance")
    ran = run_dag(example("dataworks_run"))
    assert ran.states.pop("set_to_success") == "skipped"
    succeeded(ran)
    made = [one["Id"] for one in sandbox.state()["dataworks.workflow_instance"] if one["Type"] == "SupplementData"]
    assert made == ran.xcom("backfill")
    again = [one["Id"] for one in sandbox.state()["dataworks.task_instance"] if one["RunNumber"] == 2]
    assert again == ran.xcom("run_again")


@pytest.mark.usefixtures("connections")
def test_dataworks_workflow(run_dag: RunDag, sandbox: Running) -> None:
    kinds = ("pipeline_stage", "import_job", "workflow_creation", "workflow_instance")
    done_at_once(sandbox, *(f"dataworks.{kind}" for kind in kinds))
    ran = run_dag(example("dataworks_workflow"))
    succeeded(ran)
    sent = [(entry["operation"], entry["parameters"]) for entry in sandbox.requests()]
    asked = [operation for operation, _ in sent]
    counted = {one: asked.count(one) for one in ("CreateNode", "CreatePipelineRun", "CreateWorkflowInstances")}
    assert counted == {"CreateNode": 2, "CreatePipelineRun": 2, "CreateWorkflowInstances": 1}
    run_id, workflow_id = ran.xcom("run_workflow"), ran.xcom("publish", key="workflow_id")
    ran_for = [one["Id"] for one in sandbox.state()["dataworks.workflow_instance"] if one["WorkflowId"] == workflow_id]
    assert [str(one) for one in ran_for] == [str(run_id)]
    (change,) = [parameters for operation, parameters in sent if operation == "UpdateWorkflowDefinition"]
    assert (change["Id"], "From a file, on 20" in change["Spec"]) == (str(ran.xcom("import_workflow")), True)
    assert not {"dataworks.workflow_definition", "dataworks.node"} & sandbox.state().keys(), "nothing is left"
    assert workflow_id not in [one["Id"] for one in sandbox.state()["dataworks.workflow"]]


@pytest.mark.usefixtures("connections")
def test_dataworks_integration(run_dag: RunDag, sandbox: Running, capsys: pytest.CaptureFixture[str]) -> None:
    done_at_once(sandbox, "dataworks.di_job", "dataworks.quality_run")
    ran = run_dag(example("dataworks_integration"))
    succeeded(ran)
    (job,), (check,) = sandbox.state()["dataworks.di_job"], sandbox.state()["dataworks.quality_run"]
    assert (job["JobStatus"], job["Executions"]) == ("Finished", 1)
    assert ran.xcom("wait_for_orders") == "Finished"
    assert f"run {check['Id']} found nothing wrong" in capsys.readouterr().out


@pytest.mark.usefixtures("connections")
def test_dataworks_service(run_dag: RunDag, sandbox: Running, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_dag(example("dataworks_service"))
    succeeded(ran)
    assert f"API {ran.xcom('create_api')} is in service." in capsys.readouterr().out
    assert "dataworks.api" not in sandbox.state(), "nothing is left"


@pytest.mark.usefixtures("connections")
def test_dataworks_file(run_dag: RunDag, sandbox: Running) -> None:
    done_at_once(sandbox, "dataworks.deployment")
    ran = run_dag(example("dataworks_file"))
    succeeded(ran)
    steps = [one["Step"] for one in sandbox.state()["dataworks.deployment"]]
    assert steps == ["submit", "deploy", "submit", "deploy", "delete"]
    assert "dataworks.file" not in sandbox.state(), "nothing is left"


@pytest.mark.usefixtures("connections")
def test_what_runs_can_be_waited_for_in_the_triggerer(
    run_dag: RunDag, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other kinds of runs are waited for in the same way, see ``tests/operators/test_runs_over_the_sandbox.py``."""
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "True")
    sandbox.courses.add("bpstudio.task", looks=3, times=0)
    succeeded(run_dag(example("bpstudio_run")))
