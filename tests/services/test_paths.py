"""Paths into a JSON document: every value can be reached, and whatever else is written is told."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.calls.paths import check_path, value_at
from airflow_provider_cloudflows.errors import InvalidParameter, ResultMissing

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def places(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every path into ``value``, and what it leads to."""
    found = [(path, value)] if path else []
    if isinstance(value, dict):
        for name, item in value.items():
            is_plain = re.fullmatch(r"[^.\[\]\"]+", name)
            step = f"{'.' if path else ''}{name}" if is_plain else f"[{json.dumps(name)}]"
            found += places(item, path + step)
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, f"{path}[{index}]")
    return found


@given(DOCUMENTS)
def test_every_value_is_reached(document: Any) -> None:
    for path, value in places(document):
        check_path(path, "path")
        assert value_at(document, path, "it") == value


@given(DOCUMENTS, st.text(alphabet='ab.[]"0\\', max_size=8))
def test_any_text_is_a_path_or_is_refused(document: Any, path: str) -> None:
    try:
        check_path(path, "path")
    except InvalidParameter:
        return
    with suppress(ResultMissing):  # and no other exception
        value_at(document, path, "it")


@pytest.mark.parametrize("path", ["", ".a", "a.", "a..b", "a[", "a[x]", "a[-1]", "a]", 'a["b]', "a.[0]", "[0]a", 5])
def test_what_is_no_path(path: Any) -> None:
    with pytest.raises(InvalidParameter, match="is no path"):
        check_path(path, "result_path")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("a.x", "it holds no a.x: a is an object with b, c.d"),
        ("a.b[2]", "it holds no a.b[2]: a.b is a list of 2"),
        ("z", "it holds no z: it is an object with a"),
        ('a["c.d"].e', 'it holds no a["c.d"].e: a["c.d"] is null'),
        ("a.b.c", "it holds no a.b.c: a.b is a list of 2"),
        ("a.b[0].c", "it holds no a.b[0].c: a.b[0] is a text"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(path: str, said: str) -> None:
    with pytest.raises(ResultMissing) as missing:
        value_at({"a": {"b": ["secret", 2], "c.d": None}}, path, "it")
    assert missing.value.found == said
