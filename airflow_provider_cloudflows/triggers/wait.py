"""The one trigger: it waits for whatever can be read by its id and has states.

It carries ids and plain values, no secret and no object. Its deadline is wall-clock time, and travels in it: the
deadline of Airflow's own would end the task without a word to the operator and to the cloud.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudflowsError
from airflow_provider_cloudflows.triggers.callers import caller
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.watch import Sighting, Watch

__all__ = ["WaitTrigger"]

log = logging.getLogger(__name__)

EARLIEST_EVENT = 10.0
"""Seconds after its start before which a trigger says nothing: a task that is resumed while the process that deferred
it is still ending is failed by the scheduler."""


class WaitTrigger(BaseTrigger):
    """Waits until something in a cloud is over, or until the deadline, and says so once.

    :param cloud: ``alibaba`` or ``huawei``.
    :param conn_id: the Airflow connection.
    :param region: region id; stronger than the connection's.
    :param watch: what is waited for, see :class:`~airflow_provider_cloudflows.waiting.watch.Watch`.
    :param poll_interval: seconds before the second look; later ones are further apart.
    :param deadline: seconds since the epoch.
    :param cancel_on_kill: stop the work when somebody ends the task while it is deferred (Airflow 3.3 and newer).
    """

    def __init__(
        self,
        *,
        cloud: str,
        conn_id: str,
        region: str | None,
        watch: Mapping[str, Any],
        poll_interval: float,
        deadline: float,
        cancel_on_kill: bool,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's
        self.cloud = cloud
        self.conn_id = conn_id
        self.region = region
        self.watch = dict(watch)
        self.poll_interval = poll_interval
        self.deadline = deadline
        self.cancel_on_kill = cancel_on_kill

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and its arguments."""
        names = ("cloud", "conn_id", "region", "watch", "poll_interval", "deadline", "cancel_on_kill")
        return f"{type(self).__module__}.{type(self).__qualname__}", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield exactly one event: what is waited for, until when, and what went wrong, if anything did."""
        started = asyncio.get_running_loop().time()
        error = None
        try:
            async with asyncio.timeout(max(0.0, self.deadline - time.time())):
                await self._until_over()
        except TimeoutError:
            pass  # the task looks once more, whatever was seen here
        except CloudflowsError as failure:
            log.warning("The wait ends early: %s", failure)
            error = str(failure)
        early = EARLIEST_EVENT - (asyncio.get_running_loop().time() - started)
        if early > 0:
            await asyncio.sleep(early)
        yield TriggerEvent({"watch": self.watch, "deadline": self.deadline, "error": error})

    async def _until_over(self) -> Sighting:
        """Return what was seen when it was over; a key that is replaced while the task is deferred ends no wait."""
        from airflow_provider_cloudflows.waiting.waiter import check_place

        watch = Watch.from_document(self.watch)
        request = watch.resource().reading(watch.resource_id)
        refused: tuple[str | None, AuthenticationFailed] | None = None
        while True:
            async with caller(self.cloud, self.conn_id, self.region) as shared:
                client = await shared.client(request)
                if refused is not None and client.caller == refused[0]:
                    raise refused[1]  # clouds lock a key that was refused a few times
                await client.transport.arun(check_place(client, watch))
                try:
                    poller = await shared.poller(request)
                    return await poller.until_over(watch, Pace(self.poll_interval))
                except AuthenticationFailed as failure:
                    refused = client.caller, failure
                    shared.expire()

    async def on_kill(self) -> None:
        """Stop the work: somebody marked the task, or cleared it, while it was deferred."""
        if not self.cancel_on_kill:
            return
        from airflow_provider_cloudflows.waiting.waiter import cancel, check_place

        watch = Watch.from_document(self.watch)
        resource = watch.resource()
        try:
            async with caller(self.cloud, self.conn_id, self.region) as shared:
                client = await shared.client(resource.reading(watch.resource_id))
                await client.transport.arun(check_place(client, watch))
                await client.transport.arun(cancel(client, resource, watch.resource_id))
        except CloudflowsError as failure:  # there is no such connection any more, for example
            log.warning("%s %s goes on: %s", resource.title, watch.resource_id, failure)
