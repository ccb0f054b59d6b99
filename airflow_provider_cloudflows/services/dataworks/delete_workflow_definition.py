"""The request that deletes a workflow definition, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
        Done,  # noqa: F401 - a text names the answer
        WorkflowDefinitionResource,
    )

__all__ = ["DeleteWorkflowDefinition"]


class DeleteWorkflowDefinition(OnDataWorks2024, RpcRequest, Removal["Done"]):
    """Delete a workflow definition (vendor page *DeleteWorkflowDefinition*).

    :param project_id: id of the DataWorks workspace.
    :param id: id of the definition.
    """

    operation: ClassVar[str] = "DeleteWorkflowDefinition"
    id_field: ClassVar[str] = "id"

    project_id: WireId
    id: Annotated[str, Required]

    @classmethod
    def resource_type(cls) -> "type[WorkflowDefinitionResource]":
        from airflow_provider_cloudflows.services.dataworks.workflow_definition import (
            WorkflowDefinitionResource,  # no DAG file needs it
        )

        return WorkflowDefinitionResource

    def resource(self) -> "WorkflowDefinitionResource":
        return self.resource_type()({"project_id": self.project_id})
