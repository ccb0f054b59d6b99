"""The operators in real DAG runs: rendering, mapping, XCom, links, as Airflow does them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_cloudflows.provider_info import provider_info
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.airflow_names import DagBag, DagSerialization
from tests.dag_runs import RunDag

DAGS = Path(__file__).parent / "dags"

pytestmark = pytest.mark.usefixtures("connections")


def test_tasks_that_claim_what_they_made_do_not_disturb_each_other(run_dag: RunDag, sandbox: Running) -> None:
    ran = run_dag(DAGS / "claimed.py")
    assert set(ran.states.values()) == {"success"}, ran.states
    (*_, last) = sandbox.state()["dataworks.business"]
    assert ran.xcom("other") == last["BusinessId"]
    assert ran.xcom("other", key="how")["id"] == str(last["BusinessId"])


def test_ids_reach_later_tasks(run_dag: RunDag, sandbox: Running) -> None:
    ran = run_dag(DAGS / "hand_over.py")
    assert set(ran.states.values()) == {"success"}, ran.states
    state = sandbox.state()

    (first, *mapped) = state["dataworks.business"]
    assert ran.xcom("business") == first["BusinessId"]
    assert type(ran.xcom("business")) is int
    assert first["BusinessName"] == "first_x1"
    assert sorted(one["BusinessName"] for one in mapped) == [f"mapped_{first['BusinessId']}_{n}" for n in range(3)]
    assert {one["UseType"] for one in mapped} == {"MANUAL_BIZ"}

    (group,) = state["dataworks.group"]
    assert (ran.xcom("group"), group["Description"]) == (group["GroupId"], f"business {first['BusinessId']}")
    (task,) = state["bpstudio.task"]
    assert ran.xcom("studio") == task["Id"]
    assert sorted(json.loads(task["Variables"].pop("${all}"))) == sorted(one["BusinessId"] for one in mapped)
    assert task["Variables"] == {"${business}": str(first["BusinessId"]), "${pair}": f'["h",{first["BusinessId"]}]'}
    (workflow,) = state["secmaster.workflow"]
    assert (ran.xcom("workflow"), workflow["description"]) == (workflow["id"], str(first["BusinessId"]))
    workspaces = {one["name"]: one for one in state["fabric.workspace"]}
    assert set(workspaces) == {"lake-1", "lake-x1"}
    assert workspaces["lake-1"]["tags"] == [{"key": "n", "value": "1"}]

    (run,) = state["dataworks.workflow_instance"]
    assert ran.xcom("run") == run["Id"]
    assert run["Name"].startswith(f"of {first['BusinessId']}_")

    collected = ran.xcom("collect")
    assert sorted(collected["businesses"]) == sorted(one["BusinessId"] for one in mapped)
    assert sorted(collected["workspaces"]) == sorted(one["id"] for one in state["fabric.workspace"])
    assert collected["types"] == ["int", "str"]

    response = ran.xcom("business", key="response")
    assert response["BusinessId"] == first["BusinessId"]
    assert json.loads(json.dumps(response)) == response
    assert ran.xcom("workflow", key="response")["id"] == workflow["id"]
    assert ran.xcom("workflow", key="create_response")["data"]["id"] == workflow["id"]

    written = ran.written()
    for key in world.BIRTH_KEYS:
        assert not [place for place, text in written.items() if key.secret in text]
    assert first["BusinessName"] in written["table rendered_task_instance_fields"]

    link = ran.dag.get_task("business").operator_extra_links[0]
    instance = ran.record.get_task_instance("business")
    address = f"https://ide2-cn-hangzhou.data.aliyun.com/?defaultProjectId={world.DATAWORKS_PROJECT_ID}"
    assert instance.xcom_pull(task_ids="business", key=link.xcom_key) == address


def test_wrong_values_fail_their_task_alone(run_dag: RunDag, sandbox: Running) -> None:
    ran = run_dag(DAGS / "goes_wrong.py")
    assert ran.states == {
        "nothing": "failed",
        "mapped[0]": "success",
        "mapped[1]": "failed",
        "nothing_inside[0]": "failed",
        "alright": "success",
    }
    assert [one["BusinessName"] for one in sandbox.state()["dataworks.business"]] == ["alright"]
    assert [one["name"] for one in sandbox.state()["fabric.workspace"]] == ["lake-1"]


def test_links_survive_serialization() -> None:
    """The web server knows the DAG in its serialized form only, and reads the address that the worker left."""
    (dag,) = DagBag(dag_folder=str(DAGS / "hand_over.py")).dags.values()
    restored = DagSerialization.deserialize_dag(json.loads(json.dumps(DagSerialization.serialize_dag(dag))))
    declared = {path.rpartition(".")[2] for path in provider_info()["extra-links"]}
    found = set()
    for task_id in ("business", "group", "run", "studio", "workflow", "fabric"):
        (link,) = restored.get_task(task_id).operator_extra_links
        (original,) = dag.get_task(task_id).operator_extra_links
        assert link.name == original.name
        assert link.xcom_key == original.xcom_key
        found.add(type(original).__name__)
    assert found == declared
