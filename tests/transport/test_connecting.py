"""Names and addresses: one bound for all of it, and a dead address costs a moment only."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.transport.outcome import NotSent
from tests.transport.servers import COLOURS, Answer, Colour, http_script, one, serving, unanswered_address

colours = pytest.mark.parametrize("colour", COLOURS)

Resolver = Callable[[str], list[tuple[str, int]]]


def new_name() -> str:
    """A name that nobody is still looking up for an earlier test."""
    return f"{uuid.uuid4()}.example.com"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Resolver], None]:
    """Lets a function answer for the system's resolver where a name ends in ``.example.com``."""
    system = socket.getaddrinfo

    def answer_with(resolver: Resolver) -> None:
        def resolve(host: str, *arguments: Any, **options: Any) -> list[Any]:
            if not str(host).endswith(".example.com"):
                return system(host, *arguments, **options)
            if options.get("flags", 0) & socket.AI_NUMERICHOST:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in resolver(host)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return answer_with


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Set when the test is over, so that a resolver that hangs ends with it."""
    over = threading.Event()
    yield over
    over.set()


@colours
@pytest.mark.parametrize("limits", [{"timeout": 0.4}, {"connect_timeout": 0.4}], ids=["total", "connect"])
def test_a_resolver_that_hangs_is_bounded(
    colour: Colour, limits: dict[str, float], names: Callable[[Resolver], None], hanging: threading.Event
) -> None:
    names(lambda _: [("127.0.0.1", 1)] if hanging.wait(20) else [])
    started = time.monotonic()
    with pytest.raises(NotSent, match=r"^no connection within 0\.4 seconds$"):
        colour(Transport(TransportSettings(**limits)), one(Message("POST", f"http://{new_name()}")))  # type: ignore[arg-type]
    assert time.monotonic() - started < 2


@colours
def test_a_resolver_that_hangs_for_one_name_does_not_hold_up_another(
    colour: Colour, names: Callable[[Resolver], None], hanging: threading.Event
) -> None:
    with serving(http_script(lambda _: Answer(b"{}"))) as server:

        def resolve(host: str) -> list[tuple[str, int]]:
            if host.startswith("slow"):
                hanging.wait(20)
            return [("127.0.0.1", server.port)]

        names(resolve)
        for number in range(20):
            with pytest.raises(NotSent):
                colour(
                    Transport(TransportSettings(timeout=0.02)),
                    one(Message("GET", f"http://slow-{number}.{new_name()}")),
                )
        assert colour(Transport(), one(Message("GET", "http://fast.example.com"))).status == 200


@colours
def test_many_who_ask_for_one_name_share_one_look_up(
    colour: Colour, names: Callable[[Resolver], None], hanging: threading.Event
) -> None:
    asked: list[str] = []
    names(lambda host: asked.append(host) or [("127.0.0.1", 1)] if not hanging.wait(20) else [])  # type: ignore[func-returns-value]
    before, origin = threading.active_count(), f"http://{new_name()}"
    for _ in range(5):
        with pytest.raises(NotSent):
            colour(Transport(TransportSettings(timeout=0.05)), one(Message("GET", origin)))
    assert threading.active_count() <= before + 1


@colours
def test_an_unknown_name_means_not_sent(colour: Colour, names: Callable[[Resolver], None]) -> None:
    def unknown(_: str) -> list[tuple[str, int]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    names(unknown)
    with pytest.raises(NotSent, match="Name or service not known"):
        colour(Transport(), one(Message("POST", "http://typo.example.com")))


@colours
def test_four_dead_addresses_share_one_bound(colour: Colour, names: Callable[[Resolver], None]) -> None:
    with contextlib.ExitStack() as dead:
        addresses = [dead.enter_context(unanswered_address(f"127.0.0.{number}")) for number in range(2, 6)]
        names(lambda _: addresses)
        started = time.monotonic()
        with pytest.raises(NotSent, match=r"no connection within 0\.6 seconds"):
            colour(Transport(TransportSettings(timeout=0.6)), one(Message("POST", "http://dead.example.com")))
        assert time.monotonic() - started < 1.5


@colours
def test_a_dead_address_before_a_good_one_costs_a_moment(colour: Colour, names: Callable[[Resolver], None]) -> None:
    with unanswered_address() as dead, serving(http_script(lambda _: Answer(b"{}"))) as server:
        names(lambda _: [dead, ("127.0.0.1", server.port)])
        started = time.monotonic()
        assert colour(Transport(), one(Message("GET", "http://half.example.com"))).status == 200
        assert time.monotonic() - started < 2


@colours
def test_a_refusing_address_before_a_good_one_costs_nothing(colour: Colour, names: Callable[[Resolver], None]) -> None:
    with socket.socket() as closed, serving(http_script(lambda _: Answer(b"{}"))) as server:
        closed.bind(("127.0.0.1", 0))
        names(lambda _: [closed.getsockname(), ("127.0.0.1", server.port)])
        assert colour(Transport(), one(Message("GET", "http://half.example.com"))).status == 200
        assert server.connections == 1
