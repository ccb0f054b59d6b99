"""What a DAG file pays for importing this provider, beside the official SDK clients of the same services.

Each measurement is a fresh process that has imported ``airflow.sdk`` and resolved the names that every DAG file and
provider uses. Byte code is compiled beforehand, as on any machine where the file was imported once. The time is
processor time: what else the machine does is no cost of an import. Garbage is collected before, since else it is a
matter of luck who pays for what ``airflow.sdk`` has left. Machines differ in speed by more than the limits
leave room for, one machine from day to day, too; so the limits of time are shares of what the SDKs' import takes in the
same run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from statistics import median

from airflow_provider_cloudflows import get_provider_info
from tests.benchmarks.table import Row

__all__ = ["measure"]

RUNS = 7
SDKS = 690.0
"""Milliseconds that the SDKs' import took on the machine that the limits were set for."""
PACKAGE = "airflow_provider_cloudflows"
OURS = [
    *(module for entry in get_provider_info()["operators"] for module in entry["python-modules"]),
    *(module for entry in get_provider_info()["hooks"] for module in entry["python-modules"]),
]
THEIRS = [
    "alibabacloud_dataworks_public20200518.client",
    "alibabacloud_bpstudio20210931.client",
    "huaweicloudsdksecmaster.v1",
    "huaweicloudsdkdataartsfabric.v1",
]
# What a DAG file with one task of ours does.
ONE = """
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
CreateBusinessOperator(task_id="create", business_name="daily", project_id=10000)
"""
PROGRAM = """
import gc, importlib, json, sys, time
import psutil
from airflow.sdk import DAG, BaseHook, BaseOperator, BaseOperatorLink, Connection, task

def resident():
    return psutil.Process().memory_info().rss / 2**20

gc.collect()
modules, memory, started = len(sys.modules), resident(), time.process_time()
for name in sys.argv[1:]:
    exec(name) if "import" in name else importlib.import_module(name)
milliseconds = (time.process_time() - started) * 1000
print(json.dumps([milliseconds, len(sys.modules) - modules, resident() - memory]))
"""


def _once(names: list[str], home: str) -> list[float]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"HOME": home, "AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *names], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure() -> list[Row]:
    """Return the rows for time, modules and memory, of one operator that is used and of all that are imported."""
    with tempfile.TemporaryDirectory() as home:
        for names in (OURS, [ONE], THEIRS):
            _once(names, home)  # compile what is not compiled yet
        runs = [(_once([ONE], home), _once(OURS, home), _once(THEIRS, home)) for _ in range(RUNS)]
    one, ours, theirs = ([median(column) for column in zip(*side, strict=True)] for side in zip(*runs, strict=True))
    rows = []
    for what, figures, limits in (
        ("a DAG file with one operator", one, (15.0, 30.0, None)),
        ("import of all operators and hooks", ours, (60.0, None, 3.0)),
    ):
        for aspect, unit, figure, other, limit in zip(
            ("time", "modules", "memory"), ("ms", "modules", "MiB"), figures, theirs, limits, strict=True
        ):
            if unit == "ms" and limit is not None:
                rows.append(Row(f"{what}: {aspect}", figure, unit, other, limit / SDKS, judged=figure / other))
            else:
                rows.append(Row(f"{what}: {aspect}", figure, unit, other, limit))
    return rows
