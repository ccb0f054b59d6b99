"""Publishing with DataWorks: stage by stage, once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_cloudflows.errors import (
    AmbiguousMatch,
    InvalidParameter,
    InvalidRequest,
    PermissionDenied,
    RunFailed,
    ServerError,
    Stopped,
    WaitTimedOut,
)
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.operators.dataworks.node import CreateDataWorksNodeOperator
from airflow_provider_cloudflows.operators.dataworks.pipeline_run import PublishDataWorksOperator
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.pipeline_run import (
    AbolishPipelineRun,
    ExecPipelineRunStage,
    PipelineRunResource,
)
from airflow_provider_cloudflows.services.dataworks.service import DATAWORKS
from airflow_provider_cloudflows.transport.sockets import BlockingStream
from airflow_provider_cloudflows.waiting import pace
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.poller import Poller
from airflow_provider_cloudflows.waiting.watch import Sighting, Watch
from tests.airflow_versions import needs_state_store
from tests.operators.dataworks import PLACE, designed, node_document, sent
from tests.operators.material import TaskInstance
from tests.operators.tries import Store, deferred_or_not, run

RUN, STAGE = "dataworks.pipeline_run", "dataworks.pipeline_stage"
STAGES = ["BUILD_PACKAGE", "PROD_CHECK", "PROD"]
SOON = {"poll_interval": 0.01, "timeout": 20, "settle": 0}


pytestmark = pytest.mark.usefixtures("connections", "no_pauses", "leaves_soon")


def publish(object_id: str, **more: Any) -> PublishDataWorksOperator:
    return PublishDataWorksOperator(**{"task_id": "publish", "object_id": object_id, **PLACE, **SOON, **more})


def at_once(sandbox: Running) -> None:
    """From now on a stage is done as soon as it was executed."""
    sandbox.courses.add(STAGE, seconds=0.0, times=0)


def published(sandbox: Running) -> list[str]:
    return [one["Name"] for one in sandbox.state()["dataworks.workflow"] if one["Name"] == "daily"]


def processes(sandbox: Running) -> int:
    return len(sandbox.state().get(RUN, []))


# --- a good end ------------------------------------------------------------------------------------------------------


@deferred_or_not
def test_every_stage_is_executed_once_and_the_workflow_is_in_service(deferrable: bool, sandbox: Running) -> None:
    object_id, ti = designed(), TaskInstance(task_id="publish")
    sandbox.courses.add(STAGE, looks=2, unknown="DREAMING", unknown_looks=1, times=0)
    process_id = run(publish(object_id, deferrable=deferrable), ti=ti)
    (process,), (workflow,) = sandbox.state()[RUN], sandbox.state()["dataworks.workflow"][-1:]
    assert (process["Id"], ti.pushed["run_id"], workflow["Name"]) == (process_id, process_id, "daily")
    assert ti.pushed["workflow_id"] == workflow["Id"]
    assert [(one["Code"], one["Status"]) for one in ti.pushed["response"]["Stages"]] == [
        (code, "Success") for code in STAGES
    ]
    assert sent(sandbox)["ExecPipelineRunStage"] == 3
    tasks = [one["Name"] for one in sandbox.state()["dataworks.task"] if one["WorkflowId"] == workflow["Id"]]
    assert tasks == ["daily_load", "daily_sum"]


def test_the_description_is_the_author_s_with_a_token_of_the_task_behind_it(sandbox: Running) -> None:
    at_once(sandbox)
    object_id = designed()
    run(publish(object_id, description="{{ params.who }} says so"), who="release 7")
    run(publish(object_id))
    first, second = (one["Description"] for one in sandbox.state()[RUN])
    assert first.startswith("release 7 says so ")
    assert second.startswith("publish ")
    assert first.rpartition(" ")[2] == second.rpartition(" ")[2]


@pytest.mark.parametrize(("until", "executed"), [("PROD_CHECK", 1), ("PROD", 0), ("NO_SUCH_STAGE", 3)])
def test_what_the_service_executes_by_itself_is_left_to_it(until: str, executed: int, sandbox: Running) -> None:
    at_once(sandbox)
    run(publish(designed(), auto_run_until_stage=until))
    assert sent(sandbox)["ExecPipelineRunStage"] == executed
    assert published(sandbox) == ["daily"]


def test_a_node_that_is_in_no_workflow_is_published_alone(sandbox: Running) -> None:
    at_once(sandbox)
    ti = TaskInstance(task_id="publish")
    node_id = run(CreateDataWorksNodeOperator(task_id="n", spec=node_document("alone"), settle=0, **PLACE))
    run(publish(node_id), ti=ti)
    assert ti.pushed["workflow_id"] is None
    assert "alone" in [one["Name"] for one in sandbox.state()["dataworks.task"]]


def test_a_process_that_cannot_be_read_at_first_is_waited_for(sandbox: Running) -> None:
    at_once(sandbox)
    object_id = designed()
    sandbox.faults.add("GetPipelineRun", "gateway_404", times=2)
    run(publish(object_id))
    assert (processes(sandbox), published(sandbox)) == (1, ["daily"])


@needs_state_store
def test_a_workflow_that_cannot_be_read_for_a_moment_is_named_by_the_next_try(sandbox: Running) -> None:
    at_once(sandbox)
    object_id, store, ti = designed(), Store(), TaskInstance(task_id="publish")
    sandbox.faults.add("GetWorkflowDefinition", "error", status=503, code="ServiceUnavailable", times=20)
    with pytest.raises(ServerError):
        run(publish(object_id), store)
    sandbox.faults.clear()
    run(publish(object_id), store, ti=ti)
    assert ti.pushed["workflow_id"] == sandbox.state()["dataworks.workflow"][-1]["Id"]
    assert processes(sandbox) == 1


def test_what_was_published_is_taken_out_of_service(sandbox: Running) -> None:
    at_once(sandbox)
    object_id, ti = designed(), TaskInstance(task_id="publish")
    run(publish(object_id))
    assert published(sandbox) == ["daily"]
    run(publish(object_id, task_id="take_out", publish_type="Offline"), ti=ti)
    assert published(sandbox) == []
    assert "workflow_id" not in ti.pushed


def test_without_a_wait_nothing_is_executed(sandbox: Running) -> None:
    run(publish(designed(), wait=False))
    assert sent(sandbox)["ExecPipelineRunStage"] == 0
    assert processes(sandbox) == 1


# --- a bad end -------------------------------------------------------------------------------------------------------


@deferred_or_not
@pytest.mark.parametrize(
    ("course", "state"),
    [({"seconds": 0.0, "ending": "bad", "reason": "table is missing"}, "Fail")]
    + [({"unknown": word, "unknown_looks": 1000}, word) for word in ("Termination", "Cancel")],
)
def test_a_stage_that_ends_badly_after_others_succeeded_is_a_failure(
    course: dict[str, Any], state: str, deferrable: bool, sandbox: Running
) -> None:
    object_id = designed()
    sandbox.courses.add(STAGE, match={"Code": "PROD"}, **course)
    at_once(sandbox)
    with pytest.raises(RunFailed, match=f"stage PROD is {state}") as caught:
        run(publish(object_id, deferrable=deferrable))
    assert f"ended as {state}" in str(caught.value)
    assert "table is missing" in str(caught.value) or state != "Fail"
    assert published(sandbox) == []


def test_a_stage_that_hangs_ends_with_the_wait_and_the_next_try_waits_for_the_same_process(sandbox: Running) -> None:
    object_id = designed()
    sandbox.courses.add(STAGE, match={"Code": "PROD_CHECK"}, seconds=100.0)
    at_once(sandbox)
    with pytest.raises(WaitTimedOut, match="last seen as Running"):
        run(publish(object_id, timeout=0.3))
    sandbox.advance(100)
    run(publish(object_id))  # found by its description, without a record too
    assert (processes(sandbox), sent(sandbox)["ExecPipelineRunStage"]) == (1, 3)


@needs_state_store
def test_a_further_try_after_a_bad_end_publishes_anew_unless_it_must_not(sandbox: Running) -> None:
    object_id, store = designed(), Store()
    sandbox.courses.add(STAGE, seconds=0.0, ending="bad")
    at_once(sandbox)
    with pytest.raises(RunFailed):
        run(publish(object_id), store)
    with pytest.raises(RunFailed, match="starts nothing again"):
        run(publish(object_id, rerun="never"), store)
    assert processes(sandbox) == 1
    run(publish(object_id), store)
    assert processes(sandbox) == 2


def test_a_node_inside_a_workflow_is_refused_with_the_vendor_s_code(sandbox: Running) -> None:
    designed()
    node_id = sandbox.state()["dataworks.node"][0]["Id"]
    with pytest.raises(InvalidRequest, match="a node that is in a workflow is published with it") as caught:
        run(publish(node_id))
    assert (caught.value.code, caught.value.status) == ("5801489541076353033", 400)
    assert processes(sandbox) == 0


@deferred_or_not
def test_a_stage_that_may_not_be_executed_fails_the_task(deferrable: bool, sandbox: Running) -> None:
    object_id = designed()
    sandbox.faults.add("ExecPipelineRunStage", "error", status=403, code="Forbidden.Access", times=9)
    with pytest.raises(PermissionDenied):
        run(publish(object_id, deferrable=deferrable))
    assert sent(sandbox)["ExecPipelineRunStage"] <= 3


# --- once, whatever happens on the way -------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the package may catch it."""


@contextmanager
def killed_at(number: int, *, answered: bool) -> Iterator[None]:
    """Die before request ``number``, counted from 0, leaves, or when it took effect and nobody read the answer."""
    write, read = BlockingStream.write, BlockingStream.read
    requests = -1

    def armed_write(self: BlockingStream, buffer: bytes, timeout: float | None = None) -> None:
        nonlocal requests
        requests += b"x-acs-action" in buffer
        if requests == number and not answered:
            raise Killed
        write(self, buffer, timeout)

    def armed_read(self: BlockingStream, max_bytes: int, timeout: float | None = None) -> bytes:
        data = read(self, max_bytes, timeout)
        if requests == number and answered:
            raise Killed
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlockingStream, "write", armed_write)
        patch.setattr(BlockingStream, "read", armed_read)
        yield


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_a_kill_between_any_two_requests_resumes_where_it_stopped(answered: bool, sandbox: Running) -> None:
    """One process for each request of the chain, until a try gets through without being killed."""
    kills = 0
    for number in range(100):
        sandbox.reset()
        at_once(sandbox)
        object_id, store = designed(), Store()
        begun = sent(sandbox)
        try:
            with killed_at(number, answered=answered):
                run(publish(object_id), store)
        except Killed:
            kills += 1
        else:
            break
        run(publish(object_id), store)
        done = sent(sandbox) - begun
        assert (processes(sandbox), published(sandbox)) == (1, ["daily"]), number
        # What left and took effect is not sent again; nor is what was seen to be done.
        assert (done["CreatePipelineRun"], done["ExecPipelineRunStage"]) == (1, 3), number
    assert kills >= 12


@needs_state_store
@pytest.mark.parametrize("with_store", [False, True])
@pytest.mark.parametrize("operation", ["CreatePipelineRun", "ExecPipelineRunStage", "GetPipelineRun"])
def test_a_lost_answer_publishes_nothing_twice(operation: str, with_store: bool, sandbox: Running) -> None:
    at_once(sandbox)
    object_id = designed()
    sandbox.faults.add(operation, "html", when="after", times=2)
    run(publish(object_id), Store() if with_store else None)
    assert (processes(sandbox), published(sandbox)) == (1, ["daily"])
    assert (sent(sandbox)["CreatePipelineRun"], sent(sandbox)["ExecPipelineRunStage"]) == (1, 3)


@needs_state_store
def test_a_request_that_never_arrived_is_sent_again(sandbox: Running) -> None:
    at_once(sandbox)
    object_id = designed()
    for operation in ("CreatePipelineRun", "ExecPipelineRunStage"):
        sandbox.faults.add(operation, "html", when="before", times=1)
    run(publish(object_id), Store())
    assert (processes(sandbox), published(sandbox)) == (1, ["daily"])


@needs_state_store
def test_a_list_that_is_behind_leads_to_no_second_process(sandbox: Running) -> None:
    at_once(sandbox)
    object_id = designed()
    sandbox.settings.list_lag = sandbox.settings.read_lag = 0.3
    sandbox.faults.add("CreatePipelineRun", "html", when="after", times=1)
    run(publish(object_id, settle=0.6), Store())
    assert processes(sandbox) == 1


def test_a_stage_that_somebody_else_executes_meanwhile_is_no_failure(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(sandbox)
    object_id = designed()
    leaves = ExecPipelineRunStage.message
    executed: list[str] = []

    def after_another(self: ExecPipelineRunStage, origin: str, project_id: str | None) -> Any:
        if self.code not in executed:
            executed.append(self.code)
            with AlibabaCloudHook() as hook:
                hook.call(self)
        return leaves(self, origin, project_id)

    monkeypatch.setattr(ExecPipelineRunStage, "message", after_another)
    run(publish(object_id))
    assert published(sandbox) == ["daily"]


@needs_state_store
def test_a_new_process_without_a_description_is_a_person_s_to_judge(sandbox: Running) -> None:
    object_id = designed()
    sandbox.faults.add("CreatePipelineRun", "html", when="before", times=1)
    place = {"ProjectId": PLACE["project_id"], "ObjectId": object_id}
    sandbox.events.add("CreatePipelineRun", "insert", RUN, fields=place)
    with pytest.raises(AmbiguousMatch, match="appeared since the create was sent"):
        run(publish(object_id), Store())


# --- the end by force ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stops_it", [True, False])
def test_the_end_of_a_deferred_task_abolishes_its_process(stops_it: bool, sandbox: Running) -> None:
    sandbox.courses.add(STAGE, ending="never")
    operator = publish(designed(), cancel_on_kill=stops_it, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute({"ti": TaskInstance(task_id="publish"), "params": {}})  # type: ignore[typeddict-item]
    before = sent(sandbox)["ExecPipelineRunStage"]
    asyncio.run(deferred.value.trigger.on_kill())
    (process,) = sandbox.state()[RUN]
    assert (process["IsAbolished"], before, sent(sandbox)["ExecPipelineRunStage"]) == (stops_it, 1, 1)


def test_a_task_that_is_stopped_executes_no_further_stage(sandbox: Running) -> None:
    at_once(sandbox)
    operator = publish(designed())

    class StopsAtTheId(TaskInstance):
        def xcom_push(self, key: str, value: Any) -> None:
            super().xcom_push(key, value)
            if key == "run_id":
                operator.on_kill()

    with pytest.raises(Stopped):
        run(operator, ti=StopsAtTheId(task_id="publish"))
    (process,) = sandbox.state()[RUN]
    assert (process["IsAbolished"], sent(sandbox)["ExecPipelineRunStage"]) == (True, 0)


def test_a_process_that_somebody_abolished_is_a_failure(sandbox: Running) -> None:
    object_id = designed()
    sandbox.courses.add(STAGE, ending="never")
    with pytest.raises(WaitTimedOut):
        run(publish(object_id, timeout=0.05))
    (process,) = sandbox.state()[RUN]
    with AlibabaCloudHook() as hook:
        hook.call(AbolishPipelineRun(**PLACE, id=process["Id"]))
    sandbox.courses.clear()
    at_once(sandbox)
    run(publish(object_id))  # that one is spent: another is begun
    assert processes(sandbox) == 2


# --- arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"publish_type": "online"}, "publish_type='online'"),
        ({"object_id": ""}, "object_id=''"),
        ({"project_id": 0}, "project_id=0"),
        ({"rerun": "sometimes"}, "rerun='sometimes'"),
        ({"description": " x"}, "description=' x'"),
    ],
)
def test_a_wrong_literal_fails_the_import(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        publish(**{"object_id": "7", **arguments})


# --- many at once ----------------------------------------------------------------------------------------------------


def test_the_processes_of_a_workspace_share_their_looks(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a stage that waits for a word costs its process a look of its own, and a second one to be sure."""
    monkeypatch.setattr(DATAWORKS, "rate", 1000.0)
    monkeypatch.setattr(pace, "LONGEST_PAUSE", 0.2)
    sandbox.courses.add(STAGE, seconds=0.5, times=0)
    started = {str(run(publish(object_id, wait=False))): object_id for object_id in map(designed, ("a", "b", "c", "d"))}
    looks_before = sent(sandbox)["GetPipelineRun"]

    async def all_of_them() -> list[Sighting]:
        hook = AlibabaCloudHook()
        poller = Poller(hook.get_conn())
        waits = [
            Watch.of(PipelineRunResource({"description": "", "object_id": object_id, **PLACE}), process_id)
            for process_id, object_id in started.items()
        ]
        return list(await asyncio.gather(*(poller.until_over(one, Pace(0.1)) for one in waits)))

    assert {one.state for one in asyncio.run(all_of_them())} == {"Success"}
    stages = len(started) * len(STAGES)
    assert sent(sandbox)["ExecPipelineRunStage"] == stages
    reads = sent(sandbox)["GetPipelineRun"] - looks_before
    assert 2 * stages <= reads <= 3 * stages  # the last one that is left is read by its id
