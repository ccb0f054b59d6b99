"""The create protocol against the sandbox, where every answer arrives: what is found, reused, refused, on record.

What happens when answers get lost is in ``tests/faults``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_cloudflows.errors import (
    AlreadyExists,
    AmbiguousMatch,
    ConnectionFailed,
    IdentityChanged,
    IntentNotKept,
    LostTrack,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    ScopeChanged,
)
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.create_data_service_group import CreateDataServiceGroup

from .driving import Drive
from .resources import BUSINESS, FABRIC_WORKSPACE, GROUP, RESOURCES, TASK, WORKFLOW, DictStore, Resource, client

FINDABLE = [resource for resource in RESOURCES if resource.findable]

each_resource = pytest.mark.parametrize("resource", RESOURCES, ids=str)
each_findable = pytest.mark.parametrize("resource", FINDABLE, ids=str)


def provisioner(resource: Resource, sandbox: Running, store: DictStore | None = None, **settings: Any) -> Provisioner:
    settings.setdefault("settle", 0.0)
    return Provisioner(client(resource.cloud, sandbox.url), store, **settings)


def existing(resource: Resource, sandbox: Running) -> list[Any]:
    return [document[resource.id_field] for document in sandbox.state().get(resource.kind, [])]


def sends(resource: Resource, sandbox: Running) -> int:
    return sum(entry["operation"] == resource.operation for entry in sandbox.requests())


@each_resource
def test_a_new_resource_is_made_and_its_id_is_on_record(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    created = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    assert created.made
    assert existing(resource, sandbox) == [created.resource_id]
    assert store.intent is not None
    assert store.intent["resource_id"] == created.resource_id


@each_resource
def test_the_intent_is_written_before_the_request_leaves(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    first, *_ = store.writes
    assert first["sent"]
    assert first["resource_id"] is None


@each_resource
def test_nothing_is_sent_when_the_intent_cannot_be_written(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    store.broken = True
    with pytest.raises(IntentNotKept, match=r"the store is down.*nothing more was sent"):
        provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    assert sends(resource, sandbox) == 0


@each_resource
def test_a_second_try_returns_the_same_id_and_makes_nothing(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    first = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    second = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    assert second.resource_id == first.resource_id
    assert not second.made
    assert sends(resource, sandbox) == 1


@each_findable
def test_without_a_store_the_name_is_enough_to_make_it_once(resource: Resource, sandbox: Running) -> None:
    first = provisioner(resource, sandbox).ensure(resource.request("orders-1"))
    second = provisioner(resource, sandbox).ensure(resource.request("orders-1"))
    assert second.resource_id == first.resource_id
    assert sends(resource, sandbox) == 1


@each_findable
def test_similar_names_are_other_resources(resource: Resource, sandbox: Running) -> None:
    for name in ("orders-10", "my-orders-1", "Orders-1"):
        provisioner(resource, sandbox).ensure(resource.request(name))
    created = provisioner(resource, sandbox).ensure(resource.request("orders-1"))
    assert created.made
    assert len(existing(resource, sandbox)) == 4


@each_findable
def test_it_is_found_on_a_later_page(resource: Resource, sandbox: Running) -> None:
    provisioner(resource, sandbox).ensure(resource.request("another"))
    (like,) = sandbox.state()[resource.kind]
    del like[resource.id_field]
    names = [*(f"orders-1-{n}" for n in range(105)), "orders-1", *(f"my-orders-1-{n}" for n in range(105))]
    made = [sandbox.insert(resource.kind, **{**like, resource.name_field: name}) for name in names]
    found = provisioner(resource, sandbox).ensure(resource.request("orders-1"))
    assert found.resource_id == made[105][resource.id_field]


@each_findable
def test_fail_refuses_what_somebody_else_made(resource: Resource, sandbox: Running) -> None:
    theirs = provisioner(resource, sandbox).ensure(resource.request("orders-1"))
    with pytest.raises(AlreadyExists, match=str(theirs.resource_id)):
        provisioner(resource, sandbox, DictStore(), if_exists="fail").ensure(resource.request("orders-1"))
    assert len(existing(resource, sandbox)) == 1


@each_findable
def test_fail_lets_a_retry_find_its_own(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    first = provisioner(resource, sandbox, store, if_exists="fail").ensure(resource.request("orders-1"))
    second = provisioner(resource, sandbox, store, if_exists="fail").ensure(resource.request("orders-1"))
    assert second.resource_id == first.resource_id


@each_findable
def test_reuse_reports_what_differs_field_by_field(
    resource: Resource, sandbox: Running, caplog: pytest.LogCaptureFixture
) -> None:
    provisioner(resource, sandbox).ensure(resource.request("orders-1", description="old"))
    created = provisioner(resource, sandbox).ensure(resource.request("orders-1", description="new"))
    assert created.drift == {"description": ("new", "old")}
    assert "description of" in caplog.text
    assert existing(resource, sandbox) == [created.resource_id]


@pytest.mark.parametrize("resource", [BUSINESS, WORKFLOW, FABRIC_WORKSPACE], ids=str)
def test_update_changes_what_the_service_can_change(resource: Resource, sandbox: Running) -> None:
    provisioner(resource, sandbox).ensure(resource.request("orders-1", description="old"))
    update = provisioner(resource, sandbox, if_exists="update")
    assert update.ensure(resource.request("orders-1", description="new")).drift == {}
    again = provisioner(resource, sandbox).ensure(resource.request("orders-1", description="new"))
    assert again.drift == {}


def test_update_leaves_what_the_service_cannot_change_as_drift(sandbox: Running) -> None:
    provisioner(BUSINESS, sandbox).ensure(BUSINESS.request("orders-1", use_type="NORMAL"))
    update = provisioner(BUSINESS, sandbox, if_exists="update")
    created = update.ensure(BUSINESS.request("orders-1", use_type="MANUAL_BIZ", description="new"))
    assert created.drift == {"use_type": ("MANUAL_BIZ", "NORMAL")}


@pytest.mark.parametrize("resource", [GROUP, WORKFLOW], ids=str)
def test_several_exact_matches_are_never_guessed_between(resource: Resource, sandbox: Running) -> None:
    caller = client(resource.cloud, sandbox.url)
    ids = [resource.request("orders-1").made_id(caller.call(resource.request("orders-1"))) for _ in range(2)]
    with pytest.raises(AmbiguousMatch) as caught:
        Provisioner(caller, DictStore(), settle=0.0).ensure(resource.request("orders-1"))
    assert all(str(one) in str(caught.value) for one in ids)
    assert len(existing(resource, sandbox)) == 2


@pytest.mark.parametrize("resource", [BUSINESS, WORKFLOW, FABRIC_WORKSPACE], ids=str)
def test_what_was_removed_is_made_anew(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    first = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    sandbox.sandbox.store.delete(resource.kind, str(first.resource_id))
    second = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    assert second.made
    assert second.resource_id != first.resource_id
    assert store.intent is not None
    assert store.intent["generation"] == 1


def test_what_is_not_readable_yet_is_not_taken_for_gone(sandbox: Running) -> None:
    """The retry comes at once, and the service does not know the new id everywhere yet."""
    store = DictStore()
    first = provisioner(WORKFLOW, sandbox, store).ensure(WORKFLOW.request("orders-1"))
    sandbox.faults.add("ShowWorkflow", "error", nth=1, status=400, code="SecMaster.20040611", message="None")
    drive = Drive(client("huawei", sandbox.url))
    second = drive(Provisioner(drive.client, store, settle=60.0).flow(WORKFLOW.request("orders-1")))
    assert second.resource_id == first.resource_id
    assert drive.waits == [60.0]
    assert sends(WORKFLOW, sandbox) == 1


@pytest.mark.parametrize("resource", [BUSINESS, GROUP, WORKFLOW, FABRIC_WORKSPACE], ids=str)
def test_what_was_renamed_outside_is_still_the_same(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    first = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    renamed = sandbox.sandbox.store.get(resource.kind, str(first.resource_id))
    assert renamed is not None
    sandbox.sandbox.store.update(resource.kind, str(first.resource_id), {**renamed, resource.name_field: "other"})
    second = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    assert second.resource_id == first.resource_id
    assert sends(resource, sandbox) == 1


@each_resource
def test_another_name_on_record_stops_with_both_names(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    with pytest.raises(IdentityChanged, match=r"orders-1.*orders-2"):
        provisioner(resource, sandbox, store).ensure(resource.request("orders-2"))
    assert sends(resource, sandbox) == 1


@each_resource
def test_another_region_on_record_stops(resource: Resource, sandbox: Running) -> None:
    store = DictStore()
    provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    elsewhere = client(resource.cloud, sandbox.url)
    elsewhere.endpoints = replace(elsewhere.endpoints, region="eu-west-101")
    with pytest.raises(ScopeChanged, match=r"region='.*region='eu-west-101'"):
        Provisioner(elsewhere, store, settle=0.0).ensure(resource.request("orders-1"))
    assert sends(resource, sandbox) == 1


def test_other_changes_are_drift(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    store = DictStore()
    first = provisioner(BUSINESS, sandbox, store).ensure(BUSINESS.request("orders-1", description="old"))
    second = provisioner(BUSINESS, sandbox, store).ensure(BUSINESS.request("orders-1", description="new"))
    assert second.resource_id == first.resource_id
    assert second.drift == {"description": ("new", "old")}
    assert "arguments changed" in caplog.text


def test_a_refused_create_binds_nobody(sandbox: Running) -> None:
    """So that the arguments, the name included, can be corrected before the next try."""
    store = DictStore()
    wrong = CreateDataServiceGroup(
        project_id=10000, api_gateway_group_id="nope", group_name="orders-1", description="made by a test"
    )
    with pytest.raises(NotFound):
        provisioner(GROUP, sandbox, store).ensure(wrong)
    drive = Drive(client("alibaba", sandbox.url))
    assert drive(Provisioner(drive.client, store, settle=0.0).flow(GROUP.request("orders-2"))).made


@each_findable
def test_a_failed_look_up_is_an_error_and_nothing_is_sent(resource: Resource, sandbox: Running) -> None:
    nowhere = client(resource.cloud, "http://127.0.0.1:9", timeout=1.0)
    with pytest.raises(ConnectionFailed):
        Provisioner(nowhere, DictStore(), settle=0.0).ensure(resource.request("orders-1"))
    assert sends(resource, sandbox) == 0


def test_an_unlisted_resource_that_may_have_been_sent_is_not_sent_again(sandbox: Running) -> None:
    store = DictStore()
    provisioner(TASK, sandbox, store).ensure(TASK.request("orders-1"))
    assert store.intent is not None
    store.forget_answer()
    for _ in range(2):
        with pytest.raises(LostTrack, match=r"on_unknown='resend'"):
            provisioner(TASK, sandbox, store).ensure(TASK.request("orders-1"))
    assert sends(TASK, sandbox) == 1


def test_resend_says_that_there_may_be_two(sandbox: Running, caplog: pytest.LogCaptureFixture) -> None:
    store = DictStore()
    provisioner(TASK, sandbox, store).ensure(TASK.request("orders-1"))
    assert store.intent is not None
    store.forget_answer()
    assert provisioner(TASK, sandbox, store, on_unknown="resend").ensure(TASK.request("orders-1")).made
    assert sends(TASK, sandbox) == 2
    assert "there may be two" in caplog.text


def test_a_task_that_a_person_found_is_taken_over(sandbox: Running) -> None:
    store = DictStore()
    made = provisioner(TASK, sandbox).ensure(TASK.request("orders-1"))
    taken = provisioner(TASK, sandbox, store).adopt(TASK.request("orders-1"), made.resource_id)
    assert taken.resource_id == made.resource_id
    assert provisioner(TASK, sandbox, store).ensure(TASK.request("orders-1")).resource_id == made.resource_id
    assert sends(TASK, sandbox) == 1


@each_findable
def test_a_killed_try_is_found_a_settle_time_after_the_next_one_begins(resource: Resource, sandbox: Running) -> None:
    """Whatever the clocks of the two workers say."""
    store = DictStore()
    first = provisioner(resource, sandbox, store).ensure(resource.request("orders-1"))
    store.forget_answer()
    assert store.intent is not None
    store.intent["sent_at"] += 3600.0
    drive = Drive(client(resource.cloud, sandbox.url))
    again = Provisioner(drive.client, store, settle=5.0, if_exists="fail").flow(resource.request("orders-1"))
    assert drive(again).resource_id == first.resource_id
    assert drive.waits[0] == 5.0
    assert max(drive.waits) <= 5.0
    assert sends(resource, sandbox) == 1


def test_what_was_there_before_the_send_is_not_taken_for_ours(sandbox: Running) -> None:
    """Somebody renamed an old workflow to our name in the window: the snapshot of ids tells."""
    caller = client("huawei", sandbox.url)
    old = caller.call(WORKFLOW.request("orders-1-old"))
    store = DictStore()
    Provisioner(caller, store, settle=0.0).ensure(WORKFLOW.request("orders-1"))
    assert store.intent is not None
    assert old.data.id in store.intent["seen"]


def test_a_refusal_after_an_unknown_outcome_keeps_the_intent(sandbox: Running) -> None:
    """The first send may still take effect: forgetting it would let the next try make a second one."""
    store = DictStore()
    sandbox.faults.add(WORKFLOW.operation, "html", when="before", nth=1)
    sandbox.faults.add(WORKFLOW.operation, "error", nth=2, status=400, code="SecMaster.20030001", message="Bad.")
    with pytest.raises(OutcomeUnknown, match=r"may still have made it.*Bad"):
        provisioner(WORKFLOW, sandbox, store).ensure(WORKFLOW.request("orders-1"))
    assert store.intent is not None
    assert store.intent["sent"]


def test_what_was_renamed_to_our_name_meanwhile_is_not_taken_for_ours(sandbox: Running) -> None:
    caller = client("huawei", sandbox.url)
    old = caller.call(WORKFLOW.request("orders-1-old")).data.id
    store = DictStore()
    ours = Provisioner(caller, store, settle=0.0).ensure(WORKFLOW.request("orders-1")).resource_id
    assert store.intent is not None
    store.forget_answer()
    renamed = sandbox.sandbox.store.get(WORKFLOW.kind, old)
    assert renamed is not None
    sandbox.sandbox.store.update(WORKFLOW.kind, old, {**renamed, "name": "orders-1"})
    again = Provisioner(caller, store, settle=0.0).flow(WORKFLOW.request("orders-1"))
    assert Drive(caller)(again).resource_id == ours


def test_the_plan_looks_and_writes_nothing(sandbox: Running) -> None:
    store = DictStore()
    plan = provisioner(BUSINESS, sandbox, store).plan(BUSINESS.request("orders-1"))
    assert plan == "create it"
    assert (store.writes, existing(BUSINESS, sandbox)) == ([], [])


@pytest.mark.parametrize(
    ("if_exists", "plan"),
    [
        ("reuse", r"^reuse \d+, which differs in description$"),
        ("update", r"^update description of \d+, which differs in description$"),
        ("fail", r"^refuse, since \d+ exists, which differs in description$"),
    ],
)
def test_the_plan_for_what_exists(if_exists: Any, plan: str, sandbox: Running) -> None:
    provisioner(BUSINESS, sandbox).ensure(BUSINESS.request("orders-1", description="old"))
    planned = provisioner(BUSINESS, sandbox, if_exists=if_exists).plan(BUSINESS.request("orders-1", description="new"))
    assert re.search(plan, planned)


def test_a_denied_look_up_is_an_error(sandbox: Running) -> None:
    request = FABRIC_WORKSPACE.request("orders-1")
    caller = client("huawei", sandbox.url)
    caller.project = None
    with pytest.raises(PermissionDenied):
        Provisioner(caller, DictStore(), settle=0.0).ensure(request)
