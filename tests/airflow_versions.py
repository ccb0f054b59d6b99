"""Names that moved between the Airflow versions that the tests run on."""

from __future__ import annotations

from typing import Any

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

__all__ = ["DagBag", "DagSerialization"]
