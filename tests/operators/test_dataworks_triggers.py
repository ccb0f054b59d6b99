"""Nodes of DataWorks that wait for a call: triggered by either API version, once, and waited for."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, time
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_cloudflows.errors import InvalidParameter, RunFailed, WaitTimedOut
from airflow_provider_cloudflows.operators.dataworks.trigger import TriggerDataWorksNodeOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import BackfillDataWorksOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import put_workflow
from airflow_provider_cloudflows.services.dataworks.task_instance import TaskInstanceList
from airflow_provider_cloudflows.services.dataworks.trigger import TriggeredTask
from tests.airflow_versions import needs_state_store
from tests.operators.material import TaskInstance
from tests.operators.test_dataworks_runs import Killed, Killer
from tests.operators.tries import Store, deferred_or_not, run

PROJECT = world.DATAWORKS_PROJECT_ID
RUN, PART = "dataworks.workflow_instance", "dataworks.task_instance"
DAY = "2026-01-31"
MIDNIGHT = 1_769_788_800_000  # of that day, at +0800
DUE = MIDNIGHT + 86_400_000
OPERATIONS = {"2020-05-18": "RunTriggerNode", "2024-05-18": "TriggerSchedulerTaskInstance"}
SUCCESS = {"2020-05-18": "SUCCESS", "2024-05-18": "Success"}
versions = pytest.mark.parametrize("version", OPERATIONS)

pytestmark = pytest.mark.usefixtures("connections", "no_pauses", "leaves_soon")


def publish(sandbox: Running) -> int:
    """A workflow that is nothing but the node; returns the node's id."""
    place = (sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT)
    put_workflow(*place, "gated", [{"Name": "gate", "Type": choices.TRIGGERED_TYPE.value}], now=MIDNIGHT / 1000)
    return int(sandbox.state()["dataworks.task"][-1]["Id"])


def trigger(node: int | str, version: str, **more: Any) -> TriggerDataWorksNodeOperator:
    soon = {"poll_interval": 0.01, "timeout": 20, "settle": 0}
    arguments = {"project_id": PROJECT, "dataworks_node_id": node, "biz_date": DAY, "api_version": version}
    return TriggerDataWorksNodeOperator(task_id="run", **{**soon, **arguments, **more})


def sent(sandbox: Running, version: str) -> list[dict[str, Any]]:
    return [one["parameters"] for one in sandbox.requests() if one["operation"] == OPERATIONS[version]]


def gates(sandbox: Running) -> list[Any]:
    return [one for one in sandbox.state()[RUN] if one["Name"] == "gated"]


@versions
@deferred_or_not
def test_it_triggers_the_instance_of_the_date_and_returns_its_id(
    version: str, deferrable: bool, sandbox: Running
) -> None:
    node = publish(sandbox)
    sandbox.courses.add(RUN, match={"Name": "gated"}, looks=4, unknown="DREAMING", unknown_looks=1)
    ti = TaskInstance(task_id="run")
    number = run(trigger("{{ params.node }}", version, deferrable=deferrable), ti=ti, node=node)
    (shown,) = [one for one in sandbox.state()[PART] if one["TaskName"] == "gate"]
    assert (number, ti.pushed["run_id"]) == (shown["Id"], shown["Id"])
    assert ti.pushed["response"] == {
        "CycleTime": DUE,
        "InstanceId": number,
        "NodeName": "gate",
        "Status": SUCCESS[version],
    }
    (request,) = sent(sandbox, version)
    assert request == (
        {"AppId": str(PROJECT), "NodeId": str(node), "BizDate": str(MIDNIGHT), "CycleTime": str(DUE)}
        if version == "2020-05-18"
        else {"EnvType": "Prod", "TaskId": str(node), "TriggerTime": str(DUE)}
    )


@versions
def test_without_a_date_the_instance_follows_from_the_data_interval_and_its_cycle_time(
    version: str, sandbox: Running
) -> None:
    node = publish(sandbox)
    end = datetime(2026, 1, 31, 16, tzinfo=UTC)
    context: Any = {"ti": TaskInstance(task_id="run"), "data_interval_start": end, "data_interval_end": end}
    trigger(node, version, biz_date=None, cycle_time=time(0, 0)).execute(context)
    assert [one["TriggerTime"] for one in sandbox.state()[PART] if one["TaskName"] == "gate"] == [DUE]
    assert [one["Status"] for one in gates(sandbox)] == ["Success"]


@versions
def test_a_backfill_of_the_same_cycle_time_is_not_taken_for_the_instance_of_the_schedule(
    version: str, sandbox: Running
) -> None:
    node = publish(sandbox)
    flow = sandbox.state()["dataworks.workflow"][-1]["Id"]
    place: dict[str, Any] = {"project_id": PROJECT, "poll_interval": 0.01, "settle": 0}
    run(BackfillDataWorksOperator(task_id="b", workflow_id=flow, task_ids=[node], dates=DAY, **place))
    cloud = sandbox.sandbox.store.of(world.ALIBABA_ACCOUNT.id)
    (other,) = (one for one in cloud.all(PART) if one["WorkflowInstanceType"] == "SupplementData")
    cloud.update(PART, str(other["Id"]), {**other, "TriggerTime": DUE})
    assert run(trigger(node, version), Store()) != other["Id"]
    assert len(sent(sandbox, version)) == 1


@versions
def test_the_instance_may_be_on_any_page_of_the_list(version: str, sandbox: Running) -> None:
    """Of a node that runs every minute a date has 1,440, the newest on the first page."""
    node = publish(sandbox)
    run(trigger(node, version, wait=False))
    sandbox.courses.add(RUN, match={"Name": "gated"}, looks=3)
    (mine,) = (one for one in sandbox.state()[PART] if one["TaskName"] == "gate")
    others = {name: mine[name] for name in ("TaskId", "ProjectId", "Bizdate", "WorkflowInstanceId")}
    for minute in range(1, 4):
        sandbox.insert(PART, **others, TriggerTime=DUE + minute * 60_000)
    sandbox.settings.page_cap = 2
    assert run(trigger(node, version)) == mine["Id"]


@pytest.mark.parametrize("other", [{"TaskId": 6}, {"WorkflowInstanceType": "SupplementData"}], ids=str)
def test_an_instance_of_another_node_or_kind_of_run_is_not_taken_for_the_triggered_one(other: dict[str, Any]) -> None:
    """A service may let go of a filter without a word."""
    place = {"project_id": 1, "task_id": 5, "env_type": "Prod", "biz_date": MIDNIGHT, "cycle_time": DUE}
    mine = {"Id": 9, "TaskId": 5, "WorkflowInstanceType": "Normal", "TriggerTime": DUE, "Status": "Success"}
    for shown, number in ((mine, 9), ({**mine, **other}, None)):
        page = TaskInstanceList.model_validate({"PagingInfo": {"TotalCount": 1, "TaskInstances": [shown]}})
        found = TriggeredTask(place).item_of(page, DUE)
        assert (found and found.instance_id) == number


def test_a_node_of_another_workspace_is_told_in_the_log(sandbox: Running) -> None:
    """The call of the newer version names no workspace, and the list of another one never shows the instance."""
    node, told = publish(sandbox), list[str]()
    operator = trigger(node, "2024-05-18", project_id=world.DATAWORKS_PROJECT_ID_TWO, timeout=0.05)
    operator._cached_logger = SimpleNamespace(warning=lambda text, *values: told.append(text % values))
    with pytest.raises(WaitTimedOut):
        run(operator)
    assert f"no list of workspace {world.DATAWORKS_PROJECT_ID_TWO} shows the instance yet" in told[0]


@versions
def test_an_instance_that_does_not_exist_is_refused(version: str, sandbox: Running) -> None:
    node = publish(sandbox)
    with pytest.raises(Exception, match=rf"has no instance for {DUE + 6 * 3_600_000 + 1_800_000}"):
        run(trigger(node, version, cycle_time="06:30"))


@versions
@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "after it is answered"])
def test_a_kill_between_any_two_steps_leads_to_the_same_instance(
    version: str, answered: bool, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer, call, done = Killer(monkeypatch), 0, False
    while not done:
        call += 1
        sandbox.reset()
        node = publish(sandbox)
        sandbox.courses.add(RUN, match={"Name": "gated"}, seconds=0.0, times=0)
        store = Store()
        killer.at(call, answered)
        try:
            first = run(trigger(node, version), store)
            done = True
        except Killed:
            killer.at(-1, False)
            first = run(trigger(node, version), store)
        killer.at(-1, False)
        assert json.loads(store.kept["cloudflows_intent/run"])["resource_id"] == DUE, call
        assert [one["Status"] for one in gates(sandbox)] == ["Success"]
        assert first == run(trigger(node, version), store)
    assert call > 3


@versions
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_followed_by_a_look_and_only_what_waits_is_triggered_again(
    version: str, when: str, sandbox: Running
) -> None:
    node = publish(sandbox)
    sandbox.courses.add(RUN, match={"Name": "gated"}, seconds=0.0, times=0)
    sandbox.faults.add(OPERATIONS[version], "html", when=when, times=1)
    ti = TaskInstance(task_id="run")
    run(trigger(node, version), Store(), ti=ti)
    assert len(sent(sandbox, version)) == (2 if when == "before" else 1)
    assert ti.pushed["how"]["how"] == ("made" if when == "before" else "found")


@versions
def test_one_that_was_triggered_already_is_waited_for(version: str, sandbox: Running) -> None:
    node = publish(sandbox)
    sandbox.courses.add(RUN, match={"Name": "gated"}, looks=3)
    run(trigger(node, version, wait=False), ti=TaskInstance(task_id="run", run_id="other"))
    run(trigger(node, version))
    assert len(sent(sandbox, version)) == 1


@versions
def test_a_wait_that_is_over_goes_on_in_the_next_try_and_a_bad_end_is_final(version: str, sandbox: Running) -> None:
    node, store = publish(sandbox), Store()
    sandbox.courses.add(RUN, match={"Name": "gated"}, seconds=100.0, ending="bad")
    with pytest.raises(WaitTimedOut):
        run(trigger(node, version, timeout=0.05), store)
    sandbox.advance(101)
    for _ in range(2):
        with pytest.raises(RunFailed, match=rf"instance of the cycle time {DUE} ended as .* starts nothing again"):
            run(trigger(node, version), store)
    assert len(sent(sandbox, version)) == 1


@versions
@pytest.mark.parametrize("cancel", ["accepted", "refused"])
def test_the_end_of_a_deferred_task_stops_the_instance(
    version: str, cancel: str, sandbox: Running, caplog: pytest.LogCaptureFixture
) -> None:
    node = publish(sandbox)
    sandbox.courses.add(RUN, match={"Name": "gated"}, ending="never", cancel=cancel)
    with pytest.raises(TaskDeferred) as deferred:
        trigger(node, version, deferrable=True).execute({"ti": TaskInstance(task_id="run"), "params": {}})  # type: ignore[typeddict-item]
    asyncio.run(deferred.value.trigger.on_kill())
    assert [one["Status"] for one in gates(sandbox)] == ["Failure" if cancel == "accepted" else "Running"]
    assert ("cannot be stopped" in caplog.text) is (cancel == "refused")


@versions
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"api_version": "2021-01-01"}, "api_version='2021-01-01'"),
        ({"env_type": "PROD"}, "env_type='PROD'"),
        ({"cycle_time": "6 o'clock"}, "write it as 06:30"),
        ({"cycle_time": "25:00"}, "write it as 06:30"),
        ({"cycle_time": 630}, "cycle_time=630: write it as 06:30"),
        ({"cycle_time": None}, "cycle_time=None: write it as 06:30"),
        ({"cycle_time": datetime(2026, 1, 1, 6, 30, tzinfo=UTC)}, "write it as 06:30"),
        ({"cycle_time": time(6, 30, tzinfo=UTC)}, "write it as 06:30, in the workspace's time zone"),
        ({"biz_date": "31.12.2019"}, "is no date"),
        ({"dataworks_node_id": "gate"}, "dataworks_node_id='gate'"),
        ({"project_id": 0}, "project_id=0"),
    ],
)
def test_what_breaks_a_rule_fails_the_import_of_the_dag(
    version: str, arguments: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidParameter) as caught:
        trigger(**{"node": 1, "version": version, **arguments})
    assert complaint in str(caught.value)
