"""Fixtures of the operators' tests."""

from __future__ import annotations

from tests.dag_runs import airflow_database, run_dag

__all__ = ["airflow_database", "run_dag"]
