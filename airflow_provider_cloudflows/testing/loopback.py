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

_GUARDED = ("connect", "connect_ex", "sendto")


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
    kept = {name: vars(socket_class).get(name) for name in _GUARDED}
    look_up = socket.getaddrinfo
    stay_for_good()
    try:
        yield
    finally:
        socket.getaddrinfo = look_up
        for name, method in kept.items():
            if method is None:
                delattr(socket_class, name)
            else:
                setattr(socket_class, name, method)


def stay_for_good() -> None:
    """The same until the process ends."""
    socket_class: Any = socket.socket
    for name in _GUARDED:
        setattr(socket_class, name, _guarded(getattr(socket_class, name)))
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, port: Any, *arguments: Any, **more: Any) -> Any:
        if not _is_here(host):
            raise LeftThisMachine(f"{_text(host)}:{port}" if port else _text(host))
        return look_up(host, port, *arguments, **more)

    socket.getaddrinfo = guarded_look_up


def _guarded(method: Any) -> Any:
    def checked(self: socket.socket, *arguments: Any) -> Any:
        # The address comes last; of a connection it is the only argument.
        address = arguments[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            raise LeftThisMachine(f"{_text(address[0])}:{address[1]}")
        return method(self, *arguments)

    return checked


def _is_here(host: Any) -> bool:
    """Tell whether ``host`` is this machine: loopback, every address of it (where one listens), or its own name."""
    name = _text(host).partition("%")[0]
    if name in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _text(host: Any) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes | bytearray) else str(host or "")
