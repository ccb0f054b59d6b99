"""The official SDK of DataWorks 2024-05-18 runs workflows in the sandbox: twice asynchronously, and by the schedule."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.dataworks import choices

from .conftest import Connect

pytestmark = pytest.mark.xdist_group("dataworks-2024-sdk")  # one process imports the SDK, which takes seconds

PROJECT, WORKFLOW = world.DATAWORKS_PROJECT_ID, world.DATAWORKS_WORKFLOW_ID
CREATION, INSTANCE = "dataworks.workflow_creation", "dataworks.workflow_instance"
DATE = 1_799_769_600_000  # 13 January 2027 at +0800
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
    """The few calls of the tests, in the SDK's own words."""

    def __init__(self, client: Any, models: Any) -> None:
        self._client, self._models = client, models

    def __getattr__(self, operation: str) -> Any:
        name = "".join(part.title() for part in operation.split("_"))

        def call(**fields: Any) -> Any:
            return getattr(self._client, operation)(getattr(self._models, f"{name}Request")(**fields)).body

        return call

    def create(self, *dates: tuple[str, str], **fields: Any) -> str:
        ranges = [self._models.CreateWorkflowInstancesRequestPeriodsBizDates(start_biz_date=first, end_biz_date=last)
                  for first, last in dates]  # fmt: skip
        sent = {
            "project_id": PROJECT,
            "workflow_id": WORKFLOW,
            "name": "by hand",
            "type": "SupplementData",
            "tags": [self._models.CreateWorkflowInstancesRequestTags(key="run", value="a")],
            "periods": self._models.CreateWorkflowInstancesRequestPeriods(biz_dates=ranges),
            "default_run_properties": self.run_properties(),
        }
        return str(self.create_workflow_instances(**sent | fields).operation_id)

    def run_properties(self, **fields: Any) -> Any:
        analysis = self._models.CreateWorkflowInstancesRequestDefaultRunPropertiesAnalysis(blocked=False, enabled=False)
        given = {"mode": "ManualSelection", "parallelism": 1, "root_task_ids": list(world.DATAWORKS_TASKS)}
        request = self._models.CreateWorkflowInstancesRequestDefaultRunProperties
        return request(**{"analysis": analysis, **given, **fields})

    def ids(self, operation: str) -> list[int]:
        result = self.get_create_workflow_instances_result(operation_id=operation).result
        return list(result.workflow_instance_ids or [])

    def listed(self, **wanted: Any) -> list[Any]:
        asked = {"project_id": PROJECT, "biz_date": DATE} | wanted
        return list(self.list_workflow_instances(**asked).paging_info.workflow_instances)

    def tasks(self, **wanted: Any) -> dict[str, str]:
        asked = {"project_id": PROJECT, "bizdate": DATE, "sort_by": "Id"} | wanted
        found = self.list_task_instances(**asked).paging_info.task_instances
        return {one.task_name: one.status for one in found}


@pytest.fixture
def sdk(alibaba_client: Connect, dataworks_2024_modules: SimpleNamespace) -> Sdk:
    return Sdk(alibaba_client(dataworks_2024_modules.Client), dataworks_2024_modules.models)


def test_instances_are_created_some_time_after_the_answer(sandbox: Running, sdk: Sdk) -> None:
    sandbox.courses.add(CREATION, seconds=60)
    operation = sdk.create(("2027-01-12", "2027-01-13"))
    creating = sdk.get_create_workflow_instances_result(operation_id=operation).result
    assert (creating.status, creating.workflow_instance_ids, sdk.listed(tags=["run:a"])) == ("Creating", None, [])
    sandbox.advance(61)
    (found,) = sdk.listed(tags=["run:a"])
    assert (found.name, found.type, found.biz_date, found.status) == ("by hand", "SupplementData", DATE, "Running")
    created = sdk.get_create_workflow_instances_result(operation_id=operation).result
    assert (created.status, len(created.workflow_instance_ids)) == ("Created", 2)
    assert found.id in created.workflow_instance_ids
    shown = sdk.get_workflow_instance(id=found.id).workflow_instance
    assert [(tag.key, tag.value) for tag in shown.tags] == [("run", "a")]


def test_the_tasks_that_are_named_run_alone(sandbox: Running, sdk: Sdk) -> None:
    sandbox.courses.add(CREATION, seconds=0, times=0)
    for number in (WORKFLOW, 1):
        first, _ = world.DATAWORKS_TASKS
        properties = sdk.run_properties(root_task_ids=[first])
        dates = ("2027-01-13", "2027-01-13")
        (made,) = sdk.ids(sdk.create(dates, workflow_id=number, default_run_properties=properties))
        assert list(sdk.tasks(workflow_instance_id=made)) == [world.DATAWORKS_TASKS[first]]


def test_a_creation_may_fail_with_a_reason(sandbox: Running, sdk: Sdk) -> None:
    sandbox.courses.add(CREATION, looks=1, ending="bad", reason="no resource group")
    operation = sdk.create(("2027-01-13", "2027-01-13"))
    shown = [sdk.get_create_workflow_instances_result(operation_id=operation).result for _ in range(2)]
    assert [one.status for one in shown] == ["Creating", "CreateFailure"]
    assert shown[1].failure_message == "no resource group"
    assert sdk.listed(tags=["run:a"]) == []


def test_the_list_is_filtered_and_loose_in_names(sdk: Sdk, sandbox: Running) -> None:
    for name in ("one", "one more"):
        sandbox.courses.add(CREATION, seconds=0)
        sdk.create(("2027-01-13", "2027-01-13"), name=name)
    assert [one.name for one in sdk.listed(name="one")] == ["one more", "one"]
    assert [one.name for one in sdk.listed(type="SupplementData", sort_by="Id")] == ["one", "one more"]
    assert [one.name for one in sdk.listed(tags=["run:b"])] == []
    assert len(sdk.listed(tags=["run:b", "run:a"])) == 2  # any of them
    assert [one.name for one in sdk.listed(page_size=1, page_number=2, type="SupplementData")] == ["one"]
    assert sdk.listed(workflow_id=1) == sdk.listed(env_type="Dev") == sdk.listed(biz_date=DATE + 86_400_000) == []


def test_the_schedule_has_run_yesterdays_instances(sdk: Sdk, sandbox: Running) -> None:
    (found,) = sdk.listed()
    assert (found.name, found.type, found.status) == (world.DATAWORKS_WORKFLOW_NAME, "Normal", "Success")
    assert [one.id for one in sdk.listed()] == [found.id]
    assert sdk.tasks() == dict.fromkeys(world.DATAWORKS_TASKS.values(), "Success")
    assert sdk.listed(biz_date=DATE + 86_400_000) == []  # that day is not over


def test_the_tasks_of_a_run_follow_its_course(sandbox: Running, sdk: Sdk) -> None:
    sandbox.courses.add(CREATION, seconds=0)
    sandbox.courses.add(INSTANCE, looks=2, begun_looks=1, ending="bad", reason="table not found")
    (number,) = sdk.ids(sdk.create(("2027-01-13", "2027-01-13")))
    states = [list(sdk.tasks(workflow_instance_id=number).values()) for _ in range(3)]
    assert states == [["NotRun", "NotRun"], ["Running", "NotRun"], ["Success", "Failure"]]
    failed = sdk.list_task_instances(project_id=PROJECT, bizdate=DATE, workflow_instance_id=number, status="Failure")
    (task,) = failed.paging_info.task_instances
    assert sdk.get_task_instance_log(id=task.id).task_instance_log.endswith("ERROR table not found")
    assert sdk.get_task_instance(id=task.id).task_instance.script.content.startswith("INSERT")


def test_each_id_has_its_own_result(sandbox: Running, sdk: Sdk) -> None:
    sandbox.courses.add(CREATION, seconds=0, times=0)
    sandbox.courses.add(INSTANCE, ending="never", cancel="refused")
    sandbox.courses.add(INSTANCE, ending="never")
    (kept,) = sdk.ids(sdk.create(("2027-01-13", "2027-01-13")))
    (stopped,) = sdk.ids(sdk.create(("2027-01-13", "2027-01-13")))
    results = sdk.stop_workflow_instances(ids=[kept, stopped, 7]).success_info
    assert {int(number): one.success for number, one in results.items()} == {kept: False, stopped: True, 7: False}
    assert "does not exist" in results["7"].message
    assert [sdk.get_workflow_instance(id=one).workflow_instance.status for one in (kept, stopped)] == [
        "Running",
        "Failure",
    ]


def test_a_stop_of_a_task_ends_the_run_that_it_is_in(sandbox: Running, sdk: Sdk) -> None:
    sandbox.courses.add(CREATION, seconds=0)
    sandbox.courses.add(INSTANCE, ending="never")
    (number,) = sdk.ids(sdk.create(("2027-01-13", "2027-01-13")))
    found = sdk.list_task_instances(project_id=PROJECT, bizdate=DATE, workflow_instance_id=number)
    (task, *_) = found.paging_info.task_instances
    results = sdk.stop_task_instances(ids=[task.id, 7]).success_info
    assert {int(one): result.success for one, result in results.items()} == {task.id: True, 7: False}
    assert sdk.get_workflow_instance(id=number).workflow_instance.status == "Failure"


def test_a_failed_task_runs_again_or_is_set_to_success(sandbox: Running, sdk: Sdk) -> None:
    sandbox.courses.add(CREATION, seconds=0)
    sandbox.courses.add(INSTANCE, match={"Name": "by hand"}, seconds=0, ending="bad")
    sandbox.courses.add(INSTANCE, match={"Name": "by hand"}, looks=1, ending="bad")
    (number,) = sdk.ids(sdk.create(("2027-01-13", "2027-01-13")))
    found = sdk.list_task_instances(project_id=PROJECT, bizdate=DATE, workflow_instance_id=number, sort_by="Id")
    good, bad = (one.id for one in found.paging_info.task_instances)
    rerun = sdk.rerun_task_instances(ids=[bad]).success_info
    assert rerun[str(bad)].success
    assert list(sdk.tasks(workflow_instance_id=number).values()) == ["Success", "Running"]
    assert list(sdk.tasks(workflow_instance_id=number).values()) == ["Success", "Failure"]
    results = sdk.set_success_task_instances(ids=[good, bad, 7]).success_info
    assert {int(one): result.success for one, result in results.items()} == {good: False, bad: True, 7: False}
    assert sdk.get_workflow_instance(id=number).workflow_instance.status == "Success"
    assert sdk.get_task_instance(id=bad).task_instance.run_number == 2


def test_what_does_not_exist_is_refused(sdk: Sdk, sandbox: Running, alibaba_modules: SimpleNamespace) -> None:
    refused: dict[str, tuple[dict[str, Any], Any]] = {
        "get_create_workflow_instances_result": ({"operation_id": "x"}, choices.NO_OPERATION),
        "get_workflow_instance": ({"id": 7}, choices.NO_INSTANCE),
        "get_task_instance": ({"id": 7}, choices.NO_INSTANCE),
        "get_task_instance_log": ({"id": 7}, choices.NO_INSTANCE),
        "create": ({"workflow_id": 7}, choices.NO_WORKFLOW),
        "list_workflow_instances": ({"project_id": 77, "biz_date": DATE}, choices.NO_PROJECT_2024),
    }
    for operation, (fields, choice) in refused.items():
        with pytest.raises(alibaba_modules.Refused) as refusal:
            getattr(sdk, operation)(**fields)
        assert refusal.value.code == choice.value.code, operation
    with pytest.raises(alibaba_modules.Refused, match="RootTaskIds is mandatory"):
        sdk.create(default_run_properties=sdk.run_properties(root_task_ids=None))
    with pytest.raises(alibaba_modules.Refused, match="at most 7"):
        sdk.create(*[("2027-01-01", "2027-01-01")] * 8)
