"""DataWorks workflows, run and backfilled: made once in two steps, found by a tag, waited for, and why they failed."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from contextlib import nullcontext
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote_plus

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, TaskDeferred

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import (
    IdentityChanged,
    InvalidParameter,
    NoAnswer,
    OutcomeUnknown,
    RunFailed,
    ScopeChanged,
    Stopped,
    WaitTimedOut,
)
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import (
    BackfillDataWorksOperator,
    RunDataWorksWorkflowOperator,
)
from airflow_provider_cloudflows.operators.run import run_token
from airflow_provider_cloudflows.provisioning import by_job
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, begun
from airflow_provider_cloudflows.sandbox.dataworks import instances
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ON_DEMAND, put_workflow
from airflow_provider_cloudflows.sandbox.operations import Birth
from airflow_provider_cloudflows.transport import client
from tests.airflow_versions import HAS_STATE_STORE, needs_state_store
from tests.conftest import SetConnection
from tests.operators.material import TaskInstance
from tests.operators.tries import FOR_EVER, Store, deferred_or_not, only_event, run

PROJECT, WORKFLOW = world.DATAWORKS_PROJECT_ID, world.DATAWORKS_WORKFLOW_ID
CREATION, INSTANCE = "dataworks.workflow_creation", "dataworks.workflow_instance"
SOON = {"poll_interval": 0.01, "timeout": 20, "settle": 0, "project_id": PROJECT}
LONG_AGO = "2019-12-31"  # no schedule ran then
RUN_TI = TaskInstance(task_id="run")
KEPT: Any = {"task_state_store": Store()} if HAS_STATE_STORE else {}
RUN_CONTEXT: Any = {"ti": RUN_TI, "dag_run": RUN_TI.dag_run, **KEPT}
TOKEN = run_token(RUN_CONTEXT, "run")


@pytest.fixture(autouse=True)
def _connected(connections: Running, no_pauses: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_job, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(by_job, "LONGEST_JOB", 3.0)
    monkeypatch.setattr(by_job, "SEND_WITHIN", 0.0)


def workflow(**more: Any) -> RunDataWorksWorkflowOperator:
    arguments = {"workflow_id": WORKFLOW, "biz_date": LONG_AGO, **SOON, **more}
    return RunDataWorksWorkflowOperator(task_id="run", **arguments)


def backfill(**more: Any) -> BackfillDataWorksOperator:
    arguments = {"workflow_id": WORKFLOW, "dates": {"start": "2019-12-30", "end": "2020-01-01"}, **SOON, **more}
    return BackfillDataWorksOperator(task_id="run", **arguments)


def runs(sandbox: Running) -> list[dict[str, Any]]:
    return [one for one in sandbox.state().get(INSTANCE, []) if one["Type"] != "Normal"]


def creations(sandbox: Running) -> int:
    return len(sandbox.state().get(CREATION, []))


def sent(sandbox: Running) -> dict[str, Any]:
    """What the last create asked for."""
    document: dict[str, Any] = sandbox.state()[CREATION][-1]["Sent"]
    return document


# --- one run ---------------------------------------------------------------------------------------------------------


def test_the_request_bears_a_tag_and_a_name_that_belong_to_the_task_instance(sandbox: Running) -> None:
    for ti in (TaskInstance(task_id="run"), TaskInstance(task_id="run", run_id="manual__2")):
        run(workflow(run_name="load {{ params.day }}", workflow_parameters={"day": "{{ params.day }}"}), ti=ti, day="x")
    first, second = (one["Sent"] for one in sandbox.state()[CREATION])
    assert first["Name"] != second["Name"]
    assert first["Tags"] != second["Tags"]
    for one in (first, second):
        ((tag,), token) = one["Tags"], one["Name"].removeprefix("load x_")
        assert tag == {"Key": "cloudflows", "Value": token}
        assert (one["Type"], one["WorkflowParameters"]) == ("ManualWorkflow", '{"day":"x"}')
        assert one["Periods"] == {"BizDates": [{"EndBizDate": LONG_AGO, "StartBizDate": LONG_AGO}]}


def test_the_ids_and_a_link_are_there_before_the_wait_begins(sandbox: Running) -> None:
    sandbox.courses.add(INSTANCE, ending="never")
    ti = TaskInstance(task_id="run")
    with pytest.raises(WaitTimedOut, match=r"workflow instance 500001 was not over"):
        run(workflow(timeout=0.05), ti=ti)
    assert (ti.pushed["run_id"], ti.pushed["instance_ids"]) == (500001, [500001])
    assert ti.pushed["console_url"] == f"https://workbench2-cn-hangzhou.data.aliyun.com/?defaultProjectId={PROJECT}"


def test_a_creation_that_fails_says_why_and_the_next_try_sends_it_again(sandbox: Running) -> None:
    sandbox.courses.add(CREATION, seconds=0.0, ending="bad", reason="no\r\n\tresource\x1bgroup")
    store = Store()
    with pytest.raises(RunFailed, match=r"ended as CreateFailure: no resource group; .* a further try sends it again"):
        run(workflow(), store)
    assert run(workflow(), store) == 500001
    assert (creations(sandbox), len(runs(sandbox))) == (2, 1)


@needs_state_store
def test_a_retry_goes_on_with_the_creation_of_the_try_before(sandbox: Running, monkeypatch: Any) -> None:
    sandbox.courses.add(CREATION, seconds=1000.0)
    monkeypatch.setattr(by_job, "LONGEST_JOB", 0.05)
    store = Store()
    with pytest.raises(WaitTimedOut, match="the next try of the task waits for it again"):
        run(workflow(), store)
    sandbox.advance(1001)
    assert run(workflow(), store) == 500001
    assert creations(sandbox) == 1


class Killed(BaseException):
    """What a killed worker never sees."""


class Killer:
    """Ends the process, as far as its code can tell, at one of its calls: before it leaves, or after it is answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.answered, self.calls = -1, False, 0
        real = CloudClient._exchange

        def exchange(client: Any, *arguments: Any) -> Any:
            self.calls += 1
            is_the_end = self.calls == self.left
            if is_the_end and not self.answered:
                raise Killed
            reply = yield from real(client, *arguments)
            if is_the_end:
                raise Killed
            return reply

        monkeypatch.setattr(CloudClient, "_exchange", exchange)

    def at(self, call: int, answered: bool) -> None:
        self.left, self.answered, self.calls = call, answered, 0


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "after it is answered"])
@pytest.mark.parametrize("make", [workflow, backfill], ids=["run", "backfill"])
def test_a_kill_between_any_two_steps_leads_to_the_same_run(
    make: Any, answered: bool, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer, call, done = Killer(monkeypatch), 0, False
    while not done:
        call += 1
        sandbox.reset()
        sandbox.courses.add(CREATION, seconds=0.0, times=0)
        sandbox.courses.add(INSTANCE, seconds=0.0, times=0)
        store = Store()
        killer.at(call, answered)
        try:
            run(make(), store)
            done = True
        except Killed:
            killer.at(-1, False)
            run(make(), store)
        assert creations(sandbox) == 1, call
        made = [one["Id"] for one in runs(sandbox)]
        kept = json.loads(store.kept["cloudflows_intent/run"])
        assert [kept["resource_id"], *kept["others"]] == made, call
    assert call > 4


@needs_state_store
@pytest.mark.parametrize("lag", ["creation", "list"])
def test_a_lost_answer_is_looked_for_as_long_as_the_service_may_take(lag: str, sandbox: Running) -> None:
    sandbox.courses.add(CREATION, seconds=0.4 if lag == "creation" else 0.0)
    sandbox.settings.list_lag = 0.4 if lag == "list" else 0.0
    sandbox.faults.add("CreateWorkflowInstances", "html", when="after", times=1)
    ti = TaskInstance(task_id="run")
    assert run(workflow(), Store(), ti=ti) == 500001
    assert (creations(sandbox), ti.pushed["how"]["how"]) == (1, "found")


@needs_state_store
@pytest.mark.parametrize("times", [1, 4])
def test_an_operation_that_is_not_found_for_a_moment_is_no_reason_for_another(times: int, sandbox: Running) -> None:
    sandbox.courses.add(CREATION, seconds=0.8, times=0)
    sandbox.faults.add("GetCreateWorkflowInstancesResult", "gateway_404", times=times)
    store = Store()
    with pytest.raises(OutcomeUnknown) if times > 1 else nullcontext():
        run(workflow(), store)
    run(workflow(), store)
    assert (creations(sandbox), len(runs(sandbox))) == (1, 1)


@needs_state_store
def test_what_a_failed_operation_made_is_not_taken_for_the_whole(sandbox: Running) -> None:
    """One of three dates came to be, and the list shows it a moment later."""
    sandbox.courses.add(CREATION, seconds=0.0, ending="bad", reason="no quota")
    sandbox.courses.add(INSTANCE, seconds=0.0, times=0)
    left = {"Name": "left", "Type": "SupplementData", "ProjectId": PROJECT, "WorkflowId": WORKFLOW}
    left |= {"BizDate": 1577635200000, "Tags": [{"Key": "cloudflows", "Value": TOKEN}]}
    sandbox.events.add("GetCreateWorkflowInstancesResult", "insert", INSTANCE, fields=left)
    sandbox.advance(60)  # the workflow has been there for longer than lists lag
    sandbox.settings.list_lag = 0.2
    store = Store()
    told: list[str] = []
    ids = None
    while ids is None and len(told) < 3:
        try:
            ids = run(backfill(settle=0.3), store)
        except RunFailed as failure:  # what is left has to come to its end first
            told.append(str(failure))
            sandbox.advance(3600)
    assert "a further try sends it again" in told[-1]
    assert ids == [500002, 500003, 500004]
    assert creations(sandbox) == 2


@needs_state_store
@pytest.mark.parametrize("made", [0, -1, 2**70, 500001], ids=["0", "-1", "2**70", "another task's"])
def test_an_operation_that_names_nothing_of_ours_is_followed_by_a_look_and_by_no_other(
    made: int, sandbox: Running
) -> None:
    """It has ended well, so it has made something, which no list shows, also when the next try looks."""
    sandbox.insert(INSTANCE, ProjectId=PROJECT, Tags=[{"Key": "cloudflows", "Value": "another"}])
    sandbox.courses.add(CREATION, seconds=0.0)
    sandbox.events.add("CreateWorkflowInstances", "alter", CREATION, id="newest", fields={"Made": [made]})
    store = Store()
    for _ in range(2):
        with pytest.raises(NoAnswer, match=r"ended well, and the list does not show what it made; .* nothing more is"):
            run(workflow(), store)
    assert creations(sandbox) == 1


@deferred_or_not
def test_a_backfill_of_which_the_service_made_a_part_is_no_good_end(deferrable: bool, sandbox: Running) -> None:
    """The operation has ended well, with an instance for two of three dates."""
    made = []
    for number in range(2):
        fields: dict[str, Any] = {"ProjectId": PROJECT, "BizDate": 1577635200000 + number * 86_400_000}
        made.append(sandbox.insert(INSTANCE, **fields)["Id"])
        sandbox.end(INSTANCE, made[-1])
    sandbox.events.add("CreateWorkflowInstances", "alter", CREATION, id="newest", fields={"Made": made})
    with pytest.raises(RunFailed, match="500001, 500002 ended as Success: the service made no run for 1 of"):
        run(backfill(deferrable=deferrable), Store())
    assert creations(sandbox) == 1


@needs_state_store
def test_a_backfill_of_which_the_lists_lack_a_date_is_looked_for_again(sandbox: Running) -> None:
    """The answer is lost, and the last date shows up when the others have been seen."""
    sandbox.faults.add("CreateWorkflowInstances", "html", times=1)
    made = {"Type": "SupplementData", "ProjectId": PROJECT, "WorkflowId": WORKFLOW}
    made["Tags"] = [{"Key": "cloudflows", "Value": TOKEN}]
    for number, after in enumerate((1, 1, 4)):
        fields = {**made, "BizDate": 1577635200000 + number * 86_400_000}
        sandbox.events.add("ListWorkflowInstances", "insert", INSTANCE, fields=fields, nth=after)
    assert run(backfill(wait=False), Store()) == [500001, 500002, 500003]
    assert creations(sandbox) == 0


def test_another_name_is_another_run(sandbox: Running) -> None:
    """Also where what ran under the first one is still there, as after a DAG run that was deleted and made again."""
    assert [run(workflow(run_name=name), Store()) for name in ("a", "a", "b", None)] == [500001, 500001, 500002, 500003]


@needs_state_store
def test_another_business_date_is_another_run_and_not_started_beside_the_first(sandbox: Running) -> None:
    store = Store()
    run(workflow(), store)
    with pytest.raises(IdentityChanged, match="let name and place render alike"):
        run(workflow(biz_date="2020-01-01"), store)
    assert creations(sandbox) == 1


def test_by_default_it_runs_for_the_day_before_the_end_of_the_data_interval(sandbox: Running) -> None:
    operator = workflow(biz_date=None)
    for context, expected in (
        # Midnight in UTC is the morning in Shanghai; 16:00 in UTC is midnight there.
        ({"data_interval_start": at("2026-03-01T00:00"), "data_interval_end": at("2026-03-02T00:00")}, "2026-03-01"),
        ({"data_interval_start": at("2026-02-28T16:00"), "data_interval_end": at("2026-02-28T16:00")}, "2026-02-28"),
        ({"dag_run": SimpleNamespace(run_after=at("2026-02-28T15:59"))}, "2026-02-27"),
    ):
        operator.execute({"ti": TaskInstance(task_id="run", run_id=expected), **context})  # type: ignore[typeddict-item]
        assert sent(sandbox)["Periods"]["BizDates"] == [{"EndBizDate": expected, "StartBizDate": expected}]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_connection_that_leads_to_another_account_meanwhile_is_noticed(
    sandbox: Running, set_connection: SetConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """There, a run of the same id has succeeded, and another is not to be stopped."""
    sandbox.courses.add(INSTANCE, ending="never")
    ti, other, store = TaskInstance(task_id="run"), world.OTHER_ALIBABA_ACCOUNT, sandbox.sandbox.store
    context: Any = {"ti": ti}
    with pytest.raises(TaskDeferred) as deferred:
        workflow(deferrable=True).execute(context)
    theirs = {"Id": ti.pushed["run_id"], "ProjectId": PROJECT, COURSE: begun(0.0, Script(seconds=0.0))}
    instances.INSTANCE.insert(Birth(store.of(other.id), other, store.now()), theirs)
    key, former = world.OTHER_ALIBABA_KEY, json.loads(sandbox.connections["AIRFLOW_CONN_ALIBABACLOUD_DEFAULT"])
    set_connection("alibabacloud_default", **{**former, "login": key.id, "password": key.secret})
    before = len(sandbox.requests())
    trigger = deferred.value.trigger
    event = asyncio.run(only_event(trigger))
    assert f"account='{other.id}'" in event["error"]
    with pytest.raises(
        (ScopeChanged, AirflowFailException), match=r"workflow instance 500001 was sent to .* and would now go to"
    ):
        workflow(deferrable=True).resume(context, {**event, "error": None})
    asyncio.run(trigger.on_kill())
    assert f"account='{other.id}'" in caplog.text
    assert {one["operation"] for one in sandbox.requests()[before:]} == {"GetCallerIdentity"}


def stop_when(operator: Any, is_time: Any) -> threading.Thread:
    def stop() -> None:
        deadline = time.monotonic() + 20
        while not is_time() and time.monotonic() < deadline:
            time.sleep(0.01)
        operator.on_kill()

    thread = threading.Thread(target=stop)
    thread.start()
    return thread


@needs_state_store
def test_a_task_that_is_stopped_while_its_instances_are_made_stops_them(sandbox: Running, monkeypatch: Any) -> None:
    sandbox.courses.add(CREATION, looks=1)
    sandbox.courses.add(INSTANCE, ending="never", times=0)
    monkeypatch.setattr(by_job, "LONGEST_JOB", 1e5)  # pauses pass at once: so many looks that the stop comes first
    operator = backfill()
    thread = stop_when(operator, lambda: creations(sandbox))
    with pytest.raises(Stopped):
        run(operator, Store())
    thread.join()
    assert [one["Status"] for one in runs(sandbox)] == ["Failure"] * 3


def test_a_stop_that_the_service_refuses_is_told(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    sandbox.courses.add(INSTANCE, ending="never", cancel="refused")
    operator = workflow(timeout=FOR_EVER)
    thread = stop_when(operator, lambda: operator._is_waiting)
    with caplog.at_level(logging.WARNING), pytest.raises(Stopped):
        run(operator)
    thread.join()
    assert "may go on: the service did not stop it: 500001: The workflow instance 500001 cannot be" in caplog.text


# --- a bad end -------------------------------------------------------------------------------------------------------


def test_the_ends_of_the_logs_of_failed_tasks_are_in_the_task_s_log(
    sandbox: Running, caplog: pytest.LogCaptureFixture, capsys: Any
) -> None:
    script = "\n".join([*(f"line {number}" for number in range(300)), "SET password = 'hunter22';",
                        f"-- {world.ALIBABA_KEY.secret} of LTAI5tSomebodysKey000001", "--token: abcdefgh"])  # fmt: skip
    tasks = [{"Name": "copy"}, {"Name": "sum", "Script": script}]
    number = put_workflow(sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT, "etl", tasks, trigger=ON_DEMAND)
    sandbox.courses.add(INSTANCE, seconds=0.0, ending="bad", reason="table not found")
    operator = workflow(workflow_id=number)
    told: list[str] = []
    operator._cached_logger = SimpleNamespace(
        error=lambda text, *values: told.append(text % values),
        warning=lambda *values: None,
        info=lambda *values: None,
        exception=lambda *values: None,
    )
    with pytest.raises(RunFailed) as caught:
        run(operator)
    assert caught.value.sentence().startswith(
        "workflow instance 500001 ended as Failure: task sum (instance 600002) is Fai"
    )
    assert "table not found" in str(caught.value)
    (log,) = told
    lines = log.splitlines()
    assert (len(lines), lines[1]) == (201, "line 104")  # after a heading
    for secret in ("hunter22", world.ALIBABA_KEY.secret, "LTAI5tSomebodysKey000001", "abcdefgh"):
        assert secret not in log
    assert "SET password = ***" in log


def test_a_log_that_cannot_be_read_hides_no_failure(sandbox: Running) -> None:
    sandbox.courses.add(INSTANCE, seconds=0.0, ending="bad", times=2)
    sandbox.faults.add("GetTaskInstanceLog", "error", status=403, code="Forbidden", times=9)
    with pytest.raises(RunFailed, match=r"task sum_sales \(instance 600002\) is Failure; "):
        run(workflow())
    sandbox.faults.add("ListTaskInstances", "error", status=403, code="Forbidden", times=9)
    with pytest.raises(RunFailed, match=r"ended as Failure, and the service gives no reason"):
        run(workflow(), ti=TaskInstance(task_id="run", run_id="2"))


# --- backfills -------------------------------------------------------------------------------------------------------


@deferred_or_not
def test_a_backfill_is_one_create_and_waits_for_every_date(sandbox: Running, deferrable: bool) -> None:
    for looks in (1, 3, 2):
        sandbox.courses.add(INSTANCE, looks=looks)
    ti = TaskInstance(task_id="run")
    ids = run(backfill(deferrable=deferrable, parallelism="2"), ti=ti)
    assert ids == [one["Id"] for one in runs(sandbox)] == ti.pushed["instance_ids"]
    assert {one["Status"] for one in runs(sandbox)} == {"Success"}
    properties = sent(sandbox)["DefaultRunProperties"]
    assert (properties["RootTaskIds"], properties["Parallelism"]) == (sorted(world.DATAWORKS_TASKS), 2)
    assert creations(sandbox) == 1


def test_a_deferred_backfill_looks_at_each_run_a_few_times_however_many_there_are(sandbox: Running) -> None:
    sandbox.courses.add(CREATION, seconds=0.0)
    for looks in range(1, 6):
        sandbox.courses.add(INSTANCE, looks=looks)
    ids = run(backfill(dates={"start": "2019-12-27", "end": "2019-12-31"}, deferrable=True, timeout=300))
    looked_at = [one["parameters"]["Id"] for one in sandbox.requests() if one["operation"] == "GetWorkflowInstance"]
    assert len(ids) == 5
    assert looked_at.count(str(ids[0])) <= 5


@deferred_or_not
def test_a_backfill_names_each_date_s_failure_when_all_are_over(sandbox: Running, deferrable: bool) -> None:
    sandbox.courses.add(INSTANCE, looks=1, ending="bad", reason="no partition")
    sandbox.courses.add(INSTANCE, looks=4)
    sandbox.courses.add(INSTANCE, looks=1, ending="bad", reason="no table")
    with pytest.raises(RunFailed) as caught:
        run(backfill(deferrable=deferrable))
    text = caught.value.sentence()
    assert text.startswith("workflow instances 500001, 500003 ended as Failure: ")
    assert "no partition" in text
    assert "no table" in text
    assert [one["Status"] for one in runs(sandbox)] == ["Failure", "Success", "Failure"]


@needs_state_store
@pytest.mark.parametrize("lost", [False, True])
def test_a_backfill_of_which_any_date_failed_runs_again(sandbox: Running, lost: bool) -> None:
    sandbox.courses.add(CREATION, seconds=0.0, times=0)
    sandbox.courses.add(INSTANCE, seconds=0.0)
    sandbox.courses.add(INSTANCE, seconds=0.0, ending="bad")
    sandbox.courses.add(INSTANCE, seconds=0.0, times=0)
    if lost:
        sandbox.faults.add("CreateWorkflowInstances", "html", when="after", times=1)
    store = Store()
    with pytest.raises(RunFailed, match="workflow instance 500002 ended"):
        run(backfill(), store)
    assert run(backfill(), store) == [500004, 500005, 500006]
    assert run(backfill(), store) == [500004, 500005, 500006]
    assert creations(sandbox) == 2


@needs_state_store
def test_a_backfill_that_must_not_run_twice_does_not(sandbox: Running) -> None:
    sandbox.courses.add(INSTANCE, seconds=0.0)
    sandbox.courses.add(INSTANCE, seconds=0.0, ending="bad")
    store = Store()
    for _ in range(2):
        with pytest.raises(RunFailed):
            run(backfill(rerun="never"), store)
    assert creations(sandbox) == 1


def test_the_end_of_a_deferred_backfill_stops_every_run(sandbox: Running) -> None:
    sandbox.courses.add(INSTANCE, ending="never", times=0)
    with pytest.raises(TaskDeferred) as deferred:
        backfill(deferrable=True).execute({"ti": TaskInstance(task_id="run"), "params": {}})  # type: ignore[typeddict-item]
    asyncio.run(deferred.value.trigger.on_kill())
    assert [one["Status"] for one in runs(sandbox)] == ["Failure"] * 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2020-01-01", [("2020-01-01", "2020-01-01")]),
        (date(2020, 1, 1), [("2020-01-01", "2020-01-01")]),
        ('["2020-01-01"]', [("2020-01-01", "2020-01-01")]),
        ('{"start": "2020-01-01", "end": "2020-01-02"}', [("2020-01-01", "2020-01-02")]),
        (["20200101", "2019-12-31", "2020-01-03"], [("2019-12-31", "2020-01-01"), ("2020-01-03", "2020-01-03")]),
        ({"start": "2020-01-31", "end": "2020-02-02"}, [("2020-01-31", "2020-02-02")]),
    ],
)
def test_dates_may_be_given_in_several_ways(sandbox: Running, given: Any, expected: list[Any]) -> None:
    run(backfill(dates=given, wait=False))
    found = [(one["StartBizDate"], one["EndBizDate"]) for one in sent(sandbox)["Periods"]["BizDates"]]
    assert found == expected


def test_without_dates_it_runs_for_those_of_the_data_interval(sandbox: Running) -> None:
    interval = {"data_interval_start": at("2019-12-30T00:00"), "data_interval_end": at("2020-01-02T00:00")}
    context: Any = {"ti": TaskInstance(task_id="run"), **interval}
    backfill(dates=None, wait=False).execute(context)
    assert sent(sandbox)["Periods"]["BizDates"] == [{"EndBizDate": "2020-01-01", "StartBizDate": "2019-12-30"}]
    hour = {"data_interval_start": at("2020-01-01T01:00"), "data_interval_end": at("2020-01-01T02:00")}
    with pytest.raises(
        (InvalidParameter, AirflowFailException), match=r"no business date ended within the data interval .* give dates"
    ):
        backfill(dates=None).execute({"ti": TaskInstance(task_id="run"), **hour})  # type: ignore[typeddict-item]


@pytest.fixture
def pauses_pass(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pause take its time for the sandbox alone, so that nobody waits."""

    def moments(seconds: float, stop: Any) -> tuple[float, ...]:
        sandbox.advance(seconds)
        return ()

    monkeypatch.setattr(client, "moments", moments)


def test_a_backfill_right_after_publishing_runs_what_the_list_shows_a_moment_later(
    sandbox: Running, pauses_pass: None
) -> None:
    place = (sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT, "fresh")
    flow = put_workflow(*place, [{"Name": "load"}], trigger=ON_DEMAND)
    sandbox.advance(60)
    sandbox.settings.list_lag = 20
    put_workflow(*place, [{"Name": "load"}, {"Name": "sum"}], trigger=ON_DEMAND)
    run(backfill(workflow_id=flow, dates=LONG_AGO, wait=False, settle=21))
    assert sent(sandbox)["DefaultRunProperties"]["RootTaskIds"] == [
        one["Id"] for one in sandbox.state()["dataworks.task"] if one["WorkflowId"] == flow
    ]


DUE = {"dag_run": SimpleNamespace(run_after=at("2026-03-01T00:00"))}


@pytest.mark.parametrize(
    ("zone", "context", "expected"),
    [
        # A run that was started by hand, or by an asset, has no interval, and a date of its own in each time zone.
        ("Asia/Shanghai", DUE, "2026-02-28"),
        ("Pacific/Kiritimati", DUE, "2026-02-28"),
        ("America/New_York", DUE, "2026-02-27"),
        # A partition says which date is meant, whenever its run is due: in a backfill at its beginning.
        ("Asia/Shanghai", {**DUE, "partition_date": at("2026-03-01T00:00")}, "2026-03-01"),
        ("Asia/Shanghai", {**DUE, "partition_date": at("2024-02-28T16:00")}, "2024-02-29"),
        ("America/New_York", {**DUE, "partition_date": at("2026-03-08T05:00")}, "2026-03-08"),
        ("Asia/Shanghai", {**DUE, "partition_date": None}, "2026-02-28"),
    ],
)
def test_a_run_without_an_interval_is_for_the_date_of_its_partition_or_the_one_before_it_is_due(
    zone: str, context: Any, expected: str
) -> None:
    for operator in (workflow(biz_date=None, workspace_timezone=zone), backfill(dates=None, workspace_timezone=zone)):
        assert operator.dates_of(context) == (date.fromisoformat(expected),)


@pytest.mark.parametrize(("zone", "is_wrong"), [("Asia/Singapore", False), ("Europe/Berlin", True)])
def test_a_time_zone_that_is_not_the_workspaces_is_told(zone: str, is_wrong: bool, sandbox: Running) -> None:
    """The sandbox's workspaces reckon as Shanghai does."""
    told: list[str] = []
    operator = backfill(wait=False, workspace_timezone=zone)
    operator._cached_logger = SimpleNamespace(warning=lambda text, *values: told.append(text % values))
    run(operator)
    assert ["begins at 2019-12-29T16:00:00+00:00, " in one and f"in {zone}; set" in one for one in told] == [
        True
    ] * is_wrong


def test_tasks_that_belong_to_no_workflow_are_backfilled_by_their_ids(sandbox: Running) -> None:
    first, _ = world.DATAWORKS_TASKS
    run(backfill(workflow_id=1, task_ids="[{{ params.task }}]"), task=first)
    assert sent(sandbox)["DefaultRunProperties"]["RootTaskIds"] == [first]
    made = [one["TaskId"] for one in sandbox.state()["dataworks.task_instance"]]
    assert made == [first] * 3


def test_a_dry_run_shows_the_dates_and_the_tasks_and_makes_nothing(sandbox: Running) -> None:
    operator = backfill(dates=["2020-01-01", "2020-02-29"])
    told: list[str] = []
    operator._cached_logger = SimpleNamespace(info=lambda text, *values: told.append(text % values))
    operator.dry_run()
    assert told[0] == "BackfillDataWorksOperator 'run' would create it."
    request = unquote_plus(told[1])
    assert '{"EndBizDate":"2020-02-29","StartBizDate":"2020-02-29"}' in request
    assert f'"RootTaskIds":{json.dumps(sorted(world.DATAWORKS_TASKS)).replace(" ", "")}' in request
    assert creations(sandbox) == 0


# --- arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "arguments", "complaint"),
    [
        (workflow, {"biz_date": "31.12.2019"}, "biz_date: '31.12.2019' is no date"),
        (workflow, {"biz_date": "9999-12-31"}, "biz_date: '9999-12-31' is no business date"),
        (workflow, {"run_type": "Normal"}, "run_type='Normal'"),
        (workflow, {"workflow_id": "daily"}, "workflow_id='daily'"),
        (workflow, {"workspace_timezone": "Asia/Shangai"}, "no time zone 'Asia/Shangai'"),
        (workflow, {"workspace_timezone": None}, "no time zone None"),
        (workflow, {"workspace_timezone": 8}, "no time zone 8"),
        (backfill, {"dates": []}, "holds no date"),
        (backfill, {"dates": 20200101}, "dates=20200101: it is a date, a list of dates, or a mapping"),
        (backfill, {"dates": True}, "dates=True: it is a date, a list of dates, or a mapping"),
        (backfill, {"dates": "[2020-01-01"}, "no JSON text"),
        (backfill, {"dates": {"start": "2002-01-01", "end": "2020-01-01"}}, "at most 3660 days; is a year mistyped?"),
        (backfill, {"task_ids": {"a": 1}}, "an id of a task is a number"),
        (backfill, {"task_ids": [1.5]}, "task_ids=1.5: an id of a task is a number"),
        (backfill, {"task_ids": [True]}, "task_ids=True: an id of a task is a number"),
        (backfill, {"dates": {"from": "2020-01-01"}}, "a mapping has start and end"),
        (backfill, {"dates": {"start": "2020-01-02", "end": "2020-01-01"}}, "holds no date"),
        (backfill, {"parallelism": 11}, "parallelism=11: it is 1 to 10"),
        (backfill, {"workflow_id": 1}, "needs a workflow_id, or task_ids"),
    ],
)
def test_what_breaks_a_rule_fails_the_import_of_the_dag(make: Any, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        make(**arguments)
    assert complaint in str(caught.value)
