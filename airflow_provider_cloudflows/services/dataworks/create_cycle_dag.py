"""The request that backfills nodes of DataWorks, apart from all that only a run needs (API version 2020-05-18)."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Creation, Id
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required, matches
from airflow_provider_cloudflows.services.dataworks.create_manual_dag import DateTimeText, NodeIds, ProjectEnv
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.dag import BackfillRun, StartedDags

__all__ = ["RunCycleDagNodes"]

ClockTime = Annotated[str, matches(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", "a time of the day is written as 06:30:00")]


class RunCycleDagNodes(OnDataWorks, RpcRequest, Creation["StartedDags"]):
    """Backfill nodes that a schedule runs (vendor page *RunCycleDagNodes*); the answer names the runs, their DAGs.

    :param name: name of the runs; one that no others have finds them again.
    :param root_node_id: the node that it begins with.
    :param include_node_ids: the nodes to run, that one too.
    :param exclude_node_ids: those of them that are to do nothing.
    :param start_biz_date: the first business date.
    :param end_biz_date: the last one.
    :param biz_begin_time: of nodes that run every hour, the first cycle time of a day.
    :param biz_end_time: and the last one.
    :param parallelism: whether several dates run at a time.
    :param concurrent_runs: how many then, 2 to 10.
    :param node_params: parameters of single nodes, a JSON object by their ids.
    :param project_env: environment that the nodes are deployed to.
    :param project_id: id of the workspace; it does not travel, and the lists that show the runs need it.
    """

    operation: ClassVar[str] = "RunCycleDagNodes"

    name: Annotated[str, Required]
    root_node_id: WireId
    include_node_ids: NodeIds
    exclude_node_ids: NodeIds | None = None
    start_biz_date: DateTimeText
    end_biz_date: DateTimeText
    biz_begin_time: ClockTime = "00:00:00"
    biz_end_time: ClockTime = "23:59:59"
    parallelism: bool = False
    concurrent_runs: Annotated[int, Field(ge=2, le=10)] | None = None
    node_params: str | None = None
    project_env: ProjectEnv = "PROD"
    project_id: WireId = Field(exclude=True)

    @classmethod
    def resource_type(cls) -> "type[BackfillRun]":
        from airflow_provider_cloudflows.services.dataworks.dag import BackfillRun  # no DAG file looks for one

        return BackfillRun

    def resource(self) -> "BackfillRun":
        identity = {name: getattr(self, name) for name in ("project_id", "project_env", "name")}
        dates = {"begin_bizdate": self.start_biz_date, "end_bizdate": self.end_biz_date}
        return self.resource_type()({**identity, **dates, "root_node_id": self._node_that_runs()})

    def _node_that_runs(self) -> int:
        """Return a node that every run has an instance of: the first one, which need not be among them."""
        running = [int(one) for one in self.include_node_ids.split(",")]
        return self.root_node_id if self.root_node_id in running else running[0]

    def made_id(self, answer: "StartedDags") -> int:
        return min(answer.data)

    def others_made(self, answer: "StartedDags") -> list[Id]:
        return list(sorted(set(answer.data))[1:])
