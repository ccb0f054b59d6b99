"""Instances of DataWorks workspaces of the older version that are there: waited for by their business date."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout

from airflow_provider_cloudflows.errors import InvalidParameter, RunFailed
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import put_workflow
from airflow_provider_cloudflows.sensors.dataworks.scheduled_instances import DataWorksInstanceSensor
from airflow_provider_cloudflows.services.dataworks.dates import time_text, zone_named
from airflow_provider_cloudflows.services.dataworks.scheduled_nodes import NodeById
from airflow_provider_cloudflows.services.dataworks.service import DATAWORKS
from airflow_provider_cloudflows.transport import retry
from airflow_provider_cloudflows.triggers import wait as triggers
from airflow_provider_cloudflows.waiting import waiter
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.poller import Poller
from airflow_provider_cloudflows.waiting.watch import Watch
from tests.operators.material import TaskInstance
from tests.operators.test_runs import run

PROJECT, NAME = world.DATAWORKS_PROJECT_ID, world.DATAWORKS_WORKFLOW_NAME
RUN, PART = "dataworks.workflow_instance", "dataworks.task_instance"
(FIRST, FIRST_NAME), (LAST, LAST_NAME) = world.DATAWORKS_TASKS.items()
TODAY = (datetime.now(UTC) + timedelta(hours=8)).date()  # in Shanghai
YESTERDAY = TODAY - timedelta(days=1)
OLDER = {"api_version": "2020-05-18", "project_id": PROJECT, "biz_date": YESTERDAY}
WHOSE = ({"workflow_name": NAME}, {"dataworks_task_id": str(LAST)}, {"dataworks_task_name": LAST_NAME})

deferred_or_not = pytest.mark.parametrize("deferrable", [False, True])
each = pytest.mark.parametrize("whose", WHOSE, ids=lambda one: next(iter(one)))


@pytest.fixture(autouse=True)
def _connected(connections: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(waiter, "SETTLE", 0.01)
    monkeypatch.setattr(triggers, "EARLIEST_EVENT", 0.0)


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
        ({}, "needs exactly one of"),
    ],
)
def test_what_breaks_a_rule_fails_the_import_of_the_dag(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        sensor(**arguments)
    assert complaint in str(caught.value)
