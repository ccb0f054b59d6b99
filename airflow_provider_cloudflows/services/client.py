"""A request becomes an authenticated call: endpoint, project, signature, transport, typed result.

The conversation is written once, as a flow, and carried out on blocking or asynchronous sockets. Nothing here knows
how a credential is obtained: it takes a signer. It needs no Airflow, so a plain script can use it too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

from airflow_provider_cloudflows.errors import CloudError, InvalidParameter
from airflow_provider_cloudflows.services.base import Call, Endpoints, Pages, Response
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.message import Flow, Signer
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent, interrupted, not_sent
from airflow_provider_cloudflows.transport.redact import without_secrets

__all__ = ["CloudClient"]

ResultT = TypeVar("ResultT", bound=Response)
ItemT = TypeVar("ItemT")


class CloudClient:
    """Calls the services of one cloud as one caller.

    :param transport: carries out the calls.
    :param endpoints: which host answers for which service.
    :param signer: authenticates each message.
    :param project: finds the caller's project id for requests that need one and do not name it.
    """

    def __init__(
        self,
        transport: Transport,
        endpoints: Endpoints,
        signer: Signer,
        project: Callable[[], Flow[str]] | None = None,
    ) -> None:
        self.transport = transport
        self.endpoints = endpoints
        self.signer = signer
        self.project = project

    def call(self, request: Call[ResultT]) -> ResultT:
        """Send ``request`` and return its typed result.

        :raises CloudError: one of its subclasses, whatever went wrong.
        """
        return self.transport.run(self.flow(request))

    async def acall(self, request: Call[ResultT]) -> ResultT:
        """Like :meth:`call`, on the running event loop."""
        return await self.transport.arun(self.flow(request))

    def iterate(self, request: Pages[ResultT, ItemT]) -> Iterator[ItemT]:
        """Yield the items of all pages; the next page is asked for when the current one is used up."""
        page: Pages[ResultT, ItemT] | None = request
        while page is not None:
            response = self.call(page)
            yield from page.items(response)
            page = page.next_page(response)

    async def aiterate(self, request: Pages[ResultT, ItemT]) -> AsyncIterator[ItemT]:
        """Like :meth:`iterate`, on the running event loop."""
        page: Pages[ResultT, ItemT] | None = request
        while page is not None:
            response = await self.acall(page)
            for item in page.items(response):
                yield item
            page = page.next_page(response)

    def flow(self, request: Call[ResultT]) -> Flow[ResultT]:
        """Return the conversation of one call."""
        try:
            project_id = None
            if request.uses_project and not getattr(request, "project_id", None) and self.project:
                project_id = yield from self.project()
            try:
                message = request.message(self.endpoints.origin(request.service), project_id)
            except UnicodeEncodeError:
                raise InvalidParameter(
                    f"{request.title}: half a character (a lone surrogate) cannot be sent."
                ) from None
            yield from self.signer.sign(message)
            try:
                reply = yield message
            except NotSent as failure:
                raise not_sent(failure, operation=request.title) from None
            except Interrupted as failure:
                raise interrupted(failure, operation=request.title, effect=request.effect) from None
            return request.read(reply)
        except CloudError as error:
            error.message = without_secrets(error.message, self.signer.secrets())
            error.args = (error.message,)
            raise
