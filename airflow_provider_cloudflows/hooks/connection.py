"""The fields of an Airflow connection, and what they say of hosts and network.

Nothing here obtains a credential: which fields make one is told in :mod:`.alibaba_credentials` and
:mod:`.huawei_credentials`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.calls.endpoints import Endpoints, origin_of
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.forms import CLOUD_OF_TYPE, FIELD_USE, FORM_FIELDS

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from airflow_provider_cloudflows.transport.client import Transport

__all__ = ["SECRET_FIELDS", "ConnectionFields"]

log = logging.getLogger(__name__)

# Fields that hold a secret, whether the connection is of our types or made for another provider.
SECRET_FIELDS = ("access_key_secret", "security_token", "x_auth_token", "proxy")


class ConnectionFields:
    """The fields of one connection, wherever they are stored.

    Keys live in login and password. Connections made for the existing Alibaba and Huawei providers keep them, and the
    region, in the extra; those are read too. The network fields are read from our own connection types only: an
    ``endpoint`` in another provider's connection is the endpoint of another service.

    :param connection: an Airflow connection.
    :param own_type: our connection type for this cloud.
    :raises ConfigurationError: it is a connection of the other cloud, whose keys must not travel here, or its extra is
        no JSON object.
    """

    def __init__(self, connection: Connection, own_type: str) -> None:
        check_cloud(connection, own_type)
        self.conn_id = connection.conn_id
        self.connection_type = connection.conn_type
        self.login = (connection.login or "").strip() or None
        self.password = connection.password or None
        self._own_type = own_type
        self._own = connection.conn_type in (own_type, None, "")
        self._extra = extra_of(connection)
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
        given = self._addresses(services)
        everywhere = self.network("endpoint")
        allow_http = self.flag("allow_http")

        def origin(url: str, name: str) -> str:
            return origin_of(url, name, allow_http=allow_http)

        return Endpoints(
            region=region or self.get("region"),
            vpc=self.flag("use_vpc_endpoints"),
            everywhere=origin(everywhere, "Endpoint for all services") if everywhere else None,
            overrides={name: origin(url, f"{name}_endpoint") for name, url in given.items()},
        )

    def _addresses(self, services: tuple[str, ...]) -> dict[str, str]:
        """Return the address of each service that a field ``<service>_endpoint`` names.

        A generic request can go to any service, so there may be others than ``services``; a field that no request can
        mean is a complaint, since somebody meant it to count.
        """
        import difflib  # no DAG file needs it

        found = {}
        for name in self._endpoint_fields():
            service = name.removesuffix("_endpoint").lower()
            if not self._own:
                if service in services:
                    log.warning(
                        "The field %s of connection %r is not used: its type is %s, and only connections of type %s "
                        "choose hosts.",
                        *(name, self.conn_id, self.connection_type, self._own_type),
                    )
                continue
            meant = difflib.get_close_matches(service, [one for one in services if one != service], 1, ALMOST_THE_SAME)
            if service == name or not service or (meant and service not in services):
                known = ", ".join(f"{one}_endpoint" for one in services)
                raise ConfigurationError(
                    f"The field {name} of connection {self.conn_id!r} is read by nothing; name it {meant[0]}_endpoint."
                    if meant
                    else f"The field {name} of connection {self.conn_id!r} is read by nothing; hosts are named by "
                    f"endpoint, {known}, and <service>_endpoint for the service of a generic request."
                )
            found[service] = str(self.get(name))
        others = sorted(set(found) - set(services))
        if others:
            log.info("The connection %r names hosts for generic requests to: %s.", self.conn_id, ", ".join(others))
        return found

    def _endpoint_fields(self) -> list[str]:
        """Return the names of the fields with an address, but for those that have a meaning of their own."""
        names = dict.fromkeys(name.removeprefix(self._prefix) for name in self._extra)
        named = [
            name for name in names if "endpoint" in name.lower() and (self.get(name) or "false").lower() != "false"
        ]
        of_the_form = FORM_FIELDS[self._own_type]
        return [name for name in named if name.endswith("_endpoint") or name not in of_the_form]

    def _proxy(self) -> str | None:
        proxy = self.network("proxy")
        if proxy and not proxy.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"The proxy of connection {self.conn_id!r} is no http:// or https:// URL; correct the field Proxy."
            )
        return proxy


ALMOST_THE_SAME = 0.86
"""How alike two names are, of 1, for the one to be a slip of the pen: ``datawork`` is, ``dataworks-public`` is not."""


def check_cloud(connection: Connection, own_type: str) -> None:
    """Check that ``connection`` is not of the other cloud: its key must not travel to a vendor it is not for."""
    cloud = CLOUD_OF_TYPE.get(connection.conn_type or "", CLOUD_OF_TYPE[own_type])
    if cloud != CLOUD_OF_TYPE[own_type]:
        raise ConfigurationError(
            f"The connection {connection.conn_id!r} has type {connection.conn_type}, which is for {cloud}, and a "
            f"connection of type {own_type} is needed here, for {CLOUD_OF_TYPE[own_type]}; choose another connection, "
            "or correct its type."
        )


def extra_of(connection: Connection) -> Mapping[str, Any]:
    """Return the extra of ``connection``; Airflow itself takes one that it cannot read for an empty one."""
    try:
        document = json.loads(connection.extra) if connection.extra else {}
    except (ValueError, RecursionError):
        raise ConfigurationError(
            f"The extra of connection {connection.conn_id!r} is no JSON; correct it, and percent-encode it where the "
            "connection is a URI."
        ) from None
    if not isinstance(document, Mapping):
        raise ConfigurationError(
            f'The extra of connection {connection.conn_id!r} is JSON, but no object; write it as {{"region": "…"}}.'
        )
    # Airflow masks what has the name of a secret while it takes the extra apart.
    extra: Mapping[str, Any] = connection.extra_dejson
    return extra
