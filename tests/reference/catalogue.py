"""What has a page of reference: every operator, sensor and hook that Airflow is told of, by service."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any, Literal

from airflow_provider_cloudflows.provider_info import FOLDERS, provider_info

__all__ = ["SERVICE_TITLES", "Entry", "entries", "provider_bases"]

Kind = Literal["operator", "sensor", "hook"]
KINDS: tuple[Kind, ...] = ("operator", "sensor", "hook")

SERVICE_TITLES = {folder: title for title, folder in FOLDERS.items()}
"""What people call a service, by the name of its folder."""


@dataclass(frozen=True)
class Entry:
    """One class with a page.

    :param folder: the folder of its service, in the package and in the reference alike.
    """

    kind: Kind
    folder: str
    documented: type[Any]

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.documented.__name__

    @property
    def page(self) -> PurePosixPath:
        """The page, from the folder ``docs``."""
        return PurePosixPath("reference", self.folder, f"{self.name}.md")


@cache
def entries() -> tuple[Entry, ...]:
    """Return all of them, by service as the provider lists them, operators first."""
    found = [Entry(kind, folder, one) for kind in KINDS for folder, one in _classes(kind)]
    order = list(SERVICE_TITLES)
    return tuple(sorted(found, key=lambda entry: (order.index(entry.folder), KINDS.index(entry.kind), entry.name)))


def _classes(kind: Kind) -> Iterator[tuple[str, type[Any]]]:
    for integration in provider_info()[f"{kind}s"]:
        for path in integration["python-modules"]:
            module = import_module(path)
            for name in module.__all__:
                one = getattr(module, name)
                if inspect.isclass(one) and one.__module__ == path and name.endswith(kind.capitalize()):
                    yield FOLDERS[integration["integration-name"]], one


def provider_bases(documented: type[Any]) -> Iterator[type[Any]]:
    """Yield the class and its bases in this package, in the order in which Python asks them."""
    for base in documented.__mro__:
        if base.__module__.startswith("airflow_provider_cloudflows."):
            yield base
