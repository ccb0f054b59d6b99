"""Keeps a process on this machine: a connection, a datagram or a name look-up to anywhere else fails with a sentence.

It stands in Python's own ``socket`` module, so what opens sockets in C, such as a database driver, passes it. It is a
safeguard against a test that talks to the real world by mistake, not a sandbox for code that means harm.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["LeftThisMachine", "stay_on_this_machine"]

_SENDING = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
"""Methods of a socket that go somewhere, and which of their arguments says where to."""

_LOOKING_UP = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo")
"""Functions that ask the DNS; the first argument is what they ask about."""


class LeftThisMachine(PermissionError):
    """Something was to be sent elsewhere; the message says where to."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"This test may reach this machine alone, and was about to reach {where}; use the connections that "
            "cloudflows_connections makes, or play what answers there."
        )


@contextmanager
def stay_on_this_machine() -> Iterator[None]:
    """Refuse what leaves loopback, for every thread of this process, for as long as the block lasts."""
    socket_class: Any = socket.socket
    kept = {name: vars(socket_class).get(name) for name in _SENDING}
    look_ups = {name: getattr(socket, name) for name in _LOOKING_UP}
    stay_for_good()
    try:
        yield
    finally:
        for name, function in look_ups.items():
            setattr(socket, name, function)
        for name, method in kept.items():
            if method is None:
                delattr(socket_class, name)
            else:
                setattr(socket_class, name, method)


def stay_for_good() -> None:
    """The same until the process ends."""
    socket_class: Any = socket.socket
    for name, place in _SENDING.items():
        setattr(socket_class, name, _guarded(getattr(socket_class, name), place))
    for name in _LOOKING_UP:
        setattr(socket, name, _guarded_look_up(getattr(socket, name)))


def _guarded(method: Any, place: int) -> Any:
    def checked(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[place] if len(arguments) > place else None
        # What is no address is for the method itself to refuse.
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and len(address) > 1:
            _check(*address[:2])
        return method(self, *arguments)

    return checked


def _guarded_look_up(look_up: Any) -> Any:
    def checked(host: Any, *arguments: Any, **more: Any) -> Any:
        if isinstance(host, tuple):
            _check(*host[:2])
        else:
            _check(host, more.get("port", arguments[0] if arguments else None))
        return look_up(host, *arguments, **more)

    return checked


def _check(host: Any, port: Any = None) -> None:
    if not _is_here(host):
        raise LeftThisMachine(f"{_text(host)}:{port}" if port else _text(host))


def _is_here(host: Any) -> bool:
    """Tell whether ``host`` is this machine: loopback, all addresses at once (where one listens), or its own name."""
    name = _text(host).partition("%")[0].lower()
    if name in ("", "localhost", socket.gethostname().lower()):
        return True
    try:
        address: Any = ipaddress.ip_address(name)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return bool(address.is_loopback or address.is_unspecified)


def _text(host: Any) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes | bytearray) else str(host or "")
