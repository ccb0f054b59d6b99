"""What Airflow reads in a DAG folder in which more lies than the DAG files that shall be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

__all__ = ["IGNORE_FILE", "all_but"]

IGNORE_FILE = ".airflowignore"
_SPECIAL = re.compile(r"[\\*?\[\]! ]")


def all_but(files: Iterable[str]) -> str:
    """Return the content of a DAG folder's ``.airflowignore`` by which Airflow reads these files and no others.

    :param files: paths relative to the folder, with slashes.
    """
    paths = sorted(map(PurePosixPath, files))
    folders = sorted({folder for path in paths for folder in path.parents if folder.name})
    # Of the rules that fit a path, Airflow goes by the last one. Airflow 3.1.0 goes by the first one, and asks for a
    # folder without the slash at its end, so that a rule for a folder fits what is in it, too.
    for_the_first = [f"!/{_escaped(path)}" for path in paths]
    for folder in reversed(folders):
        for_the_first += [f"/{_escaped(folder)}/*", f"!/{_escaped(folder)}"]
    for_the_last = [*(f"!/{_escaped(folder)}/" for folder in folders), *(f"!/{_escaped(path)}" for path in paths)]
    return "\n".join([*for_the_first, "*", *for_the_last, ""])


def _escaped(path: PurePosixPath) -> str:
    return _SPECIAL.sub(r"\\\g<0>", str(path))
