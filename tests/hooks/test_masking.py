"""What is masked stays bounded however often keys are renewed, and of a long token nothing useful is shown."""

from __future__ import annotations

import asyncio
import base64
import random
import string
import time
from collections.abc import Iterable

import pytest
from airflow.sdk._shared.secrets_masker import _secrets_masker
from airflow.sdk.log import mask_logs

from airflow_provider_cloudflows.auth.base import AccessKey, Credential
from airflow_provider_cloudflows.auth.cache import KeptCredential, forget_all
from airflow_provider_cloudflows.hooks import masking
from airflow_provider_cloudflows.hooks.masking import LONGEST_WHOLE, mask_renewed, mask_secrets, parts_of
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.flow import Flow

ALPHABET = string.ascii_letters + string.digits + "+/="


def secret(length: int = 40) -> str:
    return "".join(random.choices(ALPHABET, k=length))


def shown(text: str) -> str:
    """What a task's log shows of ``text``."""
    return str(mask_logs(None, "info", {"event": f"before {text} after"})["event"])


def is_masked(text: str) -> bool:
    return text not in shown(text)


def known() -> int:
    return len(_secrets_masker().patterns)


class Renewing:
    """A source that gives another key each time, good for an hour."""

    def __init__(self) -> None:
        self.base = secret()
        self.given: list[AccessKey] = []

    def obtain(self) -> Flow[Credential]:
        yield from ()
        self.given.append(AccessKey("STS.key", secret(), secret(120)))
        return Credential(self.given[-1], "a test", time.time() + 3600)

    def identity(self) -> str:
        return self.base

    def secrets(self) -> Iterable[str]:
        return (self.base,)


def renewed(kept: KeptCredential, times: int) -> None:
    for _ in range(times):
        kept.reject(kept.current)
        Transport().run(kept.get())


def test_the_masker_knows_no_more_after_many_renewals_than_after_a_few() -> None:
    source = Renewing()
    kept = KeptCredential(source, announce=mask_renewed)
    renewed(kept, 3)
    after_few = known()
    renewed(kept, 100)
    assert known() == after_few
    for key in source.given[-2:]:
        assert all(is_masked(text) for text in key.secrets())
    assert is_masked(source.base)
    assert not is_masked(source.given[-3].secret)


def test_what_one_caller_forgets_another_keeps() -> None:
    shared, own = secret(), secret()
    mask_renewed("one", [shared, own])
    mask_renewed("other", [shared])
    for _ in range(3):
        mask_renewed("one", [secret()])
    assert is_masked(shared)
    assert not is_masked(own)


def test_what_a_connection_holds_is_never_forgotten() -> None:
    before, after = secret(), secret()
    mask_secrets([before])
    mask_renewed("one", [before, after])
    mask_secrets([after])
    for _ in range(3):
        mask_renewed("one", [secret()])
    assert is_masked(before)
    assert is_masked(after)


def test_a_secret_that_comes_back_is_masked_again() -> None:
    texts = [secret() for _ in range(4)]
    for text in (*texts, *texts):
        mask_renewed("one", [text])
        assert is_masked(text)


def test_callers_without_number_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "MOST_IDENTITIES", 3)
    before = known()
    for number in range(20):
        mask_renewed(f"caller {number}", [secret()])
    assert known() == before + 3


def test_without_a_way_to_forget_everything_stays_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_masker", lambda: None)
    texts = [secret() for _ in range(5)]
    for text in texts:
        mask_renewed("one", [text])
    assert all(is_masked(text) for text in texts)


def test_an_event_loop_masks_and_forgets_as_well() -> None:
    async def renewals() -> list[str]:
        texts = [secret() for _ in range(6)]
        for text in texts:
            mask_renewed("one", [text])
            await asyncio.gather(*masking._tasks)
        return texts

    texts = asyncio.run(renewals())
    assert [is_masked(text) for text in texts] == [False] * 4 + [True] * 2


@pytest.mark.parametrize("length", [6, 40, 700, LONGEST_WHOLE])
def test_a_text_of_usual_length_is_masked_as_a_whole(length: int) -> None:
    text = secret(length)
    mask_secrets([text])
    assert shown(text) == "before *** after"


@pytest.mark.parametrize("length", [LONGEST_WHOLE + 1, 3000, 200_000])
def test_a_long_token_lacks_its_end_and_its_middle_wherever_it_is_shown(length: int) -> None:
    token = secret(length)
    mask_secrets([token])
    middle, end = parts_of(token)
    for text in (token, f'{{"token":"{token}"}}', token[length // 4 :], token[LONGEST_WHOLE // 4 :]):
        assert end not in shown(text)
        assert middle not in shown(text)
    missing = length - len(shown(token).removeprefix("before ").removesuffix(" after").replace("***", ""))
    assert missing == len(middle) + len(end)


def test_the_signature_of_a_signed_token_is_what_is_missing() -> None:
    signature = base64.urlsafe_b64encode(random.randbytes(256)).decode().rstrip("=")  # RSA with 2048 bits
    token = f"eyJhbGciOiJSUzI1NiJ9.{secret(1500)}.{signature}"
    mask_secrets([token])
    left = shown(token).rpartition(".")[2]
    assert len(left.removesuffix("*** after")) < len(signature) / 3


def test_a_token_of_200_kb_makes_no_log_line_slow() -> None:
    mask_secrets([secret(200_000)])
    start = time.perf_counter()
    mask_secrets([secret()])  # Airflow compiles all it knows anew
    for _ in range(100):
        shown("DataWorks CreateBusiness was throttled (HTTP 429, code Throttling.User); try again later.")
    assert time.perf_counter() - start < 0.5  # with the whole token: some seconds


def test_a_kept_credential_is_announced_with_its_identity() -> None:
    forget_all()
    told: list[str] = []
    kept = KeptCredential(Renewing(), announce=lambda key, secrets: told.append(key))
    renewed(kept, 2)
    assert told == [kept.key] * 2
