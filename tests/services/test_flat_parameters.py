"""Nested parameters of generic Alibaba requests travel as the official packages flatten them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from alibabacloud_openapi_util.client import Client as OlderPackage
from alibabacloud_tea_openapi.utils import Utils as OfficialPackage
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest
from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.transport.message import Message

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# A dot inside a name could make two parameters one; that has a test of its own.
NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1, max_size=8)
LEAF = st.none() | TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
NESTED = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(NAME, inner, max_size=4)
    ),
    max_leaves=12,
)
PARAMETERS = st.dictionaries(NAME, NESTED, max_size=5)


def request(**changes: Any) -> AlibabaRequest:
    return AlibabaRequest(**{"product": "ecs", "version": "2014-05-26", "action": "RunInstances", **changes})


def sent(**changes: Any) -> Message:
    return request(**changes).message("https://example.com", None)


def as_documented(value: Any) -> Any:
    """Booleans as the vendor's pages write them; its Python packages send ``True``, its others ``true``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return {name: as_documented(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_documented(inner) for inner in value]
    return value


@given(PARAMETERS)
@example({"Tag": [{"Key": "team", "Value": "data"}, {"Key": "env"}]})
@example({"Tag": [None, {"Key": None}, "x"]})
@example({"DataDisk": [{"Size": 40, "Encrypted": True, "Tags": [{"Key": "中文 &"}]}], "Empty": [], "None": {}})
@example({"Ratio": (0.1, 1e22), "SystemDisk": {"Category": "", "Nested": {"Deep": {"Deeper": [[1, 2], [3]]}}}})
def test_anything_nested_is_flattened_as_the_official_packages_do(parameters: dict[str, Any]) -> None:
    judged = OfficialPackage.query(as_documented(parameters))
    assert judged == OlderPackage.query(as_documented(parameters))
    form = sent(form=parameters)
    assert form.body.decode() == urlencode(sorted(judged.items()))  # the packages send this, names sorted
    query = sent(query=parameters)
    assert parse_qsl(query.query, keep_blank_values=True) == sorted(judged.items())
    assert query.body == b""


def test_the_form_that_was_reported_missing() -> None:
    tags = [{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}]
    body = sent(form={"RegionId": "cn-hangzhou", "Tag": tags}).body
    assert body == b"RegionId=cn-hangzhou&Tag.1.Key=k1&Tag.1.Value=v1&Tag.2.Key=k2&Tag.2.Value=v2"


def test_a_flat_name_that_the_author_writes_stays_as_it_is() -> None:
    assert sent(form={"Tag.1.Key": "k", "Tag.2": {"Key": "l"}}).body == b"Tag.1.Key=k&Tag.2.Key=l"


@pytest.mark.parametrize(
    "form", [{"Tag": [{"Key": "a"}], "Tag.1.Key": "b"}, {"Tag.1": {"Key": "b"}, "Tag": [{"Key": "a"}]}]
)
def test_two_parameters_of_one_flat_name_are_refused(form: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match=r"Tag\.1\.Key is given twice"):
        request(form=form)


@given(st.dictionaries(NAME, NESTED, max_size=3) | st.lists(NESTED, max_size=3))
def test_a_parameter_that_an_operation_reads_as_json_stays_whole(value: Any) -> None:
    for place in ("form", "query"):
        message = sent(**{place: {"Variables": value, "Tag": ["a"]}}, json_parameters={"Variables"})
        pairs = dict(parse_qsl(message.query or message.body.decode(), keep_blank_values=True))
        assert set(pairs) == {"Variables", "Tag.1"}
        assert json.loads(pairs["Variables"]) == json.loads(json.dumps(value))


def test_one_name_is_enough_and_one_that_nothing_has_is_refused() -> None:
    assert sent(form={"Variables": {"a": 1}}, json_parameters="Variables").body == b"Variables=%7B%22a%22%3A1%7D"
    with pytest.raises(InvalidParameter, match="json_parameters names Variabels, which query and form lack"):
        request(form={"Variables": {}}, json_parameters=["Variabels"])
