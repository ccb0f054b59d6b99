"""What runs something: started once, found again by whoever comes next, waited for, and told why it ended badly."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, TaskDeferred

from airflow_provider_cloudflows.errors import (
    CloudError,
    CloudflowsError,
    ConfigurationError,
    Gone,
    InvalidParameter,
    InvalidRequest,
    LostTrack,
    RunFailed,
    WaitTimedOut,
)
from airflow_provider_cloudflows.operators.bpstudio.task_execution import ExecuteBPStudioTaskOperator
from airflow_provider_cloudflows.operators.fabric.endpoint import (
    CreateFabricEndpointOperator,
    DeleteFabricEndpointOperator,
)
from airflow_provider_cloudflows.operators.fabric.job_run import RunFabricJobOperator
from airflow_provider_cloudflows.provisioning import ending
from tests.airflow_versions import needs_state_store
from tests.operators.material import TaskInstance
from tests.operators.played import DENIED, BPStudio, Fabric, allow_calls_a_day
from tests.operators.tries import Store, deferred_or_not, only_event, run
from tests.transport.servers import Answer

JOB = {"workspace_id": "ws-1", "job_id": "job-1", "version_id": "v-1", "endpoint_id": "ep-1"}
SOON = {"poll_interval": 0.01, "timeout": 20, "settle": 0}


pytestmark = pytest.mark.usefixtures("no_pauses")


def job(**more: Any) -> RunFabricJobOperator:
    return RunFabricJobOperator(task_id="run", **{**JOB, **SOON, **more})


def execute(**more: Any) -> ExecuteBPStudioTaskOperator:
    return ExecuteBPStudioTaskOperator(task_id="execute", **{"bpstudio_task_id": 1994, **SOON, **more})


# --- Fabric jobs -----------------------------------------------------------------------------------------------------


@deferred_or_not
def test_a_job_is_run_waited_for_and_its_id_returned(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["PENDING", "RUNNING", "SUCCEEDED"]]
    ti = TaskInstance(task_id="run")
    assert run(job(deferrable=deferrable), ti=ti) == "id-1"
    assert (fabric.calls["start"], ti.pushed["run_id"], ti.pushed["response"]["status"]) == (1, "id-1", "SUCCEEDED")
    assert ti.pushed["console_url"] == "https://console.huaweicloud.com/fabric/"
    (sent,) = fabric.sent
    assert sent == {"job": {"id": "job-1", "version_id": "v-1"}, "name": sent["name"], "endpoint_id": "ep-1"}


@deferred_or_not
def test_the_id_is_handed_on_before_the_wait_begins(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["RUNNING"]]
    ti = TaskInstance(task_id="run")
    with pytest.raises(WaitTimedOut, match=r"job run id-1 was not over after 0\.05 s, and last seen as RUNNING"):
        run(job(timeout=0.05, deferrable=deferrable), ti=ti)
    assert (ti.pushed["run_id"], ti.pushed["response"]["status"]) == ("id-1", "RUNNING")
    assert "console_url" in ti.pushed
    assert fabric.calls["cancel"] == 0


def test_a_run_that_is_not_waited_for(fabric: Fabric) -> None:
    fabric.scripts = [["PENDING"]]
    assert run(job(wait=False, deferrable=True)) == "id-1"


@deferred_or_not
def test_a_bad_end_tells_the_code_the_words_and_where_the_log_is(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["RUNNING", "FAILED"]]
    logs = [{"type": "OBS", "path": "obs://logs/id-1"}, {"type": "LTS", "path": None}]
    fabric.shown = {"error_code": "Job.0042", "error_msg": "out of memory", "log_path": logs}
    with pytest.raises(RunFailed) as caught:
        run(job(deferrable=deferrable))
    assert caught.value.sentence() == (
        "job run id-1 ended as FAILED: Job.0042: out of memory; its log is at OBS obs://logs/id-1; look at it in the "
        "console; a further try of the task starts another one."
    )


class TellsWhenItWaits(TaskInstance):
    """Calls something when the id of the run is handed on, so that the wait begins."""

    def __init__(self, then: Any) -> None:
        super().__init__(task_id="run")
        self.then = then

    def xcom_push(self, key: str, value: Any) -> None:
        super().xcom_push(key, value)
        if key == "run_id":
            self.then()


@deferred_or_not
@pytest.mark.parametrize("refusals", [2, 3])
def test_refusals_of_the_first_look_end_the_task_when_there_are_three(
    fabric: Fabric, refusals: int, deferrable: bool
) -> None:
    """The run goes on, whatever a gateway says of it once."""
    fabric.scripts = [["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"]]
    ti = TellsWhenItWaits(lambda: fabric.strays.extend([DENIED] * refusals))
    if refusals < 3:
        assert run(job(deferrable=deferrable), ti=ti) == "id-1"
    else:
        with pytest.raises(CloudError, match="Incorrect app authentication"):
            run(job(deferrable=deferrable), ti=ti)


def test_a_refusal_after_a_deferred_wait_ends_nothing(fabric: Fabric) -> None:
    fabric.scripts = [["RUNNING"]]
    operator, context = job(deferrable=True), {"ti": TaskInstance(task_id="run"), "params": {}}
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context)  # type: ignore[arg-type]
    fabric.things["id-1"]["states"] = ["SUCCEEDED"]
    event = asyncio.run(only_event(deferred.value.trigger))
    fabric.strays = [DENIED] * 2
    assert operator.resume(context, event) == "id-1"  # type: ignore[arg-type]


@deferred_or_not
def test_a_stop_after_the_end_of_the_time_stops_nothing(fabric: Fabric, deferrable: bool) -> None:
    fabric.scripts = [["RUNNING"]]
    operator = job(timeout=0.05, deferrable=deferrable)
    with pytest.raises(WaitTimedOut, match="it goes on"):
        run(operator)
    operator.on_kill()
    assert fabric.calls["cancel"] == 0


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_two_operators_of_one_id_in_a_task_do_not_share_a_run(fabric: Fabric, with_store: bool) -> None:
    """In a loop, for example; one operator may run twice."""
    store, ti = Store() if with_store else None, TaskInstance(task_id="outer")
    first = job()
    assert run(first, store, ti) == run(first, store, ti) == "id-1"
    with pytest.raises(InvalidParameter, match="'run' is the second operator of this id in task 'outer'; give each a"):
        run(job(job_id="job-2"), store, ti)
    second: dict[str, Any] = {**JOB, **SOON, "job_id": "job-2"}
    assert run(RunFabricJobOperator(task_id="run_2", **second), store, ti) == "id-2"


def test_a_wait_that_needs_more_calls_than_are_allowed_starts_nothing(
    fabric: Fabric, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_calls_a_day(100, monkeypatch)
    with pytest.raises(
        ConfigurationError, match=r"'run' may need 157 calls a day to wait 86400 s, and the .* allows 100;"
    ):
        run(job(poll_interval=30, timeout=86400))
    assert not fabric.calls
    assert run(job(poll_interval=1000, timeout=86400)) == "id-1"


def test_a_stop_without_a_connection_says_that_the_run_goes_on(
    fabric: Fabric, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fabric.scripts = [["RUNNING"]]
    with pytest.raises(TaskDeferred) as deferred:
        job(deferrable=True).execute({"ti": TaskInstance(task_id="run"), "params": {}})  # type: ignore[typeddict-item]
    monkeypatch.delenv("AIRFLOW_CONN_HUAWEICLOUD_DEFAULT")
    asyncio.run(deferred.value.trigger.on_kill())
    assert "job run id-1 goes on: [CF101] The connection 'huaweicloud_default' does not exist" in caplog.text


WATCH = {"kind": "no.such.Kind", "identity": {}, "caller": {}, "resource_id": "id-1"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (None, "is not its trigger's: None; clear the task"),
        ({"watch": None, "deadline": 1, "error": None}, "is not its trigger's"),
        ({"watch": WATCH, "deadline": "soon", "error": None}, "is not its trigger's"),
        ({"watch": WATCH, "deadline": 1, "error": None}, "cannot wait for a 'no.such.Kind'"),
        ({"watch": {**WATCH, "kind": "os.getenv"}, "deadline": 1, "error": "x"}, "cannot wait for a 'os.getenv'"),
    ],
)
def test_an_event_of_another_release_is_told(fabric: Fabric, event: Any, said: str) -> None:
    with pytest.raises((CloudflowsError, AirflowFailException), match=said):
        job().resume({"ti": TaskInstance(task_id="run"), "params": {}}, event)  # type: ignore[typeddict-item]


def names(fabric: Fabric) -> list[str]:
    return [one["name"] for one in fabric.sent]


def test_the_name_of_a_run_belongs_to_its_task_instance(fabric: Fabric) -> None:
    for ti in (
        TaskInstance(task_id="run"),
        TaskInstance(task_id="run", run_id="manual__2"),
        TaskInstance(task_id="run", map_index=0),
        TaskInstance(task_id="run", dag_id="other"),
    ):
        run(job(run_name="load {{ params.day }}"), ti=ti, day="monday")
    assert len(set(names(fabric))) == 4
    assert all(one.startswith("load monday-") for one in names(fabric))


def began(hour: int) -> TaskInstance:
    """A task instance of the same DAG run, which began at this time."""
    return TaskInstance(task_id="run", dag_run=SimpleNamespace(start_date=datetime(2026, 3, 2, hour, tzinfo=UTC)))


@needs_state_store
def test_a_dag_run_that_was_deleted_and_made_again_finds_no_run_of_the_first(fabric: Fabric) -> None:
    assert run(job(), Store(), began(1)) == "id-1"
    assert run(job(), Store(), began(2)) == "id-2"
    assert len(set(names(fabric))) == 2


@needs_state_store
def test_a_clear_gives_the_dag_run_another_beginning_and_its_runs_no_other_name(fabric: Fabric) -> None:
    store = Store()
    for hour in (1, 2):
        run(job(rerun="always"), store, began(hour))
    assert len(names(fabric)) == 2
    assert len(set(names(fabric))) == 1


@needs_state_store
def test_a_run_on_the_record_of_an_older_release_goes_by_its_ids(fabric: Fabric) -> None:
    fabric.scripts = [["FAILED"], ["SUCCEEDED"]]
    with pytest.raises(RunFailed):
        run(job())  # the same name as that release would choose
    store = Store()
    run(job(), store)
    record = json.loads(store.kept["cloudflows_intent/run"])
    identity = {**record["identity"], "name": names(fabric)[0]}
    store.kept = {"cloudflows_intent/run": json.dumps({**record, "identity": identity, "resource_id": "id-1"})}
    assert run(job(), store, began(2)) == "id-3"
    assert names(fabric)[2] == names(fabric)[0] != names(fabric)[1]


def test_without_a_name_the_task_s_id_is_its_beginning(fabric: Fabric) -> None:
    arguments: dict[str, Any] = {**JOB, **SOON}
    run(RunFabricJobOperator(task_id="group.run_it", **arguments))
    assert names(fabric)[0].startswith("group-run-it-")


def test_two_runs_of_one_name_and_another_beginning_are_told_apart(fabric: Fabric) -> None:
    """The filter of the list may be fuzzy."""
    first = run(job(run_name="load"))
    longer = {**fabric.things[first], "id": "id-x", "name": f"x{names(fabric)[0]}", "states": ["RUNNING"]}
    fabric.things["id-x"] = longer
    assert run(job(run_name="load")) == first


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_a_lost_answer_is_found_by_the_name(fabric: Fabric, with_store: bool) -> None:
    fabric.lost = 1
    assert run(job(), Store() if with_store else None) == "id-1"
    assert fabric.calls["start"] == 1


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_a_retry_finds_the_run_of_the_try_before(fabric: Fabric, with_store: bool) -> None:
    fabric.scripts = [["RUNNING"]]
    store = Store() if with_store else None
    with pytest.raises(WaitTimedOut):
        run(job(timeout=0.02), store)
    fabric.things["id-1"]["states"] = ["SUCCEEDED"]
    assert run(job(), store) == "id-1"
    assert fabric.calls["start"] == 1


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
@pytest.mark.parametrize("lost", [0, 1])
def test_a_retry_after_a_bad_end_starts_one_more_of_the_same_name(fabric: Fabric, with_store: bool, lost: int) -> None:
    fabric.scripts = [["FAILED"], ["STOPPED"], ["SUCCEEDED"]]
    store = Store() if with_store else None
    for _ in range(2):
        fabric.lost = lost
        with pytest.raises(RunFailed):
            run(job(), store)
    fabric.lost = lost
    assert run(job(), store) == "id-3"
    assert fabric.calls["start"] == 3
    assert len(set(names(fabric))) == 1
    assert run(job(), store) == "id-3"  # a cleared task meets a good end
    assert fabric.calls["start"] == 3


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
@pytest.mark.parametrize(("end", "expected"), [("STOPPED", "id-2"), ("SUCCEEDED", "id-1")])
def test_a_cleared_task_lets_its_run_stop_before_it_starts_another(
    fabric: Fabric, end: str, expected: str, with_store: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try that was cleared told it to stop, and that takes a moment; it may also end well before."""
    monkeypatch.setattr(ending, "PAUSE_WHILE_IT_STOPS", 0.01)
    store = Store() if with_store else None
    run(job(wait=False), store)
    fabric.things["id-1"] |= {"status": "STOPPING", "states": ["STOPPING"] * 4 + [end]}
    assert run(job(), store) == expected


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_what_must_not_run_twice_does_not(fabric: Fabric, with_store: bool) -> None:
    fabric.scripts = [["FAILED"]]
    store = Store() if with_store else None
    for _ in range(2):
        with pytest.raises(RunFailed, match="starts nothing again"):
            run(job(rerun="never"), store)
    assert fabric.calls["start"] == 1


@needs_state_store
def test_what_must_not_run_twice_and_is_gone_needs_a_person(fabric: Fabric) -> None:
    store = Store()
    run(job(rerun="never"), store)
    fabric.things.clear()
    with pytest.raises(Gone, match=r"job run id-1 is not there any more.*; to make another one, start a new DAG run"):
        run(job(rerun="never"), store)
    assert run(job(), store) == "id-2"


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_always_starts_again_after_a_good_end(fabric: Fabric, with_store: bool) -> None:
    store = Store() if with_store else None
    assert [run(job(rerun="always"), store) for _ in range(3)] == ["id-1", "id-2", "id-3"]


def test_a_refused_run_is_an_error_of_its_kind(fabric: Fabric) -> None:
    fabric.refusals = [Answer({"error_code": "dataartsfabric.00010004", "error_msg": "no such job"}, 400)]
    with pytest.raises(InvalidRequest, match=r"DataArts Fabric RunJob was refused .*no such job"):
        run(job())


def test_a_literal_that_breaks_the_rules_fails_the_import() -> None:
    with pytest.raises(InvalidParameter, match="run_name=' x': a name must not be empty, nor begin or end with white"):
        job(run_name=" x")
    with pytest.raises(InvalidParameter, match="job_id='a b': an id has 1 to 64 letters"):
        job(job_id="a b")
    with pytest.raises(InvalidParameter, match="rerun='sometimes': it offers 'failed' or 'always' or 'never'"):
        job(rerun="sometimes")


# --- Fabric endpoints ------------------------------------------------------------------------------------------------


def endpoint(**more: Any) -> CreateFabricEndpointOperator:
    given = {"workspace_id": "ws-1", "name": "jobs", "settle": 0, **more}
    return CreateFabricEndpointOperator(task_id="make", **given)


def test_an_endpoint_is_made_and_not_waited_for(fabric: Fabric) -> None:
    fabric.scripts = [["CREATING"]]
    ti = TaskInstance()
    made = run(
        endpoint(reserved_resource='{"mu": {"spec_code": "{{ params.spec }}", "min": 1, "max": 2}}'), ti=ti, spec="s"
    )
    assert (made, ti.pushed["response"]["status"]) == ("id-1", "CREATING")
    mu = {"spec_code": "s", "min": 1, "max": 2}
    assert fabric.sent == [{"name": "jobs", "type": "job", "reserved_resource": {"mu": mu}}]


def test_a_lost_answer_to_the_creation_of_an_endpoint(fabric: Fabric) -> None:
    fabric.scripts, fabric.lost = [["CREATING"]], 1
    assert run(endpoint()) == "id-1"
    assert run(endpoint()) == "id-1"
    assert fabric.calls["start"] == 1


def test_an_endpoint_of_another_type_is_another_one(fabric: Fabric) -> None:
    assert [run(endpoint(type=one)) for one in ("job", "ray", "job")] == ["id-1", "id-2", "id-1"]


@pytest.mark.parametrize("state", ["DELETING", "DELETED"])
def test_an_endpoint_that_goes_away_is_not_taken_over(fabric: Fabric, state: str) -> None:
    run(endpoint())
    fabric.things["id-1"] |= {"states": [state], "status": state}
    assert run(endpoint()) == "id-2"


@pytest.mark.parametrize("lost", [0, 1])
def test_an_endpoint_is_deleted_and_its_end_not_waited_for(fabric: Fabric, lost: int) -> None:
    """One that is on its way is not deleted again, although it is still there."""
    fabric.goes_as, fabric.lost_deletes = ["DELETING"], lost
    made = run(endpoint())
    delete = {"workspace_id": "ws-1", "endpoint_id": made, "only_if_made": False, "settle": 0}
    assert run(DeleteFabricEndpointOperator(task_id="delete", **delete)) is True
    assert (fabric.calls["delete"], fabric.things[made]["states"]) == (1, ["DELETING"])


def test_what_an_endpoint_runs_on_is_checked_at_import() -> None:
    with pytest.raises(InvalidParameter, match=r"reserved_resource\.mu\.spec_code is required"):
        endpoint(reserved_resource={"mu": {"min": 1, "max": 2}})
    with pytest.raises(InvalidParameter, match="type='oven'"):
        endpoint(type="oven")


# --- BPStudio tasks --------------------------------------------------------------------------------------------------


@deferred_or_not
def test_a_task_is_executed_and_waited_for(bpstudio: BPStudio, deferrable: bool) -> None:
    ti = TaskInstance(task_id="execute")
    assert run(execute(deferrable=deferrable), ti=ti) == 1994
    assert bpstudio.executions == 1
    assert (ti.pushed["run_id"], ti.pushed["response"]["Status"]) == (1994, "FINISH")
    assert ti.pushed["console_url"] == "https://bpstudio.console.aliyun.com/bpStudio/topo?AppId=APP1"


@pytest.mark.parametrize("state", ["BINDING", "FINISH ", "Binding", " finish"])
def test_a_task_that_has_started_is_not_executed(bpstudio: BPStudio, state: str) -> None:
    bpstudio.executions, bpstudio.script = 1, [state, "FINISH "]
    assert run(execute()) == 1994
    assert "ExecuteTask" not in bpstudio.calls


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
@pytest.mark.parametrize("script", [["BINDING", "FINISH "], ["Binding", "Finish"], ["QUEUED", "FINISH "]])
def test_a_lost_answer_is_decided_by_the_task(bpstudio: BPStudio, script: list[str], with_store: bool) -> None:
    bpstudio.lost, bpstudio.script = 1, list(script)
    store = Store() if with_store else None
    assert run(execute(), store) == 1994
    assert run(execute(), store) == 1994
    assert (bpstudio.executions, bpstudio.calls["ExecuteTask"]) == (1, 1)


def test_an_execution_that_certainly_had_no_effect_is_sent_again(bpstudio: BPStudio) -> None:
    bpstudio.ignored = 1
    assert run(execute()) == 1994
    assert (bpstudio.executions, bpstudio.calls["ExecuteTask"]) == (1, 2)


@needs_state_store
@pytest.mark.parametrize("message", ["no quota", "no such image"])
def test_an_execution_in_doubt_is_told_by_what_it_left(bpstudio: BPStudio, message: str) -> None:
    """The task bears the traces of an earlier execution, in a state that nobody has heard of."""
    bpstudio.before, bpstudio.message_before, bpstudio.message = "FAILED", "no quota", message
    bpstudio.lost, bpstudio.script = 1, ["FAILED"] * 5 + ["FINISH "]
    store = Store()
    if message == bpstudio.message_before:
        for _ in range(2):
            with pytest.raises(LostTrack, match="nothing tells whether it has run meanwhile; look in the console"):
                run(execute(on_error_message="ignore"), store)
    else:
        assert run(execute(on_error_message="ignore"), store) == 1994
    assert bpstudio.calls["ExecuteTask"] == 1


@needs_state_store
@pytest.mark.parametrize("state", ["CREATED", "QUEUED"])
def test_an_execution_of_an_older_release_is_not_repeated_where_nothing_tells(bpstudio: BPStudio, state: str) -> None:
    """Its record does not hold the state from before."""
    store = Store()
    run(execute(wait=False), store)
    ((key, record),) = store.kept.items()
    store.kept[key] = json.dumps({**json.loads(record), "seen": [], "resource_id": None, "how": None})
    bpstudio.script = [state]
    with pytest.raises(LostTrack, match="nothing tells whether it has run meanwhile"):
        run(execute(), store)
    bpstudio.script = ["BINDING", "FINISH "]
    assert run(execute(), store) == 1994
    assert bpstudio.calls["ExecuteTask"] == 1


@needs_state_store
def test_a_retry_waits_for_the_same_execution_whatever_the_state(bpstudio: BPStudio) -> None:
    """One that was accepted and is in a state that nobody has heard of goes on."""
    bpstudio.script = ["PONDERING"]
    store = Store()
    for _ in range(2):
        with pytest.raises(
            WaitTimedOut, match=r"BPStudio task 1994 was not over after 0\.05 s, and last seen as PONDER"
        ):
            run(execute(timeout=0.05), store)
    assert bpstudio.calls["ExecuteTask"] == 1


@deferred_or_not
def test_an_error_message_beside_finish_fails_and_says_so(bpstudio: BPStudio, deferrable: bool) -> None:
    bpstudio.message = "SyntaxError"
    with pytest.raises(RunFailed) as caught:
        run(execute(deferrable=deferrable))
    assert caught.value.sentence() == (
        "BPStudio task 1994 ended as FINISH: it has finished and shows an error message beside that, 'SyntaxError', "
        "which on_error_message says fails; look at it in the console; a further try of the task starts nothing again."
    )
    with pytest.raises(RunFailed):
        run(execute(deferrable=deferrable))
    assert bpstudio.executions == 1


@deferred_or_not
def test_an_error_message_can_be_ignored(bpstudio: BPStudio, deferrable: bool) -> None:
    bpstudio.message = "SyntaxError"
    assert run(execute(deferrable=deferrable, on_error_message="{{ params.x }}"), x="ignore") == 1994


def test_nobody_can_ask_for_a_second_execution() -> None:
    with pytest.raises(TypeError, match="rerun"):
        execute(rerun="always")
    with pytest.raises(InvalidParameter, match="on_error_message="):
        execute(on_error_message="shrug")
    with pytest.raises(InvalidParameter, match="bpstudio_task_id"):
        execute(bpstudio_task_id=0)
    with pytest.raises(InvalidParameter, match="bpstudio_task_id=True: it is a number, and not True or False"):
        execute(bpstudio_task_id=True)
    with pytest.raises(InvalidParameter, match="timeout=True: it is a number of seconds"):
        execute(timeout=True)
