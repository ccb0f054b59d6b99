"""Print the benchmark table; ends with 1 when a figure is over its limit.

``--demo`` adds the time of ``make demo``, ``--waits N`` what N waits cost in one triggerer.
"""

from __future__ import annotations

import argparse
import atexit
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

from tests.benchmarks.table import Row, show


def demo() -> list[Row]:
    """Return the row for ``make demo``, from nothing but a warm package cache when there is no .venv yet."""
    started = time.perf_counter()
    subprocess.run(["make", "demo"], check=True, stdout=subprocess.DEVNULL)
    return [Row("make demo", time.perf_counter() - started, "s", limit=90.0)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="also time make demo")
    parser.add_argument("--waits", type=int, default=0, metavar="N", help="also let N runs be waited for")
    arguments = parser.parse_args()

    # The Huawei SDK and Airflow write into these when they are imported.
    home = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    timed_demo = demo() if arguments.demo else []
    os.environ.update(HOME=home, AIRFLOW_HOME=home, AIRFLOW__CORE__LOAD_EXAMPLES="False", NO_PROXY="127.0.0.1")

    from airflow import __version__ as airflow_version

    from tests.benchmarks import creates, imports, signatures, waits

    machine = f"{platform.machine()}, {os.cpu_count()} CPUs"
    print(f"Python {platform.python_version()}, Airflow {airflow_version}, {machine}; medians\n")
    timed_waits = waits.rows(arguments.waits) if arguments.waits else []
    rows = [*imports.measure(), *creates.measure(), *signatures.measure(), *timed_demo, *timed_waits]
    print(show(rows))
    return int(any(row.is_over for row in rows))


if __name__ == "__main__":
    sys.exit(main())
