"""The create protocol as a state machine: whatever happens, at most one resource per intent, and the id exists.

Hypothesis draws the order of events: tries with faults, kills at any point, removals and renames outside,
edits of the arguments, a lagging list. The sandbox is the real one, over real sockets; only time is made: it passes
when the protocol waits, so that a slow machine does not stretch the lag beyond what was waited for.
"""

from __future__ import annotations

import os
import time
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.provisioning.protocol import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running, serve
from tests.provisioning.resources import WORKFLOW, DictStore, client, close_clients

EXAMPLES = int(os.environ.get("CLOUDFLOWS_EXAMPLES", "40"))
SETTLE = 5.0
LAG = 4.5

FAULTS = st.sampled_from(
    [
        None,
        *(
            (kind, when)
            for kind in ("drop", "reset", "cut", "html", "html_200", "empty", "truncated", "bad_gzip")
            for when in ("before", "after")
        ),
        ("error", "before"),
        ("throttle", "before"),
    ]
)


class MadeTime:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the package may catch it."""


class KilledStore(DictStore):
    """A store whose process dies before or after one of its writes."""

    def __init__(self) -> None:
        super().__init__()
        self.dies: tuple[int, str] | None = None

    def write(self, intent: dict[str, Any]) -> None:
        if self.dies and self.dies[0] <= 1 and self.dies[1] == "before":
            raise Killed
        super().write(intent)
        if self.dies and self.dies[0] <= 1:
            raise Killed
        if self.dies:
            self.dies = (self.dies[0] - 1, self.dies[1])


class KilledCaller:
    """A client whose process dies when the create has been answered and nobody has read it."""

    def __init__(self, real: CloudClient, *, dies: bool) -> None:
        self._real = real
        self._dies = dies
        self.iterate = real.iterate

    def call(self, request: Call[Any]) -> Any:
        answer = self._real.call(request)
        if self._dies and request.operation == WORKFLOW.operation:
            raise Killed
        return answer


class Provisioning(RuleBasedStateMachine):
    """One Airflow task instance, its tries, and the world around it."""

    sandbox: Running

    @initialize(lags=st.booleans())
    def start(self, lags: bool) -> None:
        self.time = MadeTime()
        self.serving = serve(tcp_faults=True, clock=self.time)
        self.sandbox = self.serving.__enter__()
        self.sandbox.settings.list_lag = LAG if lags else 0.0
        self.store = KilledStore()
        self.description = "first"
        self.returned: str | None = None
        self.removed: set[str] = set()

    def teardown(self) -> None:
        close_clients()
        if hasattr(self, "serving"):
            self.serving.__exit__(None, None, None)

    @rule(fault=FAULTS)
    def a_try(self, fault: tuple[str, str] | None) -> None:
        """Run the task once, perhaps with a fault."""
        if fault is not None:
            more = {"wait": 0.01, "form": "retry-after"} if fault[0] == "throttle" else {}
            self.sandbox.faults.add(WORKFLOW.operation, fault[0], when=fault[1], nth=1, **more)
        self._run(dies=False)
        self.sandbox.faults.clear()

    @rule(write=st.integers(1, 2), moment=st.sampled_from(["before", "after"]))
    def a_try_killed_at_a_write(self, write: int, moment: str) -> None:
        """The worker dies around one of the writes of the intent."""
        self.store.dies = (write, moment)
        self._run(dies=False)
        self.store.dies = None

    @rule()
    def a_try_killed_before_the_answer_is_read(self) -> None:
        """The worker dies when the create has taken effect."""
        self._run(dies=True)

    @rule(description=st.sampled_from(["first", "second"]))
    def an_edit_of_the_arguments(self, description: str) -> None:
        """The DAG's author changes what is no part of the identity."""
        self.description = description

    @precondition(lambda self: self.store.intent is not None and self.store.intent["resource_id"] in self._existing())
    @rule()
    def a_removal_outside(self) -> None:
        """Somebody removes the resource."""
        assert self.store.intent is not None
        self.sandbox.sandbox.store.delete(WORKFLOW.kind, self.store.intent["resource_id"])
        self.removed.add(self.store.intent["resource_id"])

    @precondition(lambda self: self.store.intent is not None and self.store.intent["resource_id"] in self._existing())
    @rule(name=st.sampled_from(["orders-1", "renamed"]))
    def a_rename_outside(self, name: str) -> None:
        """Somebody renames the resource that is on record."""
        assert self.store.intent is not None
        document = self.sandbox.sandbox.store.get(WORKFLOW.kind, self.store.intent["resource_id"])
        assert document is not None
        self.sandbox.sandbox.store.update(WORKFLOW.kind, document["id"], {**document, "name": name})

    @invariant()
    def there_is_at_most_one(self) -> None:
        """Removed ones aside, the task made at most one."""
        if hasattr(self, "sandbox"):
            assert len(self._existing()) <= 1

    @invariant()
    def the_id_that_was_handed_on_exists(self) -> None:
        """Unless somebody removed it after."""
        if hasattr(self, "sandbox") and self.returned and self.returned not in self.removed:
            assert self.returned in self._existing()

    def _run(self, *, dies: bool) -> None:
        caller = KilledCaller(client(WORKFLOW.cloud, self.sandbox.url), dies=dies)
        request = WORKFLOW.request("orders-1", description=self.description)
        try:
            protocol = Provisioner(caller, self.store, settle=SETTLE, clock=self.time, sleep=self.time.sleep)
            self.returned = str(protocol.ensure(request).resource_id)
        except (Killed, CloudflowsError):
            return
        finally:
            close_clients()

    def _existing(self) -> list[str]:
        return [document["id"] for document in self.sandbox.state().get(WORKFLOW.kind, [])]


TestProvisioning = Provisioning.TestCase
TestProvisioning.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
