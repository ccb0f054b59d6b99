"""Where a DAG file imports from: the DAG folder, or its own folder where none is named; as in an Airflow of its own.

A real Airflow reads each DAG file in a new process. Here one process reads those of all tests, and two folders may each
have a module ``helpers``: so what is imported from a folder is forgotten when the run is over, and what it has another
of is put aside meanwhile. What the tests would import from the same file is left alone: it is theirs to patch.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

import pytest

__all__ = ["importing_from", "root_of"]

INSTALLED = ("site-packages", "dist-packages")
"""Folders of installed packages."""

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


def root_of(file: Path, dags_folder: Path | None) -> Path:
    """Return the folder that a DAG file imports from: the DAG folder if the file is in there, else its own."""
    return dags_folder if dags_folder is not None and file.is_relative_to(dags_folder) else file.parent


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Let what is imported meanwhile be looked for in ``folder`` first."""
    others: dict[str, ModuleType] = {}
    new: set[str] = set()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(folder))
            others = {name: sys.modules[name] for name in _named_as_in(folder) if not _would_be_the_same(name)}
            _forget(others)
            before = set(sys.modules)
            try:
                yield
            finally:
                new = {name for name in sys.modules.keys() - before if _is_from(folder, name)}
    finally:
        # Looked for where the tests look, without the folder.
        _forget(name for name in new if not _would_be_the_same(name))
        sys.modules.update(others)


def _forget(names: Iterable[str]) -> None:
    for name in list(names):
        sys.modules.pop(name, None)


def _named_as_in(folder: Path) -> list[str]:
    """Return the names of imported modules that a folder has, too, and of what is in them; none that is installed."""
    tops = {path.name.partition(".")[0] for path in folder.iterdir()} & sys.modules.keys()
    theirs = {top for top in tops if (file := _file_of(top)) is not None and not _is_installed(file)}
    return [name for name in sys.modules if name.partition(".")[0] in theirs]


def _is_installed(file: Path) -> bool:
    return any(parent.name in INSTALLED for parent in file.parents) or file.is_relative_to(STANDARD_LIBRARY)


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
