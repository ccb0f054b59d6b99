"""Files of the older DataStudio: made once, submitted and deployed once, whatever happens on the way."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import (
    AmbiguousMatch,
    InvalidParameter,
    NotFound,
    RunFailed,
    WaitTimedOut,
)
from airflow_provider_cloudflows.operators.dataworks.deployment import SubmitAndDeployFileOperator
from airflow_provider_cloudflows.operators.dataworks.file import (
    CreateDataWorksFileOperator,
    DeleteDataWorksFileOperator,
    UpdateDataWorksFileOperator,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.airflow_versions import needs_state_store
from tests.operators.dataworks import PLACE, sent
from tests.operators.material import TaskInstance
from tests.operators.test_dataworks_publish import Killed, killed_at
from tests.operators.tries import Store, deferred_or_not, run

FILE, DEPLOYMENT = "dataworks.file", "dataworks.deployment"
BY_NAME = {"project_identifier": world.DATAWORKS_PROJECT_IDENTIFIER}


pytestmark = pytest.mark.usefixtures("connections", "no_pauses", "leaves_soon")


def create(**more: Any) -> CreateDataWorksFileOperator:
    file = {"file_name": "load", "file_type": 10, "file_folder_path": "Business Flow/daily", "content": "SELECT 1;"}
    return CreateDataWorksFileOperator(**{"task_id": "file", "settle": 0, **file, **PLACE, **more})


def update(file_id: int, **more: Any) -> UpdateDataWorksFileOperator:
    return UpdateDataWorksFileOperator(**{"task_id": "edit", "file_id": file_id, "input_list": "a", **PLACE, **more})


def deploy(file_id: Any, **more: Any) -> SubmitAndDeployFileOperator:
    soon = {"poll_interval": 0.01, "timeout": 20, "settle": 0}
    return SubmitAndDeployFileOperator(**{"task_id": "deploy", "file_id": file_id, **soon, **PLACE, **more})


def files(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.state().get(FILE, [])


def deployments(sandbox: Running) -> list[str]:
    return [one["Step"] for one in sandbox.state().get(DEPLOYMENT, [])]


def at_once(sandbox: Running) -> None:
    sandbox.courses.add(DEPLOYMENT, seconds=0.0, times=0)


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [PLACE, BY_NAME])
def test_a_file_is_made_changed_and_deleted(place: dict[str, Any], sandbox: Running) -> None:
    ti = TaskInstance(task_id="edit")
    by = {"project_id": None, "project_identifier": None} | place
    file_id = run(create(cron_express="00 05 00 * * ?", stop=False, file_owner="42", **by))
    (made,) = files(sandbox)
    assert (made["FileId"], made["Owner"], made["Schedule"]) == (
        file_id,
        "42",
        {"CronExpress": "00 05 00 * * ?", "Stop": False},
    )
    assert run(update(file_id, content="SELECT 2;", **by), ti=ti) == file_id
    assert ti.pushed["response"]["Content"] == files(sandbox)[0]["Content"] == "SELECT 2;"
    gone = {"task_id": "gone", "file_id": file_id, "only_if_made": False, "settle": 0, **place}
    assert [run(DeleteDataWorksFileOperator(**gone)) for _ in range(2)] == [True, False]
    assert files(sandbox) == []


@pytest.mark.parametrize("with_store", [False, pytest.param(True, marks=needs_state_store)])
@pytest.mark.parametrize("lag", [0.0, 0.3])
def test_a_file_whose_answer_was_lost_is_found(with_store: bool, lag: float, sandbox: Running) -> None:
    run(create(file_folder_path="Business Flow/other"))  # one of the same name elsewhere is another
    sandbox.settings.update({"list_lag": lag})
    sandbox.faults.add("CreateFile", "html", when="after", times=1)
    made = run(create(task_id="second", settle=2 * lag), Store() if with_store else None)
    assert [one["FileId"] for one in files(sandbox)][1:] == [made]


def test_what_exists_is_taken_over_and_what_differs_is_said(sandbox: Running) -> None:
    first, ti = run(create()), TaskInstance(task_id="second")
    assert run(create(task_id="second", content="SELECT 2;"), ti=ti) == first
    assert ti.pushed["drift"] == {"content": {"asked": "SELECT 2;", "exists": "SELECT 1;"}}


@pytest.mark.parametrize(
    ("name", "value"),
    [("cycle_type", "WEEK"), ("auto_rerun_times", 11), ("file_folder_path", " "), ("stop", "perhaps")],
)
def test_what_the_vendor_refuses_is_refused_at_parse_time(name: str, value: Any) -> None:
    with pytest.raises(InvalidParameter, match=name):
        create(**{name: value})


# --- submit and deploy -----------------------------------------------------------------------------------------------


@deferred_or_not
def test_a_file_is_submitted_checked_and_deployed(deferrable: bool, sandbox: Running) -> None:
    file_id, ti = run(create()), TaskInstance(task_id="deploy")
    sandbox.courses.add(DEPLOYMENT, match={"Step": "submit"}, looks=4, unknown="8", unknown_looks=2)
    sandbox.courses.add(DEPLOYMENT, looks=2)
    made = run(deploy(file_id, deferrable=deferrable, comment="release 7"), ti=ti)
    submit, deployed = sandbox.state()[DEPLOYMENT]
    assert (deployed["Id"], deployed["Step"], deployed["Comment"]) == (made, "deploy", "release 7")
    assert (ti.pushed["submitted_as"], ti.pushed["run_id"]) == (submit["Id"], made)
    assert ti.pushed["console_url"] == "https://ide2-cn-hangzhou.data.aliyun.com/?defaultProjectId=10000"


@deferred_or_not
def test_a_check_that_fails_after_the_submit_deploys_nothing(deferrable: bool, sandbox: Running) -> None:
    file_id = run(create())
    sandbox.courses.add(DEPLOYMENT, unknown="7", unknown_looks=1000)
    with pytest.raises(RunFailed, match="ended as check failed"):
        run(deploy(file_id, deferrable=deferrable))
    assert deployments(sandbox) == ["submit"]


def test_a_deployment_that_fails_says_why(sandbox: Running) -> None:
    file_id = run(create())
    sandbox.courses.add(DEPLOYMENT, match={"Step": "deploy"}, seconds=0.0, ending="bad", reason="no such table")
    at_once(sandbox)
    with pytest.raises(RunFailed, match=f"ended as failed: no such table; file {file_id} was failed"):
        run(deploy(file_id))


def test_a_file_that_was_submitted_as_it_is_is_only_deployed(sandbox: Running) -> None:
    at_once(sandbox)
    file_id = run(create())
    run(deploy(file_id))
    run(deploy(file_id, task_id="again"))
    assert deployments(sandbox) == ["submit", "deploy", "deploy"]


@needs_state_store
def test_a_try_after_a_good_end_does_nothing_unless_the_file_was_changed(sandbox: Running) -> None:
    at_once(sandbox)
    file_id, store = run(create()), Store()
    first = run(deploy(file_id), store)
    assert run(deploy(file_id), store) == first
    run(update(file_id, content="SELECT 2;"))
    assert run(deploy(file_id), store) != first
    assert deployments(sandbox) == ["submit", "deploy"] * 2


@needs_state_store
def test_a_file_that_was_mended_after_its_deployment_failed_is_submitted_and_deployed_anew(sandbox: Running) -> None:
    file_id, store = run(create()), Store()
    sandbox.courses.add(DEPLOYMENT, match={"Step": "deploy"}, seconds=0.0, ending="bad")
    at_once(sandbox)
    with pytest.raises(RunFailed):
        run(deploy(file_id), store)
    run(update(file_id, content="SELECT 2;"))
    run(deploy(file_id), store)
    assert deployments(sandbox) == ["submit", "deploy"] * 2


@needs_state_store
@pytest.mark.parametrize("answered", [False, True], ids=["before it leaves", "when it took effect"])
def test_a_kill_at_any_request_leads_to_one_submit_and_one_deploy(answered: bool, sandbox: Running) -> None:
    kills = 0
    for number in range(60):
        sandbox.reset()
        at_once(sandbox)
        file_id, store = run(create()), Store()
        try:
            with killed_at(number, answered=answered):
                run(deploy(file_id), store)
        except Killed:
            kills += 1
            run(deploy(file_id), store)
        else:
            break
        assert deployments(sandbox) == ["submit", "deploy"], number
    assert kills >= 6


@needs_state_store
@pytest.mark.parametrize("lag", [0.0, 0.3])
@pytest.mark.parametrize("lost", ["SubmitFile", "DeployFile"])
def test_a_deployment_whose_answer_was_lost_is_found_among_those_of_others(
    lost: str, lag: float, sandbox: Running
) -> None:
    at_once(sandbox)
    file_id, other = run(create()), run(create(file_name="other"))
    run(deploy(other, task_id="other"))
    sandbox.settings.update({"list_lag": lag})
    sandbox.faults.add(lost, "html", when="after", times=1)
    theirs = {"ProjectId": world.DATAWORKS_PROJECT_ID, "FileId": other, "Name": "theirs"}
    sandbox.events.add(f"dataworks.{lost}", "insert", DEPLOYMENT, fields=theirs)
    run(deploy(file_id, settle=2 * lag), Store())
    ours = [one["Step"] for one in sandbox.state()[DEPLOYMENT] if one["FileId"] == file_id]
    assert ours == ["submit", "deploy"]


def test_a_submit_that_never_arrived_is_sent_again_although_others_deploy_at_the_same_time(sandbox: Running) -> None:
    at_once(sandbox)
    file_id, other = run(create()), run(create(file_name="other"))
    sandbox.faults.add("SubmitFile", "html", when="before", times=1)
    sandbox.insert(DEPLOYMENT, ProjectId=world.DATAWORKS_PROJECT_ID, FileId=other)
    run(deploy(file_id))
    assert [one["Step"] for one in sandbox.state()[DEPLOYMENT] if one["FileId"] == file_id] == ["submit", "deploy"]


def test_of_two_deployments_of_the_file_none_is_taken(sandbox: Running) -> None:
    at_once(sandbox)
    file_id = run(create())
    sandbox.faults.add("SubmitFile", "html", when="after", times=1)
    theirs = {"ProjectId": world.DATAWORKS_PROJECT_ID, "FileId": file_id}
    sandbox.events.add("dataworks.SubmitFile", "insert", DEPLOYMENT, fields=theirs)
    with pytest.raises(AmbiguousMatch, match="2 have exactly this name"):
        run(deploy(file_id, settle=0.2))


@needs_state_store
def test_a_wait_that_takes_too_long_is_gone_on_with_by_the_next_try(sandbox: Running) -> None:
    file_id, store = run(create()), Store()
    sandbox.courses.add(DEPLOYMENT, seconds=100.0)
    at_once(sandbox)
    with pytest.raises(WaitTimedOut, match="last seen as ready"):
        run(deploy(file_id, timeout=0.05), store)
    sandbox.advance(100)
    run(deploy(file_id), store)
    assert deployments(sandbox) == ["submit", "deploy"]


def test_a_file_that_does_not_exist_is_not_submitted(sandbox: Running) -> None:
    with pytest.raises(NotFound):
        run(deploy(9))
    assert sent(sandbox)["SubmitFile"] == 0


def test_a_dry_run_shows_both_requests_and_sends_none(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    file_id = run(create())
    caplog.set_level(logging.INFO)
    operator = deploy(file_id)
    vars(operator)["_cached_logger"] = logging.getLogger("tests.dry_run")
    operator.dry_run()
    assert caplog.text.index("SubmitFile") < caplog.text.index("DeployFile")
    assert deployments(sandbox) == []
