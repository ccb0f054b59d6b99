"""What may be shown: one printable line of bounded length, without secrets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
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


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(), st.integers(1, 40))
def test_an_excerpt_never_outgrows_its_limit(text: str, limit: int) -> None:
    line = excerpt(text, limit)
    assert len(line) <= limit
    assert line.isprintable()
