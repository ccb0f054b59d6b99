"""One transport, many users: threads, event loops one after the other, and closing in between."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message
from tests.transport.servers import Answer, Seen, http_script, one, serving


def echo(seen: Seen) -> Answer:
    return Answer(seen.body)


def test_many_threads_share_one_transport() -> None:
    transport = Transport(TransportSettings(timeout=20))
    with serving(http_script(echo)) as server:

        def ask(number: int) -> bool:
            body = f"{number} {'x' * number}".encode()
            return transport.run(one(Message("POST", server.origin, body=body))).body == body

        with ThreadPoolExecutor(12) as pool:
            assert all(pool.map(ask, range(300)))
        transport.close()
        assert server.connections < 300


def test_many_tasks_share_one_transport() -> None:
    transport = Transport(TransportSettings(timeout=20))

    async def everyone(origin: str) -> list[bytes]:
        flows = [one(Message("POST", origin, body=str(number).encode())) for number in range(60)]
        replies = await asyncio.gather(*(transport.arun(flow) for flow in flows))
        await transport.aclose()
        return [reply.body for reply in replies]

    with serving(http_script(echo)) as server:
        assert asyncio.run(everyone(server.origin)) == [str(number).encode() for number in range(60)]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_later_event_loop_gets_connections_of_its_own() -> None:
    transport = Transport(TransportSettings(timeout=20))

    async def ask(origin: str) -> bytes:
        return (await transport.arun(one(Message("POST", origin, body=b"x")))).body

    with serving(http_script(echo)) as server:
        for _ in range(4):  # nobody closes: the connections of a loop that is gone are never used again
            assert asyncio.run(ask(server.origin)) == b"x"
            gc.collect()  # the memory, and with it the id, of a dead loop may come again
        assert server.connections == 4
        assert len(transport._async_clients) == 1, "what belonged to dead loops is still held"


def test_loops_of_two_threads_do_not_meet() -> None:
    transport = Transport(TransportSettings(timeout=20))

    async def ask(origin: str) -> bytes:
        try:
            return (await transport.arun(one(Message("POST", origin, body=b"x")))).body
        finally:
            await transport.aclose()

    with serving(http_script(echo)) as server, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: asyncio.run(ask(server.origin)), range(40))) == {b"x"}
    assert not transport._async_clients


def test_after_closing_the_next_call_connects_anew() -> None:
    transport = Transport(TransportSettings(timeout=20))
    with serving(http_script(echo)) as server:
        for _ in range(2):
            transport.run(one(Message("GET", server.origin)))
            transport.close()
        assert server.connections == 2
        transport.close()
