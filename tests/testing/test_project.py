"""A user's project with an environment of its own: the plugin from a built wheel, a DAG, and tests that reuse both.

The environment is layered over the one of these tests, so that nothing is installed but the wheel;
``make release-check`` runs the same project in a whole one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "tests/testing/example_project"
FAILURES = Path(__file__).with_name("failures.py")
pytestmark = pytest.mark.xdist_group("project")

IN_PROCESSES = "test_killed.py"
"""What starts a whole Airflow is left to ``make release-check``; ``tests/faults`` kills at the same points."""


@dataclass(frozen=True)
class Case:
    """One test of the project: what it said when it failed, else an empty text, and the seconds that it took."""

    message: str
    seconds: float


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel installed over what is here."""
    folder = tmp_path_factory.mktemp("project")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=False)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "layer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin" / "python"


@pytest.fixture(scope="module")
def ran(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """The tests of the project, and those that must fail, by name."""
    folder = tmp_path_factory.mktemp("user") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache", IN_PROCESSES))
    shutil.copy(FAILURES, folder / "tests" / "test_failures.py")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    home = folder.parent / "home"  # is not there, and must not come to be
    command = [str(environment), "-m", "pytest", "--junitxml=junit.xml", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=inherited | {"HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert not home.exists()
    cases = {}
    for case in ElementTree.parse(folder / "junit.xml").iter("testcase"):
        trouble = case.find("failure") if case.find("failure") is not None else case.find("error")
        cases[case.attrib["name"]] = Case(
            "" if trouble is None else trouble.attrib["message"] + (trouble.text or ""), float(case.attrib["time"])
        )
    return cases


def test_the_plugin_is_the_one_from_the_wheel(environment: Path) -> None:
    code = "import airflow_provider_cloudflows.testing.plugin as it; print(it.__file__)"
    command = [str(environment), "-c", code]
    told = subprocess.run(command, cwd=environment.parents[1], capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()).is_relative_to(environment.parents[1])


def test_the_tests_of_the_example_are_green(ran: dict[str, Case]) -> None:
    text = (PROJECT / "tests" / "test_dags.py").read_text()
    names = re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    assert len(names) == 5
    green = {name.partition("[")[0] for name, case in ran.items() if not case.message}
    assert green == set(names)
    assert len([name for name in ran if name.startswith("test_whatever_goes_wrong")]) == 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "test_made_twice",
            r"Not exactly one secmaster.workflow with name='left', but 2: \{.*CreateWorkflow 200",
        ),
        ("test_made_under_another_name", r"but 0: none; of this kind there were .*other"),
        ("test_left_behind", r"Not torn down, this is left: secmaster.workflow: .*left"),
        ("test_nothing_made", r"Nothing was made of dataworks.business"),
        ("test_called_too_often", r"Called too often: CreateWorkflow \d times instead of 0 at most\. What was sent"),
        ("test_secret_in_an_xcom", r"A secret was written \d+ times: .*table xcom holds Corr… \(21 characters\)"),
        (
            "test_under_a_fault_that_never_happens[DeleteWorkspace:drop]",
            r"The fault of this test never happened: rule \d+: drop before .*no such call came",
        ),
        (
            "test_under_a_fault_that_there_is_not[CreateBusiness:drops]",
            r"There is no fault 'drops'; the kinds are error",
        ),
        ("test_outside", r"reach this machine alone, and was about to reach 192\.0\.2\.1:443"),
        ("test_by_name", r"was about to reach dataworks\.cn-hangzhou\.aliyuncs\.com"),
        ("test_a_dag_of_another_place", r"There is no DAG file .*nowhere\.py"),
        ("test_an_import_error", r"Airflow cannot import .*broken\.py.*No module named 'nowhere'"),
        ("test_a_dag_that_is_not_there", r"The DAGs there are trial: 'another' is none of them"),
    ],
)
def test_each_assert_fails_when_it_should_and_says_what_it_found(name: str, said: str, ran: dict[str, Case]) -> None:
    assert re.search(said, ran[name].message, re.DOTALL), ran[name].message
    assert "Correct-Horse-Battery" not in ran[name].message.partition("\n")[0]


def test_every_test_that_must_fail_does(ran: dict[str, Case]) -> None:
    names = re.findall(r"^def (test_\w+)", FAILURES.read_text(), re.MULTILINE)
    assert {name.partition("[")[0] for name, case in ran.items() if case.message} == set(names)
