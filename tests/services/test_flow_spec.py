"""What DataWorks would drop or refuse of a FlowSpec document is found before it is sent, and the sentence says what to
write; whatever else a document holds travels as it is."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from airflow_provider_cloudflows.services.dataworks import flow_spec
from airflow_provider_cloudflows.services.dataworks.create_node import CreateNode
from airflow_provider_cloudflows.services.dataworks.create_workflow_definition import CreateWorkflowDefinition
from airflow_provider_cloudflows.services.dataworks.import_workflow_definition import ImportWorkflowDefinition
from airflow_provider_cloudflows.services.dataworks.update_node import UpdateNode
from airflow_provider_cloudflows.services.dataworks.update_workflow_definition import UpdateWorkflowDefinition


def a_node(name: str = "load", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "id": name,
        "script": {"path": name, "runtime": {"command": "ODPS_SQL"}, "content": f"SELECT '{name}';"},
        "outputs": {"nodeOutputs": [{"data": f"dw_project.{name}", "artifactType": "NodeOutput"}]},
        **changes,
    }


def node_document(*nodes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"version": "2.0.0", "kind": "Node", "spec": {"nodes": list(nodes or (a_node(),))}, **changes}


def a_workflow(name: str = "daily", **changes: Any) -> dict[str, Any]:
    return {"name": name, "script": {"path": name, "runtime": {"command": "WORKFLOW"}}, **changes}


def document(*workflows: Any, **changes: Any) -> dict[str, Any]:
    return {"version": "2.0.0", "kind": "CycleWorkflow", "spec": {"workflows": list(workflows)}, **changes}


def depends(node_id: str, *outputs: str) -> dict[str, Any]:
    return {"nodeId": node_id, "depends": [{"type": "Normal", "output": output} for output in outputs]}


WHOLE = document(a_workflow(nodes=[a_node("load"), a_node("sum")], dependencies=[depends("sum", "dw_project.load")]))
TWO_ALIKE = [a_node("load"), a_node("sum", outputs={"nodeOutputs": [{"data": "dw_project.load"}]})]

BEFORE = {"type": "CrossCycleDependsOnSelf", "output": "dw_project.load"}
ON_ITSELF = document(a_workflow(nodes=[a_node()], dependencies=[{"nodeId": "load", "depends": [BEFORE]}]))

WRONG: list[tuple[Any, Any, list[str]]] = [
    # What holds of every document.
    (flow_spec.workflow_problems, [], ["no JSON object", "write one with version, kind and spec"]),
    (flow_spec.workflow_problems, document(a_workflow(), kind="Node"), ["kind is 'Node'; write 'CycleWorkflow'"]),
    (flow_spec.node_problems, node_document(kind="CycleWorkflow"), ["kind is 'CycleWorkflow'; write 'Node'"]),
    (flow_spec.workflow_problems, document(a_workflow(), version=2), ["version is 2; write", "'2.0.0'"]),
    # Only the first workflow counts.
    (
        flow_spec.workflow_problems,
        document(a_workflow("a"), a_workflow("b")),
        ["holds 2 workflows, and all but the first would be ignored; write one"],
    ),
    (flow_spec.workflow_problems, document(), ["spec.workflows holds no workflow; write a list with one workflow"]),
    (flow_spec.workflow_problems, document("daily"), ["spec.workflows[0] is no JSON object; write the workflow there"]),
    (flow_spec.whole_workflow_problems, document(a_workflow("a"), a_workflow("b")), ["holds 2 workflows"]),
    (flow_spec.workflow_change_problems, document(a_workflow("a"), a_workflow("b")), ["holds 2 workflows"]),
    # A create and an update ignore nodes.
    (flow_spec.workflow_problems, WHOLE, ["spec.workflows[0].nodes would be ignored", "give each node a task"]),
    (flow_spec.workflow_change_problems, WHOLE, ["spec.workflows[0].nodes would be ignored", "import the workflow"]),
    (
        flow_spec.workflow_problems,
        {**document(), "spec": {"workflows": [a_workflow()], "nodes": [a_node()]}},
        ["spec.nodes would be ignored by this operation; leave it out"],
    ),
    (
        flow_spec.whole_workflow_problems,
        {**document(), "spec": {"workflows": [a_workflow()], "nodes": [a_node()]}},
        ["spec.nodes is beside the workflow", "write them at spec.workflows[0].nodes"],
    ),
    # The command is mandatory.
    (
        flow_spec.workflow_problems,
        document({"name": "daily"}),
        ["spec.workflows[0].script.runtime.command is None; write 'WORKFLOW'"],
    ),
    (
        flow_spec.workflow_change_problems,
        document(a_workflow(script={"runtime": {"command": "SHELL"}})),
        ["script.runtime.command is 'SHELL'; write 'WORKFLOW'"],
    ),
    (
        flow_spec.node_problems,
        node_document(a_node(script={})),
        ["spec.nodes[0].script.runtime.command is None; write what the node runs, for example 'ODPS_SQL'"],
    ),
    # A node's id is its name.
    (
        flow_spec.node_problems,
        node_document(a_node(id="7")),
        ["spec.nodes[0].id is '7', and dependencies on the node would vanish; write its name, 'load'"],
    ),
    (
        flow_spec.whole_workflow_problems,
        document(a_workflow(nodes=[a_node("load"), a_node("sum", id=None)])),
        ["spec.workflows[0].nodes[1].id is None", "write its name, 'sum'"],
    ),
    (
        flow_spec.whole_workflow_problems,
        document(a_workflow(nodes=[a_node("load")], dependencies=[depends("sum")])),
        ["dependencies[0].nodeId is 'sum', which is the id of no node, so that it would vanish"],
    ),
    # Names and outputs are unique.
    (
        flow_spec.whole_workflow_problems,
        document(a_workflow(nodes=TWO_ALIKE)),
        ["spec.workflows[0].nodes has the output 'dw_project.load' 2 times; write another for each node"],
    ),
    (
        flow_spec.whole_workflow_problems,
        document(a_workflow(nodes=[a_node(), a_node(outputs={})])),
        ["has the name 'load' 2 times"],
    ),
    (flow_spec.whole_workflow_problems, document(a_workflow(nodes="load")), ["nodes is no list; write a list"]),
    (
        flow_spec.whole_workflow_problems,
        document(a_workflow(nodes=["load"])),
        ["nodes[0] is no JSON object, and would"],
    ),
    (
        flow_spec.whole_workflow_problems,
        document(a_workflow(nodes=[a_node()], dependencies=depends("load"))),
        ["spec.workflows[0].dependencies is no list; write a list there, with an object for each dependency"],
    ),
    # What waits for itself never runs.
    (
        flow_spec.whole_workflow_problems,
        document(
            a_workflow(
                nodes=[a_node(name) for name in ("first", "load", "sum", "show")],
                dependencies=[
                    depends("load", "dw_project.first", "dw_project.sum"),
                    depends("sum", "dw_project.load"),
                    depends("show", "dw_project.sum"),
                ],
            )
        ),
        ["dependencies let 'load', 'sum' wait for each other in a circle"],
    ),
    (
        flow_spec.whole_workflow_problems,
        document(a_workflow(nodes=[a_node()], dependencies=[depends("load", "dw_project.load")])),
        ["dependencies let 'load' wait for each other in a circle"],
    ),
    # Names.
    (flow_spec.workflow_problems, document(a_workflow(" daily")), ["spec.workflows[0].name is ' daily'; write a text"]),
    (flow_spec.node_problems, node_document(a_node("")), ["spec.nodes[0].name is ''; write a text"]),
    (flow_spec.node_problems, node_document(a_node("a"), a_node("b")), ["spec.nodes holds 2 nodes"]),
    (flow_spec.node_change_problems, node_document(a_node("a"), a_node("b")), ["spec.nodes holds 2 nodes"]),
]


@pytest.mark.parametrize(("problems_of", "spec", "said"), WRONG)
def test_what_would_be_dropped_is_refused_with_what_to_write(problems_of: Any, spec: Any, said: list[str]) -> None:
    text = "; ".join(problems_of(spec))
    assert not [part for part in said if part not in text], text


@pytest.mark.parametrize(("problems_of", "spec", "said"), WRONG)
def test_the_request_refuses_it_too(problems_of: Any, spec: Any, said: list[str]) -> None:
    request, more = {
        flow_spec.workflow_problems: (CreateWorkflowDefinition, {}),
        flow_spec.whole_workflow_problems: (ImportWorkflowDefinition, {}),
        flow_spec.node_problems: (CreateNode, {"scene": "DATAWORKS_PROJECT"}),
        flow_spec.workflow_change_problems: (UpdateWorkflowDefinition, {"id": "7"}),
        flow_spec.node_change_problems: (UpdateNode, {"id": "7"}),
    }[problems_of]
    with pytest.raises(ValidationError):
        request(project_id=1, spec=spec, **more)


RIGHT: list[tuple[Any, Any]] = [
    (flow_spec.workflow_problems, document(a_workflow())),
    (flow_spec.workflow_problems, document(a_workflow(trigger={"type": "Scheduler"}), kind="ManualWorkflow")),
    (flow_spec.whole_workflow_problems, WHOLE),
    (flow_spec.whole_workflow_problems, document(a_workflow())),
    (flow_spec.whole_workflow_problems, ON_ITSELF),
    (flow_spec.node_problems, node_document()),
    (flow_spec.workflow_change_problems, document({"trigger": {"cron": "00 00 02 * * ?"}})),
    (flow_spec.node_change_problems, node_document({"script": {"content": "SELECT 2;"}})),
]


@pytest.mark.parametrize(("problems_of", "spec"), RIGHT)
def test_what_is_right_has_no_problem(problems_of: Any, spec: Any) -> None:
    assert problems_of(spec) == []


def is_known(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(is_known, value.values()))
    if isinstance(value, list):
        return all(map(is_known, value))
    return not (isinstance(value, str) and "{{" in value)


def templated(value: Any) -> Any:
    """The same document, all of whose texts are templates."""
    if isinstance(value, dict):
        return {key: templated(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [templated(inside) for inside in value]
    return f"{{{{ {value} }}}}"


@pytest.mark.parametrize(("problems_of", "spec"), RIGHT)
def test_what_a_template_gives_is_not_judged(problems_of: Any, spec: Any) -> None:
    assert problems_of(templated(spec), is_known) == []
    assert problems_of("{{ params.spec }}", is_known) == []


def test_what_is_written_around_templates_is_judged() -> None:
    spec = document(a_workflow("{{ ds }}", script={}), a_workflow("b"))
    text = "; ".join(flow_spec.workflow_problems(spec, is_known))
    assert "holds 2 workflows" in text
    assert "command is None" in text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)
KEYS = (
    *("version", "kind", "spec", "workflows", "nodes", "script", "runtime", "command", "name", "id", "outputs"),
    *("nodeOutputs", "data", "dependencies", "nodeId", "depends", "output"),
)
documents = st.recursive(
    st.none() | st.text(max_size=5) | st.sampled_from(["WORKFLOW", "CycleWorkflow", "Node"]) | st.integers(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inside, max_size=5),
    max_leaves=14,
)
CHECKS = (
    flow_spec.workflow_problems,
    flow_spec.whole_workflow_problems,
    flow_spec.node_problems,
    flow_spec.workflow_change_problems,
    flow_spec.node_change_problems,
)


@given(documents)
def test_no_document_breaks_the_checks(spec: Any) -> None:
    before = copy.deepcopy(spec)
    for problems_of in CHECKS:
        assert all(isinstance(problem, str) for problem in problems_of(spec))
        problems_of(spec, lambda value: False)
    assert spec == before


not_refused = st.text(max_size=8).filter(lambda name: name != "nodes")


@given(st.dictionaries(not_refused, json_values, max_size=4))
def test_whatever_else_a_document_holds_arrives_as_it_was(more: dict[str, Any]) -> None:
    spec = document({**more, **a_workflow()}, **{f"x{name}": value for name, value in more.items()})
    for given_as in (spec, json.dumps(spec)):
        request = CreateWorkflowDefinition(project_id=1, spec=given_as)
        assert json.loads(json.dumps(request.spec)) == spec


@given(documents)
def test_nothing_differs_from_itself(spec: Any) -> None:
    assert flow_spec.drift(spec, spec) == {}
    assert flow_spec.drift(spec, json.dumps(spec)) == {}


@given(documents, st.dictionaries(st.sampled_from(["id", "uuid", "version", "path", "extra"]), json_values))
def test_what_the_service_adds_and_its_own_ids_are_no_drift(spec: Any, added: dict[str, Any]) -> None:
    asked = {"spec": spec, "id": "mine"}
    assert flow_spec.drift(asked, {**added, "spec": spec}) == {}


def test_what_differs_is_named_by_its_place() -> None:
    shown = copy.deepcopy(WHOLE)
    shown["spec"]["workflows"][0]["nodes"][1]["script"]["content"] = "SELECT 2;"
    place = "spec.workflows[0].nodes[1].script.content"
    assert flow_spec.drift(WHOLE, json.dumps(shown)) == {place: ("SELECT 'sum';", "SELECT 2;")}
    assert flow_spec.differences(WHOLE, shown) == {"spec": ({place: "SELECT 'sum';"}, {place: "SELECT 2;"})}
    assert flow_spec.drift(WHOLE, "no JSON") == {}
    del shown["spec"]["workflows"][0]["nodes"][0]["script"]["content"]  # a list shows none
    assert [*flow_spec.drift(WHOLE, shown)] == [place]


def test_what_is_missing_differs() -> None:
    asked = document(a_workflow(trigger={"type": "Scheduler"}))
    found = flow_spec.drift(asked, document(a_workflow()))
    assert found == {"spec.workflows[0].trigger": ({"type": "Scheduler"}, None)}


@pytest.mark.parametrize(
    ("text", "said"), [("{", "is no JSON text"), ('{"kind": 1, "kind": 2}', "'kind' is there twice")]
)
def test_a_text_that_is_no_json_says_so(text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CreateNode(project_id=1, scene="DATAWORKS_PROJECT", spec=text)


def test_a_document_travels_as_compact_text_in_one_field() -> None:
    message = CreateWorkflowDefinition(project_id=1, spec=document(a_workflow("日报"))).message("https://x", None)
    assert b"ProjectId=1&Spec=%7B%22version%22%3A%222.0.0%22%2C%22kind%22" in message.body
