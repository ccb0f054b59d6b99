"""What authors pass and templates give: kept, read, taken for "not given", or refused in one sentence."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk import DAG, BaseOperator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.airflow_names import literal
from tests.operators.material import OPERATORS, Kind, run

KINDS = pytest.mark.parametrize("kind", OPERATORS, ids=[kind.operator.__name__ for kind in OPERATORS])
TASK = {
    "task_name": "t",
    "app_id": world.BPSTUDIO_APPLICATION_ID,
    "process_id": world.BPSTUDIO_PROCESS_ID,
}
NATIVE = pytest.mark.parametrize("native", [False, True], ids=["text", "native"])


@pytest.fixture(autouse=True)
def _connected(connections: Running) -> None:
    """All tests here start with the two default connections."""


def bpstudio(**arguments: Any) -> CreateBPStudioTaskOperator:
    return CreateBPStudioTaskOperator(task_id="make", **{**TASK, **arguments})


def business(**arguments: Any) -> CreateBusinessOperator:
    return CreateBusinessOperator(task_id="make", **{"business_name": "b", **arguments})


def fabric(**arguments: Any) -> CreateFabricWorkspaceOperator:
    return CreateFabricWorkspaceOperator(task_id="make", **{"name": "lake", **arguments})


def workflow(**arguments: Any) -> CreateSecMasterWorkflowOperator:
    return CreateSecMasterWorkflowOperator(task_id="make", **{"name": "w", "aop_type": "NORMAL", **arguments})


HOPELESS = (InvalidParameter, AirflowFailException)
"""How Airflow is told that a retry cannot help: by the error itself, or before 3.3 by one that says so."""


class Found:
    """A task instance of which every XCom is the same value."""

    task_id, try_number = "make", 1

    def __init__(self, value: Any) -> None:
        self._value = value

    def xcom_pull(self, *_: Any, **__: Any) -> Any:
        return self._value


def rendered(operator: Any, found: Any = None, **params: Any) -> Any:
    """Render ``operator`` where another task's output is ``found``, and return it."""
    operator.render_template_fields({"ti": Found(found), "task_instance": Found(found), "params": params})
    return operator


# --- what arrives --------------------------------------------------------------------------------------------------


def test_sequences_and_mappings_arrive_for_what_they_are(sandbox: Running) -> None:
    run(bpstudio(variables={"${t}": ("h", "i"), "${r}": range(2), "${d}": date(2026, 3, 1), "${n}": Decimal("1.10")}))
    sent = sandbox.state()["bpstudio.task"][0]["Variables"]
    assert sent == {"${t}": '["h","i"]', "${r}": "[0,1]", "${d}": "2026-03-01", "${n}": "1.10"}


JSON = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aé日'\"\\{}%None 1_"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab${}", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@NATIVE
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(value=JSON)
def test_any_literal_arrives_as_it_was(sandbox: Running, native: bool, value: Any) -> None:
    sandbox.reset()
    with DAG("any", schedule=None, render_template_as_native_obj=native):
        operator = bpstudio(variables={"${x}": literal(value)})
    run(operator)
    arrived = sandbox.state()["bpstudio.task"][0]["Variables"]["${x}"]
    assert (arrived if isinstance(value, str) else json.loads(arrived)) == value


@NATIVE
@pytest.mark.parametrize("text", ["None", "1_000", "007", "True", "[1, 2]", "line\n"])
def test_a_text_without_a_template_is_sent_as_it_is_written(sandbox: Running, native: bool, text: str) -> None:
    """Native rendering would make a number of ``1_000``, and nothing of ``None``."""
    with DAG("literal", schedule=None, render_template_as_native_obj=native):
        made = business(project_id=10000, description=text)
    with DAG("inside", schedule=None, render_template_as_native_obj=native):
        task = bpstudio(variables={"${x}": text, "${l}": [text]})
    run(made)
    run(task)
    assert sandbox.state()["dataworks.business"][0]["Description"] == text
    variables = sandbox.state()["bpstudio.task"][0]["Variables"]
    assert (variables["${x}"], json.loads(variables["${l}"])) == (text, [text])


class Choice(Enum):
    """An author's own names."""

    REUSE = "reuse"
    REGION = "cn-hangzhou"


def test_an_enum_is_its_value_in_every_argument(sandbox: Running) -> None:
    run(business(project_id=10000, if_exists=Choice.REUSE, region=Choice.REGION, description=Choice.REGION))
    assert sandbox.state()["dataworks.business"][0]["Description"] == "cn-hangzhou"


# --- JSON text -----------------------------------------------------------------------------------------------------

TEAM = [{"key": "team", "value": "data"}]


@NATIVE
@pytest.mark.parametrize("template", ["{{ params.x }}", "{{ params.y | tojson }}"])
def test_tags_from_a_template_that_gives_json_text(sandbox: Running, native: bool, template: str) -> None:
    with DAG("json", schedule=None, render_template_as_native_obj=native):
        operator = fabric(tags=template)
    run(operator, x='{"team": "data"}', y={"team": "data"})
    assert sandbox.state()["fabric.workspace"][0]["tags"] == TEAM


@pytest.mark.parametrize("text", ['{"team": "{{ params.x }}"}', '[{"key": "team", "value": "{{ params.x }}"}]'])
def test_json_text_of_tags_may_hold_templates(sandbox: Running, text: str) -> None:
    run(fabric(tags=text), x="data")
    assert sandbox.state()["fabric.workspace"][0]["tags"] == TEAM


def test_json_text_may_hold_templates_outside_of_its_strings(sandbox: Running) -> None:
    run(bpstudio(variables='{"${{ params.k }}": {{ params.n }}}'), k="{size}", n=3)
    assert sandbox.state()["bpstudio.task"][0]["Variables"] == {"${size}": "3"}


def test_a_quote_in_a_value_does_not_break_the_json_text_around_it(sandbox: Running) -> None:
    run(bpstudio(variables='{"a": "{{ params.x }}", "b": [1, true]}'), x='say "hi"')
    assert sandbox.state()["bpstudio.task"][0]["Variables"] == {"a": 'say "hi"', "b": "[1,true]"}


@pytest.mark.parametrize("make", [lambda text: bpstudio(variables=text), lambda text: fabric(tags=text)])
@pytest.mark.parametrize("text", ["x", "{'a': 1}", '{"a": ', "a=b"])
def test_text_that_is_no_json_is_a_sentence(sandbox: Running, make: Any, text: str) -> None:
    with pytest.raises(InvalidParameter, match=r"which is no valid JSON text .*; pass a mapping .* \| tojson"):
        make(text)
    with pytest.raises(InvalidParameter, match=r"which is no valid JSON text .*; pass a mapping .* \| tojson"):
        run(make("{{ params.x }}"), x=text)
    assert sandbox.requests() == []


@pytest.mark.parametrize("text", ["NaN", '{"a": [NaN]}', '{"a": -Infinity}'])
def test_numbers_that_json_does_not_know_are_refused_in_json_text(text: str) -> None:
    with pytest.raises(InvalidParameter, match="variables"):
        bpstudio(variables=text)


# --- wrong types ---------------------------------------------------------------------------------------------------

WRONG: list[tuple[Any, str, Any, str]] = [
    (bpstudio, "variables", {"${s}": {1}}, "variables.${s} is a set, which has no JSON form; pass a list"),
    (bpstudio, "variables", {"${s}": ["{{ ds }}", {"k": b"x"}]}, "variables.${s}[1].k is a bytes"),
    (bpstudio, "variables", {"${s}": (1, float("nan"))}, "variables.${s}[1] is nan"),
    (bpstudio, "variables", {None: "x"}, "a key of variables is None"),
    (bpstudio, "variables", 5, "variables=5: Input should be a valid dictionary"),
    (bpstudio, "task_name", ["t"], "task_name: Input should be a valid string"),
    (bpstudio, "task_name", b"t", "task_name is a bytes"),
    (bpstudio, "on_unknown", [], "on_unknown=[]"),
    (bpstudio, "existing_task_id", [7], "existing_task_id=[7]"),
    (bpstudio, "existing_task_id", timedelta(1), "existing_task_id=datetime.timedelta(days=1)"),
    (fabric, "tags", 5, "tags=5: Input should be a valid list"),
    (fabric, "tags", {1, 2}, "tags is a set"),
    (fabric, "tags", {"k": object()}, "tags.k is a object"),
    (fabric, "description", timedelta(1), "description is a timedelta"),
    (fabric, "if_exists", [], "if_exists=[]"),
    (fabric, "if_exists", {"a": 1}, "if_exists={'a': 1}"),
    (fabric, "settle", [1], "settle=[1]: it is a number of seconds, 0 or more, or a timedelta"),
    (fabric, "settle", timedelta(seconds=-1), "settle=datetime.timedelta("),
    (fabric, "settle", date(2026, 3, 1), "settle=datetime.date(2026, 3, 1)"),
    (fabric, "region", 5, "region=5: it is a text"),
    (fabric, "huaweicloud_conn_id", ["c"], "huaweicloud_conn_id=['c']: it is a text"),
    (fabric, "huaweicloud_conn_id", None, "huaweicloud_conn_id=None: it is a text"),
    (fabric, "retry_on", 5, "retry_on=[5]: it takes names of error classes"),
    (fabric, "retry_on", {"PermissionDenied": 1}, "it takes names of error classes"),
    (workflow, "dataclass_id", {1}, "dataclass_id is a set"),
]


@pytest.mark.parametrize(
    ("make", "name", "value", "said"), WRONG, ids=[f"{name}: {said}" for _, name, _, said in WRONG]
)
def test_a_wrong_type_is_a_sentence_at_import(make: Any, name: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        make(**{name: value})
    assert said in str(caught.value)
    assert "'make' " in str(caught.value)


@pytest.mark.parametrize(
    ("make", "name", "value", "said"), WRONG, ids=[f"{name}: {said}" for _, name, _, said in WRONG]
)
def test_a_wrong_type_that_another_task_gives_is_a_sentence_too(
    sandbox: Running, make: Any, name: str, value: Any, said: str
) -> None:
    if name == "retry_on" or value is None:
        pytest.skip("not templated, or nothing")
    with DAG("late", schedule=None):
        given_later: Any = BaseOperator(task_id="earlier").output
        operator = make(**{name: given_later})
    rendered(operator, value)
    with pytest.raises(HOPELESS) as caught:
        operator.execute({"ti": None})
    assert said in str(caught.value)
    assert sandbox.requests() == []


@pytest.mark.parametrize("settle", [timedelta(seconds=0.25), 0.25, "0.25", "{{ params.s }}"])
def test_settle_is_a_number_of_seconds_or_a_timedelta(settle: Any) -> None:
    operator = rendered(fabric(settle=settle), s=0.25)
    assert operator.protocol_settings() == {"if_exists": "reuse", "settle": 0.25}


def test_one_name_of_an_error_class_is_as_good_as_a_list() -> None:
    operator = fabric(retry_on="PermissionDenied")
    assert operator.retry_on == ["PermissionDenied"]
    policy = getattr(operator, "retry_policy", None)
    assert policy is None or policy.serialize() == {"retry_on": ["PermissionDenied"]}
    assert fabric(retry_on=None).retry_on == []


# --- nothing -------------------------------------------------------------------------------------------------------

NESTED: list[tuple[Any, dict[str, Any], str]] = [
    (bpstudio, {"variables": {"${a}": {"b": ["x", "{{ params.x }}"]}}}, "variables.${a}.b[1]"),
    (bpstudio, {"variables": {"${a}": ("x", "{{ params.x }}")}}, "variables.${a}[1]"),
    (bpstudio, {"variables": '{"${a}": ["{{ params.x }}"]}'}, "variables.${a}[0]"),
    (fabric, {"tags": {"team": " {{ params.x }} "}}, "tags.team"),
    (fabric, {"tags": [{"key": "team", "value": "{{ params.x }}"}]}, "tags[0].value"),
    (fabric, {"description": "{{ params.x }}"}, "description"),
    (business, {"project_id": "{{ params.x }}"}, "project_id"),
]


@NATIVE
@pytest.mark.parametrize(("make", "arguments", "place"), NESTED, ids=[place for *_, place in NESTED])
def test_a_template_that_found_nothing_is_told_at_every_depth(
    sandbox: Running, make: Any, arguments: dict[str, Any], place: str, native: bool
) -> None:
    with DAG("nothing", schedule=None, render_template_as_native_obj=native):
        operator = make(**arguments)
    with pytest.raises(InvalidParameter) as caught:
        run(operator, x=None)
    assert f"'make' got {place}=" in str(caught.value)
    assert "its template rendered to nothing" in str(caught.value)
    assert "{{ params.x }}" in str(caught.value)
    assert sandbox.requests() == []


@pytest.mark.parametrize("inside", [False, True])
def test_another_task_that_returned_nothing_is_told(sandbox: Running, inside: bool) -> None:
    with DAG("nothing", schedule=None):
        output: Any = BaseOperator(task_id="earlier").output
        operator = bpstudio(variables={"${a}": [output]}) if inside else fabric(description=output)
    rendered(operator, None)
    with pytest.raises(HOPELESS, match=r"(variables\.\$\{a\}\[0\]|description)=None: its template rendered to"):
        operator.execute({"ti": None})  # type: ignore[typeddict-item]
    assert sandbox.requests() == []


def test_the_text_none_that_another_task_returned_is_a_text(sandbox: Running) -> None:
    with DAG("text", schedule=None):
        output: Any = BaseOperator(task_id="earlier").output
        operator = rendered(fabric(description=output), "None")
    assert operator.description == "None"
    assert operator.values()["description"] == "None"


def test_none_that_an_author_wrote_leaves_a_variable_out(sandbox: Running) -> None:
    run(bpstudio(variables={"${a}": None, "${b}": [None, "{{ params.x }}"]}), x="y")
    assert sandbox.state()["bpstudio.task"][0]["Variables"] == {"${b}": '[null,"y"]'}


def test_a_class_of_an_author_gets_its_own_arguments_as_airflow_renders_them() -> None:
    class Own(CreateBusinessOperator):
        """Has an argument of its own, which it takes after ours."""

        def __init__(self, *, extra: Any, separator: str | None = None, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.extra, self.separator = extra, separator

    with DAG("own", schedule=None, render_template_as_native_obj=True):
        operator = Own(
            task_id="make", business_name="b", project_id=1, extra={"a": "{{ params.x }}", "b": {1}}, separator=""
        )
    rendered(operator, x=None).check_rendered()
    assert (operator.extra, operator.separator) == ({"a": None, "b": {1}}, "")


# --- not given -----------------------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("how", ["{{ params.empty }}", ""])
def test_empty_text_for_an_optional_argument_means_not_given(kind: Kind, sandbox: Running, how: str) -> None:
    operation = kind.operator.request_type().operation

    def sent() -> Any:
        (create,) = [entry for entry in sandbox.requests() if entry["operation"] == operation]
        return create["parameters"]

    run(kind.operator(task_id="make", **kind.required))
    wanted = sent()
    sandbox.reset()
    optional = [name for name, default in kind.operator.argument_defaults.items() if default is None]
    assert {"region"} <= set(optional)
    empty = {name: how for name in optional if name not in kind.required}
    run(kind.operator(task_id="make", **kind.required, **empty), empty="")
    assert sent() == wanted


def test_the_empty_one_of_two_exclusive_arguments_is_not_given(sandbox: Running) -> None:
    identifier = world.DATAWORKS_PROJECT_IDENTIFIER_TWO
    both = {"project_id": "{{ params.id }}", "project_identifier": "{{ params.name }}"}
    run(business(**both), id="", name=identifier)
    run(business(**both), id=world.DATAWORKS_PROJECT_ID, name="")
    used = [one["ProjectId"] for one in sandbox.state()["dataworks.business"]]
    assert used == [world.DATAWORKS_PROJECT_ID_TWO, world.DATAWORKS_PROJECT_ID]
    incident = world.SECMASTER_DATACLASS_IDS[world.SECMASTER_WORKSPACE_ID]["Incident"]
    run(workflow(dataclass_id="{{ params.id }}", dataclass_name="{{ params.name }}"), id=incident, name="")
    assert sandbox.state()["secmaster.workflow"][0]["dataclass_name"] == "Incident"


@pytest.mark.parametrize(
    ("make", "first", "second"),
    [(business, "project_id", "project_identifier"), (workflow, "dataclass_id", "dataclass_name")],
)
@pytest.mark.parametrize(("value", "said"), [("", "neither"), ("1", "both")])
def test_exactly_one_of_two_templates_is_decided_when_they_are_rendered(
    sandbox: Running, make: Any, first: str, second: str, value: str, said: str
) -> None:
    with pytest.raises(InvalidParameter, match=f"exactly one of {first} and {second}.* not {said}"):
        run(make(**{first: "{{ params.x }}", second: "{{ params.x }}"}), x=value)
    assert sandbox.requests() == []


@pytest.mark.parametrize("project_identifier", ["dw", "{{ params.x }}"])
def test_an_undecided_choice_hides_no_wrong_literal(project_identifier: str) -> None:
    with pytest.raises(InvalidParameter, match="use_type='WEEKLY'"):
        business(project_id="{{ params.p }}", project_identifier=project_identifier, use_type="WEEKLY")


def test_wrong_literals_beside_another_tasks_output_are_found_at_import() -> None:
    with DAG("beside", schedule=None):
        output: Any = BaseOperator(task_id="earlier").output
        with pytest.raises(InvalidParameter, match=r"tags\[1\].value='a/b'"):
            fabric(tags={"a": output, "b": "a/b"})
    with DAG("beside_too", schedule=None):
        output = BaseOperator(task_id="earlier").output
        with pytest.raises(InvalidParameter, match=r"variables\.b is a set"):
            bpstudio(variables={"a": output, "b": {1}})
