"""Any operation at all: sent as its effect allows, at most once where that counts, and waited for where asked to."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred
from airflow.sdk import DAG, BaseOperator

from airflow_provider_cloudflows.errors import (
    CloudflowsError,
    IdentityChanged,
    InvalidParameter,
    InvalidRequest,
    LostTrack,
    OutcomeUnknown,
    ResultMissing,
    RunFailed,
    Stopped,
    WaitTimedOut,
)
from airflow_provider_cloudflows.operators import api
from airflow_provider_cloudflows.operators.alibaba.api import AlibabaCloudApiOperator
from airflow_provider_cloudflows.operators.huawei.api import HuaweiCloudApiOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.waiting import waiter
from tests.airflow_versions import needs_state_store
from tests.conftest import SetConnection
from tests.operators.material import TaskInstance
from tests.operators.played import BPStudio, Fabric, connected
from tests.operators.tries import Store, deferred_or_not, run
from tests.transport.servers import Answer, Seen

BPSTUDIO: dict[str, Any] = {"product": "bpstudio", "version": "2021-09-31"}
CREATE_TASK: dict[str, Any] = {
    **BPSTUDIO,
    "action": "CreateTask",
    "form": {
        "ProcessId": world.BPSTUDIO_PROCESS_ID,
        "AppId": world.BPSTUDIO_APPLICATION_ID,
        "TaskName": "scale",
        "Variables": {"${password}": "hunter2"},
    },
    "json_parameters": ["Variables"],
}
EXECUTE_TASK: dict[str, Any] = {**BPSTUDIO, "action": "ExecuteTask", "form": {"TaskId": 1994}, "result_path": "Data.Id"}
GET_TASK: dict[str, Any] = {"action": "GetTask", "form": {"TaskId": "{result}"}}
END_OF_TASK: dict[str, Any] = {
    **GET_TASK,
    "state_path": "Data.Status",
    "good": "FINISH",
    "reason_path": "Data.ErrorMessage",
}
RUNS = "/v1/workspaces/ws-1/jobs/runs"
RUN_JOB: dict[str, Any] = {
    "service": "fabric",
    "method": "POST",
    "path": RUNS,
    "body": {"name": "load"},
    "result_path": "id",
}
END_OF_RUN: dict[str, Any] = {
    "path": f"{RUNS}/{{result}}",
    "state_path": "status",
    "good": ["SUCCEEDED"],
    "bad": ["FAILED", "STOPPED"],
    "reason_path": "error_msg",
    "cancel": {"method": "POST", "path": f"{RUNS}/{{result}}/cancel"},
}
SOON: dict[str, Any] = {"poll_interval": 0.01, "timeout": 20}


@pytest.fixture(autouse=True)
def _no_settle(no_pauses: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "SETTLE", 0.01)


def alibaba(**arguments: Any) -> AlibabaCloudApiOperator:
    return AlibabaCloudApiOperator(task_id="call", **arguments)


def huawei(**arguments: Any) -> HuaweiCloudApiOperator:
    return HuaweiCloudApiOperator(task_id="call", **arguments)


def create_task(**more: Any) -> AlibabaCloudApiOperator:
    return alibaba(**{**CREATE_TASK, "result_path": "Data", **more})


def run_job(**more: Any) -> HuaweiCloudApiOperator:
    return huawei(**{**RUN_JOB, "wait_for": END_OF_RUN, **SOON, **more})


def tasks(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.state().get("bpstudio.task", [])


# --- what is sent, and what is handed on -----------------------------------------------------------------------------


@pytest.mark.usefixtures("connections")
def test_a_create_is_sent_and_the_value_at_the_path_returned(sandbox: Running) -> None:
    made = run(create_task())
    (task,) = tasks(sandbox)
    assert made == task["Id"]
    assert task["Variables"] == {"${password}": "hunter2"}


@pytest.mark.usefixtures("connections")
def test_without_a_path_the_whole_answer_is_returned(sandbox: Running) -> None:
    answer = run(create_task(result_path=None))
    assert (answer["Code"], answer["Data"]) == ("200", tasks(sandbox)[0]["Id"])


@pytest.mark.usefixtures("connections")
def test_a_read_of_either_cloud(sandbox: Running) -> None:
    made = run(create_task())
    read = alibaba(**{**BPSTUDIO, **GET_TASK, "form": {"TaskId": made}}, effect="read", result_path="Data.Name")
    assert run(read) == "scale"
    workspace_id = sandbox.insert("fabric.workspace", name="lake-1", project_id=world.HUAWEI_PROJECT_ID)["id"]
    listed = huawei(
        service="fabric",
        path="/v1/workspaces",
        query={"enterprise_project_id": "0", "limit": 10},
        result_path="workspaces[0].id",
    )
    assert run(listed) == workspace_id


def calls(sandbox: Running, operation: str) -> int:
    return [one["operation"] for one in sandbox.requests()].count(operation)


@pytest.mark.usefixtures("connections")
@pytest.mark.parametrize(("effect", "expected"), [("read", 2), ("idempotent", 2), ("create", 1)])
def test_only_what_may_be_repeated_is_repeated_after_a_lost_answer(
    sandbox: Running, effect: str, expected: int
) -> None:
    made = run(create_task())
    sandbox.faults.add("GetTask", "html", when="after", nth=1)
    operator = alibaba(**{**BPSTUDIO, **GET_TASK, "form": {"TaskId": made}}, effect=effect, result_path="Data.Id")
    if effect == "create":
        with pytest.raises(LostTrack):
            run(operator)
    else:
        assert run(operator) == made
    assert calls(sandbox, "GetTask") == expected


@pytest.mark.usefixtures("connections")
def test_a_path_that_leads_nowhere_names_what_is_there_and_shows_no_value(sandbox: Running) -> None:
    made = run(create_task())
    read = {**BPSTUDIO, **GET_TASK, "form": {"TaskId": made}, "effect": "read"}
    with pytest.raises(ResultMissing) as caught:
        run(alibaba(**read, result_path="Data.Labels[0]"))
    said = caught.value.sentence()
    assert said.startswith("The answer to bpstudio GetTask holds no Data.Labels[0]: Data is an object with ")
    assert "Name" in said
    assert "scale" not in said
    with pytest.raises(ResultMissing, match=r"holds no Data\.Id\.x: Data\.Id is a number; correct the path"):
        run(alibaba(**read, result_path="Data.Id.x"))


@pytest.mark.usefixtures("connections")
def test_every_argument_is_rendered(sandbox: Running) -> None:
    templates: dict[str, Any] = {
        "product": "{{ params.product }}",
        "form": '{"TaskName": "{{ params.name }}", "AppId": "{{ params.app }}", "ProcessId": "{{ params.process }}"}',
        "json_parameters": (),
        "effect": "{{ params.effect }}",
        "result_path": "{{ params.path }}",
    }
    params: dict[str, Any] = {
        "product": "bpstudio",
        "name": "nightly",
        "app": world.BPSTUDIO_APPLICATION_ID,
        "process": world.BPSTUDIO_PROCESS_ID,
        "effect": "create",
        "path": "Data",
    }
    made = run(create_task(**templates), **params)
    assert (made, tasks(sandbox)[0]["Name"]) == (tasks(sandbox)[0]["Id"], "nightly")
    own = {"effect", "result_path", "on_unknown", "find", "wait_for"}
    assert own | {"product", "version", "action", "query", "form", "json_parameters", "host"} <= set(
        AlibabaCloudApiOperator.template_fields
    )
    assert own | {"service", "method", "path", "query", "body", "host"} <= set(HuaweiCloudApiOperator.template_fields)
    for operator in (AlibabaCloudApiOperator, HuaweiCloudApiOperator):
        assert set(operator.template_fields_renderers) <= set(operator.template_fields)


@pytest.mark.usefixtures("connections")
def test_a_template_that_found_nothing_sends_nothing(sandbox: Running) -> None:
    with pytest.raises(InvalidParameter, match=r"form\.TaskName=.*rendered to nothing"):
        run(create_task(form={**CREATE_TASK["form"], "TaskName": "{{ params.name }}"}), name=None)
    assert not sandbox.requests()


def test_it_can_be_mapped_and_takes_outputs_of_other_tasks() -> None:
    with DAG("mapped", schedule=None):
        output: Any = BaseOperator(task_id="earlier").output
        AlibabaCloudApiOperator.partial(task_id="each", **BPSTUDIO, action="GetTask").expand(form=[{"TaskId": 1}])
        HuaweiCloudApiOperator(task_id="later", service="vpc", path="/v1/{project_id}/vpcs", query=output)
        alibaba(**EXECUTE_TASK, wait_for=output, find=output)


@pytest.mark.usefixtures("connections")
def test_a_dry_run_shows_the_request_and_sends_nothing(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    operator = create_task()
    vars(operator)["_cached_logger"] = logging.getLogger("tests.dry_run")
    caplog.set_level(logging.INFO)
    operator.dry_run()
    assert "AlibabaCloudApiOperator 'call' would send, as create:\nPOST " in caplog.text
    assert "x-acs-action: CreateTask" in caplog.text
    assert world.ALIBABA_KEY.secret not in caplog.text
    assert not sandbox.requests()


# --- at most once ----------------------------------------------------------------------------------------------------


@needs_state_store
@pytest.mark.usefixtures("connections")
def test_what_was_done_is_handed_on_and_not_done_again(sandbox: Running) -> None:
    store = Store()
    made = run(create_task(), store)
    assert run(create_task(), store) == made
    assert run(create_task(form={**CREATE_TASK["form"], "TaskName": "changed"}), store) == made
    assert len(tasks(sandbox)) == 1


@needs_state_store
@pytest.mark.usefixtures("connections")
def test_only_the_value_at_the_path_is_on_record(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store()
    made = run(create_task(), store)
    ((key, record),) = store.kept.items()
    assert (key, json.loads(record)["resource_id"]) == ("cloudflows_intent/call", str(made))
    for secret in ("hunter2", world.ALIBABA_KEY.secret, world.BPSTUDIO_PROCESS_ID):
        assert secret not in record
        assert secret not in caplog.text
    assert f"made {made}" not in caplog.text


@needs_state_store
@pytest.mark.usefixtures("connections")
def test_without_a_path_only_that_it_was_done_is_on_record(sandbox: Running) -> None:
    store = Store()
    run(create_task(result_path=None), store)
    assert run(create_task(result_path=None), store) is None
    with pytest.raises(ResultMissing, match="CreateTask was done by an earlier try, and its result is not on record"):
        run(create_task(), store)
    assert len(tasks(sandbox)) == 1


@needs_state_store
@pytest.mark.usefixtures("connections")
def test_a_create_whose_answer_lacks_the_value_is_not_done_again(sandbox: Running) -> None:
    store = Store()
    with pytest.raises(ResultMissing, match=r"CreateTask was done, and its answer holds no Data\.Id: Data is a number"):
        run(create_task(result_path="Data.Id"), store)
    with pytest.raises(ResultMissing, match="was done by an earlier try"):
        run(create_task(), store)
    assert len(tasks(sandbox)) == 1


@needs_state_store
@pytest.mark.usefixtures("connections")
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unknown_outcome_stops_until_a_person_decides(sandbox: Running, when: str) -> None:
    sandbox.faults.add("CreateTask", "html", when=when, nth=1)
    store = Store()
    for _ in range(3):
        with pytest.raises(LostTrack, match="on_unknown='resend'"):
            run(create_task(), store)
    assert calls(sandbox, "CreateTask") == 1
    assert run(create_task(on_unknown="resend"), store) in [one["Id"] for one in tasks(sandbox)]
    assert calls(sandbox, "CreateTask") == 2


@needs_state_store
@pytest.mark.usefixtures("connections")
def test_it_is_sent_again_once_a_try_and_three_times_in_all(sandbox: Running) -> None:
    sandbox.faults.add("CreateTask", "html", when="before")
    store = Store()
    sent = []
    for _ in range(5):
        with pytest.raises(OutcomeUnknown):
            run(create_task(on_unknown="resend"), store)
        sent.append(calls(sandbox, "CreateTask"))
    assert sent == [2, 3, 4, 4, 4]


@needs_state_store
@pytest.mark.usefixtures("connections")
def test_what_was_certainly_refused_may_be_sent_again(sandbox: Running) -> None:
    store = Store()
    sandbox.faults.add("CreateTask", "error", status=400, code="InvalidParameter.Name", message="no", nth=1)
    with pytest.raises(InvalidRequest):
        run(create_task(), store)
    sandbox.faults.add("CreateTask", "throttle", nth=1, wait=0.01)
    assert run(create_task(), store) == tasks(sandbox)[0]["Id"]
    assert calls(sandbox, "CreateTask") == 3


@needs_state_store
@pytest.mark.parametrize("status", [200, 201])
def test_a_success_that_holds_nothing_but_an_error_is_none(fabric: Fabric, status: int) -> None:
    store = Store()
    fabric.refusals = [Answer({"error_code": "x.0001", "error_msg": "no more quota"}, status)]
    said = "no more quota; look in the console: if it took effect, mark the task as success; if it did not, set on_unk"
    with pytest.raises(LostTrack, match=said):
        run(run_job(result_path=None, wait_for=None), store)
    fabric.refusals = [Answer({"error_code": "x.0001", "error_msg": "the last attempt", "id": "id-1"}, status)]
    assert run(run_job(wait_for=None, on_unknown="resend"), store) == "id-1"


@needs_state_store
def test_a_success_of_alibaba_cloud_that_holds_nothing_but_a_code_and_a_message_is_none(
    bpstudio: BPStudio,
) -> None:
    store = Store()
    bpstudio.answers = [Answer({"Code": "Application.Locked", "Message": "somebody edits it", "RequestId": "r-1"})]
    with pytest.raises(
        LostTrack, match=r"Application\.Locked, request id r-1\): somebody edits it; look in the console"
    ):
        run(alibaba(**EXECUTE_TASK), store)
    read = {**BPSTUDIO, **GET_TASK, "form": {"TaskId": 1994}, "effect": "read"}
    bpstudio.answers = [Answer({"code": "Application.Locked", "message": "somebody edits it", "requestId": "r-1"})]
    with pytest.raises(InvalidRequest, match=r"Application\.Locked"):
        run(alibaba(**read))
    for code in ("200", 200, "OK", "Success", "0"):
        bpstudio.answers = [Answer({"Code": code, "Message": "", "RequestId": "r-1"})]
        assert run(alibaba(**read))["Code"] == code
    bpstudio.answers = [Answer({"Code": "cn-hangzhou", "Message": "a region", "Data": {}, "RequestId": "r-1"})]
    assert run(alibaba(**read))["Code"] == "cn-hangzhou"


@needs_state_store
@pytest.mark.parametrize("codes", ["Application.Locked", ["Other", "Application.*"]])
def test_a_code_that_the_author_lists_says_that_nothing_was_done(bpstudio: BPStudio, codes: Any) -> None:
    store = Store()
    execute = {**EXECUTE_TASK, "refused_codes": codes}
    for status in (200, 400, 500):
        bpstudio.answers = [Answer({"Code": "Application.Locked", "Message": "no", "RequestId": "r-1"}, status)]
        with pytest.raises(InvalidRequest, match="no; correct the arguments"):
            run(alibaba(**execute), store)
    assert run(alibaba(**execute), store) == 1994
    assert bpstudio.executions == 1


@needs_state_store
def test_a_code_that_the_author_of_a_huawei_request_lists_says_that_nothing_was_done(fabric: Fabric) -> None:
    store = Store()
    fabric.refusals = [Answer({"error_code": "x.0001", "error_msg": "no more quota"}, 500)]
    with pytest.raises(InvalidRequest, match="no more quota"):
        run(run_job(wait_for=None, refused_codes=["x.0001"]), store)
    assert run(run_job(wait_for=None), store) == "id-1"


@pytest.mark.parametrize(
    "arguments",
    [{"form": '["{{ params.secret }}"]'}, {"form": "{{ params.secret }}"}, {"query": "{{ params.secret }}"}],
)
def test_what_was_rendered_is_in_no_complaint(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter) as caught:
        run(create_task(**{"json_parameters": (), **arguments}), secret="hunter2")
    assert "hunter2" not in str(caught.value)


@needs_state_store
@pytest.mark.usefixtures("connections")
def test_a_task_that_does_something_else_now_is_told_so() -> None:
    store = Store()
    run(create_task(), store)
    with pytest.raises(IdentityChanged, match=r"bpstudio CreateTask.*bpstudio GetTask"):
        run(create_task(action="GetTask", form={"TaskId": 1}, json_parameters=()), store)


@needs_state_store
@pytest.mark.parametrize("there_before", [False, True])
def test_a_lost_one_is_found_as_the_author_says(fabric: Fabric, there_before: bool) -> None:
    store = Store()
    if there_before:
        fabric.things["old"] = {"id": "old", "name": "load", "status": "SUCCEEDED", "states": ["SUCCEEDED"]}
    fabric.lost = 1
    found_path = "job_runs[1].id" if there_before else "job_runs[0].id"
    find = {"path": RUNS, "query": {"name": "load"}, "found_path": found_path, "settle": 0.01}
    first = run(run_job(find=find, wait_for=None), store)
    assert first == run(run_job(find=find, wait_for=None), store) == "id-1"
    assert fabric.calls["start"] == 1


@needs_state_store
def test_what_the_search_showed_before_is_not_taken_for_the_result(fabric: Fabric) -> None:
    fabric.things["old"] = {"id": "old", "name": "load", "status": "SUCCEEDED", "states": ["SUCCEEDED"]}
    fabric.lost = 1
    find = {"path": RUNS, "query": {"name": "load"}, "found_path": "job_runs[0].id", "settle": 0.01}
    with pytest.raises(LostTrack):
        run(run_job(find=find, wait_for=None), Store())


@needs_state_store
@pytest.mark.parametrize("claimed", [False, True])
def test_what_another_map_index_knows_as_its_own_is_not_found(fabric: Fabric, claimed: bool) -> None:
    find = {"path": RUNS, "query": {"name": "load"}, "found_path": "job_runs[0].id", "settle": 0.01}
    first, second = (TaskInstance(task_id="call", map_index=index) for index in range(2))
    first.siblings, second.siblings = [second], [first]
    store = Store()
    fabric.lost = 1
    before = huawei(**RUN_JOB, find={**find, "found_path": "job_runs[9].id"})
    with pytest.raises(LostTrack):
        run(before, store, second)  # the second index lost its answer, and its search is behind
    assert run(huawei(**RUN_JOB, find=find), Store(), first) == "id-2"
    fabric.things = {"id-2": fabric.things["id-2"]} if claimed else fabric.things
    if claimed:  # all that the list shows is the first one's
        with pytest.raises(LostTrack, match="on_unknown='resend'"):
            run(huawei(**RUN_JOB, find=find), store, second)
    else:
        assert run(huawei(**RUN_JOB, find=find), store, second) == "id-1"
    assert fabric.calls["start"] == 2


@needs_state_store
def test_of_two_that_claim_the_same_at_the_same_time_none_takes_it(fabric: Fabric) -> None:
    find = {"path": RUNS, "query": {"name": "load"}, "found_path": "job_runs[0].id", "settle": 0.01}
    first, second = (TaskInstance(task_id="call", map_index=index) for index in range(2))

    class Slow(TaskInstance):
        """Claims between the other's claim and its question whose it is."""

        def xcom_push(self, key: str, value: Any) -> None:
            super().xcom_push(key, value)
            first.pushed = {key: {**value, "map_index": 0}}

    second = Slow(task_id="call", map_index=1, siblings=[first])
    fabric.lost = 1
    with pytest.raises(LostTrack):
        run(huawei(**RUN_JOB, find=find), Store(), second)
    assert second.pushed["how"]["id"] is None


# --- waiting ---------------------------------------------------------------------------------------------------------


@deferred_or_not
def test_the_end_of_what_was_started_is_waited_for(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["PENDING", "RUNNING", "PONDERING", "succeeded "]]
    ti = TaskInstance(task_id="call")
    assert run(run_job(deferrable=deferrable), ti=ti) == "id-1"
    assert (ti.pushed["result"], ti.pushed["response"]["name"]) == ("id-1", "load")
    assert fabric.calls["start"] == 1


@deferred_or_not
def test_a_bad_end_tells_the_reason_at_its_path(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["RUNNING", "FAILED"]]
    fabric.shown = {"error_msg": "out of memory"}
    with pytest.raises(RunFailed) as caught:
        run(run_job(deferrable=deferrable))
    assert caught.value.sentence() == (
        "fabric id-1 ended as FAILED: out of memory; look at it in the console; a further try of the task "
        "sends nothing again."
    )


@needs_state_store
@deferred_or_not
def test_a_wait_that_was_too_long_goes_on_with_the_next_try(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["RUNNING"]]
    store = Store()
    with pytest.raises(WaitTimedOut, match="id-1 was not over after"):
        run(run_job(timeout=0.05, deferrable=deferrable), store)
    fabric.things["id-1"]["states"] = ["SUCCEEDED"]
    assert run(run_job(deferrable=deferrable), store) == "id-1"
    assert (fabric.calls["start"], fabric.calls["cancel"]) == (1, 0)


def test_without_wait_the_result_is_returned_at_once(fabric: Fabric) -> None:
    fabric.scripts = [["PENDING"]]
    assert run(run_job(wait=False, deferrable=True)) == "id-1"


@deferred_or_not
def test_an_id_that_is_a_number_stays_one(bpstudio: BPStudio, deferrable: bool) -> None:
    operator = alibaba(**EXECUTE_TASK, wait_for=END_OF_TASK, deferrable=deferrable, **SOON)
    ti = TaskInstance(task_id="call")
    assert run(operator, ti=ti) == 1994
    assert ti.pushed["response"]["Data"]["Status"] == "FINISH "


@deferred_or_not
def test_without_a_result_the_task_returns_the_state(bpstudio: BPStudio, deferrable: bool) -> None:
    wait_for = {**END_OF_TASK, "form": {"TaskId": 1994}}
    operator = alibaba(
        **{**EXECUTE_TASK, "result_path": None}, effect="idempotent", wait_for=wait_for, deferrable=deferrable, **SOON
    )
    assert run(operator) == "FINISH"


def test_a_result_that_is_no_id_cannot_be_waited_for(bpstudio: BPStudio) -> None:
    operator = alibaba(**{**EXECUTE_TASK, "result_path": "Data"}, wait_for=END_OF_TASK, **SOON)
    with pytest.raises(ResultMissing, match="cannot wait: Data leads to a dict"):
        run(operator)


@pytest.mark.parametrize("made_id", ["", "  ", "..", True, 1.5, None, ["id-1"]])
def test_a_result_that_would_make_another_path_cannot_be_waited_for(fabric: Fabric, made_id: Any) -> None:
    fabric.refusals = [Answer({"id": made_id})]
    with pytest.raises(ResultMissing, match="cannot wait: id leads to"):
        run(run_job())
    assert fabric.calls == {"start": 1}


@deferred_or_not
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"state_path": "job.status"}, "the answer holds no job.status: it is an object with "),
        ({"path": f"{RUNS}/{{result}}-x"}, "fabric id-1: resource not found"),
    ],
)
def test_looks_that_find_no_state_fail_the_task_soon(
    fabric: Fabric, wrong: dict[str, str], said: str, deferrable: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CloudflowsError) as caught:
        run(run_job(wait_for={**END_OF_RUN, **wrong}, deferrable=deferrable))
    assert f"showed no state in 5 looks in a row: {said}" in str(caught.value)
    assert "correct state_path, or the request that looks" in str(caught.value)
    assert fabric.calls["cancel"] == 0


def test_a_look_or_two_that_find_no_state_end_no_wait(fabric: Fabric) -> None:
    fabric.scripts = [["RUNNING", "RUNNING", "SUCCEEDED"]]
    fabric.strays = [Answer({"id": "id-1"})] * 4
    assert run(run_job()) == "id-1"


def test_the_looks_of_a_wait_go_by_the_settle_of_the_author(fabric: Fabric, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiter, "SETTLE", 3600.0)
    not_found = Answer({"error_code": "x.0001", "error_msg": "no such run"}, 404)
    find = {"path": RUNS, "query": {"name": "load"}, "found_path": "job_runs[0].id", "settle": 0.01}
    fabric.strays = [not_found]
    assert run(run_job(find=find, timeout=30)) == "id-1"


@deferred_or_not
def test_blanks_and_case_of_the_author_s_states_say_nothing(fabric: Fabric, deferrable: bool) -> None:
    """The vendor's own sample has a trailing blank, which gets copied."""
    fabric.scripts = [["RUNNING", "SUCCEEDED"]]
    words = {**END_OF_RUN, "good": [" Succeeded "], "bad": ["FAILED "]}
    assert run(run_job(wait_for=words, deferrable=deferrable)) == "id-1"


def test_a_kill_in_the_worker_stops_the_work(fabric: Fabric) -> None:
    fabric.scripts = [["RUNNING"]]
    operator = run_job(poll_interval=0.01)
    looks = fabric._view

    def killed_at_the_third_look(thing: dict[str, Any]) -> dict[str, Any]:
        if fabric.calls["show"] == 3:
            operator.on_kill()
        return looks(thing)

    fabric._view = killed_at_the_third_look  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        run(operator)
    assert fabric.calls["cancel"] == 1
    assert fabric.things["id-1"]["status"] == "STOPPED"


@deferred_or_not
def test_a_kill_between_the_start_and_the_wait_stops_the_work(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["RUNNING"]]
    operator = run_job(deferrable=deferrable)

    class Killed(TaskInstance):
        def xcom_push(self, key: str, value: Any) -> None:
            operator.on_kill()

    with pytest.raises(Stopped):
        run(operator, ti=Killed(task_id="call"))
    assert (fabric.calls["start"], fabric.calls["cancel"]) == (1, 1)


def test_a_kill_while_it_is_deferred_stops_the_work(fabric: Fabric) -> None:
    fabric.scripts = [["RUNNING"]]
    operator = run_job(deferrable=True)
    context: Any = {"ti": TaskInstance(task_id="call"), "params": {}}
    operator.render_template_fields(context)
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context)
    _, arguments = deferred.value.trigger.serialize()
    asyncio.run(type(deferred.value.trigger)(**json.loads(json.dumps(arguments))).on_kill())
    assert fabric.calls["cancel"] == 1


def test_work_that_goes_on_after_a_kill_where_the_author_wants_that(fabric: Fabric) -> None:
    fabric.scripts = [["RUNNING"]]
    operator = run_job(cancel_on_kill=False)

    class Killed(TaskInstance):
        def xcom_push(self, key: str, value: Any) -> None:
            operator.on_kill()

    with pytest.raises(Stopped):
        run(operator, ti=Killed(task_id="call"))
    assert fabric.calls["cancel"] == 0


def test_an_id_is_one_segment_of_a_path(set_connection: SetConnection) -> None:
    targets = []

    def cloud(seen: Seen) -> Answer:
        targets.append(seen.target)
        return Answer({"id": "a/b?c", "status": "SUCCEEDED"})

    with connected(cloud, set_connection):  # type: ignore[arg-type]
        assert run(run_job()) == "a/b?c"
    assert targets[1] == f"{RUNS}/a%2Fb%3Fc"


# --- what is checked when the DAG is parsed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"effect": "update"}, "effect='update': it offers 'read' or 'idempotent' or 'create'"),
        ({"on_unknown": "shrug"}, "on_unknown='shrug'"),
        ({"result_path": "Data..Id"}, r"result_path='Data\.\.Id' is no path"),
        ({"result_path": ""}, None),
        ({"product": 5}, "product=5: it is a text"),
        ({"form": "[1]"}, "form=.*: it is a mapping"),
        ({"form": "{"}, "form=.*no valid JSON text"),
        ({"host": "http://x/"}, "host must be a host name"),
        ({"json_parameters": ["Tags"]}, "json_parameters names Tags"),
        ({"find": {"action": "GetTask"}}, "find without found_path"),
        ({"find": {"found_path": "Data"}}, "find without action"),
        ({"find": {"action": "GetTask", "found_path": "["}}, r"find\.found_path='\[' is no path"),
        ({"find": {"action": "GetTask", "found_path": "Data", "settle": -1}}, r"find\.settle=-1: it is a number"),
        ({"find": {"action": "A", "found_path": "D"}, "result_path": None}, "find without result_path"),
        (
            {"find": {"action": "A", "found_path": "D"}, "effect": "idempotent"},
            "got find, and its request is no create",
        ),
        ({"wait_for": ["x"]}, "wait_for=.*: it is a mapping"),
        ({"wait_for": {**END_OF_TASK, "good": []}}, r"got no wait_for\.good"),
        ({"wait_for": {**END_OF_TASK, "good": [1]}}, r"wait_for\.good=\[1\]: it is a list of states"),
        ({"wait_for": {**END_OF_TASK, "bad": ["finish "]}}, r"got finish in wait_for\.good and in wait_for\.bad"),
        ({"wait_for": {**END_OF_TASK, "state_path": "a."}}, r"wait_for\.state_path='a\.' is no path"),
        ({"wait_for": {**END_OF_TASK, "reason_path": "a["}}, r"wait_for\.reason_path"),
        ({"wait_for": {**END_OF_TASK, "stat_path": "a"}}, "wait_for with stat_path: it takes product, .*state_path"),
        ({"wait_for": {"state_path": "a", "good": "x"}}, "wait_for without action"),
        ({"refused_codes": ["*"]}, r"refused_codes=\['\*'\]: it is a list of codes"),
        ({"refused_codes": [4711]}, r"refused_codes=\[4711\]: it is a list of codes"),
        ({"wait_for": END_OF_TASK, "result_path": None}, r"got \{result\} in wait_for and no result_path"),
        ({"wait_for": {**END_OF_TASK, "cancel": {"form": {}}}}, r"wait_for\.cancel without action"),
        ({"wait_for": {**END_OF_TASK, "product": "ecs"}}, "wait_for without version"),
        ({"timeout": 0}, "timeout=0"),
    ],
)
def test_a_wrong_literal_fails_the_import(arguments: dict[str, Any], said: str | None) -> None:
    if said is None:
        assert create_task(**arguments).result_path is None
        return
    with pytest.raises(InvalidParameter, match=said) as caught:
        create_task(**arguments)
    assert "AlibabaCloudApiOperator 'call'" in str(caught.value)


def test_a_path_of_huawei_cloud_is_checked_too() -> None:
    with pytest.raises(InvalidParameter, match="HuaweiCloudApiOperator 'call' cannot send its request: path must"):
        huawei(service="vpc", path="v1/vpcs")
    with pytest.raises(InvalidParameter, match=r"wait_for\.cancel without method"):
        run_job(wait_for={**END_OF_RUN, "cancel": {"path": "/x"}})
