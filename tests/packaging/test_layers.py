"""The house keeps its floors: the contracts in pyproject.toml hold, and would not if somebody broke them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "airflow_provider_cloudflows"
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"


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


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("transport/outcome.py", f"import {PACKAGE}.services.dataworks", "The house"),
        ("hooks/base.py", f"import {PACKAGE}.operators.dataworks", "The house"),
        ("services/dataworks/business.py", "import airflow.sdk", "plain script"),
        ("services/dataworks/business.py", "import httpx", "httpx is known"),
        ("operators/dataworks/business.py", "import httpx", "httpx is known"),
        ("sandbox/signatures.py", f"import {PACKAGE}.auth.alibaba.acs3", "shares no code"),
        ("sandbox/app.py", "import airflow", "shares no code"),
        ("demo/report.py", f"import {PACKAGE}.hooks.alibaba", "from outside"),
        ("hooks/alibaba.py", "import starlette", "no web server"),
        ("brand_new.py", "", "The house"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, module: str, forbidden: str, contract: str) -> None:
    shutil.copytree(ROOT / PACKAGE, tmp_path / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    source = tmp_path / PACKAGE / module
    before = source.read_text() if source.exists() else ""
    source.write_text(f"{before}\n{forbidden}\n")

    checked = lint_imports(tmp_path)

    assert checked.returncode == 1, checked.stdout + checked.stderr
    broken = [line for line in checked.stdout.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), checked.stdout
