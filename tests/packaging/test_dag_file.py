"""What a DAG file leaves alone: it checks requests, and neither sends one nor meets what comes of that."""

from __future__ import annotations

import json
import subprocess
import sys

# The operators of one resource each, with the requests that they check when a DAG file makes a task of them. Those of
# any API (``.api``) have no request of their own; those of what acts on many instances at once are beside
# their answers.
PROGRAM = """
import importlib, json, sys
from airflow_provider_cloudflows import get_provider_info

for entry in get_provider_info()["operators"]:
    for module in [importlib.import_module(name) for name in entry["python-modules"] if not name.endswith(".api")]:
        for kind in vars(module).values():
            if getattr(kind, "__module__", None) == module.__name__ and hasattr(kind, "request_path"):
                if kind.__name__ in json.loads(sys.argv[2]):
                    continue
                kind.request_type()
                found = sys.modules.keys() & {"ROOT." + name for name in json.loads(sys.argv[1])}
                assert not found, (kind, found)
                print(kind.__name__)
""".replace("ROOT", "airflow_provider_cloudflows")
LEFT_OUT = [
    "RerunDataWorksInstancesOperator",
    "RerunDataWorksRunOperator",
    "SetDataWorksInstancesSuccessOperator",
    "StopDataWorksInstancesOperator",
    "StopDataWorksRunOperator",
]
LEFT_ALONE = ["errors", "transport", "calls.reading", "provisioning", "hooks"]


def test_an_operator_and_its_request_import_nothing_that_only_a_run_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(LEFT_ALONE), json.dumps(LEFT_OUT)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert {"CreateBusinessOperator", "DeleteFabricEndpointOperator", "RunFabricJobOperator"} <= {*done.stdout.split()}
