"""What runs in DataWorks workspaces of the older version: found again by what it shows, stopped part by part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import AmbiguousMatch, InvalidParameter, NoAnswer, RunFailed, Stopped
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.operators.dataworks.dag import (
    BackfillDataWorksNodesOperator,
    RunDataWorksManualFlowOperator,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ON_DEMAND, put_workflow
from airflow_provider_cloudflows.services.dataworks.create_manual_dag import RunManualDagNodes
from tests.airflow_versions import needs_state_store
from tests.operators.material import TaskInstance
from tests.operators.test_dataworks_runs import Killed, Killer, stop_when
from tests.operators.tries import FOR_EVER, Store, deferred_or_not, run

PROJECT = world.DATAWORKS_PROJECT_ID
RUN = "dataworks.workflow_instance"
SOON = {"poll_interval": 0.01, "timeout": 20, "settle": 0, "project_id": PROJECT}
ROOT, OTHER = world.DATAWORKS_TASKS
LONG_AGO = "2019-12-31"  # no schedule ran then

pytestmark = pytest.mark.usefixtures("connections", "no_pauses", "leaves_soon")


def over_at_once(sandbox: Running) -> None:
    """Let no run take its two seconds."""
    sandbox.courses.add(RUN, seconds=0.0, times=0)


def publish(sandbox: Running, name: str = "close", *tasks: dict[str, Any]) -> None:
    place = (sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT)
    put_workflow(*place, name, tasks or ({"Name": "copy"}, {"Name": "sum"}), trigger=ON_DEMAND)


def flow(**more: Any) -> RunDataWorksManualFlowOperator:
    arguments = {"flow_name": "close", "biz_date": LONG_AGO, **SOON, **more}
    return RunDataWorksManualFlowOperator(task_id="run", **arguments)


def runs(sandbox: Running) -> list[dict[str, Any]]:
    return [one for one in sandbox.state().get(RUN, []) if one["Type"] != "Normal"]


def sent(sandbox: Running, operation: str) -> list[dict[str, Any]]:
    return [one["parameters"] for one in sandbox.requests() if one["operation"] == operation]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def backfill(**more: Any) -> BackfillDataWorksNodesOperator:
    arguments = {"root_node_id": ROOT, "node_ids": [ROOT, OTHER], "dates": {"start": "2019-12-30", "end": "2020-01-01"}}
    return BackfillDataWorksNodesOperator(task_id="run", **{**arguments, **SOON, **more})


@needs_state_store
def test_a_backfill_that_leaves_out_the_node_it_begins_with_is_found_all_the_same(sandbox: Running) -> None:
    sandbox.faults.add("RunCycleDagNodes", "html", when="after", times=1)
    (made,) = run(backfill(node_ids=[OTHER], dates=LONG_AGO), Store())
    assert [one["Id"] for one in runs(sandbox)] == [made]


@needs_state_store
def test_a_backfill_of_which_the_list_lacks_a_date_is_no_whole_one(sandbox: Running) -> None:
    sandbox.faults.add("RunCycleDagNodes", "html", when="after", times=1)
    for _ in (ROOT, OTHER):  # the instances of the last date
        sandbox.events.add("RunCycleDagNodes", "remove", "dataworks.task_instance", id="newest")
    with pytest.raises(NoAnswer, match=r"show 2 of what DataWorks RunCycleDagNodes made, and lack 1.*nothing more was"):
        run(backfill(), Store())
    assert len(sent(sandbox, "RunCycleDagNodes")) == 1


def test_the_parameter_by_which_runs_are_found_is_the_operator_s_own() -> None:
    with pytest.raises(InvalidParameter, match="got a parameter 'cloudflows' in dag_parameters"):
        flow(dag_parameters={"cloudflows": "mine"})


# --- manual flows ----------------------------------------------------------------------------------------------------


def test_the_request_bears_a_parameter_that_belongs_to_the_task_instance_beside_the_author_s(sandbox: Running) -> None:
    over_at_once(sandbox)
    publish(sandbox)
    node = sandbox.state()["dataworks.task"][-1]["Id"]
    more = {"dag_parameters": '{"day": "{{ params.day }}"}', "node_parameters": {str(node): "a=1"}}
    more |= {"include_node_ids": [node], "project_env": "PROD"}
    for ti in (TaskInstance(task_id="run"), TaskInstance(task_id="run", run_id="manual__2")):
        run(flow(**more), ti=ti, day="x")
    first, second = sent(sandbox, "RunManualDagNodes")
    markers = [json.loads(one.pop("DagParameters")) for one in (first, second)]
    assert first == second
    assert first == {
        "BizDate": "2019-12-31 00:00:00",
        "FlowName": "close",
        "IncludeNodeIds": str(node),
        "NodeParameters": f'{{"{node}":"a=1"}}',
        "ProjectEnv": "PROD",
        "ProjectName": world.DATAWORKS_PROJECT_IDENTIFIER,
    }
    assert {one["day"] for one in markers} == {"x"}
    assert len({one["cloudflows"] for one in markers}) == 2


def test_a_name_of_the_workspace_saves_a_call_and_an_unknown_id_is_told(sandbox: Running) -> None:
    over_at_once(sandbox)
    publish(sandbox)
    run(flow(project_identifier=world.DATAWORKS_PROJECT_IDENTIFIER))
    assert sent(sandbox, "ListProjects") == []
    with pytest.raises(InvalidParameter, match=r"workspace 77 is not among those .* give its name as project_ident"):
        run(flow(project_id=77))


def test_without_a_date_it_is_the_day_before_the_end_of_the_data_interval(sandbox: Running) -> None:
    over_at_once(sandbox)
    publish(sandbox)
    interval = {"data_interval_start": at("2026-02-28T15:00"), "data_interval_end": at("2026-02-28T16:00")}
    context: Any = {"ti": TaskInstance(task_id="run"), **interval}
    flow(biz_date=None).execute(context)
    assert [one["BizDate"] for one in sent(sandbox, "RunManualDagNodes")] == ["2026-02-28 00:00:00"]


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "after it is answered"])
@pytest.mark.parametrize("make", [flow, backfill], ids=["flow", "backfill"])
def test_a_kill_between_any_two_steps_leads_to_the_same_runs(
    make: Any, answered: bool, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer, call, done = Killer(monkeypatch), 0, False
    while not done:
        call += 1
        sandbox.reset()
        publish(sandbox)
        over_at_once(sandbox)
        store = Store()
        killer.at(call, answered)
        try:
            run(make(), store)
            done = True
        except Killed:
            killer.at(-1, False)
            run(make(), store)
        kept = json.loads(store.kept["cloudflows_intent/run"])
        assert [kept["resource_id"], *kept["others"]] == [one["Id"] for one in runs(sandbox)], call
        assert len(runs(sandbox)) == (1 if make is flow else 3)
    assert call > 4


@needs_state_store
def test_a_lost_answer_is_found_in_a_list_that_is_behind(sandbox: Running) -> None:
    over_at_once(sandbox)
    publish(sandbox)
    sandbox.settings.list_lag = 0.3
    sandbox.faults.add("RunManualDagNodes", "html", when="after", times=1)
    ti = TaskInstance(task_id="run")
    (number,) = {run(flow(settle=0.4), Store(), ti=ti), runs(sandbox)[0]["Id"]}
    assert (len(runs(sandbox)), ti.pushed["how"]["how"], ti.pushed["run_id"]) == (1, "found", number)


def test_runs_of_more_nodes_than_a_page_holds_are_told_apart(sandbox: Running) -> None:
    over_at_once(sandbox)
    publish(sandbox, "close", *({"Name": f"n{number}"} for number in range(70)))
    run(flow(), ti=TaskInstance(task_id="run", run_id="other"))
    sandbox.faults.add("RunManualDagNodes", "html", when="after", times=1)
    number = run(flow())
    assert [one["Id"] for one in runs(sandbox)][1:] == [number]


@needs_state_store
@pytest.mark.parametrize("marked", [True, False])
def test_a_run_of_somebody_else_s_is_not_taken_for_a_lost_one(
    marked: bool, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theirs comes to be between our look and our request, which is lost before it takes effect."""
    publish(sandbox)
    parameters = '{"cloudflows":"0123456789ab"}' if marked else None
    theirs = RunManualDagNodes(
        project_name=world.DATAWORKS_PROJECT_IDENTIFIER,
        project_id=PROJECT,
        flow_name="close",
        biz_date="2019-12-31 00:00:00",
        dag_parameters=parameters,
    )
    sandbox.faults.add("RunManualDagNodes", "html", when="before", times=1)
    made = []

    def appear() -> None:
        with AlibabaCloudHook() as hook:
            made.append(hook.call(theirs).dag_id)

    after_the_first(monkeypatch, "RunManualDagNodes", appear)
    if marked:
        number = run(flow(), Store())
        assert [one["Id"] for one in runs(sandbox)] == [*made, number]
    else:
        with pytest.raises(AmbiguousMatch, match="00001 appeared since the create was sent, without a name"):
            run(flow(), Store())
        assert [one["Id"] for one in runs(sandbox)] == made


def after_the_first(monkeypatch: pytest.MonkeyPatch, operation: str, act: Callable[[], None]) -> None:
    """Do something as soon as the first request of an operation has been answered."""
    real = CloudClient._exchange
    done: list[bool] = []

    def exchange(client: Any, call: Any, *arguments: Any) -> Any:
        reply = yield from real(client, call, *arguments)
        if call.operation == operation and not done:
            done.append(True)
            act()
        return reply

    monkeypatch.setattr(CloudClient, "_exchange", exchange)


def test_the_nodes_that_failed_are_named_and_their_logs_shown_without_secrets(sandbox: Running) -> None:
    script = "\n".join([*(f"line {number}" for number in range(300)), "SET password = 'hunter22';",
                        f"-- {world.ALIBABA_KEY.secret} of LTAI5tSomebodysKey000001"])  # fmt: skip
    publish(sandbox, "close", {"Name": "copy"}, {"Name": "sum", "Script": script})
    sandbox.courses.add(RUN, seconds=0.0, ending="bad", reason="table not found")
    operator, told = flow(), []
    ignored = dict.fromkeys(("warning", "info", "exception"), lambda *values: None)
    operator._cached_logger = SimpleNamespace(error=lambda text, *values: told.append(text % values), **ignored)
    with pytest.raises(RunFailed) as caught:
        run(operator)
    assert caught.value.sentence().startswith(
        "manual flow run 500001 ended as FAILURE: node sum (instance 600002) is FAILURE"
    )
    assert "table not found" in str(caught.value)
    (log,) = told
    assert (len(log.splitlines()), log.splitlines()[1]) == (201, "line 103")
    for secret in ("hunter22", world.ALIBABA_KEY.secret, "LTAI5tSomebodysKey000001"):
        assert secret not in log


def test_a_log_that_cannot_be_read_hides_no_failure(sandbox: Running) -> None:
    publish(sandbox)
    sandbox.courses.add(RUN, seconds=0.0, ending="bad", times=2)
    sandbox.faults.add("GetInstanceLog", "error", status=403, code="Forbidden", times=9)
    with pytest.raises(RunFailed, match=r"node sum \(instance 600002\) is FAILURE; "):
        run(flow())


def test_a_stop_goes_to_every_instance_that_is_not_over(sandbox: Running) -> None:
    publish(sandbox)
    sandbox.courses.add(RUN, ending="never")
    operator = flow(timeout=FOR_EVER)
    thread = stop_when(operator, lambda: operator._is_waiting)
    with pytest.raises(Stopped):
        run(operator)
    thread.join()
    assert sorted(one["InstanceId"] for one in sent(sandbox, "StopInstance")) == ["600001", "600002"]
    assert [one["Status"] for one in runs(sandbox)] == ["Failure"]


@pytest.mark.parametrize("refused", [True, False])
def test_the_end_of_a_deferred_task_stops_them_too_and_says_what_was_refused(
    refused: bool, sandbox: Running, caplog: pytest.LogCaptureFixture
) -> None:
    publish(sandbox)
    sandbox.settings.list_lag = 0.0 if refused else 0.4  # a list that is behind shows nothing at first
    sandbox.courses.add(RUN, ending="never", cancel="refused" if refused else "accepted")
    with pytest.raises(TaskDeferred) as deferred:
        flow(deferrable=True).execute({"ti": TaskInstance(task_id="run"), "params": {}})  # type: ignore[typeddict-item]
    asyncio.run(deferred.value.trigger.on_kill())
    assert [one["Status"] for one in runs(sandbox)] == ["Running" if refused else "Failure"]
    assert ("may go on" in caplog.text) is refused


# --- backfills -------------------------------------------------------------------------------------------------------


@deferred_or_not
def test_a_backfill_is_one_create_and_waits_for_every_date(sandbox: Running, deferrable: bool) -> None:
    for looks in (1, 3, 2):
        sandbox.courses.add(RUN, looks=looks)
    ti = TaskInstance(task_id="run")
    more = {"parallelism": "{{ params.at_once }}", "node_parameters": {str(ROOT): "a=1"}, "run_name": "again"}
    ids = run(backfill(deferrable=deferrable, **more), ti=ti, at_once="2")
    assert ids == [one["Id"] for one in runs(sandbox)] == ti.pushed["instance_ids"]
    assert {(one["Type"], one["Status"]) for one in runs(sandbox)} == {("SupplementData", "Success")}
    (request,) = sent(sandbox, "RunCycleDagNodes")
    name = request.pop("Name")
    assert name.startswith("again_")
    assert {one["Name"] for one in runs(sandbox)} == {name}
    assert request == {
        "RootNodeId": str(ROOT),
        "IncludeNodeIds": f"{ROOT},{OTHER}",
        "StartBizDate": "2019-12-30 00:00:00",
        "EndBizDate": "2020-01-01 00:00:00",
        "BizBeginTime": "00:00:00",
        "BizEndTime": "23:59:59",
        "Parallelism": "true",
        "ConcurrentRuns": "2",
        "NodeParams": f'{{"{ROOT}":"a=1"}}',
        "ProjectEnv": "PROD",
    }


def test_without_dates_and_nodes_it_runs_the_root_for_those_of_the_data_interval(sandbox: Running) -> None:
    over_at_once(sandbox)
    interval = {"data_interval_start": at("2019-12-30T00:00"), "data_interval_end": at("2020-01-02T00:00")}
    context: Any = {"ti": TaskInstance(task_id="run"), **interval}
    assert len(backfill(dates=None, node_ids=None).execute(context)) == 3
    (request,) = sent(sandbox, "RunCycleDagNodes")
    assert (request["StartBizDate"], request["EndBizDate"]) == ("2019-12-30 00:00:00", "2020-01-01 00:00:00")
    assert (request["IncludeNodeIds"], request["Parallelism"]) == (str(ROOT), "false")


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_a_lost_answer_leads_to_the_same_runs_beside_somebody_else_s(with_store: bool, sandbox: Running) -> None:
    over_at_once(sandbox)
    others = run(backfill(), ti=TaskInstance(task_id="run", run_id="other"))
    sandbox.settings.list_lag = 0.3
    sandbox.faults.add("RunCycleDagNodes", "html", when="after", times=1)
    ti = TaskInstance(task_id="run")
    ids = run(backfill(settle=0.4), Store() if with_store else None, ti=ti)
    assert [one["Id"] for one in runs(sandbox)] == [*others, *ids]
    assert (len(ids), ti.pushed["how"]["how"]) == (3, "found")


@needs_state_store
def test_a_backfill_of_somebody_else_s_is_not_taken_for_a_lost_one(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_at_once(sandbox)
    made: list[Any] = []
    other = TaskInstance(task_id="run", run_id="other")
    after_the_first(monkeypatch, "RunCycleDagNodes", lambda: made.extend(run(backfill(), ti=other)))
    sandbox.faults.add("RunCycleDagNodes", "html", when="before", times=1)
    ids = run(backfill(), Store())
    assert [one["Id"] for one in runs(sandbox)] == [*made, *ids]


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_a_backfill_of_which_any_date_failed_runs_again(sandbox: Running, with_store: bool) -> None:
    sandbox.courses.add(RUN, seconds=0.0)
    sandbox.courses.add(RUN, seconds=0.0, ending="bad", reason="no partition")
    sandbox.courses.add(RUN, seconds=0.0, times=0)
    store = Store() if with_store else None
    with pytest.raises(RunFailed, match=r"backfill run 500002 ended as FAILURE: node sum_sales .* no partition"):
        run(backfill(), store)
    if with_store:
        assert run(backfill(), store) == run(backfill(), store) == [500004, 500005, 500006]
    else:
        assert {500004, 500005, 500006} <= set(run(backfill()))
    assert len(sent(sandbox, "RunCycleDagNodes")) == 2


def test_the_end_of_a_deferred_backfill_stops_every_run(sandbox: Running) -> None:
    sandbox.courses.add(RUN, ending="never", times=0)
    with pytest.raises(TaskDeferred) as deferred:
        backfill(deferrable=True).execute({"ti": TaskInstance(task_id="run"), "params": {}})  # type: ignore[typeddict-item]
    asyncio.run(deferred.value.trigger.on_kill())
    assert [one["Status"] for one in runs(sandbox)] == ["Failure"] * 3


# --- arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"parallelism": 11}, "parallelism=11: it is 1 to 10"),
        ({"dates": ["2020-01-01", "2020-01-03"]}, "dates with a gap between them"),
        ({"dates": []}, "holds no date"),
        ({"root_node_id": "copy"}, "root_node_id='copy'"),
        ({"node_ids": "1, 2"}, "node_ids='1, 2'"),
        ({"biz_begin_time": "24:00:00"}, "biz_begin_time='24:00:00'"),
    ],
)
def test_what_breaks_a_rule_of_a_backfill_fails_the_import_of_the_dag(
    arguments: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidParameter) as caught:
        backfill(**arguments)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"biz_date": "31.12.2019"}, "biz_date: '31.12.2019' is no date"),
        ({"project_env": "Prod"}, "project_env='Prod'"),
        ({"dag_parameters": "a=1"}, "dag_parameters='a=1', which is no valid JSON"),
        ({"dag_parameters": [1]}, "dag_parameters, which is no mapping"),
        ({"include_node_ids": "1;2"}, "include_node_ids='1;2'"),
        ({"flow_name": " "}, "flow_name"),
        ({"workspace_timezone": "Asia/Shangai"}, "no time zone 'Asia/Shangai'"),
    ],
)
def test_what_breaks_a_rule_fails_the_import_of_the_dag(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        flow(**arguments)
    assert complaint in str(caught.value)
