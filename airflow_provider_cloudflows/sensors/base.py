"""What every sensor has: it waits for a good end of something that somebody else started, and starts nothing itself.

It takes Airflow's own arguments of sensors (``poke_interval``, ``timeout``, ``mode``, ``soft_fail``, ...), and waits in
the triggerer where it is deferrable: many waits share one look there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseSensorOperator

from airflow_provider_cloudflows.errors import CloudflowsError, IntentNotKept, NothingShown, Repeat, RunFailed, Stopped
from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.operators.base import CloudOperator
from airflow_provider_cloudflows.operators.waiting import DAY, check_budget, is_deferred, told, wait_trigger

if TYPE_CHECKING:
    from airflow.sdk import Context, PokeReturnValue

    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.waiting.waiter import Patience
    from airflow_provider_cloudflows.waiting.watch import Sighting, Target, Watch

__all__ = ["CloudSensor"]

SHORTEST_PAUSE = 0.01
"""Seconds between two looks, at least."""


class CloudSensor(CloudOperator, BaseSensorOperator):
    """Base of the sensors.

    The state at the end, in the vendor's word, is the task's return value; what the service shows goes to XCom key
    ``response``.

    :param deferrable: wait in the triggerer, which costs no worker slot; None takes Airflow's ``default_deferrable``.
        There, ``poke_interval`` is the first pause, and later ones are longer, up to ten minutes.

    :cvar argument_names: sensor argument by field of the request that looks, where they differ.
    """

    not_templated = (*CloudOperator.not_templated, "deferrable")
    argument_names: ClassVar[Mapping[str, str]] = {}

    _console_url = ""
    _patience: Patience | None = None

    def __init__(self, *, deferrable: bool | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deferrable = deferrable

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return what is waited for, and its id."""
        raise NotImplementedError

    def console_url(self, hook: CloudHook, shown: Document) -> str:
        """Return where the console shows what is waited for, or an empty text while nothing tells.

        :param shown: what a look showed; empty before the first one.
        """
        return ""

    def wanted(self) -> Target:
        """Return the end that is waited for."""
        return "good"

    def work(self, context: Context) -> Any:
        """Wait, here or in the triggerer."""
        self.check_rendered()
        with closing(self.make_hook()) as hook:
            check_budget(hook, self._looks_a_day(), self.timeout, self._where())
            self._push_console_url(context, hook, {})
            if not is_deferred(self.deferrable):
                return BaseSensorOperator.execute(self, context)
            return self._look_or_defer(context, self._watch(hook), hook, time.time() + self.timeout)

    def _looks_a_day(self) -> int:
        """Return how often this looks in the first day: at an even pace in a worker, unless the author lets it grow."""
        from airflow_provider_cloudflows.waiting.pace import Pace

        seconds, pause = min(self.timeout, DAY), self._first_pause()
        if is_deferred(self.deferrable) or self.exponential_backoff:
            return Pace(pause).looks_within(seconds)
        return 1 + math.ceil(seconds / pause)

    def _first_pause(self) -> float:
        """Return the seconds before the second look; Airflow allows 0, which would never grow."""
        return max(self.poke_interval, SHORTEST_PAUSE)

    def poke(self, context: Context) -> PokeReturnValue | bool:
        """Look once; what passes by itself ends no wait."""
        from airflow.sdk import PokeReturnValue

        with closing(self.make_hook()) as hook:
            watch = self._watch(hook)
            try:
                sighting = self._look(context, watch, hook)
            except CloudflowsError as failure:
                if failure.repeat is Repeat.NEVER or isinstance(failure, Stopped):
                    raise
                self._bear(context, failure)
                self.log.warning("%s Looking again later.", failure)
                return False
        self._patience_here().seen()
        if not watch.is_over(sighting):
            self.log.info("%s %s is %s.", watch.resource().title, watch.resource_id, sighting.state)
            return False
        return PokeReturnValue(is_done=True, xcom_value=self._end(context, watch, sighting))

    def _bear(self, context: Context, failure: CloudflowsError) -> None:
        """Take note of a look that failed.

        A sensor that is rescheduled has a process for each look, so what they have in common is kept in the task state
        store, under the number of the look: one that shows something leaves a gap.

        :raises CloudflowsError: there were too many.
        """
        from airflow_provider_cloudflows.operators.intent import store_of

        patience, number = self._patience_here(), context.get("task_reschedule_count", 0)
        store = store_of(context, self.task_id) if self.reschedule and isinstance(failure, NothingShown) else None
        if store is not None:
            patience.absences = store.empty_looks(number)
        patience.after(failure)
        if store is not None:
            with suppress(IntentNotKept):  # a look that is not counted lets the sensor wait a little longer
                store.keep_empty_looks(number, patience.absences)

    def _patience_here(self) -> Patience:
        """Return what the looks of this process have in common."""
        if self._patience is None:
            from airflow_provider_cloudflows.waiting.waiter import Patience  # no DAG file looks

            self._patience = Patience()
        return self._patience

    def resume(self, context: Context, event: Any = None) -> Any:
        """Go on after the trigger's event: look once more, and end the task as that look says."""
        return self.guarded(lambda: self._resume(context, event))

    def _resume(self, context: Context, event: Any) -> Any:
        try:
            watch, deadline = told(event, self._where())
        except CloudflowsError as failure:
            return self._skipped_or(failure)
        self.check_rendered()
        with closing(self.make_hook()) as hook:
            return self._look_or_defer(context, watch, hook, deadline)

    def _look_or_defer(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        try:
            sighting = self._look(context, watch, hook)
            if watch.is_over(sighting):
                return self._end(context, watch, sighting)
        except Stopped:
            raise
        except CloudflowsError as failure:
            if failure.repeat is Repeat.NEVER or isinstance(failure, RunFailed):
                return self._skipped_or(failure)
            self.log.warning("%s Looking again later.", failure)
        if time.time() >= deadline:
            return self._skipped_or(self._timeout_error(watch))
        trigger = wait_trigger(self, watch, hook, self._first_pause(), deadline, cancel_on_kill=False)
        return self.defer(trigger=trigger, method_name="resume")

    def _skipped_or(self, failure: Exception) -> Any:
        """Raise ``failure``, or skip the task where the author wants that."""
        if not (self.soft_fail or self.never_fail):
            raise failure
        from airflow.providers.common.compat.sdk import AirflowSkipException  # moved between versions

        raise AirflowSkipException(str(failure)) from failure

    def _timeout_error(self, watch: Watch) -> Exception:
        from airflow.providers.common.compat.sdk import AirflowSensorTimeout  # moved between versions

        return AirflowSensorTimeout(
            f"{watch.resource().title} {watch.resource_id} was not over after {self.timeout:g} s; it goes on."
        )

    def _watch(self, hook: CloudHook) -> Watch:
        from pydantic import ValidationError

        from airflow_provider_cloudflows.operators.literals import complaint
        from airflow_provider_cloudflows.waiting.watch import Watch

        resource, resource_id = self.watched(hook)
        try:
            resource.reading(resource_id)
        except ValidationError as invalid:
            raise complaint(invalid, self.argument_names, self._where()) from None
        return Watch.of(resource, resource_id, self.wanted())

    def _look(self, context: Context, watch: Watch, hook: CloudHook) -> Sighting:
        from airflow_provider_cloudflows.waiting.waiter import explained, look, patiently

        client = hook.get_conn()
        sighting = client.transport.run(patiently(lambda: look(client, watch)), self.stoppable())
        sighting = client.transport.run(explained(client, watch, sighting), self.stoppable())
        self._push_console_url(context, hook, sighting.document or {})
        return sighting

    def _push_console_url(self, context: Context, hook: CloudHook, shown: Document) -> None:
        """Push the address for the link as soon as it is known: a link is wanted while the task waits."""
        url = self.console_url(hook, shown)
        if url and url != self._console_url:
            context["ti"].xcom_push(key=CONSOLE_URL, value=url)
            self._console_url = url

    def _end(self, context: Context, watch: Watch, sighting: Sighting) -> str | None:
        if sighting.document is not None:
            context["ti"].xcom_push(key="response", value=sighting.document)
        if watch.is_met(sighting):
            return sighting.state
        raise RunFailed(
            f"{watch.resource().title} {watch.resource_id}",
            sighting.state,
            sighting.reason,
            "look at it in the console; a further try of the task looks at the same one",
        )
