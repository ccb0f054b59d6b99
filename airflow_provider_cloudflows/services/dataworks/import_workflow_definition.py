"""The request that imports a workflow with its nodes, apart from all that only a run needs."""

from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks import flow_spec
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
        ImportedWorkflow,
        ImportJob,
        StartedImport,
    )

__all__ = ["ImportWorkflowDefinition"]


class ImportWorkflowDefinition(OnDataWorks2024, RpcRequest, Creation["StartedImport"]):
    """Import a workflow with its nodes (the official SDK's *import_workflow_definition*).

    The answer names a job, not the workflow, which is found by its name when the job has ended. The vendor's
    ``DryRun`` makes nothing and is left out.

    :param project_id: id of the DataWorks workspace.
    :param spec: FlowSpec document with one workflow and its nodes.
    """

    operation: ClassVar[str] = "ImportWorkflowDefinition"

    project_id: WireId
    spec: flow_spec.WholeWorkflowSpec

    @classmethod
    def resource_type(cls) -> "type[ImportedWorkflow]":
        from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
            ImportedWorkflow,  # no DAG file looks for one
        )

        return ImportedWorkflow

    def resource(self) -> "ImportedWorkflow":
        return self.resource_type()(self._identity())

    def making(self) -> "ImportJob":
        from airflow_provider_cloudflows.services.dataworks.workflow_definition import ImportJob  # nor waits for it

        return ImportJob(self._identity())

    def made_id(self, answer: "StartedImport") -> str:
        return answer.async_job.id

    def _identity(self) -> dict[str, str | int]:
        return {"name": flow_spec.name_in(self.spec), "project_id": self.project_id}
