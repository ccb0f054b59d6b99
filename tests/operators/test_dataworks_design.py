"""Workflows and nodes of DataWorks from a DAG: made once, found by name, changed, imported and deleted."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    InvalidParameter,
    NotFound,
    OutcomeUnknown,
    RunFailed,
    WaitTimedOut,
)
from airflow_provider_cloudflows.operators.base import CloudOperator
from airflow_provider_cloudflows.operators.dataworks.node import (
    CreateDataWorksNodeOperator,
    DeleteDataWorksNodeOperator,
    UpdateDataWorksNodeOperator,
)
from airflow_provider_cloudflows.operators.dataworks.pipeline_run import PublishDataWorksOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_definition import (
    CreateWorkflowDefinitionOperator,
    DeleteWorkflowDefinitionOperator,
    ImportWorkflowDefinitionOperator,
    UpdateWorkflowDefinitionOperator,
)
from airflow_provider_cloudflows.provisioning import by_job, protocol
from airflow_provider_cloudflows.sandbox.app import Running
from tests.airflow_versions import needs_state_store
from tests.operators.dataworks import PLACE, a_node, designed, node_document, sent, whole_document, workflow_document
from tests.operators.material import TaskInstance
from tests.operators.test_arguments import signatures
from tests.operators.test_dataworks_publish import Killed, killed_at
from tests.operators.tries import Store, run

DEFINITION, NODE, JOB = "dataworks.workflow_definition", "dataworks.node", "dataworks.import_job"
DEEP = 400 if sys.version_info < (3, 12) else 500
"""Levels that this Python does not look through."""
DAILY_AT_TWO = {"type": "Scheduler", "cron": "00 00 02 * * ?"}


@pytest.fixture(autouse=True)
def _connected(connections: Running, no_pauses: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(by_job, pause, 0.2)
    monkeypatch.setattr(by_job, "LONGEST_JOB", 1.0)
    for module in (by_job, protocol):
        monkeypatch.setattr(module, "SEND_WITHIN", 0.3)


def create(spec: Any, **more: Any) -> CreateWorkflowDefinitionOperator:
    return CreateWorkflowDefinitionOperator(task_id="create", spec=spec, **{**PLACE, "settle": 0, **more})


def bring(spec: Any, **more: Any) -> ImportWorkflowDefinitionOperator:
    return ImportWorkflowDefinitionOperator(task_id="bring", spec=spec, **{**PLACE, "settle": 0, **more})


def create_node(spec: Any, **more: Any) -> CreateDataWorksNodeOperator:
    return CreateDataWorksNodeOperator(task_id="node", spec=spec, **{**PLACE, "settle": 0, **more})


def shown(ti: TaskInstance) -> Any:
    """The workflow or node in the document that the service showed at the end."""
    ((part,),) = json.loads(ti.pushed["response"]["Spec"])["spec"].values()
    return part


# --- created, changed, deleted ---------------------------------------------------------------------------------------


def test_a_workflow_is_created_once_and_found_by_its_name(sandbox: Running) -> None:
    ti = TaskInstance(task_id="create")
    made = run(create(workflow_document()), ti=ti)
    assert isinstance(made, str)
    assert ti.pushed["how"].items() >= {"kind": "DataWorks workflow definition", "id": made, "how": "made"}.items()
    assert ti.pushed["console_url"].endswith("defaultProjectId=10000")
    again = TaskInstance(task_id="create")
    assert run(create(workflow_document()), ti=again) == made
    assert again.pushed["how"]["how"] == "taken"
    with pytest.raises(AlreadyExists):
        run(create(workflow_document(), if_exists="fail"))
    assert sent(sandbox)["CreateWorkflowDefinition"] == 1


@pytest.mark.parametrize(
    ("kind", "operator"), [(DEFINITION, create(workflow_document())), (NODE, create_node(node_document("daily")))]
)
def test_what_somebody_made_by_name_alone_is_taken_over(kind: str, operator: Any, sandbox: Running) -> None:
    theirs = sandbox.insert(kind, Name="daily", ProjectId=PLACE["project_id"])
    assert run(operator) == theirs["Id"]


def test_what_differs_is_reported_and_changed_where_the_author_says_so(sandbox: Running) -> None:
    made, ti = run(create(workflow_document())), TaskInstance(task_id="create")
    wanted = workflow_document(trigger=DAILY_AT_TWO, description="d")
    run(create(workflow_document(description="first"), if_exists="update"))
    assert run(create(wanted), ti=ti) == made
    place, more = "spec.workflows[0].description", "spec.workflows[0].trigger"
    assert ti.pushed["drift"] == {
        "spec": {"asked": {place: "d", more: DAILY_AT_TWO}, "exists": {place: "first", more: None}}
    }
    ti = TaskInstance(task_id="create")
    assert run(create(wanted, if_exists="update"), ti=ti) == made
    assert ("drift" in ti.pushed, shown(ti)["trigger"]) == (False, DAILY_AT_TWO)


def test_a_change_leaves_alone_what_it_does_not_name(sandbox: Running) -> None:
    made, ti = run(create(workflow_document(description="d"))), TaskInstance(task_id="change")
    change = {"version": "2.0.0", "kind": "CycleWorkflow", "spec": {"workflows": [{"trigger": DAILY_AT_TWO}]}}
    operator = UpdateWorkflowDefinitionOperator(task_id="change", workflow_definition_id=made, spec=change, **PLACE)
    sandbox.faults.add("UpdateWorkflowDefinition", "html", when="after", times=1)
    assert run(operator, ti=ti) == made
    part = shown(ti)
    assert (part["name"], part["description"], part["trigger"]) == ("daily", "d", DAILY_AT_TWO)
    assert ti.pushed["console_url"].endswith("defaultProjectId=10000")


def test_a_node_is_created_in_a_workflow_changed_and_deleted(sandbox: Running) -> None:
    container, ti = run(create(workflow_document())), TaskInstance(task_id="node")
    made = run(create_node(node_document(), container_id=container), ti=ti)
    assert run(create_node(node_document(), container_id=container)) == made
    (node,) = sandbox.state()[NODE]
    assert (node["ContainerId"], node["Scene"], node["Name"]) == (container, "DataworksProject", "load")
    change = {"version": "2.0.0", "kind": "Node", "spec": {"nodes": [{"script": {"content": "SELECT 2;"}}]}}
    run(UpdateDataWorksNodeOperator(task_id="change", dataworks_node_id=made, spec=change, **PLACE), ti=ti)
    assert (shown(ti)["script"]["content"], shown(ti)["name"]) == ("SELECT 2;", "load")
    remove: dict[str, Any] = {"dataworks_node_id": made, "settle": 0, "only_if_made": False, **PLACE}
    assert run(DeleteDataWorksNodeOperator(task_id="remove", **remove)) is True
    assert run(DeleteDataWorksNodeOperator(task_id="remove", **remove)) is False
    assert NODE not in sandbox.state()


def test_what_is_not_there_cannot_be_changed(sandbox: Running) -> None:
    operator = UpdateDataWorksNodeOperator(task_id="change", dataworks_node_id="7", spec=node_document(), **PLACE)
    with pytest.raises(NotFound):
        run(operator)


def test_a_deleted_workflow_is_gone_with_its_nodes(sandbox: Running) -> None:
    made = designed()
    remove: dict[str, Any] = {"workflow_definition_id": made, "settle": 0, "only_if_made": False, **PLACE}
    assert run(DeleteWorkflowDefinitionOperator(task_id="remove", **remove)) is True
    assert run(DeleteWorkflowDefinitionOperator(task_id="remove", **remove)) is False
    assert not {DEFINITION, NODE} & sandbox.state().keys()


@pytest.mark.parametrize(
    ("operation", "make", "kind"),
    [
        ("CreateWorkflowDefinition", lambda: create(workflow_document()), DEFINITION),
        ("CreateNode", lambda: create_node(node_document()), NODE),
    ],
)
def test_a_lost_answer_makes_no_second_one(operation: str, make: Any, kind: str, sandbox: Running) -> None:
    sandbox.faults.add(operation, "html", when="after", times=1)
    ti = TaskInstance()
    made = run(make(), ti=ti)
    assert [one["Id"] for one in sandbox.state()[kind]] == [made]
    assert ti.pushed["how"]["how"] == "found"


# --- imported --------------------------------------------------------------------------------------------------------


def test_an_import_brings_the_nodes_and_returns_the_definition(sandbox: Running) -> None:
    sandbox.courses.add(JOB, looks=2, begun_looks=1, unknown="DREAMING", unknown_looks=1)
    ti = TaskInstance(task_id="bring")
    made = run(bring(whole_document()), ti=ti)
    (definition,), nodes = sandbox.state()[DEFINITION], sandbox.state()[NODE]
    assert (definition["Id"], [one["Name"] for one in nodes]) == (made, ["daily_load", "daily_sum"])
    assert {one["ContainerId"] for one in nodes} == {made}
    assert ti.pushed["how"].items() >= {"kind": "DataWorks workflow definition", "id": made, "how": "made"}.items()
    assert ti.pushed["create_response"]["AsyncJob"]["Id"] == sandbox.state()[JOB][0]["Id"]
    assert shown(ti)["dependencies"] == whole_document()["spec"]["workflows"][0]["dependencies"]


def test_what_exists_is_not_imported_again(sandbox: Running) -> None:
    made = run(create(workflow_document()))
    assert run(bring(whole_document())) == made
    with pytest.raises(AlreadyExists):
        run(bring(whole_document(), if_exists="fail"))
    with pytest.raises(InvalidParameter, match="if_exists='update'"):
        bring(whole_document(), if_exists="update")
    assert sent(sandbox)["ImportWorkflowDefinition"] == 0


@needs_state_store
def test_an_import_that_fails_says_why_and_a_further_try_sends_it_again(sandbox: Running) -> None:
    sandbox.courses.add(JOB, seconds=0.0, ending="bad", reason="no such resource group")
    store = Store()
    with pytest.raises(RunFailed, match=r"ended as Fail: no such resource group; correct the task"):
        run(bring(whole_document()), store)
    sandbox.courses.add(JOB, seconds=0.0)
    run(bring(whole_document()), store)
    assert (len(sandbox.state()[DEFINITION]), sent(sandbox)["ImportWorkflowDefinition"]) == (1, 2)


@needs_state_store
@pytest.mark.parametrize("lag", [0.0, 0.3])
def test_an_import_that_left_something_is_not_taken_for_a_good_one(lag: float, sandbox: Running) -> None:
    sandbox.courses.add(JOB, seconds=0.0, ending="bad", reason="half of it")
    left = {"ProjectId": PLACE["project_id"], "Name": "daily", "Spec": json.dumps(workflow_document())}
    sandbox.events.add("GetJobStatus", "insert", DEFINITION, fields=left)
    sandbox.settings.list_lag = lag
    store = Store()
    for _ in range(2):
        with pytest.raises(RunFailed, match=r"it left workflow definition \d+: delete that, and clear the task"):
            run(bring(whole_document(), settle=2 * lag), store)


@needs_state_store
def test_an_import_that_takes_long_is_waited_for_by_the_next_try(sandbox: Running) -> None:
    sandbox.courses.add(JOB, seconds=100.0)
    store = Store()
    with pytest.raises(WaitTimedOut, match="the next try of the task waits for it again"):
        run(bring(whole_document()), store)
    sandbox.advance(100)
    run(bring(whole_document()), store)
    assert (len(sandbox.state()[DEFINITION]), sent(sandbox)["ImportWorkflowDefinition"]) == (1, 1)


@needs_state_store
def test_an_import_that_may_not_be_looked_at_is_waited_for_by_the_next_try(sandbox: Running) -> None:
    sandbox.courses.add(JOB, seconds=0.0)
    sandbox.faults.add("GetJobStatus", "error", status=403, code="Forbidden.Access", times=1)
    store, ti = Store(), TaskInstance(task_id="bring")
    with pytest.raises(OutcomeUnknown, match="may still have made it"):
        run(bring(whole_document()), store, ti)
    assert ti.pushed["how"] == {"kind": "DataWorks workflow definition", "id": None, "how": "unknown"}
    run(bring(whole_document()), store)
    assert (len(sandbox.state()[DEFINITION]), sent(sandbox)["ImportWorkflowDefinition"]) == (1, 1)


def test_an_import_whose_answer_is_lost_is_found_although_it_takes_a_while(sandbox: Running) -> None:
    sandbox.courses.add(JOB, seconds=0.3)
    sandbox.faults.add("ImportWorkflowDefinition", "html", when="after", times=1)
    ti = TaskInstance(task_id="bring")
    run(bring(whole_document()), ti=ti)
    assert (len(sandbox.state()[DEFINITION]), sent(sandbox)["ImportWorkflowDefinition"]) == (1, 1)
    assert ti.pushed["how"]["how"] == "found"


def test_an_import_that_never_arrived_is_sent_again(sandbox: Running) -> None:
    sandbox.courses.add(JOB, seconds=0.0)
    sandbox.faults.add("ImportWorkflowDefinition", "html", when="before", times=1)
    run(bring(whole_document()))
    assert (len(sandbox.state()[DEFINITION]), sent(sandbox)["ImportWorkflowDefinition"]) == (1, 2)


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_an_import_survives_a_kill_between_any_two_requests(answered: bool, sandbox: Running) -> None:
    kills = 0
    for number in range(50):
        sandbox.reset()
        sandbox.courses.add(JOB, seconds=0.6, times=0)  # longer than a create takes to show
        store = Store()
        try:
            with killed_at(number, answered=answered):
                run(bring(whole_document()), store)
        except Killed:
            kills += 1
        else:
            break
        run(bring(whole_document()), store)
        made = [one["Name"] for one in sandbox.state()[DEFINITION]]
        assert (made, len(sandbox.state()[JOB])) == (["daily"], 1), number
    assert kills >= 4


# --- arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operator",
    [
        UpdateWorkflowDefinitionOperator,
        ImportWorkflowDefinitionOperator,
        UpdateDataWorksNodeOperator,
        PublishDataWorksOperator,
    ],
)
def test_every_argument_is_explained_and_what_an_author_computes_is_templated(operator: type[CloudOperator]) -> None:
    own = {parameter.name for _, parameter in signatures(operator)}
    assert own - set(operator.template_fields) == own & set(operator.not_templated)
    for owner, parameter in signatures(operator):
        assert f":param {parameter.name}:" in (owner.__doc__ or "")


# --- documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["mapping", "text", "file", "template"])
def test_a_document_is_a_mapping_text_a_file_or_what_a_template_gives(
    written: str, sandbox: Running, tmp_path: Path
) -> None:
    spec = workflow_document("{{ params.name }}", description="at {{ params.name }}")
    given: Any = {"mapping": spec, "text": json.dumps(spec), "file": "daily.spec.json", "template": "{{ params.spec }}"}
    (tmp_path / "daily.spec.json").write_text(json.dumps(spec))
    with DAG("design", schedule=None, template_searchpath=[str(tmp_path)]):
        operator = create(given[written])
    ti = TaskInstance(task_id="create")
    run(operator, ti=ti, name="weekly", spec=json.dumps(workflow_document("weekly", description="at weekly")))
    part = shown(ti)
    assert (part["name"], part["description"]) == ("weekly", "at weekly")


@pytest.mark.parametrize(
    ("operator", "more", "spec", "said"),
    [
        (CreateWorkflowDefinitionOperator, {}, whole_document(), "nodes would be ignored by this operation"),
        (ImportWorkflowDefinitionOperator, {}, node_document(), "kind is 'Node'; write 'CycleWorkflow'"),
        (CreateDataWorksNodeOperator, {}, node_document(id="7"), "dependencies on the node would vanish"),
        (
            UpdateWorkflowDefinitionOperator,
            {"workflow_definition_id": "7"},
            workflow_document(nodes=[a_node()]),
            "nodes would be ignored",
        ),
        (
            UpdateDataWorksNodeOperator,
            {"dataworks_node_id": "7"},
            {**node_document(), "spec": {}},
            "spec.nodes holds no node",
        ),
    ],
)
@pytest.mark.parametrize("name", ["daily", "{{ ds }}"])
def test_a_document_is_judged_when_the_dag_is_parsed_with_templates_in_it_too(
    operator: type[CloudOperator], more: dict[str, Any], spec: Any, said: str, name: str, sandbox: Running
) -> None:
    spec = {**spec, "metadata": {"description": name}}
    for written in (spec, json.dumps(spec)):
        with pytest.raises(InvalidParameter, match=said):
            operator(task_id="x", spec=written, **PLACE, **more)
    assert sandbox.requests() == []


def nested(depth: int) -> Any:
    return {"x": nested(depth - 1)} if depth else "end"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (json.dumps(workflow_document()).replace('"name"', '"name": "first", "name"'), "the key 'name' is there twice"),
        (workflow_document(more=nested(DEEP)), "nested too deeply"),
        (workflow_document(more=nested(700)), "nested too deeply"),
    ],
    ids=["twins", "deep", "deeper"],
)
def test_what_no_reader_takes_as_it_is_written_is_refused(spec: Any, said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        create(spec)


def test_what_a_file_holds_is_judged_when_the_task_runs(sandbox: Running, tmp_path: Path) -> None:
    (tmp_path / "daily.spec.json").write_text(json.dumps(whole_document()))
    with DAG("design", schedule=None, template_searchpath=[str(tmp_path)]):
        operator = create("daily.spec.json")
    with pytest.raises(InvalidParameter, match="nodes would be ignored"):
        run(operator)
    assert sandbox.requests() == []


def test_a_dry_run_of_a_change_shows_the_request_and_sends_nothing(
    sandbox: Running, caplog: pytest.LogCaptureFixture
) -> None:
    operator = UpdateDataWorksNodeOperator(task_id="change", dataworks_node_id="7", spec=node_document(), **PLACE)
    caplog.set_level("INFO")
    # Airflow's own task logger takes its level from the configuration, once per process.
    vars(operator)["_cached_logger"] = logging.getLogger("tests.dry_run")
    operator.dry_run()
    assert "x-acs-action: UpdateNode" in caplog.text
    assert "UpdateNode" not in sent(sandbox)
