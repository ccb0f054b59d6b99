"""One product of a cloud, and the host that answers for it in a region."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_provider_cloudflows.base_errors import ConfigurationError, InvalidParameter

if TYPE_CHECKING:
    from airflow_provider_cloudflows.transport.outcome import ErrorTable

__all__ = ["HostRule", "Service", "named_host", "region_required", "regional_host"]

HostRule = Callable[[str | None, bool], str]
"""Region (or None) and VPC flag to host name; raises :class:`ConfigurationError` when it cannot tell."""


class Service:
    """One product of a cloud.

    :param name: short name; also the key of its endpoint override in a connection.
    :param title: the name that error messages use.
    :param host: which host answers for it.
    :param errors: returns what the vendor's codes mean; only a call that failed asks for it.
    :param rate: how many calls a second all waits of one caller on one event loop make together.
    """

    def __init__(
        self, name: str, title: str, host: HostRule, errors: Callable[[], ErrorTable], *, rate: float = 10.0
    ) -> None:
        self.name = name
        self.title = title
        self.host = host
        self.errors = errors
        self.rate = rate

    def __repr__(self) -> str:
        return f"Service({self.name!r})"


def region_required(region: str | None, service: str) -> str:
    """Return ``region``, or say that ``service`` cannot be addressed without one."""
    if not region:
        raise ConfigurationError(
            f"{service} needs a region to find its host; set Region in the connection or pass region=."
        )
    return region


def regional_host(prefix: str, title: str) -> HostRule:
    """Return the host rule ``{prefix}.{region}.myhuaweicloud.com``; the European site has its own domain."""

    def host(region: str | None, vpc: bool) -> str:
        region = region_required(region, title)
        domain = "myhuaweicloud.eu" if region.startswith("eu-west-") else "myhuaweicloud.com"
        return f"{prefix}.{region}.{domain}"

    return host


HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?"


def named_host(host: str) -> HostRule:
    """Return the host rule of a service that is at ``host``, whatever the region.

    :raises InvalidParameter: ``host`` is more or less than a host name, with a port if need be.
    """
    if re.fullmatch(HOST, host) is None:
        raise InvalidParameter(f"host must be a host name such as cdn.aliyuncs.com, without scheme and path: {host!r}.")
    return lambda region, vpc: host
