"""The business dates that an operator or sensor of DataWorks works on, given or taken from the DAG run."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.operators.base import CloudOperator
from airflow_provider_cloudflows.operators.literals import is_given
from airflow_provider_cloudflows.services.dataworks.dates import (
    WORKSPACE_ZONE,
    business_date_before,
    read_date,
    zone_named,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from airflow.sdk import Context

__all__ = ["ZonedOperator", "end_of", "interval_of"]


class ZonedOperator(CloudOperator):
    """Base of what reckons with the dates of a workspace.

    :param workspace_timezone: time zone of the workspace, by its IANA name.
    """

    def __init__(self, *, workspace_timezone: str = WORKSPACE_ZONE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workspace_timezone = workspace_timezone

    def check_literals(self) -> None:
        """Check the time zone, too."""
        super().check_literals()
        if self.is_known(self.workspace_timezone):
            self.zone()

    def check_date(self, name: str) -> None:
        """Check that the argument ``name`` is a date, where it is given and known."""
        value = getattr(self, name)
        if is_given(value) and self.is_known(value):
            self.date_in(value, name)

    def date_in(self, value: Any, name: str) -> date:
        """Return the date that an argument gives.

        :raises InvalidParameter: it is none.
        """
        try:
            return read_date(value)
        except InvalidParameter as invalid:
            raise InvalidParameter(f"{self._where()} got {name}: {invalid}") from None

    def zone(self) -> ZoneInfo:
        """Return the workspace's time zone."""
        return zone_named(self.workspace_timezone)

    def last_business_date(self, context: Context) -> date:
        """Return the last business date that was over when the data interval of the DAG run ended."""
        return business_date_before(end_of(context), self.zone())

    def date_of_a_dry_run(self) -> date:
        """Return yesterday: a dry run belongs to no run of the DAG."""
        return business_date_before(datetime.now(UTC), self.zone())


def end_of(context: Context) -> datetime:
    """Return the end of the DAG run's data interval, or when it was to run where it has none: the same at every try."""
    return interval_of(context)[1]


def interval_of(context: Context) -> tuple[datetime, datetime]:
    """Return the DAG run's data interval; a run without one has that of no length at the time it was to run."""
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None:
        run: Any = context["dag_run"]
        start = end = run.run_after
    return start, end
