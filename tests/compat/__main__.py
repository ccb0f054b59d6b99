"""``python -m tests.compat``: the tests on every supported Airflow and every Python that is found; ends with one table.

Each combination gets an environment of its own in ``.venv-NAME``, which is kept for the next time. Every Airflow and
every Python runs all tests in one combination at least; the others leave out what starts a whole Airflow or a browser,
which is half of the time. With ``--whole`` all run all; ``--only 3.1.0-py3.11`` runs those whose names contain it.
Other arguments go to pytest.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
JUDGES = re.compile(r"^(?:alibabacloud|huaweicloudsdk)\S*==.*$", re.MULTILINE)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MOST_SECONDS = 3600


@dataclass(frozen=True)
class Release:
    """An Airflow to test on.

    Airflow's own constraint files are not on the package index, and releases that came out later broke the older
    versions, so each gets what the index held when it was young, less what broke it even then.

    :param airflow: its version.
    :param resolution: which versions uv picks of what we depend on directly.
    :param exclude_newer: the day, or None for today, and for the project's own constraints.
    :param constraints: what it works with, where the day does not tell.
    """

    airflow: str
    resolution: str
    exclude_newer: str | None
    constraints: tuple[str, ...] = ()


STRUCTLOG = "structlog<25.5"  # which renamed the styles that Airflow imported then
PYJWT = "pyjwt<2.11"  # which wants an issuer that is a text, where Airflow gave a list: nobody could log in
# which answers before what it has changed is committed: Airflow then takes a task that has begun for none, and ends it
FASTAPI = "fastapi<0.118"

RELEASES = (
    Release("3.1.0", "lowest-direct", "2026-02-01", (STRUCTLOG, PYJWT, FASTAPI)),
    Release("3.1.8", "highest", "2026-04-01"),
    Release("3.2.2", "highest", "2026-06-15"),
    Release("3.3.2", "highest", None),
)


@dataclass(frozen=True)
class Combination:
    """A release on a Python.

    :param python: the program.
    :param version: its version.
    :param is_whole: all tests run, also those that start a whole Airflow or a browser.
    """

    release: Release
    python: str
    version: str
    is_whole: bool

    @property
    def name(self) -> str:
        """What it is called, such as ``3.1.0-py3.11-lowest``."""
        suffix = "-lowest" if self.release.resolution != "highest" else ""
        return f"{self.release.airflow}-py{self.version}{suffix}"

    @property
    def folder(self) -> Path:
        """Where its environment is."""
        return ROOT / f".venv-{self.name}"


def main(arguments: Sequence[str]) -> int:
    """Test every combination that is wanted; return 1 when one was not green."""
    wanted, pytest_arguments = _arguments(arguments)
    combinations = [one for one in _combinations(everything=wanted.whole) if wanted.only in one.name]
    if not combinations:
        print(f"There is no combination whose name contains {wanted.only!r}.")
        return 1
    rows = [["Airflow", "Python", "direct dependencies", "tests", "result", "time"]]
    is_green = True
    for one in combinations:
        release = one.release
        print(
            f"==> Airflow {release.airflow}, Python {one.version}, {release.resolution}: {one.folder.name}", flush=True
        )
        began = time.monotonic()
        passed, result = _try(one, pytest_arguments)
        is_green &= passed
        print(f"    {result}", flush=True)
        resolution = release.resolution.removesuffix("-direct")
        tests = "all" if one.is_whole else "in process"
        rows.append([release.airflow, one.version, resolution, tests, result, f"{time.monotonic() - began:.0f} s"])
    rows.insert(1, ["---"] * len(rows[0]))
    print("\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows))
    return 0 if is_green else 1


def _arguments(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return what is wanted, and what goes to pytest."""
    parser = argparse.ArgumentParser("python -m tests.compat", allow_abbrev=False)
    parser.add_argument("--whole", action="store_true", help="run all tests in every combination")
    parser.add_argument("--only", default="", help="part of the names of the combinations to run")
    return parser.parse_known_args(arguments)


def _combinations(*, everything: bool) -> list[Combination]:
    pythons = _pythons()
    return [
        Combination(release, python, version, everything or (row - column) % min(len(pythons), len(RELEASES)) == 0)
        for column, (python, version) in enumerate(pythons)
        for row, release in enumerate(RELEASES)
    ]


def _try(one: Combination, arguments: Sequence[str]) -> tuple[bool, str]:
    try:
        _install(one)
    except subprocess.CalledProcessError as error:
        return False, f"cannot be installed: {error.stderr.strip().splitlines()[-1]}"
    log = one.folder / "test.log"
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(one.folder / "airflow-home"),
        "CLOUDFLOWS_SCREENSHOTS": str(one.folder / "screenshots"),
    }
    with log.open("w") as output:
        selected = [] if one.is_whole else ["-m", "not started"]
        command = [str(one.folder / "bin/python"), "-m", "pytest", *selected, *arguments]
        ended = subprocess.run(
            command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, timeout=MOST_SECONDS
        )
    lines = log.read_text().strip().splitlines()
    summary = lines[-1].strip("= ") if lines else "printed nothing"
    return ended.returncode == 0, summary if ended.returncode == 0 else f"{summary}; see {log.relative_to(ROOT)}"


def _install(one: Combination) -> None:
    python = one.folder / "bin/python"
    if not python.exists():
        _uv("venv", "--python", one.python, str(one.folder))
    days = [] if one.release.exclude_newer is None else ["--exclude-newer", one.release.exclude_newer]
    wanted = ["-e", ".[sandbox]", "--group", "test", f"apache-airflow=={one.release.airflow}"]
    resolution = ["--resolution", one.release.resolution]
    _uv("pip", "install", "--python", str(python), *resolution, *days, "-c", str(_constraints(one)), *wanted)
    # The vendors' SDKs, which judge us, are today's everywhere.
    judges = one.folder / "judges.txt"
    judges.write_text("\n".join(JUDGES.findall((ROOT / "constraints.txt").read_text())))
    _uv("pip", "install", "--python", str(python), "-r", str(judges))


def _constraints(one: Combination) -> Path:
    if one.release.exclude_newer is None:
        return ROOT / "constraints.txt"
    written = one.folder / "constraints.txt"
    written.write_text("\n".join(one.release.constraints))
    return written


def _uv(*arguments: str) -> None:
    subprocess.run([UV, *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=MOST_SECONDS)


def _pythons() -> list[tuple[str, str]]:
    """Return program and version of every supported Python on the PATH or in pyenv, and of the one that runs this."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in PYTHONS:
        candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"versions/*/bin/python{version}"))]
        for program in map(str, filter(None, candidates)):
            if version not in found and _runs(program):
                found[version] = program
    return [(found[version], version) for version in sorted(found)]


def _runs(program: str) -> bool:
    """Tell whether it is a Python: pyenv's shims are on the PATH for versions that are not switched on, too."""
    return subprocess.run([program, "-c", ""], capture_output=True, timeout=60).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
