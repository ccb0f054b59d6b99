"""Runs a DAG through Airflow itself, in this process: its file is imported, its run is recorded, its tasks execute.

The Airflow is the one of ``home.py``, made when it is first wanted. It is ``DAG.test()``: no scheduler and no process
but this one, so a debugger and a test's own patches reach the tasks. For kills see ``processes.py``.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import os
import signal
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import (
    AbstractContextManager,
    ExitStack,
    closing,
    contextmanager,
    nullcontext,
    redirect_stderr,
    redirect_stdout,
)
from functools import cache
from io import BufferedIOBase, StringIO, TextIOBase
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TextIO

import pytest

from airflow_provider_cloudflows.demo.airflow_command import import_the_execution_api
from airflow_provider_cloudflows.testing.home import check_that_airflow_lives_in, throw_away_home
from airflow_provider_cloudflows.testing.imports import importing_from, root_of
from airflow_provider_cloudflows.testing.passing import time_passes_at_once
from airflow_provider_cloudflows.testing.results import AssetEvent, DagRun, label
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

__all__ = ["DagNotUsable", "DagRuns", "prepare_airflow", "read_dags", "record_dags"]

BUNDLE = "dags-folder"
"""What Airflow calls the DAG folder that every installation has."""


class DagNotUsable(Exception):
    """The DAG cannot be imported or found; the message says why."""


def prepare_airflow() -> Path:
    """Import Airflow with a throw-away home, make its database, and return the home; costs seconds, once.

    :raises HomeIsTaken: Airflow is imported already, with another home or database.
    """
    home = throw_away_home()
    # What Airflow's own modules warn of when they are imported is none of the test's: not even where it takes a
    # warning for an error.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_that_airflow_lives_in(home)
        if not _has_tables(home / "airflow.db"):
            import_the_execution_api()
            from airflow.utils.db import initdb

            initdb()
    return home


def _has_tables(database: Path) -> bool:
    """Tell whether a database is made: who asks Airflow for anything before, such as a variable, leaves an empty one.

    A look by Airflow itself would import what is to be imported with care.
    """
    with closing(sqlite3.connect(database)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'dag_run'").fetchall())


class DagRuns:
    """Runs DAGs beside one sandbox: ``run_dag("dags/report.py")``.

    :param sandbox: where the connections lead.
    :param dags_folder: where the DAG files in it import from; each of the others imports from its own folder.
    """

    def __init__(self, sandbox: CloudflowsSandbox, dags_folder: Path | None = None) -> None:
        self._sandbox = sandbox
        self._dags_folder = dags_folder
        self._home = prepare_airflow()

    def __call__(
        self,
        dag: str | os.PathLike[str] | Any,
        conf: Mapping[str, Any] | None = None,
        *,
        dag_id: str | None = None,
        logical_date: datetime.datetime | None = None,
        skip_waits: bool = True,
    ) -> DagRun:
        """Run a DAG to its end, and return what it left behind; a task that fails is no exception.

        :param dag: a DAG file, or the DAG itself.
        :param conf: the run's params.
        :param dag_id: which DAG, where the file has several.
        :param logical_date: now, unless given; the same one may be given again.
        :param skip_waits: let the operators' pauses and those before a retry pass at once, on the sandbox's clock.
        :raises DagNotUsable: the file cannot be imported, or has no such DAG.
        :raises TypeError: ``conf`` cannot be written as JSON, as Airflow keeps it.
        """
        date = _aware(logical_date or datetime.datetime.now(datetime.UTC))
        params = None if conf is None else _as_json(conf)
        with self._import_folder(dag), _no_running_loop(), _session_is_clean_afterwards():
            bag = read_dags(dag)
            found = _only(bag, dag_id)
            record_dags(bag)
            _keep_earlier_runs(found.dag_id, date)
            before = self._sandbox.mark()
            with ExitStack() as stack:
                said = stack.enter_context(_overheard())
                stack.enter_context(_own_signal_handler())
                stack.enter_context(_made_once())
                if skip_waits:
                    stack.enter_context(_retries_at_once(found))
                    stack.enter_context(time_passes_at_once(self._sandbox.advance))
                record = found.test(run_after=_free_moment(found.dag_id), logical_date=date, run_conf=params)
        is_file = isinstance(dag, str | os.PathLike)
        return self._result(found, record, self._sandbox.changes(before), said.getvalue(), is_file)

    def _import_folder(self, dag: Any) -> AbstractContextManager[None]:
        """Let a DAG file import as in a DAG folder."""
        if not isinstance(dag, str | os.PathLike):
            return nullcontext()
        return importing_from(root_of(Path(dag).resolve(), self._dags_folder))

    def _result(self, dag: Any, record: Any, changes: Any, log: str, is_file: bool) -> DagRun:
        instances = sorted(record.get_task_instances(), key=lambda one: (one.task_id, one.map_index))

        def read_xcom(task_id: str, key: str, map_index: int) -> Any:
            instance = record.get_task_instance(task_id, map_index=map_index)
            if instance is None:
                indexes = [one.map_index for one in instances if one.task_id == task_id]
                hint = f"; it has its map_index {', '.join(map(str, indexes))}" if indexes else ""
                raise KeyError(f"Run {record.run_id} has no task {label(task_id, map_index)}{hint}.")
            return _handed_on(instance.xcom_pull(task_ids=task_id, key=key, map_indexes=map_index))

        return DagRun(
            dag_id=record.dag_id,
            run_id=record.run_id,
            state=str(record.state),
            states={label(one.task_id, one.map_index): str(one.state) for one in instances},
            tries={label(one.task_id, one.map_index): one.try_number for one in instances},
            asset_events=_asset_events(record),
            sandbox=changes,
            log=log,
            home=self._home,
            has_file=is_file,
            read_xcom=read_xcom,
            dag=dag,
            record=record,
        )


def read_dags(dag: Any) -> Any:
    """Return a bag of the DAGs in a file, or of one that is there already.

    :raises DagNotUsable: the file cannot be imported.
    """
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag  # type: ignore[attr-defined, no-redef, unused-ignore]

    if isinstance(dag, str | os.PathLike):
        path = Path(dag).resolve()
        if not path.is_file():
            raise DagNotUsable(f"There is no DAG file {path}.")
        bag = DagBag(dag_folder=str(path), safe_mode=False)
        for file, trouble in bag.import_errors.items():
            raise DagNotUsable(f"Airflow cannot import {file}:\n{trouble}")
        return bag
    if not hasattr(dag, "dag_id") or not hasattr(dag, "task_dict"):
        raise DagNotUsable(f"A DAG file or a DAG was to be run, not {dag!r}; call what @dag decorates.")
    bag = DagBag(dag_folder=os.devnull)
    bag.bag_dag(dag)
    return bag


def _only(bag: Any, dag_id: str | None) -> Any:
    if dag_id is None and len(bag.dags) == 1:
        return next(iter(bag.dags.values()))
    if dag_id not in bag.dags:
        wanted = "name one with dag_id" if dag_id is None else f"{dag_id!r} is none of them"
        raise DagNotUsable(f"The DAGs there are {', '.join(sorted(bag.dags)) or 'none at all'}: {wanted}.")
    return bag.dags[dag_id]


def record_dags(bag: Any) -> None:
    """Let the database know the DAGs in a bag, as a DAG processor would."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    try:
        from airflow.dag_processing.dagbag import sync_bag_to_db
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import sync_bag_to_db  # type: ignore[attr-defined, no-redef, unused-ignore]

    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(bag, BUNDLE, None)


def _aware(date: datetime.datetime) -> datetime.datetime:
    """The date as Airflow takes it: in UTC, where it names no zone."""
    return date if date.tzinfo is not None else date.replace(tzinfo=datetime.UTC)


def _as_json(conf: Mapping[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(dict(conf))
    except (TypeError, ValueError) as trouble:
        raise TypeError(f"conf cannot be written as JSON, as Airflow keeps it: {trouble}.") from None
    return dict(conf)


def _handed_on(value: Any) -> Any:
    """What a later task gets of what Airflow has written: a date, a set or a tuple are written in words of its own."""
    from airflow.sdk.execution_time.xcom import XCom

    try:
        return XCom.deserialize_value(SimpleNamespace(value=value))
    except ImportError:  # of a class that Airflow is not allowed to make again
        return value


@contextmanager
def _session_is_clean_afterwards() -> Iterator[None]:
    """Airflow's session is one for the thread: what a run left half done when it failed would fail the next one."""
    from airflow import settings

    try:
        yield
    except BaseException:
        if settings.Session is not None:
            settings.Session.remove()
        raise


def _free_moment(dag_id: str) -> datetime.datetime:
    """Now, or right after the latest run of a test that has stopped the clock: runs are told apart by it."""
    from airflow.models.dagrun import DagRun as Row
    from airflow.utils.session import create_session
    from sqlalchemy import select

    now = datetime.datetime.now(datetime.UTC)
    with create_session() as session:
        taken = set(session.scalars(select(Row.run_after).where(Row.dag_id == dag_id, Row.run_after >= now)))
    while now in taken:
        now += datetime.timedelta(microseconds=1)
    return now


def _keep_earlier_runs(dag_id: str, date: datetime.datetime) -> None:
    """Let an earlier run of the same date be one without a date, or ``DAG.test()`` would remove what it left."""
    from airflow.models.dagrun import DagRun as Row
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(Row).where(Row.dag_id == dag_id, Row.logical_date == date).values(logical_date=None))


@contextmanager
def _retries_at_once(dag: Any) -> Iterator[None]:
    """Nobody waits for a retry meanwhile: Airflow has a clock of its own, which cannot be advanced."""
    # Airflow tries again after it, not at it: with a clock that a test has stopped, it would never come.
    no_pause = {"retry_delay": datetime.timedelta(seconds=-1), "retry_exponential_backoff": False}
    with pytest.MonkeyPatch.context() as patch:
        for task in dag.tasks:
            for name, value in no_pause.items():
                if task.is_mapped:
                    patch.setitem(task.partial_kwargs, name, value)
                else:
                    patch.setattr(task, name, value)
        yield


def _asset_events(record: Any) -> list[AssetEvent]:
    from airflow.models.asset import AssetEvent as Row
    from airflow.models.asset import AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        rows = session.execute(
            select(AssetModel.uri, AssetModel.name, Row.source_task_id, Row.extra)
            .join(AssetModel, AssetModel.id == Row.asset_id)
            .where(Row.source_dag_id == record.dag_id, Row.source_run_id == record.run_id)
            .order_by(Row.id)
        ).all()
    return [AssetEvent(uri, name, task_id, dict(extra)) for uri, name, task_id, extra in rows]


@contextmanager
def _no_running_loop() -> Iterator[None]:
    """Let triggers have an event loop of their own, also in a test that is a coroutine: its loop waits meanwhile."""
    loop = asyncio._get_running_loop()
    if loop is None:
        yield
        return
    asyncio._set_running_loop(None)
    asyncio.set_event_loop(None)
    try:
        yield
    finally:
        asyncio.set_event_loop(loop)
        asyncio._set_running_loop(loop)


@contextmanager
def _own_signal_handler() -> Iterator[None]:
    """A task leaves its handler behind, and a child that this process forks later would not end by SIGTERM."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)


@contextmanager
def _made_once() -> Iterator[None]:
    """Let Airflow keep what it makes for each field of each task, or for each task, and what takes long to make.

    That is what it checks rendered fields with and, before 3.3, its API for tasks, which takes seconds. And it is what
    this API depends on: since Airflow overrides some of it, FastAPI looks into all of it again at each request.
    """
    from airflow.sdk.execution_time import supervisor, task_runner
    from fastapi.dependencies import utils as dependencies

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dependencies, "get_dependant", _looked_into(dependencies.get_dependant))
        if hasattr(task_runner, "TypeAdapter"):
            patch.setattr(task_runner, "TypeAdapter", cache(task_runner.TypeAdapter))
        if not hasattr(supervisor.in_process_api_server, "cache_info"):
            patch.setattr(supervisor, "in_process_api_server", _the_api)
        yield


MOST_KEPT = 500
"""Of the functions that were looked into: each task has one of its own among them."""


@cache
def _looked_into(look_into: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which keeps what it has found out of a function, by how it is depended on."""
    kept: dict[tuple[int, str], tuple[object, Any]] = {}

    def looked_into(**how: Any) -> Any:
        function = how["call"]
        # A wrapper equals what it wraps. Its number is its own for as long as it is kept.
        key = id(function), repr([(name, value) for name, value in how.items() if name != "call"])
        found = kept.get(key)
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[key] = function, look_into(**how)
        return found[1]

    return looked_into


@cache
def _the_api() -> Any:
    """Airflow's API for the tasks of this process."""
    from airflow.api_fastapi.execution_api.app import InProcessExecutionAPI

    return InProcessExecutionAPI()


@contextmanager
def _overheard() -> Iterator[StringIO]:
    """Keep what is printed and logged meanwhile, and let it pass on as it would."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    root = logging.getLogger()
    with redirect_stdout(_Ear(sys.stdout, kept)), redirect_stderr(_Ear(sys.stderr, kept)):
        root.addHandler(handler)
        try:
            yield kept
        finally:
            root.removeHandler(handler)


class _Ear(TextIOBase):
    """Writes to two, and is in all else the first of them: a task may ask for its encoding, or write bytes."""

    def __init__(self, first: TextIO, second: StringIO) -> None:
        self._first = first
        self._second = second

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._first.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self._first.errors

    @property
    def buffer(self) -> BufferedIOBase:
        return _ByteEar(self)

    def write(self, text: str) -> int:
        self._second.write(text)
        return self._first.write(text)

    def flush(self) -> None:
        self._first.flush()

    def close(self) -> None:
        """Leave both open: they belong to others, who may have closed them when this is forgotten."""

    def fileno(self) -> int:
        return self._first.fileno()

    def isatty(self) -> bool:
        return False


class _ByteEar(BufferedIOBase):
    """What is under an ear, for who has bytes to say."""

    def __init__(self, ear: _Ear) -> None:
        self._ear = ear

    def write(self, data: Buffer) -> int:
        self._ear.write(bytes(data).decode(errors="replace"))
        return len(bytes(data))

    def flush(self) -> None:
        self._ear.flush()

    def close(self) -> None:
        """Leave the ear open."""
