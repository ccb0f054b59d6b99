"""Runs of DataWorks are run again, once, by an operation of the service that carries it out after its answer.

How often the tasks of each run had run is on record before the request leaves, and the operation as soon as the answer
names it. So a later try asks for the same operation, and after a lost answer it looks whether the tasks run again, for
as long as an operation may take, before anything is sent anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import CloudError, OutcomeUnknown, RunFailed, WaitTimedOut
from airflow_provider_cloudflows.provisioning.by_job import LONGEST_JOB, pauses_of_a_job
from airflow_provider_cloudflows.provisioning.census import census
from airflow_provider_cloudflows.provisioning.record import IntentStore, MemoryStore
from airflow_provider_cloudflows.services.dataworks.task_instance import ListTaskInstances
from airflow_provider_cloudflows.services.dataworks.workflow_instance import INSTANCE_STATES, GetWorkflowInstance
from airflow_provider_cloudflows.services.dataworks.workflow_rerun import (
    RERUN_STATES,
    GetRerunWorkflowInstancesResult,
    RerunWorkflowInstances,
)
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Wait
from airflow_provider_cloudflows.transport.redact import one_line

__all__ = ["Rerun"]

log = logging.getLogger(__name__)


class Rerun:
    """One try of one task. Every method that may talk to somebody is a conversation.

    :param client: calls the cloud.
    :param store: keeps the record between tries; None keeps none.
    :param request: what to send.
    """

    def __init__(self, client: CloudClient, store: IntentStore | None, request: RerunWorkflowInstances) -> None:
        self._client = client
        self._store: IntentStore = MemoryStore() if store is None else store
        self._request = request
        self._record: dict[str, Any] = {}

    def carry_out(self) -> Flow[None]:
        """Run them again, unless an earlier try of the task did.

        :raises RunFailed: the service did not carry it out; a further try sends it again.
        :raises WaitTimedOut: it was not carried out in time; a further try goes on with the same operation.
        """
        self._record = (yield Blocking(self._store.read)) or {}
        if not self._record:
            self._record = yield from self._before()
        elif self._record.get("operation"):
            yield from self._check_it_is_carried_out()
            return
        elif self._record.get("sent"):
            yield from self._until(self._have_all_run_again)
        left = yield from self._left()
        if left:
            yield from self._send(left)

    def _send(self, ids: Sequence[int]) -> Flow[None]:
        yield from self._keep(sent=True)
        try:
            answer = yield from self._client.flow(self._request.model_copy(update={"ids": list(ids)}))
        except OutcomeUnknown as failure:
            if failure.refused_as is None and (yield from self._until(self._have_all_run_again)):
                log.info("%s They run again all the same.", failure)
                return
            advice = "a further try of the task looks which of them ran again, and sends the rest"
            raise failure.recast(OutcomeUnknown, advice=advice) from failure
        except CloudError:
            yield from self._keep(sent=False)
            raise
        log.info("%s started operation %s.", self._request.title, answer.operation_id)
        yield from self._keep(operation=answer.operation_id)
        yield from self._check_it_is_carried_out()

    def _check_it_is_carried_out(self) -> Flow[None]:
        operation_id, last = self._record["operation"], None
        for pause in pauses_of_a_job():
            details = yield from self._client.flow(GetRerunWorkflowInstancesResult(operation_id=operation_id))
            last = details.result
            outcome = RERUN_STATES.outcome(last.status)
            if outcome is Outcome.GOOD:
                return
            if outcome is Outcome.BAD:
                yield from self._keep(sent=False, operation=None)
                advice = "correct the task by what it says; a further try sends it again"
                raise RunFailed(f"rerun {operation_id}", last.status, one_line(last.failure_message or ""), advice)
            yield Wait(pause)
        raise WaitTimedOut(f"rerun {operation_id}", None if last is None else last.status, LONGEST_JOB)

    def _until(self, is_so: Callable[[], Flow[bool]]) -> Flow[bool]:
        """Tell whether something comes to be so while an operation may still be carried out."""
        for pause in pauses_of_a_job():
            if (yield from is_so()):
                return True
            yield Wait(pause)
        return False

    def _have_all_run_again(self) -> Flow[bool]:
        return not (yield from self._left())

    def _left(self) -> Flow[list[int]]:
        """Return the runs of which no task has run once more than before, and that do not go on after they had ended: a
        task may wait before its run is counted."""
        left = []
        for one in self._request.ids:
            number, goes_on = yield from self._runs_of(one)
            is_more = number > self._record["runs"].get(str(one), number)
            if not (is_more or (goes_on and one in self._record["ended"])):
                left.append(one)
        return left

    def _before(self) -> Flow[dict[str, Any]]:
        """Return how often the tasks of each run have run, and which runs are over."""
        runs, ended = {}, []
        for one in self._request.ids:
            runs[str(one)], goes_on = yield from self._runs_of(one)
            if not goes_on:
                ended.append(one)
        return {"runs": runs, "ended": ended}

    def _runs_of(self, instance_id: int) -> Flow[tuple[int, bool]]:
        """Return how often the tasks of a run have run, all together, and whether it goes on."""
        run = (yield from self._client.flow(GetWorkflowInstance(id=instance_id))).workflow_instance
        place = {"project_id": self._request.project_id, "workflow_instance_id": instance_id}
        tasks = yield from census(self._client, ListTaskInstances(**place, bizdate=run.biz_date or 0))
        goes_on = INSTANCE_STATES.outcome(run.status) is Outcome.RUNNING
        return sum(one.run_number or 1 for one in tasks), goes_on

    def _keep(self, **changes: Any) -> Flow[None]:
        document = self._record = {**self._record, **changes}
        yield Blocking(lambda: self._store.write(document))
