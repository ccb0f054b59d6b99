"""DataWorks workflows and nodes for tests: the documents, and the operators that make and publish them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from airflow_provider_cloudflows.operators.dataworks.node import CreateDataWorksNodeOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_definition import CreateWorkflowDefinitionOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.operators.tries import run

__all__ = [
    "PLACE",
    "a_node",
    "a_workflow",
    "designed",
    "node_document",
    "sent",
    "whole_document",
    "workflow_document",
]

PLACE: dict[str, Any] = {"project_id": world.DATAWORKS_PROJECT_ID}


def a_node(name: str = "load", **changes: Any) -> dict[str, Any]:
    """A node that runs SQL."""
    return {
        "name": name,
        "id": name,
        "script": {"path": name, "runtime": {"command": "ODPS_SQL"}, "content": f"SELECT '{name}';"},
        "outputs": {"nodeOutputs": [{"data": f"dw_project.{name}", "artifactType": "NodeOutput"}]},
        **changes,
    }


def a_workflow(name: str = "daily", **changes: Any) -> dict[str, Any]:
    """A workflow."""
    return {"name": name, "script": {"path": name, "runtime": {"command": "WORKFLOW"}}, **changes}


def node_document(name: str = "load", **changes: Any) -> dict[str, Any]:
    """The document that a node is created from."""
    return {"version": "2.0.0", "kind": "Node", "spec": {"nodes": [a_node(name, **changes)]}}


def workflow_document(name: str = "daily", **changes: Any) -> dict[str, Any]:
    """The document that a workflow is created from."""
    return {"version": "2.0.0", "kind": "CycleWorkflow", "spec": {"workflows": [a_workflow(name, **changes)]}}


def whole_document(name: str = "daily", *nodes: str) -> dict[str, Any]:
    """The document that a workflow is imported from: each node depends on the one before it."""
    names = nodes or (f"{name}_load", f"{name}_sum")
    dependencies = [
        {"nodeId": later, "depends": [{"type": "Normal", "output": f"dw_project.{earlier}"}]}
        for earlier, later in pairwise(names)
    ]
    return workflow_document(name, nodes=[a_node(one) for one in names], dependencies=dependencies)


def designed(name: str = "daily") -> str:
    """Make a workflow with two nodes, and return the id of its definition."""
    made = run(CreateWorkflowDefinitionOperator(task_id="w", spec=workflow_document(name), settle=0, **PLACE))
    for one in (f"{name}_load", f"{name}_sum"):
        node = CreateDataWorksNodeOperator(task_id=one, container_id=made, spec=node_document(one), settle=0, **PLACE)
        run(node)
    return str(made)


def sent(sandbox: Running) -> Counter[str]:
    """How often each operation was called."""
    return Counter(entry["operation"] for entry in sandbox.requests())
