"""The request that creates a SecMaster workflow, and its answer, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.secmaster.service import Enveloped, Identifier, WorkspaceRequest

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.secmaster.workflow import WorkflowAnswer, WorkflowResource

__all__ = ["CreateWorkflow"]


class CreateWorkflow(Enveloped, WorkspaceRequest, Creation["WorkflowAnswer"]):
    """Create a workflow (vendor page *Creating a Workflow*); it starts disabled and without a version.

    :param name: name.
    :param engine_type: ``public_engine`` is the only value that the vendor publishes; others are passed on.
    :param aop_type: general, investigation, containment or mitigation, in the vendor's words below.
    :param dataclass_id: data class it works on; ids differ in every workspace, see :class:`ListDataClasses`.
    :param description: free text.
    :param labels: entity type.
    """

    operation: ClassVar[str] = "CreateWorkflow"
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows"

    name: Annotated[str, Name]
    engine_type: Annotated[str, Required] = "public_engine"
    aop_type: Literal["NORMAL", "SURVEY", "HEMOSTASIS", "EASE"]
    dataclass_id: Identifier
    description: str | None = None
    labels: Literal["IP", "ACCOUNT", "DOMAIN"] | None = None

    @classmethod
    def resource_type(cls) -> "type[WorkflowResource]":
        from airflow_provider_cloudflows.services.secmaster.workflow import (
            WorkflowResource,  # no DAG file looks for one
        )

        return WorkflowResource

    def resource(self) -> "WorkflowResource":
        return self.resource_type()(
            {"name": self.name, "workspace_id": self.workspace_id}, caller={"project_id": self.project_id}
        )

    def made_id(self, answer: "WorkflowAnswer") -> str:
        return answer.data.id
