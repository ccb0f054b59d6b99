"""What may be shown: one printable line of bounded length, without secrets."""

from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.transport.redact import excerpt, without_secrets

SECRET = "S3cretKey0123456789/+=abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key {SECRET} is wrong", "key *** is wrong"),
        (f"{SECRET}{SECRET}", "******"),
        ("x-acs-security-token:CAISabc/+== next", "x-acs-security-token:*** next"),
        ("X-Security-Token: CAISabc", "X-Security-Token: ***"),
        ("x-auth-token = MIIabc, more", "x-auth-token = ***, more"),
        ('{"X-Subject-Token": "MIIabc", "a": 1}', '{"X-Subject-Token": "***", "a": 1}'),
        ("nothing to hide", "nothing to hide"),
        ("x-auth-token not found", "x-auth-token not found"),
    ],
)
def test_secrets_are_masked(text: str, shown: str) -> None:
    assert without_secrets(text, [SECRET]) == shown


def test_a_secret_that_was_cut_short_is_masked_too() -> None:
    token = "T0ken" * 100
    line = excerpt(f"Specified token {token} is invalid")
    assert line.endswith("…")
    assert without_secrets(line, [SECRET, token]) == "Specified token ***…"


@pytest.mark.parametrize("shown", [4, 5, 100, 290])
def test_whatever_an_excerpt_leaves_of_a_secret_is_masked(shown: int) -> None:
    token = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(20))
    assert without_secrets(f"a {token[:shown]}… b {token[:shown]}…", [token]) == "a ***… b ***…"
    assert without_secrets(f"{token[:3]}… {token[1:shown]}…", [token]) == f"{token[:3]}… {token[1:shown]}…"


@pytest.mark.parametrize("token", ["T0ken" * 40_000, "a" * 200_000], ids=["token", "all alike"])
def test_a_very_long_secret_costs_no_more_than_a_look_at_it(token: str) -> None:
    line = excerpt(f"Specified token {token} is invalid")
    started = time.process_time()
    for _ in range(20):
        assert without_secrets(line, [token]) == "Specified token ***…"
        assert without_secrets(f"{token}. {'aaab…' * 1000}", [token]).startswith("***. aaab…")
    assert time.process_time() - started < 1


def test_a_text_too_short_to_be_a_secret_masks_nothing() -> None:
    assert without_secrets("a b c", ["a", ""]) == "a b c"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("  a\r\n\tb\x00c  ", "a b c"),
        ("日报", "日报"),
        ("\u202eevil\x1b[31m", "evil [31m"),
        ("x" * 400, "x" * 299 + "…"),
        ("x" * 300, "x" * 300),
    ],
)
def test_an_excerpt_is_one_printable_line(text: str, line: str) -> None:
    assert excerpt(text) == line


@given(st.text(), st.integers(1, 40))
def test_an_excerpt_never_outgrows_its_limit(text: str, limit: int) -> None:
    line = excerpt(text, limit)
    assert len(line) <= limit
    assert line.isprintable()
