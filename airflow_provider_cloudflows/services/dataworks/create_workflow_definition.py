"""The request that creates a workflow definition without nodes, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.calls.resource import Creation, Differences
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.services.dataworks import flow_spec
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
        CreatedWorkflowDefinition,
        WorkflowDefinitionResource,
    )

__all__ = ["CreateWorkflowDefinition"]


class CreateWorkflowDefinition(OnDataWorks2024, RpcRequest, Creation["CreatedWorkflowDefinition"]):
    """Create a workflow without nodes (vendor page *CreateWorkflowDefinition*).

    :param project_id: id of the DataWorks workspace.
    :param spec: FlowSpec document with one workflow.
    """

    operation: ClassVar[str] = "CreateWorkflowDefinition"

    project_id: WireId
    spec: flow_spec.WorkflowSpec

    @classmethod
    def resource_type(cls) -> "type[WorkflowDefinitionResource]":
        from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
            WorkflowDefinitionResource,  # no DAG file looks for one
        )

        return WorkflowDefinitionResource

    def resource(self) -> "WorkflowDefinitionResource":
        return self.resource_type()({"name": flow_spec.name_in(self.spec), "project_id": self.project_id})

    def made_id(self, answer: "CreatedWorkflowDefinition") -> str:
        return answer.id

    def differences(self, item: Any) -> Differences:
        return flow_spec.differences(self.spec, item.spec)
