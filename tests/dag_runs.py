"""Runs a DAG through Airflow itself: its file is imported, its run is recorded in a database, its tasks execute."""

from __future__ import annotations

import datetime
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_versions import NEEDS_SERIALIZED_DAGS, DagBag
from tests.conftest import DAGS_FOLDER

__all__ = ["DagRun", "RunDag", "airflow_database", "run_dag"]


@dataclass(frozen=True)
class DagRun:
    """What a run left behind.

    :param states: state by task id; mapped tasks as ``task_id[0]``.
    :param record: Airflow's own record of the run.
    """

    states: dict[str, str]
    record: Any
    dag: Any

    def xcom(self, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """Return what a task handed on."""
        instance = self.record.get_task_instance(task_id, map_index=map_index)
        return instance.xcom_pull(task_ids=task_id, key=key, map_indexes=map_index)

    def stored(self) -> str:
        """Return all XComs and all rendered fields of the run, as the database holds them."""
        from airflow.models.renderedtifields import RenderedTaskInstanceFields
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session

        with create_session() as session:
            xcoms = session.query(XComModel.value).filter_by(run_id=self.record.run_id).all()
            fields = session.query(RenderedTaskInstanceFields.rendered_fields).all()
        assert xcoms
        return repr(xcoms) + repr(fields)


RunDag = Callable[..., DagRun]


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """A migrated database in this process's AIRFLOW_HOME; made once, because it takes seconds."""
    from airflow.utils.db import initdb

    initdb()


def _serialize(bag: Any) -> None:
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.models import dagbag

    DagBundlesManager().sync_bundles_to_db()
    dagbag.sync_bag_to_db(bag, "dags-folder", None)


@pytest.fixture
def run_dag(airflow_database: None) -> RunDag:
    """Runs the DAG in a file: ``run_dag(path, params)``."""

    def run(path: Path, params: dict[str, Any] | None = None) -> DagRun:
        copy = Path(shutil.copy(path, DAGS_FOLDER))
        for beside in path.parent.glob("*.spec.json"):
            shutil.copy(beside, DAGS_FOLDER)
        bag = DagBag(dag_folder=str(copy))
        assert bag.import_errors == {}
        (dag,) = bag.dags.values()
        if NEEDS_SERIALIZED_DAGS:
            _serialize(bag)
        handler = signal.getsignal(signal.SIGTERM)
        try:
            record = dag.test(logical_date=datetime.datetime.now(datetime.UTC), run_conf=params)
        finally:
            # A task leaves its own behind, and a child that this process forks later would not end by SIGTERM.
            signal.signal(signal.SIGTERM, handler)
        instances = record.get_task_instances()
        states = {
            f"{one.task_id}[{one.map_index}]" if one.map_index >= 0 else one.task_id: str(one.state)
            for one in instances
        }
        return DagRun(states, record, dag)

    return run
