"""An example of each operator and sensor: the statement of an example DAG that makes one, as it stands there.

The example DAGs run in the test suite, so an example here works.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Example", "example_of"]

FOLDER = Path(__file__).parents[2] / "example_dags"


@dataclass(frozen=True)
class Example:
    """A statement of an example DAG.

    :param file: the name of the file.
    """

    file: str
    code: str


def example_of(name: str) -> Example | None:
    """Return the example for a class: the longest statement that makes one, of those that are not mapped."""
    found = _statements().get(name, [])
    return max(found, key=lambda example: (".partial(" not in example.code, len(example.code)), default=None)


@cache
def _statements() -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for path in sorted(FOLDER.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for statement in ast.walk(ast.parse(text)):
            if isinstance(statement, ast.Assign | ast.Expr):
                code = _source(text, statement)
                for name in _made_in(statement):
                    found.setdefault(name, []).append(Example(path.name, code))
    return found


def _source(text: str, statement: ast.stmt) -> str:
    lines = text.splitlines(keepends=True)[statement.lineno - 1 : statement.end_lineno]
    return textwrap.dedent("".join(lines))


def _made_in(statement: ast.Assign | ast.Expr) -> set[str]:
    """Return the names of the classes whose objects the statement makes."""
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    names = (call.value if isinstance(call, ast.Attribute) and call.attr == "partial" else call for call in calls)
    return {name.id for name in names if isinstance(name, ast.Name)}
