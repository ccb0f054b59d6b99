"""One look for many waits, on a real event loop and real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import AuthenticationFailed, CloudError, ConfigurationError
from airflow_provider_cloudflows.services.secmaster.service import SECMASTER
from airflow_provider_cloudflows.transport import retry
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.waiting import poller as pollers
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.poller import Poller
from airflow_provider_cloudflows.waiting.watch import Sighting
from tests.transport.servers import Answer, Seen
from tests.waiting.cloud import Runs, secmaster, watch_of

SOON = Pace(0.05)


def on_a_loop(runs: Runs, work: Callable[[CloudClient, Poller], Awaitable[Any]]) -> Any:
    async def conversation() -> Any:
        try:
            return await asyncio.wait_for(work(client, Poller(client)), 30)
        finally:
            await client.transport.aclose()

    with secmaster(runs) as client:
        return asyncio.run(conversation())


async def all_of(poller: Poller, names: list[str]) -> list[Sighting]:
    return list(await asyncio.gather(*(poller.until_over(watch_of(name), SOON) for name in names)))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SECMASTER, "rate", 1000.0)
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)


def test_a_page_answers_a_hundred_waits() -> None:
    names = [f"r{number}" for number in range(100)]
    runs = Runs({name: ["RUNNING", "RUNNING", "FINISHED"] for name in names})
    seen = on_a_loop(runs, lambda _, poller: all_of(poller, names))
    assert {one.state for one in seen} == {"FINISHED"}
    assert runs.calls["list"] <= 8  # a few rounds, of one page or two
    assert runs.calls["show"] == 0


def test_a_single_wait_is_read_by_its_id() -> None:
    runs = Runs({"r": ["RUNNING", "FINISHED"], **{f"other{number}": ["RUNNING"] for number in range(500)}})
    seen = on_a_loop(runs, lambda _, poller: all_of(poller, ["r"]))
    assert [one.state for one in seen] == ["FINISHED"]
    assert runs.calls == {"show": 2}


def test_what_the_list_does_not_show_is_read_by_its_id() -> None:
    runs = Runs({"a": ["FINISHED"], "b": ["RUNNING", "FINISHED"]}, unlisted={"b"})
    seen = on_a_loop(runs, lambda _, poller: all_of(poller, ["a", "b"]))
    assert [one.state for one in seen] == ["FINISHED", "FINISHED"]


def test_a_list_of_others_is_left_early() -> None:
    others = {f"other{number}": ["RUNNING"] for number in range(1000)}
    runs = Runs({**others, "a": ["FINISHED"], "b": ["FINISHED"]})
    on_a_loop(runs, lambda _, poller: all_of(poller, ["a", "b"]))
    assert runs.calls["list"] <= 4
    assert runs.calls["show"] == 2


def test_a_wait_that_is_given_up_is_not_looked_at_any_more() -> None:
    runs = Runs({"a": ["RUNNING"], "b": ["RUNNING"]})

    async def work(_: CloudClient, poller: Poller) -> None:
        waits = [asyncio.create_task(poller.until_over(watch_of(name), SOON)) for name in "ab"]
        await asyncio.to_thread(runs.wait_for_calls, "list", 2)
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        calls = runs.calls.total()
        await asyncio.sleep(0.3)
        assert runs.calls.total() == calls
        assert not [task for task in asyncio.all_tasks() if "Group" in repr(task)]

    on_a_loop(runs, work)


def test_a_wait_that_may_not_look_ends_alone() -> None:
    denied = Answer(status=403, body=b'{"error_code": "APIGW.0302", "error_msg": "denied"}')
    runs = Runs({"a": ["RUNNING"]}, refusals=[denied] * 3)

    async def work(_: CloudClient, poller: Poller) -> None:
        with pytest.raises(CloudError, match="denied"):
            await poller.until_over(watch_of("a"), SOON)

    on_a_loop(runs, work)
    assert runs.calls == {"show": 3}


def test_calls_are_spread_by_the_rate_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SECMASTER, "rate", 20.0)
    runs = Runs({f"r{number}": ["FINISHED"] for number in range(20)})
    runs.unlisted.update(runs.states)

    async def work(_: CloudClient, poller: Poller) -> float:
        started = asyncio.get_running_loop().time()
        await all_of(poller, list(runs.states))
        return asyncio.get_running_loop().time() - started

    assert on_a_loop(runs, work) >= 20 / 20.0


def test_two_waits_for_the_same_run_learn_from_the_same_page() -> None:
    names = [f"r{number}" for number in range(20)]
    runs = Runs({name: ["RUNNING", "RUNNING", "FINISHED"] for name in names})
    seen = on_a_loop(runs, lambda _, poller: all_of(poller, [*names, "r0"]))
    assert (len(seen), runs.calls["show"]) == (21, 0)


class ListFails(Runs):
    """Each run can be read, and the list always fails in the same way."""

    def __init__(self, failure: Answer) -> None:
        super().__init__({name: ["RUNNING", "RUNNING", "FINISHED"] for name in "abc"})
        self.failure = failure

    def _handle(self, seen: Seen) -> Answer:
        return self.failure if "/instances?" in seen.target else super()._handle(seen)


@pytest.mark.parametrize(
    "failure",
    [
        Answer(status=500, body=b'{"code": "x", "message": "internal"}'),
        Answer(body=b'{"count": 1, "instances": [{"id": null, "status": "RUNNING"}]}'),
        Answer(body=b"<html>a gateway's page</html>"),
        Answer(status=403, body=b'{"error_code": "APIGW.0302", "error_msg": "denied"}'),
    ],
    ids=["the service fails", "one item has no id", "a page of a gateway", "it is denied"],
)
def test_a_list_that_always_fails_blinds_no_wait(failure: Answer) -> None:
    seen = on_a_loop(ListFails(failure), lambda _, poller: all_of(poller, list("abc")))
    assert {one.state for one in seen} == {"FINISHED"}


def test_a_day_that_the_service_names_to_one_does_not_blind_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pollers, "LONGEST_PAUSE", 0.3)
    throttled = Answer({"error_code": "APIGW.0308", "error_msg": "x"}, 429, headers={"Retry-After": "86400"})
    runs = Runs({name: ["RUNNING", "FINISHED"] for name in "abc"}, refusals=[throttled])
    seen = on_a_loop(runs, lambda _, poller: all_of(poller, list("abc")))
    assert {one.state for one in seen} == {"FINISHED"}


def test_a_refused_credential_is_tried_three_times_by_all_waits_together() -> None:
    """Clouds lock a key that was refused a few times."""
    refused = Answer({"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}, 401)
    names = [f"r{number}" for number in range(30)]
    runs = Runs({name: ["RUNNING"] for name in names}, refusals=[refused] * 1000)

    async def work(_: CloudClient, poller: Poller) -> list[Any]:
        waits = (poller.until_over(watch_of(name), SOON) for name in names)
        return list(await asyncio.gather(*waits, return_exceptions=True))

    assert {type(one) for one in on_a_loop(runs, work)} == {AuthenticationFailed}
    assert runs.calls.total() == 3


def test_a_credential_that_cannot_be_had_for_a_moment_ends_no_wait() -> None:
    """Its file is just being written, for example."""
    runs = Runs({name: ["RUNNING", "FINISHED"] for name in "abc"})

    async def work(client: CloudClient, poller: Poller) -> list[Sighting]:
        sign, failures = client.signer.sign, iter([ConfigurationError("The file is no JSON.")] * 2)

        def sign_later(message: Message) -> Flow[None]:
            for failure in failures:
                raise failure
            return sign(message)

        client.signer.sign = sign_later  # type: ignore[method-assign]
        return await all_of(poller, list("abc"))

    assert {one.state for one in on_a_loop(runs, work)} == {"FINISHED"}


def test_who_comes_when_a_group_breaks_does_not_join_it() -> None:
    runs = Runs({name: ["FINISHED"] for name in "abc"})

    async def work(client: CloudClient, poller: Poller) -> Sighting:
        breaks = asyncio.Event()

        async def broken(_: Any) -> None:
            breaks.set()
            raise RuntimeError("a fault of ours")

        client.acall = broken  # type: ignore[method-assign, assignment]
        waits = [asyncio.create_task(poller.until_over(watch_of(name), SOON)) for name in "ab"]
        await breaks.wait()
        seen = await poller.until_over(watch_of("c"), SOON)
        assert [type(one) for one in await asyncio.gather(*waits, return_exceptions=True)] == [RuntimeError] * 2
        return seen

    assert on_a_loop(runs, work).state == "FINISHED"
