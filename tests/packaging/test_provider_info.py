"""Airflow accepts what the provider says of itself, and shows it, on its own command line."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airflow_provider_cloudflows import get_provider_info

pytestmark = pytest.mark.xdist_group("provider info")

DISTRIBUTION = "airflow-provider-cloudflows"
HOOKS = {
    "cloudflows_alibaba": "airflow_provider_cloudflows.hooks.alibaba.AlibabaCloudHook",
    "cloudflows_huawei": "airflow_provider_cloudflows.hooks.huawei.HuaweiCloudHook",
}
# One process for all commands: each on its own costs seconds of imports.
COMMANDS = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
from airflow.cli import cli_parser
parser = cli_parser.get_parser()
answers = {}
for arguments in json.loads(sys.argv[1]):
    with redirect_stdout(StringIO()) as printed:
        parsed = parser.parse_args(["providers", *arguments, "--output", "json"])
        parsed.func(parsed)
    answers[arguments[0]] = json.loads(printed.getvalue())
print(json.dumps(answers))
"""


def test_info_is_valid_for_airflow() -> None:
    airflow = importlib.util.find_spec("airflow")  # finds it without importing it
    assert airflow is not None
    assert airflow.origin is not None
    schema = json.loads(Path(airflow.origin).with_name("provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


def test_package_name_is_the_distribution_name() -> None:
    assert get_provider_info()["package-name"] == distribution(DISTRIBUTION).name == DISTRIBUTION


def test_info_is_told_without_importing_airflow() -> None:
    code = (
        "import sys; from airflow_provider_cloudflows import get_provider_info; get_provider_info();"
        "print([name for name in ('airflow', 'httpx', 'pydantic', 'starlette') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What ``airflow providers <command>`` shows, by command."""
    arguments = [["list"], ["get", DISTRIBUTION], ["hooks"], ["widgets"], ["links"]]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    # Airflow's own log goes to standard output as well, at the levels it is told.
    quiet = {"AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    home = {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow-home"))}
    command = [sys.executable, "-W", "ignore", "-c", COMMANDS, json.dumps(arguments)]
    answer = subprocess.run(command, env={**inherited, **quiet, **home}, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    loaded: dict[str, list[dict[str, Any]]] = json.loads(answer.stdout.splitlines()[-1])
    return loaded


def test_list_and_get_show_the_provider(shown: dict[str, list[dict[str, Any]]]) -> None:
    (listed,) = (row for row in shown["list"] if row["package_name"] == DISTRIBUTION)
    assert listed["version"] == distribution(DISTRIBUTION).version
    assert shown["get"]


def test_hooks_are_importable_under_our_own_connection_types(shown: dict[str, list[dict[str, Any]]]) -> None:
    ours = {row["connection_type"]: row for row in shown["hooks"] if row["connection_type"] in HOOKS}
    assert {name: row["class"] for name, row in ours.items()} == HOOKS
    assert all(row["package_name"] == DISTRIBUTION for row in ours.values())
    # A hook that cannot be imported is listed too, with an error in place of its name.
    assert all("rror" not in row["hook_name"] for row in ours.values())


def test_every_form_field_is_a_widget(shown: dict[str, list[dict[str, Any]]]) -> None:
    # Airflow 3.1 knows no declared fields: it asks the hooks for their forms, and only in its API server.
    fields_are_declared = tuple(map(int, version("apache-airflow-core").split(".")[:2])) >= (3, 2)
    for connection in get_provider_info()["connection-types"]:
        declared = {f"extra__{connection['connection-type']}__{field}" for field in connection["conn-fields"]}
        widgets = {
            row["connection_parameter_name"]
            for row in shown["widgets"]
            if row["class"] == connection["hook-class-name"]
        }
        assert declared
        assert widgets == (declared if fields_are_declared else set())


def test_every_link_is_known_to_airflow(shown: dict[str, list[dict[str, Any]]]) -> None:
    declared = set(get_provider_info()["extra-links"])
    assert declared
    assert declared <= {row["extra_link_class_name"] for row in shown["links"]}
