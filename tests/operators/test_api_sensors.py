"""Sensors that look by any operation: they tell a good end from a bad one, in the worker and in the triggerer."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout

from airflow_provider_cloudflows.errors import CloudflowsError, InvalidParameter, RunFailed
from airflow_provider_cloudflows.sensors.alibaba.api import AlibabaCloudApiSensor
from airflow_provider_cloudflows.sensors.huawei.api import HuaweiCloudApiSensor
from tests.airflow_versions import needs_state_store
from tests.conftest import SetConnection
from tests.operators.material import TaskInstance
from tests.operators.played import BPStudio, Fabric, connected
from tests.operators.tries import Store, deferred_or_not, run
from tests.transport.servers import Answer

pytestmark = pytest.mark.usefixtures("no_pauses")


def job_run(**more: Any) -> HuaweiCloudApiSensor:
    arguments = {
        "service": "fabric",
        "path": "/v1/workspaces/ws-1/jobs/runs/{{ params.run }}",
        "state_path": "status",
        "good": ["SUCCEEDED"],
        "bad": "FAILED",
        "reason_path": "error_msg",
        "poke_interval": 0.01,
        "timeout": 20,
    }
    return HuaweiCloudApiSensor(task_id="wait", **{**arguments, **more})


def there_is(fabric: Fabric, *states: str) -> None:
    fabric.things["id-1"] = {"id": "id-1", "name": "x", "status": states[0], "states": list(states)}


@deferred_or_not
def test_a_good_end(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "PENDING", "WHATEVER", "SUCCEEDED")
    ti = TaskInstance(task_id="wait")
    assert run(job_run(deferrable=deferrable), ti=ti, run="id-1") == "SUCCEEDED"
    assert ti.pushed["response"]["id"] == "id-1"


@deferred_or_not
def test_a_bad_end_tells_the_reason(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "RUNNING", "FAILED")
    fabric.shown = {"error_msg": "out of memory"}
    with pytest.raises(RunFailed, match="runs/id-1 ended as FAILED: out of memory; look at it"):
        run(job_run(deferrable=deferrable), run="id-1")


@deferred_or_not
def test_what_is_not_there_yet_is_waited_for_until_the_time_is_over(fabric: Fabric, deferrable: bool) -> None:
    with pytest.raises(AirflowSensorTimeout):
        run(job_run(deferrable=deferrable, timeout=0.1), run="id-9")


@deferred_or_not
def test_a_path_to_a_name_that_is_not_there_fails_the_task_after_five_looks(fabric: Fabric, deferrable: bool) -> None:
    there_is(fabric, "RUNNING")
    with pytest.raises(CloudflowsError) as caught:
        run(job_run(deferrable=deferrable, state_path="state"), run="id-1")
    assert "showed no state in 5 looks in a row: the answer holds no state: it is an object with id" in str(
        caught.value
    )
    assert "correct state_path" in str(caught.value)
    assert fabric.calls["show"] == 5 + deferrable  # one before it defers


@needs_state_store
@pytest.mark.parametrize(
    ("interrupted", "looks"), [(False, 5), (True, 8)], ids=["in a row", "after one that showed it"]
)
def test_a_sensor_that_is_rescheduled_counts_the_looks_of_all_its_processes(
    interrupted: bool, looks: int, fabric: Fabric
) -> None:
    store, ti = Store(), TaskInstance(task_id="wait")
    for number in range(looks):
        there_is(fabric, "RUNNING")
        path = "status" if interrupted and number == 2 else "state"
        sensor = job_run(mode="reschedule", state_path=path)
        context: Any = {"ti": ti, "params": {"run": "id-1"}, "task_state_store": store, "task_reschedule_count": number}
        sensor.render_template_fields(context)
        if number < looks - 1:
            assert sensor.poke(context) is False
    with pytest.raises(CloudflowsError, match="no state in 5 looks in a row"):
        sensor.poke(context)


@deferred_or_not
@pytest.mark.parametrize(
    ("arguments", "shown_before"),
    [
        ({"if_absent": "wait"}, {"id": "id-1"}),
        ({"state_path": "job.status"}, {"job": {}}),
        ({"state_path": "job.status"}, {"job": None}),
        ({"state_path": "attempts[0].status"}, {"attempts": []}),
    ],
)
def test_a_state_that_is_still_to_come_is_waited_for(
    fabric: Fabric, arguments: dict[str, Any], shown_before: dict[str, Any], deferrable: bool
) -> None:
    there_is(fabric, "SUCCEEDED")
    fabric.things["id-1"] |= {"job": {"status": "SUCCEEDED"}, "attempts": [{"status": "SUCCEEDED"}]}
    fabric.strays = [Answer(shown_before)] * 7
    assert run(job_run(deferrable=deferrable, **arguments), run="id-1") == "SUCCEEDED"


@deferred_or_not
def test_alibaba_cloud(set_connection: SetConnection, deferrable: bool) -> None:
    with connected(BPStudio(executions=1), set_connection):
        sensor = AlibabaCloudApiSensor(
            task_id="wait",
            product="bpstudio",
            version="2021-09-31",
            action="GetTask",
            form={"TaskId": "1994"},
            state_path="Data.Status",
            good="FINISH",
            deferrable=deferrable,
            poke_interval=0.01,
        )
        assert run(sensor) == "FINISH"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"good": []}, "got no good"),
        ({"bad": ["succeeded"]}, "succeeded in good and in bad"),
        ({"state_path": "a["}, "state_path='a\\[' is no path"),
        ({"path": "/v1/{result}"}, "got {result} in its request"),
        ({"if_absent": "skip"}, "if_absent='skip': it offers 'fail' or 'wait'"),
        ({"path": "v1"}, "path must start with /"),
    ],
)
def test_a_wrong_literal_fails_the_import(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        job_run(**arguments)
