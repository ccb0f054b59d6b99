"""DAG runs in the process of a test, as odd as users' own may be."""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path

import pytest
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sensors.secmaster.workflow_instance import SecMasterWorkflowInstanceSensor
from airflow_provider_cloudflows.services.secmaster.create_workflow_instance import CreateWorkflowInstance
from airflow_provider_cloudflows.testing.asserts import assert_no_secret
from airflow_provider_cloudflows.testing.dag_runs import (
    DagRuns,
    _has_tables,
    _no_running_loop,
    _retries_at_once,
    prepare_airflow,
)
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox
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
        assert [each.retry_delay for each in dag.tasks] == [datetime.timedelta(0)] * 2
    assert [each.retry_delay for each in dag.tasks] == [pause] * 2


def test_what_asked_airflow_for_something_before_has_not_made_its_database(tmp_path: Path) -> None:
    (tmp_path / "airflow.db").touch()
    assert not _has_tables(tmp_path / "airflow.db")
    assert _has_tables(prepare_airflow() / "airflow.db")
