"""The request that runs a DataWorks workflow, once or for many business dates, apart from all that only a run needs."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_pascal
from pydantic_core import PydanticCustomError

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.request import Request
from airflow_provider_cloudflows.calls.resource import Creation, Id
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required, matches
from airflow_provider_cloudflows.services.dataworks.dates import WORKSPACE_ZONE
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.workflow_instance import (
        CreationOperation,
        CreationResult,
        StartedCreation,
        WorkflowInstanceResource,
    )

__all__ = ["OUR_TAG", "CreateWorkflowInstances", "Environment", "Periods", "Tag"]

OUR_TAG = "cloudflows"
"""Key of the tag by which a run is found again; its value belongs to one task of one DAG run."""

Environment = Literal["Prod", "Dev"]

DateText = Annotated[str, matches(r"\d{4}-\d{2}-\d{2}", "a date is written as 2026-01-31")]


class Named(Request):
    """Part of a request, in the vendor's spelling."""

    model_config = ConfigDict(alias_generator=to_pascal)


class BizDateRange(Named):
    """Business dates, from the first to the last."""

    end_biz_date: DateText
    start_biz_date: DateText


def _in_order(ranges: list[BizDateRange]) -> list[BizDateRange]:
    if any(each.start_biz_date > each.end_biz_date for each in ranges):
        raise PydanticCustomError("rule", "{rule}", {"rule": "a range ends before it begins"})
    return ranges


class Periods(Named):
    """:param biz_dates: one to seven ranges of business dates, as the vendor allows."""

    biz_dates: Annotated[list[BizDateRange], Field(min_length=1, max_length=7), AfterValidator(_in_order)]


class Tag(Named):
    """A tag of an instance."""

    key: Annotated[str, Required]
    value: str


class CreateWorkflowInstances(OnDataWorks2024, RpcRequest, Creation["StartedCreation"]):
    """Run a workflow (vendor page *CreateWorkflowInstances*, version 2024-05-18).

    The answer names an operation. It makes the instances, one or more for each business date, some time later.

    :param project_id: the workspace.
    :param workflow_id: the workflow; 1 where ``default_run_properties`` names tasks that belong to none.
    :param name: name of the instances.
    :param run_type: what kind of run it is, in the vendor's word (``Type``).
    :param periods: the business dates.
    :param env_type: environment that the workflow is published to.
    :param workflow_parameters: parameters of the workflow, in the form that its kind takes.
    :param task_parameters: parameters of single tasks, by their ids, as JSON text.
    :param default_run_properties: how it runs, in the vendor's spelling.
    :param tags: tags of the instances; one has the key :data:`OUR_TAG`.
    :param comment: why, for people who look at it in the console.
    :param timezone: of the workspace; it does not travel, and the lists that show the instances need it.
    """

    operation: ClassVar[str] = "CreateWorkflowInstances"

    project_id: WireId
    workflow_id: WireId
    name: Annotated[str, Required]
    run_type: Literal["SupplementData", "ManualWorkflow", "Manual", "SmokeTest", "TriggerWorkflow"] = Field(
        alias="Type"
    )
    periods: Periods
    env_type: Environment | None = None
    workflow_parameters: str | None = None
    task_parameters: str | None = None
    default_run_properties: Document | None = None
    tags: list[Tag] | None = None
    comment: str | None = None
    timezone: str = Field(default=WORKSPACE_ZONE, exclude=True)

    @classmethod
    def resource_type(cls) -> "type[WorkflowInstanceResource]":
        from airflow_provider_cloudflows.services.dataworks.workflow_instance import WorkflowInstanceResource

        return WorkflowInstanceResource

    def resource(self) -> "WorkflowInstanceResource":
        ours = next((tag.value for tag in self.tags or [] if tag.key == OUR_TAG), "")
        identity: dict[str, Any] = {
            "project_id": self.project_id,
            "workflow_id": self.workflow_id,
            "name": self.name,
            "tag": f"{OUR_TAG}:{ours}",
            "timezone": self.timezone,
            "biz_dates": [[each.start_biz_date, each.end_biz_date] for each in self.periods.biz_dates],
        }
        return self.resource_type()(identity)

    def made_id(self, answer: "StartedCreation") -> str:
        return answer.operation_id

    def making(self) -> "CreationOperation":
        from airflow_provider_cloudflows.services.dataworks.workflow_instance import CreationOperation

        return CreationOperation({"name": self.name})

    def made_by(self, ended: "CreationResult") -> list[Id]:
        return sorted(ended.workflow_instance_ids or [])
