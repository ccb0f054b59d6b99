"""The five operators: how each is made, what it returns, and a stand-in for the task instance that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_cloudflows.operators.base import CloudOperator
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.create import CreateOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator
from airflow_provider_cloudflows.operators.dataworks.node import CreateDataWorksNodeOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_definition import CreateWorkflowDefinitionOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.sandbox import world

__all__ = ["OPERATORS", "Kind", "TaskInstance", "run"]


@dataclass(frozen=True)
class Kind:
    """One operator.

    :param required: the arguments that it cannot do without, with values the sandbox accepts.
    :param optional: all its other arguments, likewise.
    :param returns: type of the id.
    :param state: kind of the created thing in the sandbox's state.
    :param id_in_state: the id's name there.
    """

    operator: type[CreateOperator]
    required: Mapping[str, Any]
    optional: Mapping[str, Any]
    returns: type
    state: str
    id_in_state: str
    conn_id: str = "alibabacloud_conn_id"


WORKFLOW = {
    "version": "2.0.0",
    "kind": "CycleWorkflow",
    "spec": {"workflows": [{"name": "daily", "script": {"path": "daily", "runtime": {"command": "WORKFLOW"}}}]},
}
NODE = {
    "version": "2.0.0",
    "kind": "Node",
    "spec": {"nodes": [{"name": "load", "id": "load", "script": {"runtime": {"command": "ODPS_SQL"}}}]},
}

OPERATORS = (
    Kind(
        CreateBusinessOperator,
        {"business_name": "daily", "project_id": world.DATAWORKS_PROJECT_ID},
        {
            "description": "d",
            "business_owner": "1234567890123456",
            "use_type": "MANUAL_BIZ",
            "api_version": "2024-05-18",
            "if_exists": "fail",
            "settle": 1,
            "region": "cn-hangzhou",
            "alibabacloud_conn_id": "alibabacloud_default",
        },
        int,
        "dataworks.business",
        "BusinessId",
    ),
    Kind(
        CreateDataServiceGroupOperator,
        {
            "group_name": "orders",
            "project_id": world.DATAWORKS_PROJECT_ID,
            "api_gateway_group_id": world.API_GATEWAY_GROUP_ID,
            "description": "d",
        },
        {
            "tenant_id": 1,
            "if_exists": "fail",
            "settle": 1,
            "region": "cn-hangzhou",
            "alibabacloud_conn_id": "alibabacloud_default",
        },
        str,
        "dataworks.group",
        "GroupId",
    ),
    Kind(
        CreateWorkflowDefinitionOperator,
        {"spec": WORKFLOW, "project_id": world.DATAWORKS_PROJECT_ID},
        {
            "if_exists": "fail",
            "settle": 1,
            "region": "cn-hangzhou",
            "alibabacloud_conn_id": "alibabacloud_default",
        },
        str,
        "dataworks.workflow_definition",
        "Id",
    ),
    Kind(
        CreateDataWorksNodeOperator,
        {"spec": NODE, "project_id": world.DATAWORKS_PROJECT_ID},
        {
            "container_id": "7",
            "scene": "DATAWORKS_MANUAL_TASK",
            "if_exists": "fail",
            "settle": 1,
            "region": "cn-hangzhou",
            "alibabacloud_conn_id": "alibabacloud_default",
        },
        str,
        "dataworks.node",
        "Id",
    ),
    Kind(
        CreateBPStudioTaskOperator,
        {
            "task_name": "scale",
            "app_id": world.BPSTUDIO_APPLICATION_ID,
            "process_id": world.BPSTUDIO_PROCESS_ID,
        },
        {
            "variables": {"${n}": "1"},
            "on_unknown": "resend",
            "region": "cn-hangzhou",
            "alibabacloud_conn_id": "alibabacloud_default",
        },
        int,
        "bpstudio.task",
        "Id",
    ),
    Kind(
        CreateSecMasterWorkflowOperator,
        {"name": "contain", "aop_type": "NORMAL", "dataclass_name": "Alert"},
        {
            "engine_type": "public_engine",
            "description": "d",
            "labels": "IP",
            "workspace_id": world.SECMASTER_WORKSPACE_ID,
            "project_id": world.HUAWEI_PROJECT_ID,
            "if_exists": "fail",
            "settle": 1,
            "region": "cn-north-4",
            "huaweicloud_conn_id": "huaweicloud_default",
        },
        str,
        "secmaster.workflow",
        "id",
        "huaweicloud_conn_id",
    ),
    Kind(
        CreateFabricWorkspaceOperator,
        {"name": "lake-1"},
        {
            "description": "d",
            "metastore_id": "0123456789abcdef0123456789abcdef",
            "enterprise_project_id": "0",
            "tags": {"team": "data"},
            "if_exists": "fail",
            "settle": 1,
            "region": "cn-north-4",
            "huaweicloud_conn_id": "huaweicloud_default",
        },
        str,
        "fabric.workspace",
        "id",
        "huaweicloud_conn_id",
    ),
)


@dataclass
class TaskInstance:
    """Remembers what a task pushes, where Airflow's own task instance would write it to the database.

    :param siblings: the other map indexes of the same task.
    :param dag_run: the DAG run, of which an operator wants to know when it began.
    """

    pushed: dict[str, Any] = field(default_factory=dict)
    task_id: str = "make"
    try_number: int = 1
    dag_id: str = "nightly"
    run_id: str = "manual__1"
    map_index: int = -1
    siblings: list[TaskInstance] = field(default_factory=list)
    dag_run: Any = field(default_factory=lambda: SimpleNamespace(start_date=datetime(2026, 3, 2, 1, tzinfo=UTC)))

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> list[Any]:
        """Return what all map indexes of the task pushed."""
        return [one.pushed[key] for one in (self, *self.siblings) if task_ids == one.task_id and key in one.pushed]


def run(operator: CloudOperator, **params: Any) -> tuple[Any, TaskInstance]:
    """Render ``operator``'s templates with ``params``, execute it, return the id and what was pushed."""
    ti = TaskInstance()
    context: Any = {"ti": ti, "params": params}
    operator.render_template_fields(context)
    try:
        return operator.execute(context), ti
    except AirflowFailException as fail:  # how Airflow 3.1 and 3.2 are told that a retry cannot help
        raise fail.__cause__ or fail from None
