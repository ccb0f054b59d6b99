"""FlowSpec: the JSON document in which DataWorks takes workflows and nodes, and what goes wrong with it in silence.

The service drops what it does not expect and reports success: a second workflow, the nodes of a workflow that is
created, a dependency on a node whose id is not its name. So what is known to be dropped is refused here, with a
sentence that says what to write. This module is no model of FlowSpec: whatever else a document holds is the vendor's
business, and travels as it is.

The facts are the vendor's: the pages *CreateWorkflowDefinition*, *UpdateWorkflowDefinition* and *CreateNode* of API
version 2024-05-18, and the guide to FlowSpec in its repository ``aliyun/alibabacloud-aiops-skills``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from airflow_provider_cloudflows.calls.json_form import without_twins
from airflow_provider_cloudflows.calls.models import Document

__all__ = [
    "NodeChange",
    "NodeSpec",
    "WholeWorkflowSpec",
    "WorkflowChange",
    "WorkflowSpec",
    "container_of",
    "differences",
    "drift",
    "name_in",
    "node_change_problems",
    "node_problems",
    "whole_workflow_problems",
    "workflow_change_problems",
    "workflow_problems",
]

WORKFLOW_KINDS = ("CycleWorkflow", "ManualWorkflow", "TriggerWorkflow", "TemporaryWorkflow", "Workflow", "PaiFlow")
"""Kinds of a document that holds workflows."""

NODE_KINDS = ("Node", "ManualNode")
"""Kinds of a document that holds nodes."""

WORKFLOW_COMMAND = "WORKFLOW"

DEPENDENCIES = "spec.workflows[0].dependencies"

WRITTEN_BY_THE_SERVICE = frozenset({"id", "uuid", "version", "path"})
"""What the service shows otherwise than it was sent, so that it says nothing: an update moves nothing, either."""

LEFT_OUT_BY_THE_SERVICE = frozenset({"content"})
"""What the service shows only to who asks for it: that it is not there says nothing."""

NORMAL = "Normal"
"""Type of a dependency within one cycle; the others are on the cycle before, where a circle does no harm."""

IsKnown = Callable[[Any], bool]
"""Tells whether a value is final: a DAG file checks documents that still hold templates."""


def _always(value: Any) -> bool:
    return True


# --- the parts of a document ------------------------------------------------------------------------------------------


def name_in(spec: Document) -> str:
    """Return the name of the workflow, or of the node, that a checked document describes."""
    return str(_part(spec, container_of(spec), 0, "name"))


def container_of(spec: Document) -> str:
    """Return where a document holds what it describes: ``workflows`` or ``nodes``."""
    return "workflows" if spec.get("kind") in WORKFLOW_KINDS else "nodes"


def _part(spec: Any, *steps: str | int) -> Any:
    """Return what is at ``spec.`` and the steps, or None where nothing is."""
    found = _inner(spec, "spec")
    for step in steps:
        found = _inner(found, step)
    return found


def _inner(value: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and len(value) > step else None
    return value.get(step) if isinstance(value, Mapping) else None


def _mappings(value: Any) -> list[Any]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


# --- what is wrong ----------------------------------------------------------------------------------------------------


def workflow_problems(spec: Any, is_known: IsKnown = _always) -> list[str]:
    """Return what is wrong with a document that a workflow is created from, which must hold no nodes.

    :param is_known: values that are not known yet are right.
    """
    if not _is_written_down(spec, is_known):
        return []
    return [*_envelope(spec, WORKFLOW_KINDS, is_known), *_workflow(spec, is_known), *_ignored_nodes(spec)]


def whole_workflow_problems(spec: Any, is_known: IsKnown = _always) -> list[str]:
    """Return what is wrong with a document that a workflow is imported from, with its nodes."""
    if not _is_written_down(spec, is_known):
        return []
    place = "spec.workflows[0].nodes"
    nodes, dependencies = _part(spec, "workflows", 0, "nodes"), _part(spec, "workflows", 0, "dependencies")
    problems = [*_envelope(spec, WORKFLOW_KINDS, is_known), *_workflow(spec, is_known)]
    if _part(spec, "nodes"):
        problems.append(f"spec.nodes is beside the workflow, and would not become part of it; write them at {place}")
    problems += _no_objects(nodes, place, "node", is_known)
    problems += _no_objects(dependencies, DEPENDENCIES, "dependency", is_known)
    for number, node in _numbered(nodes):
        problems += _node(node, f"{place}[{number}]", is_known)
    problems += _shared(_mappings(nodes), place, is_known)
    return [*problems, *_stray_dependencies(spec, is_known), *_circles(spec)]


def node_problems(spec: Any, is_known: IsKnown = _always) -> list[str]:
    """Return what is wrong with a document that a node is created from."""
    if not _is_written_down(spec, is_known):
        return []
    problems = [*_envelope(spec, NODE_KINDS, is_known), *_only_one(spec, "nodes", "node", is_known)]
    nodes = _mappings(_part(spec, "nodes"))[:1]
    problems += [problem for node in nodes for problem in _node(node, "spec.nodes[0]", is_known)]
    return [*problems, *_shared(nodes, "spec.nodes", is_known)]


def workflow_change_problems(spec: Any, is_known: IsKnown = _always) -> list[str]:
    """Return what is wrong with a document that changes a workflow: what it leaves out stays."""
    if not _is_written_down(spec, is_known):
        return []
    problems = [*_envelope(spec, WORKFLOW_KINDS, is_known), *_only_one(spec, "workflows", "workflow", is_known)]
    if _part(spec, "workflows", 0, "script") is not None:
        problems += _command(spec, is_known)
    return [*problems, *_ignored_nodes(spec)]


def node_change_problems(spec: Any, is_known: IsKnown = _always) -> list[str]:
    """Return what is wrong with a document that changes a node: what it leaves out stays."""
    if not _is_written_down(spec, is_known):
        return []
    problems = [*_envelope(spec, NODE_KINDS, is_known), *_only_one(spec, "nodes", "node", is_known)]
    return [*problems, *_shared(_mappings(_part(spec, "nodes"))[:1], "spec.nodes", is_known)]


def _is_written_down(spec: Any, is_known: IsKnown) -> bool:
    """Tell whether there is a document to look at: a DAG file may get all of it from somewhere else."""
    return isinstance(spec, Mapping) or is_known(spec)


def _envelope(spec: Any, kinds: tuple[str, ...], is_known: IsKnown) -> Iterator[str]:
    if not isinstance(spec, Mapping):
        yield "it is no JSON object; write one with version, kind and spec"
        return
    kind, version = spec.get("kind"), spec.get("version")
    if is_known(kind) and kind not in kinds:
        yield f"kind is {kind!r}; write {' or '.join(map(repr, kinds[:2]))}"
    if is_known(version) and not (isinstance(version, str) and version):
        yield f"version is {version!r}; write the version of FlowSpec as a text, for example '2.0.0'"


def _only_one(spec: Any, container: str, what: str, is_known: IsKnown) -> Iterator[str]:
    held = _part(spec, container)
    if not is_known(held) and not isinstance(held, list):
        return
    if not isinstance(held, list) or not held:
        yield f"spec.{container} holds no {what}; write a list with one {what}"
    elif len(held) > 1:
        yield (
            f"spec.{container} holds {len(held)} {container}, and all but the first would be ignored; write one, and "
            "give each other a task of its own"
        )
    elif is_known(held[0]) and not isinstance(held[0], Mapping):
        yield f"spec.{container}[0] is no JSON object; write the {what} there"


def _workflow(spec: Any, is_known: IsKnown) -> Iterator[str]:
    problems = list(_only_one(spec, "workflows", "workflow", is_known))
    yield from problems
    if isinstance(_part(spec, "workflows", 0), Mapping):
        yield from _named(_part(spec, "workflows", 0), "spec.workflows[0]", is_known)
        yield from _command(spec, is_known)


def _command(spec: Any, is_known: IsKnown) -> Iterator[str]:
    command = _part(spec, "workflows", 0, "script", "runtime", "command")
    if is_known(command) and command != WORKFLOW_COMMAND:
        yield f"spec.workflows[0].script.runtime.command is {command!r}; write '{WORKFLOW_COMMAND}', which it must be"


def _ignored_nodes(spec: Any) -> Iterator[str]:
    for place, nodes in (
        ("spec.workflows[0].nodes", _part(spec, "workflows", 0, "nodes")),
        ("spec.nodes", _part(spec, "nodes")),
    ):
        if nodes:
            yield (
                f"{place} would be ignored by this operation; leave it out and give each node a task of its own, or "
                "import the workflow as a whole"
            )


def _named(part: Any, place: str, is_known: IsKnown) -> Iterator[str]:
    name = part.get("name")
    if is_known(name) and not (isinstance(name, str) and name and name == name.strip()):
        yield f"{place}.name is {name!r}; write a text that neither begins nor ends with white space"


def _no_objects(parts: Any, place: str, what: str, is_known: IsKnown) -> Iterator[str]:
    """What is no list of objects would vanish, as a whole or one by one."""
    if parts is None or not (isinstance(parts, list) or is_known(parts)):
        return
    if not isinstance(parts, list):
        yield f"{place} is no list; write a list there, with an object for each {what}"
        return
    for number, one in enumerate(parts):
        if is_known(one) and not isinstance(one, Mapping):
            yield f"{place}[{number}] is no JSON object, and would vanish; write the {what} there"


def _numbered(nodes: Any) -> Iterator[tuple[int, Any]]:
    for number, node in enumerate(nodes if isinstance(nodes, list) else ()):
        if isinstance(node, Mapping):
            yield number, node


def _node(node: Any, place: str, is_known: IsKnown) -> Iterator[str]:
    yield from _named(node, place, is_known)
    name, node_id = node.get("name"), node.get("id")
    if node_id != name and is_known(name) and is_known(node_id):
        yield f"{place}.id is {node_id!r}, and dependencies on the node would vanish; write its name, {name!r}"
    command = _inner(_inner(_inner(node, "script"), "runtime"), "command")
    if is_known(command) and not (isinstance(command, str) and command):
        yield f"{place}.script.runtime.command is {command!r}; write what the node runs, for example 'ODPS_SQL'"


def _shared(nodes: list[Any], place: str, is_known: IsKnown) -> Iterator[str]:
    """What only one node may have: its name, and each of its outputs, which is unique in the workspace."""
    names = [node.get("name") for node in nodes]
    outputs = [
        _inner(one, "data") for node in nodes for one in _mappings(_inner(_inner(node, "outputs"), "nodeOutputs"))
    ]
    for what, values in (("the name", names), ("the output", outputs)):
        counted = Counter(value for value in values if isinstance(value, str) and is_known(value))
        for value, times in counted.items():
            if times > 1:
                yield f"{place} has {what} {value!r} {times} times; write another for each node"


def _stray_dependencies(spec: Any, is_known: IsKnown) -> Iterator[str]:
    """Dependencies of a node that is not there would vanish."""
    nodes = _part(spec, "workflows", 0, "nodes")
    ids = [node.get("id") for node in _mappings(nodes)]
    if not all(map(is_known, ids)):
        return
    for number, one in _numbered(_part(spec, "workflows", 0, "dependencies")):
        node_id = one.get("nodeId")
        if is_known(node_id) and node_id not in ids:
            place = f"{DEPENDENCIES}[{number}].nodeId"
            yield f"{place} is {node_id!r}, which is the id of no node, so that it would vanish; write the id of a node"


def _circles(spec: Any) -> Iterator[str]:
    """Nodes that wait for each other never run; templates that read alike render alike."""
    waits_for = _waits_for(spec)
    while outside := {name for name in waits_for if _is_outside_of_circles(name, waits_for)}:
        waits_for = {name: others for name, others in waits_for.items() if name not in outside}
    if waits_for:
        names = ", ".join(map(repr, waits_for))
        yield f"{DEPENDENCIES} let {names} wait for each other in a circle, and none of them ever runs; take one away"


def _is_outside_of_circles(name: str, waits_for: Mapping[str, set[str]]) -> bool:
    """Tell whether a node waits for none of those in ``waits_for``, or none of them for it."""
    return not waits_for[name] & waits_for.keys() or not any(name in others for others in waits_for.values())


def _waits_for(spec: Any) -> dict[str, set[str]]:
    """Return the ids of the nodes that each one depends on in the same cycle, by its id."""
    maker = {
        _inner(output, "data"): node.get("id")
        for node in _mappings(_part(spec, "workflows", 0, "nodes"))
        for output in _mappings(_inner(_inner(node, "outputs"), "nodeOutputs"))
        if isinstance(_inner(output, "data"), str)
    }
    found: dict[str, set[str]] = {}
    for one in _mappings(_part(spec, "workflows", 0, "dependencies")):
        outputs = [each.get("output") for each in _mappings(one.get("depends")) if each.get("type") in (None, NORMAL)]
        others = (maker.get(output) for output in outputs if isinstance(output, str))
        if isinstance(one.get("nodeId"), str):
            found.setdefault(one["nodeId"], set()).update(other for other in others if isinstance(other, str))
    return found


# --- what differs -----------------------------------------------------------------------------------------------------


def drift(asked: Document, shown: Any) -> dict[str, tuple[Any, Any]]:
    """Return what a document that the service shows has otherwise than ``asked``, by its place.

    :param shown: the document, or its text; one that cannot be read says nothing.
    """
    return dict(_drift(asked, _document(shown), ""))


def differences(asked: Document, shown: Any) -> dict[str, tuple[Any, Any]]:
    """Return :func:`drift` as the difference of one field, ``spec``: what was asked for, and what exists, by place."""
    found = drift(asked, shown)
    if not found:
        return {}
    return {
        "spec": ({place: one for place, (one, _) in found.items()}, {place: one for place, (_, one) in found.items()})
    }


def _document(shown: Any) -> Any:
    if not isinstance(shown, str):
        return shown
    try:
        return json.loads(shown)
    except ValueError:
        return None


def _drift(asked: Any, shown: Any, place: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    if asked is None or (shown is None and not place):
        return
    if isinstance(asked, Mapping) and isinstance(shown, Mapping):
        for key in asked:
            if key not in WRITTEN_BY_THE_SERVICE and not (key in LEFT_OUT_BY_THE_SERVICE and key not in shown):
                yield from _drift(asked[key], shown.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(asked, list) and isinstance(shown, list) and len(asked) == len(shown):
        for number, (one, other) in enumerate(zip(asked, shown, strict=True)):
            yield from _drift(one, other, f"{place}[{number}]")
    elif _comparable(asked) != _comparable(shown):
        yield place, (asked, shown)


def _comparable(value: Any) -> Any:
    """Numbers travel as texts here and there."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


# --- as fields of requests --------------------------------------------------------------------------------------------


def _read(value: Any) -> Any:
    """Return the document that a text spells."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, object_pairs_hook=without_twins)
    except (ValueError, RecursionError) as unreadable:
        rule = f"is no JSON text ({unreadable}); write a FlowSpec document"
        raise PydanticCustomError("rule", "{rule}", {"rule": rule}) from None


def _without(problems_of: Callable[[Any], list[str]]) -> AfterValidator:
    def check(spec: Document) -> Document:
        problems = problems_of(spec)
        if problems:
            raise PydanticCustomError("rule", "{rule}", {"rule": "; ".join(problems)})
        return spec

    return AfterValidator(check)


WorkflowSpec = Annotated[Document, _without(workflow_problems), BeforeValidator(_read)]
"""A workflow without nodes."""
WholeWorkflowSpec = Annotated[Document, _without(whole_workflow_problems), BeforeValidator(_read)]
"""A workflow with its nodes."""
WorkflowChange = Annotated[Document, _without(workflow_change_problems), BeforeValidator(_read)]
"""What changes in a workflow."""
NodeSpec = Annotated[Document, _without(node_problems), BeforeValidator(_read)]
"""A node."""
NodeChange = Annotated[Document, _without(node_change_problems), BeforeValidator(_read)]
"""What changes in a node."""
