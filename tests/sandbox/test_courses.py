"""How work goes on by itself: what rules make of it, when, and for whom, as a client and as a person see it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.bpstudio import choices as bpstudio_choices
from airflow_provider_cloudflows.sandbox.courses import InvalidCourse
from airflow_provider_cloudflows.sandbox.fabric import choices as fabric_choices
from airflow_provider_cloudflows.sandbox.secmaster import choices as secmaster_choices

from .signing import Draft, Reply, alibaba, get, huawei, workspace_path

RUNS, INSTANCES, ENDPOINTS, TASKS = "fabric.job_run", "secmaster.workflow_instance", "fabric.endpoint", "bpstudio.task"
LONG = 1000.0


def post(sandbox: Running, path: str, body: Any) -> Reply:
    headers = {"content-type": "application/json"}
    return Draft(sandbox.url, "POST", f"/_sandbox/{path}", headers=headers, body=json.dumps(body).encode()).send()


class Fabric:
    """A workspace with a job and an endpoint, and what a client does there."""

    def __init__(self, sandbox: Running) -> None:
        self.url = sandbox.url
        place = sandbox.insert("fabric.workspace", name="lake", project_id=world.HUAWEI_PROJECT_ID)
        self.id = place["id"]
        self.path = f"/v1/workspaces/{self.id}"
        self.job = sandbox.insert("fabric.job", name="clean", workspace_id=self.id)
        self.endpoint = sandbox.insert(ENDPOINTS, name="pool", workspace_id=self.id)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        return huawei(self.url, method, f"{self.path}/{path}", body, **options)

    def run(self, name: str = "nightly") -> str:
        job = {"id": self.job["id"], "version_id": self.job["version_id"]}
        reply = self.send("POST", "jobs/runs", {"name": name, "job": job, "endpoint_id": self.endpoint["id"]})
        assert reply.status == 200, reply.body
        return str(reply.json["id"])

    def show(self, run_id: str) -> Any:
        return self.send("GET", f"jobs/runs/{run_id}").json

    def state(self, run_id: str) -> str:
        return str(self.show(run_id)["status"])

    def states(self, run_id: str, times: int) -> list[str]:
        return [self.state(run_id) for _ in range(times)]

    def cancel(self, run_id: str) -> Reply:
        return self.send("POST", f"jobs/runs/{run_id}/cancel")

    def list(self, **filters: str) -> Any:
        return self.send("GET", "jobs/runs", query=filters).json


@pytest.fixture
def fabric(sandbox: Running) -> Fabric:
    return Fabric(sandbox)


def only(sandbox: Running, kind: str) -> Any:
    """What a person sees of the only one there is."""
    (one,) = get(sandbox.url, "/_sandbox/state").json[kind]
    return one


# What a script says


def test_work_ends_well_after_two_seconds_when_no_rule_says_otherwise(sandbox: Running, fabric: Fabric) -> None:
    run_id = fabric.run()
    assert fabric.state(run_id) == "RUNNING"
    sandbox.advance(2)
    ended = fabric.show(run_id)
    assert (ended["status"], ended["duration"]) == ("SUCCEEDED", 2)
    assert ended["log_path"]


def test_work_ends_after_the_seconds_of_its_rule(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, seconds=LONG)
    run_id = fabric.run()
    sandbox.advance(LONG - 100)
    assert fabric.state(run_id) == "RUNNING"
    sandbox.advance(100)
    assert fabric.state(run_id) == "SUCCEEDED"
    sandbox.advance(500)
    assert fabric.show(run_id)["duration"] == LONG


def test_looks_end_work_whatever_the_time(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, looks=2)
    run_id = fabric.run()
    sandbox.advance(LONG)
    assert fabric.states(run_id, 4) == ["RUNNING", "RUNNING", "SUCCEEDED", "SUCCEEDED"]


def test_a_look_at_a_list_counts_and_a_look_at_the_state_does_not(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, looks=2)
    run_id = fabric.run()
    for _ in range(5):
        assert only(sandbox, RUNS)["status"] == "RUNNING"
    shown = [fabric.list()["job_runs"][0]["status"], fabric.list(name="night")["job_runs"][0]["status"]]
    assert [*shown, fabric.state(run_id)] == ["RUNNING", "RUNNING", "SUCCEEDED"]
    assert only(sandbox, RUNS)["status"] == "SUCCEEDED"


def test_work_shows_that_it_has_not_begun_then_an_unknown_word_then_its_end(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, looks=4, begun_looks=2, unknown="DREAMING", unknown_looks=1)
    run_id = fabric.run()
    assert only(sandbox, RUNS)["status"] == "PENDING"
    assert fabric.states(run_id, 5) == ["PENDING", "PENDING", "DREAMING", "RUNNING", "SUCCEEDED"]


@pytest.mark.parametrize(("reason", "shown"), [("no such host", "no such host"), ("", "It failed for no reason.")])
def test_a_bad_end_has_a_reason(sandbox: Running, fabric: Fabric, reason: str, shown: str) -> None:
    sandbox.courses.add(RUNS, seconds=0.0, ending="bad", reason=reason)
    ended = fabric.show(fabric.run())
    assert (ended["status"], ended["error_code"], ended["error_msg"]) == ("FAILED", "RunFailed", shown)
    assert "error_msg" not in fabric.list()["job_runs"][0]


@pytest.mark.parametrize("script", [{"seconds": 0.0}, {"looks": 1}])
def test_what_never_ends_goes_on_for_years(sandbox: Running, fabric: Fabric, script: dict[str, Any]) -> None:
    sandbox.courses.add(RUNS, ending="never", **script)
    run_id = fabric.run()
    sandbox.advance(5 * 365 * 86400)
    assert fabric.states(run_id, 3) == ["RUNNING"] * 3


# Stopping


def test_a_cancel_takes_its_seconds(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, ending="never", cancel_seconds=LONG)
    run_id = fabric.run()
    accepted = fabric.cancel(run_id)
    assert (accepted.status, accepted.body) == (200, b"")
    assert fabric.state(run_id) == only(sandbox, RUNS)["status"] == "STOPPING"
    sandbox.advance(LONG)
    assert fabric.state(run_id) == "STOPPED"


def test_a_cancel_comes_before_the_end_that_was_due_meanwhile(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, seconds=LONG)
    run_id = fabric.run()
    fabric.cancel(run_id)
    sandbox.advance(2 * LONG)
    assert fabric.state(run_id) == "STOPPED"


def test_a_cancel_may_be_refused(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, seconds=LONG, cancel="refused")
    run_id = fabric.run()
    refused = fabric.cancel(run_id)
    expected = fabric_choices.NOT_STOPPED.value
    assert (refused.status, refused.json["error_code"]) == (expected.status, expected.code)
    assert fabric.state(run_id) == "RUNNING"
    sandbox.advance(LONG)
    assert fabric.state(run_id) == "SUCCEEDED"


def test_a_cancel_may_be_accepted_and_ignored(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, seconds=LONG, cancel="ignored")
    run_id = fabric.run()
    assert fabric.cancel(run_id).status == 200
    assert fabric.state(run_id) == "RUNNING"
    sandbox.advance(LONG)
    assert fabric.state(run_id) == "SUCCEEDED"


def test_what_has_ended_and_what_was_stopped_cannot_be_stopped(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, seconds=0.0)
    assert fabric.cancel(fabric.run()).status == fabric_choices.NOT_STOPPED.value.status
    sandbox.courses.add(RUNS, ending="never")
    run_id = fabric.run()
    assert fabric.cancel(run_id).status == 200
    assert fabric.cancel(run_id).status == fabric_choices.NOT_STOPPED.value.status


# The other kinds of work


def instance(sandbox: Running) -> tuple[str, str]:
    """The path of the runs in a SecMaster workspace, and the id of a run that has just begun there."""
    workflow = sandbox.insert("secmaster.workflow", name="flow", workspace_id=world.SECMASTER_WORKSPACE_ID)
    body = {"command_type": "ActionInstanceRunCommand", "action_type": "workflow", "action_id": workflow["id"]}
    begun = huawei(sandbox.url, "POST", workspace_path(f"/soc/workflows/{workflow['id']}/instances"), body)
    assert begun.status == 200, begun.body
    return workspace_path("/soc/workflows/instances"), begun.json["action_instance_id"]


def test_a_workflow_run_goes_by_its_course_and_tells_the_reason_in_its_steps(sandbox: Running) -> None:
    sandbox.courses.add(INSTANCES, looks=2, begun_looks=1, ending="bad", reason="no such host")
    path, run_id = instance(sandbox)
    shown = [huawei(sandbox.url, "GET", f"{path}/{run_id}").json["status"] for _ in range(2)]
    assert shown == ["CREATED", "RUNNING"]
    ended = huawei(sandbox.url, "GET", f"{path}/{run_id}", query={"show_topology": "true"}).json
    assert ended["status"] == only(sandbox, INSTANCES)["status"] == "FAILED"
    assert ended["end_time"] >= ended["start_time"]
    (step,) = ended["topology"]["audit_logs"]
    assert (step["status"], step["succeed"], step["error_msg"]) == ("FAILED", False, "no such host")


@pytest.mark.parametrize(
    ("cancel", "status", "states"),
    [
        ("accepted", 200, ["TERMINATING", "TERMINATED"]),
        ("refused", secmaster_choices.NOT_STOPPED.value.status, ["RUNNING", "RUNNING"]),
        ("ignored", 200, ["RUNNING", "RUNNING"]),
    ],
)
def test_a_workflow_run_is_terminated(sandbox: Running, cancel: str, status: int, states: list[str]) -> None:
    sandbox.courses.add(INSTANCES, ending="never", cancel=cancel, cancel_seconds=LONG)
    path, run_id = instance(sandbox)
    body = {"command_type": "ActionInstanceTerminateCommand"}
    assert huawei(sandbox.url, "PUT", f"{path}/{run_id}", body).status == status
    seen = [huawei(sandbox.url, "GET", f"{path}/{run_id}").json["status"]]
    sandbox.advance(LONG)
    seen.append(huawei(sandbox.url, "GET", f"{path}/{run_id}").json["status"])
    assert seen == states


def test_a_task_ends_with_finish_beside_an_error_and_can_be_executed_again(sandbox: Running) -> None:
    task_id = str(sandbox.insert(TASKS, Name="t")["Id"])
    born = only(sandbox, TASKS)
    assert born["Status"] == bpstudio_choices.STATUS.value
    sandbox.courses.add(TASKS, looks=1, ending="bad", reason="no quota")
    for reason in ("no quota", ""):
        assert alibaba(sandbox.url, "ExecuteTask", {"TaskId": task_id}).json["Code"] == "200"
        shown = [alibaba(sandbox.url, "GetTask", {"TaskId": task_id}).json["Data"] for _ in range(2)]
        assert shown[0]["Status"] == "BINDING"
        if reason:
            assert (shown[1]["Status"], shown[1]["ErrorMessage"]) == (bpstudio_choices.FINISHED.value, reason)
    sandbox.advance(2)
    ended = alibaba(sandbox.url, "GetTask", {"TaskId": task_id}).json["Data"]
    assert (ended["Status"], ended["ErrorMessage"]) == (bpstudio_choices.FINISHED.value, "")
    assert (only(sandbox, TASKS)["Status"], only(sandbox, TASKS)["Executions"]) == (bpstudio_choices.FINISHED.value, 2)


def endpoint_state(fabric: Fabric, id: str) -> str:
    shown = fabric.send("GET", f"endpoints/{id}")
    return str(shown.json["status"]) if shown.status == 200 else "gone"


def test_an_endpoint_comes_to_be_and_goes(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(ENDPOINTS, seconds=LONG, cancel_seconds=LONG)
    made = fabric.send("POST", "endpoints", {"name": "ray", "type": "ray"}).json
    states = [made["status"]]
    sandbox.advance(LONG)
    states.append(endpoint_state(fabric, made["id"]))
    assert fabric.send("DELETE", f"endpoints/{made['id']}").json == {"id": made["id"]}
    states.append(endpoint_state(fabric, made["id"]))
    sandbox.advance(LONG)
    states.append(endpoint_state(fabric, made["id"]))
    assert states == ["CREATING", "RUNNING", "DELETING", "gone"]
    assert [each["name"] for each in fabric.send("GET", "endpoints").json["endpoints"]] == ["pool"]


def test_an_endpoint_may_fail_to_come_to_be_and_refuse_to_go(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(ENDPOINTS, seconds=0.0, ending="bad", reason="no quota", cancel="refused")
    made = fabric.send("POST", "endpoints", {"name": "ray", "type": "ray"}).json
    assert (made["status"], made["error_msg"]) == ("CREATE_FAILED", "no quota")
    refused = fabric.send("DELETE", f"endpoints/{made['id']}")
    assert refused.status == fabric_choices.NOT_STOPPED.value.status
    assert endpoint_state(fabric, made["id"]) == "CREATE_FAILED"


# Which work a rule is for


def test_the_first_rule_that_fits_counts_and_is_used_up(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, match={"name": "weekly"}, seconds=0.0, ending="bad")
    sandbox.courses.add(RUNS, times=2, ending="never")
    sandbox.courses.add(ENDPOINTS, seconds=0.0)
    runs = [fabric.run(name) for name in ("nightly", "weekly", "weekly", "nightly")]
    sandbox.advance(2)
    assert [fabric.state(run_id) for run_id in runs] == ["RUNNING", "FAILED", "RUNNING", "SUCCEEDED"]
    assert [rule["kind"] for rule in sandbox.courses.as_json()] == [ENDPOINTS]


def test_a_rule_of_no_times_is_for_all_and_for_none_that_began_before(sandbox: Running, fabric: Fabric) -> None:
    before = fabric.run()
    sandbox.courses.add(RUNS, times=0, seconds=0.0, ending="bad")
    assert [fabric.state(fabric.run()) for _ in range(3)] == ["FAILED"] * 3
    assert fabric.state(before) == "RUNNING"
    assert len(sandbox.courses.as_json()) == 1


def test_all_fields_of_a_match_must_be_the_same(sandbox: Running, fabric: Fabric) -> None:
    match = {"name": "nightly", "endpoint_id": "another"}
    sandbox.courses.add(RUNS, match=match, seconds=0.0)
    sandbox.courses.add(RUNS, match=match | {"endpoint_id": fabric.endpoint["id"]}, ending="never")
    run_id = fabric.run()
    sandbox.advance(LONG)
    assert fabric.state(run_id) == "RUNNING"
    assert sandbox.courses.as_json()[0]["match"] == match


def test_a_run_that_was_refused_uses_no_rule_up(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, ending="never")
    sandbox.faults.add("RunJob", "throttle", nth=1)
    job = {"id": fabric.job["id"], "version_id": fabric.job["version_id"]}
    body = {"name": "n", "job": job, "endpoint_id": fabric.endpoint["id"]}
    assert fabric.send("POST", "jobs/runs", body).status == 429
    assert fabric.send("POST", "jobs/runs", body | {"endpoint_id": "none"}).status >= 400
    run_id = fabric.run()
    sandbox.advance(LONG)
    assert fabric.state(run_id) == "RUNNING"


def test_a_replayed_call_begins_two_runs_each_by_its_own_rule(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, seconds=0.0, ending="bad")
    sandbox.courses.add(RUNS, ending="never")
    sandbox.faults.add("RunJob", "replay", nth=1)
    fabric.run()
    assert sorted(one["status"] for one in fabric.list()["job_runs"]) == ["FAILED", "RUNNING"]


# The control API


def test_rules_are_added_listed_and_cleared_over_http(sandbox: Running, fabric: Fabric) -> None:
    rule = {"kind": RUNS, "match": {"name": "nightly"}, "times": 2, "seconds": 0, "ending": "bad", "reason": "why"}
    added = post(sandbox, "courses", rule)
    assert (added.status, added.json | rule) == (201, added.json)
    assert fabric.show(fabric.run())["error_msg"] == "why"
    assert get(sandbox.url, "/_sandbox/courses").json == {"courses": [added.json | {"times": 1}]}
    assert Draft(sandbox.url, "DELETE", "/_sandbox/courses").send().json == {"courses": []}
    assert fabric.state(fabric.run()) == "RUNNING"


PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"


def test_what_the_documentation_sends_is_taken_and_does_what_it_says(sandbox: Running, fabric: Fabric) -> None:
    sent = re.findall(r"/_sandbox/(courses|clock)[^-]*-d '([^']*)'", PAGE.read_text("utf-8"))
    assert [path for path, _ in sent] == ["courses", "clock"]
    (_, rule), (_, advance) = sent
    assert post(sandbox, "courses", json.loads(rule)).status == 201
    run_id = fabric.run("nightly")
    assert fabric.state(run_id) == "RUNNING"
    assert post(sandbox, "clock", json.loads(advance)).status == 200
    ended = fabric.show(run_id)
    assert (ended["status"], ended["error_msg"]) == ("FAILED", "no such table")


BAD_RULES = [
    ([], "JSON object"),
    ({}, "kind"),
    ({"kind": "fabric.none"}, "fabric.job_run"),
    ({"kind": ["fabric.job_run"]}, "kind"),
    ({"kind": "dataworks.business"}, "goes on by itself"),
    ({"kind": RUNS, "match": "nightly"}, "match"),
    ({"kind": RUNS, "times": -1}, "times"),
    ({"kind": RUNS, "times": True}, "times"),
    ({"kind": RUNS, "times": "2"}, "times"),
    ({"kind": RUNS, "second": 2}, "'second'"),
    ({"kind": RUNS, "self": 2}, "'self'"),
    ({"kind": RUNS, "seconds": -0.5}, "seconds"),
    ({"kind": RUNS, "seconds": "2"}, "seconds"),
    ({"kind": RUNS, "seconds": math.nan}, "NaN is no number of JSON"),
    ({"kind": RUNS, "cancel_seconds": math.inf}, "Infinity is no number of JSON"),
    ({"kind": RUNS, "looks": 1.5}, "looks"),
    ({"kind": RUNS, "looks": True}, "looks"),
    ({"kind": RUNS, "reason": None}, "reason"),
    ({"kind": RUNS, "ending": "ugly"}, "good, bad, never"),
    ({"kind": RUNS, "cancel": "maybe"}, "accepted, refused, ignored"),
    ({"kind": RUNS, "unknown": "DREAMING"}, "unknown_looks"),
    ({"kind": RUNS, "unknown_looks": 2}, "unknown_looks"),
]


@pytest.mark.parametrize(("rule", "word"), BAD_RULES, ids=[json.dumps(rule) for rule, _ in BAD_RULES])
def test_a_bad_rule_is_refused_with_one_sentence(sandbox: Running, rule: Any, word: str) -> None:
    refused = post(sandbox, "courses", rule)
    assert refused.status == 400
    message = refused.json["error"]
    assert word in message
    assert message.endswith(".")
    assert "\n" not in message
    assert sandbox.courses.as_json() == []


def test_a_bad_rule_is_refused_in_a_test_too(sandbox: Running) -> None:
    with pytest.raises(InvalidCourse, match="ending is one of good, bad, never"):
        sandbox.courses.add(RUNS, ending="ugly")


@pytest.mark.parametrize(
    "change", [{}, {"advance": -1}, {"advance": "5"}, {"advance": True}, {"advance": math.nan}, []]
)
def test_the_clock_goes_forward_by_a_number_of_seconds_only(sandbox: Running, change: Any) -> None:
    before = get(sandbox.url, "/_sandbox/clock").json["now"]
    refused = post(sandbox, "clock", change)
    assert refused.status == 400
    assert refused.json["error"].endswith(".")
    assert get(sandbox.url, "/_sandbox/clock").json["now"] - before < LONG


def test_the_clock_is_advanced_over_http_and_moves_no_signature(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, seconds=86400.0)
    run_id = fabric.run()
    before = get(sandbox.url, "/_sandbox/clock").json["now"]
    assert post(sandbox, "clock", {"advance": 86400}).json["now"] >= before + 86400
    assert fabric.state(run_id) == "SUCCEEDED"


def test_a_lag_passes_when_the_clock_is_advanced(sandbox: Running, fabric: Fabric) -> None:
    sandbox.settings.list_lag = sandbox.settings.read_lag = LONG
    run_id = fabric.run()
    hidden = fabric.send("GET", f"jobs/runs/{run_id}").status
    assert (hidden >= 400, fabric.list(), fabric.list(name="nightly")["total"]) == (
        True,
        {"total": 0, "job_runs": []},
        0,
    )
    sandbox.advance(LONG)
    assert fabric.state(run_id) == "SUCCEEDED"
    assert fabric.list()["total"] == fabric.list(name="nightly")["total"] == 1


def test_reset_forgets_rules_and_work(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, times=0, ending="never")
    fabric.run()
    assert post(sandbox, "reset", {}).status == 200
    assert sandbox.courses.as_json() == []
    assert RUNS not in sandbox.state()
    again = Fabric(sandbox)
    run_id = again.run()
    sandbox.advance(2)
    assert again.state(run_id) == "SUCCEEDED"


# What a person sees, and who sees nothing


@pytest.mark.parametrize("kind", [RUNS, INSTANCES, ENDPOINTS, TASKS])
def test_nobody_sees_or_sets_a_course_itself(sandbox: Running, fabric: Fabric, kind: str) -> None:
    place = {"workspace_id": fabric.id} if kind != TASKS else {}
    made = post(sandbox, f"resources/{kind}", place)
    assert made.status == 201
    assert "course" not in made.json
    assert "course" not in json.dumps(get(sandbox.url, "/_sandbox/state").json)
    refused = post(sandbox, f"resources/{kind}", place | {"course": {}})
    assert (refused.status, "course" in refused.json["error"]) == (400, False)


def test_the_second_account_sees_and_stops_nothing(sandbox: Running, fabric: Fabric) -> None:
    sandbox.courses.add(RUNS, ending="never")
    run_id = fabric.run()
    other: dict[str, Any] = {"key": world.OTHER_HUAWEI_KEY, "project_id": world.OTHER_HUAWEI_PROJECT_ID}
    calls = [("GET", f"jobs/runs/{run_id}"), ("GET", "jobs/runs"), ("POST", f"jobs/runs/{run_id}/cancel")]
    calls += [("GET", f"endpoints/{fabric.endpoint['id']}"), ("DELETE", f"endpoints/{fabric.endpoint['id']}")]
    assert all(fabric.send(method, path, **other).status >= 400 for method, path in calls)
    assert fabric.state(run_id) == "RUNNING"
    assert endpoint_state(fabric, fabric.endpoint["id"]) != "gone"
    task_id = str(sandbox.insert(TASKS, Name="t")["Id"])
    strange = alibaba(sandbox.url, "ExecuteTask", {"TaskId": task_id}, key=world.OTHER_ALIBABA_KEY)
    assert strange.json["Code"] == bpstudio_choices.NOT_FOUND.value.code
    assert only(sandbox, TASKS)["Executions"] == 0


def test_a_state_file_keeps_the_course_of_what_goes_on(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with serve(state=state) as running:
        fabric = Fabric(running)
        running.courses.add(RUNS, looks=2, ending="bad", reason="no such host")
        running.courses.add(RUNS, ending="never", cancel_seconds=LONG)
        failing, stopping = fabric.run(), fabric.run()
        assert fabric.state(failing) == "RUNNING"
        fabric.cancel(stopping)
    with serve(state=state) as running:
        fabric.url = running.url
        assert fabric.states(failing, 2) == ["RUNNING", "FAILED"]
        assert fabric.show(failing)["error_msg"] == "no such host"
        assert fabric.state(stopping) == "STOPPING"
        running.advance(LONG)
        assert fabric.state(stopping) == "STOPPED"


# Ten thousand


def fastest(sandbox: Running, call: Callable[[], Any], times: int = 5) -> float:
    """The milliseconds of the fastest of some calls: what it costs when the machine does nothing else."""
    for _ in range(times):
        call()
    return float(min(entry["milliseconds"] for entry in sandbox.requests()[-times:]))


def test_a_page_of_ten_thousand_runs_is_read_without_the_others(sandbox: Running, fabric: Fabric) -> None:
    """A filter has to read them all, so it is the measure: on any machine."""
    fabric.run()
    store = sandbox.sandbox.store.of(world.HUAWEI_DOMAIN_ID)
    (one,) = store.all(RUNS)
    with store.transaction():
        for number in range(9_999):
            store.add(RUNS, f"run-{number}", one | {"id": f"run-{number}"}, place=fabric.id)
    page = fabric.list(limit="100")
    assert (page["total"], page["job_runs"][0]["id"], len(page["job_runs"])) == (10_000, "run-9998", 100)
    all_of_them = fastest(sandbox, lambda: fabric.list(limit="100", name="nightly"), times=2)
    assert fastest(sandbox, lambda: fabric.list(limit="100")) < all_of_them / 4
