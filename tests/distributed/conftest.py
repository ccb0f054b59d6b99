"""One start of everything for all tests of several machines, and the table of what they measured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.distributed.machines import WORKERS, Machines, start_machines


@pytest.fixture(scope="session")
def started_machines(request: pytest.FixtureRequest) -> Iterator[Machines]:
    """Everything, running; at the end the figures are printed as a table for the README."""
    with start_machines() as machines:
        yield machines
        import shutil

        shutil.rmtree("/tmp/h/dist-home", ignore_errors=True)
        shutil.copytree(machines.airflow.home, "/tmp/h/dist-home", symlinks=True)
        reporter = request.config.pluginmanager.getplugin("terminalreporter")
        reporter.write_line("\n\n| what happened to a running create | figure |\n| --- | --- |")
        for what, figure in machines.figures.items():
            reporter.write_line(f"| {what} | {figure} |")


@pytest.fixture(scope="module")
def machines(started_machines: Machines) -> Machines:
    """Everything, with both workers alive and no fault left."""
    dead = [name for name in WORKERS if started_machines.workers.is_dead(name)]
    started_machines.workers.start(*dead)
    started_machines.control("faults", method="DELETE")
    return started_machines
