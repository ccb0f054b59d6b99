"""Runs a DAG through Airflow itself, as the pytest plugin does, beside the sandbox of this project's own tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.testing.dag_runs import DagRuns
from airflow_provider_cloudflows.testing.results import DagRun
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

__all__ = ["DagRun", "RunDag", "run_dag"]

RunDag = Callable[..., DagRun]


@pytest.fixture
def run_dag(sandbox: Running) -> RunDag:
    """Runs the DAG in a file: ``run_dag(path, params)``."""
    return DagRuns(CloudflowsSandbox(sandbox))
