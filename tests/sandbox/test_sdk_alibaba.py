"""The official Alibaba SDKs call every implemented operation and understand every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.bpstudio import choices as bpstudio_choices
from airflow_provider_cloudflows.sandbox.dataworks import choices as dataworks_choices

from .conftest import Connect

PROJECT = world.DATAWORKS_PROJECT_ID


@pytest.fixture
def dataworks(alibaba_client: Connect, alibaba_modules: SimpleNamespace) -> Any:
    return alibaba_client(alibaba_modules.DataWorks)


@pytest.fixture
def bpstudio(alibaba_client: Connect, alibaba_modules: SimpleNamespace) -> Any:
    return alibaba_client(alibaba_modules.BPStudio)


@pytest.fixture
def models(alibaba_modules: SimpleNamespace) -> Any:
    return alibaba_modules.dataworks


def create_business(dataworks: Any, models: Any, name: str, **options: Any) -> Any:
    options = {"project_id": PROJECT} | options
    return dataworks.create_business(models.CreateBusinessRequest(business_name=name, **options)).body


def test_business_is_created_and_read_back(dataworks: Any, models: Any) -> None:
    created = create_business(
        dataworks, models, "Zürich & 日报 *~", description="a+b c", owner="42", use_type="MANUAL_BIZ"
    )
    assert created.success is True
    assert created.http_status_code == 200
    assert created.business_id == dataworks_choices.FIRST_IDS.value["BusinessId"]
    request = models.GetBusinessRequest(project_id=PROJECT, business_id=created.business_id)
    read = dataworks.get_business(request).body
    assert read.data.to_map() == {
        "BusinessId": created.business_id,
        "BusinessName": "Zürich & 日报 *~",
        "Description": "a+b c",
        "Owner": "42",
        "ProjectId": str(PROJECT),
        "UseType": "MANUAL_BIZ",
    }


def test_business_defaults(dataworks: Any, models: Any) -> None:
    created = create_business(
        dataworks, models, "daily", project_id=None, project_identifier=world.DATAWORKS_PROJECT_IDENTIFIER
    )
    request = models.GetBusinessRequest(project_id=PROJECT, business_id=created.business_id)
    data = dataworks.get_business(request).body.data
    assert (data.owner, data.use_type, data.description) == (world.ALIBABA_ACCOUNT_ID, "NORMAL", "")


def test_businesses_are_paged_and_searched(dataworks: Any, models: Any) -> None:
    for number in range(12):
        create_business(dataworks, models, f"etl_{number}")
    create_business(dataworks, models, "other")
    pages = [
        dataworks.list_business(
            models.ListBusinessRequest(project_id=PROJECT, keyword="etl", page_number=page, page_size=5)
        ).body.data
        for page in (1, 2, 3, 4)
    ]
    assert [len(page.business) for page in pages] == [5, 5, 2, 0]
    assert {page.total_count for page in pages} == {12}
    assert isinstance(pages[0].business[0].project_id, int)
    names = [business.business_name for page in pages for business in page.business]
    assert names == [f"etl_{number}" for number in range(12)]


def test_business_name_is_unique_in_its_workspace_only(
    dataworks: Any, models: Any, alibaba_modules: SimpleNamespace
) -> None:
    first = create_business(dataworks, models, "daily")
    with pytest.raises(alibaba_modules.Refused) as refused:
        create_business(dataworks, models, "daily")
    assert refused.value.code == dataworks_choices.DUPLICATE.value.code
    assert refused.value.status_code == dataworks_choices.DUPLICATE.value.status
    other = create_business(dataworks, models, "daily", project_id=world.DATAWORKS_PROJECT_ID_TWO)
    assert other.business_id == first.business_id + 1


def get_business(dataworks: Any, models: Any, number: int) -> Any:
    return dataworks.get_business(models.GetBusinessRequest(project_id=PROJECT, business_id=number)).body.data


def test_business_is_updated(dataworks: Any, models: Any, alibaba_modules: SimpleNamespace) -> None:
    number = create_business(dataworks, models, "daily", description="d", owner="42").business_id
    create_business(dataworks, models, "weekly")

    def update(business_id: int, **changes: Any) -> Any:
        request = models.UpdateBusinessRequest(project_id=PROJECT, business_id=business_id, **changes)
        return dataworks.update_business(request).body

    answer = update(number, business_name="hourly", description="")
    assert (answer.success, answer.http_status_code, answer.error_code) == (True, 200, "")
    data = get_business(dataworks, models, number)
    assert (data.business_name, data.description, data.owner) == ("hourly", "", "42")
    update(number, business_name="hourly", owner="43")
    assert get_business(dataworks, models, number).owner == "43"
    for business_id, name, choice in (
        (number, "weekly", dataworks_choices.DUPLICATE),
        (1, "free", dataworks_choices.NO_BUSINESS),
    ):
        with pytest.raises(alibaba_modules.Refused) as refused:
            update(business_id, business_name=name)
        assert refused.value.code == choice.value.code
    assert get_business(dataworks, models, number).business_name == "hourly"


def test_business_is_deleted(dataworks: Any, models: Any, alibaba_modules: SimpleNamespace) -> None:
    number = create_business(dataworks, models, "daily").business_id
    kept = create_business(dataworks, models, "weekly").business_id
    request = models.DeleteBusinessRequest(project_id=PROJECT, business_id=number)
    assert dataworks.delete_business(request).body.success is True
    calls: list[Callable[[], Any]] = [
        lambda: dataworks.delete_business(request),
        lambda: get_business(dataworks, models, number),
    ]
    for call in calls:
        with pytest.raises(alibaba_modules.Refused) as refused:
            call()
        assert refused.value.code == dataworks_choices.NO_BUSINESS.value.code
    assert get_business(dataworks, models, kept).business_name == "weekly"
    assert create_business(dataworks, models, "daily").business_id == kept + 1


def test_data_service_group_is_created_and_found(dataworks: Any, models: Any) -> None:
    created = dataworks.create_data_service_group(
        models.CreateDataServiceGroupRequest(
            project_id=PROJECT,
            api_gateway_group_id=world.API_GATEWAY_GROUP_ID,
            group_name="orders api",
            description="orders",
        )
    ).body
    assert created.group_id == "ds_12345"
    assert not hasattr(created, "success")
    read = dataworks.get_data_service_group(
        models.GetDataServiceGroupRequest(project_id=PROJECT, group_id=created.group_id)
    ).body.group
    assert (read.group_name, read.description, read.project_id) == ("orders api", "orders", PROJECT)
    assert read.created_time.endswith("+0800")
    for keyword, expected in (("orders", ["ds_12345"]), ("nothing", [])):
        page = dataworks.list_data_service_groups(
            models.ListDataServiceGroupsRequest(
                project_id=PROJECT, group_name_keyword=keyword, page_number=1, page_size=50
            )
        ).body.group_paging_result
        assert [group.group_id for group in page.groups] == expected


def test_projects_are_listed(dataworks: Any, models: Any) -> None:
    page = dataworks.list_projects(models.ListProjectsRequest(page_number=1, page_size=1)).body.page_result
    assert page.total_count == 2
    assert page.project_list[0].project_identifier == world.DATAWORKS_PROJECT_IDENTIFIER
    tag = models.ListProjectsRequestTags(key="team", value="none")
    assert dataworks.list_projects(models.ListProjectsRequest(tags=[tag])).body.page_result.total_count == 0


@pytest.mark.parametrize(
    ("operation", "request_name", "parameters", "choice"),
    [
        ("get_business", "GetBusinessRequest", {"business_id": 5}, dataworks_choices.NO_BUSINESS),
        (
            "get_data_service_group",
            "GetDataServiceGroupRequest",
            {"group_id": "ds_5"},
            dataworks_choices.NO_GROUP,
        ),
        (
            "create_business",
            "CreateBusinessRequest",
            {"business_name": "a", "project_id": 77},
            dataworks_choices.NO_PROJECT,
        ),
        (
            "create_data_service_group",
            "CreateDataServiceGroupRequest",
            {"api_gateway_group_id": "none", "group_name": "g", "description": "d"},
            dataworks_choices.NO_API_GROUP,
        ),
    ],
)
def test_what_does_not_exist_is_refused(
    dataworks: Any,
    alibaba_modules: SimpleNamespace,
    operation: str,
    request_name: str,
    parameters: dict[str, Any],
    choice: Any,
) -> None:
    request = getattr(alibaba_modules.dataworks, request_name)(**{"project_id": PROJECT} | parameters)
    with pytest.raises(alibaba_modules.Refused) as refused:
        getattr(dataworks, operation)(request)
    assert (refused.value.status_code, refused.value.code) == (choice.value.status, choice.value.code)


def test_task_is_created_and_read_back(bpstudio: Any, alibaba_modules: SimpleNamespace, sandbox: Running) -> None:
    models = alibaba_modules.bpstudio
    variables = {"${region}": "cn-hangzhou", "${名}": "值 & + space"}
    created = bpstudio.create_task(
        models.CreateTaskRequest(
            app_id=world.BPSTUDIO_APPLICATION_ID,
            process_id=world.BPSTUDIO_PROCESS_ID,
            task_name="nightly",
            variables=variables,
        )
    ).body
    assert (created.code, created.message, created.data) == ("200", "Success", 1994)
    read = bpstudio.get_task(models.GetTaskRequest(task_id=str(created.data))).body.data
    assert (read.id, read.name, read.status) == (1994, "nightly", "CREATED")
    assert (read.app_id, read.process_id) == (world.BPSTUDIO_APPLICATION_ID, world.BPSTUDIO_PROCESS_ID)
    assert (read.instance_ids, read.error_message) == ("[]", "")
    assert sandbox.state()["bpstudio.task"][0]["Variables"] == variables


def test_task_is_executed_and_ends_with_a_reason(
    bpstudio: Any, alibaba_modules: SimpleNamespace, sandbox: Running
) -> None:
    models = alibaba_modules.bpstudio
    task_id = sandbox.insert("bpstudio.task", Name="nightly")["Id"]
    sandbox.courses.add("bpstudio.task", seconds=60.0, ending="bad", reason="no quota")
    answer = bpstudio.execute_task(models.ExecuteTaskRequest(task_id=task_id)).body
    assert (answer.code, answer.message, bool(answer.request_id)) == ("200", "Success", True)
    data = answer.data
    assert (data.id, data.name, data.status, data.error_message) == (task_id, "nightly", "BINDING", "")
    read = models.GetTaskRequest(task_id=str(task_id))
    assert bpstudio.get_task(read).body.data.status == "BINDING"
    sandbox.advance(60)
    ended = bpstudio.get_task(read).body.data
    assert (ended.status, ended.error_message) == (bpstudio_choices.FINISHED.value, "no quota")
    assert bpstudio.execute_task(models.ExecuteTaskRequest(task_id=7)).body.code == "8004"


def test_bpstudio_says_in_its_code_that_something_is_missing(bpstudio: Any, alibaba_modules: SimpleNamespace) -> None:
    models = alibaba_modules.bpstudio
    process = models.CreateTaskRequest(app_id=world.BPSTUDIO_APPLICATION_ID, process_id="P-none", task_name="t")
    application = models.CreateTaskRequest(app_id="A-none", process_id=world.BPSTUDIO_PROCESS_ID, task_name="t")
    for request in (process, application):
        answer = bpstudio.create_task(request).body
        assert (answer.code, answer.data) == ("8004", None)
    assert bpstudio.get_task(models.GetTaskRequest(task_id="7")).body.code == "8004"


def test_caller_identity_of_both_kinds_of_key(alibaba_client: Connect, alibaba_modules: SimpleNamespace) -> None:
    user = alibaba_client(alibaba_modules.Sts).get_caller_identity().body
    assert (user.account_id, user.identity_type) == (world.ALIBABA_ACCOUNT_ID, "RAMUser")
    role = alibaba_client(alibaba_modules.Sts, world.ALIBABA_SESSION_KEY).get_caller_identity().body
    assert (role.identity_type, role.role_id) == ("AssumedRoleUser", world.ALIBABA_ROLE_ID)


def test_session_key_creates(alibaba_client: Connect, alibaba_modules: SimpleNamespace) -> None:
    client = alibaba_client(alibaba_modules.DataWorks, world.ALIBABA_SESSION_KEY)
    assert create_business(client, alibaba_modules.dataworks, "by session").success is True


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (replace(world.ALIBABA_KEY, secret="wrong"), 400, "SignatureDoesNotMatch"),
        (replace(world.ALIBABA_KEY, id="LTAInobody"), 404, "InvalidAccessKeyId.NotFound"),
        (replace(world.ALIBABA_SESSION_KEY, security_token=None), 400, "MissingSecurityToken"),
        (
            replace(world.ALIBABA_SESSION_KEY, security_token="stale"),
            400,
            choices.ALIBABA_TOKEN_MISMATCH.value.code,
        ),
    ],
)
@pytest.mark.parametrize("service", ["DataWorks", "BPStudio", "Sts"])
def test_wrong_credentials(
    alibaba_client: Connect, alibaba_modules: SimpleNamespace, service: str, key: Any, status: int, code: str
) -> None:
    client = alibaba_client(getattr(alibaba_modules, service), key)
    calls = {
        "DataWorks": lambda: client.list_projects(alibaba_modules.dataworks.ListProjectsRequest()),
        "BPStudio": lambda: client.get_task(alibaba_modules.bpstudio.GetTaskRequest(task_id="1")),
        "Sts": lambda: client.get_caller_identity(),
    }
    with pytest.raises(alibaba_modules.Refused) as refused:
        calls[service]()
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert refused.value.request_id
