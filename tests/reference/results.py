"""What a task hands on: its return value, as its docstring says it, and the XCom keys, as its code pushes them."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from airflow_provider_cloudflows.links.base import CONSOLE_URL
from tests.reference.catalogue import Entry, provider_bases
from tests.reference.docstrings import cell, summary

__all__ = ["MEANINGS", "pushed_keys", "returned", "xcom_table"]

MEANINGS = {
    "response": "What the service shows of it in the end, as plain JSON in the vendor's spelling.",
    "create_response": "The raw answer of the create, when this try read one.",
    "console_url": "Where the vendor's console shows it; the link in Airflow's web UI opens this.",
    "drift": "Where it differs from what was asked for: by field, what was `asked` and what `exists`.",
    "how": "Where the id comes from: `kind`, `id`, `how` (`made`, `found`, `taken` or `unknown`) and `place`. "
    "Deletes downstream go by it.",
    "run_id": "The id of the run, before the wait begins.",
    "instance_ids": "The ids of all instances that the run made.",
    "workflow_id": "The id of the workflow that was published, which is what runs it.",
    "submitted_as": "The id of the deployment that the submit began.",
    "result": "The value at `result_path`, before a wait begins.",
}
"""What stands under each key; a key without a meaning fails the tests."""

RETURNED = re.compile(r"\breturn (.+?)(?: \((?:vendor )?(?:page|the official)|[.;:]|$)")


def returned(entry: Entry) -> str:
    """Return what the task returns, in the words of the class's first paragraph."""
    if entry.kind == "sensor":
        return "the state at the end, in the vendor's word, a `str`"
    found = RETURNED.search(summary(entry.documented))
    return re.sub(r"\b(int|str)$", r"`\1`", re.sub(r" \([^)]*\)$", "", found[1])) if found else ""


def pushed_keys(documented: type[Any]) -> tuple[str, ...]:
    """Return the XCom keys that the class and its bases push; what has no link pushes no address for one."""
    pushed = dict.fromkeys(key for base in provider_bases(documented) for key in _pushed_by(base))
    if not documented.operator_extra_links:
        pushed.pop(CONSOLE_URL, None)
    return tuple(pushed)


def _pushed_by(base: type[Any]) -> Iterator[str]:
    names = vars(sys.modules[base.__module__])
    for node in ast.walk(_classes_in(base.__module__)[base.__name__]):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("push", "xcom_push"):
            for keyword in node.keywords:
                if keyword.arg == "key":
                    yield _value(keyword.value, names)


@cache
def _classes_in(module: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _value(key: ast.expr, names: dict[str, Any]) -> str:
    return str(key.value) if isinstance(key, ast.Constant) else str(names[ast.unparse(key)])


def xcom_table(entry: Entry) -> str:
    """Return the table of what the task hands on."""
    rows = "".join(f"| `{key}` | {cell(MEANINGS[key])} |\n" for key in pushed_keys(entry.documented))
    return f"| XCom key | what it holds |\n| --- | --- |\n| `return_value` | {cell(returned(entry))} |\n{rows}"
