"""One credential for all callers: fetched once, renewed ahead, shared by threads and loops, dropped when refused."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count

import pytest

from airflow_provider_cloudflows.auth import cache
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, NotConfigured
from airflow_provider_cloudflows.auth.cache import KeptCredential, forget_all, kept
from airflow_provider_cloudflows.errors import NoAnswer
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.flow import Flow, Wait

HOUR = 3600.0


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """A source whose keys are numbered, that takes a while, and that fails when it is told to."""

    def __init__(self, clock: Clock, lifetime: float | None = HOUR, seconds: float = 0.0, name: str = "a") -> None:
        self.lifetime = lifetime
        self.seconds = seconds
        self.failure: Exception | None = None
        self.obtained = 0
        self.new_keys: Callable[[], int] = count(1).__next__
        self._clock = clock
        self._name = name

    def obtain(self) -> Flow[Credential]:
        self.obtained += 1
        yield Wait(self.seconds)
        if self.failure is not None:
            raise self.failure
        number = self.new_keys()
        expires = None if self.lifetime is None else self._clock() + self.lifetime
        return Credential(AccessKey(f"AK{number}", f"secret{number}", f"token{number}"), "a test", expires)

    def identity(self) -> Hashable:
        return self._name

    def secrets(self) -> Iterable[str]:
        return ("base-secret",)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


def key_id(credential: Credential) -> str:
    assert isinstance(credential.proof, AccessKey)
    return credential.proof.key_id


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does; fails after five seconds."""
    waiter = threading.Event()
    for _ in range(500):
        if condition():
            return
        waiter.wait(0.01)
    pytest.fail("it did not happen within five seconds")


def test_a_fresh_credential_is_not_fetched_again(clock: Clock, transport: Transport) -> None:
    source = Counting(clock)
    one = KeptCredential(source, clock=clock)
    first = transport.run(one.get())
    clock.now += HOUR / 2
    assert transport.run(one.get()) is first
    assert source.obtained == 1


def test_fifty_threads_at_expiry_cause_one_renewal(clock: Clock, transport: Transport) -> None:
    source = Counting(clock, seconds=0.2)
    one = KeptCredential(source, clock=clock)
    transport.run(one.get())
    clock.now += 2 * HOUR
    together = threading.Barrier(50)

    def call(_: int) -> Credential:
        together.wait()
        return transport.run(one.get())

    with ThreadPoolExecutor(50) as pool:
        credentials = list(pool.map(call, range(50)))
    assert source.obtained == 2
    assert {key_id(credential) for credential in credentials} == {"AK2"}


def test_fifty_tasks_at_expiry_cause_one_renewal(clock: Clock, transport: Transport) -> None:
    source = Counting(clock, seconds=0.2)
    one = KeptCredential(source, clock=clock)

    async def all_at_once() -> list[Credential]:
        return await asyncio.gather(*(transport.arun(one.get()) for _ in range(50)))

    assert {key_id(credential) for credential in asyncio.run(all_at_once())} == {"AK1"}
    assert source.obtained == 1


def test_threads_and_an_event_loop_share_one_renewal(clock: Clock, transport: Transport) -> None:
    source = Counting(clock, seconds=0.3)
    one = KeptCredential(source, clock=clock)

    async def some() -> list[Credential]:
        return await asyncio.gather(*(transport.arun(one.get()) for _ in range(10)))

    with ThreadPoolExecutor(11) as pool:
        loop = pool.submit(lambda: asyncio.run(some()))
        threads = [pool.submit(lambda: transport.run(one.get())) for _ in range(10)]
        found = {key_id(credential) for credential in [*loop.result(), *(each.result() for each in threads)]}
    assert (found, source.obtained) == ({"AK1"}, 1)


def test_an_ageing_credential_is_used_on_while_a_new_one_is_fetched(clock: Clock, transport: Transport) -> None:
    source = Counting(clock)
    one = KeptCredential(source, clock=clock, ahead=900)
    transport.run(one.get())
    source.seconds = 0.3
    clock.now += HOUR - 600
    assert key_id(transport.run(one.get())) == "AK1"
    assert key_id(transport.run(one.get())) == "AK1"
    until(lambda: one.current is not None and key_id(one.current) == "AK2")
    assert source.obtained == 2
    assert key_id(transport.run(one.get())) == "AK2"


def test_it_is_fetched_beside_a_task_on_an_event_loop(clock: Clock, transport: Transport) -> None:
    source = Counting(clock)
    one = KeptCredential(source, clock=clock)

    async def calls() -> list[str]:
        first = await transport.arun(one.get())
        clock.now += HOUR - 600
        during = await transport.arun(one.get())
        await asyncio.to_thread(until, lambda: one.current is not first)
        return [key_id(first), key_id(during), key_id(await transport.arun(one.get()))]

    assert asyncio.run(asyncio.wait_for(calls(), 5)) == ["AK1", "AK1", "AK2"]


@pytest.mark.parametrize(("lifetime", "ahead", "due"), [(HOUR, 900.0, 900.0), (900.0, 2400.0, 300.0)])
def test_renewal_begins_as_early_as_the_vendor_says_or_in_the_last_third(
    clock: Clock, transport: Transport, lifetime: float, ahead: float, due: float
) -> None:
    source = Counting(clock, lifetime)
    one = KeptCredential(source, clock=clock, ahead=ahead)
    transport.run(one.get())
    clock.now += lifetime - due - 1
    transport.run(one.get())
    assert source.obtained == 1
    clock.now += 2
    transport.run(one.get())
    until(lambda: source.obtained == 2)


def test_a_renewal_that_fails_ahead_of_expiry_costs_nobody_a_call(
    clock: Clock, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    source = Counting(clock)
    one = KeptCredential(source, clock=clock)
    transport.run(one.get())
    source.failure = NoAnswer("no complete answer came", operation="STS AssumeRole")
    clock.now += HOUR - 600
    with caplog.at_level(logging.WARNING):
        assert key_id(transport.run(one.get())) == "AK1"
        until(lambda: "STS AssumeRole" in caplog.text)
    assert "the old one is used on" in caplog.text
    for _ in range(20):
        assert key_id(transport.run(one.get())) == "AK1"
    assert source.obtained == 2, "a failed renewal was repeated at every call"
    clock.now += 61
    source.failure = None
    transport.run(one.get())
    until(lambda: one.current is not None and key_id(one.current) == "AK2")


def test_metadata_that_still_has_the_old_credential_is_not_asked_at_every_call(
    clock: Clock, transport: Transport
) -> None:
    source = Counting(clock)
    fixed = transport.run(KeptCredential(source, clock=clock).get())
    asked = 0

    class Unchanged(Counting):
        def obtain(self) -> Flow[Credential]:
            nonlocal asked
            asked += 1
            yield Wait(0)
            return fixed

    one = KeptCredential(Unchanged(clock), clock=clock)
    transport.run(one.get())
    clock.now += HOUR - 600
    transport.run(one.get())
    until(lambda: asked == 2 and one._renewal is None)
    for _ in range(20):
        transport.run(one.get())
    assert asked == 2


def test_everybody_who_waits_learns_why_there_is_no_credential_and_the_next_call_tries_again(
    clock: Clock, transport: Transport
) -> None:
    source = Counting(clock, seconds=0.3)
    source.failure = NotConfigured("The variable X is not set.")
    one = KeptCredential(source, clock=clock)

    def call(_: int) -> str:
        with pytest.raises(NotConfigured) as raised:
            transport.run(one.get())
        return raised.value.sentence()

    with ThreadPoolExecutor(10) as pool:
        said = set(pool.map(call, range(10)))
    assert said == {"The variable X is not set."}
    assert source.obtained == 1
    source.failure = None
    assert key_id(transport.run(one.get())) == "AK1"


def test_a_cloud_error_reaches_every_waiting_call_whole(clock: Clock, transport: Transport) -> None:
    source = Counting(clock, seconds=0.3)
    source.failure = NoAnswer("no answer", operation="STS AssumeRole", request_id="r-1")
    one = KeptCredential(source, clock=clock)

    def call(_: int) -> NoAnswer:
        with pytest.raises(NoAnswer, match=r"STS AssumeRole got no usable answer \(request id r-1\)") as raised:
            transport.run(one.get())
        return raised.value

    with ThreadPoolExecutor(5) as pool:
        errors = list(pool.map(call, range(5)))
    assert len({id(error) for error in errors}) == 5, "threads share one traceback"


def test_whoever_waits_takes_over_from_a_task_that_is_cancelled(clock: Clock, transport: Transport) -> None:
    source = Counting(clock, seconds=30)
    one = KeptCredential(source, clock=clock)

    async def cancel_the_first() -> str:
        first = asyncio.create_task(transport.arun(one.get()))
        await asyncio.sleep(0)  # one turn of the loop brings a task to where it waits
        second = asyncio.create_task(transport.arun(one.get()))
        await asyncio.sleep(0)
        source.seconds = 0
        first.cancel()
        return key_id(await asyncio.wait_for(second, 5))

    assert asyncio.run(cancel_the_first()) == "AK1"
    assert source.obtained == 2


def test_an_event_loop_that_ends_early_leaves_no_renewal_behind(clock: Clock, transport: Transport) -> None:
    source = Counting(clock)
    one = KeptCredential(source, clock=clock)
    transport.run(one.get())
    clock.now += HOUR - 600
    asyncio.run(transport.arun(one.get()))  # the loop is gone before what was begun beside it
    until(lambda: one._renewal is None)
    clock.now += HOUR
    assert key_id(transport.run(one.get())) != "AK1"


def test_a_refused_credential_is_dropped_and_its_successor_is_not(clock: Clock, transport: Transport) -> None:
    source = Counting(clock)
    one = KeptCredential(source, clock=clock)
    refused = transport.run(one.get())
    one.reject(refused)
    successor = transport.run(one.get())
    assert key_id(successor) == "AK2"
    one.reject(refused)  # a call that was under way with the old one comes back late
    assert transport.run(one.get()) is successor


def test_one_that_does_not_expire_is_looked_at_again_after_a_while(clock: Clock, transport: Transport) -> None:
    source = Counting(clock, lifetime=None)
    one = KeptCredential(source, clock=clock)
    transport.run(one.get())
    clock.now += 299
    transport.run(one.get())
    assert source.obtained == 1
    clock.now += 2
    assert key_id(transport.run(one.get())) == "AK1"
    until(lambda: one.current is not None and key_id(one.current) == "AK2")


def test_one_that_does_not_expire_and_is_the_same_again_has_the_same_time_before_the_next_look(
    clock: Clock, transport: Transport
) -> None:
    source = Counting(clock, lifetime=None)
    source.new_keys = lambda: 1
    one = KeptCredential(source, clock=clock)
    transport.run(one.get())

    def looked(times: int) -> bool:
        return source.obtained == times and one._renewal is None

    for looks in (2, 3):
        clock.now += 301
        transport.run(one.get())
        until(partial(looked, looks))
        clock.now += 298
        transport.run(one.get())
        assert source.obtained == looks


def test_a_credential_that_came_expired_is_used_once_and_fetched_again(clock: Clock, transport: Transport) -> None:
    """So a server whose clock is far behind ours still lets calls through."""
    source = Counting(clock, lifetime=-10)
    one = KeptCredential(source, clock=clock)
    assert [key_id(transport.run(one.get())) for _ in range(3)] == ["AK1", "AK2", "AK3"]


def test_secrets_are_announced_before_a_credential_is_used(clock: Clock, transport: Transport) -> None:
    told: list[tuple[str, ...]] = []
    one = KeptCredential(Counting(clock), clock=clock, announce=lambda key, secrets: told.append(tuple(secrets)))
    transport.run(one.get())
    assert told == [("base-secret", "secret1", "token1")]
    assert set(one.secrets()) == {"base-secret", "secret1", "token1"}
    assert "secret1" not in repr(one.current)


def test_equal_identities_share_a_credential_and_others_do_not(clock: Clock, transport: Transport) -> None:
    first, same, other = (kept(Counting(clock, name=name)) for name in ("a", "a", "b"))
    assert first is same
    assert first is not other
    assert first.key != other.key


def test_old_identities_make_room(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_IDENTITIES", 2)
    first = kept(Counting(clock, name="a"))
    kept(Counting(clock, name="b"))
    assert kept(Counting(clock, name="a")) is first
    kept(Counting(clock, name="c"))
    assert kept(Counting(clock, name="a")) is first
    assert len(cache._kept) == 2


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_starts_without_credentials(clock: Clock, transport: Transport) -> None:
    one = kept(Counting(clock))
    transport.run(one.get())
    with cache._lock:  # as another thread may hold it at that moment
        child = os.fork()
        if child == 0:
            os._exit(0 if kept(Counting(clock)).current is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert kept(Counting(clock)) is one


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_credential_that_a_hook_holds_starts_anew_in_a_forked_process(clock: Clock, transport: Transport) -> None:
    one = kept(Counting(clock))
    transport.run(one.get())
    beside = one.get()
    one.reject(one.current)
    next(beside, None)  # a renewal is under way, and nobody is there to end it in the child
    with one._lock:  # as another thread may hold it at that moment
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if one.current is None and transport.run(one.get()) else 1)
            finally:
                os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    beside.close()
