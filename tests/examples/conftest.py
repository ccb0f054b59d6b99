"""Fixtures of the examples' tests."""

from __future__ import annotations

from tests.dag_runs import run_dag

__all__ = ["run_dag"]
