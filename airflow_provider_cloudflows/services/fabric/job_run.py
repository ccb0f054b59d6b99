"""Runs of DataArts Fabric jobs, on the host of the data plane.

The service keeps any name it is given, and takes one more than once: a run is found again by a name that no other has.
The vendor publishes no code for a run that does not exist but the one for whatever is not found.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.models import Document, Wire
from airflow_provider_cloudflows.calls.pages import Offsets
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.calls.states import States
from airflow_provider_cloudflows.services.fabric.service import FabricWorkspaceRequest, Identifier, OnFabricDataPlane
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Reply

__all__ = ["CancelJobRun", "JobRun", "JobRunResource", "ListJobRuns", "ShowJobRun", "StartedJobRun"]


class Job(Wire):
    """The job that a run is one of."""

    id: str | None = None
    version_id: str | None = None


class LogPlace(Wire):
    """Where a run wrote its log: ``type`` is ``OBS``, ``CONTAINER`` or ``LTS``."""

    type: str | None = None
    path: str | None = None


class JobRun(Response):
    """One run. Only a read by its id shows ``log_path``, ``error_code`` and ``error_msg``."""

    id: Annotated[str, Required]
    name: str | None = None
    job: Job | None = None
    endpoint_id: str | None = None
    status: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    duration: int | None = None
    type: str | None = None
    log_path: list[LogPlace] | None = None
    error_code: str | None = None
    error_msg: str | None = None

    @property
    def job_id(self) -> str | None:
        """The job that this is a run of."""
        return self.job.id if self.job else None

    @property
    def version_id(self) -> str | None:
        """The version of that job."""
        return self.job.version_id if self.job else None

    @property
    def logs(self) -> str:
        """Where to look for more, as a sentence's end, or an empty text."""
        places = [" ".join(filter(None, (one.type, one.path))) for one in self.log_path or [] if one.path]
        return f"its log is at {', '.join(places)}" if places else ""


class StartedJobRun(Response):
    """:param id: id of the run."""

    id: Annotated[str, Required]


class ShowJobRun(OnFabricDataPlane, FabricWorkspaceRequest, Call[JobRun]):
    """Read one run by its id (the official SDK's *show_job_run_detail*)."""

    operation: ClassVar[str] = "ShowJobRunDetail"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/jobs/runs/{run_id}"
    effect: ClassVar[Effect] = Effect.READ

    run_id: Identifier


class JobRunPage(Response):
    """:param job_runs: one page of runs."""

    job_runs: list[JobRun] = Field(default_factory=list)
    total: int | None = None


class ListJobRuns(OnFabricDataPlane, FabricWorkspaceRequest, Offsets[JobRunPage, JobRun]):
    """List the runs of a workspace.

    :param name: filter; nothing says that it is exact: compare the names that come back.
    :param limit: 1 to 100.
    """

    operation: ClassVar[str] = "ListJobRuns"
    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/jobs/runs"
    effect: ClassVar[Effect] = Effect.READ

    id: str | None = None
    name: str | None = None
    job_id: str | None = None
    endpoint_id: str | None = None
    version_id: str | None = None
    status: str | None = None
    type: Literal["RAY_JOB", "PYTHON_JOB", "SPARK_JOB"] | None = None
    sort_by: Literal["CREATE_TIME", "DURATION"] | None = None
    order_by: Literal["ASC", "DESC"] | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 100

    def items(self, response: JobRunPage) -> list[JobRun]:
        return response.job_runs

    def total(self, response: JobRunPage) -> int | None:
        return response.total

    def key_of(self, item: JobRun) -> str:
        return item.id


class Cancelled(Response):
    """An empty answer."""


class CancelJobRun(OnFabricDataPlane, FabricWorkspaceRequest, Call[Cancelled]):
    """Stop a run; it passes through ``STOPPING``."""

    operation: ClassVar[str] = "CancelJobRun"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/jobs/runs/{run_id}/cancel"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT

    run_id: Identifier

    def empty_answer(self, reply: Reply) -> Document | None:
        return {} if reply.status < 300 else None


class JobRunResource(Resource):
    """A run of a job, by a name that is its own."""

    title = "job run"
    item_type = JobRun
    name_field = "name"
    id_field = "id"
    told_by = ("name",)
    compared = ("job_id", "version_id", "endpoint_id")
    gone_codes = frozenset({"dataartsfabric.00010003", "dataartsfabric.00010009"})
    born_field = "create_time"
    states = States(good={"SUCCEEDED"}, bad={"FAILED", "STOPPED", "DELETED"}, stopping={"STOPPING"})
    ends = True

    def reading(self, resource_id: Id) -> ShowJobRun:
        return ShowJobRun(workspace_id=self.identity["workspace_id"], run_id=str(resource_id))

    def item_of(self, answer: JobRun, resource_id: Id) -> JobRun:
        return answer

    def listing(self, name: str | None = None) -> ListJobRuns:
        return ListJobRuns(workspace_id=self.identity["workspace_id"], name=name)

    def watching(self) -> ListJobRuns:
        return ListJobRuns(workspace_id=self.identity["workspace_id"], sort_by="CREATE_TIME", order_by="DESC")

    def cancelling(self, resource_id: Id) -> CancelJobRun:
        return CancelJobRun(workspace_id=self.identity["workspace_id"], run_id=str(resource_id))

    def reason_of(self, item: Any) -> str:
        """The code and the words for it, and where the log is."""
        said = ": ".join(one for one in (item.error_code, item.error_msg) if one)
        return "; ".join(one for one in (said, item.logs) if one)
