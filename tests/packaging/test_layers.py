"""The house keeps its floors: the contracts in pyproject.toml hold, and would not if somebody broke them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("layers")

ROOT = Path(__file__).parents[2]
PACKAGE = "airflow_provider_cloudflows"
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"

BREACHES = [
    ("transport.outcome", f"{PACKAGE}.services.dataworks", "The house"),
    ("hooks.base", f"{PACKAGE}.operators.dataworks", "The house"),
    ("services.dataworks.business", "airflow.sdk", "plain script"),
    ("services.dataworks.business", "httpx", "httpx is known"),
    ("operators.dataworks.business", "httpx", "httpx is known"),
    ("sandbox.signatures", f"{PACKAGE}.auth.alibaba.acs3", "shares no code"),
    ("sandbox.app", "airflow", "shares no code"),
    ("demo.report", f"{PACKAGE}.hooks.alibaba", "from outside"),
    ("hooks.alibaba", "starlette", "no web server"),
]
"""Module, what it must not import, and words of the contract that says so."""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_contracts_hold() -> None:
    checked = lint_imports(ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of each broken contract when all breaches are in one copy of the package, by its name."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / PACKAGE / "brand_new.py").touch()
    for module, forbidden, _ in BREACHES:
        with (folder / PACKAGE / f"{module.replace('.', '/')}.py").open("a") as source:
            source.write(f"\nimport {forbidden}\n")
    checked = lint_imports(folder)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    _, *parts = re.split(r"^(.+)\n-{3,}\n", checked.stdout.partition("\nBroken contracts\n")[2], flags=re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize(("module", "forbidden", "contract"), BREACHES)
def test_a_breach_is_found(module: str, forbidden: str, contract: str, broken: dict[str, str]) -> None:
    (said,) = [said for name, said in broken.items() if contract in name]
    imported = forbidden if forbidden.startswith(PACKAGE) else forbidden.partition(".")[0]
    assert f"{PACKAGE}.{module} -> {imported} (l." in said


def test_a_module_without_a_floor_is_found(broken: dict[str, str]) -> None:
    (said,) = [said for name, said in broken.items() if "The house" in name]
    assert f"not listed as layers: - {PACKAGE}.brand_new" in said
