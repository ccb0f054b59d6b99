"""Operators that run what is in DataWorks workspaces of the older version (API version 2020-05-18)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.operators.dataworks_dag import DagOperator, comma_separated
from airflow_provider_cloudflows.operators.dataworks_dates import ManyDatesOperator, OneDateOperator
from airflow_provider_cloudflows.operators.dataworks_ends import LONGEST_DEFAULT, json_text
from airflow_provider_cloudflows.operators.literals import is_given
from airflow_provider_cloudflows.services.dataworks.dates import ranges

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["BackfillDataWorksNodesOperator", "RunDataWorksManualFlowOperator"]


class RunDataWorksManualFlowOperator(OneDateOperator, DagOperator):
    """Run a manual flow that is deployed, wait for its end, and return the id of the run (page *RunManualDagNodes*).

    It takes a workspace of the older DataStudio. A run whose answer was lost is found among those of the flow and the
    date by a parameter that belongs to this task of this DAG run, and that every node gets beside its own; where one
    came to be meanwhile that shows no such parameter, the task fails and says so. When the run ends badly, the nodes
    that failed are named, and the last 200 lines of their logs are in the task's log, without secrets. A task that is
    stopped stops every instance: nothing stops a run as a whole. All arguments are templated.

    :param flow_name: the manual flow.
    :param project_identifier: name of the workspace, which the call wants beside its id; looked up by default.
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

    def __init__(
        self,
        *,
        flow_name: str,
        project_identifier: str | None = None,
        dag_parameters: Mapping[str, Any] | str | None = None,
        node_parameters: Mapping[str, Any] | str | None = None,
        include_node_ids: Sequence[int | str] | str | None = None,
        exclude_node_ids: Sequence[int | str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.flow_name = flow_name
        self.project_identifier = project_identifier
        self.dag_parameters = dag_parameters
        self.node_parameters = node_parameters
        self.include_node_ids = include_node_ids
        self.exclude_node_ids = exclude_node_ids
        self.check_literals()

    def check_literals(self) -> None:
        """Check the parameters, too."""
        from airflow_provider_cloudflows.services.dataworks.create_manual_dag import MARKER  # loaded with the request

        for name in ("dag_parameters", "node_parameters"):
            value = getattr(self, name)
            if is_given(value) and self.is_known(value) and not isinstance(value, (Mapping, str)):
                raise InvalidParameter(f"{self._where()} got {name}, which is no mapping; give names and values.")
        if isinstance(self.dag_parameters, Mapping) and MARKER in self.dag_parameters:
            raise InvalidParameter(
                f"{self._where()} got a parameter {MARKER!r} in dag_parameters, by which the operator finds its runs "
                "again; give it another name."
            )
        super().check_literals()

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
        (day,) = self.business_dates()
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


class BackfillDataWorksNodesOperator(ManyDatesOperator, DagOperator):
    """Run nodes for business dates of the past, wait for all runs, and return their ids (page *RunCycleDagNodes*).

    It takes a workspace of the older DataStudio, and nodes that a schedule runs. It is one create, which makes a run
    for each date, under a name that belongs to this task of this DAG run. Without dates it runs for those that ended
    within the DAG run's data interval, in the workspace's time zone: each of consecutive DAG runs has its own. The
    vendor takes one stretch of dates. All arguments are templated.

    :param root_node_id: the node that it begins with.
    :param node_ids: the nodes to run; by default that one alone.
    :param exclude_node_ids: those of them that are to do nothing.
    :param run_name: the beginning of the runs' name, behind which a token of the task instance comes; by default the
        task's id.
    :param biz_begin_time: of nodes that run every hour, the first cycle time of a day, as ``00:00:00``.
    :param biz_end_time: and the last one.
    :param parallelism: how many dates run at a time, 1 to 10.
    :param node_parameters: parameters of single nodes: a mapping by node id, or its JSON text.
    """

    request_path = "airflow_provider_cloudflows.services.dataworks.create_cycle_dag.RunCycleDagNodes"
    argument_names: ClassVar[Mapping[str, str]] = {
        "name": "run_name",
        "include_node_ids": "node_ids",
        "node_params": "node_parameters",
    }
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"name", "start_biz_date", "end_biz_date", "include_node_ids"})
    template_fields_renderers: ClassVar[dict[str, str]] = {"node_parameters": "json"}
    start_biz_date = end_biz_date = concurrent_runs = None  # filled in when the task runs

    def __init__(
        self,
        *,
        root_node_id: int | str,
        node_ids: Sequence[int | str] | str | None = None,
        exclude_node_ids: Sequence[int | str] | str | None = None,
        run_name: str | None = None,
        biz_begin_time: str = "00:00:00",
        biz_end_time: str = "23:59:59",
        parallelism: int | str = 1,
        node_parameters: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.root_node_id = root_node_id
        self.node_ids = node_ids
        self.exclude_node_ids = exclude_node_ids
        self.run_name = run_name
        self.biz_begin_time = biz_begin_time
        self.biz_end_time = biz_end_time
        self.parallelism = parallelism
        self.node_parameters = node_parameters
        self.check_literals()

    def check_literals(self) -> None:
        """Check how many dates run at a time, and that they are one stretch, too."""
        super().check_literals()
        if self.is_known(self.parallelism) and str(self.parallelism) not in map(str, range(1, 11)):
            raise InvalidParameter(f"{self._where()} got parallelism={self.parallelism!r}: it is 1 to 10.")
        if self.is_known(self.dates) and len(ranges(self.given_dates())) > 1:
            raise InvalidParameter(
                f"{self._where()} got dates with a gap between them: the vendor takes one stretch; use a task for each."
            )

    def values(self) -> dict[str, Any]:
        """Return the arguments: parameters as text, ids with commas between; the rest is filled in by the run."""
        values = super().values()
        if isinstance(values["node_params"], dict):
            values["node_params"] = json_text(values["node_params"])
        for name in ("include_node_ids", "exclude_node_ids"):
            values[name] = comma_separated(values[name])
        return {**values, "parallelism": False}

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with the whole name, the dates and the nodes."""
        beginning = values["name"] or re.sub(r"[^A-Za-z0-9]+", "_", self.task_id)[:LONGEST_DEFAULT]
        days, at_once = self.business_dates(), int(self.parallelism)
        return {
            **values,
            "name": f"{beginning}_{self._token}",
            "include_node_ids": values["include_node_ids"] or str(self.root_node_id),
            "start_biz_date": self.date_text(days[0]),
            "end_biz_date": self.date_text(days[-1]),
            "parallelism": at_once > 1,
            "concurrent_runs": at_once if at_once > 1 else None,
        }

    def returned(self, ids: list[Id]) -> list[Id]:
        """Return the ids of all runs."""
        return ids
