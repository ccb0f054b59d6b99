"""From a host name to a connected socket, within the time of the exchange.

The system's resolver cannot be interrupted, so names are looked up in threads that nobody has to wait for. The
addresses of a host then race, each with a short head start over the next (RFC 8305, "happy eyeballs"), so one that
does not answer costs a moment and not the whole time. The race is written once and waits in two ways: with ``poll``,
and on an event loop. TLS, proxies and HTTP are not its business.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import threading
import time
from collections.abc import Collection, Generator, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Any, TypeAlias

from airflow_provider_cloudflows.transport.exchange import LONGEST_MOMENT, current_exchange

__all__ = ["Address", "adial", "dial"]

Address: TypeAlias = tuple[socket.AddressFamily, Any]
"""Family and socket address."""

Race: TypeAlias = Generator[tuple[Collection[socket.socket], float], Collection[socket.socket], socket.socket]
"""Yields the sockets to wait for and for how many seconds; is sent those that are done; returns the connected one."""

HEAD_START = 0.25
"""Seconds before the next address is tried beside one that has not answered; what RFC 8305 recommends."""


def dial(host: str, port: int) -> socket.socket:
    """Return a socket that is connected to ``host``.

    :raises OSError: the name is unknown, or no address accepts a connection.
    :raises TimeoutError: the exchange has no time left.
    """
    race = race_between(_found(lookup(host, port)))
    try:
        sockets, seconds = next(race)
        while True:
            sockets, seconds = race.send(writable(sockets, min(seconds, _moment())))
    except StopIteration as end:
        connected: socket.socket = end.value
        return connected
    finally:
        race.close()


async def adial(host: str, port: int) -> socket.socket:
    """Like :func:`dial`, on the running event loop."""
    found = asyncio.wrap_future(lookup(host, port))
    try:
        while not found.done():
            await asyncio.wait([found], timeout=_moment())
    finally:
        found.cancel()
    race = race_between(found.result())
    try:
        sockets, seconds = next(race)
        while True:
            sockets, seconds = race.send(await awritable(sockets, min(seconds, _moment())))
    except StopIteration as end:
        connected: socket.socket = end.value
        return connected
    finally:
        race.close()


def race_between(addresses: Collection[Address]) -> Race:
    """Connect to the addresses beside one another, each a little later than the one before; the first one wins."""
    to_try = list(addresses)
    connecting: list[socket.socket] = []
    failure = OSError("the host has no address")
    next_start = 0.0
    try:
        while to_try or connecting:
            now = time.monotonic()
            if to_try and (now >= next_start or not connecting):
                next_start = now + HEAD_START
                try:
                    connecting.append(connect_to(to_try.pop(0)))
                except OSError as refused:
                    failure = refused
                continue
            for done in (yield connecting, next_start - now if to_try else LONGEST_MOMENT):
                connecting.remove(done)
                error = done.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not error:
                    return done
                done.close()
                failure = OSError(error, os.strerror(error))
                next_start = 0.0  # nobody need wait for one that has failed
    finally:
        for loser in connecting:
            loser.close()
    raise failure


def connect_to(address: Address) -> socket.socket:
    """Return a socket that has begun to connect."""
    family, name = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(BlockingIOError):
            connection.connect(name)
    except BaseException:
        connection.close()
        raise
    return connection


def writable(sockets: Iterable[socket.socket], seconds: float) -> Collection[socket.socket]:
    """Return those that can be written to, or have failed, after at most ``seconds``."""
    by_number = {one.fileno(): one for one in sockets}
    poll = select.poll()
    for number in by_number:
        poll.register(number, select.POLLOUT)
    return [by_number[number] for number, _ in poll.poll(max(1.0, seconds * 1000))]


async def awritable(sockets: Iterable[socket.socket], seconds: float) -> Collection[socket.socket]:
    """Like :func:`writable`, on the running event loop."""
    loop, some = asyncio.get_running_loop(), asyncio.Event()
    done: dict[socket.socket, None] = {}

    def note(one: socket.socket) -> None:
        done[one] = None
        some.set()

    watched = list(sockets)
    for one in watched:
        loop.add_writer(one, note, one)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await some.wait()
    finally:
        for one in watched:
            loop.remove_writer(one)
    return done


_lookups: dict[tuple[str, int], Future[list[Address]]] = {}
_lock = threading.Lock()


def lookup(host: str, port: int) -> Future[list[Address]]:
    """Return the addresses of ``host``, by and by; all who ask at the same time share one look-up."""
    with suppress(socket.gaierror):
        return _known(addresses_of(host, port, socket.AI_NUMERICHOST))
    with _lock:
        found = _lookups.get((host, port))
        if found is not None:
            return found
        found = _lookups[host, port] = Future()
        found.set_running_or_notify_cancel()  # who gives up must not cancel what others wait for
    # A daemon: a process that is done does not stay for a resolver that hangs.
    threading.Thread(target=_look_up, args=(host, port, found), name="cloudflows-resolver", daemon=True).start()
    return found


def _look_up(host: str, port: int, found: Future[list[Address]]) -> None:
    try:
        addresses = addresses_of(host, port)
    except Exception as failure:  # noqa: BLE001 - whoever waits for the addresses raises it
        _end_lookup(host, port)
        found.set_exception(failure)
    else:
        _end_lookup(host, port)
        found.set_result(addresses)


def _end_lookup(host: str, port: int) -> None:
    with _lock:
        del _lookups[host, port]


def addresses_of(host: str, port: int, flags: int = 0) -> list[Address]:
    """Return the addresses of ``host`` in the resolver's order, but with both families taking turns."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as failure:
        raise OSError(f"{host!r} is no host name ({failure})") from None
    addresses: list[Address] = [(family, name) for family, _, _, _, name in found]
    first = [one for one in addresses if one[0] == addresses[0][0]]
    second = [one for one in addresses if one[0] != addresses[0][0]]
    return [one for one in chain.from_iterable(zip_longest(first, second)) if one]


def _known(addresses: list[Address]) -> Future[list[Address]]:
    known: Future[list[Address]] = Future()
    known.set_result(addresses)
    return known


def _found(lookup: Future[list[Address]]) -> list[Address]:
    while not lookup.done():
        wait([lookup], _moment())
    return lookup.result()


def _moment() -> float:
    exchange = current_exchange()
    return LONGEST_MOMENT if exchange is None else exchange.moment()


def _start_anew() -> None:
    """Forget, in a forked child, the look-ups of threads that are not there."""
    global _lock
    _lock = threading.Lock()
    _lookups.clear()


os.register_at_fork(after_in_child=_start_anew)
