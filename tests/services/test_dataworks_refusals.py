"""Answers of DataWorks with HTTP status 200 that say no, in whatever way: none is taken for a success."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.reading import result_of
from airflow_provider_cloudflows.errors import CloudError
from airflow_provider_cloudflows.services.dataworks.create_node import CreateNode
from airflow_provider_cloudflows.services.dataworks.create_trigger import RunTriggerNode, TriggerSchedulerTaskInstance
from airflow_provider_cloudflows.services.dataworks.create_workflow_instances import CreateWorkflowInstances
from airflow_provider_cloudflows.services.dataworks.delete_business import DeleteBusiness
from airflow_provider_cloudflows.services.dataworks.delete_file import DeleteFile
from airflow_provider_cloudflows.services.dataworks.delete_node import DeleteNode
from airflow_provider_cloudflows.services.dataworks.delete_workflow_definition import DeleteWorkflowDefinition
from airflow_provider_cloudflows.services.dataworks.instance import RestartInstance, SetSuccessInstance, StopInstance
from airflow_provider_cloudflows.services.dataworks.pipeline_run import AbolishPipelineRun, ExecPipelineRunStage
from airflow_provider_cloudflows.services.dataworks.publish_data_service_api import (
    AbolishDataServiceApi,
    PublishDataServiceApi,
    SubmitDataServiceApi,
)
from airflow_provider_cloudflows.services.dataworks.start_di_job import StartDIJob
from airflow_provider_cloudflows.services.dataworks.stop_di_job import StopDIJob
from airflow_provider_cloudflows.services.dataworks.update_file import UpdateFile
from airflow_provider_cloudflows.services.dataworks.update_node import UpdateNode
from airflow_provider_cloudflows.services.dataworks.update_workflow_definition import UpdateWorkflowDefinition
from airflow_provider_cloudflows.services.dataworks.workflow_instance import GetWorkflowInstance
from airflow_provider_cloudflows.transport.message import Reply

ANSWERED = (
    RestartInstance,
    SetSuccessInstance,
    StopInstance,
    AbolishDataServiceApi,
    PublishDataServiceApi,
    SubmitDataServiceApi,
)
"""Those that also say in ``Data`` whether it was done."""

FLAGGED = (
    *ANSWERED,
    AbolishPipelineRun,
    DeleteBusiness,
    DeleteFile,
    DeleteNode,
    DeleteWorkflowDefinition,
    ExecPipelineRunStage,
    RunTriggerNode,
    StartDIJob,
    StopDIJob,
    TriggerSchedulerTaskInstance,
    UpdateFile,
    UpdateNode,
    UpdateWorkflowDefinition,
)
NO = (
    {"Success": False},
    {"Success": "false"},
    {"Success": 0},
    {"Code": "Odd", "Message": "m"},
    {"ErrorCode": "Odd"},
)


def read(request: type[Any], document: dict[str, Any]) -> Any:
    return result_of(
        request.model_construct(code="PROD"), Reply(200, {}, json.dumps({"RequestId": "r", **document}).encode())
    )


@pytest.mark.parametrize("document", NO, ids=json.dumps)
@pytest.mark.parametrize("request_type", FLAGGED, ids=lambda one: one.operation)
def test_a_flag_or_a_code_that_says_no_is_no_success(request_type: type[Any], document: dict[str, Any]) -> None:
    with pytest.raises(CloudError) as caught:
        read(request_type, document)
    assert caught.value.request_id == "r"


@pytest.mark.parametrize("no", [False, "false"])
@pytest.mark.parametrize("request_type", ANSWERED, ids=lambda one: one.operation)
def test_data_that_say_no_beside_a_good_flag_are_no_success(request_type: type[Any], no: Any) -> None:
    with pytest.raises(CloudError, match="the service says that it was not done"):
        read(request_type, {"Success": True, "Data": no})


@pytest.mark.parametrize("request_type", FLAGGED, ids=lambda one: one.operation)
def test_a_code_beside_a_good_flag_says_nothing(request_type: type[Any]) -> None:
    """The vendor's own sample of a success shows one."""
    assert read(request_type, {"Success": True, "Data": True, "ErrorCode": "1031203110005", "ErrorMessage": "m"})
    assert read(request_type, {"Success": "true"})
    assert read(request_type, {"Code": "200", "Message": "OK"})


@pytest.mark.parametrize("flag", [{"Success": False}, {}], ids=json.dumps)
@pytest.mark.parametrize(
    "request_type",
    [CreateWorkflowInstances, GetWorkflowInstance, CreateNode, *FLAGGED[-2:]],
    ids=lambda one: one.operation,
)
def test_a_refusal_is_told_in_the_vendor_s_words(request_type: type[Any], flag: dict[str, Any]) -> None:
    """Also by those whose pages show no flag."""
    with pytest.raises(CloudError) as caught:
        read(request_type, {**flag, "Code": "Odd.Code", "Message": "no resource group"})
    assert (caught.value.code, caught.value.message) == ("Odd.Code", "no resource group")
