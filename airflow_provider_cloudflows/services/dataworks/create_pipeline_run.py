"""The request that begins to publish, apart from all that only a run needs."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import model_serializer

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Name, Required
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.pipeline_run import PipelineRunResource, StartedPipelineRun
    from airflow_provider_cloudflows.transport.message import Reply
    from airflow_provider_cloudflows.transport.outcome import Refusal

__all__ = ["CreatePipelineRun"]

NOTHING_TO_PUBLISH = "5801489541076353033"


class CreatePipelineRun(OnDataWorks2024, RpcRequest, Creation["StartedPipelineRun"]):
    """Begin to publish one object, or to take it out of service (vendor page *CreatePipelineRun*).

    :param project_id: id of the DataWorks workspace.
    :param object_id: id of a workflow definition, or of a node that is in no workflow. A process publishes one object;
        a node goes with its workflow.
    :param publish_type: ``Online`` publishes, ``Offline`` takes out of service.
    :param description: free text, by which the process is found again.
    :param auto_run_until_stage: code of the stage up to which the service executes stages by itself.
    """

    operation: ClassVar[str] = "CreatePipelineRun"

    project_id: WireId
    object_id: Annotated[str, Required]
    publish_type: Literal["Online", "Offline"] = "Online"
    description: Annotated[str, Name]
    auto_run_until_stage: Annotated[str, Required] | None = None

    @model_serializer(mode="plain")
    def _as_it_travels(self) -> Document:
        sent: dict[str, Any] = {
            "ProjectId": self.project_id,
            "ObjectIds": [self.object_id],
            "Type": self.publish_type,
            "Description": self.description,
        }
        if self.auto_run_until_stage is not None:
            sent |= {"RunMode": "Auto", "AutoRunUntilStage": self.auto_run_until_stage}
        return sent

    def refusal(self, reply: "Reply", document: Document) -> "Refusal | None":
        """The vendor says no more than that there is nothing to publish."""
        refusal = super().refusal(reply, document)
        if refusal is None or refusal.code != NOTHING_TO_PUBLISH:
            return refusal
        hint = "a node that is in a workflow is published with it: publish the workflow"
        return replace(refusal, message=f"{refusal.message.rstrip('.')} ({hint})")

    @classmethod
    def resource_type(cls) -> "type[PipelineRunResource]":
        from airflow_provider_cloudflows.services.dataworks.pipeline_run import (
            PipelineRunResource,  # no DAG file looks for one
        )

        return PipelineRunResource

    def resource(self) -> "PipelineRunResource":
        identity = {"description": self.description, "object_id": self.object_id, "project_id": self.project_id}
        return self.resource_type()(identity, {"auto_run_until_stage": self.auto_run_until_stage})

    def made_id(self, answer: "StartedPipelineRun") -> str:
        return answer.id
