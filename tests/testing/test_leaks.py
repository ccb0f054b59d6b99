"""A secret is found in every form that a text may give it, and in nothing else."""

from __future__ import annotations

import base64
import html
import json
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.testing.leaks import find

SECRET = 'Corr&ct/Horse=Bättery "x" + \\1'
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps({"body": json.dumps({"password": text})}),
    "Python in JSON": lambda text: json.dumps({"error": repr({"password": text})}),
    "Python in ASCII": ascii,
    "HTML": html.escape,
    "path": quote,
    "query": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "canonical": lambda text: quote(quote(text, safe="~"), safe="~"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "Basic": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 for a URL": lambda text: base64.urlsafe_b64encode(f"u:{text}:x".encode()).decode(),
    "two lines": lambda text: f"{text[:9]}\n{text[9:]}",
    "wrapped": lambda text: f"{text[:9]} \n        {text[9:12]}\n{text[12:]}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_secret_is_found_in_every_form(form: Callable[[str], str]) -> None:
    text = f"It says {form(SECRET)} and goes on."
    span = find(SECRET, text)
    assert span is not None
    assert text[: span[0]].startswith("It says ")
    assert text[span[1] :].endswith(" and goes on.")


@given(st.text("aZ0/+&%\"'\\<>=#ä中😀 ", min_size=6, max_size=16), st.sampled_from(sorted(FORMS)))
def test_whatever_the_secret_is(secret: str, form: str) -> None:
    assert find(secret, f"<{FORMS[form](secret)}>") is not None


@given(st.text(string.ascii_letters, min_size=8), st.text(string.digits + "\n -=%", max_size=200))
def test_nothing_is_found_where_it_is_not(secret: str, text: str) -> None:
    assert find(secret, text) is None
