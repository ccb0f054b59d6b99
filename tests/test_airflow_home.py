"""The tests leave the home directory of the person at the keyboard alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from airflow.configuration import AIRFLOW_HOME, conf

from tests import conftest


def test_airflow_of_the_tests_lives_in_a_folder_of_its_own() -> None:
    assert Path(AIRFLOW_HOME) == conftest.AIRFLOW_HOME
    assert str(conftest.AIRFLOW_HOME) in str(conf.get("database", "sql_alchemy_conn"))
    assert not conf.getboolean("core", "load_examples")


def test_no_airflow_folder_appears_in_the_home_directory(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", __file__]
    subprocess.run(command, env={**environment, "HOME": str(tmp_path)}, capture_output=True, check=True)
    assert list(tmp_path.iterdir()) == []
