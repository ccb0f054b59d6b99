"""Airflow's LocalExecutor with a head start: what tasks import is imported once, before their processes are forked.

Each task of a DAG file that uses the provider imports its operators and all that stands behind them, half of the
processor time of a short task. What a task process does after that, and how it dies, is as ever.
"""

from __future__ import annotations

from importlib import import_module

from airflow.executors.local_executor import LocalExecutor

from airflow_provider_cloudflows import get_provider_info

__all__ = ["WarmLocalExecutor"]

BEHIND_THEM = (
    "airflow_provider_cloudflows.hooks.alibaba",
    "airflow_provider_cloudflows.hooks.huawei",
    "airflow_provider_cloudflows.provisioning.provisioner",
)


class WarmLocalExecutor(LocalExecutor):
    """Imports before it forks."""

    def start(self) -> None:
        """Import what tasks are going to, then start."""
        operators = (module for entry in get_provider_info()["operators"] for module in entry["python-modules"])
        for module in (*BEHIND_THEM, *operators):
            import_module(module)
        super().start()
