"""The delete operators as a DAG author meets them: what they delete, what they refuse, and what a teardown does."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import (
    DeleteRefused,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    Stopped,
)
from airflow_provider_cloudflows.operators.dataworks.business import DeleteBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.node import DeleteDataWorksNodeOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_definition import DeleteWorkflowDefinitionOperator
from airflow_provider_cloudflows.operators.delete import DeleteOperator
from airflow_provider_cloudflows.operators.fabric.workspace import DeleteFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.origin import Statement, place_of
from airflow_provider_cloudflows.operators.secmaster.workflow import DeleteSecMasterWorkflowOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.transport import retry
from tests.airflow_versions import needs_state_store
from tests.dag_runs import RunDag
from tests.operators.material import OPERATORS, run

DAGS = Path(__file__).parent / "dags"
NO_UUID = "00000000-0000-4000-8000-000000000000"

pytestmark = pytest.mark.usefixtures("connections")


@dataclass(frozen=True)
class Kind:
    """One delete operator.

    :param id_argument: the argument that takes the id.
    :param place: its other arguments of its own, with values that the sandbox accepts.
    :param unknown_id: an id that nothing has.
    :param bad_id: what no id looks like.
    """

    operator: type[DeleteOperator]
    id_argument: str
    place: Mapping[str, Any]
    unknown_id: Any
    bad_id: Any

    @property
    def operation(self) -> str:
        return str(self.operator.request_type().operation)

    def make(self, resource_id: Any, **more: Any) -> DeleteOperator:
        """Return a delete of whatever has the id."""
        settings = {"settle": 0, "only_if_made": False, **more}
        return self.operator(task_id="remove", **{self.id_argument: resource_id}, **self.place, **settings)

    def made(self) -> Any:
        """Make one and return its id."""
        name = self.operator.__name__.replace("Delete", "Create")
        (create,) = [kind for kind in OPERATORS if kind.operator.__name__ == name]
        return run(create.operator(task_id="make", **create.required))[0]

    def left(self, sandbox: Running) -> int:
        kinds = (
            "dataworks.business",
            "dataworks.workflow_definition",
            "dataworks.node",
            "secmaster.workflow",
            "fabric.workspace",
        )
        return sum(len(sandbox.state().get(kind, [])) for kind in kinds)


KINDS = [
    Kind(DeleteBusinessOperator, "business_id", {"project_id": world.DATAWORKS_PROJECT_ID}, 999, "abc"),
    Kind(
        DeleteWorkflowDefinitionOperator,
        "workflow_definition_id",
        {"project_id": world.DATAWORKS_PROJECT_ID},
        "999",
        " ",
    ),
    Kind(DeleteDataWorksNodeOperator, "dataworks_node_id", {"project_id": world.DATAWORKS_PROJECT_ID}, "999", " "),
    Kind(DeleteSecMasterWorkflowOperator, "workflow_id", {"project_id": world.HUAWEI_PROJECT_ID}, NO_UUID, "a b"),
    Kind(DeleteFabricWorkspaceOperator, "workspace_id", {}, NO_UUID, "under_score"),
]
each = pytest.mark.parametrize("kind", KINDS, ids=[kind.operator.__name__ for kind in KINDS])


def sent(kind: Kind, sandbox: Running) -> int:
    return sum(entry["operation"] == kind.operation for entry in sandbox.requests())


# --- arguments -----------------------------------------------------------------------------------------------------


@each
def test_every_argument_is_a_template(kind: Kind, sandbox: Running) -> None:
    assert {kind.id_argument, *kind.place, "if_missing", "only_if_made", "settle", "region"} <= set(
        kind.operator.template_fields
    )
    arguments = {"if_missing": "fail", "only_if_made": False, "settle": 0.0, **kind.place}
    templates = {name: f"{{{{ params.{name} }}}}" for name in arguments}
    operator = kind.operator(task_id="remove", **{kind.id_argument: "{{ params.id }}"}, **templates)
    assert run(operator, id=kind.made(), **arguments)[0] is True
    assert kind.left(sandbox) == 0


@each
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("if_missing", "maybe"),
        ("if_missing", None),
        ("only_if_made", "perhaps"),
        ("only_if_made", None),
        ("settle", -1),
    ],
)
def test_a_wrong_setting_fails_the_import_and_a_rendered_one_the_task(
    kind: Kind, name: str, value: Any, sandbox: Running
) -> None:
    with pytest.raises(InvalidParameter, match=rf"'remove' got {name}="):
        kind.make(kind.unknown_id, **{name: value})
    with pytest.raises(InvalidParameter, match=rf"'remove' got {name}="):
        run(kind.make(kind.unknown_id, **{name: "{{ params.x }}"}), x=value)
    assert sandbox.requests() == []


@each
def test_what_is_no_id_fails_the_import_and_a_rendered_one_the_task(kind: Kind, sandbox: Running) -> None:
    with pytest.raises(InvalidParameter, match=f"'remove' breaks the vendor's rules: {kind.id_argument}="):
        kind.make(kind.bad_id)
    with pytest.raises(InvalidParameter, match=f"'remove' breaks the vendor's rules: {kind.id_argument}="):
        run(kind.make("{{ params.x }}"), x=kind.bad_id)
    assert sandbox.requests() == []


def test_a_workspace_is_named_once() -> None:
    with pytest.raises(InvalidParameter, match="project_id"):
        DeleteBusinessOperator(task_id="remove", business_id=1)
    with pytest.raises(InvalidParameter, match="project_id"):
        DeleteBusinessOperator(task_id="remove", business_id=1, project_id=1, project_identifier="both")


# --- what one task does --------------------------------------------------------------------------------------------


@each
def test_it_returns_whether_it_was_there(kind: Kind, sandbox: Running) -> None:
    made = kind.made()
    assert run(kind.make(made))[0] is True
    assert run(kind.make(made))[0] is False
    with pytest.raises(NotFound, match="if_missing='ok'"):
        run(kind.make(made, if_missing="fail"))
    assert kind.left(sandbox) == 0


@each
def test_a_refusal_by_permission_fails_the_task(kind: Kind, sandbox: Running) -> None:
    made = kind.made()
    sandbox.faults.add(kind.operation, "error", status=403, code="NoPermission")
    with pytest.raises(PermissionDenied, match="grant the caller the permission"):
        run(kind.make(made))
    assert (kind.left(sandbox), sent(kind, sandbox)) == (1, 1)


@each
def test_a_task_that_is_killed_deletes_nothing_any_more_and_its_next_try_does(kind: Kind, sandbox: Running) -> None:
    made = kind.made()
    operator = kind.make(made)
    operator.on_kill()
    with pytest.raises(Stopped):
        run(operator)
    assert (kind.left(sandbox), sent(kind, sandbox)) == (1, 0)
    assert run(operator)[0] is True


@each
def test_without_a_word_of_a_create_it_deletes_nothing(kind: Kind, sandbox: Running) -> None:
    made = kind.made()
    with pytest.raises(DeleteRefused) as caught:
        run(kind.make(made, only_if_made=True))
    said = str(caught.value)
    assert f"'remove' did not delete {kind.operator.kind()} {made}: " in said
    assert "nothing says that this DAG run made it" in said
    assert "set only_if_made=False" in said
    assert (kind.left(sandbox), sent(kind, sandbox)) == (1, 0)


@each
def test_a_dry_run_looks_and_shows_the_request(kind: Kind, sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    made = kind.made()
    operator = kind.make(made)
    caplog.set_level(logging.INFO)
    # Airflow's own task logger takes its level from the configuration, once per process.
    vars(operator)["_cached_logger"] = logging.getLogger("tests.dry_run")
    operator.dry_run()
    assert f"'remove' would delete {kind.operator.request_type().resource_type().title} {made}, which is" in caplog.text
    assert "Signature=***" in caplog.text
    assert str(made) in caplog.text.partition("The delete request:")[2]
    assert (kind.left(sandbox), sent(kind, sandbox)) == (1, 0)


def test_no_secret_in_what_is_kept_of_the_operator() -> None:
    for kind in KINDS:
        operator = kind.make(kind.made())
        run(operator)
        for key in world.BIRTH_KEYS:
            assert key.secret not in repr(vars(operator))


# --- what a DAG run does -------------------------------------------------------------------------------------------


def test_a_dag_tears_down_what_it_made_and_nothing_else(
    run_dag: RunDag, sandbox: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    theirs = sandbox.insert("dataworks.business", ProjectId=10000, BusinessName="theirs")["BusinessId"]
    old = sandbox.insert("fabric.workspace", project_id=world.HUAWEI_PROJECT_ID, name="old-1")["id"]
    stranger = sandbox.insert("dataworks.business", ProjectId=10000, BusinessName="stranger")["BusinessId"]
    other = sandbox.insert("dataworks.business", ProjectId=10000, BusinessName="other")["BusinessId"]
    sandbox.faults.add("CreateWorkflow", "html", when="after", times=1)
    ran = run_dag(DAGS / "torn_down.py", {"stranger": stranger, "other": other})
    assert ran.states == {
        "make_business": "success",
        "fails": "failed",
        "delete_business": "success",
        "far": "success",
        "hand_on": "success",
        "delete_far": "success",
        "elsewhere": "failed",
        "make_workflow": "success",
        "delete_workflow": "success",
        **{f"make_lakes[{index}]": "success" for index in range(3)},
        "delete_lakes[0]": "success",
        "delete_lakes[1]": "success",
        "delete_lakes[2]": "failed",
        "take": "success",
        "keep": "failed",
        "says_how": "success",
        "says_something_else": "success",
        "keep_number": "failed",
        "stranger": "failed",
        "by_word": "success",
    }
    state = sandbox.state()
    assert [one["BusinessName"] for one in state["dataworks.business"]] == ["theirs", "stranger"]
    assert [one["id"] for one in state["fabric.workspace"]] == [old]
    assert "secmaster.workflow" not in state
    assert ran.xcom("delete_business") is True
    stated = {task_id: ran.xcom(task_id, key="how") for task_id in ("make_business", "make_workflow", "take")}
    places = {task_id: statement.pop("place") for task_id, statement in stated.items()}
    assert stated == {
        "make_business": {"kind": "DataWorks workflow", "id": ran.xcom("make_business"), "how": "made"},
        "make_workflow": {"kind": "SecMaster workflow", "id": ran.xcom("make_workflow"), "how": "found"},
        "take": {"kind": "DataWorks workflow", "id": theirs, "how": "taken"},
    }
    assert (
        places["make_business"]
        == places["take"]
        == {
            "region": "cn-hangzhou",
            "account": world.ALIBABA_ACCOUNT_ID,
            "project_id": 10000,
        }
    )
    assert places["make_workflow"]["workspace_id"] == world.SECMASTER_WORKSPACE_ID
    said = capfd.readouterr().out
    assert f"did not delete DataWorks workflow {theirs}: task 'take' took it over" in said
    assert "task 'far' has one of this id elsewhere, in project_id 10000 and not 10001; set only_if_made=False" in said
    assert f"did not delete DataArts Fabric workspace {old}: task 'make_lakes' took it over" in said
    assert f"did not delete DataWorks workflow {stranger}: nothing says that this DAG run made it" in said


@needs_state_store
def test_a_delete_without_an_id_says_why_and_fails_only_in_doubt(
    run_dag: RunDag, sandbox: Running, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    theirs = sandbox.insert("dataworks.business", ProjectId=10000, BusinessName="theirs")["BusinessId"]
    sandbox.faults.add("CreateWorkspace", "error", status=403, code="dataartsfabric.00010195")
    sandbox.faults.add("CreateWorkflow", "html", when="after")
    sandbox.faults.add("ListWorkflows", "html", nth=2, times=100)
    sandbox.faults.add("UpdateBusiness", "error", status=403, code="NoPermission")
    ran = run_dag(DAGS / "left_behind.py")
    assert ran.states == {
        "not_today": "success",
        "skipped": "skipped",
        "after_skipped": "success",
        "refused[0]": "failed",
        "after_refused": "success",
        "unknown": "failed",
        "after_unknown": "failed",
        "half_done": "failed",
        "after_half_done": "failed",
        "made": "success",
        "misspelt": "failed",
    }
    assert ran.xcom("after_refused") is False
    assert [ran.xcom(name, key="how", map_index=index) for name, index in (("refused", 0), ("unknown", -1))] == [
        {"kind": "DataArts Fabric workspace", "id": None, "how": None},
        {"kind": "SecMaster workflow", "id": None, "how": "unknown"},
    ]
    half_done = ran.xcom("half_done", key="how")
    assert (half_done["id"], half_done["how"], half_done["place"]["project_id"]) == (theirs, "taken", 10000)
    assert len(sandbox.state()["secmaster.workflow"]) == 1, "what may exist does exist, and stays"
    said = capfd.readouterr().out
    assert "'after_unknown' got no id to delete: task 'unknown' ended as failed and may have made something" in said
    assert f"'after_half_done' got no id to delete: task 'half_done' ended as failed and left {theirs}" in said
    assert "'misspelt' got business_id='None': its template rendered to nothing" in said


def test_what_a_create_states_is_plain_json(sandbox: Running) -> None:
    for kind in OPERATORS:
        made, ti = run(kind.operator(task_id="make", **kind.required))
        assert (ti.pushed["how"]["id"], ti.pushed["how"]["how"]) == (made, "made")
        assert json.loads(json.dumps(ti.pushed["how"])) == ti.pushed["how"]


@pytest.mark.parametrize(
    ("create", "delete", "differing"),
    [
        ({"account": "1", "region": "r"}, {"account": "2", "region": "r"}, "account 1 and not 2"),
        (
            {"account": "1", "region": "r", "endpoint": "vpc"},
            {"account": "1", "region": "r", "endpoint": "public"},
            None,
        ),
        ({"endpoint": "here", "account": None}, {"endpoint": "there", "account": None}, "endpoint here and not there"),
        ({"account": "1", "endpoint": "here"}, {"account": None, "endpoint": "there"}, None),
    ],
)
def test_where_a_thing_is_is_told_by_what_both_know(
    create: dict[str, Any], delete: dict[str, Any], differing: str | None
) -> None:
    """The business has the same number everywhere."""
    kind = DeleteBusinessOperator.request_type().resource_type()
    there = place_of(delete, {"project_id": "10000"}, kind)
    place = place_of(create, {"project_id": 10000, "business_name": "b"}, kind)
    assert Statement("make", "DataWorks workflow", "1", "made", place).elsewhere(there) == differing
