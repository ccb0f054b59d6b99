"""Operators that run what is in DataWorks workspaces of the older version (API version 2020-05-18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.operators.dataworks_ends import DataWorksRunsOperator, json_text
from airflow_provider_cloudflows.operators.literals import is_given
from airflow_provider_cloudflows.operators.run import run_token

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["RunDataWorksManualFlowOperator"]


class DagOperator(DataWorksRunsOperator):
    """Base of what runs a DAG, as this version of the API calls a run.

    :param project_env: environment that it runs in, ``PROD`` or ``DEV``.
    """

    _token = "dry-run"  # a dry run belongs to no run of the Airflow DAG

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
        from airflow_provider_cloudflows.services.dataworks.dates import time_text

        return time_text(day, self.zone())


class RunDataWorksManualFlowOperator(DagOperator):
    """Run a manual flow that is deployed, wait for its end, and return the id of the run (page *RunManualDagNodes*).

    It takes a workspace of the older DataStudio. A run whose answer was lost is found among those of the flow and the
    date by a parameter that belongs to this task of this DAG run, and that every node gets beside its own; where one
    came to be meanwhile that shows no such parameter, the task fails and says so. When the run ends badly, the nodes
    that failed are named, and the last 200 lines of their logs are in the task's log, without secrets. A task that is
    stopped stops every instance: nothing stops a run as a whole. All arguments are templated.

    :param flow_name: the manual flow.
    :param project_identifier: name of the workspace, which the call wants beside its id; looked up by default.
    :param biz_date: business date, a date or its text; by default the day before the end of the DAG run's data
        interval, in the workspace's time zone.
    :param dag_parameters: parameters of the flow: a mapping, or its JSON text.
    :param node_parameters: parameters of single nodes, as their scheduling settings write them: a mapping by node id,
        or its JSON text.
    :param include_node_ids: run these nodes alone.
    :param exclude_node_ids: those of them that are to do nothing.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.create_manual_dag.RunManualDagNodes"
    argument_names: ClassVar[Mapping[str, str]] = {"project_name": "project_identifier"}
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"project_name", "biz_date", "dag_parameters"})
    template_fields_renderers: ClassVar[dict[str, str]] = {"dag_parameters": "json", "node_parameters": "json"}

    _date: date | None = None

    def __init__(
        self,
        *,
        flow_name: str,
        project_identifier: str | None = None,
        biz_date: date | str | None = None,
        dag_parameters: Mapping[str, Any] | str | None = None,
        node_parameters: Mapping[str, Any] | str | None = None,
        include_node_ids: Sequence[int | str] | str | None = None,
        exclude_node_ids: Sequence[int | str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.flow_name = flow_name
        self.project_identifier = project_identifier
        self.biz_date = biz_date
        self.dag_parameters = dag_parameters
        self.node_parameters = node_parameters
        self.include_node_ids = include_node_ids
        self.exclude_node_ids = exclude_node_ids
        self.check_literals()

    def check_literals(self) -> None:
        """Check the date and the parameters, too."""
        for name in ("dag_parameters", "node_parameters"):
            value = getattr(self, name)
            if is_given(value) and self.is_known(value) and not isinstance(value, (Mapping, str)):
                raise InvalidParameter(f"{self._where()} got {name}, which is no mapping; give names and values.")
        super().check_literals()
        self.check_date("biz_date")

    def work(self, context: Context) -> Any:
        """Run the flow with a parameter that is this task instance's own."""
        self.check_rendered()
        self._token = run_token(context, self.task_id)
        given = is_given(self.biz_date)
        self._date = self.date_in(self.biz_date, "biz_date") if given else self.last_business_date(context)
        return super().work(context)

    def values(self) -> dict[str, Any]:
        """Return the arguments: parameters as text, ids with commas between; the date is filled in by the run."""
        values = super().values()
        for name in ("dag_parameters", "node_parameters"):
            if isinstance(values[name], dict):
                values[name] = json_text(values[name])
        for name in ("include_node_ids", "exclude_node_ids"):
            values[name] = comma_separated(values[name])
        return {**values, "biz_date": None}

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the workspace's name, the date and the marker."""
        from airflow_provider_cloudflows.services.dataworks.create_manual_dag import MARKER

        name = values["project_name"] or self._project_name(hook)
        parameters = {**(self.dag_parameters or {}), MARKER: self._token}  # type: ignore[dict-item]
        day = self._date or self.date_of_a_dry_run()
        return {
            **values,
            "project_name": name,
            "biz_date": self.date_text(day),
            "dag_parameters": json_text(parameters),
        }

    def _project_name(self, hook: CloudHook) -> str:
        """Return the identifier of the workspace."""
        from airflow_provider_cloudflows.services.dataworks.project import ListProjects

        for project in hook.iterate(ListProjects()):
            if project.project_id == int(self.project_id) and project.project_identifier:
                return project.project_identifier
        raise InvalidParameter(
            f"{self._where()}: workspace {self.project_id} is not among those that the caller may see; give its name "
            "as project_identifier."
        )

    def returned(self, ids: list[Id]) -> Id:
        """Return the id of the run."""
        return ids[0]


def comma_separated(value: Any) -> Any:
    """Return ids as the text that this version of the API takes; what is no list stays as it is."""
    if isinstance(value, list):
        return ",".join(map(str, value)) or None
    return str(value) if isinstance(value, int) else value
