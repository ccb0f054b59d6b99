"""DAG runs in the process of a test, as odd as users' own may be."""

from __future__ import annotations

import asyncio
import datetime
import time
from pathlib import Path
from typing import Any

import pytest
import time_machine
from airflow import settings
from airflow.models.pool import Pool
from airflow.sdk import DAG, task
from sqlalchemy.exc import IntegrityError

from airflow_provider_cloudflows.operators.secmaster.workflow_instance import RunSecMasterWorkflowOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sensors.secmaster.workflow_instance import SecMasterWorkflowInstanceSensor
from airflow_provider_cloudflows.services.secmaster.create_workflow_instance import CreateWorkflowInstance
from airflow_provider_cloudflows.testing.asserts import assert_no_secret
from airflow_provider_cloudflows.testing.dag_runs import (
    DagNotUsable,
    DagRuns,
    _has_tables,
    _no_running_loop,
    _retries_at_once,
    prepare_airflow,
)
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox
from tests.airflow_versions import runs_coroutines
from tests.testing.test_plugin import client_of

REPORT = """
import sys
from airflow.sdk import DAG, Asset, Metadata, task
from cloudflows_common.words import WHO

with DAG("odd_report", schedule=None, params={"n": 0}):
    @task(outlets=[Asset("x://odd_report/")])
    def report(params=None):
        sys.stdout.buffer.write(b"as bytes\\n")
        yield Metadata(Asset("x://odd_report/"), {"note": "Correct&Horse/Battery"})
        return f"{WHO} {params['n']} {sys.stdout.encoding.lower()}"
    report()
"""


def test_a_dag_in_a_subfolder_runs_twice_for_one_date(
    run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox, tmp_path: Path
) -> None:
    for name, text in {"cloudflows_common/words.py": "WHO = 'common'", "team/report.py": REPORT}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    run_dag = DagRuns(cloudflows_sandbox, tmp_path)
    date = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 - as users write it

    async def run_both() -> None:
        one, two = (run_dag(tmp_path / "team/report.py", {"n": n}, logical_date=date) for n in (1, 2))
        assert (one.xcom("report"), two.xcom("report")) == ("common 1 utf-8", "common 2 utf-8")
        assert "as bytes" in one.log
        with pytest.raises(AssertionError, match="table asset_event holds Corr…"):
            assert_no_secret(one, cloudflows_sandbox, "Correct&Horse/Battery")

    asyncio.run(run_both())


def test_a_run_with_a_clock_that_stands_may_be_repeated_and_tries_again(run_dag: DagRuns) -> None:
    with DAG("odd_clock", schedule=None) as dag:

        @task(retries=1)
        def second_time(task_instance: Any = None) -> None:
            assert task_instance.try_number == 2

        second_time()
    for _ in range(2):
        with time_machine.travel("2025-03-01T10:00Z", tick=False):
            run = run_dag(dag)
        assert (run.state, run.tries) == ("success", {"second_time": 2})


def test_a_run_that_cannot_be_is_refused_in_words_and_leaves_the_next_one_alone(run_dag: DagRuns) -> None:
    with DAG("odd_conf", schedule=None) as dag:
        task(task_id="say")(lambda: 1)()
    with pytest.raises(TypeError, match="conf cannot be written as JSON"):
        run_dag(dag, {"at": datetime.datetime.now(datetime.UTC)})
    with pytest.raises(DagNotUsable, match="call what @dag decorates"):
        run_dag(lambda: dag)
    with pytest.raises(DagNotUsable, match="The DAGs there are odd_conf: 'another' is none of them"):
        run_dag(dag, dag_id="another")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(dag), "test", half_a_run)
        with pytest.raises(IntegrityError):
            run_dag(dag)
    assert run_dag(dag).state == "success"


def half_a_run(*_: Any, **__: Any) -> None:
    """End as Airflow does when the database refuses what a run is to begin with."""
    assert settings.Session is not None
    session = settings.Session()
    session.add(Pool(pool="default_pool", slots=1, include_deferred=False))
    session.flush()


def test_what_was_handed_on_is_what_a_later_task_gets(run_dag: DagRuns) -> None:
    handed: dict[str, Any] = {"tuple": (1, 2), "date": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), "set": {1}}
    with DAG("odd_values", schedule=None) as dag:
        for name, value in handed.items():
            task(task_id=name)(lambda value=value: value)()
        task(task_id="each")(lambda n: n).expand(n=[7, 8])
    run = run_dag(dag)
    assert {name: run.xcom(name) for name in handed} == handed
    assert run.xcom("each", map_index=1) == 8
    with pytest.raises(KeyError, match="it has its map_index 0, 1"):
        run.xcom("each")


def test_two_tests_have_dags_of_one_name(run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox) -> None:
    for secret in ("Correct-Horse-1", "Correct-Horse-2"):
        with DAG("odd_name", schedule=None, doc_md=secret) as dag:
            task(task_id=f"say_{secret[-1]}")(lambda: 1)()
        run = run_dag(dag)
        assert run.states == {f"say_{secret[-1]}": "success"}
        (places,) = [place for place, text in run.written().items() if secret in text]
        assert places == "table serialized_dag"
        with pytest.raises(AssertionError, match="table serialized_dag holds Corr…"):
            assert_no_secret(run, cloudflows_sandbox, secret)
    # It is in the code of this very test, which Airflow keeps, too: that is not the run's.
    assert_no_secret(run, cloudflows_sandbox, "Correct-Horse-1")


@runs_coroutines
def test_an_asynchronous_task_runs_in_a_test_that_is_a_coroutine(run_dag: DagRuns) -> None:
    with DAG("odd_coroutine", schedule=None) as dag:

        @task
        async def seven() -> int:
            await asyncio.sleep(0)
            return 7

        seven()

    async def test() -> None:
        assert run_dag(dag).xcom("seven") == 7
        await asyncio.sleep(0)

    asyncio.run(test())


def test_files_of_two_folders_share_what_both_would_import_and_nothing_else(
    run_dag: DagRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment in a folder belongs to neither, and a module that both find is one, with what a test patched."""
    said = "from airflow.sdk import DAG, task\nimport {0}\nwith DAG('odd_{1}', schedule=None):\n"
    said += "    task(task_id='say')(lambda: ({0}.WHO, id({0})))()\n"
    packages = tmp_path / ".venv/lib/site-packages"
    for name, text in {
        "one.py": said.format("odd_installed", "one"),
        "own/two.py": said.format("odd_installed", "two"),
        "own/odd_own.py": "WHO = 'own'",
        "own/broken.py": "import odd_own\nraise RuntimeError(odd_own.WHO)",
        "own/three.py": said.format("odd_own", "three"),
        "other/odd_own.py": "WHO = 'other'",
        "other/four.py": said.format("odd_own", "four"),
        "shared/odd_shared.py": "WHO = 'real'",
        "shared/five.py": said.format("odd_shared", "five"),
        "shared/team/six.py": said.format("odd_shared", "six"),
        ".venv/lib/site-packages/odd_installed.py": "WHO = 'installed'",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for folder in (packages, tmp_path / "shared"):
        monkeypatch.syspath_prepend(str(folder))

    def says(file: str) -> Any:
        return run_dag(tmp_path / file).xcom("say")

    assert says("one.py") == says("own/two.py")
    assert [says("own/three.py")[0], says("other/four.py")[0]] == ["own", "other"]
    assert says("shared/five.py")[0] == "real"
    monkeypatch.setattr("odd_shared.WHO", "patched")
    assert says("shared/team/six.py")[0] == "patched"
    # A test's own module of that name is neither used nor lost.
    monkeypatch.syspath_prepend(str(tmp_path / "other"))
    monkeypatch.setattr("odd_own.WHO", "patched, too")
    assert says("own/three.py")[0] == "own"
    with pytest.raises(DagNotUsable, match="RuntimeError: own"):
        run_dag(tmp_path / "own/broken.py")
    assert says("other/four.py")[0] == "patched, too"


def test_a_deferred_sensor_ends_at_its_time_out(run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox) -> None:
    place = {"workspace_id": world.SECMASTER_WORKSPACE_ID}
    workflow = cloudflows_sandbox.seed("secmaster.workflow", name="to run", **place)
    runs = []
    with client_of(cloudflows_sandbox) as client:
        for course in ({"seconds": 7200.0}, {"seconds": 9000.0}, {"ending": "never"}):
            cloudflows_sandbox.course("secmaster.workflow_instance", **course)
            runs.append(client.call(CreateWorkflowInstance(workflow_id=workflow["id"], **place)).action_instance_id)
    with DAG("odd_deferred_sensor", schedule=None) as dag:
        # While the first one waits two hours pass, of which the clocks of the others have to know.
        first, second, third = (
            SecMasterWorkflowInstanceSensor(
                task_id=f"wait_{number}", instance_id=run, timeout=timeout, deferrable=True, trigger_rule="all_done"
            )
            for number, (run, timeout) in enumerate(zip(runs, (86_400, 3600, 3600), strict=True))
        )
        first >> second >> third
    began = time.monotonic()
    assert run_dag(dag).states == {"wait_0": "success", "wait_1": "success", "wait_2": "failed"}
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("seconds", "ends_as"), [(43_200, "success"), (200_000, "failed")])
def test_a_deferred_wait_costs_no_time_and_ends_at_its_time_out(
    seconds: int, ends_as: str, run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox
) -> None:
    workflow = cloudflows_sandbox.seed("secmaster.workflow", name="to run", workspace_id=world.SECMASTER_WORKSPACE_ID)
    cloudflows_sandbox.course("secmaster.workflow_instance", seconds=float(seconds))
    with DAG("odd_wait", schedule=None) as dag:
        RunSecMasterWorkflowOperator(task_id="run", workflow_id=workflow["id"], timeout=86_400, deferrable=True)
    began = time.monotonic()
    assert run_dag(dag).states == {"run": ends_as}
    assert time.monotonic() - began < 10
    assert 10 <= len(cloudflows_sandbox.requests("ShowAopWorkflowInstance")) <= 300


@pytest.mark.parametrize(("mode", "seconds", "ends_as"), [("poke", 3000, "success"), ("reschedule", 9000, "failed")])
def test_a_sensor_of_an_hour_costs_no_time(
    mode: str, seconds: int, ends_as: str, run_dag: DagRuns, cloudflows_sandbox: CloudflowsSandbox
) -> None:
    place = {"workspace_id": world.SECMASTER_WORKSPACE_ID}
    workflow = cloudflows_sandbox.seed("secmaster.workflow", name="to run", **place)
    cloudflows_sandbox.course("secmaster.workflow_instance", seconds=float(seconds))
    with client_of(cloudflows_sandbox) as client:
        run = client.call(CreateWorkflowInstance(workflow_id=workflow["id"], **place))
    with DAG("odd_sensor", schedule=None) as dag:
        SecMasterWorkflowInstanceSensor(
            task_id="wait",
            instance_id=run.action_instance_id,
            mode=mode,
            poke_interval=600,
            timeout=3600,
            deferrable=False,
        )
    assert run_dag(dag).states == {"wait": ends_as}
    assert 5 <= len(cloudflows_sandbox.requests("ShowAopWorkflowInstance")) <= 9


def test_a_loop_that_waits_is_no_hindrance_to_another() -> None:
    async def say(words: str) -> str:
        await asyncio.sleep(0)
        return words

    async def test() -> tuple[str, str]:
        with _no_running_loop():
            inner = asyncio.run(say("inner"))
        return inner, await say("outer")

    assert asyncio.run(test()) == ("inner", "outer")


def test_the_dag_of_a_test_keeps_its_own_pauses() -> None:
    pause = datetime.timedelta(minutes=7)
    with DAG("odd_pauses", schedule=None) as dag:
        one = task(task_id="one", retries=1, retry_delay=pause)(lambda: [1, 2])()
        task(task_id="mapped", retries=1, retry_delay=pause)(lambda n: n).expand(n=one)
    with _retries_at_once(dag):
        assert all(each.retry_delay < datetime.timedelta(0) for each in dag.tasks)
    assert [each.retry_delay for each in dag.tasks] == [pause] * 2


def test_what_asked_airflow_for_something_before_has_not_made_its_database(tmp_path: Path) -> None:
    (tmp_path / "airflow.db").touch()
    assert not _has_tables(tmp_path / "airflow.db")
    assert _has_tables(prepare_airflow() / "airflow.db")
