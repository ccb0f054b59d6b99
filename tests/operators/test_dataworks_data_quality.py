"""Data quality checks: run once for a trigger time, found again, and a gate that names the rules that were not kept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import AmbiguousMatch, InvalidParameter, NotFound, RunFailed
from airflow_provider_cloudflows.operators.dataworks.data_quality_evaluation import RunDataQualityEvaluationOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.airflow_versions import needs_state_store
from tests.operators.dataworks import PLACE
from tests.operators.material import TaskInstance
from tests.operators.test_dataworks_publish import Killed, killed_at
from tests.operators.tries import Store, deferred_or_not, run

KIND = "dataworks.quality_run"
MIDNIGHT = 1767225600000


pytestmark = pytest.mark.usefixtures("connections", "no_pauses", "leaves_soon")


def check(**more: Any) -> RunDataQualityEvaluationOperator:
    settings = {"task_id": "check", "poll_interval": 0.01, "timeout": 20, "settle": 0}
    what = {"evaluation_task_id": world.DATAWORKS_QUALITY_TASK_ID, "trigger_time": MIDNIGHT}
    return RunDataQualityEvaluationOperator(**{**settings, **PLACE, **what, **more})


def runs(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.state().get(KIND, [])


@deferred_or_not
@pytest.mark.parametrize(
    ("word", "on_warning", "passes"),
    [("Warned", "pass", True), ("Warned", "fail", False), ("Error", "pass", False), ("Critical", "pass", False)],
)
def test_the_gate_lets_a_warning_pass_if_the_author_says_so_and_nothing_worse(
    word: str, on_warning: str, passes: bool, deferrable: bool, sandbox: Running
) -> None:
    sandbox.courses.add(KIND, unknown=word, unknown_looks=1000)
    ti, operator = TaskInstance(task_id="check"), check(on_warning=on_warning, deferrable=deferrable)
    if passes:
        run(operator, ti=ti)
    else:
        with pytest.raises(RunFailed, match=f"ended as {word}: rule amounts are positive is {word} at 0"):
            run(operator, ti=ti)
    assert ti.pushed["response"]["Status"] == word


def test_the_end_of_the_data_interval_is_the_trigger_time_with_a_mark_of_the_task(sandbox: Running) -> None:
    sandbox.courses.add(KIND, seconds=0.0, times=0)
    end = datetime(2026, 1, 2, tzinfo=UTC)
    for task_id in ("one", "two"):
        operator = check(task_id=task_id, trigger_time=None)
        context: Any = {"ti": TaskInstance(task_id=task_id), "params": {}}
        operator.execute(context | {"data_interval_start": end, "data_interval_end": end})
    times = [json.loads(one["Parameters"])["triggerTime"] for one in runs(sandbox)]
    assert [time // 1000 for time in times] == [int(end.timestamp())] * 2
    assert times[0] != times[1]


@pytest.mark.parametrize(
    "given",
    ["2026-01-01T08:00:00+08:00", "2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC), str(MIDNIGHT), MIDNIGHT],
)
def test_a_trigger_time_is_a_moment_however_it_is_written(given: Any, sandbox: Running) -> None:
    sandbox.courses.add(KIND, seconds=0.0)
    run(check(trigger_time=given, resource_group_id="group_1", cu=0.25))
    (made,) = runs(sandbox)
    assert json.loads(made["Parameters"]) == {"triggerTime": MIDNIGHT}
    assert made["RuntimeResource"] == {"Cu": 0.25, "ResourceGroupId": "group_1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trigger_time", "yesterday"),
        ("trigger_time", "2026-01-01"),
        ("trigger_time", 5),
        ("trigger_time", 1.5e12),
        ("trigger_time", True),
        ("trigger_time", [1_500_000_000_000]),
        ("trigger_time", date(2026, 1, 1)),
        ("on_warning", "maybe"),
    ],
)
def test_what_cannot_be_is_refused_at_parse_time(name: str, value: Any) -> None:
    with pytest.raises(InvalidParameter, match=name):
        check(**{name: value})


def test_a_check_that_does_not_exist_fails_the_task(sandbox: Running) -> None:
    with pytest.raises((NotFound, InvalidParameter)):
        run(check(evaluation_task_id=9))
    assert runs(sandbox) == []


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_a_kill_at_any_request_leads_to_one_run(answered: bool, sandbox: Running) -> None:
    kills = 0
    for number in range(50):
        sandbox.reset()
        sandbox.courses.add(KIND, seconds=0.0, times=0)
        store = Store()
        try:
            with killed_at(number, answered=answered):
                run(check(), store)
        except Killed:
            kills += 1
            run(check(), store)
        else:
            break
        assert len(runs(sandbox)) == 1, number
    assert kills >= 3


@needs_state_store
def test_a_run_that_the_list_shows_late_is_found_all_the_same(sandbox: Running) -> None:
    sandbox.courses.add(KIND, seconds=0.0, times=0)
    run(check(trigger_time=MIDNIGHT - 86400000))
    sandbox.settings.update({"list_lag": 0.3})
    sandbox.faults.add("CreateDataQualityEvaluationTaskInstance", "html", when="after", times=1)
    run(check(settle=0.6), Store())
    assert len(runs(sandbox)) == 2


def test_of_two_runs_that_nothing_tells_apart_none_is_taken(sandbox: Running) -> None:
    """Another task asked for the same in the same second, and the answer to this one was lost."""
    sandbox.courses.add(KIND, seconds=0.0, times=0)
    sandbox.faults.add("CreateDataQualityEvaluationTaskInstance", "html", when="after", times=1)
    operator = check(settle=0.5)
    theirs: dict[str, Any] = {"ProjectId": world.DATAWORKS_PROJECT_ID, "TaskId": world.DATAWORKS_QUALITY_TASK_ID}
    theirs |= {"Parameters": f'{{"triggerTime":{MIDNIGHT}}}'}
    starts = "dataworks.CreateDataQualityEvaluationTaskInstance"
    sandbox.events.add(starts, "insert", KIND, fields=theirs)
    with pytest.raises(AmbiguousMatch, match="2 have exactly this name"):
        run(operator)
