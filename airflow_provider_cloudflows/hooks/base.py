"""What both hooks share: reading a connection, the connection form, and the calls.

A hook reads its connection when it is first needed, never when it is made, and registers every secret with Airflow's
masker the moment it reads it, or obtains it. How a credential is obtained and used is the business of
:mod:`airflow_provider_cloudflows.auth`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.endpoints import Endpoints, origin_of
from airflow_provider_cloudflows.calls.models import Response
from airflow_provider_cloudflows.calls.pages import Pages
from airflow_provider_cloudflows.errors import CloudflowsError, ConfigurationError
from airflow_provider_cloudflows.provider_info import FIELD_USE, FORM_BEHAVIOUR, FORM_FIELDS

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from airflow_provider_cloudflows.auth.base import Source
    from airflow_provider_cloudflows.auth.cache import KeptCredential
    from airflow_provider_cloudflows.auth.reach import Reach
    from airflow_provider_cloudflows.calls.client import CloudClient
    from airflow_provider_cloudflows.hooks.caller import Caller
    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["CloudHook", "ConnectionFields", "form_behaviour", "form_widgets", "keep"]

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
        self.connection_type = connection.conn_type
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
        address, _, query = (self.get("credentials_uri") or "").partition("?")
        return [value for value in (*values, query if address else None) if value]

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

    def whole_number(self, name: str, least: int, most: int) -> int | None:
        """Return the extra field ``name`` as a whole number within bounds, or None when it is empty."""
        text = self.network(name)
        if text is None:
            return None
        try:
            value = int(float(text))
        except (ValueError, OverflowError):
            value = least - 1
        if not least <= value <= most:
            raise ConfigurationError(
                f"The field {name} of connection {self.conn_id!r} is {text!r}; set it to a whole number from {least} "
                f"to {most}."
            )
        return value

    def json_text(self, name: str) -> str | None:
        """Return the extra field ``name``, a JSON object, as text, whether it was written as text or as JSON."""
        value = self._extra.get(name) if self._own else None
        if value in (None, ""):
            return None
        text = value if isinstance(value, str) else json.dumps(value)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise ConfigurationError(
                f"The field {name} of connection {self.conn_id!r} is no JSON object; correct it in the connection."
            )
        return text

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        """Return the extra field ``name``, which must be one of ``choices``."""
        text = self.network(name) or default
        if text not in choices:
            raise ConfigurationError(
                f"The field {name} of connection {self.conn_id!r} is {text!r}; set it to one of {', '.join(choices)}."
            )
        return text

    def required(self, name: str, auth_type: str) -> str:
        """Return the extra field ``name``, which ``auth_type`` cannot do without."""
        value = self.network(name)
        if value is None:
            raise ConfigurationError(
                f"The connection {self.conn_id!r} has auth_type {auth_type}, which needs the field {name}; fill it in."
            )
        return value

    def check_use(self, own_type: str, auth_type: str) -> None:
        """Check that no field is filled in which ``auth_type`` does not use: somebody meant it to count."""
        for name, auth_types in FIELD_USE[own_type].items():
            if self.network(name) is not None and auth_type not in auth_types:
                raise ConfigurationError(
                    f"The field {name} of connection {self.conn_id!r} goes with auth_type {' or '.join(auth_types)}, "
                    f"and its auth_type is {auth_type}; choose one of those, or empty the field."
                )

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
        allow_http = self.flag("allow_http")

        def origin(url: str, name: str) -> str:
            return origin_of(url, name, allow_http=allow_http)

        return Endpoints(
            region=region or self.get("region"),
            vpc=self.flag("use_vpc_endpoints"),
            everywhere=origin(everywhere, "Endpoint for all services") if everywhere else None,
            overrides={name: origin(url, f"{name}_endpoint") for name, url in given.items() if url},
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
        self._kept: KeptCredential | None = None

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

    def connection_type(self) -> str:
        """Return the type of the connection, which need not be one of ours."""
        return self.fields.connection_type or "none"

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
            from airflow_provider_cloudflows.auth.reach import Reach

            fields = self.fields
            endpoints = fields.endpoints(self.region, self.service_names)
            reach = Reach(fields.transport(), endpoints, fields.flag("allow_http"), mask_secrets)
            self._client = self.make_client(fields, reach)
        return self._client

    def close(self) -> None:
        """Close the connections of blocking calls; the next call opens new ones."""
        if self._client is not None:
            self._client.transport.close()

    def make_client(self, fields: ConnectionFields, reach: Reach) -> CloudClient:
        """Return the client for the credential that ``fields`` hold or point to."""
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
    from wtforms import BooleanField, IntegerField, PasswordField, StringField  # type: ignore[import-untyped]
    from wtforms.validators import any_of  # type: ignore[import-untyped]

    kinds = {"boolean": BooleanField, "integer": IntegerField}
    widgets = {}
    for name, field in FORM_FIELDS[connection_type].items():
        schema = field["schema"]
        kind = PasswordField if schema.get("format") == "password" else kinds.get(schema["type"][0], StringField)
        choices = [any_of(schema["enum"])] if "enum" in schema else []
        widgets[name] = kind(field["label"], choices, description=field["description"], default=schema.get("default"))
    return widgets


def keep(source: Source, ahead: float) -> KeptCredential:
    """Return what keeps and renews the credential of ``source``, and masks each in the logs before it is used.

    A credential that was written into the connection belongs to the hook; others are shared within the process.
    """
    from airflow_provider_cloudflows.auth.cache import KeptCredential, kept
    from airflow_provider_cloudflows.auth.static import FixedSource

    if isinstance(source, FixedSource):
        return KeptCredential(source)
    return kept(source, ahead=ahead, announce=mask_secrets)


def mask_secrets(secrets: Iterable[str]) -> None:
    """Register ``secrets`` with Airflow's masker, from blocking code and from an event loop alike."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        for secret in secrets:
            mask_secret(secret)
        return
    for secret in secrets:
        task = loop.create_task(_amask_secret(secret))
        _masking.add(task)  # the event loop itself keeps no hold of a task
        task.add_done_callback(_masking.discard)


_masking: set[asyncio.Task[None]] = set()


async def _amask_secret(secret: str) -> None:
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:  # Airflow 3.1 and 3.2
        mask_secret(secret)
    else:
        await amask_secret(secret)
