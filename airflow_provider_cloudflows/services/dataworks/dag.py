"""Runs of DataWorks by API version 2020-05-18, which calls each a DAG: of a manual flow, or of a backfill.

No field of a create is a key of the caller's, and no list of DAGs can be asked for one: the instances of their nodes
are listed, and each names its DAG. The parameters of a manual flow reach every instance, so one of our own is the key.
That the instances show it is assumed; a new run that shows no such parameter might be the one, so then a person has to
decide. A backfill is told by the name that it was given, which a read of the DAG shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.services.dataworks.create_manual_dag import ProjectEnv
from airflow_provider_cloudflows.services.dataworks.dates import days_between, read_date
from airflow_provider_cloudflows.services.dataworks.instance import (
    NODE_INSTANCE_STATES,
    Instance,
    ListInstances,
    StopInstance,
)
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, WireId, time_of
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["BackfillRun", "Dag", "DagResource", "GetDag", "ListedDag", "ManualFlowRun", "StartedDag", "StartedDags"]


BACKFILL = "SUPPLY_DATA"


class StartedDag(RpcResponse):
    """:param dag_id: id of the run."""

    dag_id: Annotated[int, Field(ge=1)]


class StartedDags(RpcResponse):
    """:param data: the ids of the runs."""

    data: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]


class Dag(RpcModel):
    """One run. Its states are ``CREATED``, ``RUNNING``, ``SUCCESS`` and ``FAILURE``."""

    dag_id: int
    name: str | None = None
    type: str | None = None
    status: str | None = None
    project_id: int | None = None
    bizdate: int | None = None
    create_user: str | None = None
    create_time: int | None = None
    start_time: int | None = None
    finish_time: int | None = None


class DagDetails(RpcResponse):
    """:param data: the run."""

    data: Dag


class GetDag(OnDataWorks, RpcRequest, Call[DagDetails]):
    """Read one run by its id (vendor page *GetDag*)."""

    operation: ClassVar[str] = "GetDag"
    effect: ClassVar[Effect] = Effect.READ

    dag_id: WireId
    project_env: ProjectEnv = "PROD"


class ListedDag(RpcModel):
    """What the instances of one run show of it.

    :param marker: the parameter of ours, where one of them shows it.
    :param status: ``FAILURE`` where one of them failed, ``SUCCESS`` where all succeeded, else None.
    """

    dag_id: int
    type: str | None = None
    marker: str | None = None
    status: str | None = None
    create_time: int | None = None

    @classmethod
    def of(cls, dag_id: int, instances: list[Instance]) -> ListedDag:
        """Return what ``instances`` show."""
        outcomes = {NODE_INSTANCE_STATES.outcome(one.status) for one in instances}
        status = "FAILURE" if Outcome.BAD in outcomes else "SUCCESS" if outcomes == {Outcome.GOOD} else None
        return cls(
            dag_id=dag_id,
            type=instances[0].dag_type,
            marker=next((one.marker for one in instances if one.marker), None),
            status=status,
            create_time=min((one.create_time for one in instances if one.create_time), default=None),
        )


class ListedDags(ListInstances):
    """The same list, which shows a run for all the instances that belong to it."""

    def together(self, items: list[Instance]) -> list[Any]:
        groups: dict[int, list[Instance]] = {}
        for one in items:
            if one.dag_id is not None:
                groups.setdefault(one.dag_id, []).append(one)
        return [ListedDag.of(dag_id, group) for dag_id, group in groups.items()]


class DagResource(Resource):
    """A run, by its id. ``caller`` may hold ``instance_ids``: all runs that are stopped together."""

    item_type = Dag
    id_field = "dag_id"
    states = NODE_INSTANCE_STATES
    ends = True

    def reading(self, resource_id: Id) -> GetDag:
        return GetDag(dag_id=int(resource_id), project_env=self.identity["project_env"])

    def item_of(self, answer: DagDetails, resource_id: Id) -> Dag:
        return answer.data

    def parts(self, resource_id: Id) -> Iterator[ListInstances]:
        """Nothing stops a run as a whole."""
        place = {name: self.identity[name] for name in ("project_id", "project_env")}
        for dag_id in self.caller.get("instance_ids") or [resource_id]:
            yield ListInstances(**place, dag_id=int(dag_id))

    def stopping(self, part: Any) -> StopInstance | None:
        if NODE_INSTANCE_STATES.outcome(part.status) is not Outcome.RUNNING:
            return None
        return StopInstance(instance_id=part.instance_id, project_env=self.identity["project_env"])

    def born(self, item: Any) -> str | None:
        return time_of(item.create_time)


class ManualFlowRun(DagResource):
    """A run of a manual flow, by a parameter of its own."""

    title = "manual flow run"
    name_field = "marker"
    told_by = ("marker",)

    def listing(self, name: str | None = None) -> ListedDags:
        place = {name: self.identity[name] for name in ("project_id", "project_env")}
        return ListedDags(**place, biz_name=self.identity["flow_name"], bizdate=self.identity["biz_date"])

    def is_match(self, item: Any) -> bool:
        """Tell by the marker; a read by the id shows none."""
        return item.marker == self.name if isinstance(item, ListedDag) else True

    def resembles(self, item: Any) -> bool:
        """One whose instances show no marker, neither ours nor another task's, may be any."""
        return isinstance(item, ListedDag) and item.marker is None


class BackfillRun(DagResource):
    """A run of a backfill, one for each of its business dates, by the name that it was given."""

    title = "backfill run"
    name_field = "name"
    told_by = ("name",)
    makes_several = True

    def listing(self, name: str | None = None) -> ListedDags:
        place = {name: self.identity[name] for name in ("project_id", "project_env", "begin_bizdate", "end_bizdate")}
        return ListedDags(**place, node_id=self.identity["root_node_id"])

    def lacking(self, items: Collection[Any]) -> int:
        """There is a run for each business date."""
        first, last = (read_date(self.identity[name]) for name in ("begin_bizdate", "end_bizdate"))
        shown = {one.bizdate for one in items}
        return 0 if None in shown else max(0, len(days_between(first, last)) - len(shown))

    def is_match(self, item: Any) -> bool:
        """The list tells what is a backfill, and a read by the id which one."""
        return item.type == BACKFILL if isinstance(item, ListedDag) else not self.is_another(item)

    def is_another(self, item: Any) -> bool:
        return item.name is not None and item.name != self.name

    def resembles(self, item: Any) -> bool:
        return False

    def mismatches(self, item: Any) -> dict[str, tuple[Any, Any]]:
        """The list shows no name."""
        return {} if isinstance(item, ListedDag) else super().mismatches(item)
