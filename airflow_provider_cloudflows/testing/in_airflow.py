"""What goes along into each process of a throw-away Airflow: its tasks die where they should, and nothing leaves here.

Airflow finds it as a listener of the plugin in ``airflow_plugins/``, and tells it of every task that is about to run,
in the process that runs it. What is to die is read from the file that ``CLOUDFLOWS_KILLS`` names. It is armed on the
first try of a task, so that the retry meets what the kill left.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from airflow.listeners import hookimpl

from airflow_provider_cloudflows.testing.kills import arm, deaths_of
from airflow_provider_cloudflows.testing.loopback import stay_for_good

PLAN_VARIABLE = "CLOUDFLOWS_KILLS"

stay_for_good()


@hookimpl
def on_task_instance_running(previous_state: Any, task_instance: Any) -> None:
    """Arm the process of a task that is to be killed."""
    plan = Path(os.environ.get(PLAN_VARIABLE, ""))
    points: dict[str, dict[str, str]] = json.loads(plan.read_text()) if plan.is_file() else {}
    task_id = task_instance.task_id
    point = points.get(task_instance.dag_id, {}).get(task_id)
    if point is not None and task_instance.try_number == 1:
        arm(point, lambda: _tell_of_the_end(plan, task_id))


def _tell_of_the_end(plan: Path, task_id: str) -> None:
    """Write down beside the plan whose process ends now: a plan that nobody came to shows nothing."""
    with deaths_of(plan).open("a") as file:
        file.write(f"{task_id}\n")
