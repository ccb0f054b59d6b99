"""The create protocol as a state machine: whatever happens, this task makes at most one, and the id exists.

Hypothesis draws the order of events: tries with faults, killed before or after any of their steps; a try that is left
behind while another one takes its place, and wakes later; removals, renames and insertions outside, also in the middle
of a look; edits of the arguments; stray answers of a gateway; a lagging list; another place; a proxy that sends a
request twice; clocks that differ. The sandbox is the real one, over real sockets; only time is made, so that a slow
machine does not stretch a lag beyond what was waited for.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import replace
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_provider_cloudflows.errors import CloudflowsError, ScopeChanged, Superseded
from airflow_provider_cloudflows.provisioning.created import Created
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.transport.flow import Step
from airflow_provider_cloudflows.transport.message import Message
from tests.provisioning.driving import Drive, Killed, MadeTime
from tests.provisioning.resources import GROUP, WORKFLOW, DictStore, Resource, client, close_clients

EXAMPLES = int(os.environ.get("CLOUDFLOWS_EXAMPLES", "40"))
SETTLE = 5.0
LAG = 4.5
NAME = "orders-1"

LOSSES = [
    *(
        (kind, when)
        for kind in ("drop", "reset", "cut", "html", "html_200", "empty", "truncated")
        for when in ("before", "after")
    ),
    ("error", "before"),
    ("error", "after"),
]
REFUSALS = ["refused", "unlisted", "denied", "quota", "conflict", "throttle"]


class FencedStore(DictStore):
    """Takes no write of a try whose place another one has taken, as Airflow's task state store does."""

    def __init__(self) -> None:
        super().__init__()
        self.current = 0

    def handle(self) -> Handle:
        """Return the store as a new try sees it; from now on older ones are refused."""
        self.current += 1
        return Handle(self, self.current)


class Handle:
    """The store as one try sees it."""

    def __init__(self, store: FencedStore, number: int) -> None:
        self._store = store
        self._number = number

    def read(self) -> dict[str, Any] | None:
        return self._store.read()

    def write(self, intent: dict[str, Any]) -> None:
        if self._number != self._store.current:
            raise Superseded("another try has this one's place")
        self._store.write(intent)


class Provisioning(RuleBasedStateMachine):
    """One Airflow task instance, its tries, and the world around it."""

    resource: ClassVar[Resource]
    operations: ClassVar[tuple[str, str]]
    """How the sandbox calls the read by id and the list."""
    place: ClassVar[dict[str, Any]]
    """Where the sandbox lists it."""

    sandbox: Running

    @initialize(
        lags=st.sampled_from(["nothing", "list_lag", "deleted_lag", "read_lag"]),
        cap=st.sampled_from([0, 1, 2]),
        others=st.integers(0, 4),
    )
    def start(self, lags: str, cap: int, others: int) -> None:
        self.time = MadeTime()
        self.serving = serve(tcp_faults=True, clock=self.time)
        self.sandbox = self.serving.__enter__()
        if lags != "nothing":
            self.sandbox.settings.update({lags: LAG})
        if cap:
            self.sandbox.settings.update({"page_cap": cap})
        self.store = FencedStore()
        self.description = "first"
        self.returned: Any = None
        self.removed: set[Any] = set()
        self.theirs: set[Any] = set()
        self.behind: list[Generator[None, None, None]] = []
        for number in range(others):
            self._insert(f"{NAME}-{number}")

    def teardown(self) -> None:
        for waiting in getattr(self, "behind", []):
            waiting.close()
        close_clients()
        if hasattr(self, "serving"):
            self.serving.__exit__(None, None, None)

    # --- tries -------------------------------------------------------------------------------------------------------

    @rule(loss=st.none() | st.sampled_from(LOSSES), refusal=st.none() | st.sampled_from(REFUSALS))
    def a_try(self, loss: tuple[str, str] | None, refusal: str | None) -> None:
        """Run the task once; perhaps a create is lost, and perhaps the next one is refused."""
        if loss is not None:
            self.sandbox.faults.add(self.resource.operation, loss[0], when=loss[1], nth=1)
        if refusal is not None:
            self._refuse(refusal, nth=1 if loss is None else 2)
        self._finish(self._drive())
        self.sandbox.faults.clear()

    @rule(step=st.integers(0, 12), after=st.booleans(), loss=st.none() | st.sampled_from(LOSSES))
    def a_killed_try(self, step: int, after: bool, loss: tuple[str, str] | None) -> None:
        """The worker dies before or after one of the steps, perhaps with an answer lost before."""
        if loss is not None:
            self.sandbox.faults.add(self.resource.operation, loss[0], when=loss[1], nth=1)
        drive = self._drive()
        if after:
            drive.dies_after = step
        else:
            drive.dies_before = step
        self._finish(drive)
        self.sandbox.faults.clear()

    @rule(step=st.integers(0, 10))
    def a_try_is_left_behind(self, step: int) -> None:
        """Its supervisor dies, and Airflow starts another try while this one still waits."""
        self.behind.append(self._until(step))
        next(self.behind[-1], None)

    @precondition(lambda self: self.behind)
    @rule()
    def a_try_left_behind_wakes(self) -> None:
        """It goes on as if nothing had happened."""
        next(self.behind.pop(0), None)

    @rule()
    def a_try_elsewhere(self) -> None:
        """The connection points to another region; whatever is on record stays."""
        sent, before = len(self._sends()), self.store.intent
        caller = client(self.resource.cloud, self.sandbox.url)
        caller.endpoints = replace(caller.endpoints, region="eu-west-101")
        if before is None or not (before["sent"] or before["resource_id"]):
            return
        try:
            Drive(caller, self.time)(self._provisioner(caller).flow(self._request()))
            raise AssertionError("it went on elsewhere")
        except ScopeChanged:
            pass
        assert (len(self._sends()), self.store.intent) == (sent, before)

    @rule(step=st.integers(0, 6), event=st.sampled_from(["insert", "remove"]))
    def a_try_while_others_work(self, step: int, event: str) -> None:
        """Something else appears or goes between two steps of the try, for example between two pages."""
        drive = self._drive()

        def meanwhile(_: Step) -> None:
            if len(drive.steps) == step + 1:
                if event == "insert":
                    self._insert(f"{NAME}-more-{len(self.theirs)}")
                else:
                    self._remove_one_of_theirs()

        drive.before = meanwhile
        self._finish(drive)

    # --- the world around --------------------------------------------------------------------------------------------

    @rule(code=st.sampled_from(["APIGW.0101", "InvalidApi.NotFound", "Whatever"]), which=st.sampled_from([0, 1]))
    def a_stray_404(self, code: str, which: int) -> None:
        """The next read, or the next list, meets a gateway that knows nothing."""
        self.sandbox.faults.add(self.operations[which], "error", nth=1, status=404, code=code, message="Not here")

    @rule(description=st.sampled_from(["first", "second"]))
    def an_edit_of_the_arguments(self, description: str) -> None:
        """The DAG's author changes what is no part of the identity."""
        self.description = description

    @rule(seconds=st.sampled_from([1.0, 60.0, 4000.0]))
    def time_passes(self, seconds: float) -> None:
        """Also more than the services take for a clock that is off."""
        self.time.sleep(seconds)

    @precondition(lambda self: self._own_id() in self._existing())
    @rule()
    def a_removal_outside(self) -> None:
        """Somebody removes the resource on record."""
        self.sandbox.sandbox.store.delete(self.resource.kind, str(self._own_id()))
        self.removed.add(self._own_id())

    @precondition(lambda self: self._own_id() in self._existing())
    @rule(name=st.sampled_from([NAME, "renamed"]))
    def a_rename_outside(self, name: str) -> None:
        """Somebody renames the resource that is on record."""
        document = self.sandbox.sandbox.store.get(self.resource.kind, str(self._own_id()))
        assert document is not None
        renamed = {**document, self.resource.name_field: name}
        self.sandbox.sandbox.store.update(self.resource.kind, str(self._own_id()), renamed)

    # --- what holds --------------------------------------------------------------------------------------------------

    @invariant()
    def there_is_at_most_one(self) -> None:
        """Removed ones aside, the task made at most one."""
        if hasattr(self, "sandbox"):
            assert len(self._existing() - self.theirs) <= 1

    @invariant()
    def the_id_that_was_handed_on_exists(self) -> None:
        """Unless somebody removed it after."""
        if hasattr(self, "sandbox") and self.returned is not None and self.returned not in self.removed:
            assert self.returned in self._existing() - self.theirs

    # --- how it is done ----------------------------------------------------------------------------------------------

    def _drive(self) -> Drive:
        return Drive(client(self.resource.cloud, self.sandbox.url), self.time)

    def _provisioner(self, caller: Any) -> Provisioner:
        return Provisioner(caller, self.store.handle(), settle=SETTLE)

    def _request(self) -> Any:
        return self.resource.request(NAME, description=self.description)

    def _finish(self, drive: Drive) -> None:
        try:
            created: Created = drive(self._provisioner(drive.client).flow(self._request()))
        except (Killed, CloudflowsError):
            return
        finally:
            assert max(drive.waits, default=0.0) <= 60.0
        self.returned = created.resource_id
        assert self.store.intent is not None
        assert self.store.intent["resource_id"] == created.resource_id

    def _until(self, step: int) -> Generator[None, None, None]:
        """Run a try up to ``step``, then let others go on; what it does after that, it does as one left behind."""
        drive = self._drive()
        flow = drive.steps_of(self._provisioner(drive.client).flow(self._request()))
        try:
            for _, _ in zip(range(step), flow, strict=False):
                pass
            yield
            for _ in flow:
                pass
        except CloudflowsError:
            return

    def _refuse(self, kind: str, nth: int) -> None:
        add, create = self.sandbox.faults.add, self.resource.operation
        if kind == "throttle":
            add(create, "throttle", nth=nth, wait=1, form="retry-after")
            return
        status, code = {
            "refused": (400, "InvalidParameter" if self.resource.cloud == "alibaba" else "SecMaster.20030001"),
            "unlisted": (400, "Odd.4711"),
            "denied": (403, "Forbidden.RAM" if self.resource.cloud == "alibaba" else "APIGW.0802"),
            "quota": (429, "Throttling.Resource") if self.resource.cloud == "alibaba" else (400, "Quota.0001"),
            "conflict": (409, "Name.Taken"),
        }[kind]
        add(create, "error", nth=nth, status=status, code=code, message="It says no")

    def _insert(self, name: str) -> None:
        """Somebody makes another one at the same place."""
        made = self.sandbox.insert(self.resource.kind, **self.place, **{self.resource.name_field: name})
        self.theirs.add(made[self.resource.id_field])

    def _remove_one_of_theirs(self) -> None:
        alive = sorted(self.theirs & self._existing(), key=str)
        if alive:
            self.sandbox.sandbox.store.delete(self.resource.kind, str(alive[0]))

    def _own_id(self) -> Any:
        return (
            None
            if getattr(self, "store", None) is None or self.store.intent is None
            else self.store.intent["resource_id"]
        )

    def _existing(self) -> set[Any]:
        return {document[self.resource.id_field] for document in self.sandbox.sandbox.store.all(self.resource.kind)}

    def _sends(self) -> list[Any]:
        return [entry for entry in self.sandbox.requests() if entry["operation"] == self.resource.operation]


class Workflows(Provisioning):
    """SecMaster does not refuse a second workflow of the same name, and has a code for one that does not exist."""

    resource = WORKFLOW
    operations = ("ShowWorkflow", "ListWorkflows")
    place = {"workspace_id": world.SECMASTER_WORKSPACE_ID}


class Groups(Provisioning):
    """DataWorks does not refuse a second group of the same name, and has no code for one that does not exist."""

    resource = GROUP
    operations = ("GetDataServiceGroup", "ListDataServiceGroups")
    place = {"ProjectId": world.DATAWORKS_PROJECT_ID}

    @rule(when=st.sampled_from([1, 2]))
    def a_try_behind_a_proxy_that_repeats(self, when: int) -> None:
        """A create arrives twice, byte by byte the same, and the answer to the copy comes back."""
        drive = self._drive()
        count = 0

        def repeat(step: Step) -> None:
            nonlocal count
            if isinstance(step, Message) and step.headers.get("x-acs-action") == self.resource.operation:
                count += 1
                if count == when:
                    drive.send(step)

        drive.before = repeat
        self._finish(drive)


for machine in (Workflows, Groups):
    machine.TestCase.settings = settings(
        max_examples=EXAMPLES, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )

TestWorkflows = Workflows.TestCase
TestGroups = Groups.TestCase
