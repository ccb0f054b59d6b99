"""``python -m airflow_provider_cloudflows.demo.airflow_command …``: Airflow's commands; its API server starts sooner.

The API that tasks talk to is built in each of the versions that older tasks may speak, nine of them in Airflow 3.3.
Here all tasks are of the same Airflow and the newest one does: to build the others takes a third of the server's start.
It is a launcher: Airflow is named and patched from outside, and runs as ever.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

__all__ = ["import_the_execution_api"]

PACKAGE = "airflow.api_fastapi.execution_api"


def import_the_execution_api() -> None:
    """Import the API that tasks talk to with its newest version alone. Tried with 3.3; others keep all of theirs."""
    if not version("apache-airflow-core").startswith("3.3.") or f"{PACKAGE}.routes" in sys.modules:
        return
    with _newest_version_alone():
        for module in ("versions", "routes"):
            importlib.import_module(f"{PACKAGE}.{module}")


@contextmanager
def _newest_version_alone() -> Iterator[None]:
    cadwyn: Any = importlib.import_module("cadwyn")  # it builds Airflow's versions
    router_type = cadwyn.VersionedAPIRouter
    whole, mark = cadwyn.VersionBundle, router_type.only_exists_in_older_versions

    def newest_alone(head: Any, newest: Any, *older: Any, **more: Any) -> Any:
        return whole(head, cadwyn.Version(newest.value), **more)

    def left_out(router: Any, endpoint: Any) -> Any:
        router.routes[:] = [route for route in router.routes if route.endpoint is not endpoint]
        return endpoint

    cadwyn.VersionBundle, router_type.only_exists_in_older_versions = newest_alone, left_out
    try:
        yield
    finally:
        cadwyn.VersionBundle, router_type.only_exists_in_older_versions = whole, mark


if __name__ == "__main__":
    if "api-server" in sys.argv:
        import_the_execution_api()
    runpy.run_module("airflow", run_name="__main__", alter_sys=True)
