"""What the Airflow versions that the tests run on can do; nothing of Airflow is imported to tell."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import pytest
from packaging.version import Version

core_version = Version(version("apache-airflow-core"))

HAS_STATE_STORE = core_version >= Version("3.3")

needs_state_store = pytest.mark.skipif(
    not HAS_STATE_STORE, reason="before 3.3 Airflow has no task state store; the documentation says what that loses"
)

written_with_the_newest = pytest.mark.skipif(
    not HAS_STATE_STORE, reason="the pages are written with the newest Airflow, and show what only that one says"
)

NEEDS_SERIALIZED_DAGS = core_version < Version("3.1.1")
"""Whether ``DAG.test`` runs only what the database holds already."""

READS_CONNECTIONS_IN_TASKS_ONLY = core_version < Version("3.1.8")
"""Whether reading a connection outside of a task and of the triggerer ends in an ``ImportError``."""

WANTS_TYPES = core_version < Version("3.1.8")
"""Whether a connection has to have a type: 3.1.0 asks for it, 3.1.8 does not."""

DRAWS_FORMS = core_version >= Version("3.1.3") or find_spec("flask_appbuilder") is not None
"""Whether the web UI shows the fields of any provider: before 3.1.3 it needs Flask-AppBuilder for that."""

MASKS_PROXIES = core_version >= Version("3.1.6")
"""Whether Airflow takes a field named ``proxy`` for a secret."""

RETRIES_THE_KILLED = core_version >= Version("3.1.2")
"""Whether a task whose process was killed is tried again: before, it has failed for good."""

runs_coroutines = pytest.mark.skipif(
    core_version < Version("3.2"), reason="Airflow 3.2 brings tasks that are coroutines"
)

__all__ = [
    "DRAWS_FORMS",
    "HAS_STATE_STORE",
    "MASKS_PROXIES",
    "NEEDS_SERIALIZED_DAGS",
    "READS_CONNECTIONS_IN_TASKS_ONLY",
    "RETRIES_THE_KILLED",
    "WANTS_TYPES",
    "needs_state_store",
    "runs_coroutines",
    "written_with_the_newest",
]
