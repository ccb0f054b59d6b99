"""Operator that triggers a node of DataWorks which waits for a call from outside, by either API version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.links.dataworks import OperationCenterLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, SettlingOperator, loaded
from airflow_provider_cloudflows.operators.dataworks_dates import OneDateOperator
from airflow_provider_cloudflows.operators.run import RunOnceOperator
from airflow_provider_cloudflows.services.dataworks.dates import cycle_time, milliseconds

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.created import Created
    from airflow_provider_cloudflows.waiting.watch import Watch

__all__ = ["TriggerDataWorksNodeOperator"]

OLDER, NEWER = "2020-05-18", "2024-05-18"


class TriggerDataWorksNodeOperator(OneDateOperator, AlibabaOperator, RunOnceOperator, SettlingOperator):
    """Trigger a node that waits for it, wait for its end, and return the id of its instance.

    The node is an HTTP trigger node that is published with a schedule (pages *TriggerSchedulerTaskInstance* and
    *RunTriggerNode*; Enterprise edition). The schedule makes its instances; the business date and the cycle time say
    which one is meant. They follow from the DAG run and the arguments, so every try means the same one. One that has
    begun is never triggered again, and a second trigger has no effect, by the vendor's page. The vendor keeps a trigger
    for 24 hours while what comes before the node runs. With ``wait=False`` the id is None where no list shows the
    instance yet. All arguments are templated.

    :param project_id: id of the DataWorks workspace.
    :param dataworks_node_id: id of the node, which the newer version calls a task, in the operation center.
    :param cycle_time: when the schedule lets the instance run, on the day after its business date, such as ``"06:30"``.
    :param env_type: environment that the node is published to, ``Prod`` or ``Dev``.
    :param api_version: ``2024-05-18``, or ``2020-05-18`` for a workspace of the older DataStudio.
    """

    operator_extra_links = (OperationCenterLink(),)
    request_path = "airflow_provider_cloudflows.services.dataworks.create_trigger.TriggerSchedulerTaskInstance"
    older_request_path = "airflow_provider_cloudflows.services.dataworks.create_trigger.RunTriggerNode"
    argument_names: ClassVar[Mapping[str, str]] = {
        "app_id": "project_id",
        "node_id": "dataworks_node_id",
        "task_id": "dataworks_node_id",
        "trigger_time": "cycle_time",
        "project_env": "env_type",
        "timezone": "workspace_timezone",
    }
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"biz_date", "cycle_time", "trigger_time"})

    _date: date | None = None

    def __init__(
        self,
        *,
        project_id: int | str,
        dataworks_node_id: int | str,
        cycle_time: time | str = "00:00",
        env_type: str = "Prod",
        api_version: str = NEWER,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.dataworks_node_id = dataworks_node_id
        self.cycle_time = cycle_time
        self.env_type = env_type
        self.api_version = api_version
        self.check_literals()

    def check_literals(self) -> None:
        """Check the version and the time, too."""
        if self.is_known(self.api_version):
            self.check_choice("api_version", self.api_version, (NEWER, OLDER))
        if self.is_known(self.env_type):
            self.check_choice("env_type", self.env_type, ("Prod", "Dev"))
        if self.is_known(self.cycle_time):
            self._time()
        super().check_literals()

    def request_class(self) -> Any:
        """Return the request of the version that is asked for."""
        return loaded(self.older_request_path) if self.api_version == OLDER else self.request_type()

    def _time(self) -> time:
        given = self.cycle_time
        if isinstance(given, time) and given.tzinfo is None:
            return given
        try:
            return time.fromisoformat(str(given) if re.fullmatch(r"\d\d:\d\d(:\d\d)?", str(given)) else "")
        except ValueError:
            raise InvalidParameter(
                f"{self._got('cycle_time', given)}: write it as 06:30, in the workspace's time zone."
            ) from None

    def work(self, context: Context) -> Any:
        """Trigger the instance of the date that is given, or that of the DAG run."""
        self.check_rendered()
        (self._date,) = self.dates_of(context)
        return super().work(context)

    def values(self) -> dict[str, Any]:
        """Return the arguments; the times are filled in by the run."""
        values = {**super().values(), "biz_date": None}
        values |= dict.fromkeys(values.keys() & {"cycle_time", "trigger_time"})
        if "project_env" in values:
            values["project_env"] = {"Prod": "PROD", "Dev": "DEV"}.get(self.env_type, self.env_type)
        return values

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the times, which tell the instance."""
        day, zone = self._date or self.dates_of_a_dry_run()[0], self.zone()
        at = milliseconds(cycle_time(day, self._time(), zone), zone)
        times = dict.fromkeys(values.keys() & {"cycle_time", "trigger_time"}, at)
        return {**values, **times, "biz_date": milliseconds(day, zone)}

    def push(self, context: Context, created: Created, console_url: str) -> None:
        """Push what is known of the instance; its id, where a list shows it already."""
        super().push(context, created, console_url)
        number = created.document.get("InstanceId")
        context["ti"].xcom_push(key="run_id", value=number)
        if number is None:
            self.log.warning(
                "%s: node %s is triggered, and no list of workspace %s shows the instance yet; if it stays so, the "
                "node is of another workspace or environment, or workspace_timezone is not that of the workspace.",
                self._where(),
                self.dataworks_node_id,
                self.project_id,
            )

    def result(self, context: Context, created: Created, request: Any, hook: CloudHook) -> int | None:
        """Return the id of the instance, after the wait."""
        shown = created.document
        if self.wait:
            shown = self.wait_until_over(context, request.resource(), created.resource_id, hook).document or shown
        return shown.get("InstanceId")

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> int | None:
        """Look once more, and return the id of the instance."""
        sighting = self.wait_until_over(context, watch.resource(), watch.resource_id, hook, deadline)
        return (sighting.document or {}).get("InstanceId")

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return the operation center of the workspace."""
        return OperationCenterLink.url(hook.get_conn().endpoints.region, request.project_id)
