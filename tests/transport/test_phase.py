"""What a failure means is decided by one moment, in both colours: when the first byte of the request leaves."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from airflow_provider_cloudflows.errors import ConfigurationError, Stopped
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.exchange import Exchange
from airflow_provider_cloudflows.transport.flow import Flow, Stop
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent
from tests.transport.authority import Authority
from tests.transport.servers import (
    COLOURS,
    Answer,
    Colour,
    Peer,
    blackhole_port,
    http_script,
    one,
    serving,
    unanswered_address,
)

colours = pytest.mark.parametrize("colour", COLOURS)
limited = pytest.mark.parametrize("limits", [{"timeout": 0.4}, {"connect_timeout": 0.4}], ids=["total", "connect"])


def post(origin: str, send_within: float | None = None) -> Message:
    return Message("POST", origin, body=b"the-body", send_within=send_within)


def hang_up(peer: Peer) -> None:
    peer.socket.recv(1)


def stall(peer: Peer) -> None:
    peer.stopping.wait(30)


def silence(peer: Peer) -> None:
    peer.request()
    stall(peer)


def no_tls(peer: Peer) -> None:
    peer.socket.recv(1000)
    peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@colours
@pytest.mark.parametrize("script", [hang_up, stall, no_tls])
@pytest.mark.parametrize(
    "limits", [{"timeout": 0.4}, {"timeout": 5.0, "connect_timeout": 0.4}], ids=["total", "connect"]
)
def test_a_handshake_that_fails_means_not_sent(
    colour: Colour, script: Callable[[Peer], None], limits: dict[str, float]
) -> None:
    started = time.monotonic()
    with serving(script) as server, pytest.raises(NotSent):
        colour(Transport(TransportSettings(**limits)), one(post(f"https://127.0.0.1:{server.port}")))  # type: ignore[arg-type]
    assert time.monotonic() - started < 3


@colours
@pytest.mark.parametrize(
    "script", [hang_up, stall, http_script(lambda _: Answer(status=502)), lambda peer: peer.send(b"SSH-2.0\r\n")]
)
@pytest.mark.parametrize(
    "limits", [{"timeout": 0.4}, {"timeout": 5.0, "connect_timeout": 0.4}], ids=["total", "connect"]
)
def test_a_tunnel_that_is_not_made_means_not_sent(
    colour: Colour, script: Callable[[Peer], None], limits: dict[str, float]
) -> None:
    with serving(script) as proxy:
        settings = TransportSettings(proxy=proxy.origin, **limits)  # type: ignore[arg-type]
        with pytest.raises(NotSent):
            colour(Transport(settings), one(post("https://sts.aliyuncs.com")))
        assert b"the-body" not in b"".join(proxy.requests)


@colours
@pytest.mark.parametrize("target", ["https://sts.aliyuncs.com", "http://sts.aliyuncs.com"])
def test_a_proxy_that_wants_another_login_is_asked_once_and_the_error_says_what_to_correct(
    colour: Colour, target: str
) -> None:
    with serving(http_script(lambda _: Answer(status=407))) as proxy:
        with pytest.raises(ConfigurationError, match=r"HTTP 407.*correct user and password in Proxy"):
            colour(Transport(TransportSettings(proxy=proxy.origin)), one(post(target)))
        assert len(proxy.requests) == 1


@colours
def test_no_tunnel_through_a_proxy_that_is_not_there_means_not_sent(colour: Colour) -> None:
    with blackhole_port() as port:
        through = Transport(TransportSettings(proxy=f"http://127.0.0.1:{port}"))
        with pytest.raises(NotSent):
            colour(through, one(post("https://sts.aliyuncs.com")))


@colours
def test_an_answer_that_does_not_come_is_an_interruption_even_through_a_tunnel(
    colour: Colour, authority: Authority
) -> None:
    with (
        serving(silence, authority.context) as server,
        serving(authority.tunnel) as proxy,
    ):
        settings = TransportSettings(timeout=0.6, proxy=proxy.origin, ca_bundle=str(authority.bundle))
        with pytest.raises(Interrupted, match=r"no complete answer came within 0\.6 seconds"):
            colour(Transport(settings), one(post(server.origin)))
        assert server.requests[0].endswith(b"the-body")


class LateHandshake:
    """A TLS server that lets each client wait before it shakes hands."""

    def __init__(self, authority: Authority, seconds: float) -> None:
        self._authority = authority
        self._seconds = seconds

    def __call__(self, peer: Peer) -> None:
        peer.stopping.wait(self._seconds)
        with self._authority.context.wrap_socket(peer.socket, server_side=True) as secure:
            http_script(lambda _: Answer(b"{}"))(Peer(secure, peer.requests, peer.stopping))


@colours
def test_what_had_to_be_sent_soon_is_not_sent_late(colour: Colour, authority: Authority) -> None:
    settings = TransportSettings(timeout=5, ca_bundle=str(authority.bundle))
    with serving(LateHandshake(authority, 0.5)) as server:
        origin = f"https://127.0.0.1:{server.port}"
        started = time.monotonic()
        with pytest.raises(NotSent, match=r"it could not leave within the 0\.2 seconds that it had"):
            colour(Transport(settings), one(post(origin, send_within=0.2)))
        assert time.monotonic() - started < 2
        assert colour(Transport(settings), one(post(origin, send_within=3))).status == 200
        assert len(server.requests) == 1


@colours
def test_the_bound_is_for_sending_and_not_for_the_answer(colour: Colour) -> None:
    def slow(peer: Peer) -> None:
        peer.request()
        peer.stopping.wait(0.5)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with serving(slow) as server:
        assert colour(Transport(), one(post(server.origin, send_within=0.2))).status == 200


def test_a_connection_that_was_made_in_time_is_not_used_too_late() -> None:
    exchange = Exchange(5, 5, send_within=0.0, stop=Stop())
    time.sleep(0.001)
    with pytest.raises(NotSent, match="it could not leave within the 0 seconds that it had"):
        exchange.begin()
    assert not exchange.begun


def told_to_stop(transport: Transport, flow: Flow[Reply], stop: Stop, after: float, colour: Colour) -> None:
    timer = threading.Timer(after, stop.ask)
    timer.start()
    try:
        if colour is COLOURS[0]:
            transport.run(flow, stop)
        else:
            asyncio.run(transport.arun(flow, stop))
    finally:
        timer.join()


@colours
def test_who_is_told_to_stop_while_connecting_sends_nothing(colour: Colour, authority: Authority) -> None:
    transport = Transport(TransportSettings(timeout=5, ca_bundle=str(authority.bundle)))
    with serving(LateHandshake(authority, 0.5)) as server:
        with pytest.raises(Stopped):
            told_to_stop(transport, one(post(f"https://127.0.0.1:{server.port}")), Stop(), 0.2, colour)
        transport.close()
        assert server.requests == []


@colours
def test_who_is_told_to_stop_does_not_go_on_connecting(colour: Colour) -> None:
    with unanswered_address() as (host, port):
        started = time.monotonic()
        with pytest.raises(Stopped):
            told_to_stop(Transport(), one(post(f"http://{host}:{port}")), Stop(), 0.2, colour)
        assert time.monotonic() - started < 2


@colours
def test_what_is_on_the_wire_gets_its_answer_even_when_told_to_stop(colour: Colour) -> None:
    stop = Stop()

    def answer(_: object) -> Answer:
        stop.ask()
        return Answer(b"{}")

    with serving(http_script(answer)) as server:
        flow, transport = one(post(server.origin)), Transport()
        reply = transport.run(flow, stop) if colour is COLOURS[0] else asyncio.run(transport.arun(flow, stop))
        transport.close()
        assert reply.status == 200
