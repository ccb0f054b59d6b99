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
from airflow_provider_cloudflows.services.dataworks.workflow_instance import GetWorkflowInstance
from airflow_provider_cloudflows.services.dataworks.workflow_rerun import (
    RERUN_STATES,
    GetRerunWorkflowInstancesResult,
    RerunWorkflowInstances,
)
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Wait

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
            self._record = {"runs": (yield from self._runs_of_each())}
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
                raise RunFailed(f"rerun {operation_id}", last.status, last.failure_message or "", advice)
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
        """Return the runs of which no task has run once more than before."""
        before, now = self._record["runs"], (yield from self._runs_of_each())
        return [one for one in self._request.ids if now[str(one)] <= before.get(str(one), now[str(one)])]

    def _runs_of_each(self) -> Flow[dict[str, int]]:
        runs = {}
        for one in self._request.ids:
            runs[str(one)] = yield from self._runs_of(one)
        return runs

    def _runs_of(self, instance_id: int) -> Flow[int]:
        """Return how often the tasks of a run have run, all together."""
        details = yield from self._client.flow(GetWorkflowInstance(id=instance_id))
        date = details.workflow_instance.biz_date or 0
        place = {"project_id": self._request.project_id, "workflow_instance_id": instance_id}
        tasks = yield from census(self._client, ListTaskInstances(**place, bizdate=date))
        return sum(one.run_number or 1 for one in tasks)

    def _keep(self, **changes: Any) -> Flow[None]:
        document = self._record = {**self._record, **changes}
        yield Blocking(lambda: self._store.write(document))
