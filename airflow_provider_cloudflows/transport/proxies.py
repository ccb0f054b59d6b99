"""Which proxy a host is reached through, as the environment says it.

``HTTPS_PROXY``, ``HTTP_PROXY`` and ``ALL_PROXY`` name a proxy, ``NO_PROXY`` the hosts that are reached without; the
names in lower case are read first. The rules of ``NO_PROXY`` differ between tools; here they are the union of what curl
and Go's HTTP client understand, and docs/connections/network.md states them. No name is looked up to apply them, and no
system-wide settings are consulted, which is not safe in the forked processes that Airflow runs tasks in.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TypeAlias
from urllib.request import getproxies_environment

__all__ = ["is_spared", "proxy_of_the_environment"]

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": "80", "https": "443"}
SEPARATOR = re.compile(r"[\s,]+")
# [::1], [::1]:8443, example.com:8443 and what has no port; a bare IPv6 address has more than one colon.
HOST_AND_PORT = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::(?P<its_port>\d+))?|(?P<host>[^:]*)(?::(?P<port>\d+))?")


def proxy_of_the_environment(origin: str) -> str | None:
    """Return the URL of the proxy for ``origin``, such as ``https://sts.aliyuncs.com``, or None to go straight."""
    proxies = getproxies_environment()
    scheme = origin.partition("://")[0]
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or is_spared(origin, proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def is_spared(origin: str, no_proxy: str) -> bool:
    """Tell whether ``no_proxy``, the text of ``NO_PROXY``, names the host of ``origin``."""
    scheme, _, authority = origin.partition("://")
    host, port = host_and_port(authority)
    port = port or DEFAULT_PORTS.get(scheme, "")
    return any(names(entry, host, port) for entry in SEPARATOR.split(no_proxy) if entry)


def names(entry: str, host: str, port: str) -> bool:
    """Tell whether one ``entry`` of ``NO_PROXY`` means ``host`` at ``port``."""
    if entry == "*":
        return True
    address = address_of(host)
    if address is not None and "/" in entry:
        return is_in(entry, address)
    name, only_port = host_and_port(entry)
    if only_port and only_port != port:
        return False
    if address is not None or address_of(name) is not None:
        return address_of(name) == address
    domain = name.removeprefix("*").removeprefix(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def is_in(block: str, address: IPAddress) -> bool:
    """Tell whether ``block``, in CIDR notation, holds ``address``."""
    try:
        return address in ipaddress.ip_network(block.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False


def host_and_port(text: str) -> tuple[str, str]:
    """Return the host of ``text`` in lower case, without brackets and a final dot, and its port or an empty text."""
    found = HOST_AND_PORT.fullmatch(text)
    if found is None:
        return text.lower(), ""
    host = found["host"] if found["bracketed"] is None else found["bracketed"]
    return host.lower().rstrip("."), found["its_port"] or found["port"] or ""


def address_of(host: str) -> IPAddress | None:
    """Return ``host`` as an IP address, an IPv4 address in IPv6 notation as the former; None if it is a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
