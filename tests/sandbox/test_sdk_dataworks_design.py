"""The official SDK of DataWorks 2024-05-18 designs and publishes, and sends what our requests send."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.services.dataworks import business, node, pipeline_run, workflow_definition
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.dataworks.create_node import CreateNode
from airflow_provider_cloudflows.services.dataworks.create_pipeline_run import CreatePipelineRun
from airflow_provider_cloudflows.services.dataworks.create_workflow_definition import CreateWorkflowDefinition
from airflow_provider_cloudflows.services.dataworks.delete_business import DeleteBusiness
from airflow_provider_cloudflows.services.dataworks.delete_node import DeleteNode
from airflow_provider_cloudflows.services.dataworks.delete_workflow_definition import DeleteWorkflowDefinition
from airflow_provider_cloudflows.services.dataworks.import_workflow_definition import ImportWorkflowDefinition
from airflow_provider_cloudflows.services.dataworks.update_node import UpdateNode
from airflow_provider_cloudflows.services.dataworks.update_workflow_definition import UpdateWorkflowDefinition
from tests.operators.dataworks import node_document, whole_document, workflow_document
from tests.transport.servers import Seen

from .conftest import Connect
from .sdk_requests import check_against, sent_by_sdk

pytestmark = pytest.mark.xdist_group("dataworks-2024-sdk")  # one process imports the SDK, which takes seconds

PROJECT = world.DATAWORKS_PROJECT_ID
JOB, STAGE = "dataworks.import_job", "dataworks.pipeline_stage"


@pytest.fixture
def dataworks(alibaba_client: Connect, dataworks_2024_modules: SimpleNamespace) -> Any:
    return alibaba_client(dataworks_2024_modules.Client)


@pytest.fixture
def models(dataworks_2024_modules: SimpleNamespace) -> Any:
    return dataworks_2024_modules.models


def text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def code_of(call: Callable[[], Any], refused: type[Exception]) -> tuple[int, str]:
    with pytest.raises(refused) as caught:
        call()
    error: Any = caught.value
    return error.status_code, error.code


# --- workflow definitions --------------------------------------------------------------------------------------------


def create(dataworks: Any, models: Any, spec: Any) -> str:
    request = models.CreateWorkflowDefinitionRequest(project_id=PROJECT, spec=text(spec))
    return str(dataworks.create_workflow_definition(request).body.id)


def read(dataworks: Any, models: Any, definition_id: str, **options: Any) -> Any:
    request = models.GetWorkflowDefinitionRequest(project_id=PROJECT, id=definition_id, **options)
    return dataworks.get_workflow_definition(request).body.workflow_definition


def test_only_the_first_workflow_counts_and_its_nodes_do_not(dataworks: Any, models: Any) -> None:
    spec = whole_document("daily")
    spec["spec"]["workflows"] += workflow_document("weekly")["spec"]["workflows"]
    made = create(dataworks, models, spec)
    shown = read(dataworks, models, made)
    assert (shown.id, shown.name, shown.project_id, shown.owner) == (made, "daily", PROJECT, world.ALIBABA_ACCOUNT_ID)
    (part,) = json.loads(shown.spec)["spec"]["workflows"]
    assert (part["id"], "nodes" in part, "dependencies" in part) == (made, False, False)
    listed = dataworks.list_workflow_definitions(models.ListWorkflowDefinitionsRequest(project_id=PROJECT)).body
    assert [one.name for one in listed.paging_info.workflow_definitions] == ["daily"]
    assert listed.paging_info.workflow_definitions[0].script.runtime.command == "WORKFLOW"


def test_a_definition_is_updated_as_far_as_it_is_named_and_deleted(
    dataworks: Any, models: Any, alibaba_modules: SimpleNamespace
) -> None:
    made = create(dataworks, models, workflow_document(description="d"))
    change = workflow_document(trigger={"type": "Scheduler", "cron": "00 00 02 * * ?"})
    request = models.UpdateWorkflowDefinitionRequest(project_id=PROJECT, id=made, spec=text(change))
    assert dataworks.update_workflow_definition(request).body.success is True
    (part,) = json.loads(read(dataworks, models, made).spec)["spec"]["workflows"]
    assert (part["description"], part["trigger"]["cron"]) == ("d", "00 00 02 * * ?")
    gone = models.DeleteWorkflowDefinitionRequest(project_id=PROJECT, id=made)
    assert dataworks.delete_workflow_definition(gone).body.success is True
    choice = choices.NO_DEFINITION.value
    refused = code_of(lambda: dataworks.delete_workflow_definition(gone), alibaba_modules.Refused)
    assert refused == (choice.status, choice.code)


@pytest.mark.parametrize(
    ("spec", "choice"),
    [
        (workflow_document(script={}), choices.BAD_SPEC),
        (node_document(), choices.BAD_SPEC),
        (workflow_document(name="taken"), choices.DEFINITION_NAME),
    ],
)
def test_a_definition_that_cannot_be_is_refused(
    spec: Any, choice: Any, dataworks: Any, models: Any, alibaba_modules: SimpleNamespace
) -> None:
    create(dataworks, models, workflow_document(name="taken"))
    refused = code_of(lambda: create(dataworks, models, spec), alibaba_modules.Refused)
    assert refused == (choice.value.status, choice.value.code)


def test_an_import_is_a_job_that_brings_nodes_and_keeps_dependencies_by_name_only(
    dataworks: Any, models: Any, sandbox: Running
) -> None:
    spec = whole_document("daily", "a", "b", "c")
    spec["spec"]["workflows"][0]["nodes"][2]["id"] = "another id than its name"
    sandbox.courses.add(JOB, looks=1)
    request = models.ImportWorkflowDefinitionRequest(project_id=PROJECT, spec=text(spec))
    job = dataworks.import_workflow_definition(request).body.async_job
    assert (job.status, job.completed, job.type) == ("Running", False, "Create")
    states = []
    for _ in range(2):
        status = dataworks.get_job_status(models.GetJobStatusRequest(job_id=job.id)).body.job_status
        states.append((status.status, status.completed))
    assert states == [("Running", "False"), ("Success", "True")]
    listed = dataworks.list_workflow_definitions(models.ListWorkflowDefinitionsRequest(project_id=PROJECT)).body
    (definition,) = listed.paging_info.workflow_definitions
    (part,) = json.loads(read(dataworks, models, definition.id, include_script_content=True).spec)["spec"]["workflows"]
    assert [one["name"] for one in part["nodes"]] == ["a", "b", "c"]
    assert part["nodes"][0]["script"]["content"] == "SELECT 'a';"
    assert [one["nodeId"] for one in part["dependencies"]] == ["b"]


def test_an_import_of_a_name_that_is_taken_fails_and_a_dry_run_makes_nothing(
    dataworks: Any, models: Any, sandbox: Running
) -> None:
    sandbox.courses.add(JOB, seconds=0.0, times=0)
    create(dataworks, models, workflow_document("daily"))
    for name, options, state in (("daily", {}, "Fail"), ("weekly", {"dry_run": True}, "Success")):
        request = models.ImportWorkflowDefinitionRequest(project_id=PROJECT, spec=text(whole_document(name)), **options)
        job = dataworks.import_workflow_definition(request).body.async_job
        status = dataworks.get_job_status(models.GetJobStatusRequest(job_id=job.id)).body.job_status
        assert status.status == state
    listed = dataworks.list_workflow_definitions(models.ListWorkflowDefinitionsRequest(project_id=PROJECT)).body
    assert [one.name for one in listed.paging_info.workflow_definitions] == ["daily"]


# --- nodes -----------------------------------------------------------------------------------------------------------


def create_node(dataworks: Any, models: Any, spec: Any, **options: Any) -> str:
    options = {"project_id": PROJECT, "scene": "DATAWORKS_PROJECT", **options}
    return str(dataworks.create_node(models.CreateNodeRequest(spec=text(spec), **options)).body.id)


def test_a_node_is_created_read_listed_updated_and_deleted(
    dataworks: Any, models: Any, alibaba_modules: SimpleNamespace
) -> None:
    container = create(dataworks, models, workflow_document())
    made = create_node(dataworks, models, node_document("load"), container_id=container)
    alone = create_node(dataworks, models, node_document("alone"))
    change = {"version": "2.0.0", "kind": "Node", "spec": {"nodes": [{"script": {"content": "SELECT 2;"}}]}}
    request = models.UpdateNodeRequest(project_id=PROJECT, id=made, spec=text(change))
    assert dataworks.update_node(request).body.success is True
    shown = dataworks.get_node(models.GetNodeRequest(project_id=PROJECT, id=made)).body.node
    (part,) = json.loads(shown.spec)["spec"]["nodes"]
    assert (shown.name, part["id"], part["script"]["content"]) == ("load", made, "SELECT 2;")

    def listed(**wanted: Any) -> list[Any]:
        found = dataworks.list_nodes(models.ListNodesRequest(project_id=PROJECT, **wanted)).body.paging_info
        assert found.total_count == str(len(found.nodes))
        return [one.id for one in found.nodes]

    assert (listed(), listed(container_id=container), listed(name="alo")) == ([made, alone], [made], [alone])
    assert listed(scene="DataworksManualTask") == []
    gone = models.DeleteNodeRequest(project_id=PROJECT, id=alone)
    assert dataworks.delete_node(gone).body.success is True
    choice = choices.NO_NODE.value
    assert code_of(lambda: dataworks.delete_node(gone), alibaba_modules.Refused) == (choice.status, choice.code)


def test_a_list_of_nodes_shows_what_is_in_them_but_no_content(dataworks: Any, models: Any) -> None:
    spec = node_document(trigger={"type": "Manual"}, runtimeResource={"resourceGroup": "rg"}, recurrence="Normal")
    create_node(dataworks, models, spec)
    (shown,) = dataworks.list_nodes(models.ListNodesRequest(project_id=PROJECT)).body.paging_info.nodes
    assert (shown.script.runtime.command, shown.script.path) == ("ODPS_SQL", "load")
    assert (shown.trigger.type, shown.runtime_resource.resource_group, shown.recurrence) == ("Manual", "rg", "Normal")
    assert shown.outputs.node_outputs[0].data == "dw_project.load"


@pytest.mark.parametrize(
    ("spec", "choice"),
    [
        (node_document("load"), choices.NODE_TAKEN),
        (node_document("sum", outputs={"nodeOutputs": [{"data": "dw_project.load"}]}), choices.NODE_TAKEN),
        (node_document("sum", script={}), choices.BAD_SPEC),
    ],
)
def test_a_node_that_cannot_be_is_refused(
    spec: Any, choice: Any, dataworks: Any, models: Any, alibaba_modules: SimpleNamespace
) -> None:
    create_node(dataworks, models, node_document("load"))
    refused = code_of(lambda: create_node(dataworks, models, spec), alibaba_modules.Refused)
    assert refused == (choice.value.status, choice.value.code)


# --- publishing ------------------------------------------------------------------------------------------------------


def begin(dataworks: Any, models: Any, object_id: str, **options: Any) -> str:
    options = {"project_id": PROJECT, "type": "Online", "object_ids": [object_id], **options}
    return str(dataworks.create_pipeline_run(models.CreatePipelineRunRequest(**options)).body.id)


def shown_run(dataworks: Any, models: Any, run_id: str) -> Any:
    return dataworks.get_pipeline_run(models.GetPipelineRunRequest(project_id=PROJECT, id=run_id)).body.pipeline


def execute(dataworks: Any, models: Any, run_id: str, code: str) -> Any:
    request = models.ExecPipelineRunStageRequest(project_id=PROJECT, id=run_id, code=code)
    return dataworks.exec_pipeline_run_stage(request).body


def states(pipeline: Any) -> list[str]:
    return [pipeline.status, *(stage.status for stage in pipeline.stages)]


def test_stages_are_executed_one_after_the_other_and_each_once(
    dataworks: Any, models: Any, sandbox: Running, alibaba_modules: SimpleNamespace
) -> None:
    definition = create(dataworks, models, workflow_document())
    create_node(dataworks, models, node_document("load"), container_id=definition)
    run_id = begin(dataworks, models, definition, description="release 7")
    assert states(shown_run(dataworks, models, run_id)) == ["Init"] * 4
    choice = choices.NOT_THE_NEXT_STAGE.value
    too_soon = code_of(lambda: execute(dataworks, models, run_id, "PROD"), alibaba_modules.Refused)
    assert too_soon == (choice.status, choice.code)
    sandbox.courses.add(STAGE, seconds=10.0, times=0)
    for code in choices.STAGES.value["Online"]:
        assert execute(dataworks, models, run_id, code).success is True
        assert "Running" in states(shown_run(dataworks, models, run_id))
        again = code_of(lambda code=code: execute(dataworks, models, run_id, code), alibaba_modules.Refused)  # type: ignore[misc]
        assert again == (choice.status, choice.code)
        sandbox.advance(10)
    request = models.ListPipelineRunsRequest(project_id=PROJECT, object_id=definition, status="Success")
    (listed,) = dataworks.list_pipeline_runs(request).body.paging_info.pipeline_runs
    assert (listed.id, listed.description, states(listed)) == (run_id, "release 7", ["Success"] * 4)
    workflow_id = read(dataworks, models, definition).workflow_id
    published = dataworks.get_workflow(models.GetWorkflowRequest(id=workflow_id)).body.workflow
    assert (published.name, [task.name for task in published.tasks]) == ("daily", ["load"])
    (inner,) = dataworks.list_nodes(models.ListNodesRequest(project_id=PROJECT)).body.paging_info.nodes
    assert inner.task_id == published.tasks[0].id


def test_a_process_is_abolished_after_a_stage_succeeded(dataworks: Any, models: Any, sandbox: Running) -> None:
    sandbox.courses.add(STAGE, seconds=0.0)
    run_id = begin(dataworks, models, create(dataworks, models, workflow_document()))
    execute(dataworks, models, run_id, "BUILD_PACKAGE")
    request = models.AbolishPipelineRunRequest(project_id=PROJECT, id=run_id)
    assert dataworks.abolish_pipeline_run(request).body.success is True
    assert states(shown_run(dataworks, models, run_id)) == ["Termination", "Success", "Termination", "Termination"]


def test_what_cannot_be_published_is_refused(dataworks: Any, models: Any, alibaba_modules: SimpleNamespace) -> None:
    definition = create(dataworks, models, workflow_document())
    inner = create_node(dataworks, models, node_document("load"), container_id=definition)
    for objects, choice in (
        ([inner], choices.NOTHING_TO_PUBLISH),
        (["999"], choices.NOTHING_TO_PUBLISH),
        ([definition, inner], choices.ONE_OBJECT),
    ):
        refused = code_of(
            lambda objects=objects: begin(dataworks, models, "", object_ids=objects),  # type: ignore[misc]
            alibaba_modules.Refused,
        )
        assert refused == (choice.value.status, choice.value.code)


# --- businesses, which both versions have -----------------------------------------------------------------------------


def test_a_business_of_one_version_is_the_same_in_the_other(
    dataworks: Any, models: Any, alibaba_client: Connect, alibaba_modules: SimpleNamespace
) -> None:
    older, old_models = alibaba_client(alibaba_modules.DataWorks), alibaba_modules.dataworks
    place = {"project_id": PROJECT}
    made = dataworks.create_business(models.CreateBusinessRequest(business_name="daily", **place)).body.business_id
    one = {"business_id": made, **place}
    assert older.get_business(old_models.GetBusinessRequest(**one)).body.data.business_name == "daily"
    assert older.update_business(old_models.UpdateBusinessRequest(description="d", **one)).body.success is True
    assert dataworks.update_business(models.UpdateBusinessRequest(owner="42", **one)).body.success is True
    read = dataworks.get_business(models.GetBusinessRequest(**one)).body
    assert (read.success, read.data.description, read.data.owner) == (True, "d", "42")
    listed = dataworks.list_business(models.ListBusinessRequest(page_number=1, page_size=10, **place)).body
    assert [shown.business_id for shown in listed.data.business] == [made]
    assert dataworks.delete_business(models.DeleteBusinessRequest(**one)).body.success is True


# --- our requests beside the SDK's -----------------------------------------------------------------------------------

WORKFLOW, NODE, WHOLE = workflow_document("日报"), node_document("load"), whole_document("daily")
PLACE = {"project_id": 1}
NEW: dict[str, Any] = {"api_version": "2024-05-18", **PLACE}
OURS: dict[str, tuple[dict[str, Any], Call[Any]]] = {
    "create_business": ({**PLACE, "business_name": "b"}, CreateBusiness(**NEW, business_name="b")),
    "get_business": ({**PLACE, "business_id": 7}, business.GetBusiness(**NEW, business_id=7)),
    "list_business": (
        {**PLACE, "keyword": "k", "page_number": 1, "page_size": 100},
        business.ListBusiness(**NEW, keyword="k"),
    ),
    "update_business": (
        {**PLACE, "business_id": 7, "description": "d"},
        business.UpdateBusiness(**NEW, business_id=7, description="d"),
    ),
    "delete_business": ({**PLACE, "business_id": 7}, DeleteBusiness(**NEW, business_id=7)),
    "create_node": (
        {**PLACE, "scene": "DATAWORKS_PROJECT", "container_id": "77", "spec": text(NODE)},
        CreateNode(**PLACE, scene="DATAWORKS_PROJECT", container_id="77", spec=NODE),
    ),
    "update_node": ({**PLACE, "id": "7", "spec": text(NODE)}, UpdateNode(**PLACE, id="7", spec=NODE)),
    "delete_node": ({**PLACE, "id": "7"}, DeleteNode(**PLACE, id="7")),
    "get_node": ({**PLACE, "id": "7"}, node.GetNode(**PLACE, id="7")),
    "list_nodes": (
        {**PLACE, "name": "n", "container_id": "77", "scene": "DataworksProject", "page_number": 2, "page_size": 10},
        node.ListNodes(**PLACE, name="n", container_id="77", scene="DataworksProject", page_number=2, page_size=10),
    ),
    "create_workflow_definition": (
        {**PLACE, "spec": text(WORKFLOW)},
        CreateWorkflowDefinition(**PLACE, spec=WORKFLOW),
    ),
    "update_workflow_definition": (
        {**PLACE, "id": "77", "spec": text(WORKFLOW)},
        UpdateWorkflowDefinition(**PLACE, id="77", spec=WORKFLOW),
    ),
    "delete_workflow_definition": ({**PLACE, "id": "77"}, DeleteWorkflowDefinition(**PLACE, id="77")),
    "get_workflow_definition": (
        {**PLACE, "id": "77"},
        workflow_definition.GetWorkflowDefinition(**PLACE, id="77"),
    ),
    "list_workflow_definitions": (
        {**PLACE, "name": "n", "type": "CycleWorkflow", "page_number": 1, "page_size": 100},
        workflow_definition.ListWorkflowDefinitions(**PLACE, name="n", type="CycleWorkflow"),
    ),
    "import_workflow_definition": (
        {**PLACE, "spec": text(WHOLE)},
        ImportWorkflowDefinition(**PLACE, spec=WHOLE),
    ),
    "get_job_status": ({"job_id": "j"}, workflow_definition.GetJobStatus(job_id="j")),
    "create_pipeline_run": (
        {
            **PLACE,
            "object_ids": ["77"],
            "type": "Online",
            "description": "d",
            "run_mode": "Auto",
            "auto_run_until_stage": "PROD",
        },
        CreatePipelineRun(**PLACE, object_id="77", description="d", auto_run_until_stage="PROD"),
    ),
    "get_pipeline_run": ({**PLACE, "id": "p"}, pipeline_run.GetPipelineRun(**PLACE, id="p")),
    "list_pipeline_runs": (
        {**PLACE, "object_id": "77", "page_number": 1, "page_size": 100},
        pipeline_run.ListPipelineRuns(**PLACE, object_id="77"),
    ),
    "exec_pipeline_run_stage": (
        {**PLACE, "id": "p", "code": "PROD"},
        pipeline_run.ExecPipelineRunStage(**PLACE, id="p", code="PROD"),
    ),
    "abolish_pipeline_run": ({**PLACE, "id": "p"}, pipeline_run.AbolishPipelineRun(**PLACE, id="p")),
}


@pytest.fixture(scope="module")
def sent(alibaba_modules: SimpleNamespace, dataworks_2024_modules: SimpleNamespace) -> dict[str, Seen]:
    calls = {name: parameters for name, (parameters, _) in OURS.items()}
    return sent_by_sdk(dataworks_2024_modules, alibaba_modules.Config, calls)


@pytest.mark.parametrize("name", OURS)
def test_a_request_is_what_the_sdk_sends(name: str, sent: dict[str, Seen]) -> None:
    check_against(sent[name], OURS[name][1])
