"""Work that ends: whether what is on record, or on a list, still counts, or another one is to be started.

Most resources last, and always count. A run, a job or a publishing counts until it has ended in a way after which
the author wants another one.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from airflow_provider_cloudflows.calls.resource import Id, Resource
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.provisioning.looking import Looker
from airflow_provider_cloudflows.provisioning.settings import Rerun
from airflow_provider_cloudflows.transport.flow import Flow, Wait

__all__ = ["Ending"]

log = logging.getLogger(__name__)

PAUSE_WHILE_IT_STOPS = 5.0
MOST_LOOKS_WHILE_IT_STOPS = 60
"""How often work that was stopped is looked at, before another one takes its place; after that it is waited for."""


class Ending:
    """Tells whether pieces of work are spent.

    :param looker: reads them.
    :param resource: the work that is asked for.
    :param rerun: after which end another one is wanted.
    :param title: on whose behalf, for the log.
    """

    def __init__(self, looker: Looker, resource: Resource, rerun: Rerun, title: str) -> None:
        self._looker = looker
        self._resource = resource
        self._rerun = rerun
        self._title = title

    def is_spent(self, item: Any) -> bool:
        """Tell whether it is a piece of work that has ended, in a way after which another one is wanted."""
        if not self._resource.ends or self._rerun == "never":
            return False
        outcome = self._resource.outcome_of(item)
        return outcome is Outcome.BAD or (outcome is Outcome.GOOD and self._rerun == "always")

    def are_spent(self, item: Any, others: Collection[Id]) -> Flow[bool]:
        """Tell whether one of what the same create made is spent, and all of the others are over, too."""
        if not others or not self._resource.ends:
            return self.is_spent(item)
        is_any_spent, are_over = self.is_spent(item), self._is_over(item)
        for other in others:
            shown = yield from self._looker.confirm(self._resource, other)
            is_any_spent = is_any_spent or (shown is not None and self.is_spent(shown))
            are_over = are_over and (shown is None or self._is_over(shown))
        return is_any_spent and are_over

    def may_follow(self, item: Any, others: Collection[Id]) -> Flow[bool]:
        """Tell whether another one may follow what a create left that failed half-way: pieces of work that are over."""
        if not self._resource.ends or self._rerun == "never":
            return False
        are_over = self._is_over(item)
        for other in others:
            shown = yield from self._looker.confirm(self._resource, other)
            are_over = are_over and (shown is None or self._is_over(shown))
        return are_over

    def when_stopped(self, recorded: Resource, resource_id: Id) -> Flow[Any | None]:
        """Return what is there, or None; work that somebody stopped comes to its end first, which decides what follows.

        A task that is cleared while it waits stops its work, and its next try begins before that has ended.

        :param recorded: the work as it stands on record.
        """
        for _ in range(MOST_LOOKS_WHILE_IT_STOPS):
            item = yield from self._looker.confirm(recorded, resource_id)
            if item is None or self._rerun == "never" or not recorded.is_stopping(item):
                break
            log.info("%s: %s %s is %s.", self._title, recorded.title, resource_id, recorded.state_of(item))
            yield Wait(PAUSE_WHILE_IT_STOPS)
        return item

    def _is_over(self, item: Any) -> bool:
        return self._resource.outcome_of(item) is not Outcome.RUNNING
