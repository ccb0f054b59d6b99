"""A request becomes an authenticated call: endpoint, project, signature, transport, typed result.

The conversation is written once, as a flow, and carried out on blocking or asynchronous sockets. Nothing here knows
how a credential is obtained: it takes a signer. It needs no Airflow, so a plain script can use it too.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.pages import Pages, Tally
from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudError, InvalidParameter
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.flow import Flow, Signer, Wait
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent, interrupted, not_sent
from airflow_provider_cloudflows.transport.redact import MASK, without_secrets
from airflow_provider_cloudflows.transport.retry import Attempts, clock_offset, server_time

if TYPE_CHECKING:
    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["CloudClient"]

log = logging.getLogger(__name__)

# Whoever reads a signature within its 15 minutes could send the request.
SIGNATURE = re.compile(r"(Signature=)\w+")

ResultT = TypeVar("ResultT", bound=Response)
ItemT = TypeVar("ItemT")


class CloudClient:
    """Calls the services of one cloud as one caller.

    What finds a project, an account or a principal may have to call, so it is given this client each time. It keeps
    none, lest both keep each other: a client that nobody uses any more is gone at once, and so are its connections.

    :param transport: carries out the calls.
    :param endpoints: which host answers for which service.
    :param signer: authenticates each message.
    :param project: finds the caller's project id for requests that need one and do not name it.
    :param account: finds the caller's account id, where the project does not imply it; None where nothing tells.
    :param caller: a digest that tells one caller from another.
    :param principal: finds the ids and names by which lists show the caller as a creator.
    :param timeout: seconds that one call may take with all its attempts; None takes the transport's.
    """

    def __init__(
        self,
        transport: Transport,
        endpoints: Endpoints,
        signer: Signer,
        project: Callable[[CloudClient], Flow[str]] | None = None,
        account: Callable[[CloudClient], Flow[str | None]] | None = None,
        *,
        caller: str | None = None,
        principal: Callable[[CloudClient], Flow[frozenset[str]]] | None = None,
        timeout: float | None = None,
    ) -> None:
        self.transport = transport
        self.endpoints = endpoints
        self.signer = signer
        self.project = project
        self.account = account
        self.caller = caller
        self.principal = principal
        self._last_date: tuple[str, float] = ("", 0.0)
        self.timeout = transport.settings.timeout if timeout is None else timeout

    @property
    def clock_difference(self) -> float | None:
        """How many seconds the clock of the last server that answered is ahead of this machine's, if it said."""
        date, received = self._last_date
        server = server_time(date)
        return None if server is None else server - received

    def call(self, request: Call[ResultT]) -> ResultT:
        """Send ``request`` and return its typed result.

        :raises CloudError: one of its subclasses, whatever went wrong.
        """
        return self.transport.run(self.flow(request))

    async def acall(self, request: Call[ResultT]) -> ResultT:
        """Like :meth:`call`, on the running event loop."""
        return await self.transport.arun(self.flow(request))

    def iterate(self, request: Pages[ResultT, ItemT]) -> Iterator[ItemT]:
        """Yield the items of all pages; the next page is asked for when the current one is used up.

        :raises NoAnswer: after the last item, when what arrived is not the whole list.
        """
        tally = Tally(request)
        while tally.request is not None:
            yield from tally.add(self.call(tally.request))
        tally.check()

    async def aiterate(self, request: Pages[ResultT, ItemT]) -> AsyncIterator[ItemT]:
        """Like :meth:`iterate`, on the running event loop."""
        tally = Tally(request)
        while tally.request is not None:
            for item in tally.add(await self.acall(tally.request)):
                yield item
        tally.check()

    def flow(self, request: Call[ResultT]) -> Flow[ResultT]:
        """Return the conversation of one call: attempts, and the waits between them, within one deadline.

        A CREATE is sent once: whether it may be sent again is for the create protocol to decide.
        """
        if request.effect is Effect.CREATE:
            return (yield from self.send_once(request))
        attempts = Attempts(request.effect, self.timeout)
        while True:
            try:
                return (yield from self._attempt(request, attempts))
            except CloudError as error:
                self._remove_secrets(error)
                # What failed on the way, obtaining a credential or finding the project, had attempts of its own.
                pause = attempts.pause_after(error) if error.operation == request.title else None
                if pause is None:
                    raise
                log.info("%s Trying again in %.1f seconds.", error, pause)
            yield Wait(pause)

    def send_once(
        self,
        request: Call[ResultT],
        consent: Callable[[], Flow[None]] | None = None,
        *,
        within: float | None = None,
        timeout: float | None = None,
    ) -> Flow[ResultT]:
        """Return the conversation that sends ``request`` at most once.

        :param consent: asked when everything is ready, signature included, and only the bytes have to leave; what it
            raises keeps them from leaving.
        :param within: seconds after the consent in which they must leave, or not at all.
        :param timeout: seconds for the exchange; None takes the client's.
        """
        project_id = yield from self._project_of(request)
        message = yield from self._signed(request, project_id)
        if consent is not None:
            yield from consent()
            message.send_within = within
        try:
            reply = yield from self._exchange(request, message, self.timeout if timeout is None else timeout)
            return (yield from self._read(request, message, reply))
        except CloudError as error:
            self._remove_secrets(error)
            raise

    def scope(self, request: Call[Any]) -> Flow[Document]:
        """Return where ``request`` goes and for whom: origin, region, project, account and caller, as far as known."""
        project_id = yield from self._project_of(request)
        if request.uses_project:
            project_id = getattr(request, "project_id", None) or project_id
        account = None if self.account is None else (yield from self.account(self))
        return {
            "endpoint": self.endpoints.origin(request.service),
            "region": self.endpoints.region,
            "project": project_id,
            "account": account,
            "caller": self.caller,
        }

    def _remove_secrets(self, error: CloudError) -> None:
        error.message = without_secrets(error.message, self.signer.secrets())
        error.args = (error.message,)

    def _attempt(self, request: Call[ResultT], attempts: Attempts) -> Flow[ResultT]:
        """Send ``request`` once; a second time only when our clock was why the signature was refused, or a credential
        that has a successor."""
        project_id = yield from self._project_of(request)
        message = yield from self._signed(request, project_id)
        reply = yield from self._exchange(request, message, attempts.timeout())
        try:
            return (yield from self._read(request, message, reply))
        except AuthenticationFailed as refused:
            if not refused.is_mended:
                raise
        again = yield from self._signed(request, project_id)
        return request.read((yield from self._exchange(request, again, attempts.timeout())))

    def _read(self, request: Call[ResultT], message: Message, reply: Reply) -> Flow[ResultT]:
        """Return the result; when the signature was refused, put right why, so that another one may pass."""
        try:
            return request.read(reply)
        except AuthenticationFailed as error:
            refused = error
        offset = clock_offset(reply.headers, self.signer.now)
        if offset is not None:
            log.warning("The clock of this machine is %.0f seconds off; signing with the server's.", -offset)
            self.signer.adjust_clock(offset)
            refused.is_mended = True
        elif self.signer.rejected(message):
            successor = Message(message.method, message.origin)
            yield from self.signer.sign(successor)
            refused.is_mended = successor.credential != message.credential
            if refused.is_mended:
                log.info("%s A new credential was obtained.", refused)
        raise refused

    def _exchange(self, request: Call[Any], message: Message, timeout: float) -> Flow[Reply]:
        message.timeout = timeout
        try:
            if message.timeout <= 0:
                raise NotSent("its time was used up before it could be sent")
            reply: Reply = yield message
        except NotSent as failure:
            raise not_sent(failure, operation=request.title) from None
        except Interrupted as failure:
            raise interrupted(failure, operation=request.title, effect=request.effect) from None
        self._last_date = (reply.headers.get("date", ""), time.time())
        return reply

    def _signed(self, request: Call[Any], project_id: str | None) -> Flow[Message]:
        try:
            message = request.message(self.endpoints.origin(request.service), project_id)
        except UnicodeEncodeError:
            raise InvalidParameter(f"{request.title}: half a character (a lone surrogate) cannot be sent.") from None
        yield from self.signer.sign(message)
        return message

    def _project_of(self, request: Call[Any]) -> Flow[str | None]:
        if not request.uses_project or getattr(request, "project_id", None) or self.project is None:
            return None
        return (yield from self.project(self))

    def preview(self, request: Call[Any]) -> str:
        """Return the message that ``request`` would be sent as, signed and with its secrets removed."""
        message = self.transport.run(self._preview(request))
        headers = "".join(f"\n{name}: {value}" for name, value in message.headers.items())
        text = f"{message.method} {message.url}{headers}\n\n{message.body.decode()}"
        return SIGNATURE.sub(rf"\g<1>{MASK}", without_secrets(text, self.signer.secrets()))

    def _preview(self, request: Call[Any]) -> Flow[Message]:
        project_id = yield from self._project_of(request)
        return (yield from self._signed(request, project_id))
