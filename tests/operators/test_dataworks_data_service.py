"""APIs in a data service group: made once, submitted, published and taken out of service, whatever happens between."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import CloudError, InvalidParameter, NotFound, PermissionDenied
from airflow_provider_cloudflows.operators.dataworks.data_service_api import (
    AbolishDataServiceApiOperator,
    CreateDataServiceApiOperator,
    DeleteDataServiceApiOperator,
    PublishDataServiceApiOperator,
)
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.publish_data_service_api import SubmitDataServiceApi
from airflow_provider_cloudflows.transport.message import Reply
from tests.airflow_versions import needs_state_store
from tests.operators.dataworks import PLACE, sent
from tests.operators.material import TaskInstance
from tests.operators.test_dataworks_publish import Killed, killed_at
from tests.operators.tries import Store, run

KIND = "dataworks.api"
SCRIPT = {"Script": "SELECT 1", "IsPagedResponse": False}


pytestmark = pytest.mark.usefixtures("connections", "no_pauses", "leaves_soon")


def group() -> str:
    place = {**PLACE, "api_gateway_group_id": world.API_GATEWAY_GROUP_ID, "description": "d"}
    return str(run(CreateDataServiceGroupOperator(task_id="group", group_name="orders", settle=0, **place)))


def create(group_id: str, **more: Any) -> CreateDataServiceApiOperator:
    api = {"api_name": "orders_of_day", "api_path": "/orders/day", "api_description": "d", "group_id": group_id}
    return CreateDataServiceApiOperator(
        **{"task_id": "api", "script_details": SCRIPT, "settle": 0, **api, **PLACE, **more}
    )


def publish(api_id: Any, **more: Any) -> PublishDataServiceApiOperator:
    return PublishDataServiceApiOperator(**{"task_id": "publish", "api_id": api_id, "settle": 0, **PLACE, **more})


def abolish(api_id: Any, **more: Any) -> AbolishDataServiceApiOperator:
    return AbolishDataServiceApiOperator(**{"task_id": "abolish", "api_id": api_id, "settle": 0, **PLACE, **more})


def apis(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.state().get(KIND, [])


# --- create and delete -----------------------------------------------------------------------------------------------


def test_an_api_is_made_published_taken_out_of_service_and_deleted(sandbox: Running) -> None:
    ti = TaskInstance(task_id="publish")
    api_id = run(create(group()))
    assert apis(sandbox)[0]["Details"] == {"ScriptDetails": SCRIPT}
    assert run(publish(api_id), ti=ti) == api_id
    assert (ti.pushed["response"]["Status"], ti.pushed["console_url"]) == (1, "https://ds-cn-hangzhou.data.aliyun.com/")
    assert run(abolish(api_id)) == api_id
    assert apis(sandbox)[0]["Status"] == 0
    remove = {"task_id": "remove", "api_id": api_id, "only_if_made": False, "settle": 0, **PLACE}
    assert run(DeleteDataServiceApiOperator(**remove)) is True
    assert run(DeleteDataServiceApiOperator(**remove)) is False
    assert apis(sandbox) == []


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
@pytest.mark.parametrize("lag", [0.0, 0.3])
def test_an_api_whose_answer_was_lost_is_found(with_store: bool, lag: float, sandbox: Running) -> None:
    group_id = group()
    sandbox.settings.update({"list_lag": lag})
    sandbox.faults.add("CreateDataServiceApi", "html", when="after", times=1)
    made = run(create(group_id, settle=2 * lag), Store() if with_store else None)
    assert [one["ApiId"] for one in apis(sandbox)] == [made]


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_a_kill_at_any_request_of_a_create_leads_to_one_api(answered: bool, sandbox: Running) -> None:
    kills = 0
    for number in range(50):
        sandbox.reset()
        group_id, store = group(), Store()
        try:
            with killed_at(number, answered=answered):
                run(create(group_id), store)
        except Killed:
            kills += 1
            run(create(group_id), store)
        else:
            break
        assert len(apis(sandbox)) == 1, number
    assert kills >= 3


def test_what_exists_is_taken_over_and_what_differs_is_said(sandbox: Running) -> None:
    group_id, ti = group(), TaskInstance(task_id="api")
    first = run(create(group_id, task_id="first"))
    assert run(create(group_id, timeout_ms=5), ti=ti) == first
    assert ti.pushed["drift"] == {"timeout": {"asked": 5, "exists": 10000}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_name", "abc"),
        ("api_name", "1_orders"),
        ("api_path", "orders"),
        ("timeout_ms", 30001),
        ("protocols", "2"),
        ("api_mode", 3),
    ],
)
def test_what_the_vendor_refuses_is_refused_at_parse_time(name: str, value: Any) -> None:
    with pytest.raises(InvalidParameter, match=name):
        create("ds_1", **{name: value})


# --- publish ---------------------------------------------------------------------------------------------------------


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_a_kill_between_submit_and_publish_goes_on_where_it_stopped(answered: bool, sandbox: Running) -> None:
    """Only a submit that was killed before anybody read its answer is sent again."""
    kills, submitted = 0, []
    for number in range(50):
        sandbox.reset()
        api_id, store = run(create(group())), Store()
        try:
            with killed_at(number, answered=answered):
                run(publish(api_id), store)
        except Killed:
            kills += 1
            run(publish(api_id), store)
        else:
            break
        (api,) = apis(sandbox)
        assert api["Status"] == 1, number
        submitted.append(api["Submissions"])
    assert kills >= 5
    assert submitted.count(1) >= kills - 2
    assert max(submitted) <= 2


@needs_state_store
def test_an_api_that_was_changed_after_its_submit_is_submitted_again(sandbox: Running) -> None:
    api_id, store = run(create(group())), Store()
    sandbox.faults.add("PublishDataServiceApi", "error", status=403, code="Forbidden.Access", times=1)
    with pytest.raises(PermissionDenied):
        run(publish(api_id), store)
    sandbox.alter(KIND, api_id, Description="better", ModifiedTime="2030-01-01T00:00:00+0800")
    run(publish(api_id), store)
    (api,) = apis(sandbox)
    assert (api["Submissions"], api["Published"]["Description"]) == (2, "better")


@needs_state_store
def test_a_task_that_is_cleared_after_it_succeeded_publishes_anew(sandbox: Running) -> None:
    api_id, store = run(create(group())), Store()
    run(publish(api_id), store)
    run(publish(api_id), store)
    assert apis(sandbox)[0]["Submissions"] == 2


@pytest.mark.parametrize("lost", ["SubmitDataServiceApi", "PublishDataServiceApi"])
def test_a_lost_answer_is_followed_by_the_same_request(lost: str, sandbox: Running) -> None:
    api_id = run(create(group()))
    sandbox.faults.add(lost, "html", when="after", times=1)
    run(publish(api_id))
    assert (apis(sandbox)[0]["Status"], sent(sandbox)[lost]) == (1, 2)


def test_an_api_that_does_not_exist_is_not_published(sandbox: Running) -> None:
    with pytest.raises(NotFound, match="there is no data service API 9"):
        run(publish(9))
    assert sent(sandbox)["SubmitDataServiceApi"] == 0


def test_an_answer_that_says_in_its_data_that_it_was_not_done_is_no_success() -> None:
    body = b'{"Success": true, "Data": false, "HttpStatusCode": 200, "RequestId": "R1"}'
    with pytest.raises(CloudError, match="the service says that it was not done"):
        SubmitDataServiceApi(api_id=1, project_id=2).read(Reply(200, {}, body))


# --- abolish ---------------------------------------------------------------------------------------------------------


def test_what_is_not_in_service_is_not_taken_out_of_it(sandbox: Running) -> None:
    api_id = run(create(group()))
    run(abolish(api_id))
    assert sent(sandbox)["AbolishDataServiceApi"] == 0


def test_an_abolish_whose_answer_was_lost_and_whose_repeat_is_refused_has_worked(sandbox: Running) -> None:
    api_id = run(create(group()))
    run(publish(api_id))
    sandbox.faults.add("AbolishDataServiceApi", "html", when="after", times=1)
    run(abolish(api_id))
    assert (apis(sandbox)[0]["Status"], sent(sandbox)["AbolishDataServiceApi"]) == (0, 2)


def test_a_dry_run_shows_the_steps_and_sends_none(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    api_id = run(create(group()))
    caplog.set_level(logging.INFO)
    operator = publish(api_id)
    vars(operator)["_cached_logger"] = logging.getLogger("tests.dry_run")
    operator.dry_run()
    assert caplog.text.index("SubmitDataServiceApi") < caplog.text.index("PublishDataServiceApi")
    assert apis(sandbox)[0]["Submissions"] == 0
