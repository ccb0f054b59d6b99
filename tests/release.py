"""Builds what is released, and tries it as somebody does who has nothing else: ``make release-check``.

Wheel and sdist are each installed into an empty environment, from the package index and with this project's
constraints, and there the package says what it holds and the example project runs its tests, in real processes too.
Nothing is uploaded.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.metadata import Metadata

import airflow_provider_cloudflows

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PROJECT = ROOT / "tests/testing/example_project"
NAME = "airflow-provider-cloudflows"
VERSION = airflow_provider_cloudflows.__version__
MOST_SECONDS = 1800

# Everything that Airflow is told of can be imported, and comes from the environment.
SMOKE = """
import importlib, inspect, json, sys
import airflow_provider_cloudflows as package

assert package.__file__.startswith(sys.prefix), package.__file__
info = package.get_provider_info()
found = {"operators": 0, "sensors": 0, "hooks": 0, "triggers": 0}
for section in found:
    for name in {name for entry in info[section] for name in entry["python-modules"]}:
        classes = inspect.getmembers(importlib.import_module(name), inspect.isclass)
        found[section] += sum(kind.__module__ == name and not kind.__name__.startswith("_") for _, kind in classes)
assert all(found.values()), found
print(json.dumps({"version": package.__version__, **found}))
"""


class NotReleasable(Exception):
    """Something is wrong with what was built; the message says what."""


@dataclass(frozen=True)
class Step:
    """What was done, and the seconds it took."""

    what: str
    seconds: float


def main() -> int:
    """Build, install and try; return 1 when something is wrong."""
    steps: list[Step] = []

    def timed(what: str, work: Callable[[], None]) -> None:
        print(f"==> {what}", flush=True)
        began = time.monotonic()
        work()
        steps.append(Step(what, time.monotonic() - began))

    try:
        timed("building sdist and wheel", _build)
        timed("metadata", _check_metadata)
        for artefact in _artefacts():
            environment = ROOT / f".venv-release-{'wheel' if artefact.suffix == '.whl' else 'sdist'}"
            timed(f"{artefact.name}: installing", lambda a=artefact, e=environment: _install(a, e))  # type: ignore[misc]
            timed(f"{artefact.name}: what it holds", lambda e=environment: _smoke(e))  # type: ignore[misc]
            timed(f"{artefact.name}: the example project", lambda e=environment: _try_example(e))  # type: ignore[misc]
    except (NotReleasable, subprocess.TimeoutExpired) as problem:
        print(problem)
        return 1
    print("\n| step | time |\n| --- | --- |")
    print("\n".join(f"| {step.what} | {step.seconds:.0f} s |" for step in steps))
    return 0


def _build() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    _run(ROOT, sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(DIST))


def _artefacts() -> list[Path]:
    stem = f"{NAME.replace('-', '_')}-{VERSION}"
    return [DIST / f"{stem}-py3-none-any.whl", DIST / f"{stem}.tar.gz"]


def _check_metadata() -> None:
    """Read the metadata of both as the package index does, which refuses what is not valid."""
    wheel, sdist = _artefacts()
    with zipfile.ZipFile(wheel) as archive:
        (inside,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        texts = {wheel: archive.read(inside)}
    with tarfile.open(sdist) as archive:
        file = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert file is not None
        texts[sdist] = file.read()
    for path, text in texts.items():
        read = Metadata.from_email(text, validate=True)
        if (read.name, str(read.version)) != (NAME, VERSION):
            raise NotReleasable(f"{path.name} says that it is {read.name} {read.version}.")
        if read.description_content_type != "text/markdown" or not read.description:
            raise NotReleasable(f"{path.name} has no description in Markdown, which the index would show.")


def _install(artefact: Path, environment: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    venv.create(environment, clear=True, with_pip=not uv.exists())
    python = str(environment / "bin" / "python")
    pip = (
        [str(uv), "pip", "install", "--quiet", "--python", python] if uv.exists() else [python, "-m", "pip", "install"]
    )
    _run(ROOT, *pip, "-c", "constraints.txt", f"{NAME}[testing] @ {artefact.as_uri()}")


def _smoke(environment: Path) -> None:
    told = json.loads(_run(environment, str(environment / "bin" / "python"), "-c", SMOKE).splitlines()[-1])
    if told.pop("version") != VERSION:
        raise NotReleasable(f"The installed package is not version {VERSION}.")
    print(", ".join(f"{count} {what}" for what, count in told.items()))


def _try_example(environment: Path) -> None:
    project = environment / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    print(_run(project, str(environment / "bin" / "python"), "-m", "pytest", "--durations=0", "--durations-min=0.5"))


def _run(folder: Path, *command: str) -> str:
    """Run a command with nothing of this checkout on its path, and return what it printed."""
    foreign = ("AIRFLOW", "PYTEST", "PYTHONPATH", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    home = {"AIRFLOW_HOME": str(ROOT / ".venv" / "airflow-home")}
    done = subprocess.run(
        command, cwd=folder, env=env | home, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    if done.returncode != 0:
        raise NotReleasable(f"{' '.join(command[:4])} … ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
