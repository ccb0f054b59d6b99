"""The create protocol where the service makes a resource by a job, whose id is all that its answer names.

The job is on record as soon as the answer is read. When it has ended, it shows what it made, or the resource is found
by its name. A lost answer names no job: then the resource is looked for as long as a job may take before anything is
sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import (
    CloudError,
    IdentityChanged,
    InvalidRequest,
    NoAnswer,
    NotFound,
    RunFailed,
    WaitTimedOut,
)
from airflow_provider_cloudflows.provisioning.created import Created
from airflow_provider_cloudflows.provisioning.looking import Found
from airflow_provider_cloudflows.provisioning.protocol import SEND_WITHIN, Try
from airflow_provider_cloudflows.provisioning.search import PartlyShown
from airflow_provider_cloudflows.transport.flow import Flow, Wait
from airflow_provider_cloudflows.transport.redact import one_line

__all__ = ["TryByJob", "pauses_of_a_job"]

log = logging.getLogger(__name__)

LONGEST_JOB = 600.0
"""Seconds within which a job has ended, or shown what it makes; assumed, since no vendor says."""

PROOFS = 2
"""How often in a row, a settle time apart, a job is not found before that is believed: a gateway says it of a path that
it does not know today, and a service of what began a moment ago."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds between two looks; each pause is half as long again as the one before."""


class TryByJob(Try):
    """One try of one task."""

    def _answered(self, answer: Response) -> Flow[Created]:
        """Record the job, wait for its end, and find what it made."""
        job_id = self._request.made_id(answer)
        log.info("%s started %s %s (request id %s).", self._request.title, self._job.title, job_id, answer.request_id)
        # In doubt from here on, whatever goes wrong: only the end of the job tells what becomes of it.
        self._ledger.note(job=job_id, doubtful=True)
        yield from self._ledger.write_if_possible()
        found = yield from self._made_by_job(job_id)
        self._ledger.note(resource_id=found.resource_id, how="made")
        created = yield from self._hand_on(found)
        return replace(created, answer=answer.document(), request_id=answer.request_id)

    def _resume(self) -> Flow[Created]:
        """Wait for the job that an earlier try started, or look as long as there may be one."""
        if self._record.job is None:
            yield Wait(SEND_WITHIN)
            yield from self._look_until_it_shows()
        else:
            try:
                found = yield from self._made_by_job(self._record.job)
            except (NotFound, InvalidRequest) as forgotten:  # jobs are kept for a while; or it is not shown yet
                log.info("%s Looking for what it made.", forgotten)
                yield from self._look_until_it_shows()
            else:
                return (yield from self._taken_up(found))
        return (yield from super()._resume())

    def _taken_up(self, found: Found) -> Flow[Created]:
        """Hand on what the job of an earlier try made, if it is still what is asked for."""
        self._ledger.note(resource_id=found.resource_id, others=list(found.others), how="made")
        if not self._is_asked_for(found.item):
            yield from self._ledger.keep(found.resource_id)
            raise IdentityChanged(self._request.title, self._record.identity, self._fresh.identity)
        return (yield from self._hand_on(found))

    def _settle_doubt(self, failure: CloudError) -> Flow[Created | None]:
        """A refusal that says nothing for certain is followed by one look, and no answer at all by many."""
        settled = yield from super()._settle_doubt(failure)
        if settled is not None or getattr(failure, "refused_as", None) is not None:
            return settled
        found = yield from self._look_until_it_shows()
        return None if found is None else (yield from self._found_after_doubt(found))

    # --- the job -----------------------------------------------------------------------------------------------------

    @property
    def _job(self) -> Resource:
        job = self._request.making()
        assert job is not None, "this protocol is for what a job makes"
        return job

    def _made_by_job(self, job_id: Id) -> Flow[Found]:
        """Wait for the end of the job, and return what it made.

        :raises NoAnswer: it has made something, so nothing is sent again, and nothing shows what.
        """
        ended = yield from self._check_it_ended_well(job_id)
        recorded = self._resource.at(self._record.identity)
        found = (yield from self._shown_by(ended)) or (yield from self._look_twice(recorded))
        if found is None:
            raise NoAnswer(
                f"{self._job.title} {job_id} ended well, and the list does not show what it made",
                operation=_listing_title(recorded),
                advice="try again later, when it does; nothing more is sent: for another one, start a new DAG run",
            )
        return found

    def _check_it_ended_well(self, job_id: Id) -> Flow[Any]:
        """Wait for the end of the job, and return what the service shows of it then.

        :raises RunFailed: it failed.
        :raises WaitTimedOut: it was not over in time; the next try waits for it again.
        """
        item = yield from self._end_of(job_id)
        if self._job.outcome_of(item) is Outcome.GOOD:
            return item
        left = (yield from self._shown_by(item)) or (yield from self._look_for_what_it_left())
        if left is None or (yield from self._ending.may_follow(left.item, left.others)):
            advice = "correct the task by what it says; a further try sends it again"
            yield from self._begin_anew_after(left)
        else:
            what = "wait for its end" if self._resource.ends else "delete that"
            advice = f"it left {self._resource.title} {left.resource_id}: {what}, and clear the task"
        name = f"{self._job.title} {job_id} of {self._request.title}"
        raise RunFailed(name, self._job.state_of(item), one_line(self._job.reason_of(item)), advice)

    def _look_for_what_it_left(self) -> Flow[Found | None]:
        try:
            return (yield from self._look_twice(self._resource.at(self._record.identity)))
        except PartlyShown as partly:
            return partly.found

    def _begin_anew_after(self, left: Found | None) -> Flow[None]:
        """Let a further try send it again, and take nothing that the job left for what that one makes."""
        ids = [] if left is None else [left.resource_id, *left.others]
        self._ledger.note(sent=False, doubtful=False, job=None, gone=[*self._record.gone, *ids])
        yield from self._ledger.write_if_possible()

    def _end_of(self, job_id: Id) -> Flow[Any]:
        """Return what the service shows of the job when it is over.

        :raises NotFound: it is not there, as far as the service knows.
        """
        shown, missed = None, 0
        for pause in pauses_of_a_job():
            try:
                shown = self._job.item_of((yield from self._client.flow(self._job.reading(job_id))), job_id)
            except (NotFound, InvalidRequest):
                missed += 1
                if missed == PROOFS:
                    raise
                yield Wait(self._settings.settle)
                continue
            missed = 0
            if self._job.outcome_of(shown) is not Outcome.RUNNING:
                return shown
            yield Wait(pause)
        state = None if shown is None else self._job.state_of(shown)
        raise WaitTimedOut(f"{self._job.title} {job_id}", state, LONGEST_JOB)

    def _shown_by(self, ended: Any) -> Flow[Found | None]:
        """Return what the end of the job shows that it made; None where only the list tells.

        An id of nothing new, or of something of another name, is not believed: it may be an answer to somebody else.
        """
        ids = list(dict.fromkeys(self._request.made_by(ended)))
        if not ids:
            return None
        named = ", ".join(map(str, ids))
        if not all(map(self._is_new_id, ids)):
            log.warning(
                "%s: its job says that it made %s, which is no id of something new.", self._request.title, named
            )
            return None
        first, *others = ids
        item = yield from self._shown(first)
        if self._resource.mismatches(item):
            log.warning("%s: its job names %s, which shows another name.", self._request.title, named)
            return None
        log.info("%s made %s.", self._request.title, named)
        return Found(first, item, tuple(others))

    # --- looking -----------------------------------------------------------------------------------------------------

    def _look_twice(self, resource: Resource) -> Flow[Found | None]:
        """Return what the job made; a list may be behind."""
        found = yield from self._look(resource)
        if found is None:
            yield Wait(self._settings.settle)
            found = yield from self._look(resource)
        return found

    def _look_until_it_shows(self) -> Flow[Found | None]:
        """Return what a job of unknown id makes, or None when it would have shown by now."""
        recorded = self._resource.at(self._record.identity)
        for pause in pauses_of_a_job():
            found = yield from self._look(recorded)
            if found is not None:
                return found
            yield Wait(pause)
        return None


def _listing_title(resource: Resource) -> str:
    listing = resource.listing()
    assert listing is not None, "what a job makes is found in a list"
    return listing.title


def pauses_of_a_job() -> Iterator[float]:
    """Yield the pauses between the looks at a job, which take as long as a job may, all together."""
    passed, pause = 0.0, FIRST_PAUSE
    while passed < LONGEST_JOB:
        yield pause
        passed += pause
        pause = min(pause * 1.5, LONGEST_PAUSE)
