"""The request that runs a data quality check, apart from all that only a run needs."""

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_serializer

from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks2024, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.data_quality_evaluation import (
        EvaluationResource,
        StartedEvaluation,
    )

__all__ = ["CreateDataQualityEvaluationTaskInstance"]


class CreateDataQualityEvaluationTaskInstance(OnDataWorks2024, RpcRequest, Creation["StartedEvaluation"]):
    """Run a data quality check (vendor page *CreateDataQualityEvaluationTaskInstance*).

    :param project_id: id of the DataWorks workspace.
    :param evaluation_task_id: id of the check, which the vendor calls an evaluation task.
    :param trigger_time: milliseconds since the epoch, from which the check reckons its partitions.
    :param resource_group_id: resource group that it runs on; the vendor wants one for all data but MaxCompute's.
    :param cu: capacity units, which a serverless resource group needs.
    :param on_warning: what a warning means; it is not sent.
    """

    operation: ClassVar[str] = "CreateDataQualityEvaluationTaskInstance"

    project_id: WireId
    evaluation_task_id: WireId
    trigger_time: Annotated[int, Field(ge=10**12, lt=10**13)]
    resource_group_id: Annotated[str, Required] | None = None
    cu: Annotated[float, Field(gt=0)] | None = None
    on_warning: Literal["pass", "fail"] = "pass"

    @model_serializer(mode="plain")
    def _as_it_travels(self) -> Document:
        sent: dict[str, Any] = {
            "ProjectId": self.project_id,
            "DataQualityEvaluationTaskId": self.evaluation_task_id,
            "Parameters": json.dumps({"triggerTime": self.trigger_time}, separators=(",", ":")),
        }
        resource = {"Cu": self.cu, "ResourceGroupId": self.resource_group_id}
        given = {name: value for name, value in resource.items() if value is not None}
        return sent | ({"RuntimeResource": given} if given else {})

    @classmethod
    def resource_type(cls) -> "type[EvaluationResource]":
        from airflow_provider_cloudflows.services.dataworks.data_quality_evaluation import (
            EvaluationResource,  # no DAG file looks for one
        )

        return EvaluationResource

    def resource(self) -> "EvaluationResource":
        names = ("evaluation_task_id", "project_id")
        identity = {"trigger_time": str(self.trigger_time), **{name: getattr(self, name) for name in names}}
        return self.resource_type()(identity, {"on_warning": self.on_warning})

    def made_id(self, answer: "StartedEvaluation") -> int:
        return answer.id
