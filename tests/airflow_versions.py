"""Names that moved between the Airflow versions that the tests run on."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from packaging.version import Version

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.1
    from airflow.models.dagbag import DagBag  # type: ignore[attr-defined, no-redef, unused-ignore]

DagSerialization: Any
try:
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # Airflow 3.1
    from airflow.serialization.serialized_objects import (  # type: ignore[attr-defined, unused-ignore]
        SerializedDAG as DagSerialization,
    )

HAS_STATE_STORE = Version(version("apache-airflow-core")) >= Version("3.3")

needs_state_store = pytest.mark.skipif(
    not HAS_STATE_STORE, reason="before 3.3 Airflow has no task state store; the README says what that loses"
)

__all__ = ["HAS_STATE_STORE", "DagBag", "DagSerialization", "needs_state_store"]
