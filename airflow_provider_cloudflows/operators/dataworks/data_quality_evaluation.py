"""Operator that runs a DataWorks data quality check (API version 2024-05-18)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.links.dataworks import OperationCenterLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, SettlingOperator
from airflow_provider_cloudflows.operators.dataworks_dates import end_of
from airflow_provider_cloudflows.operators.literals import is_given
from airflow_provider_cloudflows.operators.run import RunOperator, run_token

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.services.dataworks.create_data_quality_evaluation import (
        CreateDataQualityEvaluationTaskInstance,
    )

__all__ = ["RunDataQualityEvaluationOperator"]


class RunDataQualityEvaluationOperator(AlibabaOperator, RunOperator, SettlingOperator):
    """Run a data quality check, wait for its end, and return the id of the run, an int.

    The vendor page is *CreateDataQualityEvaluationTaskInstance*. It is a gate: the task fails when the data does not
    keep a rule, and names the rules, so that what comes after it in the DAG does not run. The rules and what they
    measured are in XCom key ``response``. All arguments are templated.

    The service takes no token. A run whose answer was lost is found by its check and its trigger time among those that
    came to be after the request left; where there are several, the task fails and says so. Nothing stops a run.

    :param evaluation_task_id: id of the check, which the vendor calls an evaluation task.
    :param project_id: id of the DataWorks workspace.
    :param trigger_time: the time from which the check reckons its partitions, as in ``$[yyyymmdd-1]``: a ``datetime``,
        its ISO text with a time zone, or milliseconds since the epoch. By default the end of the DAG run's data
        interval, with milliseconds that tell the runs of this task from those of others.
    :param resource_group_id: resource group that it runs on; the vendor wants one for all data but MaxCompute's.
    :param cu: capacity units, which a serverless resource group needs.
    :param on_warning: ``"pass"`` when a warning is a good end, ``"fail"`` when it is a bad one.
    """

    operator_extra_links = (OperationCenterLink(),)
    request_path = (
        "airflow_provider_cloudflows.services.dataworks.create_data_quality_evaluation."
        "CreateDataQualityEvaluationTaskInstance"
    )
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"trigger_time"})

    _default_trigger_time: int | None = None

    def __init__(
        self,
        *,
        evaluation_task_id: int | str,
        project_id: int | str,
        trigger_time: datetime | int | str | None = None,
        resource_group_id: str | None = None,
        cu: float | str | None = None,
        on_warning: str = "pass",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.evaluation_task_id = evaluation_task_id
        self.project_id = project_id
        self.trigger_time = trigger_time
        self.resource_group_id = resource_group_id
        self.cu = cu
        self.on_warning = on_warning
        self.check_literals()

    def work(self, context: Context) -> Any:
        """Run the check for the end of the DAG run's data interval, unless the author says otherwise."""
        if not is_given(self.trigger_time):
            self._default_trigger_time = _told_apart(end_of(context), run_token(context, self.task_id))
        return super().work(context)

    def values(self) -> dict[str, Any]:
        """Return the arguments, the trigger time in milliseconds."""
        values = super().values()
        given = self.trigger_time
        if is_given(given) and self.is_known(given):
            values["trigger_time"] = self._milliseconds(given)
        return values

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the trigger time."""
        if values["trigger_time"] is not None:
            return values
        at = self._default_trigger_time
        return {**values, "trigger_time": _now() if at is None else at}

    def _milliseconds(self, given: Any) -> int:
        moment = given
        if isinstance(given, str) and not given.strip().isdigit():
            try:
                moment = datetime.fromisoformat(given.strip())
            except ValueError:
                raise self._no_time(given) from None
        if isinstance(moment, (int, str)) and not isinstance(moment, bool):
            return int(moment)
        if not isinstance(moment, datetime):
            raise self._no_time(given)
        if moment.tzinfo is None:
            raise self._no_time(given)
        return round(moment.timestamp() * 1000)

    def _no_time(self, given: Any) -> InvalidParameter:
        return InvalidParameter(
            f"{self._got('trigger_time', given)}: it is a time with a time zone, or milliseconds since the epoch."
        )

    def console_url(self, request: CreateDataQualityEvaluationTaskInstance, hook: CloudHook) -> str:
        """Return the operation center of the workspace."""
        return OperationCenterLink.url(hook.get_conn().endpoints.region, request.project_id)


def _told_apart(moment: datetime, token: str) -> int:
    """Return a time in milliseconds whose last three digits are the token's: no date expression shows them."""
    return int(moment.timestamp()) * 1000 + int(token, 16) % 1000


def _now() -> int:
    """Return what stands for the end of a data interval in a dry run, which has none."""
    from datetime import UTC

    return round(datetime.now(UTC).timestamp() * 1000)
