"""One try of an operator, as Airflow makes it: rendered, executed, and resumed as often as it was deferred."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, TaskDeferred

from tests.airflow_versions import HAS_STATE_STORE
from tests.operators.material import TaskInstance

__all__ = ["FOR_EVER", "Store", "deferred_or_not", "only_event", "run"]

deferred_or_not = pytest.mark.parametrize("deferrable", [False, True])

FOR_EVER = 1e9
"""Seconds of a wait that somebody beside it ends: pauses pass at once, and a shorter one might be over before."""


class Store:
    """What Airflow keeps of a task between its tries; a test that makes one is none for an Airflow without."""

    def __init__(self) -> None:
        if not HAS_STATE_STORE:
            pytest.skip("before 3.3 Airflow has no task state store")
        self.kept: dict[str, str] = {}

    def get(self, key: str) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else None

    def set(self, key: str, value: Any, retention: Any = None) -> None:
        self.kept[key] = json.dumps(value)


def run(operator: Any, store: Store | None = None, ti: TaskInstance | None = None, **params: Any) -> Any:
    """One try: what it returned, deferred as often as it wanted to be."""
    ti = ti or TaskInstance(task_id=operator.task_id)
    context: Any = {"ti": ti, "dag_run": ti.dag_run, "params": params} | ({"task_state_store": store} if store else {})
    operator.render_template_fields(context)
    method: Any = operator.execute
    arguments: dict[str, Any] = {}
    try:
        while True:
            try:
                return method(context, **arguments)
            except TaskDeferred as deferred:
                method = getattr(operator, deferred.method_name)
                arguments = {"event": asyncio.run(only_event(deferred.trigger))}
    except AirflowFailException as fail:  # how Airflow 3.1 and 3.2 are told that a retry cannot help
        raise fail.__cause__ or fail from None


async def only_event(trigger: Any) -> Any:
    """The event of the trigger as another process makes it from what was stored."""
    path, arguments = trigger.serialize()
    assert path == "airflow_provider_cloudflows.triggers.wait.WaitTrigger"
    again = type(trigger)(**json.loads(json.dumps(arguments)))
    (event,) = [event async for event in again.run()]
    return event.payload
