"""The same promises for whatever runs something, over the sandbox: one run, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_cloudflows.calls.any_operation import HuaweiRequest
from airflow_provider_cloudflows.errors import AmbiguousMatch, CloudflowsError, RunFailed, Stopped, WaitTimedOut
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.bpstudio.task_execution import ExecuteBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.dag import RunDataWorksManualFlowOperator
from airflow_provider_cloudflows.operators.dataworks.data_quality_evaluation import RunDataQualityEvaluationOperator
from airflow_provider_cloudflows.operators.dataworks.di_job import StartDIJobOperator
from airflow_provider_cloudflows.operators.dataworks.workflow_instance import RunDataWorksWorkflowOperator
from airflow_provider_cloudflows.operators.fabric.endpoint import CreateFabricEndpointOperator
from airflow_provider_cloudflows.operators.fabric.job_run import RunFabricJobOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.run import RunOnceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator
from airflow_provider_cloudflows.provisioning import by_job
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.dataworks.scheduled import ON_DEMAND, put_workflow
from airflow_provider_cloudflows.services.secmaster.workflow_instance import vendor_time
from airflow_provider_cloudflows.transport import retry
from airflow_provider_cloudflows.triggers import callers
from airflow_provider_cloudflows.waiting.watch import Watch
from tests.airflow_versions import needs_state_store
from tests.operators.material import TaskInstance
from tests.operators.tries import FOR_EVER, Store, deferred_or_not, only_event, run


def workflow() -> dict[str, Any]:
    place = {"workspace_id": world.SECMASTER_WORKSPACE_ID}
    made = CreateSecMasterWorkflowOperator(task_id="w", name="w", aop_type="NORMAL", dataclass_name="Alert", **place)
    return {**place, "workflow_id": run(made)}


def job() -> dict[str, Any]:
    workspace_id = run(CreateFabricWorkspaceOperator(task_id="w", name="lake"))
    version = {"name": "v1", "config": {"python_job_config": {"resource_spec": "s"}}}
    body = {"name": "clean", "type": "PYTHON_JOB", "version": version}
    request = HuaweiRequest(service="fabric", method="POST", path=f"/v1/workspaces/{workspace_id}/jobs", body=body)
    with HuaweiCloudHook() as hook:
        made = hook.call(request).document()
    place = {"workspace_id": workspace_id}
    endpoint_id = run(CreateFabricEndpointOperator(task_id="e", name="jobs", **place))
    return {**place, "job_id": made["id"], "version_id": made["version_id"], "endpoint_id": endpoint_id}


def task() -> dict[str, Any]:
    names = {"app_id": world.BPSTUDIO_APPLICATION_ID, "process_id": world.BPSTUDIO_PROCESS_ID, "task_name": "t"}
    return {"bpstudio_task_id": run(CreateBPStudioTaskOperator(task_id="t", **names))}


def dataworks_workflow() -> dict[str, Any]:
    """Of a date on which no schedule ran."""
    place = {"project_id": world.DATAWORKS_PROJECT_ID, "workflow_id": world.DATAWORKS_WORKFLOW_ID}
    return {**place, "biz_date": "2019-12-31"}


def dataworks_flow() -> dict[str, Any]:
    return {"project_id": world.DATAWORKS_PROJECT_ID, "flow_name": "close", "biz_date": "2019-12-31"}


def di_job() -> dict[str, Any]:
    return {"project_id": world.DATAWORKS_PROJECT_ID, "di_job_id": world.DATAWORKS_DI_JOB_ID}


def quality_check() -> dict[str, Any]:
    place = {"project_id": world.DATAWORKS_PROJECT_ID, "evaluation_task_id": world.DATAWORKS_QUALITY_TASK_ID}
    return {**place, "trigger_time": 1767283200000}


@dataclass(frozen=True)
class Kind:
    """One way to run something.

    :param prepare: makes what is run, and returns the arguments.
    :param state: what a run is in the sandbox.
    :param starts: the operation.
    :param good: the word for a good end.
    :param status: the field that shows it, in lower case.
    """

    operator: type[RunOnceOperator]
    prepare: Callable[[], dict[str, Any]]
    state: str
    starts: str
    good: str
    status: str = "status"

    def __call__(self, arguments: dict[str, Any], **more: Any) -> RunOnceOperator:
        soon = {"poll_interval": 0.01, "timeout": 20, "settle": 0}
        return self.operator(task_id="run", **{**soon, **arguments, **more})

    def started(self, sandbox: Running) -> int:
        """How many runs there were."""
        runs = sandbox.state().get(self.state, [])
        return sum(one.get("Executions", 1) for one in runs)


KINDS = (
    Kind(
        RunSecMasterWorkflowOperator,
        workflow,
        "secmaster.workflow_instance",
        "CreateWorkflowInstance",
        "FINISHED",
    ),
    Kind(RunFabricJobOperator, job, "fabric.job_run", "RunJob", "SUCCEEDED"),
    Kind(
        RunDataWorksWorkflowOperator,
        dataworks_workflow,
        "dataworks.workflow_instance",
        "CreateWorkflowInstances",
        "Success",
    ),
    Kind(StartDIJobOperator, di_job, "dataworks.di_job", "StartDIJob", "Finished", "jobstatus"),
    Kind(
        RunDataWorksManualFlowOperator,
        dataworks_flow,
        "dataworks.workflow_instance",
        "RunManualDagNodes",
        "SUCCESS",
    ),
    Kind(
        RunDataQualityEvaluationOperator,
        quality_check,
        "dataworks.quality_run",
        "CreateDataQualityEvaluationTaskInstance",
        "Passed",
    ),
    Kind(ExecuteBPStudioTaskOperator, task, "bpstudio.task", "ExecuteTask", "FINISH"),
)
each = pytest.mark.parametrize("kind", KINDS, ids=[kind.operator.__name__ for kind in KINDS])
TELLING = [kind for kind in KINDS if kind.operator is not StartDIJobOperator]  # a job shows no reason
tells_why = pytest.mark.parametrize("kind", TELLING, ids=[kind.operator.__name__ for kind in TELLING])
STOPPED = ("TERMINATED", "STOPPED", "Failure", "Stopped")
on_huawei_cloud = pytest.mark.parametrize("kind", KINDS[:2], ids=[kind.operator.__name__ for kind in KINDS[:2]])
can_be_stopped = pytest.mark.parametrize("kind", KINDS[:-2], ids=[kind.operator.__name__ for kind in KINDS[:-2]])


@pytest.fixture(autouse=True)
def _connected(connections: Running, no_pauses: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_job, "FIRST_PAUSE", 0.05)
    tasks = [{"Name": "copy"}, {"Name": "sum"}]
    place = (connections.sandbox.store, world.ALIBABA_ACCOUNT, world.DATAWORKS_PROJECT_ID)
    put_workflow(*place, "close", tasks, trigger=ON_DEMAND)


@each
@deferred_or_not
def test_it_runs_to_a_good_end_through_words_that_nobody_has_heard_of(
    kind: Kind, deferrable: bool, sandbox: Running
) -> None:
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, looks=4, begun_looks=1, unknown="DREAMING", unknown_looks=2)
    ti = TaskInstance(task_id="run")
    run_id = run(kind(arguments, deferrable=deferrable), ti=ti)
    assert (ti.pushed["run_id"], kind.started(sandbox)) == (run_id, 1)
    shown = {name.lower(): value for name, value in ti.pushed["response"].items()}
    assert (shown.get("id") or shown["dagid"], shown[kind.status]) == (run_id, kind.good)


@tells_why
@deferred_or_not
def test_a_bad_end_says_the_vendor_s_reason_and_the_id(kind: Kind, deferrable: bool, sandbox: Running) -> None:
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, looks=2, ending="bad", reason="no such host")
    ti = TaskInstance(task_id="run")
    with pytest.raises(RunFailed, match="no such host") as caught:
        run(kind(arguments, deferrable=deferrable), ti=ti)
    assert f" {ti.pushed['run_id']} ended as " in str(caught.value)


@each
@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
def test_a_lost_answer_leads_to_the_same_run(kind: Kind, with_store: bool, sandbox: Running) -> None:
    arguments, store = kind.prepare(), Store() if with_store else None
    sandbox.courses.add(kind.state, seconds=0.0, times=0)
    sandbox.faults.add(kind.starts, "html", when="after", times=1)
    run_id = run(kind(arguments), store)
    assert kind.started(sandbox) == 1
    if with_store:
        assert run(kind(arguments), store) == run_id
        assert kind.started(sandbox) == 1


@needs_state_store
@each
def test_a_retry_waits_for_the_run_that_goes_on(kind: Kind, sandbox: Running) -> None:
    arguments, store = kind.prepare(), Store()
    sandbox.courses.add(kind.state, seconds=100.0)
    with pytest.raises(WaitTimedOut, match="the next try of the task waits for it again"):
        run(kind(arguments, timeout=0.05), store)
    sandbox.advance(100)
    run(kind(arguments), store)
    assert kind.started(sandbox) == 1


@needs_state_store
@each
def test_a_retry_after_a_bad_end_starts_what_can_be_started_again(kind: Kind, sandbox: Running) -> None:
    arguments, store = kind.prepare(), Store()
    sandbox.courses.add(kind.state, seconds=0.0, ending="bad", reason="no such host")
    sandbox.courses.add(kind.state, seconds=0.0)
    with pytest.raises(RunFailed):
        run(kind(arguments), store)
    if kind.operator is ExecuteBPStudioTaskOperator:
        with pytest.raises(RunFailed):
            run(kind(arguments), store)
        assert kind.started(sandbox) == 1
    else:
        run(kind(arguments), store)
        assert kind.started(sandbox) == 2


@needs_state_store
@can_be_stopped
def test_what_must_not_run_twice_does_not(kind: Kind, sandbox: Running) -> None:
    arguments, store = kind.prepare(), Store()
    sandbox.courses.add(kind.state, seconds=0.0, ending="bad")
    for _ in range(2):
        with pytest.raises(RunFailed):
            run(kind(arguments, rerun="never"), store)
    assert kind.started(sandbox) == 1


class StoreThatTells(Store):
    """Calls something when the intent of the first send is kept, just before that leaves."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self.then: Callable[[], object] | None = then

    def set(self, key: str, value: Any, retention: Any = None) -> None:
        super().set(key, value, retention)
        then, self.then = self.then, None
        if then is not None:
            then()


@needs_state_store
@on_huawei_cloud
@pytest.mark.parametrize(("fault", "when"), [("throttle", "before"), ("html", "before"), ("html", "after")])
def test_no_mapped_task_takes_the_run_of_another_map_index(kind: Kind, fault: str, when: str, sandbox: Running) -> None:
    """Nothing in a SecMaster workflow's runs tells whose they are, and the others start theirs in the same second."""
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never", times=0)
    first, second = (TaskInstance(task_id="run", map_index=index) for index in range(2))
    first.siblings = [second]
    ids = []

    def start_second() -> None:
        ids.append(run(kind(arguments, wait=False), Store(), second))
        sandbox.faults.add(kind.starts, fault, when=when, times=1, **({"wait": 0.01} if fault == "throttle" else {}))

    ids.append(run(kind(arguments, wait=False), StoreThatTells(start_second), first))
    assert sorted(ids) == sorted(one["id"] for one in sandbox.state()[kind.state])
    assert len(set(ids)) == 2


class Killed(BaseException):
    """The end of a process, which no handler of ours may catch."""


@needs_state_store
@pytest.mark.parametrize("other", [False, True])
def test_a_run_that_began_long_after_a_killed_send_is_not_taken_for_its_own(other: bool, sandbox: Running) -> None:
    (kind, *_) = KINDS
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never", times=0)

    def kill() -> None:
        raise Killed

    store = StoreThatTells(kill)
    with pytest.raises(Killed):
        run(kind(arguments, wait=False), store)
    if other:
        theirs = run(kind(arguments, wait=False), Store(), TaskInstance(task_id="run", run_id="manual__2"))
        sandbox.alter(kind.state, theirs, start_time=vendor_time(time.time() + 120))
        with pytest.raises(AmbiguousMatch, match="began more than 60 s after the request left"):
            run(kind(arguments, wait=False), store)
    else:
        run(kind(arguments, wait=False), store)
    assert kind.started(sandbox) == 1


@needs_state_store
def test_a_run_that_a_list_shows_late_is_not_taken_for_its_own(sandbox: Running) -> None:
    (kind, *_) = KINDS
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never", times=0)
    theirs = []

    def appear() -> None:
        theirs.append(run(kind(arguments, wait=False), Store(), TaskInstance(task_id="run", run_id="manual__2")))
        sandbox.alter(kind.state, theirs[0], start_time="2020-01-01T00:00:00.000Z+0800")
        sandbox.faults.add(kind.starts, "html", when="before", times=1)

    assert run(kind(arguments, wait=False), StoreThatTells(appear)) not in theirs
    assert kind.started(sandbox) == 2


def state_of(document: dict[str, Any]) -> str:
    (name,) = {"status", "Status", "JobStatus"} & document.keys()
    return str(document[name])


def stop_when_it_waits(operator: RunOnceOperator) -> threading.Thread:
    """Stop the task from beside it, as Airflow's signal does, as soon as it waits."""

    def stop() -> None:
        deadline = time.monotonic() + 20
        while not operator._is_waiting and time.monotonic() < deadline:
            time.sleep(0.005)
        operator.on_kill()

    thread = threading.Thread(target=stop)
    thread.start()
    return thread


@can_be_stopped
@pytest.mark.parametrize("stops_it", [True, False])
def test_a_task_that_is_stopped_stops_its_run(kind: Kind, stops_it: bool, sandbox: Running) -> None:
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never")
    operator = kind(arguments, cancel_on_kill=stops_it, timeout=FOR_EVER)
    thread = stop_when_it_waits(operator)
    with pytest.raises(Stopped):
        run(operator)
    thread.join()
    (one,) = sandbox.state()[kind.state]
    assert (state_of(one) in STOPPED) is stops_it


@can_be_stopped
def test_a_task_that_is_stopped_between_start_and_wait_stops_its_run(kind: Kind, sandbox: Running) -> None:
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never")
    operator = kind(arguments)

    class StopsAtTheId(TaskInstance):
        def xcom_push(self, key: str, value: Any) -> None:
            super().xcom_push(key, value)
            if key == "run_id":
                operator.on_kill()

    with pytest.raises(Stopped):
        run(operator, ti=StopsAtTheId(task_id="run"))
    (one,) = sandbox.state()[kind.state]
    assert state_of(one) in STOPPED


READS = {
    "CreateWorkflowInstance": "ShowAopWorkflowInstance",
    "RunJob": "ShowJobRunDetail",
    "CreateWorkflowInstances": "GetWorkflowInstance",
    "RunManualDagNodes": "GetDag",
    "StartDIJob": "GetDIJob",
}
"""What reads one, by what starts it."""


@can_be_stopped
def test_a_look_that_fails_after_a_deferred_wait_ends_nothing(kind: Kind, sandbox: Running) -> None:
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never")
    operator = kind(arguments, deferrable=True)
    context: Any = {"ti": TaskInstance(task_id="run"), "params": {}}
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context)
    trigger = deferred.value.trigger
    sandbox.faults.add(READS[kind.starts], "html", times=retry.MOST_FAILURES)
    with pytest.raises(TaskDeferred) as again:
        operator.resume(context, {"watch": trigger.watch, "deadline": trigger.deadline, "error": None})
    assert again.value.trigger.serialize() == trigger.serialize()


@can_be_stopped
def test_a_triggerer_that_cannot_wait_is_not_asked_again(kind: Kind, sandbox: Running) -> None:
    """It has no such connection, for example: the task would go there and back until the deadline."""
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never")
    operator = kind(arguments, deferrable=True)
    context: Any = {"ti": TaskInstance(task_id="run"), "params": {}}
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context)
    trigger = deferred.value.trigger
    event = {"watch": trigger.watch, "deadline": trigger.deadline, "error": "there is no such connection"}
    with pytest.raises(CloudflowsError, match="in the triggerer, and it goes on: there is no such connection"):
        operator.resume(context, event)


@on_huawei_cloud
@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_key_that_is_replaced_while_the_task_is_deferred_ends_no_wait(
    kind: Kind, is_replaced: bool, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, seconds=3600.0)
    with pytest.raises(TaskDeferred) as deferred:
        kind(arguments, deferrable=True).execute({"ti": TaskInstance(task_id="run"), "params": {}})  # type: ignore[typeddict-item]
    variable = "AIRFLOW_CONN_HUAWEICLOUD_DEFAULT"
    connection = json.loads(sandbox.connections[variable])
    sandbox.revoke(connection["login"])
    sandbox.advance(3600)

    trigger: Any = deferred.value.trigger
    watch = Watch.from_document(trigger.watch)

    async def event() -> Any:
        async with callers.caller("huawei", "huaweicloud_default", None) as shared:  # other waits have read the old one
            await shared.client(watch.resource().reading(watch.resource_id))
            if is_replaced:
                new = world.HUAWEI_SESSION_KEY
                connection["extra"].update(auth_type="temporary_key", security_token=new.security_token)
                connection.update(login=new.id, password=new.secret)
                monkeypatch.setenv(variable, json.dumps(connection))
            return await only_event(trigger)

    error = asyncio.run(event())["error"]
    assert error is None if is_replaced else "was not authenticated" in error


@can_be_stopped
@pytest.mark.parametrize("stops_it", [True, False])
def test_the_end_of_a_deferred_task_stops_its_run(kind: Kind, stops_it: bool, sandbox: Running) -> None:
    """What Airflow 3.3 calls when somebody marks a task that waits in the triggerer."""
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never")
    operator = kind(arguments, cancel_on_kill=stops_it, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute({"ti": TaskInstance(task_id="run"), "params": {}})  # type: ignore[typeddict-item]
    asyncio.run(deferred.value.trigger.on_kill())
    (one,) = sandbox.state()[kind.state]
    assert (state_of(one) in STOPPED) is stops_it


@needs_state_store
def test_an_answer_that_names_the_run_of_another_workflow_is_not_believed(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of a cache, for example: the run that was started is found beside it."""
    (kind, *_) = KINDS
    arguments = kind.prepare()
    sandbox.courses.add(kind.state, ending="never", times=0)
    other = sandbox.insert("secmaster.workflow", name="other", workspace_id=world.SECMASTER_WORKSPACE_ID)["id"]
    theirs = run(kind({**arguments, "workflow_id": other}, wait=False), Store(), TaskInstance(run_id="manual__2"))
    handle = sandbox.sandbox.handle

    def stale(request: Any) -> Any:
        reply = handle(request)
        if request.method != "POST" or not request.path.endswith("/instances"):
            return reply
        (mine,) = (one["id"] for one in sandbox.state()[kind.state] if one["id"] != theirs)
        return replace(reply, body=reply.body.replace(mine.encode(), theirs.encode()))

    monkeypatch.setattr(sandbox.sandbox, "handle", stale)
    assert run(kind(arguments, wait=False), Store()) != theirs
    assert kind.started(sandbox) == 2
