"""The wheel holds the package, the whole package and nothing but the package, and says what it is."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from configparser import ConfigParser
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import pytest

import airflow_provider_cloudflows

pytestmark = pytest.mark.xdist_group("wheel")

ROOT = Path(__file__).parents[2]
PACKAGE = "airflow_provider_cloudflows"
VERSION = airflow_provider_cloudflows.__version__
DIST_INFO = f"{PACKAGE}-{VERSION}.dist-info"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built from this checkout without any download."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stdout + build.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(built / f"{PACKAGE}-{VERSION}-py3-none-any.whl")


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return HeaderParser().parsestr(wheel.read(f"{DIST_INFO}/METADATA").decode())


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def test_wheel_holds_exactly_the_package(wheel: zipfile.ZipFile) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel.namelist() if not name.startswith(DIST_INFO)} == sources
    assert f"{PACKAGE}/py.typed" in sources


def test_wheel_carries_its_licence(wheel: zipfile.ZipFile, metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert wheel.read(f"{DIST_INFO}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_metadata(metadata: Message) -> None:
    assert metadata["Name"] == "airflow-provider-cloudflows"
    assert metadata["Version"] == VERSION
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"Framework :: Apache Airflow :: Provider", "Typing :: Typed"} <= set(metadata.get_all("Classifier", []))


def test_sandbox_and_testing_are_the_only_extras(metadata: Message, project: dict[str, Any]) -> None:
    assert metadata.get_all("Provides-Extra") == ["sandbox", "testing"]
    # Metadata spells a requirement in its own way; the number and the names are what must agree.
    required = metadata.get_all("Requires-Dist", [])
    plain = [line for line in required if "extra ==" not in line]
    assert len(plain) == len(project["dependencies"]) == 4
    assert {line.split(";")[0].split(">")[0].split("<")[0].strip() for line in required if "extra ==" in line} == {
        "pytest",
        "starlette",
        "uvicorn",
    }


def test_airflow_finds_the_provider_and_pytest_the_plugin(wheel: zipfile.ZipFile) -> None:
    entry_points = ConfigParser()
    entry_points.read_string(wheel.read(f"{DIST_INFO}/entry_points.txt").decode())
    assert {section: dict(entry_points[section]) for section in entry_points.sections()} == {
        "apache_airflow_provider": {"provider_info": f"{PACKAGE}:get_provider_info"},
        "pytest11": {"cloudflows": f"{PACKAGE}.testing.plugin"},
    }


def test_sdist_can_be_tested(built: Path) -> None:
    top = f"{PACKAGE}-{VERSION}/"
    with tarfile.open(built / f"{PACKAGE}-{VERSION}.tar.gz") as sdist:
        names = {name.removeprefix(top) for name in sdist.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "Makefile", "constraints.txt"} <= names
    assert "tests/testing/example_project/dags/trial.py" in names
    assert "tests/packaging/test_wheel.py" in names
    assert not any(".venv" in name or "__pycache__" in name for name in names)
