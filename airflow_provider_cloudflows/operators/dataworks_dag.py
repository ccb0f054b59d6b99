"""What the operators share that run something in DataWorks by API version 2020-05-18, which calls each run a DAG."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.operators.dataworks_ends import DataWorksRunsOperator
from airflow_provider_cloudflows.services.dataworks.dates import time_text

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["DagOperator", "comma_separated"]


class DagOperator(DataWorksRunsOperator):
    """Base of them.

    :param project_env: environment that it runs in, ``PROD`` or ``DEV``.
    """

    def __init__(self, *, project_env: str = "PROD", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project_env = project_env

    def failures_in(self, run_id: Id, hook: CloudHook) -> list[str]:
        """Return a clause about each node that failed, and log the ends of their logs."""
        from airflow_provider_cloudflows.operators.dataworks_logs import failed_instances, show_logs

        failed = failed_instances(hook, int(self.project_id), self.project_env, int(run_id))
        return show_logs(hook, failed, self.log, self.project_env)

    def date_text(self, day: date) -> str:
        """Return a business date as this version writes it."""
        return time_text(day, self.zone())


def comma_separated(value: Any) -> Any:
    """Return ids as the text that this version of the API takes; what is no list stays as it is."""
    if isinstance(value, list):
        return ",".join(map(str, value)) or None
    return str(value) if isinstance(value, int) else value
