"""DAG runs in the process of a test, as odd as users' own may be."""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path

import pytest
from airflow.sdk import DAG, task

from airflow_provider_cloudflows.testing.asserts import assert_no_secret
from airflow_provider_cloudflows.testing.dag_runs import (
    DagRuns,
    _has_tables,
    _no_running_loop,
    _retries_at_once,
    prepare_airflow,
)
from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

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
