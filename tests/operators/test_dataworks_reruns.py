"""Runs of a manual workflow that are run again, once, and single tasks of a run that are stopped."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_cloudflows.errors import Conflict, InvalidParameter, OutcomeUnknown, PermissionDenied, RunFailed
from airflow_provider_cloudflows.operators.dataworks.task_instance import (
    RerunDataWorksInstancesOperator,
    StopDataWorksInstancesOperator,
)
from airflow_provider_cloudflows.operators.dataworks.workflow_rerun import RerunDataWorksRunOperator
from airflow_provider_cloudflows.provisioning import by_job
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.transport import retry
from tests.airflow_versions import needs_state_store
from tests.operators.dataworks import sent
from tests.operators.test_dataworks_instances import BAD, PROJECT, TASK_INSTANCE, WORKFLOW, started, state_of
from tests.operators.test_dataworks_publish import Killed, killed_at
from tests.operators.tries import Store, run

RERUN = "dataworks.workflow_rerun"


@pytest.fixture(autouse=True)
def _connected(connections: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(by_job, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(by_job, "LONGEST_JOB", 1.0)


def again(ids: Any, **more: Any) -> RerunDataWorksRunOperator:
    return RerunDataWorksRunOperator(
        task_id="again", project_id=PROJECT, workflow_id=WORKFLOW, instance_ids=ids, **more
    )


def runs_in(sandbox: Running, run_id: int) -> list[int]:
    """How often each task of a run has run."""
    return [one["RunNumber"] for one in sandbox.state()[TASK_INSTANCE] if one["WorkflowInstanceId"] == run_id]


@pytest.mark.parametrize(("which", "expected"), [("failed", [1, 2]), ("all", [2, 2])])
def test_what_failed_runs_again_or_all_does(which: str, expected: list[int], sandbox: Running) -> None:
    first, second, other = started(sandbox, BAD, BAD, BAD)
    assert run(again([first, second, first], which=which)) == [first, second]
    assert [runs_in(sandbox, one) for one in (first, second, other)] == [expected, expected, [1, 1]]
    assert sent(sandbox)["RerunWorkflowInstances"] == 1


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_a_kill_at_any_request_runs_nothing_a_third_time(answered: bool, sandbox: Running) -> None:
    call, done = -1, False
    while not done:
        call += 1
        (failed,) = started(sandbox, BAD)
        sandbox.courses.add(RERUN, seconds=0.1)
        store = Store()
        try:
            with killed_at(call, answered=answered):
                run(again(failed), store)
            done = True
        except Killed:
            assert run(again(failed), store) == [failed]
        assert run(again(failed), store) == [failed]
        assert runs_in(sandbox, failed) == [1, 2], call
    assert call > 3


@needs_state_store
def test_a_lost_answer_is_looked_for_as_long_as_the_service_may_take(sandbox: Running) -> None:
    (failed,) = started(sandbox, BAD)
    sandbox.courses.add(RERUN, seconds=0.3)
    sandbox.faults.add("RerunWorkflowInstances", "html", when="after", times=1)
    assert run(again(failed), Store()) == [failed]
    assert runs_in(sandbox, failed) == [1, 2]
    assert sent(sandbox)["RerunWorkflowInstances"] == 1


@needs_state_store
def test_one_that_did_not_arrive_is_sent_by_the_next_try(sandbox: Running) -> None:
    (failed,) = started(sandbox, BAD)
    sandbox.faults.add("RerunWorkflowInstances", "html", when="before", times=1)
    store = Store()
    with pytest.raises(OutcomeUnknown, match="a further try of the task looks which of them ran again"):
        run(again(failed), store)
    assert run(again(failed), store) == [failed]
    assert runs_in(sandbox, failed) == [1, 2]


@needs_state_store
def test_a_run_that_goes_on_again_is_not_sent_again_though_no_task_is_counted_yet(sandbox: Running) -> None:
    (failed,) = started(sandbox, BAD)
    sandbox.faults.add("RerunWorkflowInstances", "html", when="before", times=1)
    store = Store()
    with pytest.raises(OutcomeUnknown):
        run(again(failed), store)
    sandbox.courses.add("dataworks.workflow_instance", ending="never")
    tasks = [one["Id"] for one in sandbox.state()[TASK_INSTANCE] if one["WorkflowInstanceId"] == failed]
    run(RerunDataWorksInstancesOperator(task_id="other", instance_ids=tasks[-1]))
    kept = {one["Id"]: one for one in sandbox.state()[TASK_INSTANCE]}[tasks[-1]]
    sandbox.sandbox.store.of(world.ALIBABA_ACCOUNT.id).update(TASK_INSTANCE, str(tasks[-1]), kept | {"RunNumber": 1})
    assert run(again(failed), store) == [failed]
    assert sent(sandbox)["RerunWorkflowInstances"] == 1


@needs_state_store
def test_an_operation_that_fails_says_why_and_is_sent_again(sandbox: Running) -> None:
    (failed,) = started(sandbox, BAD)
    sandbox.courses.add(RERUN, seconds=0.0, ending="bad", reason="Invalid Param xxx")
    store = Store()
    with pytest.raises(RunFailed, match="ended as Failure: Invalid Param xxx; correct the task by what it says"):
        run(again(failed), store)
    assert run(again(failed), store) == [failed]
    assert runs_in(sandbox, failed) == [1, 2]


@needs_state_store
def test_a_refusal_leaves_nothing_to_look_for(sandbox: Running) -> None:
    (failed,) = started(sandbox, BAD)
    sandbox.faults.add("RerunWorkflowInstances", "error", status=403, code="NoPermission", times=1)
    store = Store()
    with pytest.raises(PermissionDenied):
        run(again(failed), store)
    assert run(again(failed), store) == [failed]
    assert runs_in(sandbox, failed) == [1, 2]


@pytest.mark.parametrize("wrong", [{"which": "some"}, {"ids": []}, {"ids": ["x"]}])
def test_a_wrong_literal_fails_the_import(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter):
        again(**{"ids": [1], **wrong})


def test_single_tasks_are_stopped_and_what_is_over_is_left(sandbox: Running) -> None:
    going, kept, over = started(
        sandbox, {"ending": "never"}, {"ending": "never", "cancel": "refused"}, {"seconds": 0.0}
    )
    first = {
        one["WorkflowInstanceId"]: one["Id"] for one in reversed(sandbox.state()[TASK_INSTANCE])
    }  # the one that runs
    ids = [first[going], first[over]]
    assert run(StopDataWorksInstancesOperator(task_id="stop", instance_ids=ids)) == ids
    assert (state_of(sandbox, going), state_of(sandbox, over)) == ("Failure", "Success")
    with pytest.raises(Conflict, match=f"{first[kept]}: The task instance {first[kept]} cannot be stopped"):
        run(StopDataWorksInstancesOperator(task_id="stop", instance_ids=first[kept]))
