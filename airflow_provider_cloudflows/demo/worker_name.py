"""What Airflow calls the machine that a task ran on, where several workers share one machine.

Airflow imports it by name, from ``hostname_callable``; it knows nothing else of the demo.
"""

from __future__ import annotations

import os

VARIABLE = "CLOUDFLOWS_WORKER"
CALLABLE = f"{__name__}.worker_name"


def worker_name() -> str:
    """Return the name of the worker that this process belongs to."""
    return os.environ[VARIABLE]
