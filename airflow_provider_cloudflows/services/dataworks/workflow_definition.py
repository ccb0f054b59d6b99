"""Workflow definitions of the newer DataStudio: what a workflow is to be, before it is published (API 2024-05-18).

The vendor publishes no code for one that does not exist, so the list has to tell. That a definition is found by its
name, and that a workspace has only one of a name, is assumed.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.calls.states import States
from airflow_provider_cloudflows.errors import NoAnswer
from airflow_provider_cloudflows.services.dataworks.service import Read2024, WireId, time_of
from airflow_provider_cloudflows.services.dataworks.update_workflow_definition import UpdateWorkflowDefinition
from airflow_provider_cloudflows.transport.effect import Effect

__all__ = [
    "CreatedWorkflowDefinition",
    "GetJobStatus",
    "GetWorkflowDefinition",
    "ImportJob",
    "ImportedWorkflow",
    "ListWorkflowDefinitions",
    "StartedImport",
    "WorkflowDefinition",
    "WorkflowDefinitionResource",
]


class WorkflowDefinition(RpcModel):
    """One definition. A read by its id shows ``spec``, the FlowSpec document as text, and the id of what was published
    of it, ``workflow_id``; a list shows neither."""

    id: Annotated[str, Required]
    name: str | None = None
    description: str | None = None
    owner: str | None = None
    project_id: int | None = None
    type: str | None = None
    spec: str | Document | None = None
    workflow_id: int | None = None
    create_time: int | None = None
    modify_time: int | None = None


class WorkflowDefinitionDetails(RpcResponse):
    """:param workflow_definition: the definition."""

    workflow_definition: WorkflowDefinition


class GetWorkflowDefinition(Read2024, RpcRequest, Call[WorkflowDefinitionDetails]):
    """Read one definition by its id."""

    operation: ClassVar[str] = "GetWorkflowDefinition"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId | None = None
    id: Annotated[str, Required]


class WorkflowDefinitionPageInfo(RpcModel):
    workflow_definitions: list[WorkflowDefinition] = Field(default_factory=list)
    total_count: int | None = None


class WorkflowDefinitionPage(RpcResponse):
    """:param paging_info: one page of definitions."""

    paging_info: WorkflowDefinitionPageInfo


class ListWorkflowDefinitions(Read2024, RpcRequest, PageNumbers[WorkflowDefinitionPage, WorkflowDefinition]):
    """List the definitions of a workspace.

    :param name: filter; nothing says that it is exact: compare the names that come back.
    :param type: ``CycleWorkflow`` or ``ManualWorkflow``.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListWorkflowDefinitions"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    name: str | None = None
    type: str | None = None
    owner: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: WorkflowDefinitionPage) -> list[WorkflowDefinition]:
        return response.paging_info.workflow_definitions

    def total(self, response: WorkflowDefinitionPage) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: WorkflowDefinition) -> str:
        return item.id


class CreatedWorkflowDefinition(RpcResponse):
    """:param id: id of the new definition, the digits of a number."""

    id: Annotated[str, Required]


class Done(RpcResponse):
    """An answer that says no more than that it worked."""


class WorkflowDefinitionResource(Resource):
    """A definition, by its name in its workspace."""

    title = "workflow definition"
    item_type = WorkflowDefinition
    name_field = "name"
    id_field = "id"
    told_by = ("name",)
    compared: ClassVar[tuple[str, ...]] = ("spec",)
    updatable: ClassVar[tuple[str, ...]] = ("spec",)

    def reading(self, resource_id: Id) -> GetWorkflowDefinition:
        return GetWorkflowDefinition(project_id=self.identity["project_id"], id=str(resource_id))

    def item_of(self, answer: WorkflowDefinitionDetails, resource_id: Id) -> WorkflowDefinition:
        return answer.workflow_definition

    def listing(self, name: str | None = None) -> ListWorkflowDefinitions:
        return ListWorkflowDefinitions(project_id=self.identity["project_id"], name=name)

    def updating(self, resource_id: Id, values: Mapping[str, Any]) -> UpdateWorkflowDefinition:
        return UpdateWorkflowDefinition(project_id=self.identity["project_id"], id=str(resource_id), **values)

    def born(self, item: WorkflowDefinition) -> str | None:
        return time_of(item.create_time)


class ImportedWorkflow(WorkflowDefinitionResource):
    """A definition that came with its nodes, which no update of the definition changes."""

    compared: ClassVar[tuple[str, ...]] = ()
    updatable: ClassVar[tuple[str, ...]] = ()


class AsyncJob(RpcModel):
    """A job that the service carries out after its answer."""

    id: Annotated[str, Required]
    status: str | None = None
    error: str | None = None
    progress: int | None = None


class StartedImport(RpcResponse):
    """:param async_job: the job that imports."""

    async_job: AsyncJob


class JobStatus(RpcModel):
    """How far a job is."""

    job_id: str
    status: str | None = None
    error: str | None = None


class JobStatusDetails(RpcResponse):
    """:param job_status: the job."""

    job_status: JobStatus | None = None


class GetJobStatus(Read2024, RpcRequest, Call[JobStatusDetails]):
    """Read how far a job is."""

    operation: ClassVar[str] = "GetJobStatus"
    effect: ClassVar[Effect] = Effect.READ

    job_id: Annotated[str, Required]


class ImportJob(Resource):
    """A job that imports a workflow. Nothing lists jobs."""

    title = "import job"
    item_type = JobStatus
    name_field = "name"
    id_field = "job_id"
    told_by = ()
    states = States(good={"Success"}, bad={"Fail", "Cancel"})
    reason_fields = ("error",)
    ends = True

    def reading(self, resource_id: Id) -> GetJobStatus:
        return GetJobStatus(job_id=str(resource_id))

    def item_of(self, answer: JobStatusDetails, resource_id: Id) -> JobStatus:
        if answer.job_status is None:
            raise NoAnswer("the answer shows no job", operation=self.reading(resource_id).title)
        return answer.job_status

    def listing(self, name: str | None = None) -> None:
        """Nothing lists them."""
