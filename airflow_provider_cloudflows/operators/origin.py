"""Where a resource comes from: what the tasks of one DAG run say of it, which a delete goes by.

A create states under XCom key ``how`` how it came by the id that it hands on. Airflow removes XComs when a task is
tried again, so what is there belongs to the last try; a task that was killed before it could say so states nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import (
    CloudflowsError,
    DeleteRefused,
    NotRecorded,
    OutcomeUnknown,
    RecordUnreadable,
    Stopped,
)
from airflow_provider_cloudflows.operators.any_request import AnyRequestOperator
from airflow_provider_cloudflows.operators.create import HOW, CreateOperator
from airflow_provider_cloudflows.provisioning.record import PLACES, IntentStore, Record

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Creation, Id, Resource
    from airflow_provider_cloudflows.provisioning.created import Created

__all__ = [
    "Claims",
    "Place",
    "Statement",
    "Upstream",
    "ids_of_the_same_kind",
    "place_of",
    "statement_of_failure",
    "statement_of_success",
]

Place = Mapping[str, Any]
"""Where a thing is and whose, as far as known: account, region, and what holds it."""

OURS = frozenset({"made", "found"})
"""How an id is known of what a task of this DAG run made: its answer said so, or a look after a lost answer."""

UNKNOWN = "unknown"
"""Stands for "something may exist": a create was sent, and nothing says what became of it."""

DID_NOT_RUN = frozenset({None, "removed", "skipped", "upstream_failed"})


def place_of(scope: Document, identity: Document, kind: type[Resource]) -> dict[str, Any]:
    """Return what tells a thing from another one that has the same id elsewhere, as plain JSON.

    A region has several endpoints, for a private network for example: they tell only where nothing else does.
    """
    is_known = bool(scope.get("account") or scope.get("project"))
    place = {name: scope.get(name) for name in PLACES if not (is_known and name == "endpoint")} | identity
    return {name: value for name, value in place.items() if value is not None and name != kind.name_field}


def statement_of_success(created: Created, request: Creation[Any]) -> dict[str, Any]:
    """Return what a create states of what exists."""
    resource = request.resource()
    place = place_of(created.scope, resource.identity, type(resource))
    return {"id": created.resource_id, "how": created.how, "place": place}


def statement_of_failure(store: IntentStore | None, failure: CloudflowsError, kind: type[Resource]) -> dict[str, Any]:
    """Return what a create that failed states: an id that it has all the same, or whether something may exist.

    :param store: its record; None where Airflow keeps none, so that the failure alone has to tell.
    :param kind: of what it was to make.
    """
    if store is None:
        may_exist = isinstance(failure, (NotRecorded, OutcomeUnknown, Stopped))
        return {"id": None, "how": UNKNOWN if may_exist else None}
    document = store.read()
    if document is None:
        return {"id": None, "how": None}
    try:
        record = Record.from_document(document)
    except RecordUnreadable:
        return {"id": None, "how": UNKNOWN}
    if record.resource_id is not None:
        place = place_of(record.scope, record.identity, kind)
        return {"id": record.resource_id, "how": record.how, "place": place}
    return {"id": None, "how": UNKNOWN if record.sent else None}


def ids_of_the_same_kind(operator: CreateOperator, context: Context) -> set[Id]:
    """Return the ids that the tasks of this DAG run state of things such as ``operator`` makes, its own task's too.

    What this task stated at an earlier try, Airflow has removed.
    """
    task = context.get("task") or operator
    dag = task.get_dag()
    tasks = {task.task_id: task} if dag is None else dag.task_dict
    pull: Any = context["ti"].xcom_pull
    makers = [name for name, one in tasks.items() if name == task.task_id or _creates(one, operator.kind())]
    statements = [said for task_id in makers for said in _stated(pull(task_ids=task_id, key=HOW))]
    return {said["id"] for said in statements if said["kind"] == operator.kind() and said["id"] is not None}


class Claims:
    """What the tasks of one DAG run claim of what one operation made, so that no two take the same for their own.

    A claim is stated like the origin of what a create makes. It is there before others are asked for theirs: of two
    tasks that claim the same at the same time, neither may miss the other's.

    :param operator: sends the operation.
    :param context: of the task that runs it.
    :param kind: service and operation.
    """

    def __init__(self, operator: BaseOperator, context: Context, kind: str) -> None:
        self._ti: Any = context["ti"]
        self._kind = kind
        self._mine = {"kind": kind, "how": "found", "map_index": self._ti.map_index, "operator": operator.task_id}
        task: Any = context.get("task") or operator
        dag = task.get_dag()
        tasks = {task.task_id: task} if dag is None else dag.task_dict
        self._task_ids = [name for name, one in tasks.items() if name == self._ti.task_id or _sends_any(one)]

    def claim(self, result: str) -> bool:
        """State that ``result`` is this task's; tell whether no other task's claim says the same, and else take it
        back."""
        self._state(result)
        if result not in self._claimed_by_others():
            return True
        self._state(None)
        return False

    def _state(self, result: str | None) -> None:
        self._ti.xcom_push(key=HOW, value={**self._mine, "id": result})

    def _claimed_by_others(self) -> set[str]:
        said = [
            (task_id, one)
            for task_id in self._task_ids
            for one in _stated(self._ti.xcom_pull(task_ids=task_id, key=HOW))
            if one["kind"] == self._kind and one["id"] is not None
        ]
        mine = (self._ti.task_id, self._ti.map_index)
        return {one["id"] for task_id, one in said if (task_id, one.get("map_index")) != mine}


@dataclass(frozen=True, slots=True)
class Statement:
    """What one task said.

    :param task_id: who said it.
    :param kind: of what kind the thing is.
    :param resource_id: the id as text, or None when the task has none.
    :param how: how the task came by it.
    :param place: where it is; empty where a release before this one stated it.
    """

    task_id: str
    kind: str
    resource_id: str | None
    how: str | None
    place: Place

    def elsewhere(self, place: Place) -> str | None:
        """Return how ``place`` certainly differs from the thing's own, or None; what one of two lacks says nothing."""
        differing = [
            f"{name} {self.place[name]} and not {place[name]}"
            for name in sorted(self.place.keys() & place.keys())
            if str(self.place[name]) != str(place[name])
        ]
        return ", ".join(differing) or None


class Upstream:
    """The tasks that a delete follows, in its DAG run.

    :param operator: the delete.
    :param context: of the task that runs it, which may be another one's.
    """

    def __init__(self, operator: BaseOperator, context: Context) -> None:
        self._where = f"{type(operator).__name__} {operator.task_id!r}"
        self._ti: Any = context["ti"]
        self._task: Any = context.get("task") or operator

    def check_it_was_made(self, kind: str, resource_id: Id, place: Place) -> None:
        """Check that a task of this run says that it made the resource.

        :param kind: what it is: two kinds may count alike.
        :param place: where the delete would look for it: ids may be numbers, which count alike in two places.
        :raises DeleteRefused: when it was only taken over, or is elsewhere, or nobody says anything.
        """
        known = None
        for task_id in self._task_ids():
            for one in self._statements(task_id):
                if (one.kind, one.resource_id) != (kind, str(resource_id)):
                    continue
                if one.how in OURS and one.elsewhere(place) is None:
                    return
                known = known or one
        if known is None:
            said = "nothing says that this DAG run made it: no create upstream returned this id"
        elif known.elsewhere(place) is not None:
            said = f"task {known.task_id!r} has one of this id elsewhere, in {known.elsewhere(place)}"
        elif known.how == "taken":
            said = f"task {known.task_id!r} took it over"
        else:
            said = f"task {known.task_id!r} cannot tell whether this DAG run made it"
        raise DeleteRefused(
            f"{self._where} did not delete {kind} {resource_id}: {said}; set only_if_made=False to delete it all the "
            "same."
        )

    def why_there_is_no_id(self, kind: str) -> str | None:
        """Return why no id arrived, where that is since nothing was made; None where no create upstream explains it.

        :param kind: what the delete would delete.
        :raises DeleteRefused: when a create upstream failed and something may exist all the same.
        """
        reasons = [self._why_none(task_id, key, state) for task_id, key, state in self._creates_without_success(kind)]
        return "; ".join(reasons) or None

    def _why_none(self, task_id: str, map_index: int | None, state: str | None) -> str:
        name = f"task {task_id!r}" + ("" if map_index is None else f", map index {map_index},")
        if state in DID_NOT_RUN:
            return f"{name} did not run"
        stated = next(iter(self._statements(task_id, map_index)), None)
        if stated is None:
            said = "left no word whether it made something"
        elif stated.resource_id is not None:
            said = f"left {stated.resource_id}"
        elif stated.how is not None:
            said = "may have made something"
        else:
            return f"{name} made nothing"
        raise DeleteRefused(
            f"{self._where} got no id to delete: {name} ended as {state} and {said}; look in the console, and clear "
            "that task, which finds what it made, or delete it there."
        )

    def _creates_without_success(self, kind: str) -> Iterator[tuple[str, int | None, str | None]]:
        """Yield task id, map index and state of each create upstream that did not succeed."""
        dag_id, run_id = self._ti.dag_id, self._ti.run_id
        for task_id in self._task_ids():
            if not _creates(self._dag_tasks()[task_id], kind):
                continue
            states = self._ti.get_task_states(dag_id=dag_id, task_ids=[task_id], run_ids=[run_id])
            for key, state in states.get(run_id, {}).items():  # a mapped task is called task_id_index there
                if state != "success":
                    yield task_id, None if key == task_id else int(key.rpartition("_")[2]), state

    def _statements(self, task_id: str, map_index: int | None = None) -> Iterator[Statement]:
        """Yield what a task stated, for all its map indexes or for one."""
        at = {} if map_index is None else {"map_indexes": map_index}
        for said in _stated(self._ti.xcom_pull(task_ids=task_id, key=HOW, **at)):
            resource_id = None if said["id"] is None else str(said["id"])
            place = said.get("place")
            yield Statement(
                task_id, said["kind"], resource_id, said["how"], place if isinstance(place, Mapping) else {}
            )

    def _task_ids(self) -> Iterator[str]:
        """Yield the ids of all tasks upstream, the nearest first."""
        tasks = self._dag_tasks()
        seen: set[str] = set()
        nearest = set(self._task.upstream_task_ids)
        while nearest:
            yield from sorted(nearest)
            seen |= nearest
            nearest = {further for task_id in nearest for further in tasks[task_id].upstream_task_ids} - seen

    def _dag_tasks(self) -> dict[str, Any]:
        dag = self._task.get_dag()
        return {} if dag is None else dag.task_dict


def _stated(pulled: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the statements in what was pulled: one value of a task that is not mapped, else a list.

    The key may be in use for something else.
    """
    for said in pulled if isinstance(pulled, list) else [pulled]:
        if isinstance(said, Mapping) and {"kind", "id", "how"} <= said.keys():
            yield said


def _creates(task: Any, kind: str) -> bool:
    operator = _operator_class(task)
    return issubclass(operator, CreateOperator) and operator.kind() == kind


def _sends_any(task: Any) -> bool:
    return issubclass(_operator_class(task), AnyRequestOperator)


def _operator_class(task: Any) -> type[Any]:
    operator = getattr(task, "operator_class", type(task))  # a mapped task is of another class
    return operator if isinstance(operator, type) else object
