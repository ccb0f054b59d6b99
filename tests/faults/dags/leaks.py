"""A task that hands a secret on under a name that nobody would call one: the search must find it."""

from __future__ import annotations

from airflow.sdk import DAG, task

with DAG("leaks", schedule=None):

    @task
    def leak() -> str:
        """Return what looks like a canary and belongs to no connection."""
        return "Canary" + "Leak0000000000000000000001"

    leak()
