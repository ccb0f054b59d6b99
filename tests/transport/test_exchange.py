"""One message over a real socket, in both colours: what is sent, what comes back, and what every failure becomes."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable

import pytest

from airflow_provider_cloudflows import __version__
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent
from tests.transport.servers import (
    COLOURS,
    Answer,
    Colour,
    Peer,
    Seen,
    blackhole_port,
    http_script,
    one,
    serving,
)

colours = pytest.mark.parametrize("colour", COLOURS)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def transport(timeout: float = 5.0, **options: object) -> Transport:
    return Transport(TransportSettings(timeout=timeout, **options))  # type: ignore[arg-type]


def saying(data: bytes) -> Callable[[Peer], None]:
    """A script that reads one request, sends ``data`` and closes."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(data)

    return script


@colours
def test_a_reply_comes_back_whole(colour: Colour) -> None:
    data = (
        b"HTTP/1.1 201 Created\r\nX-Request-Id: r1\r\nX-TWICE: a\r\nX-Twice: b\r\nContent-Length: 4\r\n\r\n\xff\x00ok"
    )
    with serving(saying(data)) as server:
        reply = colour(transport(), one(Message("GET", server.origin)))
    assert (reply.status, reply.body) == (201, b"\xff\x00ok")
    assert reply.headers["x-request-id"] == "r1"
    assert reply.headers["x-twice"] == "a, b"


@colours
def test_the_bytes_on_the_wire_are_the_bytes_of_the_message(colour: Colour) -> None:
    message = Message(
        "POST",
        "",
        "/v1/%E6%97%A5%20a%2Fb~c/x/",
        "a=%20%2B&a=b%26c&empty=&q=%27%22%3C%3E%7C",
        {"x-acs-Action": "CreateBusiness", "Content-Type": "application/json", "Authorization": "sig"},
        "日报 & 流程".encode(),
    )
    with serving(saying(OK)) as server:
        message.origin = server.origin
        colour(transport(), one(message))
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == f"POST {message.path}?{message.query} HTTP/1.1"
    assert body == message.body
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines), "a header is sent twice"
    assert headers == {
        "Host": f"127.0.0.1:{server.port}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"airflow-provider-cloudflows/{__version__}",
        "x-acs-Action": "CreateBusiness",
        "Content-Type": "application/json",
        "Authorization": "sig",
        "Content-Length": str(len(message.body)),
    }


@colours
@pytest.mark.parametrize(("method", "length"), [("GET", None), ("DELETE", None), ("POST", "0"), ("PUT", "0")])
def test_an_empty_body_is_announced_where_servers_expect_one(colour: Colour, method: str, length: str | None) -> None:
    seen: list[str | None] = []

    def handler(request: Seen) -> Answer:
        seen.append(request.headers.get("content-length"))
        return Answer()

    with serving(http_script(handler)) as server:
        colour(transport(), one(Message(method, server.origin)))
    assert seen == [length]


@colours
def test_connections_are_kept_for_the_next_message(colour: Colour) -> None:
    def thrice(origin: str) -> Flow[list[int]]:
        replies: list[Reply] = []
        for _ in range(3):
            replies.append((yield Message("GET", origin)))  # noqa: PERF401
        return [reply.status for reply in replies]

    with serving(http_script(lambda _: Answer(b"{}"))) as server:
        assert colour(transport(), thrice(server.origin)) == [200, 200, 200]
        assert (len(server.requests), server.connections) == (3, 1)


@colours
def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(colour: Colour) -> None:
    closed = threading.Event()

    def once(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.socket.close()
        closed.set()

    def twice(origin: str) -> Flow[int]:
        yield Message("GET", origin)
        assert closed.wait(5)
        reply: Reply = yield Message("GET", origin)
        return reply.status

    with serving(once) as server:
        assert colour(transport(), twice(server.origin)) == 200
        assert server.connections == 2


@colours
def test_a_redirect_is_an_answer_like_any_other(colour: Colour) -> None:
    with serving(http_script(lambda _: Answer(status=302, headers={"Location": "/elsewhere"}))) as server:
        assert colour(transport(), one(Message("POST", server.origin))).status == 302
        assert len(server.requests) == 1


def nothing(peer: Peer) -> None:
    """Close without having read."""


def silence(peer: Peer) -> None:
    peer.request()
    peer.stopping.wait(30)


def dripping_head(peer: Peer) -> None:
    peer.request()
    peer.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 150, 0.02)


def dripping_body(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    peer.drip(b" " * 150, 0.02)


def endless_body(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not peer.stopping.is_set():
        peer.send(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


def endless_head(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\n")
    while not peer.stopping.is_set():
        peer.send(b"X-More: " + b"x" * 0x1000 + b"\r\n")


def endless_interim(peer: Peer) -> None:
    peer.request()
    while not peer.stopping.wait(0.01):
        peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")


@colours
@pytest.mark.parametrize("script", [silence, dripping_head, dripping_body, endless_interim])
def test_the_deadline_covers_the_whole_exchange(colour: Colour, script: Callable[[Peer], None]) -> None:
    with serving(script) as server:
        started = time.monotonic()
        with pytest.raises(Interrupted, match=r"^no complete answer came within 0\.4 seconds$"):
            colour(transport(timeout=0.4), one(Message("POST", server.origin)))
        assert 0.3 < time.monotonic() - started < 3


@colours
def test_each_message_has_a_deadline_of_its_own(colour: Colour) -> None:
    def slow(peer: Peer) -> None:
        while peer.request() is not None:
            peer.stopping.wait(0.5)
            peer.send(OK)

    def thrice(origin: str) -> Flow[None]:
        for _ in range(3):
            yield Message("GET", origin)

    with serving(slow) as server:
        colour(transport(timeout=1.3), thrice(server.origin))
        assert len(server.requests) == 3


@colours
def test_a_body_beyond_the_cap_is_given_up(colour: Colour) -> None:
    with serving(endless_body) as server, pytest.raises(Interrupted, match="larger than 20000 bytes"):
        colour(transport(max_reply_bytes=20_000), one(Message("GET", server.origin)))


@colours
def test_the_cap_counts_what_a_compressed_body_becomes(colour: Colour) -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    with serving(saying(head.encode() + packed)) as server, pytest.raises(Interrupted, match="larger than 500000"):
        colour(transport(max_reply_bytes=500_000), one(Message("GET", server.origin)))


@colours
def test_a_body_at_the_cap_is_taken(colour: Colour) -> None:
    with serving(http_script(lambda _: Answer(b"x" * 1000))) as server:
        reply = colour(transport(max_reply_bytes=1000), one(Message("GET", server.origin)))
    assert len(reply.body) == 1000


@colours
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(nothing, id="closed at once"),
        pytest.param(saying(b""), id="closed after the request"),
        pytest.param(saying(b"HTTP/1.1 2"), id="half a status line"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Le"), id="half a header"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), id="short of its length"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"), id="half a chunk"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"), id="bad chunk size"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n{}"), id="two lengths"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"), id="no length"),
        pytest.param(saying(b"HTTP/1.1 999999 OK\r\n\r\n"), id="bad status"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"), id="bad header"),
        pytest.param(saying(b"SSH-2.0-OpenSSH_9.6\r\n"), id="another protocol"),
        pytest.param(saying(b"\x16\x03\x01\x00\x00"), id="TLS where none was due"),
        pytest.param(
            saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), id="bad gzip"
        ),
        pytest.param(endless_head, id="endless head"),
    ],
)
def test_whatever_breaks_after_sending_is_an_interruption(colour: Colour, script: Callable[[Peer], None]) -> None:
    with serving(script) as server, pytest.raises(Interrupted) as caught:
        colour(transport(), one(Message("POST", server.origin, body=b"x")))
    assert str(caught.value)


@colours
def test_a_refused_connection_means_not_sent(colour: Colour) -> None:
    with blackhole_port() as port, pytest.raises(NotSent, match=r"refused|failed"):
        colour(transport(), one(Message("POST", f"http://127.0.0.1:{port}")))


@colours
@pytest.mark.parametrize(
    "origin",
    [
        "https://dataworks.no-such-region.invalid",
        "https://a..b",
        f"https://{'x' * 70}.invalid",
        "https://ümlaut.invalid",
        "http://[::1",
        "http://127.0.0.1:port",
        "ftp://127.0.0.1",
        "127.0.0.1",
        "",
    ],
)
def test_an_address_that_leads_nowhere_means_not_sent(colour: Colour, origin: str) -> None:
    with pytest.raises(NotSent) as caught:
        colour(transport(), one(Message("POST", origin)))
    assert str(caught.value)


@colours
@pytest.mark.parametrize("value", ["é", "a\r\nX-Evil: 1", "a\x00"])
def test_a_header_that_cannot_be_written_means_not_sent(colour: Colour, value: str) -> None:
    with serving(silence) as server:
        with pytest.raises(NotSent):
            colour(transport(), one(Message("POST", server.origin, headers={"X-Project-Id": value})))
        assert server.requests == []


@colours
def test_a_flow_hears_of_a_failure_and_may_go_on(colour: Colour) -> None:
    def stubborn(dead: str, alive: str) -> Flow[int]:
        try:
            yield Message("GET", dead)
        except NotSent:
            reply: Reply = yield Message("GET", alive)
            return reply.status
        return 0

    with blackhole_port() as port, serving(http_script(lambda _: Answer())) as server:
        assert colour(transport(), stubborn(f"http://127.0.0.1:{port}", server.origin)) == 200


@colours
def test_a_flow_without_a_message_opens_no_socket(colour: Colour) -> None:
    def silent() -> Flow[str]:
        yield from ()
        return "done"

    assert colour(transport(), silent()) == "done"
