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

try:
    from airflow.sdk import literal
except ImportError:  # Airflow 3.1.0
    from airflow.sdk.definitions.template import literal  # type: ignore[assignment, unused-ignore]

__all__ = ["DagBag", "DagSerialization", "literal"]
