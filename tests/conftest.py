"""What all tests share: an Airflow of their own, no proxy, a newborn sandbox, connections in the environment.

Importing Airflow creates ``AIRFLOW_HOME``, so the first lines below come before every import of it. Each process gets a
home of its own: a worker of pytest-xdist inherits the environment of the process that started it.
"""

from __future__ import annotations

import os

from airflow_provider_cloudflows.testing.home import throw_away_home

AIRFLOW_HOME = throw_away_home()

for name in list(os.environ):
    foreign = name.startswith(("AIRFLOW_CONN_", "AIRFLOW_VAR_"))
    if foreign or name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        del os.environ[name]
os.environ.update(AIRFLOW__CORE__UNIT_TEST_MODE="True", AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING")

import gc  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Generator, Iterator, Mapping  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from airflow_provider_cloudflows.auth import cache  # noqa: E402
from airflow_provider_cloudflows.sandbox.app import Running  # noqa: E402
from airflow_provider_cloudflows.transport.client import BACKGROUND_NAME  # noqa: E402
from tests.demo.shared_airflow import (  # noqa: E402
    SHARED_AIRFLOW_GROUP,
    credential_files,
    shared_airflow,
    shared_sandbox,
    stop_shared_airflow,
)
from tests.sandbox.fixtures import sandbox  # noqa: E402

__all__ = [
    "AIRFLOW_HOME",
    "SetConnection",
    "TimePasses",
    "connections",
    "credential_files",
    "sandbox",
    "set_connection",
    "shared_airflow",
    "shared_sandbox",
    "time_passes",
]

# A busy machine is no failure. An everyday run draws few examples of each property, `make faults` very many.
settings.register_profile(
    "any machine",
    max_examples=int(os.environ.get("CLOUDFLOWS_EXAMPLES", "30")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Keep Python from looking for garbage among modules and tests, millions of objects that stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look once for garbage that complains, among millions of objects: pytest is about to do so five times."""
    gc.collect()
    gc.freeze()


# A worker that began one of these last would be the last to end.
LONGEST_GROUPS = [SHARED_AIRFLOW_GROUP, "demo", "dag runs", "project", "console", "triggerer", "site"]
# What these start is what a person would start: a whole Airflow, a triggerer, a browser, another environment.
STARTED_GROUPS = {SHARED_AIRFLOW_GROUP, "demo", "project", "console", "triggerer", "site"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker run all DAGs that run in its process, since the first one costs seconds of migrating and building.

    And begin with the groups that take longest, the tests of each in one go. The mark ``started`` is for who wants to
    leave out what starts a whole Airflow or a browser.
    """
    for item in items:
        if "run_dag" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("dag runs"))
        if group_of(item) in STARTED_GROUPS:
            item.add_marker(pytest.mark.started)
    places = {group: place for place, group in enumerate(LONGEST_GROUPS)}
    items.sort(key=lambda item: places.get(group_of(item), len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Give a worker a whole module, or a whole group, at once.

    xdist would give it single tests, and count all that it ever had after each of them: the longer a run, the longer it
    takes to say which test is next.
    """
    from xdist.scheduler import LoadGroupScheduling

    class InOneGo(LoadGroupScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            group: str = super()._split_scope(nodeid)
            return nodeid.partition("::")[0] if group == nodeid else group

    return InOneGo(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """Stop the shared Airflow after its last test: while it waits for another one, it costs a tenth of a processor.

    And look for garbage after each module, then keep what is left out of all later looks. One among all that Airflow
    and the SDKs have imported may take a second of a busy machine, a time-out in the test that it comes upon.
    """
    yield
    if group_of(item) == SHARED_AIRFLOW_GROUP and group_of(nextitem) != SHARED_AIRFLOW_GROUP:
        stop_shared_airflow(item.config)
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()


def group_of(item: pytest.Item | None) -> str:
    """The group of tests that one worker runs in one go, an empty text for none."""
    mark = item.get_closest_marker("xdist_group") if item else None
    return str(mark.args[0]) if mark else ""


SetConnection = Callable[..., None]
TimePasses = Callable[[float], None]


@pytest.fixture(autouse=True)
def a_newborn_masker() -> Iterator[None]:
    """Airflow's masker keeps every secret of every test, and each makes the next log line slower: it starts anew.

    Nothing is imported for it: a test without Airflow has none. Where a version keeps it elsewhere, it is only slower.
    """
    yield
    for module in ("airflow.sdk._shared.secrets_masker", "airflow._shared.secrets_masker"):
        reset = getattr(sys.modules.get(module), "reset_secrets_masker", None)
        if reset is not None:
            reset()
    masking = sys.modules.get("airflow_provider_cloudflows.hooks.masking")
    if masking is not None:
        masking.forget_all()


@pytest.fixture(scope="module")
def no_hook_of_earlier_tests() -> None:
    """Find what other modules have forgotten: a hook that a ring of garbage keeps holds connections that all share.

    After each module what is left is kept out of later looks for garbage, and so is what it becomes garbage with.
    """
    gc.unfreeze()
    gc.collect()


@pytest.fixture
def set_connection(monkeypatch: pytest.MonkeyPatch) -> SetConnection:
    """Makes a connection for one test: ``set_connection("my_id", conn_type=…, login=…, extra={…})``."""

    def set_one(conn_id: str, *, extra: Mapping[str, Any] | None = None, **fields: Any) -> None:
        text = json.dumps({**fields, "extra": dict(extra or {})})
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", text)

    return set_one


@pytest.fixture
def connections(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The two default connections, to the sandbox; returns the sandbox."""
    for variable, value in sandbox.connections.items():
        monkeypatch.setenv(variable, value)
    return sandbox


@pytest.fixture
def time_passes(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> TimePasses:
    """Lets time pass for the sandbox and for this process alike, without anybody waiting: ``time_passes(700)``.

    What is under way in the background ends before: no clock jumps in the middle of an answer.
    """
    real = time.time

    def forward(seconds: float) -> None:
        for thread in threading.enumerate():
            if thread.name == BACKGROUND_NAME:
                thread.join()
        sandbox.settings.clock_offset += seconds
        offset = sandbox.settings.clock_offset
        monkeypatch.setattr(time, "time", lambda: real() + offset)
        for one in cache._kept.values():
            one._clock = time.time

    return forward
