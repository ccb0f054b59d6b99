"""Ordinary situations in which a create is doubled, or an id lost, by whoever believes a little too easily.

Each test tells one. The sandbox is real, over real sockets; pauses pass in a time that the test makes.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AmbiguousMatch,
    AuthenticationFailed,
    CloudError,
    CloudflowsError,
    Conflict,
    Gone,
    IdentityChanged,
    InvalidParameter,
    InvalidRequest,
    LostTrack,
    NoAnswer,
    NotRecorded,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    RecordUnreadable,
    Repeat,
    ScopeChanged,
    Stopped,
    Superseded,
)
from airflow_provider_cloudflows.provisioning.created import Created
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Step, Stop, Wait
from airflow_provider_cloudflows.transport.message import Message, Reply
from tests.faults.test_stateful import FencedStore
from tests.provisioning.driving import Drive, Killed, MadeTime, last
from tests.provisioning.resources import (
    BUSINESS,
    FABRIC_WORKSPACE,
    GROUP,
    RESOURCES,
    TASK,
    WORKFLOW,
    DictStore,
    Resource,
    client,
    close_clients,
)

SETTLE = 5.0
FINDABLE = [resource for resource in RESOURCES if resource.findable]
NOT_UNIQUE = [GROUP, WORKFLOW]
READS = {
    BUSINESS: "GetBusiness",
    GROUP: "GetDataServiceGroup",
    TASK: "GetTask",
    WORKFLOW: "ShowWorkflow",
    FABRIC_WORKSPACE: "ListWorkspaces",
}

each_resource = pytest.mark.parametrize("resource", RESOURCES, ids=str)
each_findable = pytest.mark.parametrize("resource", FINDABLE, ids=str)
each_not_unique = pytest.mark.parametrize("resource", NOT_UNIQUE, ids=str)


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Running, MadeTime]]:
    """A sandbox whose connections can break and whose time the tests make."""
    clock = MadeTime()
    with serve(tcp_faults=True, clock=clock) as running:
        yield running, clock
        close_clients()


@pytest.fixture
def cloud(shared: tuple[Running, MadeTime]) -> Iterator[Running]:
    """The same, as at birth."""
    shared[0].reset()
    yield shared[0]
    close_clients()


@pytest.fixture
def clock(shared: tuple[Running, MadeTime]) -> MadeTime:
    """Its time."""
    return shared[1]


class World:
    """One task instance in one sandbox.

    :param cloud: the sandbox.
    :param clock: its time.
    :param resource: what the task makes.
    """

    def __init__(self, cloud: Running, clock: MadeTime, resource: Resource) -> None:
        self.cloud = cloud
        self.clock = clock
        self.resource = resource
        self.store = FencedStore()

    def drive(self, **more: Any) -> Drive:
        caller = client(self.resource.cloud, self.cloud.url, timeout=60.0)
        caller.signer.adjust_clock(self.clock.now - time.time())
        return Drive(caller, self.clock, **more)

    def flow(self, drive: Drive, name: str = "orders-1", **settings: Any) -> Flow[Created]:
        settings.setdefault("settle", SETTLE)
        return Provisioner(drive.client, self.store.handle(), **settings).flow(self.resource.request(name))

    def run(self, name: str = "orders-1", **settings: Any) -> Created:
        drive = self.drive()
        return drive(self.flow(drive, name, **settings))

    def killed(self, is_it: Callable[[Step], bool], *, after: bool, **settings: Any) -> None:
        """Run a try whose process dies before or after the first step that is the one."""
        drive = self.drive()
        armed = False

        def arm(step: Step) -> None:
            nonlocal armed
            if is_it(step) and not armed:
                armed = True
                if not after:
                    raise Killed
                drive.dies_after = len(drive.steps) - 1

        drive.before = arm
        with pytest.raises(Killed):
            drive(self.flow(drive, **settings))

    def existing(self) -> list[Any]:
        return [one[self.resource.id_field] for one in self.cloud.state().get(self.resource.kind, [])]

    def sends(self) -> int:
        return sum(entry["operation"] == self.resource.operation for entry in self.cloud.requests())

    def remove(self, resource_id: Any) -> None:
        self.cloud.sandbox.store.delete(self.resource.kind, str(resource_id))

    def fault(self, kind: str, operation: str | None = None, **more: Any) -> None:
        self.cloud.faults.add(operation or self.resource.operation, kind, **more)

    def is_create(self, step: Step) -> bool:
        """Tell whether a step is the physical send of the create."""
        if not isinstance(step, Message):
            return False
        path = {"CreateWorkflow": "/soc/workflows", "CreateWorkspace": "/v1/workspaces"}.get(self.resource.operation)
        if path is None:
            return step.headers.get("x-acs-action") == self.resource.operation
        return step.method == "POST" and step.path.endswith(path)


MakeWorld = Callable[[Resource], World]


@pytest.fixture
def world(cloud: Running, clock: MadeTime) -> MakeWorld:
    """Make the world of one task."""
    return lambda resource: World(cloud, clock, resource)


def until(steps: Generator[Step, None, Any], is_it: Callable[[Step], bool]) -> Step:
    """Go on to the first step that is the one, which is not carried out yet."""
    for step in steps:
        if is_it(step):
            return step
    raise AssertionError("there was no such step")


# --- who may send ----------------------------------------------------------------------------------------------------


@each_resource
def test_a_try_that_waited_while_another_took_its_place_sends_nothing(resource: Resource, world: MakeWorld) -> None:
    """Throttled, then cleared by a person or killed with its supervisor; the old process is still waiting."""
    here = world(resource)
    here.fault("throttle", nth=1, wait=3, form="retry-after")
    old_drive = here.drive()
    old = old_drive.steps_of(here.flow(old_drive))
    until(old, lambda step: isinstance(step, Wait))
    made = here.run()
    with pytest.raises(Superseded):
        last(old)
    assert here.existing() == [made.resource_id]


@each_findable
def test_a_try_that_was_frozen_with_its_consent_sends_nothing_later(resource: Resource, world: MakeWorld) -> None:
    """The store took its record, then the machine stood still while another try began, looked and made one."""
    here = world(resource)
    old_drive = here.drive()
    old = old_drive.steps_of(here.flow(old_drive))
    until(old, here.is_create)
    made = here.run()
    with pytest.raises(Superseded):
        last(old)
    assert here.existing() == [made.resource_id]


@each_not_unique
def test_a_kill_after_a_wait_and_a_send_is_found_where_the_list_lags(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    here.cloud.settings.list_lag = SETTLE - 1.0
    here.fault("throttle", nth=1, wait=4, form="retry-after")
    creates = 0

    def second_create(step: Step) -> bool:
        nonlocal creates
        creates += here.is_create(step)
        return here.is_create(step) and creates == 2

    here.killed(second_create, after=True)
    again = here.run()
    assert here.existing() == [again.resource_id]
    assert again.how == "found"


@each_resource
@pytest.mark.parametrize("moment", ["before the look", "in a wait", "before the send"])
def test_nothing_is_sent_once_somebody_stops_it(
    resource: Resource, moment: str, cloud: Running, clock: MadeTime
) -> None:
    """As a signal handler does, while the conversation blocks its thread; on real pauses."""
    stop = Stop()
    caller = World(cloud, clock, resource).drive().client
    if moment == "in a wait":
        cloud.faults.add(resource.operation, "throttle", wait=2, form="retry-after")

    class Stopping(DictStore):
        def write(self, intent: dict[str, Any]) -> None:
            super().write(intent)
            if moment == "before the send" or not intent["sent"]:
                stop.ask()

    store = Stopping()
    if moment == "before the look":
        stop.ask()
    with pytest.raises(Stopped):
        Provisioner(caller, store, settle=0.1).ensure(resource.request("orders-1"), stop)
    sent = sum(entry["operation"] == resource.operation for entry in cloud.requests())
    assert sent == (moment == "in a wait")
    assert cloud.state().get(resource.kind, []) == []


@pytest.mark.parametrize("resource", [BUSINESS, GROUP], ids=str)
def test_a_copy_that_a_proxy_sent_proves_that_the_first_arrived(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    drive = here.drive()

    def repeat(step: Step) -> None:
        if here.is_create(step):
            assert isinstance(step, Message)
            drive.send(step)

    drive.before = repeat
    made = drive(here.flow(drive))
    assert here.existing() == [made.resource_id]
    assert here.store.intent is not None
    assert here.store.intent["how"] == "found"


def test_a_copy_of_a_task_that_nobody_can_look_up_is_left_to_a_person(world: MakeWorld) -> None:
    here = world(TASK)
    drive = here.drive()
    drive.before = lambda step: drive.send(step) if here.is_create(step) else None  # type: ignore[arg-type]
    with pytest.raises(LostTrack, match="SignatureNonceUsed"):
        drive(here.flow(drive))
    assert len(here.existing()) == 1


@each_resource
def test_a_clock_that_is_off_costs_one_more_record_and_no_second_resource(resource: Resource, world: MakeWorld) -> None:
    """A create is signed again only after it was written down again."""
    here = world(resource)
    drive = here.drive()
    drive.client.signer.adjust_clock(-3600.0)
    made = drive(here.flow(drive))
    assert here.existing() == [made.resource_id]
    assert max(drive.waits, default=0.0) <= SETTLE


# --- what proves that something is absent ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["APIGW.0101", "InvalidProduct.NotFound", "InvalidApi.NotFound", "NotFound"])
@each_resource
def test_one_404_of_a_gateway_proves_nothing(resource: Resource, code: str, world: MakeWorld) -> None:
    here = world(resource)
    made = here.run()
    here.fault("error", READS[resource], nth=1, status=404, code=code, message="No such path")
    assert here.run().resource_id == made.resource_id
    assert here.sends() == 1


@each_resource
def test_a_gateway_that_knows_nothing_at_all_makes_nobody_create(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    here.run()
    for operation in {READS[resource], *LISTS.values()}:
        here.fault("error", operation, status=404, code="APIGW.0101", message="No such path")
    with pytest.raises(CloudError) as caught:
        here.run()
    assert caught.value.repeat is Repeat.LATER
    assert here.sends() == 1


LISTS = {
    BUSINESS: "ListBusiness",
    GROUP: "ListDataServiceGroups",
    WORKFLOW: "ListWorkflows",
    FABRIC_WORKSPACE: "ListWorkspaces",
}


@each_findable
def test_what_is_gone_for_certain_is_made_anew_after_two_proofs_a_settle_time_apart(
    resource: Resource, world: MakeWorld
) -> None:
    here = world(resource)
    first = here.run()
    here.remove(first.resource_id)
    drive = here.drive()
    second = drive(here.flow(drive))
    assert second.resource_id != first.resource_id
    assert SETTLE in drive.waits
    assert here.store.intent is not None
    assert here.store.intent["gone"] == [first.resource_id]


def test_a_dead_one_that_the_list_still_shows_is_not_handed_out(world: MakeWorld) -> None:
    here, dead = world(WORKFLOW), world(WORKFLOW).run("orders-1")
    here.fault("error", "ShowWorkflow", times=2, status=400, code="SecMaster.20040611", message="No such")
    made = here.run()
    assert made.resource_id != dead.resource_id
    assert here.store.intent is not None
    assert here.store.intent["gone"] == [dead.resource_id]
    assert here.run().resource_id == made.resource_id


def test_an_id_that_was_gone_for_certain_is_never_handed_out_again(world: MakeWorld) -> None:
    """Another replica still knows it when the next look happens."""
    here = world(WORKFLOW)
    first = here.run()
    here.fault("error", "ShowWorkflow", times=2, status=400, code="SecMaster.20040611", message="No such")
    second = here.run()
    assert second.resource_id != first.resource_id
    assert here.run().resource_id == second.resource_id


# --- where -----------------------------------------------------------------------------------------------------------


def elsewhere(resource: Resource, drive: Drive, what: str) -> None:
    if what == "endpoint":
        port = drive.client.endpoints.everywhere
        assert port is not None
        drive.client.endpoints = replace(drive.client.endpoints, everywhere=port.replace("127.0.0.1", "localhost"))
    elif what == "region":
        drive.client.endpoints = replace(drive.client.endpoints, region="eu-west-101")
    else:

        def account(_: CloudClient) -> Flow[str]:
            yield from ()
            return "2222222222222222"

        drive.client.account = account


@pytest.mark.parametrize("what", ["endpoint", "region", "account"])
@each_resource
def test_another_place_stops_with_both_named(resource: Resource, what: str, world: MakeWorld) -> None:
    here = world(resource)

    def account(_: CloudClient) -> Flow[str]:
        yield from ()
        return "1111111111111111"

    drive = here.drive()
    drive.client.account = account
    drive(here.flow(drive))
    there = here.drive()
    there.client.account = account
    elsewhere(resource, there, what)
    with pytest.raises(ScopeChanged, match=f"{what}='.*{what}='"):
        there(here.flow(there))
    assert here.sends() == 1


def test_the_same_project_written_elsewhere_is_the_same(world: MakeWorld) -> None:
    from airflow_provider_cloudflows.sandbox import world as born

    here = world(WORKFLOW)
    made = here.run()
    drive = here.drive()
    request = WORKFLOW.request("orders-1", project_id=born.HUAWEI_PROJECT_ID)
    again = drive(Provisioner(drive.client, here.store.handle(), settle=SETTLE).flow(request))
    assert again.resource_id == made.resource_id


# --- what proves that something was refused --------------------------------------------------------------------------


@each_findable
def test_a_failure_code_that_no_table_lists_may_come_after_the_fact(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    here.fault("error", when="after", nth=1, status=400, code="Odd.4711", message="Something odd")
    made = here.run()
    assert here.existing() == [made.resource_id]


@each_findable
def test_a_failure_code_that_no_table_lists_stands_when_a_look_shows_nothing(
    resource: Resource, world: MakeWorld
) -> None:
    here = world(resource)
    here.fault("error", when="before", status=400, code="Odd.4711", message="Something odd")
    with pytest.raises(InvalidRequest, match=r"Odd\.4711"):
        here.run()
    assert (here.existing(), here.sends()) == ([], 1)
    assert here.store.intent is not None
    assert here.store.intent["sent"], "nothing is forgotten"
    here.cloud.faults.clear()
    assert here.run().resource_id in here.existing()


BUSY = [
    pytest.param(GROUP, {"status": 400, "code": "SystemBusy"}, id="SystemBusy"),
    pytest.param(GROUP, {"status": 403, "code": "LastTokenProcessing"}, id="LastTokenProcessing"),
    pytest.param(BUSINESS, {"status": 409, "code": "OperationConflict"}, id="OperationConflict"),
    pytest.param(WORKFLOW, {"status": 400, "code": "SecMaster.11181002"}, id="SecMaster"),
    pytest.param(FABRIC_WORKSPACE, {"status": 500, "code": "dataartsfabric.00000001"}, id="Fabric"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("resource", "busy"), BUSY)
def test_a_busy_service_may_have_made_it(resource: Resource, busy: dict[str, Any], when: str, world: MakeWorld) -> None:
    here = world(resource)
    here.fault("error", when=when, nth=1, message="Try again later", **busy)
    made = here.run()
    assert here.existing() == [made.resource_id]
    assert (made.how, here.sends()) == (("made", 2) if when == "before" else ("found", 1))


def test_a_busy_service_loses_track_of_what_no_list_shows(world: MakeWorld) -> None:
    here = world(TASK)
    here.fault("error", when="after", status=403, code="LastTokenProcessing")
    with pytest.raises(LostTrack):
        here.run()
    assert (len(here.existing()), here.sends()) == (1, 1)


@pytest.mark.parametrize("resource", [GROUP, TASK], ids=str)
@pytest.mark.parametrize("code", ["Rejected.Throttling", "TooManyRequests"])
def test_a_throttle_by_any_name_is_sent_again_after_its_record(code: str, resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    here.fault("error", when="before", nth=1, status=400, code=code)
    made = here.run()
    assert (here.existing(), made.how, here.sends()) == ([made.resource_id], "made", 2)


def test_a_state_that_forbids_a_create_refuses_it_for_now(world: MakeWorld) -> None:
    here = world(GROUP)
    here.fault("error", when="before", nth=1, status=400, code="IncorrectStatus.Project")
    with pytest.raises(Conflict) as caught:
        here.run()
    assert caught.value.repeat is Repeat.LATER
    assert here.store.intent is not None
    assert not here.store.intent["sent"]
    assert here.run().resource_id in here.existing()


def test_a_look_that_meets_a_conflict_is_no_name_that_is_taken(world: MakeWorld) -> None:
    here = world(GROUP)
    here.run()
    here.fault("error", READS[GROUP], status=409, code="Odd.4711")
    with pytest.raises(Conflict) as caught:
        here.run()
    assert caught.value.repeat is Repeat.LATER


REFUSALS = [
    pytest.param({"status": 429, "code": "Throttling.Resource"}, QuotaExceeded, id="quota"),
    pytest.param({"status": 403, "code": "Forbidden.RAM"}, PermissionDenied, id="denied"),
    pytest.param({"status": 400, "code": "InvalidParameter"}, InvalidRequest, id="refused"),
    pytest.param({"status": 401, "code": "InvalidAccessKeyId.Inactive"}, AuthenticationFailed, id="key"),
]


@pytest.mark.parametrize(("refusal", "kind"), REFUSALS)
def test_a_refusal_in_doubt_is_not_final(refusal: dict[str, Any], kind: type[CloudError], world: MakeWorld) -> None:
    """The first create may still take effect: the next try looks again."""
    here = world(GROUP)
    here.cloud.settings.list_lag = SETTLE * 2.5
    here.fault("drop", when="after", nth=1)
    here.fault("error", nth=2, message="It says no", **refusal)
    with pytest.raises(OutcomeUnknown, match="may still have made it") as caught:
        here.run()
    assert caught.value.repeat is not Repeat.NEVER
    here.clock.sleep(60.0)
    assert here.run().resource_id in here.existing()
    assert len(here.existing()) == 1


@pytest.mark.parametrize(("refusal", "kind"), REFUSALS)
def test_a_refusal_without_doubt_is_final(refusal: dict[str, Any], kind: type[CloudError], world: MakeWorld) -> None:
    here = world(GROUP)
    here.fault("error", nth=1, message="It says no", **refusal)
    with pytest.raises(kind):
        here.run()
    assert here.store.intent is not None
    assert not here.store.intent["sent"]


@pytest.mark.parametrize("resource", [BUSINESS, FABRIC_WORKSPACE], ids=str)
def test_a_name_conflict_in_doubt_forgets_nothing(resource: Resource, world: MakeWorld) -> None:
    """Our own lost create took effect and no list shows it yet, beyond the settle time."""
    here = world(resource)
    here.cloud.settings.list_lag = SETTLE * 4
    here.fault("drop", when="after", nth=1)
    with pytest.raises(OutcomeUnknown, match="may still have made it"):
        here.run(if_exists="fail")
    here.clock.sleep(60.0)
    found = here.run(if_exists="fail")
    assert here.existing() == [found.resource_id]


# --- whose it is -----------------------------------------------------------------------------------------------------


@each_not_unique
def test_what_somebody_made_hours_after_a_killed_try_is_not_taken_for_ours(
    resource: Resource, world: MakeWorld
) -> None:
    here = world(resource)
    here.killed(here.is_create, after=False, if_exists="fail")
    here.clock.sleep(3 * 3600.0)
    theirs = World(here.cloud, here.clock, resource).run()
    with pytest.raises(AlreadyExists, match=str(theirs.resource_id)):
        here.run(if_exists="fail")
    taken = here.run(if_exists="reuse")
    assert (taken.resource_id, taken.how) == (theirs.resource_id, "taken")


@each_findable
def test_the_record_tells_how_an_id_is_known(resource: Resource, world: MakeWorld) -> None:
    assert world(resource).run("made-1").how == "made"
    here = world(resource)
    here.fault("drop", when="after", nth=1)
    assert here.run("found-1").how == "found"
    assert here.run("found-1").how == "found", "also at the next try"
    assert world(resource).run("found-1").how == "taken"


@pytest.mark.parametrize("resource", [GROUP, WORKFLOW, FABRIC_WORKSPACE, TASK], ids=str)
def test_an_id_that_shows_another_time_of_creation_belongs_to_something_else(
    resource: Resource, world: MakeWorld
) -> None:
    here = world(resource)
    made = here.run()
    document = here.cloud.sandbox.store.get(resource.kind, str(made.resource_id))
    assert document is not None
    (born,) = [field for field in ("CreatedTime", "create_time", "GmtCreate") if field in document]
    here.cloud.sandbox.store.update(
        resource.kind, str(made.resource_id), {**document, born: document[born].replace("20", "19", 1)}
    )
    with pytest.raises(IdentityChanged, match="created='20"):
        here.run()
    assert here.sends() == 1


def test_another_name_of_an_id_without_a_time_is_said(world: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    here = world(BUSINESS)
    made = here.run()
    document = here.cloud.sandbox.store.get(BUSINESS.kind, str(made.resource_id))
    assert document is not None
    here.cloud.sandbox.store.update(BUSINESS.kind, str(made.resource_id), {**document, "BusinessName": "other"})
    again = here.run()
    assert again.drift["business_name"] == ("orders-1", "other")
    assert "business_name of" in caplog.text


@each_findable
def test_another_name_is_a_new_one_once_the_first_is_gone(resource: Resource, world: MakeWorld) -> None:
    """After a teardown, or for a mapped list in another order, nobody is stuck."""
    here = world(resource)
    first = here.run("orders-1")
    with pytest.raises(IdentityChanged, match=r"orders-1.*orders-2"):
        here.run("orders-2")
    here.remove(first.resource_id)
    second = here.run("orders-2")
    assert here.existing() == [second.resource_id]


@each_not_unique
def test_another_name_is_a_new_one_once_it_is_certain_that_the_first_was_not_made(
    resource: Resource, world: MakeWorld
) -> None:
    here = world(resource)
    here.killed(here.is_create, after=False)
    assert here.run("orders-2").how == "made"
    there = world(resource)
    there.killed(there.is_create, after=True)
    with pytest.raises(IdentityChanged):
        there.run("orders-2")


# --- nothing is lost -------------------------------------------------------------------------------------------------


@each_resource
def test_an_id_that_the_store_does_not_take_is_in_the_log_and_in_the_error(
    resource: Resource, world: MakeWorld, caplog: pytest.LogCaptureFixture
) -> None:
    here = world(resource)
    drive = here.drive()

    def break_the_store(step: Step) -> None:
        if isinstance(step, Blocking) and here.existing():
            here.store.broken = True

    drive.before = break_the_store
    with caplog.at_level(logging.INFO), pytest.raises(NotRecorded) as caught:
        drive(here.flow(drive))
    (made,) = here.existing()
    assert caught.value.resource_id == made
    assert str(made) in str(caught.value)
    assert f"made {made}" in caplog.text


@each_resource
def test_a_store_that_fails_for_a_moment_loses_nothing(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    drive = here.drive()
    failures = 0

    def break_the_store(step: Step) -> None:
        nonlocal failures
        here.store.broken = isinstance(step, Blocking) and bool(here.existing()) and failures < 2
        failures += here.store.broken

    drive.before = break_the_store
    made = drive(here.flow(drive))
    assert here.store.intent is not None
    assert here.store.intent["resource_id"] == made.resource_id


@each_findable
def test_a_lost_answer_hands_on_the_same_as_a_clean_one(resource: Resource, world: MakeWorld) -> None:
    clean, lost = world(resource), world(resource)
    first = clean.run("orders-1")
    lost.fault("drop", when="after", nth=1)
    second = lost.run("orders-2")
    third = lost.run("orders-2")
    assert first.document.keys() == second.document.keys() == third.document.keys()
    assert first.answer is not None
    assert second.answer is third.answer is None


@pytest.mark.parametrize("resource", [BUSINESS, WORKFLOW, FABRIC_WORKSPACE], ids=str)
def test_update_changes_the_tasks_own_and_shows_it(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    here.run()
    drive = here.drive()
    request = resource.request("orders-1", description="new")
    provisioner = Provisioner(drive.client, here.store.handle(), settle=SETTLE, if_exists="update")
    updated = drive(provisioner.flow(request))
    assert updated.drift == {}
    assert "new" in updated.document.values()


@pytest.mark.parametrize("answered", [0, -1, "", " "])
def test_an_id_that_is_none_is_not_handed_on(answered: Any, world: MakeWorld) -> None:
    here = world(BUSINESS)
    drive = here.drive()
    request: Any = BUSINESS.request("orders-1")
    protocol = Provisioner(drive.client, here.store.handle(), settle=SETTLE)

    class Odd(type(request)):  # type: ignore[misc]
        def made_id(self, answer: Any) -> Any:
            return answered

    made = drive(protocol.flow(Odd.model_validate(request.model_dump(exclude_none=True))))
    assert here.existing() == [made.resource_id]


# --- what nobody can look up -----------------------------------------------------------------------------------------


def test_a_task_that_was_removed_outside_takes_a_persons_word(world: MakeWorld) -> None:
    here = world(TASK)
    first = here.run()
    here.remove(first.resource_id)
    with pytest.raises(Gone, match=rf"{first.resource_id}.*on_unknown='resend'"):
        here.run()
    second = here.run(on_unknown="resend")
    assert here.existing() == [second.resource_id]


def test_a_task_that_is_sent_again_by_a_persons_word_is_sent_once_more_each_try_and_not_for_ever(
    world: MakeWorld,
) -> None:
    here = world(TASK)
    here.fault("drop", when="after")
    sends = []
    for _ in range(6):
        with pytest.raises(LostTrack):
            here.run(on_unknown="resend")
        sends.append(here.sends())
    assert sends == [2, 3, 4, 4, 4, 4], "the worst case that the documentation names"


def test_a_task_id_of_another_task_is_not_taken_over(world: MakeWorld) -> None:
    other = world(TASK).run("another")
    here = world(TASK)
    drive = here.drive()
    protocol = Provisioner(drive.client, here.store.handle(), settle=0.0)
    with pytest.raises(IdentityChanged, match=r"another.*orders-1"):
        protocol.adopt(TASK.request("orders-1"), other.resource_id)
    mine = here.run("orders-1")
    protocol = Provisioner(drive.client, here.store.handle(), settle=0.0)
    with pytest.raises(InvalidParameter, match=rf"{mine.resource_id} on record.*{other.resource_id}"):
        protocol.adopt(TASK.request("orders-1"), other.resource_id)


# --- what is on record -----------------------------------------------------------------------------------------------


def test_a_record_of_a_newer_release_stops(world: MakeWorld) -> None:
    here = world(GROUP)
    here.run()
    assert here.store.intent is not None
    here.store.intent = {**here.store.intent, "version": 3}
    with pytest.raises(RecordUnreadable, match="version 3"):
        here.run()
    assert here.sends() == 1


def record_of_the_first_release(resource: Resource, made: Created | None) -> dict[str, Any]:
    """What the first release wrote: no version, the region and the project among the identity."""
    identity = dict(resource.request("orders-1").resource().identity)
    if resource is TASK:
        identity["task_name"] = identity.pop("name")
    if resource is WORKFLOW:
        identity["project_id"] = None
    region = "cn-hangzhou" if resource.cloud == "alibaba" else "cn-north-4"
    return {
        "identity": {**identity, "region": region},
        "fingerprint": "0",
        "generation": 0,
        "sent_at": 1_700_000_000.0,
        "seen": [],
        "doubtful": False,
        "resource_id": None if made is None else made.resource_id,
    }


@each_resource
def test_a_record_of_the_first_release_is_read(resource: Resource, world: MakeWorld) -> None:
    made = world(resource).run()
    here = world(resource)
    here.store.intent = record_of_the_first_release(resource, made)
    assert here.run().resource_id == made.resource_id
    if resource.findable:
        here.store.intent = record_of_the_first_release(resource, None)
        assert here.run().resource_id == made.resource_id
    assert len(here.existing()) == 1


@each_not_unique
def test_two_that_fit_in_doubt_are_never_guessed_between(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    here.killed(here.is_create, after=True)
    here.drive().client.call(resource.request("orders-1"))
    with pytest.raises(AmbiguousMatch):
        here.run()


# --- answers that nobody listed --------------------------------------------------------------------------------------


def altered(here: World, drive: Drive, change: Callable[[Reply], Reply], *, nth: int = 1) -> Drive:
    """Let the answer to the n-th create arrive changed, after it took effect."""
    send, count = drive.send, 0

    def changing(message: Message) -> Any:
        nonlocal count
        reply = send(message)
        if here.is_create(message):
            count += 1
            return change(reply) if count == nth else reply
        return reply

    drive.send = changing  # type: ignore[method-assign]
    return drive


def refusing(status: int, code: str, message: str) -> Callable[[Reply], Reply]:
    """An error document that both clouds' shapes can be read from."""
    document = {"Code": code, "Message": message, "RequestId": "r", "error_code": code, "error_msg": message}
    return lambda reply: Reply(status, {}, json.dumps(document).encode())


@pytest.mark.parametrize("if_exists", ["reuse", "fail"])
@pytest.mark.parametrize(("status", "said"), [(409, "Conflict"), (400, "The name is already used.")])
@pytest.mark.parametrize("resource", [GROUP, WORKFLOW, FABRIC_WORKSPACE], ids=str)
def test_an_unlisted_conflict_after_the_fact_is_our_own(
    resource: Resource, status: int, said: str, if_exists: str, world: MakeWorld
) -> None:
    here = world(resource)
    drive = altered(here, here.drive(), refusing(status, "Odd.4711", said))
    made = drive(here.flow(drive, if_exists=if_exists))
    assert (here.existing(), made.how) == ([made.resource_id], "found")


def test_an_unlisted_conflict_of_a_task_is_left_to_a_person(world: MakeWorld) -> None:
    here = world(TASK)
    drive = altered(here, here.drive(), refusing(409, "Odd.4711", "Conflict"))
    with pytest.raises(LostTrack):
        drive(here.flow(drive))
    with pytest.raises(LostTrack):
        here.run()
    assert len(here.existing()) == 1


@each_findable
def test_a_copy_that_is_throttled_makes_no_second_one(resource: Resource, world: MakeWorld) -> None:
    """A proxy sent it twice; the first took effect, and the answer to the second arrived."""
    here = world(resource)
    code = "Throttling.User" if resource.cloud == "alibaba" else "APIGW.0308"
    drive = altered(here, here.drive(), refusing(429, code, "Too many"))
    made = drive(here.flow(drive))
    assert here.existing() == [made.resource_id]


def test_a_task_that_seems_gone_is_made_anew_only_so_often(world: MakeWorld) -> None:
    """The code may mean "no permission" as well."""
    here = world(TASK)
    here.run()
    here.fault("success_false", "GetTask", code="8004", message="no permission")
    for _ in range(6):
        with suppress(Gone):
            here.run(on_unknown="resend")
    assert len(here.existing()) == 4


@pytest.mark.parametrize("settle", [0.0, 0.5])
@each_not_unique
def test_a_late_first_byte_is_waited_for_however_short_the_settle_time(
    resource: Resource, settle: float, world: MakeWorld
) -> None:
    here = world(resource)
    old_drive = here.drive()
    old = old_drive.steps_of(here.flow(old_drive, settle=settle))
    until(old, here.is_create)
    new_drive = here.drive()
    new = new_drive.steps_of(here.flow(new_drive, settle=settle))
    until(new, lambda step: isinstance(step, Wait) and step.seconds >= 1.0)
    with suppress(CloudflowsError):
        last(old)  # leaves just in time
    last(new)
    assert len(here.existing()) == 1


@pytest.mark.parametrize("written", ["orders-1 ", "\u00a0orders-1"])
@each_not_unique
def test_a_name_that_the_service_wrote_another_way_is_no_absence_in_doubt(
    resource: Resource, written: str, world: MakeWorld
) -> None:
    here = world(resource)
    here.killed(here.is_create, after=True)
    (made,) = here.existing()
    document = here.cloud.sandbox.store.get(resource.kind, str(made))
    assert document is not None
    here.cloud.sandbox.store.update(resource.kind, str(made), {**document, resource.name_field: written})
    with pytest.raises(AmbiguousMatch, match=rf"{made} appeared since the create was sent"):
        here.run()
    assert len(here.existing()) == 1


@pytest.mark.parametrize("body", [{}, {"error_code": "x"}, {"workspaces": [], "total": 7}])
def test_a_list_by_id_that_says_nothing_proves_nothing(body: dict[str, Any], world: MakeWorld) -> None:
    here = world(FABRIC_WORKSPACE)
    made = here.run()
    drive = here.drive()
    send = drive.send

    def empty(message: Message) -> Any:
        reply = send(message)
        return Reply(200, reply.headers, json.dumps(body).encode()) if "id=" in message.query else reply

    drive.send = empty  # type: ignore[method-assign]
    with pytest.raises(NoAnswer):
        drive(here.flow(drive))
    assert here.run().resource_id == made.resource_id


@each_findable
def test_an_answer_that_names_another_one_is_not_believed(resource: Resource, world: MakeWorld) -> None:
    """Mixed up by a cache, or meant for somebody else."""
    here, other = world(resource), world(resource).run("another")
    original = json.dumps(other.resource_id)
    drive = here.drive()

    def name_the_other(reply: Reply) -> Reply:
        (ours,) = set(here.existing()) - {other.resource_id}
        return replace(reply, body=reply.body.replace(json.dumps(ours).encode(), original.encode()))

    made = altered(here, drive, name_the_other)(here.flow(drive))
    assert made.resource_id != other.resource_id
    assert sorted(map(str, here.existing())) == sorted(map(str, (other.resource_id, made.resource_id)))


@pytest.mark.parametrize("resource", [GROUP, WORKFLOW], ids=str)
def test_what_existed_long_before_our_send_is_not_ours(resource: Resource, world: MakeWorld) -> None:
    """The list showed it under another name when we looked first."""
    here = world(resource)
    theirs = world(resource).run("theirs")
    here.clock.sleep(3600.0)
    here.killed(here.is_create, after=False, if_exists="fail")
    document = here.cloud.sandbox.store.get(resource.kind, str(theirs.resource_id))
    assert document is not None
    renamed = {**document, resource.name_field: "orders-1"}
    here.cloud.sandbox.store.update(resource.kind, str(theirs.resource_id), renamed)
    with pytest.raises(AlreadyExists):
        here.run(if_exists="fail")


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("resource", [GROUP, WORKFLOW, FABRIC_WORKSPACE], ids=str)
def test_the_creator_that_the_service_shows_tells_ours_from_theirs(
    resource: Resource, is_ours: bool, world: MakeWorld
) -> None:
    here = world(resource)
    here.killed(here.is_create, after=True, if_exists="fail")
    (made,) = here.cloud.state()[resource.kind]
    shown = next(made[name] for name in ("CreatorId", "creator_id", "create_user_name") if name in made)

    def principal(_: CloudClient) -> Flow[frozenset[str]]:
        yield from ()
        return frozenset({shown if is_ours else "somebody-else"})

    drive = here.drive()
    drive.client.principal = principal
    if is_ours:
        assert drive(here.flow(drive, if_exists="fail")).how == "found"
    else:
        with pytest.raises(AlreadyExists, match=str(made[resource.id_field])):
            drive(here.flow(drive, if_exists="fail"))
    assert len(here.existing()) == 1


@each_resource
def test_a_record_of_another_kind_stops(resource: Resource, world: MakeWorld) -> None:
    here = world(resource)
    other = world(BUSINESS if resource is not BUSINESS else GROUP)
    other.run()
    here.store.intent = other.store.intent
    with pytest.raises((IdentityChanged, ScopeChanged)):
        here.run()
    assert here.sends() == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: [record],
        lambda record: {**record, "seen": None},
        lambda record: {**record, "scope": None},
        lambda record: {**record, "identity": {}},
        lambda record: {**record, "resource_id": {"id": 1}},
        lambda record: {name: value for name, value in record.items() if name != "identity"},
    ],
)
def test_a_damaged_record_stops(damage: Callable[[Any], Any], world: MakeWorld) -> None:
    here = world(WORKFLOW)
    here.run()
    here.store.intent = damage(here.store.intent)
    with pytest.raises(RecordUnreadable):
        here.run()
    assert here.sends() == 1


def test_a_task_that_was_stopped_between_its_record_and_its_send_was_not_sent(world: MakeWorld) -> None:
    here = world(TASK)
    stop = Stop()
    drive = here.drive()

    class Stopping(DictStore):
        def write(self, intent: dict[str, Any]) -> None:
            super().write(intent)
            if intent["sent"]:
                stop.ask()

    store = Stopping()
    with pytest.raises(Stopped):
        Provisioner(drive.client, store).ensure(TASK.request("orders-1"), stop)
    assert drive(Provisioner(drive.client, store).flow(TASK.request("orders-1"))).how == "made"


@pytest.mark.parametrize("answered", ["wf:1", "a/b", "x" * 65])
def test_an_id_that_no_request_can_name_is_not_handed_on(answered: str, world: MakeWorld) -> None:
    here = world(WORKFLOW)
    drive = here.drive()

    def odd(reply: Reply) -> Reply:
        (ours,) = here.existing()
        return replace(reply, body=reply.body.replace(ours.encode(), answered.encode()))

    made = altered(here, drive, odd)(here.flow(drive))
    assert here.existing() == [made.resource_id]
