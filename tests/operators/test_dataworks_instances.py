"""DataWorks instances that are there: waited for by their business date, stopped, run again, set to success."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout

from airflow_provider_cloudflows.errors import (
    AmbiguousMatch,
    Conflict,
    InvalidParameter,
    NotFound,
    OutcomeUnknown,
    RunFailed,
)
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.operators.dataworks.task_instance import (
    RerunDataWorksInstancesOperator,
    SetDataWorksInstancesSuccessOperator,
)
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import (
    BackfillDataWorksOperator,
    RunDataWorksWorkflowOperator,
    StopDataWorksRunOperator,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import put_workflow
from airflow_provider_cloudflows.sensors.dataworks.scheduled_instances import DataWorksInstanceSensor
from airflow_provider_cloudflows.services.dataworks import scheduled_instances
from airflow_provider_cloudflows.services.dataworks.dates import milliseconds, zone_named
from airflow_provider_cloudflows.services.dataworks.scheduled_instances import WorkflowByName
from airflow_provider_cloudflows.services.dataworks.service import DATAWORKS
from airflow_provider_cloudflows.services.dataworks.workflow_instance import WorkflowInstanceList
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.poller import Poller
from airflow_provider_cloudflows.waiting.watch import Watch
from tests.airflow_versions import needs_state_store
from tests.operators.material import TaskInstance
from tests.operators.tries import Store, deferred_or_not, run

PROJECT, WORKFLOW, NAME = world.DATAWORKS_PROJECT_ID, world.DATAWORKS_WORKFLOW_ID, world.DATAWORKS_WORKFLOW_NAME
INSTANCE, TASK_INSTANCE = "dataworks.workflow_instance", "dataworks.task_instance"
(FIRST_TASK, FIRST_NAME), (LAST_TASK, LAST_NAME) = world.DATAWORKS_TASKS.items()
SHANGHAI = zone_named("Asia/Shanghai")
SHANGHAI_TODAY = (datetime.now(UTC) + timedelta(hours=8)).date()
YESTERDAY = SHANGHAI_TODAY - timedelta(days=1)
SOON = {"poke_interval": 0.01, "timeout": 20, "project_id": PROJECT, "biz_date": YESTERDAY}
WHOSE = (
    {"workflow_id": WORKFLOW},
    {"workflow_name": NAME},
    {"dataworks_task_id": str(LAST_TASK)},
    {"dataworks_task_name": LAST_NAME},
)

pytestmark = pytest.mark.usefixtures("connections", "no_pauses")


def sensor(**more: Any) -> DataWorksInstanceSensor:
    return DataWorksInstanceSensor(task_id="wait", **{**SOON, **more})


# --- waiting ---------------------------------------------------------------------------------------------------------


@deferred_or_not
@pytest.mark.parametrize("whose", WHOSE, ids=lambda one: next(iter(one)))
def test_what_the_schedule_ran_is_waited_for_by_name_or_id(
    whose: dict[str, Any], deferrable: bool, sandbox: Running
) -> None:
    sandbox.courses.add(INSTANCE, match={"Type": "Normal"}, looks=3, unknown="Dreaming", unknown_looks=1)
    ti = TaskInstance(task_id="wait")
    assert run(sensor(deferrable=deferrable, **whose), ti=ti) == "Success"
    assert str(ti.pushed["response"]["Key"]) == str(next(iter(whose.values())))


@deferred_or_not
def test_instances_that_are_not_there_yet_are_waited_for(deferrable: bool, sandbox: Running) -> None:
    waiting = sensor(workflow_id=WORKFLOW, biz_date=SHANGHAI_TODAY, deferrable=deferrable, timeout=0.3)
    with pytest.raises(AirflowSensorTimeout):
        run(waiting)
    sandbox.advance(24 * 3600)
    assert run(sensor(workflow_id=WORKFLOW, biz_date=SHANGHAI_TODAY, deferrable=deferrable)) == "Success"


@deferred_or_not
@pytest.mark.parametrize("whose", WHOSE, ids=lambda one: next(iter(one)))
def test_a_failed_instance_fails_the_task_and_is_named(
    whose: dict[str, Any], deferrable: bool, sandbox: Running
) -> None:
    sandbox.courses.add(INSTANCE, match={"Type": "Normal"}, looks=1, ending="bad")
    with pytest.raises(RunFailed, match=r"ended as Failure: instance \d+ of 1; ") as caught:
        run(sensor(deferrable=deferrable, **whose))
    assert str(next(iter(whose.values()))) in str(caught.value)


@deferred_or_not
def test_a_failed_instance_that_somebody_runs_again_is_waited_for(deferrable: bool, sandbox: Running) -> None:
    sandbox.courses.add(INSTANCE, match={"Type": "Normal"}, seconds=0.0, ending="bad")
    waiting = {"dataworks_task_id": LAST_TASK, "if_failed": "wait", "deferrable": deferrable}
    with pytest.raises(AirflowSensorTimeout):
        run(sensor(timeout=0.3, **waiting))
    failed = sandbox.state()[TASK_INSTANCE][-1]["Id"]
    run(SetDataWorksInstancesSuccessOperator(task_id="mend", instance_ids=failed))
    assert run(sensor(**waiting)) == "Success"


def test_by_default_it_waits_for_the_day_before_the_end_of_the_data_interval(sandbox: Running) -> None:
    end = datetime.combine(SHANGHAI_TODAY, datetime.min.time(), UTC)
    ti = TaskInstance(task_id="wait")
    context: Any = {"ti": ti, "data_interval_start": end - timedelta(days=1), "data_interval_end": end}
    assert sensor(biz_date=None, workflow_id=WORKFLOW).execute(context) == "Success"
    (made,) = sandbox.state()[INSTANCE]
    assert ti.pushed["response"]["States"] == {str(made["Id"]): "Success"}


def test_only_exactly_this_name_counts(sandbox: Running) -> None:
    """The filter of the list is loose, and the instances of another workflow fail."""
    sandbox.courses.add(INSTANCE, match={"Name": f"{NAME}_old"}, seconds=0.0, ending="bad")
    put_workflow(sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT, f"{NAME}_old", [{"Name": "x"}], now=0.0)
    assert run(sensor(workflow_name=NAME)) == "Success"
    with pytest.raises(RunFailed):
        run(sensor(workflow_name=f"{NAME}_old"))


def test_all_instances_of_a_date_have_to_succeed(sandbox: Running) -> None:
    states = ["Success", "Running", "Failure"]
    shown = scheduled_instances.InstancesOfDate(key=1, states=dict(enumerate(states)))
    assert (shown.status, shown.failed) == ("Failure", "instance 2 of 3")
    for seen, status in ((states[:2], "Running"), (states[:1], "Success"), ([], scheduled_instances.NOT_YET)):
        assert scheduled_instances.InstancesOfDate(key=1, states=dict(enumerate(seen))).status == status


@pytest.mark.parametrize(
    "other", [{"BizDate": 0}, {"BizDate": 86_400_000 * 3}, {"Type": "SupplementData"}, {"WorkflowId": 8}], ids=str
)
def test_what_a_list_shows_of_another_date_or_kind_does_not_count(other: dict[str, Any]) -> None:
    """A service may let go of a filter without a word."""
    date = 86_400_000 * 2
    resource = scheduled_instances.WorkflowById({"project_id": 1, "biz_date": date, "instance_type": "Normal"})
    mine = {"Id": 5, "WorkflowId": 7, "BizDate": date + 8 * 3_600_000, "Type": "Normal", "Status": "Success"}
    for shown, status in (([mine], "Success"), ([{**mine, **other}], scheduled_instances.NOT_YET)):
        page = {"PagingInfo": {"TotalCount": 1, "WorkflowInstances": shown}}
        assert resource.item_of(WorkflowInstanceList.model_validate(page), 7).status == status


def test_a_page_that_does_not_show_all_is_no_end(sandbox: Running) -> None:
    run(sensor(workflow_id=WORKFLOW))  # the instances are there
    sandbox.settings.page_cap = 1
    with pytest.raises(AmbiguousMatch, match=r"2 instances were found, and a page shows 1; give the id"):
        run(sensor(dataworks_task_name="s"))


@deferred_or_not
def test_a_workspace_that_does_not_exist_fails_at_once(deferrable: bool, sandbox: Running) -> None:
    with pytest.raises(NotFound, match="The workspace 77 does not exist"):
        run(sensor(workflow_id=WORKFLOW, project_id=77, deferrable=deferrable))


def test_another_type_of_instance_is_waited_for_where_that_is_asked(sandbox: Running) -> None:
    with pytest.raises(AirflowSensorTimeout):
        run(sensor(workflow_id=WORKFLOW, instance_type="SupplementData", timeout=0.1))
    arguments: dict[str, Any] = {"project_id": PROJECT, "workflow_id": WORKFLOW, "dates": YESTERDAY, "settle": 0}
    run(BackfillDataWorksOperator(task_id="run", poll_interval=0.01, **arguments))
    name = sandbox.state()[INSTANCE][-1]["Name"]
    assert run(sensor(workflow_name=name, instance_type="SupplementData")) == "Success"


def test_many_waits_share_one_list(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"flow_{number}" for number in range(20)]
    for name in names:
        put_workflow(sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT, name, [{"Name": f"{name}_t"}], now=0.0)
    sandbox.courses.add(INSTANCE, match={"Type": "Normal"}, looks=2, times=0)
    monkeypatch.setattr(DATAWORKS, "rate", 1000.0)
    identity = {"project_id": PROJECT, "biz_date": milliseconds(YESTERDAY, SHANGHAI), "instance_type": "Normal"}

    async def wait_for_all() -> list[Any]:
        watches = [Watch.of(WorkflowByName({**identity, "key": name}, {}), name) for name in names]
        async with AlibabaCloudHook() as hook:
            poller = Poller(await hook.aget_conn(watches[0].resource().reading(names[0])))
            return list(await asyncio.gather(*(poller.until_over(watch, Pace(0.05)) for watch in watches)))

    assert {one.state for one in asyncio.run(wait_for_all())} == {"Success"}
    calls = [one["operation"] for one in sandbox.sandbox.journal.entries()]
    assert 2 <= calls.count("ListWorkflowInstances") <= 8  # a few rounds, of one page or two


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "needs exactly one of workflow_id and workflow_name"),
        ({"workflow_id": 1, "dataworks_task_name": "x"}, "needs exactly one of"),
        ({"workflow_id": "daily"}, "workflow_id='daily': it is a number"),
        ({"workflow_id": 1, "biz_date": "yesterday"}, "biz_date: 'yesterday' is no date"),
        ({"workflow_id": 1, "instance_type": "normal"}, "instance_type='normal': it offers 'Normal' or 'Manual' or"),
        ({"workflow_id": 1, "if_failed": "ignore"}, "if_failed='ignore': it offers 'fail' or 'wait'"),
    ],
)
def test_what_breaks_a_rule_fails_the_import_of_the_dag(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        sensor(**arguments)
    assert complaint in str(caught.value)


# --- stopping, running again, setting to success ---------------------------------------------------------------------


def started(sandbox: Running, *courses: dict[str, Any]) -> list[int]:
    """Runs that go by these courses."""
    ids = []
    for number, course in enumerate(courses, len(sandbox.state().get(INSTANCE, []))):
        sandbox.courses.add(INSTANCE, match={"Type": "ManualWorkflow"}, **course)
        arguments: dict[str, Any] = {"project_id": PROJECT, "workflow_id": WORKFLOW, "biz_date": "2019-12-31"}
        operator = RunDataWorksWorkflowOperator(task_id=f"run{number}", wait=False, settle=0, **arguments)
        ids.append(run(operator, ti=TaskInstance(task_id=f"run{number}")))
    return ids


def state_of(sandbox: Running, number: int) -> str:
    return next(str(one["Status"]) for one in sandbox.state()[INSTANCE] if one["Id"] == number)


def stop(ids: Any) -> StopDataWorksRunOperator:
    return StopDataWorksRunOperator(task_id="stop", instance_ids=ids)


def test_runs_are_stopped_and_what_is_over_is_left(sandbox: Running) -> None:
    going, over = started(sandbox, {"ending": "never"}, {"seconds": 0.0})
    ti = TaskInstance(task_id="stop")
    assert run(stop([going, over]), ti=ti) == [going, over]
    assert (state_of(sandbox, going), state_of(sandbox, over)) == ("Failure", "Success")
    assert list(ti.pushed["response"]["SuccessInfo"]) == [str(going)]
    assert run(stop("{{ params.run }}"), run=going) == [going]  # nothing is left to do


def test_a_refused_id_is_a_failure_that_names_it(sandbox: Running) -> None:
    kept, stopped = started(sandbox, {"ending": "never", "cancel": "refused"}, {"ending": "never"})
    with pytest.raises(Conflict) as caught:
        run(stop([kept, stopped]))
    assert f"the service refused {kept}: The workflow instance {kept} cannot be stopped" in str(caught.value)
    assert f"{stopped}:" not in str(caught.value)
    assert state_of(sandbox, stopped) == "Failure"


def failed_tasks(sandbox: Running, *runs: int) -> list[int]:
    """The last task of each run, which is the one that fails."""
    return [
        [one["Id"] for one in sandbox.state()[TASK_INSTANCE] if one["WorkflowInstanceId"] == each][-1] for each in runs
    ]


def runs_of(sandbox: Running, number: int) -> int:
    return next(int(one["RunNumber"]) for one in sandbox.state()[TASK_INSTANCE] if one["Id"] == number)


def rerun(ids: Any) -> RerunDataWorksInstancesOperator:
    return RerunDataWorksInstancesOperator(task_id="again", instance_ids=ids)


BAD = {"seconds": 0.0, "ending": "bad"}


@needs_state_store
@pytest.mark.parametrize("lost", [False, True])
def test_each_task_runs_again_once_whatever_happens_to_the_answer(lost: bool, sandbox: Running) -> None:
    tasks = failed_tasks(sandbox, *started(sandbox, BAD, BAD))
    if lost:
        sandbox.faults.add("RerunTaskInstances", "html", when="after", times=1)
    store = Store()
    for _ in range(2):
        assert run(rerun(tasks), store) == tasks
    assert [runs_of(sandbox, one) for one in tasks] == [2, 2]


@needs_state_store
def test_a_rerun_that_was_accepted_is_not_sent_again_although_its_number_shows_later(sandbox: Running) -> None:
    (task,), store = failed_tasks(sandbox, *started(sandbox, BAD)), Store()
    sandbox.courses.add(INSTANCE, seconds=0.0, ending="bad")
    sandbox.events.add("RerunTaskInstances", "alter", TASK_INSTANCE, id=str(task), fields={"RunNumber": 1})
    for _ in range(2):
        assert run(rerun(task), store) == [task]
    assert [one["operation"] for one in sandbox.requests()].count("RerunTaskInstances") == 1


@needs_state_store
def test_a_rerun_that_certainly_did_not_arrive_is_sent_by_the_next_try(sandbox: Running) -> None:
    (task,) = failed_tasks(sandbox, *started(sandbox, BAD))
    sandbox.faults.add("RerunTaskInstances", "html", when="before", times=1)
    store = Store()
    with pytest.raises(OutcomeUnknown, match="the next try of the task looks which of them ran again"):
        run(rerun(task), store)
    assert run(rerun(task), store) == [task]
    assert runs_of(sandbox, task) == 2


@needs_state_store
def test_a_refused_rerun_is_named_and_tried_again_alone(sandbox: Running) -> None:
    done, going = failed_tasks(sandbox, *started(sandbox, BAD, {"seconds": 1000.0, "ending": "bad"}))
    store = Store()
    with pytest.raises(Conflict, match=f"the service refused {going}: The task instance {going} cannot be run again"):
        run(rerun([done, going]), store)
    sandbox.advance(1001)
    assert run(rerun([done, going]), store) == [done, going]
    assert [runs_of(sandbox, one) for one in (done, going)] == [2, 2]


def test_what_failed_is_set_to_success_and_what_succeeded_is_left(sandbox: Running) -> None:
    bad, good = started(sandbox, BAD, {"seconds": 0.0})
    tasks = failed_tasks(sandbox, bad, good)
    assert run(SetDataWorksInstancesSuccessOperator(task_id="mend", instance_ids=tasks)) == tasks
    assert state_of(sandbox, bad) == "Success"
    (going,) = failed_tasks(sandbox, *started(sandbox, {"ending": "never"}))
    with pytest.raises(Conflict, match=f"{going}: The task instance {going} has not failed"):
        run(SetDataWorksInstancesSuccessOperator(task_id="mend", instance_ids=going))


@pytest.mark.parametrize("ids", [[], "", ["x"], 0])
def test_ids_are_numbers_and_there_are_some(ids: Any) -> None:
    with pytest.raises(InvalidParameter, match="instance_ids"):
        stop(ids)
