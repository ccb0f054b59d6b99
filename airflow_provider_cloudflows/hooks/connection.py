"""The fields of an Airflow connection, and what they say of hosts and network.

Nothing here obtains a credential: which fields make one is told in :mod:`.alibaba_credentials` and
:mod:`.huawei_credentials`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.calls.endpoints import Endpoints, origin_of
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.forms import FIELD_USE

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["SECRET_FIELDS", "ConnectionFields"]

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
