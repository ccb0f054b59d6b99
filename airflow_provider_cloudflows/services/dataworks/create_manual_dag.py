"""The request that runs a manual flow of DataWorks, apart from all that only a run needs (API version 2020-05-18)."""

import json
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.calls.rpc import RpcRequest
from airflow_provider_cloudflows.calls.rules import Required, matches
from airflow_provider_cloudflows.services.dataworks.service import OnDataWorks, WireId

if TYPE_CHECKING:
    from airflow_provider_cloudflows.services.dataworks.dag import ManualFlowRun, StartedDag

__all__ = ["MARKER", "DateTimeText", "NodeIds", "ProjectEnv", "RunManualDagNodes"]

MARKER = "cloudflows"
"""The parameter of a flow by which its run is found again; its value belongs to one task of one Airflow DAG run."""

ProjectEnv = Literal["PROD", "DEV"]

DateTimeText = Annotated[
    str, matches(r"\d{4}-\d{2}-\d{2} 00:00:00", "a business date is written as 2026-01-31 00:00:00")
]
NodeIds = Annotated[str, matches(r"\d+(,\d+)*", "ids of nodes are numbers with commas between")]


class RunManualDagNodes(OnDataWorks, RpcRequest, Creation["StartedDag"]):
    """Run a manual flow that is deployed (vendor page *RunManualDagNodes*); the answer names the run, its DAG.

    :param project_name: name of the workspace, which is its identifier.
    :param flow_name: the manual flow.
    :param project_env: environment that the flow is deployed to.
    :param biz_date: business date; its day has to be over.
    :param dag_parameters: parameters that reach every node, a JSON object; one has the name :data:`MARKER`.
    :param node_parameters: the parameters of single nodes, a JSON object by their ids.
    :param include_node_ids: run these nodes alone.
    :param exclude_node_ids: those of them that are to do nothing.
    :param project_id: id of the workspace; it does not travel, and the lists that show the run need it.
    """

    operation: ClassVar[str] = "RunManualDagNodes"

    project_name: Annotated[str, Required]
    flow_name: Annotated[str, Required]
    project_env: ProjectEnv = "PROD"
    biz_date: DateTimeText
    dag_parameters: str | None = None
    node_parameters: str | None = None
    include_node_ids: NodeIds | None = None
    exclude_node_ids: NodeIds | None = None
    project_id: WireId = Field(exclude=True)

    @classmethod
    def resource_type(cls) -> "type[ManualFlowRun]":
        from airflow_provider_cloudflows.services.dataworks.dag import ManualFlowRun  # no DAG file looks for one

        return ManualFlowRun

    def resource(self) -> "ManualFlowRun":
        parameters = json.loads(self.dag_parameters or "{}")
        identity = {name: getattr(self, name) for name in ("project_id", "project_env", "flow_name", "biz_date")}
        return self.resource_type()({**identity, "marker": str(parameters.get(MARKER, ""))})

    def made_id(self, answer: "StartedDag") -> int:
        return answer.dag_id
