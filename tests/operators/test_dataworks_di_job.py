"""Data integration jobs: started once by their state, stopped, and waited for, real-time ones too."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import (
    InvalidParameter,
    LostTrack,
    NotFound,
    PermissionDenied,
    RunFailed,
    Stopped,
    WaitTimedOut,
)
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.operators.dataworks.di_job import StartDIJobOperator, StopDIJobOperator
from airflow_provider_cloudflows.provisioning import by_state
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sensors.dataworks.di_job import DIJobSensor
from airflow_provider_cloudflows.services.dataworks.di_job import DIJobResource, TableRun
from airflow_provider_cloudflows.services.dataworks.start_di_job import StartDIJob
from airflow_provider_cloudflows.transport.flow import Wait
from tests.airflow_versions import needs_state_store
from tests.operators.dataworks import PLACE, sent
from tests.operators.material import TaskInstance
from tests.operators.test_dataworks_publish import Killed, killed_at
from tests.operators.test_runs_over_the_sandbox import stop_when_it_waits
from tests.operators.tries import FOR_EVER, Store, deferred_or_not, run

KIND = "dataworks.di_job"
SOON = {"poll_interval": 0.01, "timeout": 20}


pytestmark = pytest.mark.usefixtures("connections", "no_pauses", "leaves_soon")


def start(**more: Any) -> StartDIJobOperator:
    job = {"task_id": "start", "di_job_id": world.DATAWORKS_DI_JOB_ID, "settle": 0}
    return StartDIJobOperator(**{**job, **PLACE, **SOON, **more})


def stop(**more: Any) -> StopDIJobOperator:
    job = {"task_id": "stop", "di_job_id": world.DATAWORKS_DI_JOB_ID}
    return StopDIJobOperator(**{**job, **PLACE, **SOON, **more})


def watch(**more: Any) -> DIJobSensor:
    job = {"task_id": "watch", "di_job_id": world.DATAWORKS_DI_JOB_ID, "poke_interval": 0.01, "timeout": 20}
    return DIJobSensor(**{**job, **PLACE, **more})


def job_of(sandbox: Running, number: int = 0) -> dict[str, Any]:
    return sandbox.state()[KIND][number]


def real_time(sandbox: Running) -> int:
    job = sandbox.insert(KIND, JobName="binlog", MigrationType="RealtimeIncremental", **in_project())
    return int(job["Id"])


def in_project() -> dict[str, Any]:
    return {"ProjectId": world.DATAWORKS_PROJECT_ID}


# --- start -----------------------------------------------------------------------------------------------------------


@deferred_or_not
def test_a_real_time_job_has_got_there_when_it_runs(deferrable: bool, sandbox: Running) -> None:
    job_id = real_time(sandbox)
    sandbox.courses.add(KIND, ending="never", begun_looks=2)
    settings = '{"StartTime": 1663765058}'
    made = run(start(di_job_id=job_id, realtime_start_settings=settings, deferrable=deferrable))
    job = job_of(sandbox, 1)
    assert (made, job["JobStatus"], job["Settings"]) == (job_id, "Running", {"StartTime": 1663765058})


def test_the_author_says_otherwise_what_a_job_waits_for(sandbox: Running) -> None:
    sandbox.courses.add(KIND, ending="never")
    run(start(until="Running"))
    with pytest.raises(WaitTimedOut, match="last seen as Running"):
        run(start(until="Finished", timeout=0.05))


def test_a_job_that_runs_already_is_waited_for_and_left_alone_when_the_task_is_stopped(sandbox: Running) -> None:
    sandbox.courses.add(KIND, ending="never")
    run(start(task_id="somebody", wait=False))
    mine = start(timeout=FOR_EVER)
    thread = stop_when_it_waits(mine)
    with pytest.raises(Stopped):
        run(mine)
    thread.join()
    assert (job_of(sandbox)["JobStatus"], job_of(sandbox)["Executions"]) == ("Running", 1)


@deferred_or_not
@pytest.mark.parametrize("waits", ["operator", "sensor"])
def test_a_job_that_failed_tells_which_tables_did_and_why(waits: str, deferrable: bool, sandbox: Running) -> None:
    sandbox.courses.add(KIND, begun_looks=1, seconds=0.0, ending="bad", reason="sync table t1 fail.")
    if waits == "sensor":
        run(start(wait=False))
    with pytest.raises(RunFailed) as caught:
        run((start if waits == "operator" else watch)(deferrable=deferrable))
    said = (
        f"data integration job {world.DATAWORKS_DI_JOB_ID} ended as Failed: sandbox.orders_to_lake: sync table t1 fail"
    )
    assert caught.value.sentence().startswith(f"{said}; look at it in the console")


def test_a_job_whose_tables_cannot_be_read_fails_all_the_same(sandbox: Running) -> None:
    sandbox.courses.add(KIND, seconds=0.0, ending="bad", reason="sync table t1 fail.")
    sandbox.faults.add("ListDIJobRunDetails", "error", status=403, code="NoPermission", message="Basic edition")
    with pytest.raises(RunFailed, match="ended as Failed, and the service gives no reason"):
        run(start())


def test_of_many_tables_that_failed_the_first_are_named() -> None:
    tables = [
        TableRun(source_table_name=f"t{count}", full_migration_error_message=f"no {count}.") for count in range(9)
    ]
    tables[0] = TableRun(source_table_name="t0")
    said = DIJobResource({"id": "1", "project_id": 1}).explanation_in(tables)
    assert said == "t1: no 1; t2: no 2; t3: no 3; t4: no 4; t5: no 5; and 3 more tables failed"


def test_a_state_from_before_the_start_ends_no_wait(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read right after the start may be behind: the task waits a settle time before it believes it."""
    sandbox.courses.add(KIND, seconds=0.0, ending="bad", reason="yesterday's")
    with pytest.raises(RunFailed):
        run(start(rerun="never"))
    waited: list[float] = []

    def wait(seconds: float) -> Any:
        waited.append(seconds)
        return Wait(0.0)

    monkeypatch.setattr(by_state, "Wait", wait)
    sandbox.courses.add(KIND, seconds=0.0, ending="bad")
    with pytest.raises(RunFailed):
        run(start(settle=7, task_id="again"))
    assert waited == [7]


def test_a_job_that_does_not_exist_fails_the_task_and_nothing_is_sent(sandbox: Running) -> None:
    with pytest.raises(NotFound, match="no data integration job 9"):
        run(start(di_job_id=9))
    assert sent(sandbox)["StartDIJob"] == 0


def test_a_start_that_is_refused_says_why(sandbox: Running) -> None:
    sandbox.faults.add("StartDIJob", "error", status=403, code="Forbidden.Access", times=9)
    with pytest.raises(PermissionDenied):
        run(start())
    assert job_of(sandbox)["Executions"] == 0


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_a_kill_at_any_request_leads_to_one_start(answered: bool, sandbox: Running) -> None:
    kills = 0
    for number in range(50):
        sandbox.reset()
        sandbox.courses.add(KIND, seconds=0.0, times=0)
        store = Store()
        try:
            with killed_at(number, answered=answered):
                run(start(), store)
        except Killed:
            kills += 1
            run(start(), store)
        else:
            break
        assert (job_of(sandbox)["Executions"], job_of(sandbox)["JobStatus"]) == (1, "Finished"), number
    assert kills >= 3


@needs_state_store
def test_a_forced_start_of_unknown_outcome_is_not_sent_again(sandbox: Running) -> None:
    """The job was finished before, and is: it may have run through once more, and nothing tells."""
    sandbox.courses.add(KIND, seconds=0.0, times=0)
    run(start(task_id="yesterday"))
    store, forced = Store(), {"force_to_rerun": True}
    sandbox.faults.add("StartDIJob", "html", when="after", times=1)
    for _ in range(2):
        with pytest.raises(LostTrack, match="nothing tells whether it has run meanwhile"):
            run(start(**forced), store)
    assert job_of(sandbox)["Executions"] == 2


def test_a_dry_run_starts_and_stops_nothing(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for operator in (start(), stop()):
        vars(operator)["_cached_logger"] = logging.getLogger("tests.dry_run")
        operator.dry_run()
    assert "'start' would create it" in caplog.text
    assert "StopDIJob" in caplog.text
    assert not {"StartDIJob", "StopDIJob"} & sent(sandbox).keys()


# --- stop ------------------------------------------------------------------------------------------------------------


@deferred_or_not
def test_a_stop_waits_until_the_job_runs_no_more(deferrable: bool, sandbox: Running) -> None:
    job_id, ti = real_time(sandbox), TaskInstance(task_id="stop")
    sandbox.courses.add(KIND, ending="never", cancel_seconds=0.1)
    run(start(di_job_id=job_id))
    assert run(stop(di_job_id=job_id, deferrable=deferrable), ti=ti) == job_id
    assert (job_of(sandbox, 1)["JobStatus"], ti.pushed["response"]["JobStatus"]) == ("Stopped", "Stop")
    assert sent(sandbox)["StopDIJob"] == 1


@pytest.mark.parametrize("ending", ["good", "bad", None])
def test_what_does_not_run_is_not_told_to_stop(ending: str | None, sandbox: Running) -> None:
    if ending is not None:
        sandbox.courses.add(KIND, seconds=0.0, ending=ending)
        run(start(wait=False))
    run(stop())
    assert sent(sandbox)["StopDIJob"] == 0


def test_a_stop_right_after_a_start_is_sent_although_a_read_is_behind(sandbox: Running) -> None:
    sandbox.courses.add(KIND, ending="never", begun_looks=1)
    AlibabaCloudHook().call(StartDIJob(project_id=PLACE["project_id"], id=world.DATAWORKS_DI_JOB_ID))
    run(stop())
    assert (sent(sandbox)["StopDIJob"], job_of(sandbox)["JobStatus"]) == (1, "Stopped")


def test_a_stop_whose_answer_was_lost_is_sent_again(sandbox: Running) -> None:
    sandbox.courses.add(KIND, ending="never")
    run(start(wait=False))
    sandbox.faults.add("StopDIJob", "html", when="after", times=1)
    run(stop())
    assert job_of(sandbox)["JobStatus"] == "Stopped"


# --- the sensor ------------------------------------------------------------------------------------------------------


@deferred_or_not
@pytest.mark.parametrize(
    ("until", "course", "seen"),
    [
        (None, {"looks": 2}, "Finished"),
        ("Running", {"ending": "never"}, "Running"),
        ("Stopped", {"looks": 2, "ending": "bad"}, "Failed"),
    ],
)
def test_a_sensor_waits_for_what_somebody_else_started(
    until: str | None, course: dict[str, Any], seen: str, deferrable: bool, sandbox: Running
) -> None:
    sandbox.courses.add(KIND, **course)
    run(start(wait=False))
    assert run(watch(until=until, deferrable=deferrable)) == seen


def test_a_job_that_failed_or_was_stopped_fails_the_sensor(sandbox: Running) -> None:
    sandbox.courses.add(KIND, seconds=0.0, ending="bad")
    sandbox.courses.add(KIND, ending="never")
    run(start(wait=False))
    with pytest.raises(RunFailed, match="ended as Failed"):
        run(watch())
    run(start(wait=False))
    run(stop())
    with pytest.raises(RunFailed, match="ended as Stop"):
        run(watch())


@pytest.mark.parametrize("wrong", [{"until": "Gone"}, {"di_job_id": "x"}, {"project_id": 0}])
def test_what_cannot_be_waited_for_is_refused_at_parse_time(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match=next(iter(wrong))):
        watch(**wrong)
    with pytest.raises(InvalidParameter, match=next(iter(wrong))):
        start(**wrong)
