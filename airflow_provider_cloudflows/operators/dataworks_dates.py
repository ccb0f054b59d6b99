"""The business dates that an operator or sensor of DataWorks works on, given or taken from the DAG run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.operators.base import CloudOperator
from airflow_provider_cloudflows.operators.literals import is_given
from airflow_provider_cloudflows.services.dataworks.dates import (
    WORKSPACE_ZONE,
    business_date_before,
    business_dates,
    days_between,
    read_date,
    zone_named,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from airflow.sdk import Context

__all__ = ["DatedOperator", "ManyDatesOperator", "OneDateOperator", "ZonedOperator", "end_of", "interval_of"]


LONGEST_STRETCH = 3660
"""Days, ten years: more of them are a slip of the pen, and a DAG file would take long to count them. Ours to choose."""


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
            raise InvalidParameter(f"{self._where()} got {name}: {invalid.sentence()}") from None

    def zone(self) -> ZoneInfo:
        """Return the workspace's time zone."""
        return zone_named(self.workspace_timezone)

    def last_business_date(self, context: Context) -> date:
        """Return that of the DAG run's partition, or the last one that was over when its data interval ended."""
        return self.date_of_partition(context) or business_date_before(end_of(context), self.zone())

    def date_of_partition(self, context: Context) -> date | None:
        """Return the day in which the DAG run's partition begins; None where it is of none, or its key tells no time.

        When such a run is to run tells nothing: a backfill of a partition is due at its beginning, a schedule's run of
        the same one may be due a day later, and a person's now.
        """
        moment: datetime | None = context.get("partition_date")  # of Airflow 3.3 and newer
        return None if moment is None else moment.astimezone(self.zone()).date()


class DatedOperator(ZonedOperator):
    """Base of what works on business dates."""

    def given_dates(self) -> tuple[date, ...]:
        """Return the business dates that an argument gives, the earliest first, or none."""
        raise NotImplementedError

    def default_dates(self, context: Context) -> tuple[date, ...]:
        """Return the business dates to work on where none is given."""
        raise NotImplementedError

    def dates_of(self, context: Context) -> tuple[date, ...]:
        """Return the business dates to work on."""
        return self.given_dates() or self.default_dates(context)

    def dates_of_a_dry_run(self) -> tuple[date, ...]:
        """Return the dates that are given, or the last one: a dry run belongs to no run of the DAG."""
        return self.given_dates() or (business_date_before(datetime.now(UTC), self.zone()),)


class OneDateOperator(DatedOperator):
    """Base of what works on one of them.

    :param biz_date: business date, a date or its text; by default the day before the end of the DAG run's data
        interval, or the day in which its partition begins, in the workspace's time zone.
    """

    def __init__(self, *, biz_date: date | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.biz_date = biz_date

    def check_literals(self) -> None:
        """Check the date, too."""
        super().check_literals()
        self.check_date("biz_date")

    def given_dates(self) -> tuple[date, ...]:
        """Return the one date, where it is given."""
        return (self.date_in(self.biz_date, "biz_date"),) if is_given(self.biz_date) else ()

    def default_dates(self, context: Context) -> tuple[date, ...]:
        """Return that of the DAG run."""
        return (self.last_business_date(context),)


class ManyDatesOperator(DatedOperator):
    """Base of what works on many of them, by default on those that ended within the DAG run's data interval.

    :param dates: the business dates: a date, a list of them, or a mapping ``{"start": …, "end": …}``, both included.
    """

    def __init__(self, *, dates: date | str | Sequence[Any] | Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dates = dates

    def check_literals(self) -> None:
        """Check the dates, too."""
        super().check_literals()
        if self.is_known(self.dates):
            self.given_dates()

    def given_dates(self) -> tuple[date, ...]:
        """Return the dates that were given."""
        if not is_given(self.dates):
            return ()
        value = self._written()
        if isinstance(value, Mapping):
            if set(value) != {"start", "end"}:
                raise InvalidParameter(f"{self._got('dates', value)}: a mapping has start and end.")
            days = self._stretch(*(self.date_in(value[name], f"dates[{name!r}]") for name in ("start", "end")))
        elif isinstance(value, (str, date)):
            days = [self.date_in(value, "dates")]
        elif isinstance(value, (list, tuple, set, frozenset)):
            days = [self.date_in(one, "dates") for one in value]
        else:
            raise InvalidParameter(
                f"{self._got('dates', value)}: it is a date, a list of dates, or a mapping with start and end."
            )
        if not days:
            raise InvalidParameter(f"{self._got('dates', value)}, which holds no date.")
        return tuple(sorted(set(days)))

    def _written(self) -> Any:
        """Return the dates as they are given: what a template wrote as JSON text is what the text spells."""
        import json

        if not (isinstance(self.dates, str) and self.dates.lstrip().startswith(("[", "{"))):
            return self.dates
        try:
            return json.loads(self.dates)
        except ValueError as unreadable:
            raise InvalidParameter(f"{self._got('dates', self.dates)}, which is no JSON text ({unreadable}).") from None

    def _stretch(self, first: date, last: date) -> list[date]:
        if (last - first).days > LONGEST_STRETCH:
            raise InvalidParameter(
                f"{self._got('dates', self.dates)}: it takes at most {LONGEST_STRETCH} days; is a year mistyped?"
            )
        return days_between(first, last)

    def default_dates(self, context: Context) -> tuple[date, ...]:
        """Return that of the partition, or those that ended within the data interval."""
        of_partition = self.date_of_partition(context)
        if of_partition is not None:
            return (of_partition,)
        start, end = interval_of(context)
        found = tuple(business_dates(start, end, self.zone()))
        if not found:
            raise InvalidParameter(
                f"{self._where()}: no business date ended within the data interval {start} to {end} in "
                f"{self.workspace_timezone}; give dates."
            )
        return found


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
