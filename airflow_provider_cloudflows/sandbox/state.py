"""What exists in the sandbox: one small SQLite store, in memory or in a file, with the same code path.

It keeps documents by account, kind and id, remembers the order and time they came in and went, who changed them and
how, and hands out numbers that never come twice; all of it survives a restart when there is a file. It knows no service
and no rule: those live in the rooms.
"""

from __future__ import annotations

import copy
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_provider_cloudflows.sandbox.history import BIRTH, MOST_LINES, SANDBOX, Cause, differences

Document = dict[str, Any]

_APPLICATION_ID = 0x43464C53  # "CFLS", SQLite's own field for telling whose file it is
_SCHEMA_VERSION = 5
MOST_REMEMBERED = 1000  # removed documents; what is older is forgotten
_SCHEMA = """
CREATE TABLE things (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, place TEXT NOT NULL, document TEXT NOT NULL,
    made REAL NOT NULL, made_by TEXT NOT NULL, request_id TEXT NOT NULL, removed REAL
);
CREATE UNIQUE INDEX things_by_id ON things (kind, id, account) WHERE removed IS NULL;
CREATE INDEX things_by_place ON things (kind, place);
CREATE TABLE history (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    thing INTEGER NOT NULL, at REAL NOT NULL, event TEXT NOT NULL, by TEXT NOT NULL, request_id TEXT NOT NULL,
    changes TEXT NOT NULL
);
CREATE INDEX history_by_thing ON history (thing);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

_OF_KIND = "kind = ? AND account = coalesce(?, account)"
_BY_ID = "kind = ? AND id = ? AND account = coalesce(?, account) AND removed IS NULL"
_NEVER = float("inf")


class StateFileError(Exception):
    """The state file cannot be used; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history of a document: ``event`` is ``made``, ``changed`` or ``removed``."""

    at: float
    event: str
    by: str
    request_id: str
    changes: dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A document with what the store knows about it; times are seconds since 1970, ``removed`` None while it exists."""

    sequence: int
    account: str
    kind: str
    id: str
    place: str
    document: Document
    made: float
    made_by: str
    request_id: str
    removed: float | None


_COLUMNS = "sequence, account, kind, id, place, document, made, made_by, request_id, removed"


class Store:
    """Thread-safe document store. ``seed`` fills it when it is new and again at ``reset``.

    It sees the documents of all accounts; ``of`` gives a view that sees and makes those of one account only.
    """

    def __init__(
        self,
        path: str | Path | None,
        seed: Callable[[Store], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = None if path is None else Path(path)
        self._account: str | None = None
        self._cause = SANDBOX
        self._seed = seed
        self._clock = clock
        self._lock = threading.RLock()
        try:
            self._database = self._open()
        except (sqlite3.Error, OSError) as error:
            raise StateFileError(_unusable(self.path, error)) from error

    def of(self, account: str) -> Store:
        """The same store as one account sees it."""
        view = copy.copy(self)
        view._account = account
        return view

    def by(self, cause: Cause) -> Store:
        """The same store for somebody whose changes are told as those of ``cause``."""
        view = copy.copy(self)
        view._cause = cause
        return view

    def _open(self) -> sqlite3.Connection:
        target = ":memory:" if self.path is None else str(self.path)
        database = sqlite3.connect(target, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        """Take the file for ourselves alone, create the tables in a new one, refuse a foreign one."""
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        is_new = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if is_new:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                database.execute(statement)
            database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        owner = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if (owner, version) != (_APPLICATION_ID, _SCHEMA_VERSION):
            raise StateFileError(
                f"State file {self.path} is an SQLite database of something else or of another version of "
                f"the sandbox; give --state a new file name."
            )
        if is_new:
            self._database = database
            self._seed(self.by(BIRTH))
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens wholly or not at all, and nothing else happens meanwhile."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction: when it fails, what was done in it is undone, and nothing else."""
        self._database.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._database.execute("RELEASE attempt")

    def add(self, kind: str, id: str, document: Document, *, place: str = "") -> None:
        """Add a document; ``place`` is what it is listed by, such as the workspace it belongs to."""
        cause = self._cause
        self._query(
            "INSERT INTO things (account, kind, id, place, document, made, made_by, request_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._account or "", kind, id, place, json.dumps(document), self._clock(), cause.by, cause.request_id),
        )

    def update(self, kind: str, id: str, document: Document) -> None:
        """Replace a document; its place, its order and the time it was made stay."""
        text = json.dumps(document)
        for sequence, before in self._query(
            f"SELECT sequence, document FROM things WHERE {_BY_ID}", (kind, id, self._account)
        ):
            self._query("UPDATE things SET document = ? WHERE sequence = ?", (text, sequence))
            changes = differences(json.loads(before), json.loads(text))
            if changes:
                self._tell(sequence, "changed", changes)

    def delete(self, kind: str, id: str) -> None:
        """Remove a document; that it was there stays known, see ``removed``."""
        for (sequence,) in self._query(f"SELECT sequence FROM things WHERE {_BY_ID}", (kind, id, self._account)):
            self._query("UPDATE things SET removed = ? WHERE sequence = ?", (self._clock(), sequence))
            self._tell(sequence, "removed", {})
        for (sequence,) in self._query(
            "SELECT sequence FROM things WHERE removed IS NOT NULL "
            "ORDER BY removed DESC, sequence DESC LIMIT -1 OFFSET ?",
            (MOST_REMEMBERED,),
        ):
            self._erase(sequence)

    def forget(self, kind: str, id: str) -> None:
        """Remove a document without a trace: for what is no resource, such as an expired token."""
        for (sequence,) in self._query(f"SELECT sequence FROM things WHERE {_BY_ID}", (kind, id, self._account)):
            self._erase(sequence)

    def _tell(self, sequence: int, event: str, changes: dict[str, list[Any]]) -> None:
        rows = self._query(
            "INSERT INTO history (thing, at, event, by, request_id, changes) VALUES (?, ?, ?, ?, ?, ?) "
            "RETURNING sequence",
            (sequence, self._clock(), event, self._cause.by, self._cause.request_id, json.dumps(changes)),
        )
        self._query("DELETE FROM history WHERE sequence <= ?", (rows[0][0] - MOST_LINES,))

    def _erase(self, sequence: int) -> None:
        self._query("DELETE FROM history WHERE thing = ?", (sequence,))
        self._query("DELETE FROM things WHERE sequence = ?", (sequence,))

    def get(self, kind: str, id: str, *, place: str | None = None, age: float = 0) -> Document | None:
        """One document by its id, only if it is in ``place`` when that is given and ``age`` seconds old at least."""
        rows = self._query(
            f"SELECT document FROM things WHERE {_BY_ID} AND place = coalesce(?, place) AND (? OR made <= ?)",
            (kind, id, self._account, place, age <= 0, self._clock() - age),
        )
        return json.loads(rows[0][0]) if rows else None

    def all(self, kind: str, *, place: str | None = None, age: float = 0, gone: float = 0) -> list[Document]:
        """All documents of a kind (in a place) that are at least ``age`` seconds old, oldest first.

        Those removed less than ``gone`` seconds ago are among them.
        """
        now = self._clock()
        rows = self._query(
            f"SELECT document FROM things WHERE {_OF_KIND} AND place = coalesce(?, place) AND (? OR made <= ?) "
            "AND (removed IS NULL OR removed > ?) ORDER BY sequence",
            (kind, self._account, place, age <= 0, now - age, now - gone if gone > 0 else _NEVER),
        )
        return [json.loads(row[0]) for row in rows]

    def newest(self, kind: str, *, place: str, limit: int, offset: int, age: float = 0) -> tuple[list[Document], int]:
        """One page of the documents in a place that are ``age`` seconds old at least, newest first, and how many
        there are: in time that does not grow with what the other pages hold."""
        where = f"{_OF_KIND} AND place = ? AND (? OR made <= ?) AND removed IS NULL"
        values = (kind, self._account, place, age <= 0, self._clock() - age)
        rows = self._query(
            f"SELECT document FROM things WHERE {where} ORDER BY sequence DESC LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        count = self._query(f"SELECT count(*) FROM things WHERE {where}", values)[0][0]
        return [json.loads(row[0]) for row in rows], int(count)

    def now(self) -> float:
        """The time by which things age."""
        return self._clock()

    def ids(self, kind: str) -> list[str]:
        """The ids of all documents of a kind, oldest first."""
        rows = self._query(
            f"SELECT id FROM things WHERE {_OF_KIND} AND removed IS NULL ORDER BY sequence", (kind, self._account)
        )
        return [row[0] for row in rows]

    def count(self, kind: str) -> int:
        """How many documents of a kind there are."""
        return len(self.ids(kind))

    def was_there(self, kind: str, id: str) -> bool:
        """Whether something of this kind has, or had, this id in any account."""
        return bool(self._query("SELECT 1 FROM things WHERE kind = ? AND id = ?", (kind, id)))

    def next_number(self, counter: str, first: int) -> int:
        """The next value of a counter that starts at ``first`` and never repeats, a reset included."""
        rows = self._query(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (counter, first),
        )
        return int(rows[0][0])

    def dump(self) -> dict[str, list[Document]]:
        """Everything that exists, by kind, oldest first."""
        result: dict[str, list[Document]] = {}
        for kind, document in self._query(
            "SELECT kind, document FROM things WHERE account = coalesce(?, account) AND removed IS NULL "
            "ORDER BY sequence",
            (self._account,),
        ):
            result.setdefault(kind, []).append(json.loads(document))
        return result

    def removed(self) -> list[dict[str, Any]]:
        """What was there once: kind, id, account and the time (seconds since 1970) it went, latest last."""
        rows = self._query(
            "SELECT kind, id, account, removed FROM things WHERE removed IS NOT NULL ORDER BY removed, sequence", ()
        )
        return [dict(zip(("kind", "id", "account", "removed"), row, strict=True)) for row in rows]

    def kept(self) -> list[Kept]:
        """Everything that exists and what is remembered of what was removed, oldest first."""
        return [_kept(row) for row in self._query(f"SELECT {_COLUMNS} FROM things ORDER BY sequence", ())]

    def kept_one(self, sequence: int) -> Kept | None:
        """One of ``kept``, by its place in the order."""
        rows = self._query(f"SELECT {_COLUMNS} FROM things WHERE sequence = ?", (sequence,))
        return _kept(rows[0]) if rows else None

    def history(self, sequence: int) -> list[Line]:
        """What happened to one of ``kept``, oldest first: how it was made, and each change that is remembered."""
        one = self.kept_one(sequence)
        if one is None:
            return []
        rows = self._query(
            "SELECT at, event, by, request_id, changes FROM history WHERE thing = ? ORDER BY sequence", (sequence,)
        )
        changes = [Line(at, event, by, request, json.loads(text)) for at, event, by, request, text in rows]
        return [Line(one.made, "made", one.made_by, one.request_id, {}), *changes]

    def versions(self) -> dict[int, int]:
        """For each of ``kept`` that was changed or removed a number that grows with each line of its history."""
        return dict(self._query("SELECT thing, max(sequence) FROM history GROUP BY thing", ()))

    def touched(self, request_id: str) -> list[tuple[Kept, str]]:
        """What a request made, changed or removed, with which of these words."""
        rows = self._query(
            "SELECT sequence AS thing, 'made' AS event FROM things WHERE request_id = ? "
            "UNION SELECT thing, event FROM history WHERE request_id = ? ORDER BY thing, event DESC",
            (request_id, request_id),
        )
        found = ((self.kept_one(sequence), event) for sequence, event in rows)
        return [(one, event) for one, event in found if one is not None]

    def revision(self) -> int:
        """A number that is another one after every change."""
        with self._lock:
            return self._database.total_changes

    def reset(self) -> None:
        """Back to birth; counters and sequences go on, so that no number of before means something else afterwards."""
        with self.transaction():
            for table in ("things", "history"):
                self._query(f"DELETE FROM {table}", ())
            self._seed(self.by(BIRTH))

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._database.close()

    def _query(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()


def _kept(row: tuple[Any, ...]) -> Kept:
    named = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Kept(**named | {"document": json.loads(named["document"])})


def _unusable(path: Path | None, error: Exception) -> str:
    if "locked" in str(error):
        return f"State file {path} is in use by another process; stop that sandbox or give another --state."
    return f"State file {path} cannot be used ({error}); give --state a file that can be written, or a new name."
