"""What a finished run made, as text for a terminal.

It reads a run over Airflow's REST API and knows no DAG: a task whose operator is called ``Create…Operator``
made a resource, a task that waited for something says so in its log, and every other one shows what it printed or
returned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from airflow_provider_cloudflows.demo.airflow_home import Run, TaskInstance, ThrowAwayAirflow

CREATE_OPERATOR = re.compile(r"Create(\w+)Operator")
HEADINGS = ("task", "resource", "id", "where to look", "worker")
LOG_LINES = 12
WAITER = "airflow_provider_cloudflows.waiting.waiter"
"""The logger that tells what a wait has seen."""


def created(airflow: ThrowAwayAirflow, run: Run, elsewhere: str) -> list[tuple[str, ...]]:
    """Return one row per created resource, as ``HEADINGS`` says.

    :param elsewhere: where to look when the operator has no link.
    """
    rows: list[tuple[str, ...]] = []
    for task in airflow.task_instances(run):
        if operator := CREATE_OPERATOR.fullmatch(task.operator):
            identifier = airflow.xcom(run, task.task_id, map_index=task.map_index)
            links = airflow.links(run, task.task_id, task.map_index)
            where = next(iter(links.values()), elsewhere)
            rows.append((task.label, operator[1], str(identifier), where, task.hostname or ""))
    return rows


def waited(airflow: ThrowAwayAirflow, run: Run) -> list[tuple[str, str]]:
    """Return what each wait saw, one row for each change."""
    rows = []
    for task in airflow.task_instances(run):
        lines = airflow.log(run, task.task_id, task.try_number, task.map_index)
        rows += [(task.label, line["event"]) for line in lines if line.get("logger") == WAITER]
    return rows


def received(airflow: ThrowAwayAirflow, run: Run) -> list[tuple[str, str]]:
    """Return what every task that made nothing printed, or else returned: the ids that came downstream."""
    rows = []
    for task in airflow.task_instances(run):
        if not CREATE_OPERATOR.fullmatch(task.operator):
            lines = airflow.log(run, task.task_id, task.try_number, task.map_index)
            shown = [line["event"] for line in lines if line.get("logger") == "task.stdout"]
            rows += [(task.label, line) for line in shown or _returned(airflow, run, task)]
    return rows


def failures(airflow: ThrowAwayAirflow, run: Run) -> str:
    """Return which tasks did not succeed, each with the end of its log."""
    parts = []
    for task in airflow.task_instances(run):
        if task.state in {"failed", "up_for_retry", "running"}:
            entries = airflow.log(run, task.task_id, max(task.try_number, 1), task.map_index)
            lines = [line for entry in entries for line in _log_lines(entry)]
            excerpt = "\n".join(f"  {line}" for line in lines[-LOG_LINES:])
            parts.append(f"Task {task.label}, {task.state} on try {task.try_number}:\n{excerpt}")
    return "\n".join(parts)


def table(rows: Sequence[Sequence[str]], headings: Sequence[str] | None = None) -> str:
    """Lay rows out in columns."""
    everything = [*([headings, ["-" * len(word) for word in headings]] if headings else []), *rows]
    widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in everything)
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _returned(airflow: ThrowAwayAirflow, run: Run, task: TaskInstance) -> list[str]:
    try:
        return [str(airflow.xcom(run, task.task_id, map_index=task.map_index))]
    except KeyError:
        return []


def _log_lines(entry: dict[str, Any]) -> list[str]:
    """Return an entry as lines of text: nothing for a fold mark, and the causes of an exception after it."""
    if "timestamp" not in entry or entry["event"].startswith("::"):
        return []
    causes = [f"{cause['exc_type']}: {cause['exc_value']}" for cause in entry.get("error_detail") or []]
    return [f"[{entry.get('level', 'info')}] {entry['event']}", *causes]
