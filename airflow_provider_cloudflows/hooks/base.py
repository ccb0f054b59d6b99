"""What both hooks share: reading a connection, the connection form, and the calls.

A hook reads its connection when it is first needed, never when it is made, and registers every secret with Airflow's
masker the moment it reads it. How a credential is used is the business of :mod:`airflow_provider_cloudflows.auth`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from airflow_provider_cloudflows.errors import CloudflowsError, ConfigurationError
from airflow_provider_cloudflows.provider_info import FORM_BEHAVIOUR, FORM_FIELDS
from airflow_provider_cloudflows.services.base import Call, Endpoints, Pages, Response, origin_of

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from airflow_provider_cloudflows.services.client import CloudClient
    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["CloudHook", "ConnectionFields", "form_behaviour", "form_widgets"]

ResultT = TypeVar("ResultT", bound=Response)
ItemT = TypeVar("ItemT")

# Fields that hold a secret, whether the connection is of our types or made for another provider.
SECRET_FIELDS = ("access_key_secret", "security_token", "x_auth_token", "proxy")


class ConnectionFields:
    """The fields of one connection, wherever they are stored.

    Keys live in login and password. Connections made for the existing Alibaba and Huawei providers keep them, and the
    region, in the extra; those are read too. The network fields are read from our own connection types only: an
    ``endpoint`` in another provider's connection is the endpoint of another service.

    :param connection: an Airflow connection.
    :param own_type: our connection type for this cloud.
    """

    def __init__(self, connection: Connection, own_type: str) -> None:
        self.conn_id = connection.conn_id
        self.login = (connection.login or "").strip() or None
        self.password = connection.password or None
        self._own = connection.conn_type in (own_type, None, "")
        self._extra: Mapping[str, Any] = connection.extra_dejson
        if not isinstance(self._extra, Mapping):
            raise ConfigurationError(
                f'The extra of connection {self.conn_id!r} is JSON, but no object; write it as {{"region": "…"}}.'
            )
        self._prefix = f"extra__{connection.conn_type}__"

    def get(self, name: str) -> str | None:
        """Return the extra field ``name`` as text, or None when it is empty."""
        value = self._extra.get(name, self._extra.get(f"{self._prefix}{name}"))
        text = "" if value is None else str(value).strip()
        return text or None

    def network(self, name: str) -> str | None:
        """Return the extra field ``name`` if the connection is of our own type."""
        return self.get(name) if self._own else None

    def secrets(self) -> list[str]:
        """Return every secret in the connection."""
        values = [self.password, *(self.get(name) for name in SECRET_FIELDS)]
        return [value for value in values if value]

    def seconds(self, name: str, default: float) -> float:
        """Return the extra field ``name`` as a positive number of seconds."""
        text = self.network(name)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            raise ConfigurationError(
                f"The field {name} of connection {self.conn_id!r} is {text!r}; set it to a number of seconds above 0."
            )
        return value

    def flag(self, name: str) -> bool:
        """Return the extra field ``name`` as a yes or no."""
        return (self.network(name) or "").lower() in ("true", "1", "yes", "on")

    def transport(self) -> Transport:
        """Return what carries out the calls; it opens no connection before the first one."""
        # A DAG file that only declares tasks need not pay for an HTTP client.
        from airflow_provider_cloudflows.transport.client import Transport, TransportSettings

        settings = TransportSettings(
            timeout=self.seconds("timeout", 90.0),
            connect_timeout=self.seconds("connect_timeout", 10.0),
            proxy=self._proxy(),
            ca_bundle=self.network("ca_bundle"),
        )
        return Transport(settings)

    def endpoints(self, region: str | None, services: tuple[str, ...]) -> Endpoints:
        """Return which host answers for which of ``services``."""
        given = {name: self.network(f"{name}_endpoint") for name in services}
        everywhere = self.network("endpoint")
        return Endpoints(
            region=region or self.get("region"),
            vpc=self.flag("use_vpc_endpoints"),
            everywhere=origin_of(everywhere, "Endpoint for all services") if everywhere else None,
            overrides={name: origin_of(url, f"{name}_endpoint") for name, url in given.items() if url},
        )

    def _proxy(self) -> str | None:
        proxy = self.network("proxy")
        if proxy and not proxy.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"The proxy of connection {self.conn_id!r} is no http:// or https:// URL; correct the field Proxy."
            )
        return proxy


class CloudHook(BaseHook):
    """A caller of one cloud.

    :param conn_id: the Airflow connection.
    :param region: region id; stronger than the connection's.
    """

    conn_type: ClassVar[str]
    hook_name: ClassVar[str]
    service_names: ClassVar[tuple[str, ...]]

    def __init__(self, conn_id: str, *, region: str | None = None) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.region = region
        self._fields: ConnectionFields | None = None
        self._client: CloudClient | None = None

    @property
    def fields(self) -> ConnectionFields:
        """The connection, read at the first access."""
        if self._fields is None:
            with self._explained():
                connection = self.get_connection(self.conn_id)
            self._fields = ConnectionFields(connection, self.conn_type)
            for secret in self._fields.secrets():
                mask_secret(secret)
        return self._fields

    async def aload(self) -> None:
        """Read the connection without blocking the event loop, for use in a trigger."""
        if self._fields is None:
            with self._explained():
                connection = await self.aget_connection(self.conn_id)
            self._fields = ConnectionFields(connection, self.conn_type)
            for secret in self._fields.secrets():
                await _amask_secret(secret)

    def get_conn(self) -> CloudClient:
        """Return the authenticated client; reads the connection at the first call and sends nothing."""
        if self._client is None:
            fields = self.fields
            self._client = self.make_client(
                fields,
                fields.transport(),
                fields.endpoints(self.region, self.service_names),
            )
        return self._client

    def close(self) -> None:
        """Close the connections of blocking calls; the next call opens new ones."""
        if self._client is not None:
            self._client.transport.close()

    def make_client(self, fields: ConnectionFields, transport: Transport, endpoints: Endpoints) -> CloudClient:
        """Return the client for the credential that ``fields`` hold."""
        raise NotImplementedError

    def call(self, request: Call[ResultT]) -> ResultT:
        """Send ``request`` and return its typed result.

        :raises CloudflowsError: one of its subclasses, whatever went wrong.
        """
        return self.get_conn().call(request)

    async def acall(self, request: Call[ResultT]) -> ResultT:
        """Like :meth:`call`, on the running event loop."""
        await self.aload()
        return await self.get_conn().acall(request)

    def iterate(self, request: Pages[ResultT, ItemT]) -> Iterator[ItemT]:
        """Yield the items of all pages of ``request``; pages are asked for as they are needed."""
        return self.get_conn().iterate(request)

    async def aiterate(self, request: Pages[ResultT, ItemT]) -> AsyncIterator[ItemT]:
        """Like :meth:`iterate`, on the running event loop."""
        await self.aload()
        async for item in self.get_conn().aiterate(request):
            yield item

    def test_connection(self) -> tuple[bool, str]:
        """Ask the cloud who the caller is; return success and the identity, or what to fix."""
        try:
            return True, self.identity()
        except CloudflowsError as error:
            return False, str(error)

    def identity(self) -> str:
        """Return who the caller is, in one sentence, as the cloud says it."""
        raise NotImplementedError

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what to do about a connection that Airflow does not find."""
        from airflow.providers.common.compat.sdk import AirflowNotFoundException  # moved; no DAG file needs it

        try:
            yield
        except AirflowNotFoundException:
            raise ConfigurationError(
                f"The connection {self.conn_id!r} does not exist or cannot be read; create it with type "
                f"{self.conn_type} in Admin > Connections, in the environment variable "
                f"AIRFLOW_CONN_{self.conn_id.upper()} or in a secrets backend."
            ) from None


def form_behaviour(connection_type: str) -> dict[str, Any]:
    """Return how the standard fields of a connection form look, as Airflow 3.1 asks a hook for it."""
    behaviour = FORM_BEHAVIOUR[connection_type]
    return {
        "hidden_fields": behaviour["hidden-fields"],
        "relabeling": behaviour["relabeling"],
        "placeholders": behaviour["placeholders"],
    }


def form_widgets(connection_type: str) -> dict[str, Any]:
    """Return a connection form's own fields, as Airflow 3.1 asks a hook for them."""
    from wtforms import BooleanField, PasswordField, StringField  # type: ignore[import-untyped]

    widgets = {}
    for name, field in FORM_FIELDS[connection_type].items():
        schema = field["schema"]
        kind = BooleanField if "boolean" in schema["type"] else StringField
        if schema.get("format") == "password":
            kind = PasswordField
        widgets[name] = kind(field["label"], description=field["description"])
    return widgets


async def _amask_secret(secret: str) -> None:
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:  # Airflow 3.1 and 3.2
        mask_secret(secret)
    else:
        await amask_secret(secret)
