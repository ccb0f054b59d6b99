"""What becomes of Python values on their way into a form, a query or a JSON body, and which ones are refused."""

from __future__ import annotations

import json
from collections import UserDict, UserList, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest, HuaweiRequest
from airflow_provider_cloudflows.calls.json_form import json_form
from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.iam import CreateTemporaryAccessKeyByAgency
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Message
from tests.services.clients import huawei, make
from tests.transport.servers import Answer, Seen

TASK = {"process_id": "p", "task_name": "t", "app_id": "a"}


class Colour(str, Enum):  # noqa: UP042 - not a StrEnum, which shows its value
    """A text that shows itself as ``Colour.RED``."""

    RED = "red"


class Level(IntEnum):
    """A number."""

    HIGH = 3


class Lazy(Sequence[Any]):
    """Fetches its items when asked, and does not show them, as a workflow engine's output does."""

    def __init__(self, *items: Any) -> None:
        self._items = items

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)


class Params(Mapping[str, Any]):
    """Shows other values in ``items()`` than it gives by key, as Airflow's params do."""

    def __getitem__(self, key: str) -> Any:
        return {"k": 1}[key]

    def __iter__(self) -> Any:
        return iter(["k"])

    def __len__(self) -> int:
        return 1

    def items(self) -> Any:
        return [("k", object())]


FORMS: list[tuple[Any, Any]] = [
    (("h", "i"), ["h", "i"]),
    (Lazy("h", Lazy(1)), ["h", [1]]),
    (range(3), [0, 1, 2]),
    (deque([1]), [1]),
    (UserList([(1, 2)]), [[1, 2]]),
    (UserDict({"a": (1,)}), {"a": [1]}),
    (Params(), {"k": 1}),
    ({1: "a", Colour.RED: "b", UUID(int=5): "c"}, {"1": "a", "red": "b", "00000000-0000-0000-0000-000000000005": "c"}),
    (date(2026, 3, 1), "2026-03-01"),
    (datetime(2026, 3, 1, 4, 5, 6, 7000, tzinfo=UTC), "2026-03-01T04:05:06.007000+00:00"),
    (time(4, 5), "04:05:00"),
    (Decimal("1.50"), "1.50"),
    (Decimal("1E+5"), "100000"),
    (Decimal("1E-7"), "0.0000001"),
    (UUID("00000000-0000-0000-0000-00000000ABCD"), "00000000-0000-0000-0000-00000000abcd"),
    (Colour.RED, "red"),
    (Level.HIGH, 3),
    (True, True),
    (None, None),
]


@pytest.mark.parametrize(("value", "form"), FORMS)
def test_each_type_has_one_form(value: Any, form: Any) -> None:
    plain = json_form({"x": [value]}, "body")
    assert plain == {"x": [form]}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert type(plain["x"][0]) is type(form)


def holding_itself() -> list[Any]:
    """Make a list that is its own item."""
    itself: list[Any] = []
    itself.append(itself)
    return itself


FORMLESS: list[tuple[Any, str]] = [
    ({1, 2}, "x.y[1] is a set, which has no JSON form; pass a list"),
    (frozenset(), "x.y[1] is a frozenset"),
    (b"raw", "x.y[1] is a bytes, which has no JSON form; pass text, decoded or in base64"),
    (bytearray(b"raw"), "x.y[1] is a bytearray"),
    (memoryview(b"raw"), "x.y[1] is a memoryview"),
    (float("nan"), "x.y[1] is nan, and JSON has no such number"),
    (float("-inf"), "x.y[1] is -inf"),
    (Decimal("NaN"), "x.y[1] is NaN"),
    (Decimal("Infinity"), "x.y[1] is Infinity"),
    (object(), "x.y[1] is a object"),
    (timedelta(1), "x.y[1] is a timedelta, which has no JSON form; pass a number, in the unit"),
    (1j, "x.y[1] is a complex"),
    (iter([1]), "x.y[1] is a list_iterator"),
    ({"a": 1}.values(), "x.y[1] is a dict_values"),
    (len, "x.y[1] is a builtin_function_or_method"),
    ({None: 1}, "a key of x.y[1] is None"),
    ({True: 1}, "a key of x.y[1] is True"),
    ({1.5: 1}, "a key of x.y[1] is 1.5"),
    ({("a", "b"): 1}, "a key of x.y[1] is ['a', 'b']"),
    ({1: "a", "1": "b"}, "x.y[1] has two keys that are '1' in JSON"),
    (holding_itself(), "x holds itself, or is nested too deeply for JSON"),
]


@pytest.mark.parametrize(("value", "said"), FORMLESS, ids=[said[:40] for _, said in FORMLESS])
def test_what_has_no_form_is_refused_with_its_place(value: Any, said: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        json_form({"y": [0, value]}, "x")
    assert said in str(caught.value)


@pytest.mark.parametrize("value", [{1}, b"raw", float("nan"), object()])
@pytest.mark.parametrize(
    ("ask", "place"),
    [
        (lambda value: AlibabaRequest(product="p", version="1", action="A", query={"a": [value]}), "query.a[0] is "),
        (lambda value: AlibabaRequest(product="p", version="1", action="A", form={"a": value}), "form.a is "),
        (lambda value: HuaweiRequest(service="s", method="GET", path="/", query={"a": value}), "query.a is "),
        (lambda value: HuaweiRequest(service="s", method="POST", path="/", body={"a": {"b": value}}), "body.a.b is "),
        (lambda value: HuaweiRequest(service="s", method="POST", path="/", body=value), "body is "),
    ],
)
def test_a_generic_request_refuses_it_before_anything_is_sent(
    ask: Callable[[Any], Any], place: str, value: Any
) -> None:
    with pytest.raises(InvalidParameter) as caught:
        ask(value)
    assert caught.value.sentence().startswith(place)


@pytest.mark.parametrize("value", [{1}, b"raw", float("nan"), float("inf"), object()])
@pytest.mark.parametrize(
    ("request_type", "fields", "place"),
    [
        (CreateTask, lambda value: {**TASK, "variables": {"${n}": ("a", value)}}, r"variables\.\$\{n\}\[1\] is "),
        (CreateTask, lambda value: {**TASK, "task_name": value}, "task_name is "),
        (CreateBusiness, lambda value: {"project_id": 1, "business_name": value}, "business_name is "),
        (CreateWorkspace, lambda value: {"name": "lake", "tags": {"k": value}}, r"tags\.k is "),
        (CreateWorkspace, lambda value: {"name": "lake", "tags": [{"key": "k", "value": value}]}, r"tags\[0\]\.value"),
        (
            CreateTemporaryAccessKeyByAgency,
            lambda value: {"agency_name": "a", "domain_id": "d", "policy": {"Statement": [value]}},
            r"policy\.Statement\[0\] is ",
        ),
    ],
)
def test_a_request_refuses_it_in_every_field(
    request_type: Any, fields: Callable[[Any], dict[str, Any]], place: str, value: Any
) -> None:
    with pytest.raises(ValidationError, match=place):
        request_type(**fields(value))


def sent(request: Any) -> Message:
    message: Message = request.message("https://example.com", "project")
    return message


def variables_of(**variables: Any) -> Any:
    form = dict(parse_qsl(sent(make(CreateTask, **TASK, variables=variables)).body.decode()))
    return json.loads(form["Variables"])


def test_variables_of_every_kind_travel_as_text() -> None:
    assert variables_of(pair=("h", "i"), lazy=Lazy(1, (2,)), day=date(2026, 3, 1), colour=Colour.RED) == {
        "pair": '["h","i"]',
        "lazy": "[1,[2]]",
        "day": "2026-03-01",
        "colour": "red",
    }
    assert variables_of(price=Decimal("1.10"), level=Level.HIGH, map=UserDict({"a": (1,)}), flag=True, no=None) == {
        "price": "1.10",
        "level": "3",
        "map": '{"a":[1]}',
        "flag": "true",
    }


def test_text_fields_take_the_same_forms() -> None:
    request = make(CreateBusiness, project_id=1, business_name=Colour.RED, description=date(2026, 3, 1))
    assert dict(parse_qsl(sent(request).body.decode())) == {
        "ProjectId": "1",
        "BusinessName": "red",
        "Description": "2026-03-01",
    }


def test_tags_take_mappings_and_sequences_of_any_kind() -> None:
    def tags(value: Any) -> Any:
        return json.loads(sent(make(CreateWorkspace, name="lake", tags=value)).body)["tags"]

    wanted = [{"key": "team", "value": "data"}, {"key": "since", "value": "2026-03-01"}]
    assert tags(UserDict(team="data", since=date(2026, 3, 1))) == wanted
    assert tags(Lazy(UserDict(key="team", value="data"), {"key": "since", "value": date(2026, 3, 1)})) == wanted


def test_a_query_of_huawei_repeats_names_as_the_official_sdk_does() -> None:
    from huaweicloudsdkcore.utils.http_utils import parameters_to_tuples

    query = {"tag": {"team": "data", "n": 1}, "plain": "x", "id": ["a", "b"]}
    request = HuaweiRequest(service="s", method="GET", path="/", query={**query, "lazy": Lazy("a"), "unset": None})
    ours = parse_qsl(sent(request).query)
    theirs = [(name, str(value)) for name, value in parameters_to_tuples(query, {"id": "multi"})]
    assert sorted(ours) == sorted([*theirs, ("lazy", "a")])


@pytest.mark.parametrize(
    ("query", "place"),
    [({"a": [[1]]}, "query.a[0]"), ({"a": {"b": {"c": 1}}}, "query.a.b"), ({"a": [{"b": 1}]}, "query.a[0]")],
)
def test_a_query_of_huawei_has_no_form_for_what_is_nested(query: dict[str, Any], place: str) -> None:
    request = HuaweiRequest(service="s", method="GET", path="/", query=query)
    with pytest.raises(InvalidParameter) as caught:
        sent(request)
    assert caught.value.sentence().startswith(f"{place} is a list or an object inside of another one")


@pytest.mark.parametrize("empty", ["", None])
def test_the_other_of_two_exclusive_parameters_may_be_empty(empty: Any) -> None:
    by_id = make(CreateBusiness, project_id=1, project_identifier=empty, business_name="b")
    by_name = make(CreateBusiness, project_id=empty, project_identifier="p", business_name="b")
    assert dict(parse_qsl(sent(by_id).body.decode())) == {"ProjectId": "1", "BusinessName": "b"}
    assert dict(parse_qsl(sent(by_name).body.decode())) == {"ProjectIdentifier": "p", "BusinessName": "b"}


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def disguised(value: Any) -> Any:
    """Return ``value`` in types that are no list and no dict, and mean the same."""
    if isinstance(value, list):
        return Lazy(*map(disguised, value)) if len(value) % 2 else tuple(map(disguised, value))
    return UserDict({key: disguised(item) for key, item in value.items()}) if isinstance(value, dict) else value


@given(JSON)
def test_any_json_value_is_its_own_form(value: Any) -> None:
    assert json_form(value, "x") == value
    assert json_form(disguised(value), "x") == value


@given(JSON)
def test_any_json_value_arrives_in_a_variable_as_it_was(value: Any) -> None:
    arrived = variables_of(x=disguised(value))
    if value is None:
        assert arrived == {}
    elif isinstance(value, str):
        assert arrived == {"x": value}
    else:
        assert json.loads(arrived["x"]) == value


def test_any_json_value_arrives_in_a_body_as_it_was() -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Answer:
        seen.append(request)
        return Answer({})

    with huawei(answer) as client:

        @given(JSON.filter(lambda value: value is not None))
        def arrives(value: Any) -> None:
            request = HuaweiRequest(
                service="ecs", method="POST", path="/v1/x", body={"x": disguised(value)}, effect=Effect.READ
            )
            client.call(request)
            assert json.loads(seen[-1].body) == {"x": value}

        arrives()
