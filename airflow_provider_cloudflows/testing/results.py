"""What a DAG run left behind, as plain data: the same for a run in this process and for one in real processes.

What Airflow wrote is read from the files of its home, since a secret is leaked wherever it is written, whether or not
an interface shows it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.testing.sandbox import Changes

__all__ = ["AssetEvent", "DagRun", "label", "what_was_written"]


def label(task_id: str, map_index: int) -> str:
    """The name of a task instance: of a mapped one with its index."""
    return task_id if map_index < 0 else f"{task_id}[{map_index}]"


@dataclass(frozen=True, slots=True)
class AssetEvent:
    """An asset that a task updated.

    :param task_id: the task.
    :param extra: what the task said with it.
    """

    uri: str
    name: str
    task_id: str
    extra: Mapping[str, Any]


@dataclass(frozen=True)
class DagRun:
    """A DAG run that has ended.

    :param state: ``success`` or ``failed``.
    :param states: state by task id; mapped tasks as ``task_id[0]``.
    :param tries: how many tries each of them took.
    :param asset_events: in the order in which they happened.
    :param sandbox: what changed in the sandbox during the run.
    :param log: everything that the run said.
    :param home: the home of the Airflow that it ran in.
    :param has_file: the DAG has a file of its own; else it was made in the test's, which Airflow keeps as its code.
    :param dag: the DAG, where it ran in this process; else None.
    :param record: Airflow's own record of the run, where it ran in this process; else None.
    """

    dag_id: str
    run_id: str
    state: str
    states: dict[str, str]
    tries: dict[str, int]
    asset_events: list[AssetEvent]
    sandbox: Changes
    log: str = field(repr=False)
    home: Path = field(repr=False)
    read_xcom: Callable[[str, str, int], Any] = field(repr=False)
    dag: Any = field(default=None, repr=False)
    record: Any = field(default=None, repr=False)
    has_file: bool = field(default=True, repr=False)

    def xcom(self, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """Return what a task handed on; None when it handed on nothing under that key."""
        return self.read_xcom(task_id, key, map_index)

    def written(self) -> dict[str, str]:
        """Return every place in which Airflow wrote of this run, with the text: tables, log files and what was said."""
        found = what_was_written(self.home, self.dag_id, self.run_id) | {"log": self.log}
        if not self.has_file:
            found.pop(CODE, None)
        return found


CODE = "table dag_code"


def what_was_written(home: Path, dag_id: str, run_id: str) -> dict[str, str]:
    """Return the rows of each table of a home's database that are about a run, and its log files, as text by place."""
    found: dict[str, str] = {}
    with closing(sqlite3.connect(f"{(home / 'airflow.db').as_uri()}?mode=ro", uri=True)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            where = _about_the_run({row[1] for row in database.execute(f"PRAGMA table_info({table})")})
            if where is None:
                continue
            query = f"SELECT * FROM {table} WHERE {where}"
            rows = database.execute(query, {"dag_id": dag_id, "run_id": run_id}).fetchall()
            if rows:
                found[f"table {table}"] = "\n".join(map(_text, rows))
    for path in (home / "logs").rglob("*"):
        if path.is_file() and f"dag_id={dag_id}" in path.parts and f"run_id={run_id}" in path.parts:
            found[f"log file {path.relative_to(home)}"] = path.read_text(errors="replace")
    return found


_THE_RUN = "dag_id = :dag_id AND run_id = :run_id"
_BY_REFERENCE = {
    "ti_id": f"SELECT id FROM task_instance WHERE {_THE_RUN}",
    "ti_history_id": f"SELECT task_instance_id FROM task_instance_history WHERE {_THE_RUN}",
    "dag_run_id": f"SELECT id FROM dag_run WHERE {_THE_RUN}",
    "dagrun_id": f"SELECT id FROM dag_run WHERE {_THE_RUN}",
    # Of a DAG that another test has under the same name there are versions, too.
    "dag_version_id": f"SELECT dag_version_id FROM task_instance WHERE {_THE_RUN}",
}
"""How a table without the names of DAG and run tells by a column which run it is about."""


def _about_the_run(columns: set[str]) -> str | None:
    """The condition on the rows of a table, by the names of its columns; None where it tells of no run."""
    for prefix in ("", "source_", "last_updated_by_"):
        if {f"{prefix}dag_id", f"{prefix}run_id"} <= columns:
            return f"{prefix}dag_id = :dag_id AND {prefix}run_id = :run_id"
    for column, those in _BY_REFERENCE.items():
        if column in columns:
            return f"{column} IN ({those})"
    return "dag_id = :dag_id" if "dag_id" in columns else None


def _text(row: tuple[Any, ...]) -> str:
    return " ".join(one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in row)
