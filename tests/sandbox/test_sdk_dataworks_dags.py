"""The official SDKs run flows and nodes of the sandbox by API version 2020-05-18, and trigger nodes by both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.instance import in_upper_case
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ON_DEMAND, put_workflow, tasks_of

from .conftest import Connect

PROJECT = world.DATAWORKS_PROJECT_ID
RUN = "dataworks.workflow_instance"
DATE, DATE_TEXT = 1_799_769_600_000, "2027-01-13 00:00:00"  # at +0800
DUE = DATE + 86_400_000
NOON = DATE / 1000 + 36 * 3600  # of the day after


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with serve(clock=lambda: NOON) as running:
        yield running


@pytest.fixture(autouse=True)
def _the_same_clock() -> Iterator[None]:
    """The SDK signs with the time of the machine."""
    with time_machine.travel(NOON, tick=True):
        yield


class Sdk:
    """The few calls of the tests, in the SDK's own words; the environment is the one that all mean."""

    def __init__(self, client: Any, models: Any) -> None:
        self._client, self._models = client, models

    def __getattr__(self, operation: str) -> Any:
        request = getattr(self._models, "".join(part.title() for part in operation.split("_")) + "Request")

        def call(**fields: Any) -> Any:
            has_env = "project_env" in vars(request())
            return getattr(self._client, operation)(
                request(**({"project_env": "PROD"} if has_env else {}) | fields)
            ).body

        return call

    def run(self, **fields: Any) -> int:
        sent = {"project_name": world.DATAWORKS_PROJECT_IDENTIFIER, "flow_name": "close", "biz_date": DATE_TEXT}
        return int(self.run_manual_dag_nodes(**sent | fields).dag_id)

    def listed(self, **wanted: Any) -> list[Any]:
        return list(self.list_instances(**{"project_id": PROJECT, "bizdate": DATE_TEXT} | wanted).data.instances)


@pytest.fixture
def sdk(alibaba_client: Connect, alibaba_modules: SimpleNamespace) -> Sdk:
    return Sdk(alibaba_client(alibaba_modules.DataWorks), alibaba_modules.dataworks)


@pytest.fixture
def flow(sandbox: Running) -> int:
    tasks = [{"Name": "copy"}, {"Name": "sum", "Script": "SELECT 1;"}]
    return put_workflow(sandbox.sandbox.store, world.ALIBABA_ACCOUNT, PROJECT, "close", tasks, trigger=ON_DEMAND)


@pytest.fixture
def gate(sandbox: Running) -> int:
    """The node that waits for a call, before another one."""
    store, tasks = sandbox.sandbox.store, [{"Name": "gate", "Type": choices.TRIGGERED_TYPE.value}, {"Name": "load"}]
    number = put_workflow(store, world.ALIBABA_ACCOUNT, PROJECT, "gated", tasks, now=DATE / 1000)
    return int(tasks_of(store.of(world.ALIBABA_ACCOUNT.id), number)[0]["Id"])


def test_a_manual_flow_runs_with_its_parameters_on_every_instance(sdk: Sdk, sandbox: Running, flow: int) -> None:
    sandbox.courses.add(RUN, looks=3, begun_looks=1)
    _, second = tasks_of(sandbox.sandbox.store.of(world.ALIBABA_ACCOUNT.id), flow)
    dag_id = sdk.run(dag_parameters='{"run":"a"}', node_parameters=json.dumps({second["Id"]: "x=1"}))
    dag = sdk.get_dag(dag_id=dag_id).data
    assert (dag.dag_id, dag.name, dag.type, dag.status) == (dag_id, "close", "BUSINESS_PROCESS_DAG", "CREATED")
    assert (dag.bizdate, dag.project_id, dag.finish_time) == (DATE, PROJECT, None)
    shown = sdk.listed(biz_name="close")
    assert [(one.node_name, one.status, one.param_values) for one in shown] == [
        ("sum", "NOT_RUN", "run=a x=1"),
        ("copy", "RUNNING", "run=a"),
    ]
    assert {(one.dag_id, one.dag_type, one.bizdate) for one in shown} == {(dag_id, "BUSINESS_PROCESS_DAG", DATE)}
    assert sdk.get_dag(dag_id=dag_id).data.status == "RUNNING"
    assert sdk.get_dag(dag_id=dag_id).data.status == "SUCCESS"


def test_the_list_is_filtered_by_dates_names_and_ids(sdk: Sdk, flow: int) -> None:
    dag_id = sdk.run()
    assert len(sdk.listed()) == 2 + len(world.DATAWORKS_TASKS)  # those of the night too
    assert [one.node_name for one in sdk.listed(dag_id=dag_id, order_by="CREATE_TIME_DESC")] == ["copy", "sum"]
    (one,) = sdk.listed(node_name="sum", status="NOT_RUN")
    assert sdk.listed(node_id=one.node_id)[0].instance_id == one.instance_id
    for nothing in ({"biz_name": "clos"}, {"bizdate": "2027-01-14 00:00:00"}, {"project_env": "DEV"}, {"owner": "1"}):
        assert sdk.listed(**nothing) == []
    both = {"bizdate": None, "begin_bizdate": "2027-01-12 00:00:00", "end_bizdate": DATE_TEXT}
    assert len(sdk.listed(**both)) == 2 + 2 * len(world.DATAWORKS_TASKS)
    page = sdk.list_instances(project_id=PROJECT, bizdate=DATE_TEXT, page_size=1, page_number=2, biz_name="close").data
    assert (page.total_count, [one.node_name for one in page.instances]) == (2, ["copy"])


def test_a_failed_instance_has_a_log_and_runs_again_or_is_set_to_success(sdk: Sdk, sandbox: Running, flow: int) -> None:
    by_hand = {"Type": "ManualWorkflow"}  # and not those of the night
    sandbox.courses.add(RUN, match=by_hand, seconds=0, ending="bad", reason="table not found")
    sandbox.courses.add(RUN, match=by_hand, seconds=0, ending="bad")
    dag_id = sdk.run()
    (failed,) = sdk.listed(dag_id=dag_id, status="FAILURE")
    assert sdk.get_instance_log(instance_id=failed.instance_id).data.endswith("ERROR table not found")
    sandbox.advance(1)
    assert sdk.restart_instance(instance_id=failed.instance_id).data
    again = sdk.get_instance(instance_id=failed.instance_id).data
    assert (again.status, again.node_name) == ("FAILURE", "sum")
    assert again.begin_running_time > failed.begin_running_time
    assert sdk.set_success_instance(instance_id=failed.instance_id).data
    assert sdk.get_dag(dag_id=dag_id).data.status == "SUCCESS"


def test_a_stop_ends_the_run_and_may_be_repeated(
    sdk: Sdk, sandbox: Running, flow: int, alibaba_modules: SimpleNamespace
) -> None:
    sandbox.courses.add(RUN, ending="never")
    sandbox.courses.add(RUN, ending="never", cancel="refused")
    stopped, kept = sdk.run(), sdk.run()
    for one in sdk.listed(dag_id=stopped):
        assert sdk.stop_instance(instance_id=one.instance_id).data
    with pytest.raises(alibaba_modules.Refused) as refusal:
        sdk.stop_instance(instance_id=sdk.listed(dag_id=kept)[0].instance_id)
    assert refusal.value.code == choices.NOT_NOW.value.code
    assert [sdk.get_dag(dag_id=one).data.status for one in (stopped, kept)] == ["FAILURE", "RUNNING"]


def test_a_backfill_is_a_dag_for_each_date(sdk: Sdk) -> None:
    root, other = world.DATAWORKS_TASKS
    sent = {"name": "again", "root_node_id": root, "include_node_ids": f"{root},{other}", "parallelism": False}
    sent |= {"start_biz_date": "2027-01-12 00:00:00", "end_biz_date": DATE_TEXT}
    sent |= {"biz_begin_time": "00:00:00", "biz_end_time": "23:59:59"}
    first, second = sdk.run_cycle_dag_nodes(**sent).data
    dags = [sdk.get_dag(dag_id=one).data for one in (first, second)]
    assert [(one.name, one.type, one.bizdate) for one in dags] == [
        ("again", "SUPPLY_DATA", DATE - 86_400_000),
        ("again", "SUPPLY_DATA", DATE),
    ]
    assert sorted(one.node_id for one in sdk.listed(dag_id=second)) == [root, other]


@pytest.mark.parametrize("version", ["2020-05-18", "2024-05-18"])
def test_what_waits_for_a_call_goes_on_after_it_and_only_once(
    version: str, sdk: Sdk, sandbox: Running, gate: int, alibaba_client: Connect, request: pytest.FixtureRequest
) -> None:
    trigger: Callable[[], Any]
    if version == "2020-05-18":
        trigger = partial(sdk.run_trigger_node, app_id=PROJECT, node_id=gate, biz_date=DATE, cycle_time=DUE)
    else:
        newer = request.getfixturevalue("dataworks_2024_modules")
        call = Sdk(alibaba_client(newer.Client), newer.models).trigger_scheduler_task_instance
        trigger = partial(call, task_id=gate, trigger_time=DUE, env_type="Prod")
    assert [one.status for one in sdk.listed(biz_name="gated")] == ["NOT_RUN", "WAIT_TRIGGER"]
    sandbox.courses.add(RUN, seconds=60)
    assert trigger().success
    assert [one.status for one in sdk.listed(biz_name="gated")] == ["NOT_RUN", "RUNNING"]
    sandbox.advance(61)
    assert trigger().success
    assert [(one.status, one.cyc_time) for one in sdk.listed(node_id=gate)] == [("SUCCESS", DUE)]


def test_what_does_not_exist_is_refused(sdk: Sdk, alibaba_modules: SimpleNamespace, flow: int, gate: int) -> None:
    root = next(iter(world.DATAWORKS_TASKS))
    backfill = {"name": "x", "root_node_id": root, "include_node_ids": "7", "parallelism": False}
    backfill |= {"start_biz_date": DATE_TEXT, "end_biz_date": DATE_TEXT, "biz_begin_time": "00:00:00"}
    backfill |= {"biz_end_time": "23:59:59"}
    refused: list[tuple[str, dict[str, Any], Any]] = [
        ("get_dag", {"dag_id": 7}, choices.NO_DAG),
        ("get_instance", {"instance_id": 7}, choices.NO_INSTANCE),
        ("get_instance_log", {"instance_id": 7}, choices.NO_INSTANCE),
        ("run", {"flow_name": world.DATAWORKS_WORKFLOW_NAME}, choices.NO_FLOW),
        ("run", {"project_name": "nobody_s"}, choices.NO_PROJECT),
        ("run", {"include_node_ids": "7"}, choices.NO_NODE),
        ("run_cycle_dag_nodes", backfill, choices.NO_NODE),
        (
            "run_trigger_node",
            {"app_id": PROJECT, "node_id": gate, "biz_date": DATE, "cycle_time": 1},
            choices.NO_INSTANCE,
        ),
    ]
    for operation, fields, choice in refused:
        with pytest.raises(alibaba_modules.Refused) as refusal:
            getattr(sdk, operation)(**fields)
        assert refusal.value.code == choice.value.code, operation
    for wrong in ({"biz_date": "2027-01-14 00:00:00"}, {"dag_parameters": "a=1"}):
        with pytest.raises(alibaba_modules.Refused) as refusal:
            sdk.run(**wrong)
        assert refusal.value.code == "InvalidParameter"


@pytest.mark.parametrize(("word", "written"), [("WaitTrigger", "WAIT_TRIGGER"), ("Success", "SUCCESS"), ("X", "X")])
def test_words_of_the_newer_version_are_written_in_the_older_way(word: str, written: str) -> None:
    assert in_upper_case(word) == written
