"""What every operator has that waits for something in a cloud: in the worker, or deferred in the triggerer.

The id is on record and in XCom before the wait begins. However the wait ends, by a killed worker, a killed triggerer or
its own deadline, the work in the cloud goes on, and the next try of the task waits for it again. It is stopped when
somebody stops the task.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import (
    CloudflowsError,
    ConfigurationError,
    InvalidParameter,
    Repeat,
    Stopped,
)
from airflow_provider_cloudflows.operators.base import CloudOperator
from airflow_provider_cloudflows.operators.literals import seconds_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id, Resource
    from airflow_provider_cloudflows.errors import WaitTimedOut
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.triggers.wait import WaitTrigger
    from airflow_provider_cloudflows.waiting.watch import Sighting, Target, Watch

__all__ = ["DAY", "WaitingOperator", "check_budget", "is_deferred", "told", "wait_trigger"]

DAY = 24 * 3600.0

CALLS_AROUND_A_WAIT = 6
"""To look for what exists, to start the work, to read it, and once more each when the wait begins and ends."""


class WaitingOperator(CloudOperator):
    """Base of the operators that wait. What the service shows at the end goes to XCom key ``response``.

    :param wait: wait for the end; without it the task ends as soon as the work has begun, deferrable or not.
    :param deferrable: wait in the triggerer, which costs no worker slot; None takes Airflow's ``default_deferrable``.
    :param poll_interval: seconds, or a ``timedelta``, before the second look; each further pause is half as long again,
        up to ten minutes. One look often answers many waits.
    :param timeout: seconds, or a ``timedelta``, that the wait may take; the work goes on after it.
    :param cancel_on_kill: stop the work when the task is stopped: marked, cleared, or out of its ``execution_timeout``.
        While it is deferred this takes Airflow 3.3; older versions tell nobody.
    """

    not_templated = (*CloudOperator.not_templated, "deferrable", "cancel_on_kill", "wait")
    target: ClassVar[Target] = "good"

    _watched: Watch | None = None
    _is_waiting = False

    def __init__(
        self,
        *,
        wait: bool = True,
        deferrable: bool | None = None,
        poll_interval: float | timedelta | str = 30.0,
        timeout: float | timedelta | str = DAY,
        cancel_on_kill: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait = wait
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.timeout = timeout
        self.cancel_on_kill = cancel_on_kill

    def check_literals(self) -> None:
        """Check the times, too."""
        super().check_literals()
        for name in ("poll_interval", "timeout"):
            value = getattr(self, name)
            if self.is_known(value) and not seconds_of(value):
                raise InvalidParameter(
                    f"{self._got(name, value)}: it is a number of seconds, more than 0, or a timedelta."
                )

    def guarded(self, work: Callable[[], Any]) -> Any:
        """Return what ``work`` does; where it fails by itself, what was waited for goes on, and nothing stops it."""

        def watched() -> Any:
            try:
                return work()
            except CloudflowsError:
                self._watched = None
                raise

        return super().guarded(watched)

    # --- the wait ----------------------------------------------------------------------------------------------------

    def wait_until_over(
        self, context: Context, resource: Resource, resource_id: Id, hook: CloudHook, deadline: float | None = None
    ) -> Sighting:
        """Return what was seen when it was over; where the task is deferred, this does not return.

        :param deadline: seconds since the epoch; None counts ``timeout`` from now.
        :raises RunFailed: it ended otherwise than it should.
        :raises WaitTimedOut: it was not over in time.
        """
        from airflow_provider_cloudflows.waiting.watch import Watch

        if deadline is None:
            deadline = time.time() + self._timeout()
        watch = self._watched = Watch.of(resource, resource_id, self.target, self.settle_of_looks())
        sighting = self._look(watch, hook)
        if not watch.is_over(sighting):
            if time.time() >= deadline:  # after a wait in the triggerer
                raise self._timed_out(watch, sighting.state)
            if is_deferred(self.deferrable):
                self._defer(watch, hook, deadline)
            sighting = self._wait_here(watch, hook, deadline)
        return self._judged(context, watch, self._explained(watch, sighting, hook))

    def _explained(self, watch: Watch, sighting: Sighting, hook: CloudHook) -> Sighting:
        """Return what was seen, with what else tells why it ended badly."""
        from airflow_provider_cloudflows.waiting.waiter import explained

        client = hook.get_conn()
        return client.transport.run(explained(client, watch, sighting), self.stoppable())

    def settle_of_looks(self) -> float | None:
        """Return the seconds after which a look is certain to show what was done, or None where the author says
        nothing of it."""
        return seconds_of(getattr(self, "settle", None))  # of a SettlingOperator

    def _look(self, watch: Watch, hook: CloudHook) -> Sighting:
        """Look once; a failure that passes by itself says nothing of the work."""
        from airflow_provider_cloudflows.calls.states import Outcome
        from airflow_provider_cloudflows.waiting.waiter import attend, patiently
        from airflow_provider_cloudflows.waiting.watch import Sighting

        client = hook.get_conn()
        try:
            return client.transport.run(patiently(lambda: attend(client, watch)), self.stoppable())
        except Stopped:
            if self._watched is not None:  # the task was stopped before there was something to watch
                self.cancel(watch.resource(), watch.resource_id, hook)
            raise
        except CloudflowsError as failure:
            if failure.repeat is Repeat.NEVER:
                raise
            self.log.warning("%s Looking again later.", failure)
            return Sighting(Outcome.RUNNING)

    def check_wait(self, resource: Resource, hook: CloudHook) -> None:
        """Check that a trigger could carry the wait, and that the connection allows the calls that it needs.

        :raises ConfigurationError: it needs more calls a day than the connection allows.
        """
        from airflow_provider_cloudflows.waiting.pace import Pace
        from airflow_provider_cloudflows.waiting.watch import Watch

        Watch.of(resource, "", self.target)
        seconds, waits = self._timeout(), self.waits_in_a_row()
        # Each wait looks often at first, so most looks are made where all of them take equally long.
        looks = waits * Pace(self._poll_interval()).looks_within(min(seconds, DAY) / waits)
        check_budget(hook, looks, seconds, self._where(), self.calls_beside_looks())

    def waits_in_a_row(self) -> int:
        """Return how many waits the task carries out, one after the other, within its ``timeout``."""
        return 1

    def calls_beside_looks(self) -> int:
        """Return how many calls the task makes beside the looks of its waits."""
        return CALLS_AROUND_A_WAIT

    def _wait_here(self, watch: Watch, hook: CloudHook, deadline: float) -> Sighting:
        from airflow_provider_cloudflows.errors import WaitTimedOut
        from airflow_provider_cloudflows.waiting.pace import Pace
        from airflow_provider_cloudflows.waiting.waiter import wait

        client = hook.get_conn()
        self._is_waiting = True
        try:
            flow = wait(client, watch, Pace(self._poll_interval()), max(0.0, deadline - time.time()))
            return client.transport.run(flow, self.stoppable())
        except Stopped:
            self._is_waiting = False
            self.cancel(watch.resource(), watch.resource_id, hook)
            raise
        except WaitTimedOut as late:
            raise self._timed_out(watch, late.state) from None
        finally:
            self._is_waiting = False

    def _timed_out(self, watch: Watch, state: str | None) -> WaitTimedOut:
        from airflow_provider_cloudflows.errors import WaitTimedOut

        return WaitTimedOut(f"{watch.resource().title} {watch.resource_id}", state, self._timeout())

    def _defer(self, watch: Watch, hook: CloudHook, deadline: float) -> None:
        self.log.info("Waiting for %s %s in the triggerer.", watch.resource().title, watch.resource_id)
        client, request = hook.get_conn(), watch.resource().reading(watch.resource_id)
        watch = replace(watch, scope=client.transport.run(client.scope(request), self.stoppable()))
        trigger = wait_trigger(self, watch, hook, self._poll_interval(), deadline, cancel_on_kill=self.cancel_on_kill)
        self.defer(trigger=trigger, method_name="resume")

    def resume(self, context: Context, event: Any = None) -> Any:
        """Go on after the trigger's event: look once more, and end the task as that look says."""
        return self.guarded(lambda: self._resume(context, event))

    def _resume(self, context: Context, event: Any) -> Any:
        from airflow_provider_cloudflows.waiting.waiter import check_place

        watch, deadline = told(event, self._where())
        self.check_rendered()
        with closing(self.make_hook()) as hook:
            client = hook.get_conn()
            client.transport.run(check_place(client, watch), self.stoppable())
            return self.waited(context, watch, hook, deadline)

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        """Go on after a wait in the triggerer; the operator knows what its task returns.

        :param deadline: until when the wait may go on, in seconds since the epoch.
        """
        raise NotImplementedError

    def _judged(self, context: Context, watch: Watch, sighting: Sighting) -> Sighting:
        from airflow_provider_cloudflows.errors import RunFailed

        self._watched = None
        if sighting.document is not None:
            context["ti"].xcom_push(key="response", value=sighting.document)
        if watch.is_met(sighting):
            return sighting
        raise RunFailed(
            f"{watch.resource().title} {watch.resource_id}", sighting.state, sighting.reason, self.advice_on_failure()
        )

    def advice_on_failure(self) -> str:
        """Return where to look after a bad end, and what the next try does."""
        return "look at it in the console"

    # --- the end by force --------------------------------------------------------------------------------------------

    def on_kill(self) -> None:
        """Also stop the work: Airflow calls this from a signal handler, and when the task's time is over."""
        super().on_kill()
        if self._watched is not None and not self._is_waiting:  # else the wait itself ends, and stops the work
            with closing(self.make_hook()) as hook:
                self.cancel(self._watched.resource(), self._watched.resource_id, hook)

    def cancel(self, resource: Resource, resource_id: Id, hook: CloudHook) -> None:
        """Stop the work, unless the author said that it goes on; look once more, and log what state it is in."""
        self._watched = None
        if not self.cancel_on_kill:
            self.log.info("%s %s goes on, as cancel_on_kill says.", resource.title, resource_id)
            return
        from airflow_provider_cloudflows.waiting.waiter import cancel

        client = hook.get_conn()
        client.transport.run(cancel(client, resource, resource_id))

    # --- settings ----------------------------------------------------------------------------------------------------

    def _poll_interval(self) -> float:
        return seconds_of(self.poll_interval) or 0.0

    def _timeout(self) -> float:
        return seconds_of(self.timeout) or 0.0


def check_budget(
    hook: CloudHook, looks: int, seconds: float, where: str, calls_beside_looks: int = CALLS_AROUND_A_WAIT
) -> None:
    """Check that the connection allows the calls that a wait needs.

    :param looks: how often the wait looks in a day.
    :param seconds: how long it may take.
    :param where: operator and task, for the message.
    :param calls_beside_looks: how many calls more the task makes.
    :raises ConfigurationError: it needs more calls a day than the connection allows.
    """
    allowed, needed = hook.requests_per_day, calls_beside_looks + looks
    if allowed is not None and needed > allowed:
        raise ConfigurationError(
            f"{where} may need {needed} calls a day to wait {seconds:g} s, and the connection {hook.conn_id!r} allows "
            f"{allowed}; shorten timeout, look less often, or raise requests_per_day in the connection."
        )


def is_deferred(deferrable: bool | None) -> bool:
    """Return ``deferrable``, or what Airflow's configuration says where the author says nothing."""
    if deferrable is not None:
        return deferrable
    from airflow.providers.common.compat.sdk import conf  # moved between versions; no DAG file needs it

    return bool(conf.getboolean("operators", "default_deferrable", fallback=False))


def wait_trigger(
    operator: CloudOperator,
    watch: Watch,
    hook: CloudHook,
    poll_interval: float,
    deadline: float,
    *,
    cancel_on_kill: bool,
) -> WaitTrigger:
    """Return the trigger that waits for ``watch`` as ``operator`` would."""
    from airflow_provider_cloudflows.triggers.wait import WaitTrigger

    return WaitTrigger(
        cloud=operator.cloud,
        conn_id=hook.conn_id,
        region=hook.region_override,
        watch=watch.document(),
        poll_interval=poll_interval,
        deadline=deadline,
        cancel_on_kill=cancel_on_kill,
    )


def told(event: Any, where: str) -> tuple[Watch, float]:
    """Return what a trigger's event is about, and until when the wait may go on, in seconds since the epoch.

    :param where: operator and task, for the message.
    :raises WaitInterrupted: the event is no trigger's of ours, or the triggerer could not wait, for example since it
        has no such connection.
    """
    from airflow_provider_cloudflows.errors import WaitInterrupted
    from airflow_provider_cloudflows.waiting.watch import Watch

    try:
        watch, deadline, trouble = Watch.from_document(event["watch"]), float(event["deadline"]), event["error"]
    except (KeyError, TypeError, ValueError):
        from airflow_provider_cloudflows.transport.redact import excerpt  # no DAG file is resumed

        raise WaitInterrupted(
            f"{where} was resumed with an event that is not its trigger's: {excerpt(repr(event), 200)}; clear the "
            "task, which finds its work again."
        ) from None
    resource = watch.resource()
    if trouble:  # deferring again would meet it again, every few seconds until the deadline
        name = f"{resource.title} {watch.resource_id}"
        raise WaitInterrupted(f"{where} cannot wait for {name} in the triggerer, and it goes on: {trouble}")
    return watch, deadline
