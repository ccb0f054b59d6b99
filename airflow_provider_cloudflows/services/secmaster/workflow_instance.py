"""Runs of SecMaster workflows, which the vendor calls workflow instances.

They are kept for 180 days, and a list shows at most 10,000. No field of one tells who started it: of two that were
started in the same seconds, nothing tells which is whose.
"""

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Wire
from airflow_provider_cloudflows.calls.pages import Offsets
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.calls.states import States
from airflow_provider_cloudflows.services.secmaster.service import (
    Enveloped,
    Identifier,
    Limit,
    Offset,
    WorkspaceRequest,
)
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "CreatedWorkflowInstance",
    "ListWorkflowInstances",
    "ShowWorkflowInstance",
    "TerminateWorkflowInstance",
    "WorkflowInstance",
    "WorkflowInstanceResource",
]

STARTED_BY_THE_SERVICE = ("EVENT", "TIMER")
"""Triggers that are no call of the API; the vendor's other words are ``MANUAL`` and ``DEBUG``."""


class WorkflowOfInstance(Wire):
    """The workflow that an instance is a run of."""

    id: str | None = None
    name: str | None = None
    version_id: str | None = None


class Step(Wire):
    """One step of a run; ``error_msg`` is where a failed run tells why."""

    action_name: str | None = None
    status: str | None = None
    error_msg: str | None = None


class Topology(Wire):
    audit_logs: list[Step] | None = None


class WorkflowInstance(Response):
    """One run. Times look like ``2025-07-18T14:44:46.735Z+0800``."""

    id: Annotated[str, Required]
    name: str | None = None
    workflow: WorkflowOfInstance | None = None
    status: str | None = None
    trigger_type: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    topology: Topology | None = None

    @property
    def workflow_id(self) -> str | None:
        """The workflow that this is a run of."""
        return self.workflow.id if self.workflow else None

    @property
    def failed_steps(self) -> str:
        """What the failed steps say, where the topology was asked for."""
        steps = (self.topology and self.topology.audit_logs) or []
        return "; ".join(f"{one.action_name}: {one.error_msg}" for one in steps if one.error_msg)


class ShowWorkflowInstance(Enveloped, WorkspaceRequest, Call[WorkflowInstance]):
    """Read one run by its id.

    :param show_topology: show the steps too, which tell why a run failed.
    """

    operation: ClassVar[str] = "ShowAopWorkflowInstance"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/instances/{instance_id}"
    effect: ClassVar[Effect] = Effect.READ

    instance_id: Identifier
    show_topology: bool = True


class WorkflowInstancePage(Response):
    """:param instances: one page of runs."""

    instances: list[WorkflowInstance] = Field(default_factory=list)
    count: int | None = None


class ListWorkflowInstances(Enveloped, WorkspaceRequest, Offsets[WorkflowInstancePage, WorkflowInstance]):
    """List the runs of a workspace, the newest first.

    :param from_date: not those before, in the vendor's form, see :func:`vendor_time`.
    :param limit: 1 to 100.
    """

    operation: ClassVar[str] = "ListAopWorkflowInstance"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/instances"
    effect: ClassVar[Effect] = Effect.READ

    workflow_id: Identifier | None = None
    status: str | None = None
    trigger_type: Literal["DEBUG", "TIMER", "EVENT", "MANUAL"] | None = None
    from_date: str | None = None
    to_date: str | None = None
    sort_key: Literal["create_time", "update_time"] | None = None
    sort_dir: Literal["ASC", "DESC"] | None = None
    offset: Offset = 0
    limit: Limit = 100

    def items(self, response: WorkflowInstancePage) -> list[WorkflowInstance]:
        return response.instances

    def total(self, response: WorkflowInstancePage) -> int | None:
        return response.count

    def key_of(self, item: WorkflowInstance) -> str:
        return item.id


class Commanded(Response):
    """An envelope without data."""


class TerminateWorkflowInstance(Enveloped, WorkspaceRequest, Call[Commanded]):
    """Stop a run; it passes through ``TERMINATING``."""

    operation: ClassVar[str] = "UpdateWorkflowInstance"
    method: ClassVar[str] = "PUT"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/instances/{instance_id}"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    instance_id: Identifier
    command_type: Literal["ActionInstanceTerminateCommand"] = "ActionInstanceTerminateCommand"


class CreatedWorkflowInstance(Response):
    """:param action_instance_id: id of the run."""

    action_instance_id: Annotated[str, Required]


class WorkflowInstanceResource(Resource):
    """A run of a workflow. The vendor publishes no code for one that does not exist, so the list has to tell.

    That ``start_time`` is when the request arrived, and that the service starts an instance that the API asked for with
    no trigger but ``MANUAL`` or ``DEBUG``, is assumed.
    """

    title = "workflow instance"
    item_type = WorkflowInstance
    name_field = "workflow_id"
    id_field = "id"
    told_by = ("workflow_id",)
    born_field = "start_time"
    states = States(good={"FINISHED"}, bad={"FAILED", "TERMINATED"}, stopping={"TERMINATING"})
    reason_fields = ("failed_steps",)
    ends = True
    takes_existing = False

    def reading(self, resource_id: Id) -> ShowWorkflowInstance:
        return ShowWorkflowInstance(**self._workspace(), instance_id=str(resource_id))

    def item_of(self, answer: WorkflowInstance, resource_id: Id) -> WorkflowInstance:
        return answer

    def listing(self, name: str | None = None) -> ListWorkflowInstances:
        return ListWorkflowInstances(**self._workspace(), workflow_id=name)

    def looking(self, since: float | None) -> ListWorkflowInstances:
        from_date = None if since is None else vendor_time(since)
        return ListWorkflowInstances(**self._workspace(), workflow_id=self.name, from_date=from_date)

    def watching(self) -> ListWorkflowInstances:
        return ListWorkflowInstances(**self._workspace())

    def cancelling(self, resource_id: Id) -> TerminateWorkflowInstance:
        return TerminateWorkflowInstance(**self._workspace(), instance_id=str(resource_id))

    def is_match(self, item: Any) -> bool:
        """One that the service started by itself is nobody's."""
        return super().is_match(item) and item.trigger_type not in STARTED_BY_THE_SERVICE

    def _workspace(self) -> dict[str, Any]:
        return {"workspace_id": self.identity["workspace_id"], **self.caller}


def vendor_time(seconds: float) -> str:
    """Return a time, in seconds since the epoch, as the filters take it: ``2025-07-18T14:44:46.735Z+0800``."""
    local = datetime.fromtimestamp(seconds, timezone(timedelta(hours=8)))
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}Z+0800"
