"""Runs of DataWorks workflows, which the vendor calls workflow instances (API version 2024-05-18).

No field of a create is a key of the caller's, but the instances bear its tags, and the list can be asked for a tag: a
tag that no other run has is the key. That the list's filter is as exact as it reads, is assumed; what comes back is
compared all the same. The list needs a business date, so a run over many dates is looked for by its first one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.calls.states import States
from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import OUR_TAG, Environment
from airflow_provider_cloudflows.services.dataworks.dates import days_between, milliseconds, read_date, zone_named
from airflow_provider_cloudflows.services.dataworks.per_id import PerIdResponse
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, Read2024, WireId, time_of
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "INSTANCE_STATES",
    "CreationOperation",
    "CreationResult",
    "GetCreateWorkflowInstancesResult",
    "GetWorkflowInstance",
    "ListWorkflowInstances",
    "StartedCreation",
    "StopWorkflowInstances",
    "WorkflowInstance",
    "WorkflowInstanceResource",
]

INSTANCE_STATES = States(good={"Success"}, bad={"Failure"})
"""The others are ``NotRun``, ``Running``, ``WaitTime``, ``WaitResource``, ``WaitTrigger``, ``Checking`` and
``CheckingCondition``."""


class StartedCreation(RpcResponse):
    """:param operation_id: the operation that makes the instances."""

    operation_id: Annotated[str, Required]


class CreationResult(RpcModel):
    """What became of it: ``Creating``, ``Created`` or ``CreateFailure``."""

    status: str | None = None
    failure_message: str | None = None
    workflow_instance_ids: list[int] | None = None


class CreationDetails(RpcResponse):
    """:param result: what became of the operation."""

    result: CreationResult


class GetCreateWorkflowInstancesResult(Read2024, RpcRequest, Call[CreationDetails]):
    """Read what became of a create (vendor page *GetCreateWorkflowInstancesResult*)."""

    operation: ClassVar[str] = "GetCreateWorkflowInstancesResult"
    effect: ClassVar[Effect] = Effect.READ

    operation_id: Annotated[str, Required]


class CreationOperation(Resource):
    """The operation that makes the instances; nothing lists operations, or stops one."""

    title = "creation of workflow instances"
    item_type = CreationResult
    name_field = "name"
    states = States(good={"Created"}, bad={"CreateFailure"})
    reason_fields = ("failure_message",)

    def reading(self, resource_id: Id) -> GetCreateWorkflowInstancesResult:
        return GetCreateWorkflowInstancesResult(operation_id=str(resource_id))

    def item_of(self, answer: CreationDetails, resource_id: Id) -> CreationResult:
        return answer.result

    def listing(self, name: str | None = None) -> None:
        return None


class InstanceTag(RpcModel):
    key: str | None = None
    value: str | None = None


class WorkflowInstance(RpcModel):
    """One run. Times are milliseconds since the epoch; ``biz_date`` is the beginning of a day of the workspace."""

    id: int
    name: str | None = None
    status: str | None = None
    type: str | None = None
    biz_date: int | None = None
    project_id: int | None = None
    workflow_id: int | None = None
    owner: str | None = None
    tags: list[InstanceTag] | None = None
    create_time: int | None = None
    started_time: int | None = None
    finished_time: int | None = None

    @property
    def tag(self) -> str | None:
        """Our own tag, ``key:value``; None where it shows none."""
        ours = (one.value for one in self.tags or [] if one.key == OUR_TAG)
        return next((f"{OUR_TAG}:{value}" for value in ours), None)


class WorkflowInstanceDetails(RpcResponse):
    """:param workflow_instance: the run."""

    workflow_instance: WorkflowInstance


class GetWorkflowInstance(Read2024, RpcRequest, Call[WorkflowInstanceDetails]):
    """Read one run by its id (vendor page *GetWorkflowInstance*)."""

    operation: ClassVar[str] = "GetWorkflowInstance"
    effect: ClassVar[Effect] = Effect.READ

    id: WireId


class WorkflowInstancePage(RpcModel):
    workflow_instances: list[WorkflowInstance] = Field(default_factory=list)
    total_count: int | None = None


class WorkflowInstanceList(RpcResponse):
    """:param paging_info: one page of runs."""

    paging_info: WorkflowInstancePage


class ListWorkflowInstances(OnDataWorks2024, RpcRequest, PageNumbers[WorkflowInstanceList, WorkflowInstance]):
    """List the runs of one business date (vendor page *ListWorkflowInstances*), the newest first.

    :param biz_date: the beginning of that day, in milliseconds.
    :param name: loose filter: compare the names that come back.
    :param tags: shows those that have any of these tags, each written ``key:value``.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListWorkflowInstances"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    biz_date: int
    name: str | None = None
    type: str | None = None
    workflow_id: WireId | None = None
    env_type: Environment | None = None
    tags: list[str] | None = None
    sort_by: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: WorkflowInstanceList) -> list[WorkflowInstance]:
        return response.paging_info.workflow_instances

    def total(self, response: WorkflowInstanceList) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: WorkflowInstance) -> int:
        return item.id


class StopWorkflowInstances(OnDataWorks2024, RpcRequest, Call[PerIdResponse]):
    """Stop runs (vendor page *StopWorkflowInstances*); the answer has a result for each id."""

    operation: ClassVar[str] = "StopWorkflowInstances"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    ids: Annotated[list[WireId], Field(min_length=1)]
    comment: str | None = None


class WorkflowInstanceResource(Resource):
    """What one create made: a run, or one for each of its business dates. The first stands for all of them.

    ``tag`` is what it is known by. ``caller`` may hold ``instance_ids``, all that are stopped together.
    """

    title = "workflow instance"
    item_type = WorkflowInstance
    name_field = "tag"
    id_field = "id"
    told_by = ("tag",)
    states = INSTANCE_STATES
    ends = True
    makes_several = True

    def reading(self, resource_id: Id) -> GetWorkflowInstance:
        return GetWorkflowInstance(id=int(resource_id))

    def item_of(self, answer: WorkflowInstanceDetails, resource_id: Id) -> WorkflowInstance:
        return answer.workflow_instance

    def is_listed(self) -> bool:
        return True

    def listing(self, name: str | None = None) -> ListWorkflowInstances | None:
        """Return the list of its only date; of many dates, no list shows all."""
        first, *others = self.dates()
        return None if others else self._tagged(first)

    def looking(self, since: float | None) -> ListWorkflowInstances:
        return self._tagged(next(self.dates()))

    def gathering(self) -> Iterator[ListWorkflowInstances]:
        """Yield the lists of its dates after the first."""
        _, *others = self.dates()
        yield from (self._tagged(day) for day in others)

    def lacking(self, items: Collection[WorkflowInstance]) -> int:
        """There is an instance for each business date, or more."""
        shown = {one.biz_date for one in items}
        return 0 if None in shown else max(0, len(list(self.dates())) - len(shown))

    def watching(self) -> ListWorkflowInstances | None:
        first, *others = self.dates()
        return None if others else ListWorkflowInstances(**self._on(first))

    def cancelling(self, resource_id: Id) -> StopWorkflowInstances:
        return StopWorkflowInstances(ids=self.caller.get("instance_ids") or [int(resource_id)])

    def objection_in(self, answer: PerIdResponse) -> str:
        """Return what the answer says beside each id that it did not stop."""
        refused = answer.refused(self.caller.get("instance_ids") or [int(number) for number in answer.success_info])
        return "; ".join(f"{number}: {why}" for number, why in refused.items())

    def born(self, item: WorkflowInstance) -> str | None:
        return time_of(item.create_time)

    def dates(self) -> Iterator[date]:
        """Yield its business dates."""
        for first, last in self.identity["biz_dates"]:
            yield from days_between(read_date(first), read_date(last))

    def _tagged(self, day: date) -> ListWorkflowInstances:
        return ListWorkflowInstances(**self._on(day), tags=[self.identity["tag"]])

    def _on(self, day: date) -> dict[str, Any]:
        zone = zone_named(self.identity["timezone"])
        return {"project_id": self.identity["project_id"], "biz_date": milliseconds(day, zone)}
