"""Data integration jobs: what they are read, listed and stopped by (API 2024-05-18, pages *GetDIJob*, *ListDIJobs*).

A start has no id: it is a state of the job. The vendor publishes the words ``Initialized``, ``Running``, ``Stopping``,
``Finished``, ``Failed``, and for a job that was stopped ``Stop`` where it is read and ``Stopped`` where it is listed.
Why a job failed is told for each of its tables (page *ListDIJobRunDetails*). No
code for a job that does not exist is published, so the list has to tell. That a job with a real-time part goes on
until it is stopped, and so never shows ``Finished``, follows from what it is; no page says it.
"""

from collections.abc import Collection
from typing import Annotated, Any, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import PageNumbers
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.states import Outcome, States
from airflow_provider_cloudflows.services.dataworks.service import Read2024, WireId
from airflow_provider_cloudflows.services.dataworks.stop_di_job import StopDIJob
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["DIJob", "DIJobResource", "Done", "GetDIJob", "ListDIJobRunDetails", "ListDIJobs"]

GOES_ON_FOR_EVER = ("FullAndRealtimeIncremental", "RealtimeIncremental")
"""Types of migration with a real-time part."""

STOPPED = ("Stop", "Stopped")

MOST_TABLES = 5
"""How many tables that failed a message tells of; one job may have thousands."""

STATES_BY_TARGET = {
    "Finished": States(good={"Finished"}, bad={"Failed", *STOPPED}),
    "Running": States(good={"Running", "Finished"}, bad={"Failed", *STOPPED}),
    "Stopped": States(good={"Finished", "Failed", *STOPPED}, bad=()),
}
"""What the states mean to who waits until a job has finished, until it runs, or until it runs no more."""


class DIJob(RpcModel):
    """One job. Only a read by its id shows its settings."""

    id: int
    project_id: int | None = None
    job_name: str | None = None
    job_status: str | None = None
    job_type: str | None = None
    migration_type: str | None = None
    description: str | None = None
    owner: str | None = None


class DIJobDetails(RpcResponse):
    """:param paging_info: the job; the vendor's name for it is an odd one."""

    paging_info: DIJob


class GetDIJob(Read2024, RpcRequest, Call[DIJobDetails]):
    """Read one job by its id."""

    operation: ClassVar[str] = "GetDIJob"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    id: WireId
    with_details: bool | None = None


class DIJobPageInfo(RpcModel):
    jobs: Annotated[list[DIJob], Field(alias="DIJobs")] = Field(default_factory=list)
    total_count: int | None = None


class DIJobPage(RpcResponse):
    """:param paging_info: one page of jobs."""

    paging_info: DIJobPageInfo


class ListDIJobs(Read2024, RpcRequest, PageNumbers[DIJobPage, DIJob]):
    """List the data integration jobs of a workspace.

    :param name: filter; nothing says that it is exact.
    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListDIJobs"
    effect: ClassVar[Effect] = Effect.READ

    project_id: WireId
    name: str | None = None
    migration_type: str | None = None
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: DIJobPage) -> list[DIJob]:
        return response.paging_info.jobs

    def total(self, response: DIJobPage) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: DIJob) -> int:
        return item.id


class TableRun(RpcModel):
    """How far one table got: its structure, the data that was there, and what comes after."""

    source_datasource_name: str | None = None
    source_database_name: str | None = None
    source_schema_name: str | None = None
    source_table_name: str | None = None
    structure_migration_error_message: str | None = None
    full_migration_error_message: str | None = None
    realtime_migration_error_message: str | None = None

    @property
    def table(self) -> str:
        """Its name in the source, with where it is."""
        place = (self.source_database_name, self.source_schema_name, self.source_table_name)
        return ".".join(filter(None, place)) or "a table without a name"

    @property
    def errors(self) -> str:
        """What went wrong, or an empty text."""
        messages = (
            self.structure_migration_error_message,
            self.full_migration_error_message,
            self.realtime_migration_error_message,
        )
        return ", ".join(dict.fromkeys(one.strip().rstrip(".") for one in messages if one and one.strip()))


class TableRunPageInfo(RpcModel):
    job_run_infos: list[TableRun] = Field(default_factory=list)
    total_count: int | None = None


class TableRunPage(RpcResponse):
    """:param paging_info: one page of tables."""

    paging_info: TableRunPageInfo


class ListDIJobRunDetails(Read2024, RpcRequest, PageNumbers[TableRunPage, TableRun]):
    """List how far each table of a job got in its last run (vendor page *ListDIJobRunDetails*).

    :param page_size: 1 to 100.
    """

    operation: ClassVar[str] = "ListDIJobRunDetails"
    effect: ClassVar[Effect] = Effect.READ

    dijob_id: Annotated[WireId, Field(alias="DIJobId")]
    page_number: Annotated[int, Field(ge=1)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: TableRunPage) -> list[TableRun]:
        return response.paging_info.job_run_infos

    def total(self, response: TableRunPage) -> int | None:
        return response.paging_info.total_count

    def key_of(self, item: TableRun) -> str:
        return f"{item.source_datasource_name} {item.table}"


class Done(RpcResponse):
    """An answer that says no more than that it worked."""


class DIJobResource(Resource):
    """A data integration job, and the state that it is in.

    ``caller["until"]`` is the state that is waited for: ``Finished``, ``Running`` or ``Stopped``; None goes by what the
    job is: one that goes on for ever has got there when it runs. ``caller["was_running"]`` tells that somebody else
    started it, who may stop it.
    """

    title = "data integration job"
    item_type = DIJob
    name_field = "id"
    id_field = "id"
    told_by = ("id",)
    state_field = "job_status"
    states = STATES_BY_TARGET["Finished"]
    ends = True

    def reading(self, resource_id: Id) -> GetDIJob:
        return GetDIJob(project_id=self.identity["project_id"], id=int(resource_id))

    def item_of(self, answer: DIJobDetails, resource_id: Id) -> DIJob:
        return answer.paging_info

    def listing(self, name: str | None = None) -> ListDIJobs:
        """The list knows no ids; it shows all jobs of the workspace."""
        return ListDIJobs(project_id=self.identity["project_id"])

    def watching(self) -> ListDIJobs:
        return self.listing()

    def is_match(self, item: Any) -> bool:
        return str(item.id) == self.name

    def cancelling(self, resource_id: Id) -> StopDIJob | None:
        if self.caller.get("was_running"):
            return None
        return StopDIJob(project_id=self.identity["project_id"], id=int(resource_id))

    def explaining(self, resource_id: Id) -> ListDIJobRunDetails:
        return ListDIJobRunDetails(dijob_id=int(resource_id))

    def explanation_in(self, items: Collection[TableRun]) -> str:
        """The first tables that failed, each with what was wrong."""
        failed = [one for one in items if one.errors]
        said = [excerpt(f"{one.table}: {one.errors}", 300) for one in failed[:MOST_TABLES]]
        if len(failed) > MOST_TABLES:
            said.append(f"and {len(failed) - MOST_TABLES} more tables failed")
        return "; ".join(said)

    def outcome_of(self, item: Any) -> Outcome:
        target = self.caller.get("until") or ("Running" if item.migration_type in GOES_ON_FOR_EVER else "Finished")
        return STATES_BY_TARGET[target].outcome(self.state_of(item))
