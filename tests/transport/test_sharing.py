"""Connections that many share: threads, event loops, transports, forked processes; and when they are closed."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from airflow_provider_cloudflows.transport import client
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message
from tests.transport.authority import Authority
from tests.transport.servers import COLOURS, Answer, Colour, Peer, RawServer, Seen, http_script, one, serving

SETTINGS = TransportSettings(timeout=20)


pytestmark = pytest.mark.usefixtures("no_hook_of_earlier_tests")


def echo(seen: Seen) -> Answer:
    return Answer(seen.body)


async def ask_and_close(transport: Transport, origin: str, body: bytes = b"x") -> bytes:
    try:
        return (await transport.arun(one(Message("POST", origin, body=body)))).body
    finally:
        await transport.aclose()


def test_many_threads_share_one_transport() -> None:
    transport = Transport(SETTINGS)
    with serving(http_script(echo)) as server:

        def ask(number: int) -> bool:
            body = f"{number} {'x' * number}".encode()
            return transport.run(one(Message("POST", server.origin, body=body))).body == body

        with ThreadPoolExecutor(12) as pool:
            assert all(pool.map(ask, range(300)))
        transport.close()
        assert server.connections < 300


def test_many_tasks_share_one_transport() -> None:
    transport = Transport(SETTINGS)

    async def everyone(origin: str) -> list[bytes]:
        flows = [one(Message("POST", origin, body=str(number).encode())) for number in range(60)]
        replies = await asyncio.gather(*(transport.arun(flow) for flow in flows))
        await transport.aclose()
        return [reply.body for reply in replies]

    with serving(http_script(echo)) as server:
        assert asyncio.run(everyone(server.origin)) == [str(number).encode() for number in range(60)]


def test_transports_of_the_same_network_share_connections() -> None:
    first, second = Transport(SETTINGS), Transport(TransportSettings(timeout=3, connect_timeout=1))
    with serving(http_script(echo)) as server:
        for transport in (first, second, first, second):
            transport.run(one(Message("GET", server.origin)))
        assert server.connections == 1
        first.close()
        second.run(one(Message("GET", server.origin)))
        assert server.connections == 1, "closing one cuts off nobody else"
        second.close()
        assert server.clients() == 0


def test_transports_of_one_event_loop_share_connections() -> None:
    async def conversation(server: RawServer) -> None:
        first, second = Transport(SETTINGS), Transport(TransportSettings(timeout=3))
        for transport in (first, second, first):
            await transport.arun(one(Message("GET", server.origin)))
        await first.aclose()
        await second.arun(one(Message("GET", server.origin)))
        assert server.clients() == 1
        await second.aclose()
        assert server.clients() == 0

    with serving(http_script(echo)) as server:
        asyncio.run(conversation(server))
        assert server.connections == 1


def test_what_differs_in_its_network_shares_nothing(authority: Authority) -> None:
    with serving(http_script(echo)) as server:
        transports = [Transport(SETTINGS), Transport(TransportSettings(ca_bundle=str(authority.bundle)))]
        for transport in transports:
            transport.run(one(Message("GET", server.origin)))
        assert server.connections == 2
        for transport in transports:
            transport.close()


def test_two_hundred_that_come_and_go_on_a_loop_leave_no_socket() -> None:
    async def all_of_them(server: RawServer) -> int:
        for _ in range(20):
            await asyncio.gather(*(ask_and_close(Transport(SETTINGS), server.origin) for _ in range(10)))
        return server.clients()

    with serving(http_script(echo)) as server:
        assert asyncio.run(all_of_them(server)) == 0


def test_a_later_event_loop_gets_connections_of_its_own() -> None:
    transport = Transport(SETTINGS)

    async def ask(origin: str) -> bytes:
        return (await transport.arun(one(Message("POST", origin, body=b"x")))).body

    with serving(http_script(echo)) as server:
        for _ in range(4):  # nobody closes
            assert asyncio.run(ask(server.origin)) == b"x"
            assert server.clients() == 0, "what belonged to the loop is closed with it"
            gc.collect()  # the memory, and with it the id, of a dead loop may come again
        assert server.connections == 4


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_loop_that_was_closed_without_a_word_leaves_nothing_for_long() -> None:
    transport = Transport(SETTINGS)
    with serving(http_script(echo)) as server:
        for _ in range(4):
            loop = asyncio.new_event_loop()
            loop.run_until_complete(transport.arun(one(Message("GET", server.origin))))
            loop.close()
        del loop
        asyncio.run(ask_and_close(transport, server.origin))
        gc.collect()
        assert server.clients() == 0


def test_loops_of_two_threads_do_not_meet() -> None:
    transport = Transport(SETTINGS)
    with serving(http_script(echo)) as server, ThreadPoolExecutor(8) as pool:
        bodies = [str(number).encode() for number in range(40)]
        found = pool.map(lambda body: asyncio.run(ask_and_close(transport, server.origin, body)), bodies)
        assert list(found) == bodies
        assert server.clients() == 0


@pytest.mark.parametrize("colour", COLOURS)
def test_after_closing_the_next_call_connects_anew(colour: Colour) -> None:
    transport = Transport(SETTINGS)
    with serving(http_script(echo)) as server:
        for _ in range(2):
            colour(transport, one(Message("GET", server.origin)))
            assert server.clients() == 0
        assert server.connections == 2


def test_who_closes_while_a_call_is_on_its_way_does_not_cut_it_off() -> None:
    arrived, answer = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        arrived.set()
        assert answer.wait(10)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    transport = Transport(SETTINGS)
    with serving(script) as server, ThreadPoolExecutor(1) as pool:
        reply = pool.submit(transport.run, one(Message("POST", server.origin)))
        assert arrived.wait(10)
        transport.close()
        answer.set()
        assert reply.result(10).body == b"{}"
        assert server.clients() == 0


def test_one_that_is_forgotten_lets_go_at_the_next_call_of_another() -> None:
    with serving(http_script(echo)) as server, serving(http_script(echo)) as elsewhere:
        Transport(SETTINGS).run(one(Message("GET", server.origin)))
        gc.collect()
        other = Transport(SETTINGS)
        other.run(one(Message("GET", elsewhere.origin)))
        other.close()
        assert server.clients() == 0


# Forks: a child must neither talk on its parent's sockets nor wait for a lock that a thread of the parent held.

forks = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
_in_child: dict[str, Transport] = {}


def _ask_in_child(origin: str, number: int) -> bool:
    body = f"child {number}".encode()
    return _in_child["transport"].run(one(Message("POST", origin, body=body))).body == body


@forks
def test_a_thread_pool_and_a_process_pool_on_one_transport_get_their_own_answers() -> None:
    transport = _in_child["transport"] = Transport(SETTINGS)
    with serving(http_script(echo)) as server:
        transport.run(one(Message("GET", server.origin)))  # a connection is open when the processes are forked
        fork = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(3, mp_context=fork) as processes, ThreadPoolExecutor(3) as threads:
            theirs = [processes.submit(_ask_in_child, server.origin, number) for number in range(60)]
            ours = [threads.submit(_ask_in_child, server.origin, number) for number in range(60)]
            assert all(answer.result(30) for answer in [*theirs, *ours])
        transport.close()


def in_a_child(check: Callable[[], bool]) -> bool:
    """Fork, and return what ``check`` finds in the child."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


@forks
@pytest.mark.parametrize("colour", COLOURS)
def test_a_child_talks_on_connections_of_its_own(colour: Colour) -> None:
    transport = Transport(SETTINGS)
    with serving(http_script(echo)) as server:
        transport.run(one(Message("GET", server.origin)))

        def check() -> bool:
            is_clean = server.clients() == 0  # else the server would wait for both to hang up
            return is_clean and colour(transport, one(Message("POST", server.origin, body=b"c"))).body == b"c"

        assert in_a_child(check)
        assert transport.run(one(Message("POST", server.origin, body=b"p"))).body == b"p"
        assert server.connections == 2, "the parent goes on with its own"
        transport.close()


@forks
def test_a_child_of_an_event_loop_leaves_the_loop_s_connections_alone() -> None:
    transport = Transport(SETTINGS)

    async def conversation(server: RawServer) -> None:
        await transport.arun(one(Message("GET", server.origin)))
        assert in_a_child(lambda: server.clients() == 0)
        gc.collect()
        reply = await transport.arun(one(Message("POST", server.origin, body=b"p")))
        assert reply.body == b"p"
        await transport.aclose()

    with serving(http_script(echo)) as server:
        asyncio.run(conversation(server))
        assert server.connections == 1


@forks
def test_a_lock_that_was_held_at_the_fork_holds_up_nobody() -> None:
    transport = Transport(SETTINGS)
    with serving(http_script(echo)) as server, client._blocking._lock:
        assert in_a_child(lambda: transport.run(one(Message("POST", server.origin, body=b"c"))).body == b"c")
