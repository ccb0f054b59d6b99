"""Which host answers for which service: what a connection says, and addresses that a person wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from airflow_provider_cloudflows.base_errors import ConfigurationError
from airflow_provider_cloudflows.calls.service import Service

__all__ = ["Endpoints", "is_loopback", "origin_of"]


REGION = r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Which host answers for which service.

    :param region: region id, free text: the vendors add regions faster than tables follow.
    :param vpc: use the hosts that are reachable from inside the vendor's network.
    :param everywhere: one origin for all services, for example a sandbox.
    :param overrides: origin by service name; stronger than ``everywhere``.
    """

    region: str | None = None
    vpc: bool = False
    everywhere: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.region and not re.fullmatch(REGION, self.region):
            raise ConfigurationError(
                f"{self.region!r} is not a region id such as cn-hangzhou or cn-north-4; "
                "correct Region in the connection."
            )

    def origin(self, service: Service) -> str:
        """Return scheme, host and port of ``service``."""
        override = self.overrides.get(service.name) or self.everywhere
        return override or f"https://{service.host(self.region, self.vpc)}"


LOOPBACK = r"localhost|127(\.\d{1,3}){3}|\[::1\]"


def is_loopback(origin: str) -> bool:
    """Tell whether ``origin`` is on this machine."""
    return re.fullmatch(LOOPBACK, re.sub(r":\d+$", "", origin.partition("://")[2])) is not None


def origin_of(url: str, name: str, *, allow_http: bool = False) -> str:
    """Return scheme, host and port of ``url``, in the form that is signed and sent.

    HTTPS is assumed when no scheme is given, and plain HTTP is for this machine only, unless it is allowed: keys and
    answers travel in clear.

    :param name: the connection field that ``url`` comes from, for the error message.
    :param allow_http: somebody has said that plain HTTP to other machines is meant.
    :raises ConfigurationError: when ``url`` is no such address.
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if not host or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError(
            f"{name} must be scheme, host and port, for example https://host.example.com:8443; correct it in the "
            "connection."
        )
    host = f"[{host}]" if ":" in host else host
    if parts.scheme != "https" and not (parts.scheme == "http" and (allow_http or re.fullmatch(LOOPBACK, host))):
        raise ConfigurationError(
            f"{name} uses {parts.scheme}:// for {host}, which is not this machine; use https:// in the connection, or "
            "allow plain HTTP there."
        )
    default_port = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" if port in (None, default_port) else f"{parts.scheme}://{host}:{port}"
