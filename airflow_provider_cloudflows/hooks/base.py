"""What both hooks share: the connection is read, the client is made, calls go through.

A hook reads its connection when it is first needed, never when it is made. How a credential is obtained and used is the
business of :mod:`airflow_provider_cloudflows.auth`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from airflow.sdk import BaseHook

from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.calls.reading import built, result_type
from airflow_provider_cloudflows.errors import CloudflowsError, ConfigurationError
from airflow_provider_cloudflows.hooks.connection import ConnectionFields
from airflow_provider_cloudflows.hooks.masking import amask_secrets, mask_renewed, mask_secrets

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from airflow_provider_cloudflows.auth.base import Source
    from airflow_provider_cloudflows.auth.cache import KeptCredential
    from airflow_provider_cloudflows.auth.reach import Reach
    from airflow_provider_cloudflows.calls.client import CloudClient
    from airflow_provider_cloudflows.hooks.caller import Caller

__all__ = ["CloudHook"]

ResultT = TypeVar("ResultT", bound=Response)
ItemT = TypeVar("ItemT")


class CloudHook(BaseHook):
    """A caller of one cloud.

    :param conn_id: the Airflow connection.
    :param region: region id; stronger than the connection's, and kept as ``region_override``: the region in use is
        ``get_conn().endpoints.region``.
    """

    conn_type: ClassVar[str]
    hook_name: ClassVar[str]
    service_names: ClassVar[tuple[str, ...]]

    def __init__(self, conn_id: str, *, region: str | None = None) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.region_override = region
        self._fields: ConnectionFields | None = None
        self._client: CloudClient | None = None
        self._kept: KeptCredential | None = None

    @property
    def fields(self) -> ConnectionFields:
        """The connection, read at the first access."""
        if self._fields is None:
            self._fields = ConnectionFields(self._connection(), self.conn_type)
            mask_secrets(self._fields.secrets())
        return self._fields

    def connection_type(self) -> str:
        """Return the type of the connection, which may be one that this hook refuses, or ``none``."""
        return self._connection().conn_type or "none"

    @property
    def requests_per_day(self) -> int | None:
        """How many calls a day the connection allows, or None when it does not say."""
        return self.fields.whole_number("requests_per_day", 1, 10**9)

    async def aload(self) -> None:
        """Read the connection without blocking the event loop, for use in a trigger."""
        if self._fields is None:
            with self._explained():
                connection = await self.aget_connection(self.conn_id)
            self._check_uri(connection)
            self._fields = ConnectionFields(connection, self.conn_type)
            await amask_secrets(self._fields.secrets())

    def get_conn(self) -> CloudClient:
        """Return the authenticated client; reads the connection at the first call and sends nothing."""
        if self._client is None:
            from airflow_provider_cloudflows.auth.reach import Reach

            fields = self.fields
            endpoints = fields.endpoints(self.region_override, self.service_names)
            reach = Reach(fields.transport(), endpoints, fields.flag("allow_http"), mask_renewed)
            self._client = self.make_client(fields, reach)
        return self._client

    async def aget_conn(self, request: Call[Any]) -> CloudClient:
        """Return the client, ready to make ``request``; what takes a while at first is done beside the event loop."""
        await self.aload()
        if self._client is None or not result_type(type(request)).__pydantic_complete__:
            await asyncio.to_thread(self._warm_up, type(request))
        return self.get_conn()

    def _warm_up(self, request: type[Call[Any]]) -> None:
        """Import what a call needs, read the certificates, and build the model of the answer."""
        self.get_conn().transport.warm_up()
        built(result_type(request))

    def close(self) -> None:
        """Let go of the connections of blocking calls; hooks that share them keep them, and the next call opens new
        ones."""
        if self._client is not None:
            self._client.transport.close()

    async def aclose(self) -> None:
        """Let go of the connections of the running event loop; hooks that share them keep them, and the next call
        opens new ones."""
        if self._client is not None:
            await self._client.transport.aclose()

    def __enter__(self) -> Self:
        """Return this hook; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        """Return this hook; it is closed at the end of the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def make_client(self, fields: ConnectionFields, reach: Reach) -> CloudClient:
        """Return the client for the credential that ``fields`` hold or point to."""
        raise NotImplementedError

    def keep(self, source: Source, ahead: float) -> KeptCredential:
        """Return what keeps and renews the credential of ``source``, and masks each in the logs before it is used.

        A credential that was written into the connection belongs to the hook; others are shared within the process.
        """
        from airflow_provider_cloudflows.auth.cache import KeptCredential, kept
        from airflow_provider_cloudflows.auth.static import FixedSource

        if isinstance(source, FixedSource):
            self._kept = KeptCredential(source)
        else:
            self._kept = kept(source, ahead=ahead, announce=mask_renewed)
        return self._kept

    def call(self, request: Call[ResultT]) -> ResultT:
        """Send ``request`` and return its typed result.

        :raises CloudflowsError: one of its subclasses, whatever went wrong.
        """
        return self.get_conn().call(request)

    async def acall(self, request: Call[ResultT]) -> ResultT:
        """Like :meth:`call`, on the running event loop."""
        client = await self.aget_conn(request)
        return await client.acall(request)

    def iterate(self, request: Pages[ResultT, ItemT]) -> Iterator[ItemT]:
        """Yield the items of all pages of ``request``; pages are asked for as they are needed."""
        return self.get_conn().iterate(request)

    async def aiterate(self, request: Pages[ResultT, ItemT]) -> AsyncIterator[ItemT]:
        """Like :meth:`iterate`, on the running event loop."""
        client = await self.aget_conn(request)
        async for item in client.aiterate(request):
            yield item

    def test_connection(self) -> tuple[bool, str]:
        """Ask the cloud who the caller is; return success and the identity, or what to fix."""
        try:
            return True, self.caller().sentence()
        except CloudflowsError as error:
            return False, str(error)

    def caller(self) -> Caller:
        """Return who the cloud says the caller is, and how it was asked."""
        raise NotImplementedError

    def uses_token(self) -> bool:
        """Tell whether the credential in use is a token, which proves itself, and not a key, which signs."""
        from airflow_provider_cloudflows.auth.base import Token

        credential = self._kept.current if self._kept else None
        return credential is not None and isinstance(credential.proof, Token)

    def credential_facts(self) -> dict[str, Any]:
        """Return what is known of the credential in use and of the clock of the server that saw it last."""
        credential = self._kept.current if self._kept else None
        return {
            "source": credential.origin if credential else "an unknown source",
            "expires": credential.expires if credential else None,
            "clock_difference": self.get_conn().clock_difference,
        }

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what to do about a connection that Airflow does not find.

        Airflow says the same of one that it cannot read, and the reason, which may hold a part of a secret, to nobody.
        """
        try:
            yield
        except Exception as failure:
            # It has moved between versions, and finding it takes longer than everything else here.
            from airflow.providers.common.compat.sdk import AirflowNotFoundException

            if not isinstance(failure, AirflowNotFoundException | ValueError) and not _is_outside_of_a_task(failure):
                raise
            if self._uri():
                raise self._unreadable_uri() from None
            raise ConfigurationError(
                f"The connection {self.conn_id!r} does not exist or cannot be read; create it with type "
                f"{self.conn_type} in Admin > Connections, in the environment variable {self._variable()} or in a "
                "secrets backend; if it is there as a URI, percent-encode each part of it."
            ) from None

    def _connection(self) -> Connection:
        with self._explained():
            connection = self.get_connection(self.conn_id)
        self._check_uri(connection)
        return connection

    def _check_uri(self, connection: Connection) -> None:
        """Check that a URI became something: Airflow makes an empty connection of one whose scheme has a _ in it."""
        if not connection.conn_type and self._uri():
            raise self._unreadable_uri()

    def _variable(self) -> str:
        return f"AIRFLOW_CONN_{self.conn_id.upper()}"

    def _uri(self) -> str | None:
        """Return what the environment holds for this connection, if it is a URI."""
        text = os.environ.get(self._variable(), "").strip()
        return text if "://" in text and not text.startswith("{") else None

    def _unreadable_uri(self) -> ConfigurationError:
        return ConfigurationError(
            f"The URI of connection {self.conn_id!r}, in the environment variable {self._variable()}, cannot be read; "
            f"begin it with {self.conn_type.replace('_', '-')}://, and percent-encode login, password and every "
            "parameter: / is written %2F, ? is %3F, # is %23, @ is %40, % is %25."
        )


def _is_outside_of_a_task(failure: Exception) -> bool:
    """Tell whether Airflow looked for the supervisor of a task, where none is: so it ends before Airflow 3.1.8."""
    return isinstance(failure, ImportError) and failure.name == "airflow.sdk.execution_time.task_runner"
