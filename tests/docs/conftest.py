"""Fixtures of the pages' tests: what they print is run."""

from __future__ import annotations

from tests.dag_runs import run_dag

__all__ = ["run_dag"]
