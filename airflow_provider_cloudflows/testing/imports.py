"""Where a DAG file imports from: the DAG folder, or its own folder where none is named; as in an Airflow of its own.

A real Airflow reads each DAG file in a new process. Here one process reads those of all tests, so what was imported
from one folder is forgotten before a file of another is read: both may have a module ``helpers``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

__all__ = ["importing_from", "root_of"]

_imported: dict[Path, set[str]] = {}
"""Names of modules by the folder that they were imported from; of the latest folder alone."""


INSTALLED = ("site-packages", "dist-packages")
"""Folders of installed packages."""


def root_of(file: Path, dags_folder: Path | None) -> Path:
    """Return the folder that a DAG file imports from: the DAG folder if the file is in there, else its own."""
    return dags_folder if dags_folder is not None and file.is_relative_to(dags_folder) else file.parent


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Let what is imported meanwhile be looked for in ``folder`` first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        for other in _imported.keys() - {folder}:
            names = _imported.pop(other)
            kept = {name for name in names if _would_be_the_same(name)}
            for name in names - kept:
                sys.modules.pop(name, None)
            _imported.setdefault(folder, set()).update(kept)
        before = set(sys.modules)
        try:
            yield
        finally:
            new = {name for name in sys.modules.keys() - before if _is_from(folder, name)}
            _imported.setdefault(folder, set()).update(new)


def _is_from(folder: Path, name: str) -> bool:
    """Tell whether a module is one of the DAG folder's own, not of an environment that is somewhere in it."""
    file = _file_of(name)
    if file is None or not file.is_relative_to(folder):
        return False
    around = [parent for parent in file.parents if parent.is_relative_to(folder)]
    return not any(one.name in INSTALLED or (one / "pyvenv.cfg").exists() for one in around)


def _would_be_the_same(name: str) -> bool:
    """Tell whether a module would be imported from the same file again: it stays, with what a test patched in it."""
    top = name.partition(".")[0]
    if top not in sys.modules:
        return False
    spec = PathFinder.find_spec(top)
    origin = None if spec is None else spec.origin or next(iter(spec.submodule_search_locations or ()), None)
    return origin is not None and Path(origin) == _file_of(top)


def _file_of(name: str) -> Path | None:
    module = sys.modules[name]
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    return None if file is None else Path(file)
