"""Where a DAG file imports from: the DAG folder, or its own folder where none is named; as in an Airflow of its own.

A real Airflow reads each DAG file in a new process. Here one process reads those of all tests, so what was imported
from one folder is forgotten before a file of another is read: both may have a module ``helpers``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["importing_from", "root_of"]

_imported: dict[Path, set[str]] = {}
"""Names of modules by the folder that they were imported from; of the latest folder alone."""


def root_of(file: Path, dags_folder: Path | None) -> Path:
    """Return the folder that a DAG file imports from: the DAG folder if the file is in there, else its own."""
    return dags_folder if dags_folder is not None and file.is_relative_to(dags_folder) else file.parent


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Let what is imported meanwhile be looked for in ``folder`` first."""
    for other in _imported.keys() - {folder}:
        for name in _imported.pop(other):
            sys.modules.pop(name, None)
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        try:
            yield
        finally:
            new = {name for name in sys.modules.keys() - before if _is_from(folder, name)}
            _imported.setdefault(folder, set()).update(new)


def _is_from(folder: Path, name: str) -> bool:
    module = sys.modules[name]
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    return file is not None and Path(file).is_relative_to(folder)
