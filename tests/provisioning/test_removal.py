"""The delete protocol against the sandbox: what is gone stays gone, and what is not certain is looked at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.resource import Removal
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    Conflict,
    InvalidRequest,
    NoAnswer,
    NotFound,
    PermissionDenied,
    ServerError,
    Stopped,
)
from airflow_provider_cloudflows.provisioning.removal import Remover
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.services.dataworks.delete_business import DeleteBusiness
from airflow_provider_cloudflows.services.fabric.delete_workspace import DeleteWorkspace
from airflow_provider_cloudflows.services.secmaster.delete_workflow import DeleteWorkflow
from airflow_provider_cloudflows.transport.flow import Step, Stop
from airflow_provider_cloudflows.transport.message import Message

from .driving import Drive
from .resources import BUSINESS, FABRIC_WORKSPACE, WORKFLOW, WORKSPACE, Resource, client, close_clients

SETTLE = 5.0
NO_UUID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Deletable:
    """One kind of resource that can be deleted.

    :param delete: makes the request for an id.
    :param reads: the operation that reads one by its id.
    :param lists: the operation that shows the whole place, where no code proves that one is gone.
    :param unknown_id: an id that nothing has.
    """

    resource: Resource
    delete: Callable[[Any], Removal[Any]]
    reads: str
    lists: str | None
    unknown_id: Any

    def __str__(self) -> str:
        return self.operation

    @property
    def operation(self) -> str:
        return self.resource.operation.replace("Create", "Delete")


DELETABLE = [
    Deletable(
        BUSINESS,
        lambda one: DeleteBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_id=one),
        "GetBusiness",
        "ListBusiness",
        999,
    ),
    Deletable(
        WORKFLOW, lambda one: DeleteWorkflow(workspace_id=WORKSPACE, workflow_id=one), "ShowWorkflow", None, NO_UUID
    ),
    Deletable(FABRIC_WORKSPACE, lambda one: DeleteWorkspace(workspace_id=one), "ListWorkspaces", None, NO_UUID),
]
each = pytest.mark.parametrize("kind", DELETABLE, ids=str)


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """A sandbox whose connections can break."""
    with serve(tcp_faults=True) as running:
        yield running
        close_clients()


@pytest.fixture
def cloud(shared: Running) -> Running:
    """The same, as at birth."""
    shared.reset()
    return shared


def made(kind: Deletable, cloud: Running) -> Any:
    """Make one beside another, which stays; return its id."""
    caller = client(kind.resource.cloud, cloud.url)
    first, _ = (kind.resource.request(name) for name in ("orders-1", "orders-2"))
    caller.call(kind.resource.request("orders-2"))
    return first.made_id(caller.call(first))


def names(kind: Deletable, cloud: Running) -> list[str]:
    return [one[kind.resource.name_field] for one in cloud.state().get(kind.resource.kind, [])]


def sent(kind: Deletable, cloud: Running) -> int:
    return sum(entry["operation"] == kind.operation for entry in cloud.requests())


def remove(kind: Deletable, cloud: Running, resource_id: Any, drive: Drive | None = None, **settings: Any) -> bool:
    drive = drive or Drive(client(kind.resource.cloud, cloud.url, timeout=60.0))
    return drive(Remover(drive.client, settle=SETTLE, **settings).flow(kind.delete(resource_id)))


@each
def test_what_is_there_is_deleted_at_once(kind: Deletable, cloud: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    resource_id = made(kind, cloud)
    assert remove(kind, cloud, resource_id) is True
    assert (names(kind, cloud), sent(kind, cloud)) == (["orders-2"], 1)
    assert kind.reads not in [entry["operation"] for entry in cloud.requests()], "nobody looks after a clear answer"
    assert f"{kind.operation} removed" in caplog.text
    assert f" {resource_id} (request id " in caplog.text


@each
def test_what_is_gone_already_is_no_failure_and_is_proven_twice(kind: Deletable, cloud: Running) -> None:
    drive = Drive(client(kind.resource.cloud, cloud.url))
    assert remove(kind, cloud, kind.unknown_id, drive) is False
    reads = [entry for entry in cloud.requests() if entry["operation"] == kind.reads]
    assert (len(reads), drive.waits) == (2, [SETTLE])


@each
def test_what_is_gone_already_fails_where_the_author_says_so(kind: Deletable, cloud: Running) -> None:
    with pytest.raises(NotFound, match=rf"there is no \w+ {kind.unknown_id}; check the id .* if_missing='ok'"):
        remove(kind, cloud, kind.unknown_id, if_missing="fail")


@each
@pytest.mark.parametrize("if_missing", ["ok", "fail"])
@pytest.mark.parametrize("fault", ["drop", "html", "error", "truncated", "empty"])
def test_a_delete_that_took_effect_and_got_no_answer_is_found_out_by_looking(
    kind: Deletable, fault: str, if_missing: str, cloud: Running
) -> None:
    if (kind.operation, fault) == ("DeleteWorkspace", "empty"):
        pytest.skip("an empty answer is what it says when it worked")
    resource_id = made(kind, cloud)
    cloud.faults.add(kind.operation, fault, when="after", times=1)
    assert remove(kind, cloud, resource_id, if_missing=if_missing) is True
    assert (names(kind, cloud), sent(kind, cloud)) == (["orders-2"], 1)


@each
@pytest.mark.parametrize("fault", ["drop", "html", "error", "gateway_404", "html_404", "throttle"])
def test_a_delete_that_took_no_effect_is_sent_again(kind: Deletable, fault: str, cloud: Running) -> None:
    resource_id = made(kind, cloud)
    cloud.faults.add(kind.operation, fault, times=2)
    assert remove(kind, cloud, resource_id) is True
    assert (names(kind, cloud), sent(kind, cloud)) == (["orders-2"], 3)


@each
@pytest.mark.parametrize(
    ("fault", "failure"), [("error", ServerError), ("html", NoAnswer), ("gateway_404", (NotFound, InvalidRequest))]
)
def test_a_delete_that_never_takes_effect_ends_as_what_it_is(
    kind: Deletable, fault: str, failure: type[Exception] | tuple[type[Exception], ...], cloud: Running
) -> None:
    resource_id = made(kind, cloud)
    cloud.faults.add(kind.operation, fault)
    with pytest.raises(failure):
        remove(kind, cloud, resource_id)
    assert len(names(kind, cloud)) == 2
    assert 2 <= sent(kind, cloud) <= 4


@each
@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [(403, "NoPermission", PermissionDenied), (409, "Held.ByNodes", Conflict), (400, "Not.Empty", InvalidRequest)],
)
def test_a_refusal_of_what_is_there_stands(
    kind: Deletable, status: int, code: str, failure: type[Exception], cloud: Running
) -> None:
    resource_id = made(kind, cloud)
    cloud.faults.add(kind.operation, "error", status=status, code=code)
    with pytest.raises(failure, match=code):
        remove(kind, cloud, resource_id)
    assert (len(names(kind, cloud)), sent(kind, cloud)) == (2, 1)


@each
def test_a_credential_that_is_refused_is_not_tried_twice(kind: Deletable, cloud: Running) -> None:
    resource_id = made(kind, cloud)
    cloud.faults.add(kind.operation, "unauthorized", reason="invalid")
    with pytest.raises(AuthenticationFailed):
        remove(kind, cloud, resource_id)
    assert (len(names(kind, cloud)), sent(kind, cloud)) == (2, 1)


@each
def test_one_not_found_is_no_proof_and_the_refusal_says_what_happened(kind: Deletable, cloud: Running) -> None:
    """The gateway knows none of the paths today; the resource is there."""
    resource_id = made(kind, cloud)
    for operation in filter(None, {kind.operation, kind.reads, kind.lists}):
        cloud.faults.add(operation, "gateway_404")
    with pytest.raises((NotFound, InvalidRequest), match=rf"{kind.operation} .*HTTP 404"):
        remove(kind, cloud, resource_id)
    assert len(names(kind, cloud)) == 2


def test_a_workspace_that_does_not_exist_is_named_and_not_taken_for_gone(cloud: Running) -> None:
    caller = client("alibaba", cloud.url)
    with pytest.raises(NotFound, match=r"DeleteBusiness did not find .*ProjectNotExists"):
        Drive(caller)(Remover(caller).flow(DeleteBusiness(project_id=424242, business_id=1)))


@each
def test_who_is_told_to_stop_sends_nothing_any_more(kind: Deletable, cloud: Running) -> None:
    resource_id = made(kind, cloud)
    stop = Stop()
    stop.ask()
    with pytest.raises(Stopped):
        Remover(client(kind.resource.cloud, cloud.url)).remove(kind.delete(resource_id), stop)
    assert sent(kind, cloud) == 0


@each
def test_who_is_told_to_stop_while_looking_does_not_delete_again(kind: Deletable, cloud: Running) -> None:
    resource_id = made(kind, cloud)
    cloud.faults.add(kind.operation, "drop")
    drive = Drive(client(kind.resource.cloud, cloud.url, timeout=60.0))

    def stopped_at_the_second_delete(step: Step) -> None:
        if isinstance(step, Message) and sent(kind, cloud):
            raise Stopped

    drive.before = stopped_at_the_second_delete
    with pytest.raises(Stopped):
        remove(kind, cloud, resource_id, drive)
    assert sent(kind, cloud) == 1


@each
def test_a_plan_looks_and_deletes_nothing(kind: Deletable, cloud: Running) -> None:
    resource_id = made(kind, cloud)
    remover = Remover(client(kind.resource.cloud, cloud.url), settle=0)
    title = kind.resource.request("any-name").resource().title
    assert remover.plan(kind.delete(resource_id)) == f"delete {title} {resource_id}, which is called 'orders-1'"
    assert remover.plan(kind.delete(kind.unknown_id)) == f"do nothing, since {title} {kind.unknown_id} is not there"
    strict = Remover(client(kind.resource.cloud, cloud.url), settle=0, if_missing="fail")
    assert strict.plan(kind.delete(kind.unknown_id)) == f"fail, since {title} {kind.unknown_id} is not there"
    assert sent(kind, cloud) == 0


@each
def test_it_runs_on_an_event_loop_too(kind: Deletable, cloud: Running) -> None:
    resource_id = made(kind, cloud)
    caller = client(kind.resource.cloud, cloud.url)

    async def twice() -> list[bool]:
        remover = Remover(caller, settle=0)
        was_there = [await remover.aremove(kind.delete(resource_id)) for _ in range(2)]
        await caller.transport.aclose()
        return was_there

    assert asyncio.run(twice()) == [True, False]
