"""The account a caller acts in: read off a role, asked from STS once, unknown where nobody tells."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba import account
from airflow_provider_cloudflows.auth.alibaba.account import AccountOfCredential, account_of_role
from airflow_provider_cloudflows.auth.alibaba.assume_role import AssumedRoleSource
from airflow_provider_cloudflows.auth.alibaba.ecs_ram_role import EcsRamRoleSource
from airflow_provider_cloudflows.auth.alibaba.oidc_role import OidcRoleSource
from airflow_provider_cloudflows.auth.alibaba.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, NotConfigured, Source
from airflow_provider_cloudflows.auth.cache import KeptCredential
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.auth.static import FixedSource
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.flow import Flow, Join
from airflow_provider_cloudflows.transport.message import Message
from tests.auth.alibaba.bench import SECRET, Bench
from tests.transport.servers import COLOURS, Answer, Colour, Peer, RawServer, Seen, blocking, http_script, one, serving

Account = Callable[[], Flow[str | None]]

WHO = {"AccountId": "1234", "Arn": "acs:ram::1234:user/etl", "RequestId": "R"}


@pytest.fixture(autouse=True)
def nobody_was_asked() -> Iterator[None]:
    account.forget_all()
    yield
    account.forget_all()


def key_source(key_id: str = "LTAI5tOne", secret: str = SECRET) -> FixedSource:
    return FixedSource(Credential(AccessKey(key_id, secret), "a test"))


class Sts:
    """Answers every call with ``answer``, and counts them."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or Answer(WHO)
        self.asked = 0

    def __call__(self, seen: Seen) -> Answer:
        self.asked += 1
        return self.answer


def account_of(url: str, source: Source, **options: Any) -> Account:
    """What a hook makes: a client that signs with what ``source`` gives, and who it is."""
    kept = KeptCredential(source, ahead=RENEW_AHEAD)
    transport = Transport(TransportSettings(timeout=20))
    client = CloudClient(transport, Endpoints(everywhere=url), RenewingSigner(kept, signer_for))
    return partial(AccountOfCredential(kept, **options), client)


def told(flow: Account) -> str | None:
    """The account, asked for on a connection that is closed again."""
    return blocking(Transport(), flow())


def fixed(server: RawServer, key_id: str = "LTAI5tOne") -> Account:
    return account_of(server.origin, key_source(key_id))


@pytest.mark.parametrize(
    ("arn", "found"),
    [
        ("acs:ram::1234567890123456:role/etl", "1234567890123456"),
        ("acs:ram::1234:role/path/etl", "1234"),
        ("acs:ram::1234:user/etl", None),
        ("acs:ram::an-alias:role/etl", None),
        ("acs:ram::1234:role/", None),
        ("iam::d0a1:agency:etl", None),
        ("", None),
    ],
)
def test_a_role_names_its_account(arn: str, found: str | None) -> None:
    assert account_of_role(arn) == found


@pytest.mark.parametrize("colour", COLOURS)
def test_sts_is_asked_once_for_a_key(colour: Colour) -> None:
    sts = Sts()
    with serving(http_script(sts)) as server:
        assert [colour(Transport(), fixed(server)()) for _ in range(3)] == ["1234"] * 3
        assert sts.asked == 1
        told(fixed(server, "LTAI5tAnother"))
        assert sts.asked == 2


def test_the_same_key_at_another_sts_is_another_question() -> None:
    this, other = Sts(), Sts(Answer({**WHO, "AccountId": "99"}))
    with serving(http_script(this)) as here, serving(http_script(other)) as there:
        assert (told(fixed(here)), told(fixed(there))) == ("1234", "99")


def test_who_comes_while_sts_is_being_asked_takes_the_same_answer() -> None:
    sts = Sts()
    with serving(http_script(sts)) as server:
        first, second = fixed(server)(), fixed(server)()
        message, pause = next(first), next(second)
        assert isinstance(message, Message)
        assert isinstance(pause, Join)
        assert not pause.outcome.done()
        with pytest.raises(StopIteration) as asked:
            first.send(blocking(Transport(), one(message)))
        assert pause.outcome.done()
        with pytest.raises(StopIteration) as joined:
            second.send(None)
    assert (asked.value.value, joined.value.value, sts.asked) == ("1234", "1234", 1)


def test_a_role_is_asked_for_nowhere(cloud: Bench, sandbox: Running, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(sandbox.oidc_token())
    key = key_source(world.ALIBABA_KEY.id, world.ALIBABA_KEY.secret)
    options = SessionOptions()
    assumed = AssumedRoleSource(cloud.reach, key, world.ALIBABA_ROLE_ARN, options)
    provider = world.ALIBABA_OIDC_PROVIDER_ARN
    by_token = OidcRoleSource(cloud.reach, world.ALIBABA_ROLE_ARN, provider, tmp_path / "token", options)
    for source in (assumed, by_token):
        assert told(account_of(cloud.url, source)) == world.ALIBABA_ACCOUNT_ID
    assert "GetCallerIdentity" not in str(sandbox.requests())


def test_keys_that_name_no_role_are_asked_for(cloud: Bench) -> None:
    assert told(account_of(cloud.url, EcsRamRoleSource(cloud.reach))) == world.ALIBABA_ACCOUNT_ID


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"Code": "Throttling.User", "Message": "slow down", "RequestId": "R"}, 429),
        Answer({"Code": "InternalError", "Message": "no", "RequestId": "R"}, 500),
        Answer({"Code": "InvalidAccessKeyId.NotFound", "Message": "no", "RequestId": "R"}, 404),
        Answer(b"<html>a portal</html>"),
        Answer({"RequestId": "R"}),
    ],
)
def test_trouble_with_sts_is_an_unknown_account_after_one_attempt_and_counts_for_minutes(answer: Answer) -> None:
    sts, now = Sts(answer), [1000.0]
    with serving(http_script(sts)) as server:
        asked = account_of(server.origin, key_source(), clock=lambda: now[0])
        assert [told(asked) for _ in range(3)] == [None] * 3
        assert sts.asked == 1
        now[0] += account.FAILURE_COUNTS + 1
        sts.answer = Answer(WHO)
        assert [told(asked), told(asked)] == ["1234"] * 2
        assert sts.asked == 2


def test_an_sts_that_is_silent_costs_one_bounded_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(peer: Peer) -> None:
        peer.stopping.wait(10)

    monkeypatch.setattr(account, "LONGEST_ANSWER", 0.3)
    with serving(silent) as server:
        start = time.monotonic()
        assert [told(fixed(server)) for _ in range(5)] == [None] * 5
        assert time.monotonic() - start < 1.5


def test_a_clock_that_is_off_is_put_right_and_asked_again() -> None:
    def strict(seen: Seen) -> Answer:
        dates.append(seen.headers["x-acs-date"])
        header = {"Date": formatdate(time.time() + 3600, usegmt=True)}
        if len(dates) == 1:
            refusal = {"Code": "InvalidTimeStamp.Expired", "Message": "off", "RequestId": "R"}
            return Answer(refusal, 400, header)
        return Answer(WHO, headers=header)

    dates: list[str] = []
    with serving(http_script(strict)) as server:
        assert told(fixed(server)) == "1234"
    assert dates[1] > dates[0]


def test_no_credential_is_an_error_as_everywhere() -> None:
    class Nothing:
        def obtain(self) -> Any:
            yield from ()
            raise NotConfigured("There is nothing here.")

        def identity(self) -> str:
            return "nothing"

        def secrets(self) -> tuple[str, ...]:
            return ()

    sts = Sts()
    with serving(http_script(sts)) as server, pytest.raises(NotConfigured):
        told(account_of(server.origin, Nothing()))
    assert sts.asked == 0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "MOST_ACCOUNTS", 2)
    sts = Sts()
    with serving(http_script(sts)) as server:
        for key_id in ("LTAI5tA", "LTAI5tB", "LTAI5tA", "LTAI5tC"):  # the third makes B the oldest
            told(fixed(server, key_id))
        told(fixed(server, "LTAI5tA"))
        assert sts.asked == 3
        told(fixed(server, "LTAI5tB"))
        assert sts.asked == 4


def test_an_asker_that_gives_up_leaves_the_question_to_the_next() -> None:
    sts = Sts()
    with serving(http_script(sts)) as server:
        flow = fixed(server)()
        next(flow)  # the message is about to leave
        flow.close()
        assert told(fixed(server)) == "1234"


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_does_not_wait_for_what_its_parent_asks() -> None:
    with serving(http_script(Sts())) as server:
        flow = fixed(server)()
        next(flow)
        child = os.fork()
        if child == 0:
            os._exit(0 if told(fixed(server)) == "1234" else 1)
        _, status = os.waitpid(child, 0)
        flow.close()
        assert os.waitstatus_to_exitcode(status) == 0


def test_the_account_of_a_credential_stays_with_a_profile_that_led_to_it() -> None:
    known = Credential(AccessKey("LTAI5tOne", SECRET), "a role", account_id="77")
    sts = Sts()
    with serving(http_script(sts)) as server:
        assert told(account_of(server.origin, FixedSource(replace(known, origin="a role (profile)")))) == "77"
    assert sts.asked == 0
