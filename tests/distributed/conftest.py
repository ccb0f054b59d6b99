"""One start of everything for all tests of several machines, and the table of what they measured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.distributed.machines import WORKERS, Machines, start_machines

FIGURES = pytest.StashKey[dict[str, str]]()


@pytest.fixture(scope="session")
def started_machines(request: pytest.FixtureRequest) -> Iterator[Machines]:
    """Everything, running."""
    with start_machines() as machines:
        request.config.stash[FIGURES] = machines.figures
        yield machines


@pytest.fixture(scope="module")
def machines(started_machines: Machines) -> Machines:
    """Everything, with both workers alive and no fault left."""
    dead = [name for name in WORKERS if started_machines.workers.is_dead(name)]
    started_machines.workers.start(*dead)
    started_machines.control("faults", method="DELETE")
    return started_machines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures as a table for ``docs/figures.md``."""
    figures = config.stash.get(FIGURES, {})
    rows = [("what happened to running creates", "until the run had its id"), ("---", "---"), *figures.items()]
    for what, figure in rows if figures else ():
        terminalreporter.write_line(f"| {what} | {figure} |")
