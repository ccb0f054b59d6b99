"""Instances of DataWorks' older workspaces that are there: waited for, stopped, run again, set to success."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout

from airflow_provider_cloudflows.errors import Conflict, InvalidParameter, OutcomeUnknown, RunFailed
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.operators import retries
from airflow_provider_cloudflows.operators.dataworks.dag import RunDataWorksManualFlowOperator
from airflow_provider_cloudflows.operators.dataworks.task_instance import (
    RerunDataWorksInstancesOperator,
    SetDataWorksInstancesSuccessOperator,
)
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import StopDataWorksRunOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ON_DEMAND, put_workflow
from airflow_provider_cloudflows.sensors.dataworks.scheduled_instances import DataWorksInstanceSensor
from airflow_provider_cloudflows.services.dataworks.dates import time_text, zone_named
from airflow_provider_cloudflows.services.dataworks.scheduled_nodes import NodeById
from airflow_provider_cloudflows.services.dataworks.service import DATAWORKS
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.poller import Poller
from airflow_provider_cloudflows.waiting.watch import Watch
from tests.airflow_versions import needs_state_store
from tests.operators.material import TaskInstance
from tests.operators.test_dataworks_runs import Killed, Killer
from tests.operators.tries import Store, deferred_or_not, run

PROJECT, NAME = world.DATAWORKS_PROJECT_ID, world.DATAWORKS_WORKFLOW_NAME
RUN, PART = "dataworks.workflow_instance", "dataworks.task_instance"
(FIRST, FIRST_NAME), (LAST, LAST_NAME) = world.DATAWORKS_TASKS.items()
TODAY = (datetime.now(UTC) + timedelta(hours=8)).date()  # in Shanghai
YESTERDAY = TODAY - timedelta(days=1)
OLDER = {"api_version": "2020-05-18", "project_id": PROJECT, "biz_date": YESTERDAY}
WHOSE = ({"workflow_name": NAME}, {"dataworks_task_id": str(LAST)}, {"dataworks_task_name": LAST_NAME})

each = pytest.mark.parametrize("whose", WHOSE, ids=lambda one: next(iter(one)))

pytestmark = pytest.mark.usefixtures("connections", "no_pauses")


def sensor(**more: Any) -> DataWorksInstanceSensor:
    return DataWorksInstanceSensor(task_id="wait", **{"poke_interval": 0.01, "timeout": 20, **OLDER, **more})


# --- waiting ---------------------------------------------------------------------------------------------------------


@deferred_or_not
@each
def test_what_the_schedule_ran_is_waited_for_by_name_or_id(
    whose: dict[str, Any], deferrable: bool, sandbox: Running
) -> None:
    sandbox.courses.add(RUN, match={"Type": "Normal"}, looks=3, unknown="Dreaming", unknown_looks=1)
    ti = TaskInstance(task_id="wait")
    assert run(sensor(deferrable=deferrable, **whose), ti=ti) == "SUCCESS"
    instances = len(world.DATAWORKS_TASKS) if "workflow_name" in whose else 1
    assert (str(ti.pushed["response"]["Key"]), len(ti.pushed["response"]["States"])) == (
        next(iter(whose.values())),
        instances,
    )
    assert {one["operation"] for one in sandbox.requests()} == {"ListInstances"}


@deferred_or_not
@each
def test_a_failed_instance_fails_the_task_and_is_named(
    whose: dict[str, Any], deferrable: bool, sandbox: Running
) -> None:
    sandbox.courses.add(RUN, match={"Type": "Normal"}, looks=1, ending="bad")
    with pytest.raises(RunFailed, match=r"ended as FAILURE: instance \d+ of \d; "):
        run(sensor(deferrable=deferrable, **whose))


def test_instances_that_are_not_there_yet_are_waited_for(sandbox: Running) -> None:
    waiting = {"workflow_name": NAME, "biz_date": TODAY}
    with pytest.raises(AirflowSensorTimeout):
        run(sensor(timeout=0.1, **waiting))
    sandbox.advance(24 * 3600)
    assert run(sensor(**waiting)) == "SUCCESS"


def test_only_the_kind_of_run_that_is_asked_for_counts(sandbox: Running) -> None:
    with pytest.raises(AirflowSensorTimeout):
        run(sensor(dataworks_task_id=LAST, instance_type="SupplementData", timeout=0.1))
    assert run(sensor(dataworks_task_id=LAST, instance_type="DAILY")) == "SUCCESS"


def test_many_waits_share_one_list(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [{"Name": f"n{number}"} for number in range(20)]
    put_workflow(sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT, "many", tasks, now=0.0)
    nodes = [one["Id"] for one in sandbox.state()["dataworks.task"] if one["Name"].startswith("n")]
    sandbox.courses.add(RUN, match={"Type": "Normal"}, looks=2, times=0)
    monkeypatch.setattr(DATAWORKS, "rate", 1000.0)
    date = time_text(YESTERDAY, zone_named("Asia/Shanghai"))
    identity = {"project_id": PROJECT, "instance_type": "Normal", "bizdate": date}

    async def wait_for_all() -> list[Any]:
        watches = [Watch.of(NodeById({**identity, "key": node}, {}), node) for node in nodes]
        async with AlibabaCloudHook() as hook:
            poller = Poller(await hook.aget_conn(watches[0].resource().reading(nodes[0])))
            return list(await asyncio.gather(*(poller.until_over(watch, Pace(0.05)) for watch in watches)))

    assert {one.state for one in asyncio.run(wait_for_all())} == {"SUCCESS"}
    assert 2 <= len(sandbox.requests()) <= 8  # a few rounds, of one page or two


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"workflow_id": 1}, "API version 2020-05-18 knows businesses and flows by their names"),
        ({"workflow_name": "x", "api_version": "2020"}, "api_version='2020'"),
        ({"dataworks_task_id": "x"}, "dataworks_task_id='x': it is a number"),
        ({"dataworks_task_id": 1, "instance_type": "Daily"}, "instance_type='Daily': it offers 'Normal' or"),
        ({"dataworks_task_id": 1, "instance_type": "TriggerWorkflow"}, "instance_type='TriggerWorkflow': it offers"),
        ({}, "needs exactly one of"),
    ],
)
def test_what_breaks_a_rule_fails_the_import_of_the_dag(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        sensor(**arguments)
    assert complaint in str(caught.value)


# --- stop, rerun, set success ----------------------------------------------------------------------------------------


@pytest.fixture
def failed(sandbox: Running) -> list[int]:
    """Two instances that failed, of two runs; the next runs succeed."""
    tasks = [{"Name": "copy"}, {"Name": "sum"}]
    put_workflow(sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT, "close", tasks, trigger=ON_DEMAND)
    sandbox.courses.add(RUN, seconds=0.0, ending="bad", times=2)
    for number in ("1", "2"):
        with pytest.raises(RunFailed):
            run(flow(), ti=TaskInstance(task_id="run", run_id=number))
    sandbox.courses.add(RUN, seconds=0.0, times=0)
    sandbox.advance(1)
    return [one["Id"] for one in sandbox.state()[PART] if one["TaskName"] == "sum"]


def flow(**more: Any) -> RunDataWorksManualFlowOperator:
    soon = {"poll_interval": 0.01, "settle": 0, "project_id": PROJECT, "flow_name": "close", "biz_date": "2019-12-31"}
    return RunDataWorksManualFlowOperator(task_id="run", **{**soon, **more})


def act(kind: Any, ids: Any, **more: Any) -> Any:
    return kind(task_id="act", instance_ids=ids, **{"api_version": "2020-05-18", **more})


def asked(sandbox: Running, operation: str) -> list[int]:
    requests = [one for one in sandbox.requests() if one["operation"] == operation]
    return [int(one["parameters"]["InstanceId"]) for one in requests]


def runs_of(sandbox: Running, ids: list[int]) -> list[int]:
    return [one["RunNumber"] for one in sandbox.state()[PART] if one["Id"] in ids]


def test_failed_instances_run_again_one_by_one_and_each_once(sandbox: Running, failed: list[int]) -> None:
    store, ti = Store(), TaskInstance(task_id="act")
    for _ in range(2):
        assert (
            run(act(RerunDataWorksInstancesOperator, "{{ params.ids | tojson }}"), store, ti=ti, ids=failed) == failed
        )
    assert runs_of(sandbox, failed) == ([2, 2] if retries._HAS_POLICIES else [3, 3])
    assert ti.pushed["response"] == {"SuccessInfo": {str(one): {"Success": True} for one in failed}}
    assert {one["Status"] for one in sandbox.state()[RUN]} == {"Success"}


@needs_state_store
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rerun_whose_answer_is_lost_is_looked_at_and_none_runs_twice(
    when: str, sandbox: Running, failed: list[int]
) -> None:
    sandbox.faults.add("RestartInstance", "html", when=when, times=1)
    store = Store()
    with pytest.raises(OutcomeUnknown, match="looks which of them ran again, and sends the rest"):
        run(act(RerunDataWorksInstancesOperator, failed), store)
    run(act(RerunDataWorksInstancesOperator, failed), store)
    assert runs_of(sandbox, failed) == [2, 2]


def test_a_lost_answer_of_the_last_one_is_no_failure(sandbox: Running, failed: list[int]) -> None:
    sandbox.faults.add("RestartInstance", "html", when="after", nth=2, times=1)
    run(act(RerunDataWorksInstancesOperator, failed), Store())
    assert runs_of(sandbox, failed) == [2, 2]


def test_failed_instances_are_set_to_success_and_what_is_done_is_not_sent(sandbox: Running, failed: list[int]) -> None:
    first, second = failed
    assert run(act(SetDataWorksInstancesSuccessOperator, first)) == [first]
    assert run(act(SetDataWorksInstancesSuccessOperator, [first, second])) == failed
    assert asked(sandbox, "SetSuccessInstance") == failed


def test_a_stop_goes_to_the_parts_of_a_run_and_leaves_what_is_over(sandbox: Running, failed: list[int]) -> None:
    sandbox.courses.clear()
    sandbox.courses.add(RUN, ending="never")
    going = run(flow(wait=False))
    over = sandbox.state()[RUN][0]["Id"]
    assert run(act(StopDataWorksRunOperator, [over, going])) == [over, going]
    parts = [one["Id"] for one in sandbox.state()[PART] if one["WorkflowInstanceId"] == going]
    assert sorted(asked(sandbox, "StopInstance")) == parts
    assert sandbox.state()[RUN][-1]["Status"] == "Failure"


@pytest.mark.parametrize(
    ("kind", "operation", "refusal"),
    [
        (RerunDataWorksInstancesOperator, "RestartInstance", "cannot be run again"),
        (SetDataWorksInstancesSuccessOperator, "SetSuccessInstance", "has not failed"),
        (StopDataWorksRunOperator, "StopInstance", "cannot be stopped: refused"),
    ],
)
def test_a_refused_id_fails_the_task_and_is_named(
    kind: Any, operation: str, refusal: str, sandbox: Running, failed: list[int]
) -> None:
    sandbox.courses.clear()
    sandbox.courses.add(RUN, ending="never", cancel="refused")
    going = run(flow(wait=False))
    part = sandbox.state()[PART][-1]["Id"]
    wanted = going if kind is StopDataWorksRunOperator else part
    with pytest.raises(Conflict, match=rf"DataWorks {operation} .* refused {wanted}: .*{refusal}"):
        run(act(kind, [wanted] if kind is StopDataWorksRunOperator else [*failed, wanted]))
    if kind is SetDataWorksInstancesSuccessOperator:
        assert asked(sandbox, operation) == [*failed, part], "the others are done"


@pytest.mark.parametrize("status", [400, 200])
def test_a_refusal_by_a_code_that_nobody_knows_is_one_too(status: int, sandbox: Running, failed: list[int]) -> None:
    """By its HTTP status, or by the flag in an answer that has a good one."""
    first, second = failed
    sandbox.faults.add("RestartInstance", "error", status=status, code="Unheard.Of", times=1)
    with pytest.raises(Conflict, match=rf"refused {first}: "):
        run(act(RerunDataWorksInstancesOperator, failed), Store())
    assert runs_of(sandbox, [first]) == [1]
    assert runs_of(sandbox, [second]) == [2], "the others are done"


def test_an_id_that_is_named_twice_runs_again_once(sandbox: Running, failed: list[int]) -> None:
    first, second = failed
    assert run(act(RerunDataWorksInstancesOperator, [first, str(first)]), Store()) == [first]
    assert run(act(RerunDataWorksInstancesOperator, [second, second], api_version="2024-05-18"), Store()) == [second]
    assert asked(sandbox, "RestartInstance") == [first]
    assert [one["parameters"]["Ids"] for one in sandbox.requests() if one["operation"] == "RerunTaskInstances"] == [
        f"[{second}]"
    ]


@needs_state_store
def test_a_rerun_that_goes_on_before_it_is_counted_is_not_sent_again(
    sandbox: Running, failed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = failed
    sandbox.courses.clear()
    sandbox.courses.add(RUN, ending="never", times=0)
    killer, store, operator = Killer(monkeypatch), Store(), act(RerunDataWorksInstancesOperator, first)
    operator.api_version = "2024-05-18"
    killer.at(2, True)
    with pytest.raises(Killed):
        run(operator, store)
    cloud = sandbox.sandbox.store.of(world.ALIBABA_ACCOUNT.id)
    (shown,) = (one for one in cloud.all(PART) if one["Id"] == first)
    cloud.update(PART, str(first), {**shown, "RunNumber": 1})
    assert run(operator, store) == [first]
    assert sum(one["operation"] == "RerunTaskInstances" for one in sandbox.requests()) == 1


def test_a_rerun_of_what_goes_on_is_no_success(sandbox: Running, failed: list[int]) -> None:
    sandbox.courses.clear()
    sandbox.courses.add(RUN, ending="never")
    run(flow(wait=False), ti=TaskInstance(task_id="run", run_id="3"))
    going, store = sandbox.state()[PART][-1]["Id"], Store()
    for _ in range(2):
        with pytest.raises(Conflict, match=rf"refused {going}: .*cannot be run again"):
            run(act(RerunDataWorksInstancesOperator, going), store)


def test_a_part_that_is_refused_keeps_no_other_part_from_being_stopped(sandbox: Running, failed: list[int]) -> None:
    sandbox.courses.clear()
    sandbox.courses.add(RUN, ending="never")
    going = run(flow(wait=False), ti=TaskInstance(task_id="run", run_id="3"))
    sandbox.faults.add("StopInstance", "error", status=400, code="Unheard.Of", times=1)
    assert run(act(StopDataWorksRunOperator, going)) == [going]
    assert len(asked(sandbox, "StopInstance")) == 2
    assert sandbox.state()[RUN][-1]["Status"] == "Failure"


def test_a_run_of_which_no_part_is_listed_is_not_called_stopped(sandbox: Running, failed: list[int]) -> None:
    sandbox.courses.clear()
    sandbox.courses.add(RUN, ending="never")
    sandbox.settings.list_lag = 1000.0
    going = run(flow(wait=False), ti=TaskInstance(task_id="run", run_id="3"))
    with pytest.raises(Conflict, match=rf"refused {going}: no part of it is listed that goes on"):
        run(act(StopDataWorksRunOperator, going))
    sandbox.settings.list_lag = 0.0
    assert run(act(StopDataWorksRunOperator, going)) == [going]
    assert sandbox.state()[RUN][-1]["Status"] == "Failure"


def test_a_dry_run_shows_each_request_and_sends_none(
    sandbox: Running, failed: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        operator = act(RerunDataWorksInstancesOperator, failed)
        operator._cached_logger = logging.getLogger("dry")
        operator.dry_run()
    assert all(f"InstanceId={one}" in caplog.text for one in failed)
    assert asked(sandbox, "RestartInstance") == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"comment": "c"}, "got comment, which API version 2020-05-18 does not take"),
        ({"use_latest_config": True}, "got use_latest_config, which API version"),
        ({"env_type": "PROD"}, "env_type='PROD'"),
        ({"api_version": "2021"}, "api_version='2021'"),
    ],
)
def test_what_the_older_version_does_not_take_fails_the_import(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        act(RerunDataWorksInstancesOperator, 1, **arguments)
    assert complaint in str(caught.value)
