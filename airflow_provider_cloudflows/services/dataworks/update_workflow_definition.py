"""The request that changes a workflow definition, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from airflow_provider_cloudflows.calls.resource import Change
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.flow_spec import WorkflowChange
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
        Done,  # noqa: F401 - a text names the answer
        WorkflowDefinitionResource,
    )

__all__ = ["UpdateWorkflowDefinition"]


class UpdateWorkflowDefinition(OnDataWorks2024, RpcRequest, Change["Done"]):
    """Change a workflow; what the document leaves out stays (vendor page *UpdateWorkflowDefinition*).

    :param project_id: id of the DataWorks workspace.
    :param id: id of the definition.
    :param spec: FlowSpec document with one workflow, without nodes.
    """

    operation: ClassVar[str] = "UpdateWorkflowDefinition"
    id_field: ClassVar[str] = "id"

    project_id: WireId
    id: Annotated[str, Required]
    spec: WorkflowChange

    @classmethod
    def resource_type(cls) -> "type[WorkflowDefinitionResource]":
        from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
            WorkflowDefinitionResource,  # no DAG file needs it
        )

        return WorkflowDefinitionResource

    def resource(self) -> "WorkflowDefinitionResource":
        return self.resource_type()({"project_id": self.project_id})
