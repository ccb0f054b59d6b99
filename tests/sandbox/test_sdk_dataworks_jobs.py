"""The official SDK of DataWorks 2024-05-18 runs integration jobs and quality checks, and sends what we send."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.services.dataworks import data_quality_evaluation, di_job
from airflow_provider_cloudflows.services.dataworks.create_data_quality_evaluation import (
    CreateDataQualityEvaluationTaskInstance,
)
from airflow_provider_cloudflows.services.dataworks.start_di_job import StartDIJob
from airflow_provider_cloudflows.services.dataworks.stop_di_job import StopDIJob
from tests.transport.servers import Seen

from .conftest import Connect
from .sdk_requests import check_against, sent_by_sdk

pytestmark = pytest.mark.xdist_group("dataworks-2024-sdk")  # one process imports the SDK, which takes seconds

PROJECT, JOB = world.DATAWORKS_PROJECT_ID, world.DATAWORKS_DI_JOB_ID


@pytest.fixture
def dataworks(alibaba_client: Connect, dataworks_2024_modules: SimpleNamespace) -> Any:
    return alibaba_client(dataworks_2024_modules.Client)


@pytest.fixture
def models(dataworks_2024_modules: SimpleNamespace) -> Any:
    return dataworks_2024_modules.models


def code_of(call: Callable[[], Any], refused: type[Exception]) -> tuple[int, str]:
    with pytest.raises(refused) as caught:
        call()
    error: Any = caught.value
    return error.status_code, error.code


# --- data integration jobs -------------------------------------------------------------------------------------------


def start(dataworks: Any, models: Any, job_id: int = JOB, **more: Any) -> Any:
    return dataworks.start_dijob(models.StartDIJobRequest(id=job_id, **more)).body


def status(dataworks: Any, models: Any, job_id: int = JOB) -> str:
    request = models.GetDIJobRequest(id=job_id, project_id=PROJECT)
    return str(dataworks.get_dijob(request).body.paging_info.job_status)


def listed(dataworks: Any, models: Any, **more: Any) -> Any:
    request = models.ListDIJobsRequest(project_id=PROJECT, **more)
    return dataworks.list_dijobs(request).body.paging_info


def test_a_job_is_started_runs_and_finishes(dataworks: Any, models: Any, sandbox: Running) -> None:
    assert status(dataworks, models) == "Initialized"
    sandbox.courses.add("dataworks.di_job", seconds=10.0)
    assert start(dataworks, models).success is True
    assert status(dataworks, models) == "Running"
    sandbox.advance(10)
    assert status(dataworks, models) == "Finished"
    (one,) = listed(dataworks, models, migration_type="Full").dijobs
    assert (one.id, one.job_name, one.job_status) == (JOB, "orders_to_lake", "Finished")


def test_what_was_stopped_has_one_word_where_it_is_read_and_another_where_it_is_listed(
    dataworks: Any, models: Any, sandbox: Running
) -> None:
    kind = "dataworks.di_job"
    job_id = sandbox.insert(kind, MigrationType="RealtimeIncremental", ProjectId=PROJECT, JobName="binlog")["Id"]
    settings = models.StartDIJobRequestRealtimeStartSettings(start_time=1663765058)
    start(dataworks, models, job_id, realtime_start_settings=settings)
    sandbox.advance(10**6)
    assert status(dataworks, models, job_id) == "Running"
    assert dataworks.stop_dijob(models.StopDIJobRequest(id=job_id)).body.success is True
    (one,) = listed(dataworks, models, name="binlog").dijobs
    assert (status(dataworks, models, job_id), one.job_status) == ("Stop", "Stopped")
    assert sandbox.state()["dataworks.di_job"][1]["Settings"] == {"StartTime": 1663765058}


def test_the_tables_of_a_job_tell_why_it_failed(dataworks: Any, models: Any, sandbox: Running) -> None:
    def tables() -> list[tuple[Any, ...]]:
        request = models.ListDIJobRunDetailsRequest(dijob_id=JOB)
        shown = dataworks.list_dijob_run_details(request).body.paging_info.job_run_infos
        return [(one.source_table_name, one.full_migration_status, one.full_migration_error_message) for one in shown]

    assert tables() == [("orders_to_lake", "Initialized", "")]
    sandbox.courses.add("dataworks.di_job", seconds=10.0, ending="bad", reason="sync table t1 fail.")
    start(dataworks, models)
    assert tables() == [("orders_to_lake", "Running", "")]
    sandbox.advance(10)
    assert tables() == [("orders_to_lake", "Failed", "sync table t1 fail.")]


def test_what_cannot_be_started_or_stopped_is_refused(
    dataworks: Any, models: Any, sandbox: Running, alibaba_modules: SimpleNamespace
) -> None:
    sandbox.courses.add("dataworks.di_job", ending="never", cancel="refused")
    start(dataworks, models)
    for call, choice in (
        (lambda: start(dataworks, models), choices.DI_JOB_RUNS),
        (lambda: start(dataworks, models, 9), choices.NO_DI_JOB),
        (lambda: dataworks.start_dijob(models.StartDIJobRequest()), choices.DI_JOB_UNSET),
        (lambda: dataworks.stop_dijob(models.StopDIJobRequest(id=JOB)), choices.DI_JOB_NOT_STOPPED),
    ):
        assert code_of(call, alibaba_modules.Refused) == (choice.value.status, choice.value.code)


# --- data quality ----------------------------------------------------------------------------------------------------

QUALITY, CHECK = "dataworks.quality_run", world.DATAWORKS_QUALITY_TASK_ID


def check(dataworks: Any, models: Any, task_id: int = CHECK, parameters: str = '{"triggerTime":1767283200000}') -> int:
    request = models.CreateDataQualityEvaluationTaskInstanceRequest(
        project_id=PROJECT, data_quality_evaluation_task_id=task_id, parameters=parameters
    )
    return int(dataworks.create_data_quality_evaluation_task_instance(request).body.id)


def test_a_check_runs_and_tells_what_became_of_its_rules(dataworks: Any, models: Any, sandbox: Running) -> None:
    sandbox.courses.add(QUALITY, seconds=10.0, ending="bad", reason="3")
    run_id = check(dataworks, models)
    read = models.GetDataQualityEvaluationTaskInstanceRequest(id=run_id)
    shown = dataworks.get_data_quality_evaluation_task_instance(read).body.data_quality_evaluation_task_instance
    assert (shown.status, shown.task.id, shown.results) == ("Running", CHECK, [])
    sandbox.advance(10)
    shown = dataworks.get_data_quality_evaluation_task_instance(read).body.data_quality_evaluation_task_instance
    assert (shown.status, shown.parameters) == ("Critical", '{"triggerTime":1767283200000}')
    assert [(one.rule.name, one.status) for one in shown.results] == [
        ("rows are there", "Passed"),
        ("amounts are positive", "Critical"),
    ]
    assert shown.results[1].details[0].checked_value == "3"


def test_the_runs_of_a_check_are_listed_by_the_time_they_came_to_be(
    dataworks: Any, models: Any, sandbox: Running
) -> None:
    first = check(dataworks, models)
    sandbox.advance(100)
    second = check(dataworks, models)
    page = {"project_id": PROJECT, "data_quality_evaluation_task_id": CHECK}
    request = models.ListDataQualityEvaluationTaskInstancesRequest(**page)
    listed = dataworks.list_data_quality_evaluation_task_instances(request).body.paging_info
    found = listed.data_quality_evaluation_task_instances
    assert ([one.id for one in found], listed.total_count) == ([second, first], 2)
    later = models.ListDataQualityEvaluationTaskInstancesRequest(**page, create_time_from=found[0].create_time)
    listed = dataworks.list_data_quality_evaluation_task_instances(later).body.paging_info
    assert [one.id for one in listed.data_quality_evaluation_task_instances] == [second]


def test_a_check_that_cannot_run_is_refused(dataworks: Any, models: Any, alibaba_modules: SimpleNamespace) -> None:
    missing = models.GetDataQualityEvaluationTaskInstanceRequest(id=9)
    for call, choice in (
        (lambda: check(dataworks, models, 9), choices.NO_QUALITY_TASK),
        (lambda: check(dataworks, models, parameters="{}"), choices.NO_TRIGGER_TIME),
        (lambda: dataworks.get_data_quality_evaluation_task_instance(missing), choices.NO_QUALITY_RUN),
    ):
        assert code_of(call, alibaba_modules.Refused) == (choice.value.status, choice.value.code)


# --- our requests beside the SDK's -----------------------------------------------------------------------------------

PLACE = {"project_id": 1}
OURS: dict[str, tuple[dict[str, Any], Call[Any]]] = {
    "start_dijob": (
        {"id": 3, "force_to_rerun": True},
        StartDIJob(**PLACE, id=3, force_to_rerun=True, until="Finished"),
    ),
    "stop_dijob": ({"id": 3}, StopDIJob(**PLACE, id=3)),
    "get_dijob": ({**PLACE, "id": 3}, di_job.GetDIJob(**PLACE, id=3)),
    "list_dijobs": (
        {**PLACE, "name": "n", "migration_type": "Full", "page_number": 2, "page_size": 10},
        di_job.ListDIJobs(**PLACE, name="n", migration_type="Full", page_number=2, page_size=10),
    ),
    "list_dijob_run_details": (
        {"DIJobId": 3, "page_number": 1, "page_size": 100},
        di_job.ListDIJobRunDetails(dijob_id=3),
    ),
    "create_data_quality_evaluation_task_instance": (
        {**PLACE, "data_quality_evaluation_task_id": 7, "parameters": '{"triggerTime":1767283200000}'},
        CreateDataQualityEvaluationTaskInstance(**PLACE, evaluation_task_id=7, trigger_time=1767283200000),
    ),
    "get_data_quality_evaluation_task_instance": (
        {"id": 7},
        data_quality_evaluation.GetDataQualityEvaluationTaskInstance(id=7),
    ),
    "list_data_quality_evaluation_task_instances": (
        {**PLACE, "data_quality_evaluation_task_id": 7, "create_time_from": 5, "page_number": 1, "page_size": 100},
        data_quality_evaluation.ListDataQualityEvaluationTaskInstances(
            **PLACE, data_quality_evaluation_task_id=7, create_time_from=5
        ),
    ),
}


@pytest.fixture(scope="module")
def sent_by_the_sdk(alibaba_modules: SimpleNamespace, dataworks_2024_modules: SimpleNamespace) -> dict[str, Seen]:
    calls = {name: parameters for name, (parameters, _) in OURS.items()}
    return sent_by_sdk(dataworks_2024_modules, alibaba_modules.Config, calls)


@pytest.mark.parametrize("name", OURS)
def test_a_request_is_what_the_sdk_sends(name: str, sent_by_the_sdk: dict[str, Seen]) -> None:
    check_against(sent_by_the_sdk[name], OURS[name][1])


def test_the_settings_of_a_start_are_one_json_text_as_the_sdk_sends_them() -> None:
    request = StartDIJob(**PLACE, id=3, realtime_start_settings={"StartTime": 1663765058})
    assert request.message("https://example.com", None).query == (
        "Id=3&RealtimeStartSettings=%7B%22StartTime%22%3A1663765058%7D"
    )


def test_the_resource_of_a_check_is_one_json_text_as_the_sdk_sends_it() -> None:
    resource = {"resource_group_id": "group_1", "cu": 0.25}
    request = CreateDataQualityEvaluationTaskInstance(
        **PLACE, evaluation_task_id=7, trigger_time=1767283200000, **resource
    )
    form = dict(parse_qsl(request.message("https://example.com", None).body.decode()))
    assert form["RuntimeResource"] == '{"Cu":0.25,"ResourceGroupId":"group_1"}'
