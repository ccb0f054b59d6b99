"""Runs of manual workflows that are run again (API 2024-05-18, page *RerunWorkflowInstances*), asynchronously.

The answer names an operation, whose result says ``NotRun``, ``Success`` or ``Failure``; that ``NotRun`` means "not yet"
is how it reads. Only runs of manual workflows can be named.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.rpc import Place, RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.calls.states import States
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["FAILED_ONES", "RERUN_STATES", "GetRerunWorkflowInstancesResult", "RerunWorkflowInstances"]

RERUN_STATES = States(good={"Success"}, bad={"Failure"})

FAILED_ONES = {"RerunDownstreamEnabled": True, "TaskInstanceStatuses": ["Failure"]}
"""The tasks that failed, and all that come after them."""


class StartedRerun(RpcResponse):
    """:param operation_id: id of the operation."""

    operation_id: Annotated[str, Required]


class RerunWorkflowInstances(OnDataWorks2024, RpcRequest, Call[StartedRerun]):
    """Run tasks of runs again. Sent a second time it might run them a third time, so nothing repeats it by itself.

    :param workflow_id: the manual workflow that all of them are runs of.
    :param ids: ids of the runs.
    :param filter: which tasks of theirs, as the vendor's page says; None stands for all.
    """

    operation: ClassVar[str] = "RerunWorkflowInstances"
    effect: ClassVar[Effect] = Effect.CREATE

    project_id: WireId
    workflow_id: WireId
    ids: Annotated[list[WireId], Field(min_length=1)]
    type: Literal["ManualWorkflow"] = "ManualWorkflow"
    filter: dict[str, Any] | None = None


class RerunResult(RpcModel):
    """What became of the operation."""

    status: str | None = None
    failure_message: str | None = None


class RerunDetails(RpcResponse):
    """:param result: what became of the operation."""

    result: RerunResult


class GetRerunWorkflowInstancesResult(OnDataWorks2024, RpcRequest, Call[RerunDetails]):
    """Read what became of it (vendor page *GetRerunWorkflowInstancesResult*): a POST with a query alone."""

    operation: ClassVar[str] = "GetRerunWorkflowInstancesResult"
    effect: ClassVar[Effect] = Effect.READ
    parameters_in: ClassVar[Place] = "query"

    operation_id: Annotated[str, Required]
