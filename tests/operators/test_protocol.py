"""The create protocol as a DAG author meets it: its arguments, what it hands on, and what a retry returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import AlreadyExists, InvalidParameter, InvalidRequest, NotFound
from airflow_provider_cloudflows.operators import retries
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.transport import retry
from tests.dag_runs import DagRun, RunDag
from tests.operators.material import OPERATORS, Kind, run

DAGS = Path(__file__).parent / "dags"
FINDABLE = [kind for kind in OPERATORS if kind.operator is not CreateBPStudioTaskOperator]
findable = pytest.mark.parametrize("kind", FINDABLE, ids=[kind.operator.__name__ for kind in FINDABLE])
DESCRIBED = [kind for kind in FINDABLE if "description" in kind.operator.template_fields]
described = pytest.mark.parametrize("kind", DESCRIBED, ids=[kind.operator.__name__ for kind in DESCRIBED])
with_store = pytest.mark.skipif(not retries._HAS_POLICIES, reason="Airflow 3.3 brings the task state store")


def make(kind: Kind, **more: Any) -> CreateOperator:
    return kind.operator(task_id="make", **{**kind.required, **more})


def bpstudio(**more: Any) -> CreateBPStudioTaskOperator:
    (kind,) = [kind for kind in OPERATORS if kind not in FINDABLE]
    return CreateBPStudioTaskOperator(task_id="make", **{**kind.required, **more})


# --- arguments -----------------------------------------------------------------------------------------------------


@findable
@pytest.mark.parametrize("value", ["Reuse", "", "replace", None, 1])
def test_a_wrong_if_exists_fails_the_import(kind: Kind, value: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"'make' got if_exists="):
        make(kind, if_exists=value)


@findable
@pytest.mark.parametrize("value", [-1, "soon", None, float("inf"), float("nan"), "", []])
def test_a_wrong_settle_fails_the_import(kind: Kind, value: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"'make' got settle="):
        make(kind, settle=value)


@pytest.mark.parametrize("value", ["Fail", "", "reuse", None])
def test_a_wrong_on_unknown_fails_the_import(value: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"on_unknown=.*'fail' or 'resend'"):
        bpstudio(on_unknown=value)


@pytest.mark.parametrize("value", ["abc", -1, 0, "1.5", True, 1.5])
def test_a_wrong_existing_task_id_fails_the_import(value: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"'make' got existing_task_id="):
        bpstudio(existing_task_id=value)


@findable
def test_update_is_offered_where_the_service_has_one(kind: Kind) -> None:
    if kind.operator is CreateDataServiceGroupOperator:
        with pytest.raises(InvalidParameter, match="offers 'reuse' or 'fail'"):
            make(kind, if_exists="update")
    else:
        make(kind, if_exists="update")


@pytest.mark.parametrize(("name", "value"), [("if_exists", "replace"), ("settle", "soon"), ("settle", -1)])
@findable
def test_a_template_is_checked_when_it_is_rendered(kind: Kind, name: str, value: Any, connections: Running) -> None:
    operator = make(kind, **{name: "{{ params.x }}"})
    with pytest.raises(InvalidParameter, match=f"'make' got {name}="):
        run(operator, x=value)
    assert connections.requests() == []


@pytest.mark.parametrize(("name", "value"), [("on_unknown", "perhaps"), ("existing_task_id", "abc")])
def test_a_template_of_a_task_is_checked_when_it_is_rendered(name: str, value: str, connections: Running) -> None:
    operator = bpstudio(**{name: "{{ params.x }}"})
    with pytest.raises(InvalidParameter, match=f"'make' got {name}="):
        run(operator, x=value)
    assert connections.requests() == []


def test_every_setting_of_the_protocol_is_a_template() -> None:
    for kind in FINDABLE:
        assert {"if_exists", "settle"} <= set(kind.operator.template_fields)
    assert {"on_unknown", "existing_task_id"} <= set(CreateBPStudioTaskOperator.template_fields)


# --- what it does with what exists, without a store ----------------------------------------------------------------


@findable
def test_finding_by_name_needs_no_store(kind: Kind, connections: Running) -> None:
    first, _ = run(make(kind))
    second, ti = run(make(kind))
    assert second == first
    assert len(connections.state()[kind.state]) == 1
    assert ti.pushed["response"]
    assert "drift" not in ti.pushed
    assert json.loads(json.dumps(ti.pushed)) == ti.pushed


@findable
def test_fail_refuses_what_exists(kind: Kind, connections: Running) -> None:
    run(make(kind))
    with pytest.raises(AlreadyExists):
        run(make(kind, if_exists="{{ params.x }}"), x="fail")


@described
def test_differences_go_to_drift(kind: Kind, connections: Running) -> None:
    run(make(kind, description="old"))
    _, ti = run(make(kind, description="new"))
    assert ti.pushed["drift"] == {"description": {"asked": "new", "exists": "old"}}


@described
def test_update_leaves_no_drift(kind: Kind, connections: Running) -> None:
    if kind.operator is CreateDataServiceGroupOperator:
        return
    first, _ = run(make(kind, description="old"))
    second, ti = run(make(kind, description="new", if_exists="update"))
    assert (second, "drift" in ti.pushed) == (first, False)
    (thing,) = connections.state()[kind.state]
    assert thing.get("description", thing.get("Description")) == "new"


@pytest.mark.parametrize("given", [str, int])
def test_a_task_that_a_person_found_is_taken_over(given: type, connections: Running) -> None:
    made, _ = run(bpstudio())
    taken, _ = run(bpstudio(existing_task_id="{{ params.x }}"), x=given(made))
    assert (taken, type(taken)) == (made, int)
    assert len(connections.state()["bpstudio.task"]) == 1


def test_a_task_that_is_not_there_is_not_taken_over(connections: Running) -> None:
    with pytest.raises((NotFound, InvalidRequest), match="424242"):  # BPStudio publishes no code for it
        run(bpstudio(existing_task_id=424242))
    assert "bpstudio.task" not in connections.state()


# --- retries in real runs ------------------------------------------------------------------------------------------


def store_of(ran: DagRun) -> dict[int, Any]:
    """What the state store holds, by map index."""
    from airflow.models.task_state_store import TaskStateStoreModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(TaskStateStoreModel).filter_by(run_id=ran.record.run_id, dag_id=ran.dag.dag_id).all()
        return {row.map_index: json.loads(row.value) for row in rows}


def lose_every_answer(sandbox: Running, *, times: int) -> None:
    """Creates take effect and their answers get lost; so do the look-ups that follow, and never those before."""
    sandbox.faults.add("CreateWorkflow", "html", when="after", times=times)
    sandbox.faults.add("ListWorkflows", "html", nth=2, times=retry.MOST_FAILURES)


@with_store
def test_the_second_try_finds_what_the_first_one_made(
    run_dag: RunDag, connections: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    lose_every_answer(connections, times=1)
    ran = run_dag(DAGS / "retried.py")
    assert set(ran.states.values()) == {"success"}
    tries = {one.map_index: one.try_number for one in ran.record.get_task_instances()}
    assert sorted(tries.values()) == [1, 2]
    made = {one["name"]: one["id"] for one in connections.state()["secmaster.workflow"]}
    assert len(connections.state()["secmaster.workflow"]) == 2
    assert [ran.xcom("mapped", map_index=index) for index in (0, 1)] == [made["orders-1"], made["orders-2"]]

    kept = store_of(ran)
    assert {index: intent["resource_id"] for index, intent in kept.items()} == {
        0: made["orders-1"],
        1: made["orders-2"],
    }
    assert [intent["identity"]["name"] for _, intent in sorted(kept.items())] == ["orders-1", "orders-2"]
    text = json.dumps(kept)
    assert "words of the description" not in text
    for key in world.BIRTH_KEYS:
        assert key.id not in text
        assert key.secret not in text


@with_store
def test_a_name_that_renders_differently_stops_the_second_try(
    run_dag: RunDag, connections: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    lose_every_answer(connections, times=1)
    ran = run_dag(DAGS / "renamed.py")
    assert ran.states == {"renamed": "failed"}
    assert ran.record.get_task_instance("renamed").try_number == 2
    assert [one["name"] for one in connections.state()["secmaster.workflow"]] == ["orders-1"]
