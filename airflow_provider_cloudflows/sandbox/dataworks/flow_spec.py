"""What the service makes of a FlowSpec document: the parts that count, and how an update changes one.

It is as silent as the real one: what it does not expect is dropped. A client finds out by reading back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.operations import Refusal
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

WORKFLOW_KINDS = ("CycleWorkflow", "ManualWorkflow", "TriggerWorkflow", "TemporaryWorkflow", "Workflow", "PaiFlow")
NODE_KINDS = ("Node", "ManualNode")


def only_part(spec: Document, kinds: tuple[str, ...], container: str) -> Document:
    """The first workflow or node of a document: the others are ignored."""
    parts = spec.get("spec", {}).get(container) if isinstance(spec.get("spec"), dict) else None
    if spec.get("kind") not in kinds or not isinstance(parts, list) or not parts or not isinstance(parts[0], dict):
        raise bad_spec(f"The document holds no {container} of kind {' or '.join(kinds[:2])}.")
    part: Document = parts[0]
    return part


def named(part: Document) -> str:
    """The name of a workflow or node."""
    name = part.get("name")
    if not isinstance(name, str) or not name:
        raise bad_spec("name is empty")
    return name


def command_of(part: Document) -> str:
    """What a workflow or node runs; the service asks for it."""
    command = inner(part, "script", "runtime", "command")
    if not isinstance(command, str) or not command:
        raise bad_spec("script.runtime.command is empty")
    return command


def outputs_of(node: Document) -> list[str]:
    """The outputs of a node."""
    outputs = inner(node, "outputs", "nodeOutputs")
    return [one["data"] for one in outputs or () if isinstance(one, dict) and isinstance(one.get("data"), str)]


def inner(part: Any, *names: str) -> Any:
    """What is at these names inside of each other, or None."""
    for name in names:
        part = part.get(name) if isinstance(part, dict) else None
    return part


def enveloped(spec: Document, container: str, part: Document) -> str:
    """The text of a document with one part."""
    return json.dumps({**spec, "spec": {container: [part]}}, ensure_ascii=False)


def merged(before: Any, change: Any) -> Any:
    """What an update makes of a part: what it names changes, lists as a whole."""
    if not (isinstance(before, dict) and isinstance(change, dict)):
        return change
    return before | {name: merged(before.get(name), value) for name, value in change.items()}


def in_words_of_a_list(part: Mapping[str, Any], *names: str) -> Document:
    """Some fields of a part as lists show them, in PascalCase, where they are there; a list shows no content."""
    return {_pascal(name): _spelled(part[name]) for name in names if name in part}


def _spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {_pascal(name): _spelled(inside) for name, inside in value.items() if name != "content"}
    return [_spelled(one) for one in value] if isinstance(value, list) else value


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def bad_spec(message: str) -> Refusal:
    """The refusal of a document."""
    return refuse(AlibabaRefusal, choices.BAD_SPEC.value, f"Invalid FlowSpec: {message}")
