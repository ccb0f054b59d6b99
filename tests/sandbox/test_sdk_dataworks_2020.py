"""The official SDK of DataWorks 2020-05-18 works with data service APIs and files, and sends what we send."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.services.dataworks import data_service_api, deployment, file
from airflow_provider_cloudflows.services.dataworks.create_data_service_api import CreateDataServiceApi
from airflow_provider_cloudflows.services.dataworks.create_file import CreateFile
from airflow_provider_cloudflows.services.dataworks.delete_data_service_api import DeleteDataServiceApi
from airflow_provider_cloudflows.services.dataworks.delete_file import DeleteFile
from airflow_provider_cloudflows.services.dataworks.publish_data_service_api import (
    AbolishDataServiceApi,
    PublishDataServiceApi,
    SubmitDataServiceApi,
)
from airflow_provider_cloudflows.services.dataworks.submit_file import DeployFile, SubmitFile
from airflow_provider_cloudflows.services.dataworks.update_file import UpdateFile
from tests.transport.servers import Seen

from .conftest import Connect
from .sdk_requests import check_against, sent_by_sdk

PROJECT = world.DATAWORKS_PROJECT_ID
IN_PROJECT = {"project_id": PROJECT}


@pytest.fixture
def dataworks(alibaba_client: Connect, alibaba_modules: SimpleNamespace) -> Any:
    return alibaba_client(alibaba_modules.DataWorks)


@pytest.fixture
def models(alibaba_modules: SimpleNamespace) -> Any:
    return alibaba_modules.dataworks


def code_of(call: Callable[[], Any], refused: type[Exception]) -> tuple[int, str]:
    with pytest.raises(refused) as caught:
        call()
    error: Any = caught.value
    return error.status_code, error.code


# --- data service APIs -----------------------------------------------------------------------------------------------

API = {
    "api_name": "orders_of_day",
    "api_path": "/orders/day",
    "api_mode": 1,
    "api_description": "d",
    "request_method": 0,
    "response_content_type": 0,
    "protocols": "0,1",
    "timeout": 5000,
    "visible_range": 0,
}


def group(dataworks: Any, models: Any) -> str:
    request = models.CreateDataServiceGroupRequest(
        **IN_PROJECT, api_gateway_group_id=world.API_GATEWAY_GROUP_ID, group_name="g", description="d"
    )
    return str(dataworks.create_data_service_group(request).body.group_id)


def create(dataworks: Any, models: Any, group_id: str, **more: Any) -> int:
    details = {"script_details": json.dumps({"Script": "SELECT 1", "IsPagedResponse": False})}
    request = models.CreateDataServiceApiRequest(**{**IN_PROJECT, **API, **details, "group_id": group_id, **more})
    return int(dataworks.create_data_service_api(request).body.data)


def test_an_api_goes_from_development_into_service_and_out_of_it(dataworks: Any, models: Any) -> None:
    api_id = create(dataworks, models, group(dataworks, models))
    one = {**IN_PROJECT, "api_id": api_id}
    shown = dataworks.get_data_service_api(models.GetDataServiceApiRequest(**one)).body.data
    assert (shown.status, shown.protocols, shown.script_details.script) == (0, [0, 1], "SELECT 1")
    assert dataworks.submit_data_service_api(models.SubmitDataServiceApiRequest(**one)).body.data is True
    assert dataworks.publish_data_service_api(models.PublishDataServiceApiRequest(**one)).body.data is True
    published = dataworks.get_data_service_published_api(models.GetDataServicePublishedApiRequest(**one)).body.data
    assert (published.api_id, published.status) == (api_id, 1)
    listed = dataworks.list_data_service_published_apis(models.ListDataServicePublishedApisRequest(**IN_PROJECT))
    assert [api.api_id for api in listed.body.data.apis] == [api_id]
    assert dataworks.abolish_data_service_api(models.AbolishDataServiceApiRequest(**one)).body.data is True
    request = models.ListDataServiceApisRequest(**IN_PROJECT, api_name_keyword="of_day")
    listed = dataworks.list_data_service_apis(request).body.data
    assert ([(api.api_id, api.status) for api in listed.apis], listed.total_count) == ([(api_id, 0)], 1)
    assert dataworks.delete_data_service_api(models.DeleteDataServiceApiRequest(**one)).body.data is True


def test_what_cannot_be_done_with_an_api_is_refused(
    dataworks: Any, models: Any, alibaba_modules: SimpleNamespace
) -> None:
    group_id = group(dataworks, models)
    api_id = create(dataworks, models, group_id)
    one = {**IN_PROJECT, "api_id": api_id}

    def call(name: str, **more: Any) -> Callable[[], Any]:
        request = getattr(models, name.title().replace("_", "") + "Request")
        return lambda: getattr(dataworks, name)(request(**{**one, **more}))

    refusals = [
        (call("publish_data_service_api"), choices.API_NOT_SUBMITTED),
        (call("abolish_data_service_api"), choices.API_NOT_PUBLISHED),
        (call("get_data_service_api", api_id=9), choices.NO_API),
        (call("get_data_service_published_api"), choices.NO_API),
        (lambda: create(dataworks, models, group_id), choices.API_TAKEN),
        (lambda: create(dataworks, models, "ds_9", api_path="/x/y"), choices.NO_GROUP),
    ]
    for refused, choice in refusals:
        assert code_of(refused, alibaba_modules.Refused) == (choice.value.status, choice.value.code)
    call("submit_data_service_api")()
    call("publish_data_service_api")()
    choice = choices.API_IN_SERVICE
    assert code_of(call("delete_data_service_api"), alibaba_modules.Refused) == (
        choice.value.status,
        choice.value.code,
    )


# --- files and deployments -------------------------------------------------------------------------------------------

SQL = {"file_name": "load", "file_type": 10, "file_folder_path": "Business Flow/daily", "content": "SELECT 1;"}


def create_file(dataworks: Any, models: Any, **more: Any) -> int:
    return int(dataworks.create_file(models.CreateFileRequest(**{**IN_PROJECT, **SQL, **more})).body.data)


def shown_file(dataworks: Any, models: Any, file_id: int) -> Any:
    return dataworks.get_file(models.GetFileRequest(**IN_PROJECT, file_id=file_id)).body.data.file


def begin(dataworks: Any, models: Any, step: str, file_id: int) -> int:
    request = getattr(models, f"{step.title()}FileRequest")(**IN_PROJECT, file_id=file_id, comment="c")
    return int(getattr(dataworks, f"{step}_file")(request).body.data)


def shown_deployment(dataworks: Any, models: Any, deployment_id: int) -> Any:
    request = models.GetDeploymentRequest(**IN_PROJECT, deployment_id=deployment_id)
    return dataworks.get_deployment(request).body.data


def test_a_file_is_made_submitted_deployed_changed_and_deleted(dataworks: Any, models: Any, sandbox: Running) -> None:
    file_id = create_file(dataworks, models, cron_express="00 05 00 * * ?")
    shown = shown_file(dataworks, models, file_id)
    assert (shown.content, shown.commit_status, shown.deleted_status) == ("SELECT 1;", 0, "NORMAL")
    sandbox.courses.add("dataworks.deployment", seconds=10.0, unknown="8", unknown_looks=1)
    sandbox.courses.add("dataworks.deployment", seconds=10.0)
    submit = begin(dataworks, models, "submit", file_id)
    checked = shown_deployment(dataworks, models, submit).deployment
    assert (checked.status, checked.checking_status, checked.to_environment) == (0, 8, 1)
    sandbox.advance(10)
    assert shown_deployment(dataworks, models, submit).deployment.status == 1
    deploy = begin(dataworks, models, "deploy", file_id)
    sandbox.advance(10)
    shown = shown_deployment(dataworks, models, deploy)
    assert [(one.file_id, one.file_version, one.status) for one in shown.deployed_items] == [(file_id, 1, 1)]
    listed = dataworks.list_deployments(models.ListDeploymentsRequest(**IN_PROJECT, status=1)).body.data
    assert ([one.id for one in listed.deployments], listed.total_count) == ([deploy, submit], 2)
    update = models.UpdateFileRequest(**IN_PROJECT, file_id=file_id, content="SELECT 2;", input_list="a")
    assert dataworks.update_file(update).body.success is True
    shown = shown_file(dataworks, models, file_id)
    assert (shown.content, shown.commit_status, shown.current_version) == ("SELECT 2;", 0, 1)
    request = models.ListFilesRequest(**IN_PROJECT, exact_file_name="load", file_folder_path="Business Flow/daily")
    assert [one.file_id for one in dataworks.list_files(request).body.data.files] == [file_id]
    gone = dataworks.delete_file(models.DeleteFileRequest(**IN_PROJECT, file_id=file_id)).body
    assert (gone.success, shown_deployment(dataworks, models, gone.deployment_id).deployment.status) == (True, 0)


def test_what_cannot_be_done_with_a_file_is_refused(
    dataworks: Any, models: Any, sandbox: Running, alibaba_modules: SimpleNamespace
) -> None:
    file_id = create_file(dataworks, models)
    refusals = [
        (lambda: create_file(dataworks, models), choices.FILE_TAKEN),
        (lambda: shown_file(dataworks, models, 9), choices.NO_FILE),
        (lambda: begin(dataworks, models, "deploy", file_id), choices.NOT_SUBMITTED),
        (lambda: shown_deployment(dataworks, models, 9), choices.NO_DEPLOYMENT),
    ]
    for refused, choice in refusals:
        assert code_of(refused, alibaba_modules.Refused) == (choice.value.status, choice.value.code)
    begin(dataworks, models, "submit", file_id)
    for step, choice in (("submit", choices.NOTHING_TO_SUBMIT), ("deploy", choices.NOT_SUBMITTED)):
        code = code_of(lambda step=step: begin(dataworks, models, step, file_id), alibaba_modules.Refused)  # type: ignore[misc]
        assert code == (choice.value.status, choice.value.code)


# --- our requests beside the SDK's -----------------------------------------------------------------------------------

PLACE = {"project_id": 2}
ONE = {**PLACE, "api_id": 1}
OURS: dict[str, tuple[dict[str, Any], Call[Any]]] = {
    "create_data_service_api": (
        {**PLACE, **API, "group_id": "ds_1", "script_details": '{"Script":"SELECT 1"}', "folder_id": 0},
        CreateDataServiceApi(
            **{**PLACE, **API, "group_id": "ds_1", "script_details": {"Script": "SELECT 1"}, "folder_id": 0}
        ),
    ),
    "submit_data_service_api": (ONE, SubmitDataServiceApi(**ONE)),
    "publish_data_service_api": (ONE, PublishDataServiceApi(**ONE)),
    "abolish_data_service_api": (ONE, AbolishDataServiceApi(**ONE)),
    "delete_data_service_api": (ONE, DeleteDataServiceApi(**ONE)),
    "get_data_service_api": (ONE, data_service_api.GetDataServiceApi(**ONE)),
    "list_data_service_apis": (
        {**PLACE, "api_name_keyword": "n", "page_number": 1, "page_size": 50},
        data_service_api.ListDataServiceApis(**PLACE, api_name_keyword="n"),
    ),
    "create_file": (
        {
            **PLACE,
            **SQL,
            "stop": False,
            "auto_rerun_times": 3,
            "create_folder_if_not_exists": True,
            "input_list": "a,b",
        },
        CreateFile(
            **{**PLACE, **SQL, "stop": False, "auto_rerun_times": 3},
            create_folder_if_not_exists=True,
            input_list="a,b",
        ),
    ),
    "update_file": (
        {**PLACE, "file_id": 1, "content": "select 1", "input_list": "a"},
        UpdateFile(**PLACE, file_id=1, content="select 1", input_list="a"),
    ),
    "delete_file": ({**PLACE, "file_id": 1}, DeleteFile(**PLACE, file_id=1)),
    "get_file": ({**PLACE, "file_id": 1}, file.GetFile(**PLACE, file_id=1)),
    "list_files": (
        {**PLACE, "exact_file_name": "n", "file_folder_path": "a/b", "page_number": 1, "page_size": 100},
        file.ListFiles(**PLACE, exact_file_name="n", file_folder_path="a/b"),
    ),
    "submit_file": (
        {**PLACE, "file_id": 1, "comment": "c", "skip_all_deploy_file_extensions": True},
        SubmitFile(**PLACE, file_id=1, comment="c", skip_all_deploy_file_extensions=True),
    ),
    "deploy_file": (
        {**PLACE, "file_id": 1, "comment": "c"},
        DeployFile(**PLACE, file_id=1, comment="c", skip_all_deploy_file_extensions=True, submitted_as=7),
    ),
    "get_deployment": ({**PLACE, "deployment_id": 7}, deployment.GetDeployment(**PLACE, deployment_id=7)),
    "list_deployments": (
        {"project_identifier": "dw", "page_number": 2, "page_size": 50},
        deployment.ListDeployments(project_identifier="dw", page_number=2, page_size=50),
    ),
}


@pytest.fixture(scope="module")
def sent_by_the_sdk(alibaba_modules: SimpleNamespace) -> dict[str, Seen]:
    older = SimpleNamespace(Client=alibaba_modules.DataWorks, models=alibaba_modules.dataworks)
    calls = {name: parameters for name, (parameters, _) in OURS.items()}
    return sent_by_sdk(older, alibaba_modules.Config, calls)


@pytest.mark.parametrize("name", OURS)
def test_a_request_is_what_the_sdk_sends(name: str, sent_by_the_sdk: dict[str, Seen]) -> None:
    check_against(sent_by_the_sdk[name], OURS[name][1])
