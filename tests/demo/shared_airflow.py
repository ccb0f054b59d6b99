"""Fixtures: one throw-away Airflow beside one sandbox, started when first wanted and shared by a whole session.

Import them in a conftest. A test that uses them puts its DAG files into ``shared_airflow.dags_folder`` and
triggers; ``trigger`` waits until Airflow has read the file. Mark such tests with
``pytest.mark.xdist_group("airflow")``: a second worker would start a second Airflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess

# New files are looked for at once, known ones are read again only when they change.
EAGER = {
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
}


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[SandboxProcess]:
    """A sandbox in a process of its own, with the connections that lead to it."""
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def shared_airflow(
    shared_sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThrowAwayAirflow]:
    """A running Airflow whose connections lead to the shared sandbox."""
    folder = tmp_path_factory.mktemp("dags")
    with ThrowAwayAirflow(folder, connections=shared_sandbox.connections, env=EAGER) as airflow:
        yield airflow


def add_dag(airflow: ThrowAwayAirflow, file: Path) -> None:
    """Copy a DAG file into the DAG folder of a running Airflow; a file that is there already stays."""
    target = airflow.dags_folder / file.name
    if not target.exists():
        target.write_bytes(file.read_bytes())
