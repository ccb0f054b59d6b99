"""Sensors: they look, start nothing, and tell a good end from a bad one, in the worker and in the triggerer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout, AirflowSkipException, TaskDeferred

from airflow_provider_cloudflows.errors import ConfigurationError, InvalidParameter, RunFailed
from airflow_provider_cloudflows.links.bpstudio import BPStudioApplicationLink
from airflow_provider_cloudflows.links.fabric import FabricConsoleLink
from airflow_provider_cloudflows.operators.bpstudio.task_execution import ExecuteBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.di_job import StartDIJobOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import RunDataWorksWorkflowOperator
from airflow_provider_cloudflows.operators.fabric.endpoint import CreateFabricEndpointOperator
from airflow_provider_cloudflows.operators.fabric.job_run import RunFabricJobOperator
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator
from airflow_provider_cloudflows.sensors.bpstudio.task_execution import BPStudioTaskSensor
from airflow_provider_cloudflows.sensors.dataworks.di_job import DIJobSensor
from airflow_provider_cloudflows.sensors.dataworks.scheduled_instances import DataWorksInstanceSensor
from airflow_provider_cloudflows.sensors.fabric.endpoint import FabricEndpointSensor
from airflow_provider_cloudflows.sensors.fabric.job_run import FabricJobRunSensor
from airflow_provider_cloudflows.sensors.secmaster.workflow_instance import SecMasterWorkflowInstanceSensor
from tests.conftest import SetConnection
from tests.operators.material import TaskInstance
from tests.operators.played import DENIED, BPStudio, Fabric, allow_calls_a_day, connected
from tests.operators.tries import deferred_or_not, run

SOON = {"poke_interval": 0.01, "timeout": 20}


pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def bpstudio(set_connection: SetConnection) -> Iterator[BPStudio]:
    cloud = BPStudio(executions=1)
    with connected(cloud, set_connection):
        yield cloud


def there_is(fabric: Fabric, *states: str, **more: Any) -> None:
    """A run, or an endpoint, that goes through ``states``."""
    fabric.things["id-1"] = {"id": "id-1", "name": "x", "status": states[0], "states": list(states), **more}


def job_run(**more: Any) -> FabricJobRunSensor:
    return FabricJobRunSensor(task_id="wait", **{"workspace_id": "ws-1", "job_run_id": "id-1", **SOON, **more})


def endpoint(**more: Any) -> FabricEndpointSensor:
    return FabricEndpointSensor(task_id="wait", **{"workspace_id": "ws-1", "endpoint_id": "id-1", **SOON, **more})


def bpstudio_task(**more: Any) -> BPStudioTaskSensor:
    return BPStudioTaskSensor(task_id="wait", **{"bpstudio_task_id": "1994", **SOON, **more})


@deferred_or_not
def test_a_good_end_of_a_run(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "PENDING", "RUNNING", "UPDATING", "WHATEVER", "SUCCEEDED")
    ti = TaskInstance(task_id="wait")
    assert run(job_run(deferrable=deferrable), ti=ti) == "SUCCEEDED"
    assert ti.pushed["response"]["id"] == "id-1"
    assert fabric.calls["start"] == 0


@deferred_or_not
def test_the_link_is_there_while_the_sensor_waits(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "PENDING")
    for sensor in (job_run, endpoint):
        ti = TaskInstance(task_id="wait")
        with pytest.raises(AirflowSensorTimeout):
            run(sensor(deferrable=deferrable, timeout=0.05), ti=ti)
        assert ti.pushed["console_url"] == FabricConsoleLink.url()


@deferred_or_not
def test_the_link_to_an_application_is_there_as_soon_as_the_task_was_seen(bpstudio: BPStudio, deferrable: bool) -> None:
    bpstudio.script = ["BINDING"]
    ti = TaskInstance(task_id="wait")
    with pytest.raises(AirflowSensorTimeout):
        run(bpstudio_task(deferrable=deferrable, timeout=0.05), ti=ti)
    assert ti.pushed["console_url"] == BPStudioApplicationLink.url("APP1")


@pytest.mark.parametrize(
    ("sensor", "operator"),
    [
        (BPStudioTaskSensor, ExecuteBPStudioTaskOperator),
        (DIJobSensor, StartDIJobOperator),
        (DataWorksInstanceSensor, RunDataWorksWorkflowOperator),
        (FabricEndpointSensor, CreateFabricEndpointOperator),
        (FabricJobRunSensor, RunFabricJobOperator),
        (SecMasterWorkflowInstanceSensor, RunSecMasterWorkflowOperator),
    ],
)
def test_a_sensor_has_the_links_of_the_operator_that_starts_what_it_waits_for(sensor: Any, operator: Any) -> None:
    assert list(map(type, sensor.operator_extra_links)) == list(map(type, operator.operator_extra_links))


@deferred_or_not
def test_a_refusal_or_two_end_no_wait(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "RUNNING", "SUCCEEDED")
    fabric.strays = [DENIED] * 2
    assert run(job_run(deferrable=deferrable)) == "SUCCEEDED"


def test_a_triggerer_that_cannot_wait_skips_the_task_where_the_author_wants_that(fabric: Fabric) -> None:
    there_is(fabric, "RUNNING")
    sensor: Any = job_run(deferrable=True, soft_fail=True)
    context = {"ti": TaskInstance(task_id="wait"), "params": {}}
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context)
    event = {"watch": deferred.value.trigger.watch, "deadline": deferred.value.trigger.deadline, "error": "no way"}
    with pytest.raises(AirflowSkipException, match="no way"):
        sensor.resume(context, event)


@deferred_or_not
@pytest.mark.parametrize("state", ["FAILED", "STOPPED", "DELETED"])
def test_a_bad_end_of_a_run(fabric: Fabric, state: str, deferrable: bool) -> None:
    there_is(fabric, "RUNNING", state)
    with pytest.raises(RunFailed, match=f"job run id-1 ended as {state}, and the service gives no reason; look at it"):
        run(job_run(deferrable=deferrable))


@deferred_or_not
def test_the_end_of_the_time(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "RUNNING")
    with pytest.raises(AirflowSensorTimeout):
        run(job_run(deferrable=deferrable, timeout=0.05))
    with pytest.raises(AirflowSkipException):
        run(job_run(deferrable=deferrable, timeout=0.05, soft_fail=True))


@deferred_or_not
def test_an_endpoint_that_gets_ready(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "CREATING", "CREATING", "RUNNING")
    assert run(endpoint(deferrable=deferrable)) == "RUNNING"


def test_an_endpoint_that_does_not(fabric: Fabric) -> None:
    there_is(fabric, "CREATING", "CREATE_FAILED")
    fabric.shown = {"error_code": "Quota.1", "error_msg": "no MU left"}
    with pytest.raises(RunFailed, match=r"endpoint id-1 ended as CREATE_FAILED: Quota\.1: no MU left; look"):
        run(endpoint())


@deferred_or_not
@pytest.mark.parametrize("before", [("DELETING",), ("CREATE_FAILED", "FROZEN", "DELETING"), ("RUNNING",)])
def test_an_endpoint_that_somebody_deletes(fabric: Fabric, before: tuple[str, ...], deferrable: bool) -> None:
    """What failed before it was deleted is on its way, too, and a deleted one may still be shown."""
    there_is(fabric, *before, "DELETED")
    assert run(endpoint(target="{{ params.x }}", deferrable=deferrable), x="deleted") is None


def test_an_endpoint_that_cannot_be_deleted(fabric: Fabric) -> None:
    there_is(fabric, "DELETING", "DELETE_FAILED")
    with pytest.raises(RunFailed, match="endpoint id-1 ended as DELETE_FAILED"):
        run(endpoint(target="deleted"))


def test_an_endpoint_that_is_not_there(fabric: Fabric) -> None:
    assert run(endpoint(target="deleted")) is None
    with pytest.raises(RunFailed, match="endpoint id-1 is not there any more"):
        run(endpoint())


@deferred_or_not
def test_a_task_that_finishes(bpstudio: BPStudio, deferrable: bool) -> None:
    assert run(bpstudio_task(deferrable=deferrable)) == "FINISH"
    assert "ExecuteTask" not in bpstudio.calls


@deferred_or_not
def test_a_task_that_finishes_with_a_message(bpstudio: BPStudio, deferrable: bool) -> None:
    bpstudio.message = "SyntaxError"
    with pytest.raises(RunFailed, match="shows an error message beside that, 'SyntaxError'"):
        run(bpstudio_task(deferrable=deferrable))
    assert run(bpstudio_task(deferrable=deferrable, on_error_message="ignore")) == "FINISH"


@pytest.mark.parametrize(("deferrable", "needed"), [(True, 155), (False, 1447)])
def test_a_sensor_that_needs_more_calls_than_are_allowed_does_not_look(
    fabric: Fabric, deferrable: bool, needed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there_is(fabric, "SUCCEEDED")
    allow_calls_a_day(100, monkeypatch)
    with pytest.raises(ConfigurationError, match=f"'wait' may need {needed} calls a day to wait 604800 s"):
        run(job_run(deferrable=deferrable, poke_interval=60, timeout=604800))
    assert not fabric.calls
    assert run(job_run(deferrable=deferrable, poke_interval=60, timeout=3600)) == "SUCCEEDED"


def test_a_sensor_without_a_pause_grows_from_a_short_one(fabric: Fabric) -> None:
    there_is(fabric, "RUNNING")
    with pytest.raises(TaskDeferred) as deferred:
        job_run(deferrable=True, poke_interval=0).execute({"ti": TaskInstance(), "params": {}})  # type: ignore[typeddict-item]
    assert deferred.value.trigger.poll_interval > 0


def test_wrong_literals_fail_the_import() -> None:
    with pytest.raises(InvalidParameter, match="target='gone': it offers 'running' or 'deleted'"):
        endpoint(target="gone")
    with pytest.raises(InvalidParameter, match="bpstudio_task_id='x': it is the number of a task"):
        bpstudio_task(bpstudio_task_id="x")
    with pytest.raises(InvalidParameter, match="on_error_message='shrug'"):
        bpstudio_task(on_error_message="shrug")


@deferred_or_not
def test_an_id_that_is_none_is_a_sentence(fabric: Fabric, deferrable: bool) -> None:
    with pytest.raises(InvalidParameter, match="'wait' breaks the vendor's rules: job_run_id='a b': an id has 1 to 64"):
        run(job_run(job_run_id="{{ params.x }}", deferrable=deferrable), x="a b")
    assert not fabric.calls
