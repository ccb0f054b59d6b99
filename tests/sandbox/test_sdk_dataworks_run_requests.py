"""Our requests that run DataWorks workflows, and work on their instances, are what the official SDK sends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.services.dataworks import (
    scheduled_instances,
    task,
    task_instance,
    workflow_instance,
    workflow_rerun,
)
from airflow_provider_cloudflows.services.dataworks.create_trigger import TriggerSchedulerTaskInstance
from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import CreateWorkflowInstances
from tests.transport.servers import Seen

from .sdk_requests import check_against, sent_by_sdk

pytestmark = pytest.mark.xdist_group("dataworks-2024-sdk")  # one process imports the SDK, which takes seconds

DATE = 1767196800000
PERIODS = {"BizDates": [{"StartBizDate": "2026-01-01", "EndBizDate": "2026-01-03"}]}
ROOTS = {"Analysis": {"Blocked": False, "Enabled": False}, "Mode": "ManualSelection", "RootTaskIds": [5, 6]}
PAGES = {"ProjectId": 1, "PageNumber": 1, "PageSize": 100}
OURS: dict[str, tuple[dict[str, Any], Call[Any]]] = {
    "create_workflow_instances": (
        {
            "ProjectId": 1,
            "WorkflowId": 7,
            "Name": "日报 n",
            "Type": "SupplementData",
            "EnvType": "Prod",
            "Comment": "c",
            "Tags": [{"Key": "cloudflows", "Value": "tok"}],
            "Periods": PERIODS,
            "WorkflowParameters": '{"a":"b"}',
            "TaskParameters": '{"5":"b=c"}',
            "DefaultRunProperties": ROOTS | {"Parallelism": 2, "Order": "Asc"},
        },
        CreateWorkflowInstances(
            project_id=1,
            workflow_id=7,
            name="日报 n",
            run_type="SupplementData",
            env_type="Prod",
            comment="c",
            tags=[{"key": "cloudflows", "value": "tok"}],
            periods={"biz_dates": [{"start_biz_date": "2026-01-01", "end_biz_date": "2026-01-03"}]},
            workflow_parameters='{"a":"b"}',
            task_parameters='{"5":"b=c"}',
            default_run_properties={
                "Analysis": {"Blocked": False, "Enabled": False},
                "Mode": "ManualSelection",
                "Order": "Asc",
                "Parallelism": 2,
                "RootTaskIds": [5, 6],
            },
        ),
    ),
    "get_create_workflow_instances_result": (
        {"OperationId": "op"},
        workflow_instance.GetCreateWorkflowInstancesResult(operation_id="op"),
    ),
    "get_workflow_instance": ({"Id": 9}, workflow_instance.GetWorkflowInstance(id=9)),
    "list_workflow_instances": (
        {**PAGES, "BizDate": DATE, "Name": "n", "Type": "Normal", "Tags": ["cloudflows:tok"], "WorkflowId": 7},
        workflow_instance.ListWorkflowInstances(
            project_id=1, biz_date=DATE, name="n", type="Normal", tags=["cloudflows:tok"], workflow_id=7
        ),
    ),
    "stop_workflow_instances": (
        {"Ids": [9, 10], "Comment": "c"},
        workflow_instance.StopWorkflowInstances(ids=[9, 10], comment="c"),
    ),
    "list_tasks": ({**PAGES, "WorkflowId": 7}, task.ListTasks(project_id=1, workflow_id=7)),
    "get_task_instance": ({"Id": 9}, task_instance.GetTaskInstance(id=9)),
    "list_task_instances": (
        {**PAGES, "PageSize": 500, "Bizdate": DATE, "WorkflowInstanceType": "Normal", "TaskName": "n"},
        scheduled_instances.TasksOfDate(
            project_id=1, bizdate=DATE, workflow_instance_type="Normal", task_name="n", key_field="task_name"
        ),
    ),
    "get_task_instance_log": ({"Id": 9, "RunNumber": 2}, task_instance.GetTaskInstanceLog(id=9, run_number=2)),
    "rerun_task_instances": (
        {"Ids": [9], "UseLatestConfig": True},
        task_instance.RerunTaskInstances(ids=[9], use_latest_config=True),
    ),
    "rerun_workflow_instances": (
        {
            "ProjectId": 1,
            "WorkflowId": 7,
            "Ids": [9, 10],
            "Type": "ManualWorkflow",
            "Filter": {"RerunDownstreamEnabled": True, "TaskInstanceStatuses": ["Failure"]},
        },
        workflow_rerun.RerunWorkflowInstances(
            project_id=1, workflow_id=7, ids=[9, 10], filter=workflow_rerun.FAILED_ONES
        ),
    ),
    "get_rerun_workflow_instances_result": (
        {"OperationId": "op"},
        workflow_rerun.GetRerunWorkflowInstancesResult(operation_id="op"),
    ),
    "stop_task_instances": ({"Ids": [9], "Comment": "c"}, task_instance.StopTaskInstances(ids=[9], comment="c")),
    "trigger_scheduler_task_instance": (
        {"TaskId": 1, "TriggerTime": DATE, "EnvType": "Prod"},
        TriggerSchedulerTaskInstance(task_id=1, trigger_time=DATE, env_type="Prod", project_id=1, biz_date=DATE),
    ),
    "set_success_task_instances": (
        {"Ids": [9], "Comment": "c"},
        task_instance.SetSuccessTaskInstances(ids=[9], comment="c"),
    ),
}


@pytest.fixture(scope="module")
def sent(alibaba_modules: SimpleNamespace, dataworks_2024_modules: SimpleNamespace) -> dict[str, Seen]:
    calls = {name: parameters for name, (parameters, _) in OURS.items()}
    return sent_by_sdk(dataworks_2024_modules, alibaba_modules.Config, calls)


@pytest.mark.parametrize("name", OURS)
def test_a_request_is_what_the_sdk_sends(name: str, sent: dict[str, Seen]) -> None:
    check_against(sent[name], OURS[name][1])
