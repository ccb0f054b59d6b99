"""The request that runs a DataArts Fabric job, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import model_serializer

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rules import Name
from airflow_provider_cloudflows.services.fabric.service import FabricWorkspaceRequest, Identifier, OnFabricDataPlane

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.fabric.job_run import JobRunResource, StartedJobRun

__all__ = ["RunJob"]


class RunJob(OnFabricDataPlane, FabricWorkspaceRequest, Creation["StartedJobRun"]):
    """Run a job on an endpoint (the official SDK's *run_job*); the answer comes before the run ends.

    The service takes no token, and a name as often as it is sent: whoever wants to find a run again gives it a name
    that no other has.

    :param job_id: the job.
    :param version_id: the version of the job.
    :param name: name of the run; the vendor publishes no rule for it.
    :param endpoint_id: the endpoint that it runs on.
    """

    operation: ClassVar[str] = "RunJob"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/workspaces/{workspace_id}/jobs/runs"

    job_id: Identifier
    version_id: Identifier
    name: Annotated[str, Name]
    endpoint_id: Identifier

    @model_serializer(mode="plain")
    def _as_it_travels(self) -> dict[str, Any]:
        job = {"id": self.job_id, "version_id": self.version_id}
        return {"workspace_id": self.workspace_id, "job": job, "name": self.name, "endpoint_id": self.endpoint_id}

    @classmethod
    def resource_type(cls) -> "type[JobRunResource]":
        from airflow_provider_cloudflows.services.fabric.job_run import JobRunResource  # no DAG file looks for one

        return JobRunResource

    def resource(self) -> "JobRunResource":
        return self.resource_type()({"name": self.name, "workspace_id": self.workspace_id})

    def made_id(self, answer: "StartedJobRun") -> str:
        return answer.id
